"""Containers whose tables have their own names and columns: JSON, Parquet, Arrow, SQLite, NetCDF."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from fairwatt.core.files.profile import TableRule
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.cutting import cut_json
from fairwatt.lake.extracting.running import run_apart
from fairwatt.lake.extracting.tables import Extraction, Place, TextTable

EXCERPT_CELLS = 4_000_000  # of a file with more, an excerpt is written where that will do
EXCERPT_ROWS = 500_000
EXCERPT_BYTES = 4 << 20  # of a file that can be read from its beginning only
CUT_BYTES = 24 << 20
FRAMES_BYTES = 24 << 20  # of a file that is held in memory to be put in rows


def extract_records(path: Path, *, work: Path, name: str, patient: Patient, is_excerpt: bool = False) -> Extraction:
    """Write out the tables of a JSON file; see :func:`fairwatt.lake.extracting.extract`."""
    read = partial(_extract, "records", work=work, name=name, patient=patient, kind="JSON file", word="record")
    size = path.stat().st_size
    if is_excerpt and size > CUT_BYTES:
        with path.open("rb") as file:
            beginning = cut_json(file.read(EXCERPT_BYTES))
        if beginning is not None:
            cut = work / "beginning.json"
            cut.write_bytes(beginning)
            found = read(cut)
            share = len(beginning) / size
            begun = partial(replace, beginning=len(beginning))
            tables = [begun(one, rows_in_all=round(one.rows / share)) for one in found.tables]
            if tables:
                return replace(found, tables=tables)
    if size <= FRAMES_BYTES:
        framed = _extract("frames", path, work=work, name=name, patient=patient, kind="JSON file", word="record")
        if framed.tables:
            return framed
    return read(path)


def extract_markup(path: Path, *, work: Path, name: str, patient: Patient, is_excerpt: bool = False) -> Extraction:
    """Write out the table of an XML file, where something in it repeats."""
    most = str(EXCERPT_BYTES if is_excerpt else sys.maxsize)
    return _extract("markup", path, most, work=work, name=name, patient=patient, kind="XML file", word="record")


def extract_columns(path: Path, *, work: Path, name: str, patient: Patient, is_excerpt: bool = False) -> Extraction:
    """Write out the table of a Parquet, Arrow or Feather file."""
    most = str(EXCERPT_CELLS if is_excerpt else sys.maxsize)
    return _extract("columns", path, most, work=work, name=name, patient=patient, kind="file of columns", word="row")


def extract_database(path: Path, *, work: Path, name: str, patient: Patient, is_excerpt: bool = False) -> Extraction:
    """Write out the tables of an SQLite database."""
    most = str(EXCERPT_ROWS if is_excerpt else sys.maxsize)
    return _extract("database", path, most, work=work, name=name, patient=patient, kind="database", word="row")


def extract_arrays(path: Path, *, work: Path, name: str, patient: Patient, is_excerpt: bool = False) -> Extraction:
    """Write out the time series of a NetCDF file."""
    most = str(EXCERPT_CELLS if is_excerpt else sys.maxsize)
    return _extract("arrays", path, most, work=work, name=name, patient=patient, kind="NetCDF file", word="row")


def _extract(
    program: str, path: Path, *arguments: str, work: Path, name: str, patient: Patient, kind: str, word: str
) -> Extraction:
    folder = work / program
    told = run_apart(program, path, folder, *arguments, name=name, kind=kind, patient=patient)
    return Extraction([_table(table, folder, word) for table in told["tables"]], told.get("description", {}))


def _table(table: Mapping[str, Any], folder: Path, word: str) -> TextTable:
    title = str(table.get("title", ""))
    part = table.get("pointer", title)
    return TextTable(
        folder / str(table["file"]),
        TableRule(parts=(str(part),) if part else ()),
        title,
        dialect_is_plain=True,
        places=(Place(int(table.get("first_row", 2)), 1, "", word),),
        notes=tuple(str(note) for note in table.get("notes", ())),
        rows_in_all=int(table["rows"]) if "rows_written" in table else None,
        rows=int(table.get("rows_written", table.get("rows", 0))),
        beginning=int(table.get("beginning", 0)),
    )
