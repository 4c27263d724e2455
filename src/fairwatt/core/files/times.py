"""Which columns hold a file's times, in what form, and which column says whose reading a row is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.day_order import DayOrder, find_day_order, sure_order
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import says_end, time_rank, words_of
from fairwatt.core.files.numeric_times import find_number_times
from fairwatt.core.files.parts_of_day import counts_since_midnight, may_be_clock, read_part_of_day
from fairwatt.core.files.regularity import calendar_months, usual_step
from fairwatt.core.files.series import Stamps, codes_of, find_series, split_rows, step_in_order, steps_of
from fairwatt.core.files.spans import whole_length
from fairwatt.core.files.stamp_columns import (
    StampColumn,
    as_dates,
    find_stamp_column,
    find_years,
    read_cells,
    read_hours,
    with_year_first,
)
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME, read_moment
from fairwatt.core.files.zones import zone_said

ReadRows = Callable[[Sequence[Sequence[str]]], Stamps]

_ORDERED = 0.9  # share of rows whose time is not before the row above's
_FEW = 0.05
_MOVING = 0.5  # share of rows whose time differs from the row above's
_STRICT = 0.95
_UNIQUE = 0.98
_FEW_ROWS = 3
_LONGEST_INTERVAL = 32 * DAY
_PART_OF_YEAR = re.compile(
    r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|q[1-4])[a-z]*|(quarter|week|wk|month|mth) ?\d*"
)
_MONTHS_A_YEAR = 12
_LONGEST_SPAN = 366 * DAY
_DIGITS_ALONE = re.compile("(%[YymdH])+")
_YEARS = re.compile(r"^((calendar|financial|fiscal|reporting) )?(year|yr)( (ending|ended|beginning))?$")
_HAS_DAY = re.compile("%[d1uj]")
FALLS_BACK = 3_600 * MICROS  # no more than clocks go back by in autumn: a day has not passed
# Columns of days that stand for many others: of a profile, not of measured days.
_TYPICAL = re.compile(
    r"winter|spring|summer|autumn|week|wknd|wkd|(mon|tues|wednes|thurs|fri|satur|sun)day|typical|average day"
    r"|^(mon|tues?|weds?|thurs?|fri|sat|sun)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FileTimes:
    """Where and how a file's times stand.

    Attributes
    ----------
    columns, form, day_first
        As in a TimestampRule.
    is_order_open
        Whether day and month could also be the other way round.
    order_why
        Why the day is taken to stand first or second.
    has_zone
        Whether the stamps say their zone (offset, Z, epoch).
    segments
        Stamps [µs] by segment of the layout, "not a time" where a cell has none.
    series_column, series_parts
        The column that says whose reading a row is, or None; further ones that do so together with it.
    step
        The usual step [µs], or None.
    forms, rounding_s
        As in a TimestampRule.
    order_confidence
        How sure the order of day and month is, 0-1.
    codes
        By segment, whose row each is, as a number; None where there is no column that says so.
    interval
        What another column says each interval's length to be [µs], or None.
    end_column
        The column that holds the intervals' ends, or None.
    has_hour_24
        Whether a day's end is written as its hour 24.
    read
        Reads the stamps of further rows; None where that can't be done row by row.
    is_dateless
        Whether the times are times of day without a date; the stamps count from 1970 then.
    may_be_year
        Whether the first number of the dates could be the year.
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
    forms: tuple[str, ...] = ()
    rounding_s: float = 0.001
    order_confidence: float = 1.0
    codes: tuple[Stamps, ...] | None = None
    interval: int | None = None
    end_column: int | None = None
    has_hour_24: bool = False
    read: ReadRows | None = None
    is_dateless: bool = False
    may_be_year: bool = False
    series_parts: tuple[int, ...] = ()

    @property
    def series_columns(self) -> tuple[int, ...]:
        """All columns that say whose reading a row is."""
        return () if self.series_column is None else (self.series_column, *self.series_parts)

    def runs(self) -> tuple[Stamps, ...]:
        """Stamps of rows that follow each other, each series by itself; without those that are no time."""
        found: list[Stamps] = []
        for at, stamps in enumerate(self.segments):
            there = stamps != NOT_A_TIME
            if self.codes is None:
                found.append(stamps[there])
            else:
                codes = self.codes[at]
                found += [stamps[there & (codes == code)] for code in np.unique(codes[there])]
        return tuple(found)


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
    forms: tuple[str, ...]
    stamps: Stamps
    order: DayOrder
    has_zone: bool
    rank: tuple[int, int]
    read: ReadRows
    rounding_s: float = 0.001
    has_hour_24: bool = False
    otherwise: _Candidate | None = None  # the dates alone, where a time of day beside them may be another thing
    ends: Stamps | None = None  # of the intervals, where the cells hold those too


def find_times(layout: Layout, names: Sequence[str], *, file_name: str = "") -> FileTimes | NoTimes:
    """Find a file's times.

    Parameters
    ----------
    layout
        The file's layout with its sampled rows.
    names
        The columns' names.
    file_name
        What the file is called: it may hold the month.
    """
    finder = _Finder(layout, names, file_name)
    candidates = sorted(finder.candidates(), key=lambda found: found.rank)
    for candidate in candidates:
        if (times := _accept(layout, names, candidate)) is not None:
            return finder.with_ends(times)
    if candidates:
        return NoTimes("times-without-order", names[candidates[0].columns[0]])
    if (times := finder.times_of_day()) is not None:
        return times
    if finder.columns:
        return NoTimes("times-of-day-only", names[next(iter(finder.columns))])
    return _named_only(layout, names)


def _named_only(layout: Layout, names: Sequence[str]) -> NoTimes:
    """No times; where a column is named as one, that column and its first cell that is none."""
    column = max(range(layout.columns), key=lambda c: (time_rank(names[c]), -c))
    if time_rank(names[column]) <= 0:
        return NoTimes("no-times")
    filled = [cell.strip() for cell in layout.cells(column) if not is_null(cell)]
    odd = next((cell for cell in filled if read_moment(cell) is None), filled[0] if filled else "")
    return NoTimes("no-times", names[column], odd)


def _stamps_in(layout: Layout, names: Sequence[str], column: int) -> StampColumn | None:
    """A column's times; numbers of years only under a head that says so."""
    cells = layout.cells(column)
    if (found := find_stamp_column(cells)) is not None or not _YEARS.search(words_of(names[column])):
        return found
    parts = sum(_PART_OF_YEAR.fullmatch(words_of(name)) is not None for name in names)
    return find_years(cells) if parts <= 1 else None  # months side by side are no channels of a year


class _Finder:
    """The columns of a file that may be its times."""

    def __init__(self, layout: Layout, names: Sequence[str], file_name: str) -> None:
        self.layout, self.names, self.file_name = layout, names, file_name
        found = {c: column for c in range(layout.columns) if (column := _stamps_in(layout, names, c))}
        self.columns = {c: column for c, column in found.items() if self._may_be_time(c, column)}
        sure = (sure_order(layout.cells(c)) for c, column in self.columns.items() if column.needs_order)
        self.orders = tuple(order for order in sure if order is not None)

    def _may_be_time(self, column: int, found: StampColumn) -> bool:
        """Digits alone and months alone are only believed where the column's name is a time's."""
        is_named = time_rank(self.names[column]) > 0 or found.form == "%Y"
        if _DIGITS_ALONE.fullmatch(found.form):
            return is_named
        return is_named or column == 0 or _HAS_DAY.search(found.form) is not None or not found.has_date

    def candidates(self) -> Iterator[_Candidate]:
        """Columns of times, of dates with one of clock times, and of numbers; the likeliest with the lowest rank."""
        clocks = {c: found for c, found in self.columns.items() if not found.has_date}
        dates = {c: found for c, found in self.columns.items() if found.has_date}
        if dates and not clocks:
            clocks = self._hour_numbers(dates)
        for c, found in dates.items():
            days = as_dates(found, self.layout.cells(c)) if clocks else None
            if days is None:
                yield from self._whole(c, found, 0 if found.has_clock else 2)
                continue
            whole = next(self._whole(c, found, 2), None)
            clock = min(clocks, key=lambda other: (abs(other - c), other < c))
            yield from self._joined((c, clock), (days, clocks[clock]), whole)
        yield from self._numbers()

    def _hour_numbers(self, dates: dict[int, StampColumn]) -> dict[int, StampColumn]:
        """Times of day as numbers beside a date: 30 and 2330, 22.30, parts of a day, seconds since midnight."""
        found: dict[int, StampColumn] = {}
        for c in range(self.layout.columns):
            if c in dates or not may_be_clock(self.names[c]):
                continue
            cells = self.layout.cells(c)
            digits = None if counts_since_midnight(self.names[c]) else read_hours(cells)
            if (column := digits or read_part_of_day(cells, self.names[c])) is not None:
                found[c] = column
        return found

    def _rank(self, column: int, later: int, *, has_zone: bool) -> tuple[int, int]:
        name = self.names[column]
        said = zone_said(name)
        return -time_rank(name) + later - (has_zone or (said is not None and said.zone == "UTC")), column

    def _whole(self, column: int, found: StampColumn, later: int) -> Iterator[_Candidate]:
        order, found = self._settled(column, found, lambda one, first: one.stamps(day_first=first))
        stamps = found.stamps(day_first=order.day_first)
        forms = tuple(found.prefix + form for form in found.strptime_forms(day_first=order.day_first))
        rank = self._rank(column, later, has_zone=found.has_zone)
        read = _Reader((column,), (found,), order.day_first).read
        late = any(m is not None and m.clock == DAY for m in found.moments)
        ends = found.end_stamps(stamps, day_first=order.day_first) if found.ends else None
        yield _Candidate((column,), forms, stamps, order, found.has_zone, rank, read, has_hour_24=late, ends=ends)

    def _joined(
        self, pair: tuple[int, int], found: tuple[StampColumn, StampColumn], whole: _Candidate | None
    ) -> Iterator[_Candidate]:
        days, clock = found
        clocks = clock.stamps(day_first=None)
        order, days = self._settled(pair[0], days, lambda one, first: _add(one.stamps(day_first=first), clocks))
        stamps = _add(days.stamps(day_first=order.day_first), clocks)
        dates, times = days.strptime_forms(day_first=order.day_first), clock.strptime_forms(day_first=None)
        yield _Candidate(
            columns=pair,
            forms=tuple(f"{date} {clock.prefix}{time}" for date in dates for time in times),
            stamps=stamps,
            order=order,
            has_zone=clock.has_zone,
            rank=self._rank(pair[0], 0, has_zone=clock.has_zone),
            read=_Reader(pair, (days, clock), order.day_first).read,
            rounding_s=clock.rounding_s,
            has_hour_24=any(m is not None and m.clock == DAY for m in clock.moments),
            otherwise=whole,
            ends=clock.end_stamps(stamps, day_first=None) if clock.ends else None,
        )

    def _settled(
        self, column: int, found: StampColumn, stamps_for: Callable[[StampColumn, bool | None], Stamps]
    ) -> tuple[DayOrder, StampColumn]:
        """The order of a column's dates, and the column with the year first where that is the order."""
        turned = with_year_first(found)
        order = find_day_order(
            found,
            lambda first: stamps_for(found, first),
            name=self.names[column],
            others=self.orders,
            file_name=self.file_name,
            by_year=None if turned is None else lambda: stamps_for(turned, None),
        )
        return (order, turned) if order.year_first and turned is not None else (order, found)

    def _numbers(self) -> Iterator[_Candidate]:
        for found in find_number_times(self.layout, self.names):
            column = found.columns[0]
            later = 0 if time_rank(self.names[column]) > 0 else 20  # after all that look like times
            rank = self._rank(column, later, has_zone=found.has_zone)
            yield _Candidate(
                found.columns, (found.form,), found.stamps, DayOrder(None), found.has_zone, rank, found.read,
                found.rounding_s,
            )  # fmt: skip

    def times_of_day(self) -> FileTimes | None:
        """Times without a date, in even steps through one day or several, of rows that are not told apart otherwise."""
        columns = {c: found for c, found in self.columns.items() if not found.has_date}
        if len(columns) != 1 or len(self.layout.segments[0]) < _FEW_ROWS:
            return None
        ((column, found),) = columns.items()
        others = [c for c in range(self.layout.columns) if c != column]
        if any(_is_dated(self.names[c]) for c in others):  # a column for each day
            return None
        if any(_TYPICAL.search(self.names[c]) for c in others) or any(not _has_numbers(self.layout, c) for c in others):
            return None
        clocks = split_rows(self.layout, found.stamps(day_first=None))
        segments = tuple(_unwrapped(part) for part in clocks)
        steps = np.concatenate([np.diff(part[part != NOT_A_TIME]) for part in segments])
        step = usual_step(steps) if len(steps) else None
        if step is None or found.has_zone or float((steps == step).mean()) < _ORDERED:
            return None
        late = any(m is not None and m.clock == DAY for m in found.moments)
        forms = tuple(found.prefix + form for form in found.strptime_forms(day_first=None))
        return FileTimes(
            (column,), forms[0], None, False, "", False, segments, None, step, forms[1:], has_hour_24=late,
            is_dateless=True,
        )  # fmt: skip

    def with_ends(self, times: FileTimes) -> FileTimes:
        """The times with what another column says of the intervals' ends."""
        stamps = np.concatenate(times.segments)
        for c, found in self.columns.items():
            if c in times.columns or found.has_zone != times.has_zone:
                continue
            others = found.stamps(day_first=times.day_first)
            if not found.has_date:
                base = times.segments and stamps % DAY
                others = np.where((others == NOT_A_TIME) | (stamps == NOT_A_TIME), NOT_A_TIME, stamps - base + others)
                others = np.where((others != NOT_A_TIME) & (others < stamps), others + DAY, others)
            there = (others != NOT_A_TIME) & (stamps != NOT_A_TIME)
            lengths = (others - stamps)[there]
            if not len(lengths) or not ((lengths > 0) & (lengths <= _LONGEST_INTERVAL)).all():
                continue
            usual = usual_step(lengths)
            if says_end(self.names[c]) or (usual is not None and usual == times.step and not self._is_zoned(c)):
                return replace(times, end_column=c, interval=usual)
        return times

    def _is_zoned(self, column: int) -> bool:
        return zone_said(self.names[column]) is not None


def _is_dated(name: str) -> bool:
    """Whether a heading is a date."""
    moment = read_moment(name)
    return moment is not None and moment.year > 0


def _has_numbers(layout: Layout, column: int) -> bool:
    """Whether a column holds numbers or nothing: no names that tell rows apart."""
    cells = [cell for cell in layout.cells(column) if not is_null(cell)]
    return sum(is_number(cell) or is_number(cell, ",") for cell in cells) >= _ORDERED * len(cells)


def _unwrapped(clocks: Stamps) -> Stamps:
    """Times of day as times since the first row's midnight: where they begin anew, a day has passed."""
    there = np.flatnonzero(clocks != NOT_A_TIME)
    stamps = clocks.copy()
    days = np.cumsum(np.diff(clocks[there], prepend=clocks[there][:1]) < -FALLS_BACK)
    stamps[there] += days * DAY
    return stamps


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads rows' times from one column of text, or from a date and a time of day."""

    columns: tuple[int, ...]
    found: tuple[StampColumn, ...]
    day_first: bool | None

    def read(self, rows: Sequence[Sequence[str]]) -> Stamps:
        dates, *clocks = (
            read_cells([row[c] for row in rows], one.prefix, day_first=self.day_first, read=one.read_cell)
            for c, one in zip(self.columns, self.found, strict=True)
        )
        if not clocks:
            return dates
        return _add(np.where(dates == NOT_A_TIME, NOT_A_TIME, dates // DAY * DAY), clocks[0])


def _add(dates: Stamps, clocks: Stamps) -> Stamps:
    missing = (dates == NOT_A_TIME) | (clocks == NOT_A_TIME)
    return np.where(missing, NOT_A_TIME, dates + np.where(missing, 0, clocks))


def _accept(layout: Layout, names: Sequence[str], candidate: _Candidate) -> FileTimes | None:
    """The candidate as the file's times, where its rows follow time; with the series column if one is needed."""
    repeated = _repeated_rows(layout)
    times = _accept_one(layout, names, candidate, repeated)
    if candidate.otherwise is None or (times is not None and times.step is not None):
        return times
    dates = _accept_one(layout, names, candidate.otherwise, repeated)
    return dates if dates is not None and (times is None or dates.step is not None) else times


def _accept_one(
    layout: Layout, names: Sequence[str], candidate: _Candidate, repeated: NDArray[np.bool_]
) -> FileTimes | None:
    there = candidate.stamps != NOT_A_TIME
    if there.mean() < _ORDERED:
        return None
    segments = split_rows(layout, candidate.stamps)
    judged = split_rows(layout, np.where(repeated, NOT_A_TIME, candidate.stamps))
    series = find_series(layout, names, candidate.columns, judged)
    codes = split_rows(layout, codes_of(layout, *series)) if series else None
    steps = steps_of(judged, codes)
    if not _follows_time(judged, codes, steps) and not (len(steps) < _FEW_ROWS and _is_alone(candidate, names)):
        return None
    step = usual_step(np.abs(steps))
    step = step if step is not None else step_in_order(judged, codes)
    interval = None if candidate.ends is None else _length(candidate.ends, candidate.stamps, step)
    if candidate.ends is not None and interval is None:
        return None
    if candidate.forms[0] == "%Y" and calendar_months(np.unique(candidate.stamps[there])) != _MONTHS_A_YEAR:
        return None
    return FileTimes(
        columns=candidate.columns,
        form=candidate.forms[0],
        day_first=candidate.order.day_first,
        is_order_open=candidate.order.is_open,
        order_why=candidate.order.why,
        has_zone=candidate.has_zone,
        segments=segments,
        series_column=series[0] if series else None,
        series_parts=series[1:],
        step=step,
        forms=candidate.forms[1:],
        rounding_s=candidate.rounding_s,
        order_confidence=candidate.order.confidence,
        codes=codes,
        interval=interval or None,
        end_column=None if candidate.ends is None else candidate.columns[-1],
        has_hour_24=candidate.has_hour_24,
        read=candidate.read,
        may_be_year=candidate.order.may_be_year,
    )


def _length(ends: Stamps, stamps: Stamps, step: int | None) -> int | None:
    """The usual length of intervals [µs], 0 where there is none; None where ends stand before their starts."""
    there = (ends != NOT_A_TIME) & (stamps != NOT_A_TIME)
    lengths = (ends - stamps)[there]
    # In autumn the last interval before clocks go back ends half an hour before it starts, as clocks show it.
    if not len(lengths) or ((lengths <= -FALLS_BACK) | (lengths > _LONGEST_SPAN)).any() or (lengths <= 0).mean() > _FEW:
        return None
    usual = usual_step(lengths)
    return whole_length(usual, step) if usual else 0


def _repeated_rows(layout: Layout) -> NDArray[np.bool_]:
    """Which sampled rows are the same as the row above, cell by cell."""
    found = [
        at > 0 and row == segment[at - 1] and any(cell.strip() for cell in row)
        for segment in layout.segments
        for at, row in enumerate(segment)
    ]
    return np.array(found, dtype=np.bool_)


def _is_alone(candidate: _Candidate, names: Sequence[str]) -> bool:
    """Whether a column of few rows is the times by its name or its place."""
    return candidate.columns[0] == 0 or time_rank(names[candidate.columns[0]]) > 0


def _follows_time(segments: Sequence[Stamps], codes: Sequence[Stamps] | None, steps: Stamps) -> bool:
    if len(steps) < _FEW_ROWS:
        return False
    forward, back = float((steps >= 0).mean()), float((steps <= 0).mean())
    if max(forward, back) >= _ORDERED and float((steps != 0).mean()) >= _MOVING:
        return True
    return step_in_order(segments, codes) is not None
