"""Dates that a spreadsheet has half turned: of days up to the twelfth, it took the month for the day.

A program set to another country reads ``05/01`` as the first of May, and leaves ``13/01`` alone, as there is no such
month. What comes of it has a mark of its own: with days and months up to twelve exchanged again, and no others, the
times follow each other evenly, and as they stand they jump from month to month.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.regularity import usual_step
from fairwatt.core.files.stamp_columns import StampColumn
from fairwatt.core.files.stamps import NOT_A_TIME, Moment

Stamps = NDArray[np.int64]

MIXED = "mixed"  # the answer that mends it
_MONTHS = 12
_WORSE = 4  # times as many uneven steps as they stand
_FEWEST = 2  # uneven steps
_BEFORE_YEAR = re.compile(r"%([dm1])(.)%([dm2])(?=.%[Yy])")
_AFTER_YEAR = re.compile(r"(?<=%Y)([-/.])%m\1%d")
_AFTER_YEAR_TURNED = re.compile(r"(?<=%Y)([-/.])%d\1%m")


def can_mix(form: str) -> bool:
    """Whether a format's day and month are numbers that a program could have exchanged."""
    return any(pattern.search(form) for pattern in (_BEFORE_YEAR, _AFTER_YEAR, _AFTER_YEAR_TURNED))


def mixed_forms(forms: Sequence[str]) -> tuple[str, ...]:
    """The formats with day and month exchanged, each before its own: what fits is read so, and other days as they are.

    Examples
    --------
    >>> mixed_forms(["%d/%m/%Y"])
    ('%m/%d/%Y', '%d/%m/%Y')
    """
    return tuple(dict.fromkeys(form for own in forms for form in (_exchanged(own), own)))


def is_mixture(forms: Sequence[str]) -> bool:
    """Whether formats are those that :func:`mixed_forms` makes."""
    return len(forms) % 2 == 0 and all(
        _exchanged(own) == other for own, other in zip(forms[1::2], forms[::2], strict=True)
    )


def as_they_stand(forms: Sequence[str]) -> tuple[str, ...]:
    """The formats of which :func:`mixed_forms` has made some."""
    return tuple(forms[1::2])


def _exchanged(form: str) -> str:
    if _AFTER_YEAR_TURNED.search(form):
        return _AFTER_YEAR_TURNED.sub(r"\1%m\1%d", form)
    return _AFTER_YEAR.sub(r"\1%d\1%m", _BEFORE_YEAR.sub(r"%\3\2%\1", form))


def unmixed(
    column: StampColumn, stamps_for: Callable[[StampColumn], Sequence[Stamps]], *, day_first: bool | None
) -> StampColumn | None:
    """The column as it was before some of its dates were turned; None where nothing shows that any were.

    Parameters
    ----------
    column
        The dates as they stand.
    stamps_for
        A column's stamps [µs] by segment, with the time of day that may stand in another column.
    day_first
        The order of the numbers before a year.
    """
    dates = {(m.first, m.second) for m in column.moments if m is not None}
    turned = any(max(date) <= _MONTHS and date[0] != date[1] for date in dates)
    if not turned or all(max(date) <= _MONTHS for date in dates) or not all(map(can_mix, column.forms)):
        return None
    if any(m is not None and (m.weekday is not None or m.offset is not None) for m in column.moments):
        return None
    stamps = stamps_for(column)
    if (own := _step_of(stamps)) is not None and _uneven(stamps, own) < _FEWEST:
        return None
    mended = _mended(column, day_first=day_first)
    even = stamps_for(mended)
    step = _step_of(even)
    return mended if step and _uneven(stamps, step) >= max(_FEWEST, _WORSE * _uneven(even, step)) else None


def _step_of(segments: Sequence[Stamps]) -> int | None:
    """The usual step of rows that follow each other, in order of time."""
    steps = [np.diff(np.unique(part[part != NOT_A_TIME])) for part in segments]
    return usual_step(np.concatenate(steps)) if steps else None


def _mended(column: StampColumn, *, day_first: bool | None) -> StampColumn:
    def read(text: str) -> Moment | None:
        found = column.read_cell(text)
        return None if found is None else _turned(found, day_first)

    return replace(
        column,
        forms=mixed_forms(column.strptime_forms(day_first=day_first)),
        moments=tuple(None if m is None else _turned(m, day_first) for m in column.moments),
        ends=tuple(None if m is None else _turned(m, day_first) for m in column.ends),
        read_cell=read,
    )


def _turned(moment: Moment, day_first: bool | None) -> Moment:
    """A moment with its month first; exchanged with the day where either could be the month."""
    if moment.year == 0:
        return moment
    is_day = day_first is not False if moment.month_is_first is None else not moment.month_is_first
    month, day = (moment.second, moment.first) if is_day else (moment.first, moment.second)
    if max(month, day) <= _MONTHS:
        month, day = day, month
    return replace(moment, first=month, second=day, month_is_first=True)


def _uneven(segments: Sequence[Stamps], step: int) -> int:
    """How many steps are not the usual one, or turn back, in rows that follow each other."""
    found = [part[part != NOT_A_TIME] for part in segments]
    jumps = sum(int((np.diff(np.unique(part)) != step).sum()) for part in found)
    turns = [np.diff(part) for part in found]
    return jumps + min(sum(int((own < 0).sum()) for own in turns), sum(int((own > 0).sum()) for own in turns))


def first_turn(orders: Sequence[Sequence[Stamps]]) -> int | None:
    """The row (from 0) from which the other of two orders makes even steps, where each does for a part of the rows;
    None where there is no such row.

    Parameters
    ----------
    orders
        The rows' stamps [µs] by segment, read in either order.
    """
    rows = 0
    for one, other in zip(*orders, strict=True):
        for first, second in ((one, other), (other, one)):
            if (at := _change(first, second)) is not None:
                return rows + at
        rows += len(one)
    return None


def _change(first: Stamps, second: Stamps) -> int | None:
    """Where rows that were read evenly in the first order go on so in the second."""
    rows = np.flatnonzero((first != NOT_A_TIME) & (second != NOT_A_TIME))
    first, second = first[rows], second[rows]
    before, after = np.diff(first), np.diff(second)
    step = usual_step(np.concatenate([before, after])) if len(before) else None
    if step is None:
        return None
    at = int(np.argmax(before != step)) if (before != step).any() else len(before)
    if at in {0, len(before)} or second[at + 1] - first[at] != step:
        return None
    own, others = int((before[at:] != step).sum()), int((after[at + 1 :] != step).sum())
    is_clear = own >= max(_FEWEST, _WORSE * others) and (after != step).sum() >= _FEWEST
    return int(rows[at + 1]) if is_clear else None
