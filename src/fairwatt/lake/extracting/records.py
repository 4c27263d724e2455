"""JSON: arrays of records and the other shapes in which tables travel."""

from __future__ import annotations

from pathlib import Path

from fairwatt.core.files.profile import TableRule
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.running import run_apart
from fairwatt.lake.extracting.tables import Place, TextTable


def extract_records(path: Path, *, work: Path, name: str, patient: Patient) -> list[TextTable]:
    """Write out the tables of a JSON file; see :func:`fairwatt.lake.extracting.extract_tables`."""
    folder = work / "records"
    told = run_apart("records", path, folder, name=name, kind="JSON file", patient=patient)
    return [
        TextTable(
            folder / str(table["file"]),
            TableRule(parts=(str(table["pointer"]) or "/",)),
            str(table["title"]),
            dialect_is_plain=True,
            places=(Place(int(table["first_row"]), 1, "", "record"),),
            notes=tuple(str(note) for note in table["notes"]),
        )
        for table in told["tables"]
    ]
