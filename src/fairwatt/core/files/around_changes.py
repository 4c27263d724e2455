"""The rows around clock changes, found among a file's head without reading all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fairwatt.core.files.file_times import FileTimes, ReadRows
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.local_time import ClockChange
from fairwatt.core.files.series import Stamps
from fairwatt.core.files.stamps import MICROS, NOT_A_TIME

_FEW_ROWS = 3
_MOST_LOOKED_AT = 12_000  # rows: two hours of seconds and some


def look_at_changes(layout: Layout, times: FileTimes, changes: Sequence[ClockChange]) -> Iterator[Stamps]:
    """Stamps of the head's rows around clock changes, found by bisection; only for one series in order of time."""
    for found, _ in rows_around(layout, times, changes):
        yield found[found != NOT_A_TIME]


def rows_around(
    layout: Layout, times: FileTimes, changes: Sequence[ClockChange]
) -> Iterator[tuple[Stamps, Sequence[tuple[str, ...]]]]:
    """The head's rows around clock changes and their stamps, found by bisection; only for one series in order of time.

    Parameters
    ----------
    layout, times
        The file's layout and times.
    changes
        The clock changes to look at.
    """
    if times.read is None or len(layout.lines) < _FEW_ROWS:
        return
    if times.codes is not None and any(len(np.unique(codes)) > 1 for codes in times.codes):
        return
    margin = max(3 * (times.step or 0), 3 * 3_600 * MICROS)
    for change in changes:
        begin = _first_line_at(layout, times.read, change.local_from - margin)
        end = min(_first_line_at(layout, times.read, change.local_to + margin), begin + _MOST_LOOKED_AT)
        if end - begin >= _FEW_ROWS:
            rows = layout.rows_of(begin, end)
            yield times.read(rows), rows


def _first_line_at(layout: Layout, read: ReadRows, stamp: int) -> int:
    low, high = 0, len(layout.lines)
    while low < high:
        middle = (low + high) // 2
        found = read(layout.rows_of(middle, min(middle + 5, high)))
        there = found[found != NOT_A_TIME]
        if len(there) and there[0] >= stamp:
            high = middle
        else:
            low = middle + 1
    return low
