"""Tables with a day a column: dates stand in the head, times of day (or the numbers of intervals) down the side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.counting import DaySeen, find_counting
from fairwatt.core.files.day_order import DayOrder, find_day_order
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.profile import DayColumn, PeriodRule
from fairwatt.core.files.reshaped import Origin, Shape, plain_layout, plain_times
from fairwatt.core.files.series import Stamps
from fairwatt.core.files.slots import STEPS
from fairwatt.core.files.stamp_columns import StampColumn, find_stamp_column
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME

_FEWEST = 3  # days
_FEW_ROWS = 6
_NUMERIC = 0.8
_MOSTLY = 0.9
_OF_TIMES = frozenset({"duration", "count"})
_EPOCH = datetime(1970, 1, 1)  # local clocks have no zone yet


@dataclass(frozen=True, slots=True)
class _Side:
    """The column down the side: where each row's interval starts [µs after midnight], and how that is written."""

    column: int
    offsets: Stamps
    step: int
    found: StampColumn | None  # None: intervals are numbered
    first: int = 1


def find_across(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find out whether a table has a day a column, and how; None where it has not, or where its dates could mean
    other days."""
    days = _days(layout)
    if len(days) < _FEWEST or not all(_has_numbers(layout, column) for column in days):
        return None
    others = [column for column in range(layout.columns) if column not in days]
    side = next((found for c in others[:2] if (found := _side(layout, c)) is not None), None)
    if side is None:
        return None
    return _shape(layout, names, days, side, [c for c in others if c != side.column])


def _days(layout: Layout) -> dict[int, int]:
    """The columns whose heads are days in order, each with its midnight [µs]."""
    heads = list(layout.names)
    first = next((c for c, head in enumerate(heads) if find_stamp_column([head]) is not None), len(heads))
    found = find_stamp_column(heads[first:]) if len(heads) - first >= _FEWEST else None
    if found is None or not found.has_date or found.ends:
        return {}
    order = _days_in_a_row(found) or find_day_order(found, lambda is_first: found.stamps(day_first=is_first))
    stamps = found.stamps(day_first=order.day_first)
    days = {first + n: int(stamp) for n, stamp in enumerate(stamps) if stamp != NOT_A_TIME}
    ordered = list(days.values())
    if order.is_open or any(stamp % DAY for stamp in ordered) or sorted(set(ordered)) not in (ordered, ordered[::-1]):
        return {}
    return days


def _days_in_a_row(found: StampColumn) -> DayOrder | None:
    """The order of day and month in which heads are one day after the other, where only one makes them so."""
    orders = [order for order in (True, False) if _is_daily(found.stamps(day_first=order))]
    return DayOrder(orders[0]) if len(orders) == 1 else None


def _is_daily(stamps: Stamps) -> bool:
    return NOT_A_TIME not in stamps and bool((np.abs(np.diff(stamps)) == DAY).all())


def _has_numbers(layout: Layout, column: int) -> bool:
    mark, thousands = layout.dialect.decimal_mark, layout.dialect.thousands_mark
    cells = [cell for cell in layout.cells(column) if not is_null(cell)]
    return sum(is_number(cell, mark, thousands) for cell in cells) >= _NUMERIC * len(cells)


def _side(layout: Layout, column: int) -> _Side | None:
    cells = [cell.strip() for cell in layout.cells(column)]
    found = find_stamp_column(cells)
    if found is not None and not found.has_date and len(found.forms) == 1:
        return _of_clocks(column, found, found.stamps(day_first=None))
    numbers = [int(cell) for cell in cells if cell.isdigit()]
    first = numbers[0] if numbers else 0
    step = STEPS.get(len(numbers))
    if step is None or first not in {0, 1} or numbers != list(range(first, first + len(numbers))):
        return None
    offsets = np.array([_offset(cell, first, step) for cell in cells], dtype=np.int64)
    return _Side(column, offsets, step * 60 * MICROS, None, first)


def _offset(cell: str, first: int, step: int) -> int:
    return (int(cell) - first) * step * 60 * MICROS if cell.isdigit() else NOT_A_TIME


def _of_clocks(column: int, found: StampColumn, clocks: Stamps) -> _Side | None:
    """Times of day in even steps through one day; ends of intervals where the last of them is midnight."""
    there = clocks[clocks != NOT_A_TIME]
    if len(there) < _FEW_ROWS:
        return None
    steps = np.diff(there)
    step = int(np.median(steps))
    even = float((steps == step).mean())
    if step <= 0 or DAY % step or even < _MOSTLY or len(np.unique(there)) < _MOSTLY * len(there):
        return None
    if there[0] == step and there[-1] % DAY == 0:  # they mark ends: nothing here says so surely
        return None
    return _Side(column, clocks, step, found)


def _shape(layout: Layout, names: Sequence[str], days: dict[int, int], side: _Side, others: Sequence[int]) -> Shape:
    seen = [_seen(layout, column, midnight, side) for column, midnight in days.items()]
    counting = find_counting(
        seen,
        side.step // MICROS,
        usual="elapsed" if side.found is None else "clock",
        is_settlement=False,
        has_long_day=False,
        is_complete=True,
    )
    dates = _times_of(side)
    heads = ("time", _value_name(names[side.column]))
    plain = plain_layout(layout, heads, [_unfolded(layout, days, side)])
    return Shape(
        layout=plain,
        names=heads,
        times=plain_times(dates, columns=(0,), series=None, step_s=side.step / MICROS),
        origins=(Origin(side.column), Origin(layout.columns)),
        dates=dates,
        date_names=(names[side.column],),
        date_example="",
        periods=PeriodRule(
            step_s=side.step / MICROS,
            counts=counting.counts,
            first=side.first,
            days=tuple(DayColumn(column=column, day=_date(midnight)) for column, midnight in days.items()),
        ),
        counting=counting,
        left_out=tuple(names[c] for c in others),
        file_columns=layout.columns,
    )


def _value_name(corner: str) -> str:
    """What the values are called: as the corner over the times says, where that names something measured."""
    told = read_name(corner)
    return corner if (told.unit or told.direction) and told.quantity not in _OF_TIMES else "Value"


def _date(midnight: int) -> date:
    return (_EPOCH + timedelta(microseconds=midnight)).date()


def _seen(layout: Layout, column: int, midnight: int, side: _Side) -> DaySeen:
    cells = zip(layout.cells(column), side.offsets.tolist(), strict=True)
    filled = [(offset // MICROS, cell) for cell, offset in cells if offset != NOT_A_TIME and not is_null(cell)]
    zeros = frozenset(offset for offset, cell in filled if not cell.strip(" 0.,"))
    return DaySeen(midnight, tuple(offset for offset, _ in filled), zeros)


def _unfolded(layout: Layout, days: dict[int, int], side: _Side) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for column, midnight in days.items():
        for cell, offset in zip(layout.cells(column), side.offsets.tolist(), strict=True):
            if offset != NOT_A_TIME:
                rows.append((str(_EPOCH + timedelta(microseconds=midnight + offset)), cell))
    return rows


def _times_of(side: _Side) -> FileTimes:
    form = "number" if side.found is None else side.found.prefix + side.found.form
    empty = np.zeros(0, dtype=np.int64)
    return FileTimes((side.column,), form, None, False, "", False, (empty,), None, side.step)
