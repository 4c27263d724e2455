"""Whatever container a table comes in, it is written out as plain text first, and read like any text file then.

A module per container; each is told apart from the others by its bytes alone. The same container and the same rule
always give the same text.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.archive import ARCHIVES, extract_archive
from fairwatt.lake.extracting.containers import (
    extract_arrays,
    extract_columns,
    extract_database,
    extract_markup,
    extract_records,
)
from fairwatt.lake.extracting.tables import Extraction, Place, TextTable
from fairwatt.lake.extracting.texts import extract_texts
from fairwatt.lake.extracting.workbook import extract_workbook
from fairwatt.lake.opening import TEXT_FORMS, room_of

_PLAIN_FORMS = frozenset({"", "CSV", "TSV"})
MAX_RATIO = 200

_EXTRACTORS: dict[str, Callable[..., Extraction]] = {
    "Text": extract_texts,
    "XLSX": extract_workbook,
    "XLS": extract_workbook,
    "XLSB": extract_workbook,
    "ODS": extract_workbook,
    "JSON": extract_records,
    "XML": extract_markup,
    "Parquet": extract_columns,
    "Arrow": extract_columns,
    "SQLite": extract_database,
    "NetCDF": extract_arrays,
    "GeoJSON": extract_records,
    "GeoPackage": extract_database,
}
SPATIAL = frozenset({"GeoJSON", "GeoPackage"})  # maps, of which a few hold readings

_WITH_EXCERPTS = frozenset({"JSON", "XML", "Parquet", "Arrow", "SQLite", "NetCDF", "XLSX", "XLS", "XLSB", "ODS"})

__all__ = [
    "ARCHIVES",
    "SPATIAL",
    "TEXT_FORMS",
    "Extraction",
    "Place",
    "TextTable",
    "can_extract",
    "extract",
    "extract_table",
    "extract_tables",
]


def can_extract(form: str) -> bool:
    """Whether files of a format hold tables; a map may hold some (:data:`SPATIAL`)."""
    return form in TEXT_FORMS or (form in _EXTRACTORS and form not in SPATIAL) or form in ARCHIVES


def extract(
    path: Path,
    *,
    form: str,
    work: Path,
    name: str,
    patient: Patient | None = None,
    max_ratio: int = MAX_RATIO,
    is_excerpt: bool = False,
) -> Extraction:
    """Write out the tables of a file as text, with what the file says of itself.

    Parameters
    ----------
    path
        The file, unpacked.
    form
        Its format, as :func:`fairwatt.core.files.recognise_kind` says; ``Text`` for text that is no plain table, ""
        for plain delimited text.
    work
        A folder that lives as long as the tables are needed.
    name
        What messages call the file.
    patient
        Reports progress and stops the work where somebody asks for it.
    max_ratio
        How many times larger than the file the content of a zip may be.
    is_excerpt
        Whether an excerpt will do of a container that would take long to be written out.

    Raises
    ------
    UnreadableFile
        Where the container is damaged or locked.
    TooLarge
        Where it holds more than can be written out.
    """
    patient = patient or Patient()
    if form in _PLAIN_FORMS:
        return Extraction([TextTable(path)])
    if form in ARCHIVES:
        limit = room_of(path, max_ratio)
        return extract_archive(
            path,
            form=form,
            work=work,
            name=name,
            patient=patient,
            limit=limit,
            extract=partial(_extract_packed, is_excerpt=is_excerpt),
            is_excerpt=is_excerpt,
        )
    return _extract_member(path, form=form, work=work, name=name, patient=patient, is_excerpt=is_excerpt)


def _extract_packed(path: Path, *, form: str, work: Path, name: str, patient: Patient, is_excerpt: bool) -> Extraction:
    """The tables of a file in an archive; a map among others stays one."""
    if form in SPATIAL:
        return Extraction()
    return _extract_member(path, form=form, work=work, name=name, patient=patient, is_excerpt=is_excerpt)


def _extract_member(path: Path, *, form: str, work: Path, name: str, patient: Patient, is_excerpt: bool) -> Extraction:
    opener = _EXTRACTORS.get(form)
    if opener is None:
        return Extraction()
    place = {"work": work, "name": name, "patient": patient}
    return opener(path, **place, is_excerpt=True) if is_excerpt and form in _WITH_EXCERPTS else opener(path, **place)


def extract_tables(
    path: Path, *, form: str, work: Path, name: str, patient: Patient | None = None, max_ratio: int = MAX_RATIO
) -> list[TextTable]:
    """The tables of a file as text; see :func:`extract`."""
    return extract(path, form=form, work=work, name=name, patient=patient, max_ratio=max_ratio).tables


def extract_table(
    path: Path, *, profile: ImportProfile, work: Path, name: str, patient: Patient | None = None
) -> TextTable:
    """Write out the one table that a profile is about.

    Raises
    ------
    UnreadableFile
        Where the file holds no such table.
    """
    tables = extract_tables(path, form=profile.format, work=work, name=name, patient=patient)
    exact = [table for table in tables if table.rule == profile.table]
    # The next file of a logger has its table on sheets of other names, or with another number of rows.
    alike = [table for table in tables if _is_alike(table, profile)]
    if not exact and len(alike) != 1:
        raise UnreadableFile(
            f"{name} holds no table like the one that its import profile is about.",
            where={"file": name},
            next_step="Have the file looked at afresh, without the profile.",
        )
    return exact[0] if exact else alike[0]


def _is_alike(table: TextTable, profile: ImportProfile) -> bool:
    """Whether a table has the columns of the profile's."""
    if table.rule.is_named != profile.table.is_named:
        return False
    with table.path.open(encoding=profile.dialect.encoding, errors="replace", newline="") as file:
        rows = csv.reader(islice(file, profile.dialect.skip_lines, None), delimiter=profile.dialect.delimiter)
        return len(next(rows, [])) == profile.columns
