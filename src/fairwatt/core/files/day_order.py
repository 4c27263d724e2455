"""Whether the day or the month stands first in a column of dates: what all its values say together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.regularity import calendar_months, usual_step
from fairwatt.core.files.stamp_columns import StampColumn
from fairwatt.core.files.stamps import DAY, NOT_A_TIME, read_moment

Stamps = NDArray[np.int64]

_FAR = 20 * DAY  # from one day to the next, read the wrong way, are four weeks at least
_MUCH_LONGER = 2  # a span of dates than that of the same dates read otherwise
_OLD = int(np.datetime64("2008-01-01", "us").astype(np.int64))
_ENOUGH = 4  # steps of days or months that say which way they run
NEITHER_ORDER = (
    "Some dates only fit with the day first and others with the month first: a spreadsheet may have turned some."
)
_NAME_ORDER = re.compile(r"(?<![a-z])(d{1,2}[-/. ]?m{1,3}|m{1,2}[-/. ]?d{1,2})[-/. ]?y{2,4}", re.IGNORECASE)
_NAME_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_. ]?(0[1-9]|1[0-2])(?!\d{3})")


@dataclass(frozen=True, slots=True)
class DayOrder:
    """Whether the day stands first (None: the form leaves no doubt), whether it might be otherwise, and why.

    ``year_first`` says that the first of three numbers of two digits is the year, ``may_be_year`` that it could be;
    ``is_mixed`` that a program seems to have exchanged day and month where both are up to twelve.
    """

    day_first: bool | None
    is_open: bool = False
    why: str = ""
    confidence: float = 1.0
    year_first: bool = False
    may_be_year: bool = False
    is_mixed: bool = False


def find_day_order(
    column: StampColumn,
    stamps_for: Callable[[bool], Stamps],
    *,
    name: str = "",
    others: Sequence[bool] = (),
    file_name: str = "",
    by_year: Callable[[], Stamps] | None = None,
) -> DayOrder:
    """Find the order of day and month; where some dates only fit one and some the other, it is open.

    Parameters
    ----------
    column
        The column of dates.
    stamps_for
        The rows' stamps [µs] for either order, with the time of day that may stand in another column.
    name, file_name
        What the column and the file are called.
    others
        The orders of the file's other dates, where those leave no doubt.
    by_year
        The stamps where the first number is the year, if all dates allow that.
    """
    if not column.needs_order:
        return DayOrder(None)
    if by_year is None:
        return _of_two(column, stamps_for, name, others, file_name)
    found = _of_two(column, stamps_for, name, others, file_name)
    is_told = _NAME_ORDER.search(name) is not None and bool(column.day_orders())
    return found if is_told else _of_three(column, stamps_for, by_year, found)


def _of_three(
    column: StampColumn, stamps_for: Callable[[bool], Stamps], by_year: Callable[[], Stamps], found: DayOrder
) -> DayOrder:
    """The order where the first number could be the year: by the step, which else is to be asked."""
    orders = column.day_orders()
    if not orders:
        return DayOrder(None, why="Only with the year first do all dates exist.", year_first=True)
    unique = np.unique(by_year()[by_year() != NOT_A_TIME])
    cost, least = _cost_of(by_year()), min(_cost_of(stamps_for(order)) for order in orders)
    is_slow = (usual_step(np.diff(unique)) or 0) >= DAY or bool(calendar_months(unique))
    if cost < least and (not is_slow or (not cost and len(unique) > _ENOUGH)):
        why = "Read with the year first, the times follow each other evenly; read otherwise they jump."
        return DayOrder(None, why=why, confidence=0.95, year_first=True)
    other = stamps_for(found.day_first is not False)
    if cost <= least and ("-%2-" in column.form or _span(by_year()) <= _MUCH_LONGER * _span(other)):
        why = f"The first number could be the year too. {found.why}".strip()
        found = replace(found, is_open=True, why=why, confidence=min(found.confidence, 0.6), may_be_year=True)
        if _is_old(other) and not _is_old(by_year()):
            why = "Read with the year last, the dates would be older than half-hourly meters."
            return replace(found, day_first=None, why=why, year_first=True)
    return found


def _span(stamps: Stamps) -> int:
    """The days from the first to the last."""
    there = stamps[stamps != NOT_A_TIME]
    return int(there.max() - there.min()) // DAY + 1 if len(there) else 0


def _is_old(stamps: Stamps) -> bool:
    there = stamps[stamps != NOT_A_TIME]
    return bool(len(there)) and int(there.max()) < _OLD


def _cost_of(stamps: Stamps) -> int:
    """How many steps are uneven, and how many turn back."""
    there = stamps[stamps != NOT_A_TIME]
    unique = np.unique(there)
    diffs, steps = np.diff(unique), np.diff(there)
    return _count_uneven(unique, diffs, usual_step(diffs)) + min(int((steps < 0).sum()), int((steps > 0).sum()))


def _of_two(
    column: StampColumn, stamps_for: Callable[[bool], Stamps], name: str, others: Sequence[bool], file_name: str
) -> DayOrder:
    orders = column.day_orders()
    if not orders:
        return _mostly(column)
    if len(orders) == 1:
        return DayOrder(orders[0], why=_why_certain(column, day_first=orders[0]))
    known = _told(name, others) or _by_steps(stamps_for)
    return known if known is not None else _guess(column, stamps_for, file_name)


def _mostly(column: StampColumn) -> DayOrder:
    there = [m for m in column.moments if m is not None and m.month_is_first is None]
    better = sum(m.second <= 12 for m in there) >= sum(m.first <= 12 for m in there)  # months
    return DayOrder(better, True, NEITHER_ORDER, 0.3)


def _told(name: str, others: Sequence[bool]) -> DayOrder | None:
    """What the column's name or the file's other dates say."""
    if (match := _NAME_ORDER.search(name)) is not None:
        is_day = match[1][0].lower() == "d"
        return DayOrder(is_day, why=f"The column's name says so: {name.strip()}.", confidence=0.95)
    if len(set(others)) == 1:
        first = "day" if others[0] else "month"
        return DayOrder(others[0], why=f"Other dates of the file have the {first} first.", confidence=0.9)
    return None


def _why_certain(column: StampColumn, *, day_first: bool) -> str:
    there = [m for m in column.moments if m is not None and m.month_is_first is None]
    if all(m.first <= 12 and m.second <= 12 for m in there):  # months
        return "Only so do the dates fall on the weekdays that stand with them."
    beyond, within = ("first", "second") if day_first else ("second", "first")
    return f"The {beyond} number goes beyond 12, the {within} never does."


def _by_steps(stamps_for: Callable[[bool], Stamps]) -> DayOrder | None:
    """The order in which the times are clearly the more even, if there is one."""
    costs: dict[bool, int] = {}
    steps: dict[bool, int | None] = {}
    sizes: dict[bool, int] = {}
    for order in (True, False):
        stamps = stamps_for(order)
        unique = np.unique(stamps[stamps != NOT_A_TIME])
        diffs = np.diff(unique)
        steps[order], sizes[order] = usual_step(diffs), len(diffs)
        costs[order] = _count_uneven(unique, diffs, steps[order])
    if costs[True] == costs[False]:
        return None
    better = costs[True] < costs[False]
    why = "Read so, the times follow each other evenly; read the other way they jump."
    found = DayOrder(better, why=why, confidence=0.95)
    if max(step or 0 for step in steps.values()) >= DAY or calendar_months(np.unique(stamps_for(better))):
        # Days and months can be taken for each other: only a series without any break says which they are.
        return found if not costs[better] and sizes[better] >= _ENOUGH else None
    return found


def _count_uneven(unique: Stamps, diffs: Stamps, step: int | None) -> int:
    if step is None:
        return 0 if calendar_months(unique) else int((diffs >= _FAR).sum())
    return int((diffs != step).sum())


def _guess(column: StampColumn, stamps_for: Callable[[bool], Stamps], file_name: str) -> DayOrder:
    if (match := _NAME_MONTH.search(file_name)) is not None:
        month = np.datetime64(f"{match[1]}-{match[2]}", "M")
        inside = {order: _share_in(stamps_for(order), month) for order in (True, False)}
        if max(inside.values()) > 0.9 > min(inside.values()) + 0.4:  # nearly all against about half
            better = inside[True] > inside[False]
            return DayOrder(better, True, f"Read so, the dates lie in {month}, which the file's name has.", 0.75)
        later = {order: _share_after(stamps_for(order), month) for order in (True, False)}
        if min(later.values()) == 0 < max(later.values()):
            better = later[True] == 0
            return DayOrder(
                better, True, f"Read the other way, dates would lie after {month}, which the file's name has.", 0.7
            )
    if any("%p" in form for form in column.forms) and not column.is_padded:
        why = "Dates with one digit and a.m. or p.m. are mostly American, with the month first; these fit both ways."
        return DayOrder(False, True, why, 0.5)
    return DayOrder(True, True, "In Britain the day comes first; these times would also fit the other way.", 0.7)


def _share_in(stamps: Stamps, month: np.datetime64) -> float:
    there = stamps[stamps != NOT_A_TIME].astype("datetime64[us]").astype("datetime64[M]")
    return float((there == month).mean()) if len(there) else 0.0


def _share_after(stamps: Stamps, month: np.datetime64) -> float:
    there = stamps[stamps != NOT_A_TIME].astype("datetime64[us]").astype("datetime64[M]")
    return float((there > month).mean()) if len(there) else 0.0


def sure_order(cells: Sequence[str]) -> bool | None:
    """The order of day and month in a column's dates, where some number beyond twelve tells it."""
    found: set[bool] = set()
    for cell in cells:
        moment = read_moment(cell)
        if moment is None or moment.month_is_first is not None:
            continue
        if moment.first > 12:  # months
            found.add(True)
        elif moment.second > 12:
            found.add(False)
    return found.pop() if len(found) == 1 else None
