"""What a table takes up: readings, rollups, and what only earlier versions need."""

from __future__ import annotations

from dataclasses import dataclass

from fairwatt.lake.tables import Table


@dataclass(frozen=True, slots=True)
class TableSize:
    """Bytes and files of a table; ``rows`` of the present version."""

    readings: int = 0
    rollups: int = 0
    old: int = 0
    files: int = 0
    old_files: int = 0
    rows: int = 0


def measure_table(table: Table) -> TableSize:
    """Add up the files of a table by what they are for."""
    readings, rollups = table.readings.files(), table.rollups.files()
    present = {file.path for file in (*readings, *rollups)}
    old = [
        found for found in table.store.walk(table.root) if found.path.suffix == ".parquet" and found.path not in present
    ]
    return TableSize(
        readings=sum(file.size for file in readings),
        rollups=sum(file.size for file in rollups),
        old=sum(found.size for found in old),
        files=len(present),
        old_files=len(old),
        rows=sum(file.rows for file in readings),
    )
