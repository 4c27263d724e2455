"""Times of day in a form that nobody knows, which must never pass for the names of meters or channels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from fairwatt.core.files.cells import is_null
from fairwatt.core.files.file_times import FileTimes, NoTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_clerical, is_identity, words_of
from fairwatt.core.files.reshaped import Shape

_HEADS = re.compile(
    r"^((start|end|begin|from|to|local|utc|gmt|uk|read(ing)?|meter|interval|half hour(ly)?) )*"
    r"(times?|clock|hours?|hrs?|hh|minutes?|mins?|uhrzeit|zeit|stunde|heures?|horas?|tijd|tid|klokke|amser|awr)"
    r"( (of (the )?day|start|end(ing)?|from|to|local|utc|gmt|bst|uk))*$"
)
_NUMBERED = re.compile(r"^(efa|((efa|time) )?(block|slot|int(erval)?|period|reading)( (no|num|number|id))?)$")
_PARTS = re.compile(  # of hours
    r"(half|half ?hour|quarter|quarter ?hour|qtr|qh|part|segment)( (no|num|number|id|hour))?( of (the )?hour)?"
)
_HOURS = re.compile(r"(hour|hr|hrs|hours|he|hour ending)( (no|num|number))?( of (the )?day)?")
_SHARES = frozenset({2, 3, 4, 6, 12})  # into which hours are parted
_DIGITS = re.compile(r"\d+")
_USUAL = frozenset({24, 48, 96, 144, 288, 1_440})  # times of a day of even steps
_SHORT = 3  # characters of a part's name
_MOST_PARTS = 3  # hours, minutes, seconds
_SIXTY, _DAY_HOURS = 60, 24


def find_unread_clock(
    layout: Layout, names: Sequence[str], times: FileTimes | None, shape: Shape | None
) -> tuple[int, str] | None:
    """Find a column of times of day that was taken for the names of meters or channels, and one of its cells.

    Parameters
    ----------
    layout, names
        The file's.
    times, shape
        How it is to be read: its times where it is plain, else its shape.
    """
    own = times if shape is None else shape.dates
    taken = () if own is None else own.columns
    for column in range(layout.columns):
        if column not in taken and (first := _first_part(layout, names, column)):
            return column, first
    for column in _naming(times, shape):
        cells = [cell.strip() for cell in layout.cells(column) if not is_null(cell)]
        if not cells or is_identity(names[column]) or is_clerical(names[column]):
            continue
        is_named = _HEADS.fullmatch(words_of(names[column])) is not None
        if (is_named and all(map(_DIGITS.search, cells))) or _run_evenly(set(cells)):
            return column, cells[0]
    return None


def name_unread_clock(layout: Layout, names: Sequence[str], reason: NoTimes) -> NoTimes:
    """Why a file has no times: where its dates come again, because the times of day beside them are not read."""
    if reason.code not in {"times-without-order", "times-several-at-once"}:
        return reason
    columns = range(layout.columns)
    filled = {c: [cell.strip() for cell in layout.cells(c) if not is_null(cell)] for c in columns}
    for column in sorted(columns, key=lambda c: not _are_parts(names, c, filled[c])):
        cells, words = filled[column], words_of(names[column])
        if _are_parts(names, column, cells):
            return NoTimes("unread-times-of-day", names[column], cells[0])
        is_clock = (_HEADS.fullmatch(words) or _NUMBERED.fullmatch(words)) and names[column] != reason.column
        if is_clock and cells and all(map(_DIGITS.search, cells)):
            return NoTimes("unread-times-of-day", names[column], cells[0])
    return reason


def _first_part(layout: Layout, names: Sequence[str], column: int) -> str:
    """The first cell of a column of parts of hours; "" of any other."""
    cells = [cell.strip() for cell in layout.cells(column) if not is_null(cell)]
    return cells[0] if cells and _are_parts(names, column, cells) else ""


def _are_parts(names: Sequence[str], column: int, cells: Sequence[str]) -> bool:
    """Whether a column numbers the parts of hours that another column holds: A and B, 1 to 4."""
    if not _PARTS.fullmatch(words_of(names[column])) or not any(_HOURS.fullmatch(words_of(name)) for name in names):
        return False
    return len(set(cells)) in _SHARES and all(len(cell) <= _SHORT for cell in set(cells))


def _naming(times: FileTimes | None, shape: Shape | None) -> Iterable[int]:
    """The file's columns that name meters and channels."""
    if shape is None:
        return times.series_columns if times is not None else ()
    labels = () if shape.spread is None else (shape.spread.name_column,)
    return (*labels, *(shape.origins[c].column for c in shape.times.series_columns))


def _run_evenly(texts: set[str]) -> bool:
    """Whether texts are as many as a day has intervals, and their digits those of clock times in even steps."""
    if len(texts) not in _USUAL:
        return False
    found = [_minutes(text) for text in texts]
    minutes = sorted(minute for minute in found if minute is not None)
    return len(minutes) == len(texts) and len(set(np.diff(minutes).tolist())) == 1


def _minutes(text: str) -> float | None:
    """The minutes since midnight that the digits of a text could mean; None where they could not."""
    parts = _DIGITS.findall(text)
    if len(parts) == 1 and len(parts[0]) in {4, 6}:
        parts = [parts[0][i : i + 2] for i in range(0, len(parts[0]), 2)]
    if not 1 < len(parts) <= _MOST_PARTS:
        return None
    hour, minute, second = (*map(int, parts), 0)[:_MOST_PARTS]
    fits = hour <= _DAY_HOURS and minute < _SIXTY and second < _SIXTY
    return hour * _SIXTY + minute + second / _SIXTY if fits else None
