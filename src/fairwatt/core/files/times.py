"""Which columns hold a file's times, in what form, and which column says whose reading a row is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.local_time import ClockChange
from fairwatt.core.files.meaning import is_identity, read_name, time_rank
from fairwatt.core.files.regularity import usual_step
from fairwatt.core.files.stamps import MICROS, NOT_A_TIME, StampColumn, find_stamp_column, read_clock, read_moment

Stamps = NDArray[np.int64]

_ORDERED = 0.9  # share of rows whose time is not before the row above's
_MOVING = 0.5  # share of rows whose time differs from the row above's
_STRICT = 0.95
_EPOCHS: tuple[tuple[str, float, float, int], ...] = (  # the years 1990 to 2100
    ("epoch_s", 6.3e8, 4.1e9, MICROS),
    ("epoch_ms", 6.3e11, 4.1e12, 1_000),
    ("epoch_us", 6.3e14, 4.1e15, 1),
)
_FEW_ROWS = 3
_MOST_LOOKED_AT = 12_000  # rows: two hours of seconds and some


@dataclass(frozen=True, slots=True)
class FileTimes:
    """Where and how a file's times stand.

    Attributes
    ----------
    columns, form
        As in a TimestampRule.
    day_first
        None where the form leaves no doubt.
    is_order_open
        Whether day and month could also be the other way round.
    order_why
        Why the day is taken to stand first or second.
    has_zone
        Whether the stamps say their zone (offset, Z, epoch).
    segments
        Stamps [µs] by segment of the layout, "not a time" where a cell has none.
    series_column
        The column that says whose reading a row is, or None.
    step
        The usual step [µs], or None.
    """

    columns: tuple[int, ...]
    form: str
    day_first: bool | None
    is_order_open: bool
    order_why: str
    has_zone: bool
    segments: tuple[Stamps, ...]
    series_column: int | None
    step: int | None


@dataclass(frozen=True, slots=True)
class NoTimes:
    """Why a file has no times.

    Attributes
    ----------
    code
        ``no-times``, ``times-of-day-only`` or ``times-without-order``.
    column
        The column that was looked at for them, or "".
    example
        A cell of a column that is named as a time and holds none.
    """

    code: str
    column: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    columns: tuple[int, ...]
    form: str
    stamps: Stamps
    day_first: bool | None
    is_order_open: bool
    order_why: str
    has_zone: bool
    rank: tuple[int, int]


def find_times(layout: Layout, names: Sequence[str]) -> FileTimes | NoTimes:
    """Find a file's times.

    Parameters
    ----------
    layout
        The file's layout with its sampled rows.
    names
        The columns' names.
    """
    columns = {c: found for c in range(layout.columns) if (found := find_stamp_column(layout.cells(c))) is not None}
    columns = {c: found for c, found in columns.items() if found.form != "%Y%m%d" or time_rank(names[c]) > 0}
    candidates = sorted(_candidates(layout, names, columns), key=lambda found: found.rank)
    for candidate in candidates:
        if (times := _accept(layout, names, candidate)) is not None:
            return times
    for candidate in _epochs(layout, names):
        if (times := _accept(layout, names, candidate)) is not None:
            return times
    if candidates:
        return NoTimes("times-without-order", names[candidates[0].columns[0]])
    if columns:
        return NoTimes("times-of-day-only", names[next(iter(columns))])
    return _named_only(layout, names)


def _named_only(layout: Layout, names: Sequence[str]) -> NoTimes:
    """No times; where a column is named as one, that column and its first cell that is none."""
    column = max(range(layout.columns), key=lambda c: (time_rank(names[c]), -c))
    if time_rank(names[column]) <= 0:
        return NoTimes("no-times")
    filled = [cell.strip() for cell in layout.cells(column) if not is_null(cell)]
    odd = next((cell for cell in filled if read_moment(cell) is None), filled[0] if filled else "")
    return NoTimes("no-times", names[column], odd)


def _candidates(layout: Layout, names: Sequence[str], columns: dict[int, StampColumn]) -> Iterator[_Candidate]:
    """Columns of times, or of dates with one of clock times, the likeliest with the lowest rank."""
    clocks = [c for c, found in columns.items() if not found.has_date]
    for c, found in columns.items():
        if not found.has_date:
            continue
        if found.has_clock or not clocks:
            yield _whole(layout, c, found, (-time_rank(names[c]) + (0 if found.has_clock else 2), c))
        else:
            clock = min(clocks, key=lambda other: (abs(other - c), other < c))
            yield _joined(layout, (c, clock), (found, columns[clock]), (-time_rank(names[c]), c))


def _whole(layout: Layout, column: int, found: StampColumn, rank: tuple[int, int]) -> _Candidate:
    day_first, is_open, why = _day_order(layout, found)
    form = found.strptime_form(day_first=day_first)
    return _Candidate((column,), form, found.stamps(day_first=day_first), day_first, is_open, why, found.has_zone, rank)


def _joined(
    layout: Layout, pair: tuple[int, int], found: tuple[StampColumn, StampColumn], rank: tuple[int, int]
) -> _Candidate:
    date, clock = found
    clocks = clock.stamps(day_first=None)
    day_first, is_open, why = _day_order(layout, date, clocks)
    stamps = _add(date.stamps(day_first=day_first), clocks)
    form = f"{date.strptime_form(day_first=day_first)} {clock.form}"
    return _Candidate(pair, form, stamps, day_first, is_open, why, clock.has_zone, rank)


def _add(dates: Stamps, clocks: Stamps) -> Stamps:
    missing = (dates == NOT_A_TIME) | (clocks == NOT_A_TIME)
    return np.where(missing, NOT_A_TIME, dates + np.where(missing, 0, clocks))


def _day_order(layout: Layout, found: StampColumn, clocks: Stamps | None = None) -> tuple[bool | None, bool, str]:
    """Whether the day stands first, whether it might be otherwise, and why."""
    if not found.needs_order:
        return None, False, ""
    orders = found.day_orders()
    if len(orders) == 1:
        first = orders[0]
        return first, False, f"There are {'second' if first else 'first'} numbers only up to 12, and others beyond."
    scores = {}
    for order in (True, False):
        stamps = found.stamps(day_first=order)
        scores[order] = _regularity(split_rows(layout, stamps if clocks is None else _add(stamps, clocks)))
    better = scores[True] >= scores[False]
    if abs(scores[True] - scores[False]) > 0.01:  # noqa: PLR2004 - a hundredth of the rows
        return better, False, "Read so, the times follow each other evenly; read the other way they jump."
    return True, True, "In Britain the day comes first; these times would also fit the other way."


def _regularity(segments: Sequence[Stamps]) -> float:
    """Share of rows that go forward by the commonest step (or stay on the same time)."""
    steps = np.concatenate([np.diff(s) for s in segments]) if segments else np.zeros(0, np.int64)
    if not len(steps):
        return 0.0
    moving = steps[steps != 0]
    if not len(moving):
        return 0.0
    values, counts = np.unique(moving, return_counts=True)
    best = int(np.argmax(counts))
    # A step back now and then must not outweigh many different steps forward.
    return float(counts[best] / len(moving)) + float((moving > 0).mean()) - (2.0 if values[best] == NOT_A_TIME else 0.0)


def split_rows(layout: Layout, stamps: Stamps) -> tuple[Stamps, ...]:
    """All sampled stamps by segment."""
    ends = np.cumsum([len(segment) for segment in layout.segments])[:-1]
    return tuple(np.split(stamps, ends))


def _accept(layout: Layout, names: Sequence[str], candidate: _Candidate) -> FileTimes | None:
    """The candidate as the file's times, where its rows follow time; with the series column if one is needed."""
    there = candidate.stamps != NOT_A_TIME
    if there.mean() < _ORDERED:
        return None
    segments = split_rows(layout, candidate.stamps)
    series = _find_series(layout, names, candidate, segments)
    steps = steps_of(layout, segments, series)
    if not _follows_time(candidate.stamps[there], steps) and not (
        len(steps) < _FEW_ROWS and _is_alone(candidate, names)
    ):
        return None
    return FileTimes(
        columns=candidate.columns,
        form=candidate.form,
        day_first=candidate.day_first,
        is_order_open=candidate.is_order_open,
        order_why=candidate.order_why,
        has_zone=candidate.has_zone,
        segments=segments,
        series_column=series,
        step=usual_step(np.abs(steps)),
    )


def _is_alone(candidate: _Candidate, names: Sequence[str]) -> bool:
    """Whether a column of few rows is the times by its name or its place."""
    return candidate.columns[0] == 0 or time_rank(names[candidate.columns[0]]) > 0


def _follows_time(stamps: Stamps, steps: Stamps) -> bool:
    if len(steps) < _FEW_ROWS:
        return False
    forward, back = float((steps >= 0).mean()), float((steps <= 0).mean())
    if max(forward, back) >= _ORDERED and float((steps != 0).mean()) >= _MOVING:
        return True
    unique = np.unique(stamps)  # rows in another order than time's
    return len(unique) >= 0.98 * len(stamps) and usual_step(np.diff(unique)) is not None


def steps_of(layout: Layout, segments: Sequence[Stamps], series_column: int | None) -> Stamps:
    """Steps [µs] between following readings of one series, within segments."""
    found: list[Stamps] = []
    for rows, stamps in zip(layout.segments, segments, strict=True):
        there = stamps != NOT_A_TIME
        if series_column is None:
            found.append(np.diff(stamps[there]))
            continue
        codes = np.unique(np.array([row[series_column].strip() for row in rows]), return_inverse=True)[1][there]
        order = np.argsort(codes, kind="stable")
        same = np.diff(codes[order]) == 0
        found.append(np.diff(stamps[there][order])[same])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _find_series(layout: Layout, names: Sequence[str], candidate: _Candidate, segments: Sequence[Stamps]) -> int | None:
    """The column whose values each have times that only go forward."""
    plain = steps_of(layout, segments, None)
    is_needed = len(plain) > 0 and float((plain == 0).mean()) > 1 - _STRICT
    options = [c for c in range(layout.columns) if c not in candidate.columns and _may_name_series(layout, names[c], c)]
    named = [c for c in options if is_identity(names[c])]
    others = [c for c in options if c not in named and is_needed]
    for column in (*named, *others):
        if _goes_forward(steps_of(layout, segments, column), candidate.stamps):
            return column
    return None


def _goes_forward(steps: Stamps, stamps: Stamps) -> bool:
    if len(stamps) == 1:
        return True
    return len(steps) >= 0.3 * len(stamps) and max(float((steps > 0).mean()), float((steps < 0).mean())) >= _STRICT


def _may_name_series(layout: Layout, name: str, column: int) -> bool:
    """Whether a column's cells could be names of meters: few, whole, no times, no measurement by its name."""
    meaning = read_name(name, units_row=layout.units[column] if layout.units else "")
    if meaning.unit or (meaning.quantity and not is_identity(name)):
        return False
    cells = [row[column].strip() for segment in layout.segments for row in segment[:300]]
    filled = [cell for cell in cells if not is_null(cell)]
    if len(filled) < len(cells) or any(read_moment(cell) for cell in filled[:5]):
        return False
    numbers = [cell for cell in set(filled) if is_number(cell)]
    if numbers and (not is_identity(name) or any("." in cell or cell.startswith("-") for cell in numbers)):
        return False
    return len(cells) == 1 or len(set(filled)) <= 0.7 * len(cells)


def _epochs(layout: Layout, names: Sequence[str]) -> Iterator[_Candidate]:
    """Whole-number columns that run forward as seconds, milliseconds or microseconds since 1970."""
    for column in range(layout.columns):
        cells = [cell.strip() for cell in layout.cells(column)]
        quick = cells[:20]
        if not all(len(cell) >= 9 and cell.replace(".", "", 1).isdigit() for cell in quick):  # noqa: PLR2004 - 1990 on
            continue
        values = np.array([float(c) if c.replace(".", "", 1).isdigit() else np.nan for c in cells])
        for form, low, high, factor in _EPOCHS:
            there = np.isfinite(values)
            if there.mean() < _ORDERED or not ((values[there] > low) & (values[there] < high)).all():
                continue
            stamps = np.full(len(values), NOT_A_TIME, dtype=np.int64)
            stamps[there] = np.rint(values[there] * factor).astype(np.int64)
            few = len(values) < _FEW_ROWS and time_rank(names[column]) > 0
            steps = np.diff(stamps[there])
            # The number of a meter point has thirteen digits too, but it does not run forward.
            if few or (len(steps) and float((steps != 0).mean()) >= _MOVING):
                yield _Candidate((column,), form, stamps, None, False, "", True, (0, column))


def look_at_changes(layout: Layout, times: FileTimes, changes: Sequence[ClockChange]) -> Iterator[Stamps]:
    """Stamps of the head's rows around clock changes, found by bisection; only for one series in order of time.

    Parameters
    ----------
    layout, times
        The file's layout and times.
    changes
        The clock changes to look at.
    """
    if times.step is None or len(layout.lines) < _FEW_ROWS:
        return
    if times.series_column is not None and len(set(layout.cells(times.series_column))) > 1:
        return
    margin = max(3 * times.step, 60 * MICROS)
    for change in changes:
        begin = _first_line_at(layout, times, change.local_from - margin)
        end = min(_first_line_at(layout, times, change.local_to + margin), begin + _MOST_LOOKED_AT)
        if end - begin >= _FEW_ROWS:
            yield read_stamps(layout.rows_of(begin, end), times)


def _first_line_at(layout: Layout, times: FileTimes, stamp: int) -> int:
    low, high = 0, len(layout.lines)
    while low < high:
        middle = (low + high) // 2
        found = read_stamps(layout.rows_of(middle, min(middle + 5, high)), times)
        there = found[found != NOT_A_TIME]
        if len(there) and there[0] >= stamp:
            high = middle
        else:
            low = middle + 1
    return low


def read_stamps(rows: Sequence[Sequence[str]], times: FileTimes) -> Stamps:
    """The stamps [µs] of some rows, as the file's times are written; "not a time" where a row has none."""
    texts = [[row[c] for c in times.columns] for row in rows]
    dates = _column_stamps([cells[0] for cells in texts], times.day_first)
    if len(times.columns) == 1:
        return dates
    return _add(dates, _column_stamps([cells[1] for cells in texts], None))


def _column_stamps(cells: Sequence[str], day_first: bool | None) -> Stamps:
    moments = tuple(read_moment(cell) or read_clock(cell) for cell in cells)
    return StampColumn("", moments, 1.0).stamps(day_first=day_first)
