"""Rows that are each a session of its own length, such as a car's charging: they are no readings of intervals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.cells import Writing, is_null, plain_number
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_clerical, says_end, says_start, words_of
from fairwatt.core.files.series import Stamps
from fairwatt.core.files.stamp_columns import find_stamp_column
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME, read_clock

_LEAVING = re.compile(r"\b(unplug(ged)?|disconnect(ed)?|depart(ed|ure)?|complete[dn]?|left)\b")
_LASTING = re.compile(r"\b(duration|elapsed|length|(charge|charging|connected|connection|plug ?in) (time|length))\b")
_SESSIONS = re.compile(
    r"\b(sessions?|transactions?|charging events?|charges? id|cdr|rfid|plugged|unplugged|plug ?in|connector|evse|cpid|"
    r"charge ?point|charger|vehicle)\b"
)
_FEWEST = 4
_VARYING = 0.5  # of the lengths are different ones
_EVEN = 0.8  # of the lengths are the same: exceptions among readings
_FOLLOWING = 0.8  # of the rows begin where the one before ends
_NEAR = 60 * MICROS
_LONGEST = 32 * DAY
_UNITS = (MICROS, 60 * MICROS, 3_600 * MICROS)


def are_sessions(layout: Layout, names: Sequence[str], times: FileTimes) -> bool:
    """Whether each row has a start and an end or a length of its own, and they make no chain.

    Parameters
    ----------
    layout, names, times
        Of a table with a row for each time.
    """
    heads = " ".join(map(words_of, names))
    is_told = _SESSIONS.search(heads) is not None
    if times.is_dateless or not (is_told or times.step is None):
        return False
    starts = _with_clock(layout, names, times)
    codes = np.zeros(len(starts), dtype=np.int64) if times.codes is None else np.concatenate(times.codes)
    for lengths in _lengths(layout, names, times, starts):
        there = (lengths != NOT_A_TIME) & (starts != NOT_A_TIME)
        if there.sum() >= _FEWEST and _are_own(codes[there], starts[there], lengths[there]):
            return True
    lasting = [c for c in range(layout.columns) if _LASTING.search(words_of(names[c]))] if is_told else []
    return any(_are_durations(layout, column, codes, starts) for column in lasting)


def _with_clock(layout: Layout, names: Sequence[str], times: FileTimes) -> Stamps:
    """The starts, with the time of day of a column of starts beside dates that are taken alone."""
    starts = np.concatenate(times.segments)
    if (starts[starts != NOT_A_TIME] % DAY).any():
        return starts
    for column in range(layout.columns):
        if column in times.columns or not says_start(names[column]):
            continue
        found = find_stamp_column(layout.cells(column))
        if found is not None and not found.has_date:
            return _sum(starts, found.stamps(day_first=None))
    return starts


def _lengths(layout: Layout, names: Sequence[str], times: FileTimes, starts: Stamps) -> Iterator[Stamps]:
    """How long rows last by the columns of ends: dates with their times, or times of day alone."""
    columns = [
        c for c in range(layout.columns)
        if c not in times.columns and not is_clerical(names[c])
        and (says_end(names[c]) or _LEAVING.search(words_of(names[c])))
    ]  # fmt: skip
    found = [one for c in columns if (one := find_stamp_column(layout.cells(c))) is not None]
    dated = [one.stamps(day_first=times.day_first) for one in found if one.has_date]
    clocks = [one.stamps(day_first=None) for one in found if not one.has_date]
    for ends in dated:
        yield _sum(ends, -starts)
        yield from (_sum(_sum(ends, clock), -starts) for clock in clocks)
    for clock in clocks if not dated else ():
        lengths = _sum(clock, -(starts % DAY))
        yield np.where((lengths != NOT_A_TIME) & (lengths <= 0), lengths + DAY, lengths)


def _sum(some: Stamps, others: Stamps) -> Stamps:
    missing = (some == NOT_A_TIME) | (others == NOT_A_TIME)
    return np.where(missing, NOT_A_TIME, np.where(missing, 0, some) + np.where(missing, 0, others))


def _are_own(codes: Stamps, starts: Stamps, lengths: Stamps) -> bool:
    """Whether lengths differ from row to row, and rows do not begin where the ones before them end."""
    values, counts = np.unique(lengths, return_counts=True)
    if (lengths <= 0).mean() > 1 - _EVEN or lengths.max() > _LONGEST or counts.max() >= _EVEN * len(lengths):
        return False
    return len(values) > 1 and not _is_chain(codes, starts, lengths)


def _is_chain(codes: Stamps, starts: Stamps, lengths: NDArray[np.int64] | NDArray[np.float64]) -> bool:
    """Whether most rows of a series begin where the one before ends."""
    order = np.lexsort((starts, codes))
    same = np.diff(codes[order]) == 0
    gaps = (np.diff(starts[order]) - lengths[order][:-1])[same]
    if not ((starts % DAY).any() or (lengths % DAY).any()):  # from 1 to 31 January, then from 1 February
        gaps = np.where(gaps == DAY, 0, gaps)
    return bool(len(gaps)) and float((np.abs(gaps) <= _NEAR).mean()) >= _FOLLOWING


def _are_durations(layout: Layout, column: int, codes: Stamps, starts: Stamps) -> bool:
    """Whether a column tells lengths that differ from row to row, and are not those to the next row."""
    writing = Writing(layout.dialect.decimal_mark, layout.dialect.thousands_mark)
    found = [_length(cell.strip(), writing) for cell in layout.cells(column)]
    lengths = np.array([np.nan if one is None else one for one in found])
    there = ~np.isnan(lengths) & (starts != NOT_A_TIME)
    filled = sum(not is_null(cell) for cell in layout.cells(column))
    if there.sum() < max(_FEWEST, _EVEN * filled) or len(np.unique(lengths[there])) < _VARYING * there.sum():
        return False
    return not any(_is_chain(codes[there], starts[there], lengths[there] * unit) for unit in _UNITS)


def _length(cell: str, writing: Writing) -> float | None:
    clock = read_clock(cell) if ":" in cell else None
    if clock is not None:
        return clock.clock / MICROS
    number = plain_number(cell, writing)
    return None if number is None else float(number)
