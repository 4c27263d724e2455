"""Halves of the day: AM and PM in a column of their own beside times of twelve hours, and such times without any."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from fairwatt.core.files.cells import is_null
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import words_of
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME, read_clock, read_moment

_HALF_DAY = re.compile(r"[ap]\.?m\.?", re.IGNORECASE)
_SAID = re.compile(r"\d\s*[ap]\.?m\b", re.IGNORECASE)
_HOURS = re.compile(r"(hour|hr|hh|h)( of (the )?day)?")
_THIRTEEN = 13
_HOUR = 3_600 * MICROS


def find_half_days(layout: Layout, names: Sequence[str]) -> int | None:
    """The column of AM and PM without which the file's times are not known; None where there is none.

    A half of the day beside dates alone names two readings of a day, and hours beyond twelve need none.
    """
    column = next((c for c in range(layout.columns) if _holds_halves(layout.cells(c))), None)
    if column is None:
        return None
    clocks = [clock for c in range(layout.columns) if c != column for clock in _clocks(layout.cells(c), names[c])]
    return column if any(clocks) and max(clocks) < _THIRTEEN * _HOUR else None


def lacks_halves(times: FileTimes) -> bool:
    """Whether times begin anew within days and show the hours of a clock with twelve: neither 0 nor 13."""
    stamps = np.concatenate(times.segments)
    hours = np.unique(stamps[stamps != NOT_A_TIME] % DAY // _HOUR)
    are_twelve = len(hours) == _THIRTEEN - 1 and int(hours[0]) == 1 and int(hours[-1]) == _THIRTEEN - 1
    if times.has_zone or "%H" not in times.form or not are_twelve:
        return False
    return any(bool((np.diff(run) < -_HOUR).any()) for run in times.runs())


def _holds_halves(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if not is_null(cell)]
    return bool(filled) and all(_HALF_DAY.fullmatch(cell) for cell in filled)


def _clocks(cells: Sequence[str], name: str) -> list[int]:
    """The times of day in a column [µs]; none where its cells are no times, and a day's end where they say the half
    themselves."""
    filled = [cell.strip() for cell in cells if not is_null(cell)]
    if _HOURS.fullmatch(words_of(name)) and filled and all(cell.isdigit() for cell in filled):
        return [int(cell) * _HOUR for cell in filled]
    if any(cell.isdigit() for cell in filled[:1]):
        return []
    if any(_SAID.search(cell) for cell in filled[:1]):
        return [DAY]
    moments = [read_moment(cell) or read_clock(cell) for cell in filled]
    return [moment.clock for moment in moments if moment is not None]
