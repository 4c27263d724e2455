"""Erase what must not be kept: a series, a source or a table, in the present version and in all before it.

Every step may be taken again: whoever is killed on the way is followed by another run, which finds less to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fairwatt.lake.disk import remove_folder
from fairwatt.lake.engine import Patient
from fairwatt.lake.limits import Limits
from fairwatt.lake.tables import Table
from fairwatt.lake.upkeep.parting import leave_series_out, set_apart
from fairwatt.lake.upkeep.versions import Past


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed: files of readings and of rollups, their bytes, and rows of the present version."""

    files: int = 0
    size: int = 0
    rows: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(self.files + other.files, self.size + other.size, self.rows + other.rows)


def erase_source(table: Table, source: str, *, work: Path, limits: Limits) -> Erased:
    """Remove a source's rows from every version, and every file that has ever held one."""
    with table.lock():
        set_apart(table, source, work=work, limits=limits)
        rows = _rows_of_source(table, source)
        past = Past(table)
        held = {batch for batch in past.lives if _holds_source(past, batch, source)}
        erased = _count(table, past, held)
        table.remove_source(source)
        _remove(table, past, held)
    return Erased(erased.files, erased.size, rows)


def erase_series(table: Table, series: str, *, work: Path, limits: Limits, patient: Patient) -> Erased:
    """Remove a series' rows from the present version, and every file of any version that has ever held one.

    Other series of those files stay in the present version; earlier versions that had them can't be read any more.
    """
    with table.lock():
        rows = leave_series_out(table, series, work=work, limits=limits, patient=patient)
        past = Past(table)
        held = set()
        for batch in past.lives:
            note = past.note(batch)
            if note is not None and series in note.series:
                held.add(batch)
        erased = _count(table, past, held)
        _remove(table, past, held)
    return Erased(erased.files, erased.size, rows)


def erase_table(table: Table) -> Erased:
    """Remove a table with all its versions and its log."""
    with table.lock():
        store = table.store
        rows = sum(file.rows for file in table.snapshot().files)
        found = list(store.walk(table.root))
        # The logs go last: as long as they are there, another run knows what there was.
        for one in sorted(found, key=lambda one: "_delta_log" in one.path.parts):
            store.remove(one.path)
        remove_folder(table.root)
    return Erased(len(found), sum(one.size for one in found), rows)


def _rows_of_source(table: Table, source: str) -> int:
    snapshot = table.snapshot()
    return sum(file.rows for file in snapshot.files if file.source == source)


def _holds_source(past: Past, batch: str, source: str) -> bool:
    if any(life.file.source == source for life in past.lives[batch]):
        return True
    note = past.note(batch)
    return note is not None and source in note.members


def _count(table: Table, past: Past, batches: set[str]) -> Erased:
    store = table.store
    there = {found.path: found.size for found in store.walk(table.root)}
    paths = {life.file.path for batch in batches for life in past.lives[batch]}
    paths |= {life.file.path for life in past.rollups.lives if life.file.batch in batches}
    sizes = [there[path] for path in paths if path in there]
    return Erased(len(sizes), sum(sizes))


def _remove(table: Table, past: Past, batches: set[str]) -> None:
    """Remove all files of batches but those that the present version still needs, and what is told of them."""
    store = table.store
    present = {file.path for file in (*table.readings.files(), *table.rollups.files())}
    for lives in ((life for batch in batches for life in past.lives[batch]), past.rollups.lives):
        for life in lives:
            if life.file.batch in batches and life.file.path not in present:
                store.remove(life.file.path)
    left = {file.batch for file in table.snapshot().files}
    for batch in batches - left:
        store.remove(table.root / "batches" / f"{batch}.json")
