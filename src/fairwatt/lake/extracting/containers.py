"""Containers whose tables have their own names and columns: JSON, Parquet, Arrow, SQLite, NetCDF."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from fairwatt.core.files.profile import TableRule
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.cutting import Shortened, cut_json, shorten_json
from fairwatt.lake.extracting.running import run_apart
from fairwatt.lake.extracting.tables import Extraction, Place, TextTable
from fairwatt.lake.json_documents.text import encoding_of

EXCERPT_CELLS = 4_000_000  # of a file with more, an excerpt is written where that will do
EXCERPT_ROWS = 500_000
EXCERPT_BYTES = 4 << 20  # of a file that can be read from its beginning only
CUT_BYTES = 24 << 20  # a JSON file up to this size is held in memory
SKETCH_ITEMS, SKETCH_BYTES = 4_000, 4 << 20  # of each array, and in all, where the file itself is gone through
EXCERPT_ITEMS = 20_000
_TEXT_CHARS = 1 << 20
_PASSED_MARKS = 4_000_000
_PASSED_BYTES = 2 << 30  # more is not passed over to be looked at


def extract_records(path: Path, *, work: Path, name: str, patient: Patient, is_excerpt: bool = False) -> Extraction:
    """Write out the tables of a JSON file; see :func:`fairwatt.lake.extracting.extract`.

    A large file is gone through by what its sketch shows it to be, so that it is read as a small one of the same form.
    """
    read = partial(_read_json, work=work, name=name, patient=patient)
    size = path.stat().st_size
    if size <= CUT_BYTES:
        return read(path)
    path = _as_utf8(path, work)
    if is_excerpt and (found := _excerpt_of_json(path, size, work, read)).tables:
        return found
    sketch = shorten_json(path, items=SKETCH_ITEMS, room=SKETCH_BYTES)
    if sketch is None:  # records a line, or none that is whole
        return _extract("records", path, work=work, name=name, patient=patient, kind="JSON file", word="record")
    shown = work / "sketch.json"
    shown.write_bytes(sketch.text)
    return read(path, str(shown))


def _read_json(path: Path, *sketch: str, work: Path, name: str, patient: Patient) -> Extraction:
    """The tables of a file whose rows are in no one array, else those of its arrays."""
    read = partial(_extract, work=work, name=name, patient=patient, kind="JSON file", word="record")
    framed = read("frames", path, *sketch)
    return framed if framed.tables else read("records", path, *sketch)


def _excerpt_of_json(path: Path, size: int, work: Path, read: Callable[[Path], Extraction]) -> Extraction:
    """The tables of an excerpt: the first items of all arrays, or a beginning."""
    some: Shortened | None = None
    if size <= _PASSED_BYTES:
        some = shorten_json(path, items=EXCERPT_ITEMS, room=EXCERPT_BYTES, most_marks=_PASSED_MARKS)
    if some is None:
        with path.open("rb") as file:
            beginning = cut_json(file.read(EXCERPT_BYTES))
        if beginning is None:
            return Extraction()
        some = Shortened(beginning, len(beginning) / size)
    cut = work / "excerpt.json"
    cut.write_bytes(some.text)
    found = read(cut)
    begun = partial(replace, beginning=len(some.text))
    return replace(found, tables=[begun(one, rows_in_all=round(one.rows / some.share)) for one in found.tables])


def _as_utf8(path: Path, work: Path) -> Path:
    """The file, or where it is UTF-16 or UTF-32 the same text as UTF-8."""
    encoding = encoding_of(path)
    if encoding.startswith("utf-8"):
        return path
    target = work / "as-utf-8.json"
    with (
        path.open(encoding=encoding, errors="replace", newline="") as old,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        while text := old.read(_TEXT_CHARS):
            new.write(text)
    return target


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
