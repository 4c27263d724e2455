"""What waits for tables in trouble: kept apart in the log and counted by itself, so that all others go on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fairwatt.lake.disk import sync_folder, write_whole
from fairwatt.lake.live.log import FOLDER, WAITING, fresh_name, read_positions, read_waiting
from fairwatt.lake.live.segments import read_segment, write_segment
from fairwatt.lake.live.tail import read_tail, tail_lock, tail_root
from fairwatt.lake.locks import held_now

_STEP = 1 << 20  # bytes: how exactly it is told


class Waiting:
    """Counts the bytes that wait for each table in trouble, and tells whoever receives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counted: dict[str, int] = {}
        self._told: dict[str, int] = read_waiting(folder)

    def begin(self) -> None:
        """Count anew: the log is read from its first waiting record on again."""
        self._counted.clear()

    def add(self, table: str, size: int) -> None:
        """Count what was read for a table that can't take it."""
        self._counted[table] = self._counted.get(table, 0) + size

    def tell(self, tables: Set[str], *, is_whole: bool) -> None:
        """Say what waits for the tables in trouble; until the log is read to its end no less than was said before."""
        before = {} if is_whole else self._told
        counts = {table: max(self._counted.get(table, 0), before.get(table, 0)) for table in tables}
        now = {table: count for table, count in counts.items() if count}
        if now.keys() == self._told.keys() and all(abs(now[table] - self._told[table]) < _STEP for table in now):
            return
        self._told = now
        if now:
            write_whole(self._folder / WAITING, json.dumps(now).encode())
        else:
            (self._folder / WAITING).unlink(missing_ok=True)


@contextmanager
def tails_held(lake: Path, tables: Set[str]) -> Iterator[bool]:
    """Hold what is on its way into tables, all of it or none; yields at once whether it is held."""
    with ExitStack() as held:
        yield all(held.enter_context(held_now(tail_lock(lake, table))) for table in sorted(tables))


def set_apart(lake: Path, segment: Path, tables: Set[str]) -> Path | None:
    """Leave only what waits for these tables in a segment that nobody writes any more; all others have taken theirs.

    The caller holds the tables' tails. Whoever is killed meanwhile leaves the one segment or the other to be read,
    never both.

    Returns
    -------
    Where the rest stands now: the segment itself where there is nothing to leave out; None where nothing is left.
    """
    start = read_positions(lake / FOLDER).get(segment.name, 0)
    taken = {table: read_tail(tail_root(lake, table)).taken.get(segment.name, 0) for table in tables}
    records = read_segment(segment, start, most_bytes=segment.stat().st_size, is_over=True).records
    kept = [one for one in records if one.table in tables and one.end > taken[one.table]]
    if not start and len(kept) == len(records):
        return segment
    fresh = segment.with_name(fresh_name(segment.name)) if kept else None
    if fresh is not None:
        write_segment(fresh, kept)
    segment.unlink()
    sync_folder(segment.parent)
    return fresh
