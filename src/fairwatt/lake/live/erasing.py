"""Erase live readings where they stand before they are in their table, and what is left of them after.

The log keeps its records until its writer begins another segment, and the tail its replaced files for an hour: both
are reached here, whoever is writing meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa

from fairwatt.core.errors import SourceUnavailable
from fairwatt.lake.live.log import FOLDER, read_positions, segments_in
from fairwatt.lake.live.segments import Record, blank_records, read_segment
from fairwatt.lake.live.tail import ask_to_fold, read_tail, remove_tail, tail_lock, tail_root, unlisted
from fairwatt.lake.locks import locked


def erase_live_table(lake: Path, table: str) -> None:
    """Erase what has come for a table and is not in it yet; nobody may want its readings any more."""
    with locked(tail_lock(lake, table)):
        remove_tail(tail_root(lake, table))
        _blank(lake, lambda record: record.table == table)


def erase_live_source(lake: Path, table: str, source: str) -> None:
    """Erase what has come for a source of a table and is not in it yet; nobody may want its readings any more."""
    with locked(tail_lock(lake, table)):
        if read_tail(tail_root(lake, table)).source == source:
            remove_tail(tail_root(lake, table))
        _blank(lake, lambda record: record.table == table and record.source == source)


def refuse_waiting(lake: Path, table: str, series: str) -> None:
    """Have readings of a series that wait for their table put into it.

    Raises
    ------
    SourceUnavailable
        Where there are any.
    """
    root = tail_root(lake, table)
    with locked(tail_lock(lake, table)):
        tail = read_tail(root)
        is_waiting = any(series in file.series for file in tail.files)
        if not is_waiting and not any(_holds(record, series) for record in _untaken(lake, table, tail.taken)):
            return
        ask_to_fold(root)
    raise SourceUnavailable(
        "Live readings of this series are still on their way into the table.",
        next_step="It is tried again in a minute. Stop what sends them, or they come again.",
    )


def forget_taken(lake: Path, table: str) -> None:
    """Overwrite what the log and the tail still hold of readings that are in their table already."""
    root = tail_root(lake, table)
    with locked(tail_lock(lake, table)):
        for path in unlisted(root):
            path.unlink(missing_ok=True)
        taken, noted = read_tail(root).taken, read_positions(lake / FOLDER)
        for path in segments_in(lake / FOLDER):
            upto = max(taken.get(path.name, 0), noted.get(path.name, 0))
            _blank_one(path, partial(_is_taken, table=table, upto=upto))


def _is_taken(record: Record, *, table: str, upto: int) -> bool:
    return record.table == table and record.end <= upto


def _untaken(lake: Path, table: str, taken: Mapping[str, int]) -> Iterator[Record]:
    noted = read_positions(lake / FOLDER)
    for path in segments_in(lake / FOLDER):
        start = noted.get(path.name, 0)
        try:
            records = read_segment(path, start, most_bytes=path.stat().st_size, is_over=True).records
        except FileNotFoundError:  # all of it was taken just now
            continue
        yield from (one for one in records if one.table == table and one.end > taken.get(path.name, 0))


def _holds(record: Record, series: str) -> bool:
    with pa.ipc.open_stream(pa.BufferReader(record.payload)) as reader:
        return series in reader.read_all().column("series").to_pylist()


def _blank(lake: Path, is_meant: Callable[[Record], bool]) -> None:
    for path in segments_in(lake / FOLDER):
        _blank_one(path, is_meant)


def _blank_one(path: Path, is_meant: Callable[[Record], bool]) -> None:
    try:
        blank_records(path, is_meant)
    except FileNotFoundError:  # all of it was taken just now
        return
