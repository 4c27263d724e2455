"""Which columns hold a file's times, in what form, and which column says whose reading a row is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.day_order import NEITHER_ORDER, DayOrder, find_day_order, sure_order
from fairwatt.core.files.file_times import FileTimes, NoTimes
from fairwatt.core.files.half_days import lacks_halves
from fairwatt.core.files.late_midnights import closes_days_at_midnight
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_clerical, says_end, says_start, time_rank, words_of
from fairwatt.core.files.numeric_times import SERIAL_ORIGINS, find_number_times
from fairwatt.core.files.parts_of_day import counts_since_midnight, may_be_clock, read_part_of_day
from fairwatt.core.files.regularity import calendar_months, usual_step
from fairwatt.core.files.said_zones import zone_said
from fairwatt.core.files.series import Stamps, split_rows
from fairwatt.core.files.spans import whole_length
from fairwatt.core.files.stamp_columns import (
    StampColumn,
    as_dates,
    find_stamp_column,
    find_years,
    read_hours,
    with_year_first,
)
from fairwatt.core.files.stamps import DAY, NOT_A_TIME, read_moment
from fairwatt.core.files.swapped_days import first_turn, unmixed
from fairwatt.core.files.time_candidates import FALLS_BACK, FEW_ROWS, ORDERED, Candidate, Reader, accept, add_clocks

_LONGEST_INTERVAL = 32 * DAY
_HOUR = DAY // 24
_PART_OF_YEAR = re.compile(
    r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|q[1-4])[a-z]*|(quarter|week|wk|month|mth) ?\d*"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}"
_YEARLESS = re.compile(  # 04/06 00:30, 4-Jun, Jun 4, January
    rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[ T]\d{{1,2}}:\d{{2}}.*|\d{{1,2}}[- ./]?{_MONTH}(?: \d{{1,2}}:.*)?"
    rf"|{_MONTH}[- ]\d{{1,2}}(?: \d{{1,2}}:.*)?|{_MONTH})",
    re.IGNORECASE,
)
_MONTH_OF_YEAR = re.compile("%[bB][- ./]?%y")
_FEW_YEARS, _MONTHS_A_YEAR = 4, 12
_DIGITS_ALONE = re.compile("(%[YymdH12])+")
_DAYS_OF_DIGITS = frozenset({"%Y%m%d", "%1%2%Y"})
_YEARS = re.compile(r"^((calendar|financial|fiscal|reporting) )?(year|yr)( (ending|ended|beginning))?$")
_TURNED = (
    "As they stand, the dates jump from month to month. With day and month exchanged where both are up to 12, they "
    "follow each other evenly: a spreadsheet program of another country may have turned those."
)
_BOTH_ORDERS = "Neither order makes even steps of all dates; the other one does from"
_HAS_DAY = re.compile("%[d1uj]")
# Columns of days that stand for many others: of a profile, not of measured days.
_TYPICAL = re.compile(
    r"winter|spring|summer|autumn|week|wknd|wkd|(mon|tues|wednes|thurs|fri|satur|sun)day|typical|average day"
    r"|^(mon|tues?|weds?|thurs?|fri|sat|sun)$",
    re.IGNORECASE,
)


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
        if (times := accept(layout, names, candidate)) is not None:
            refused = _why_not(layout, names, times)
            return finder.with_ends(times) if refused is None else refused
    if candidates:
        return _yearless(layout, names) or _unordered(names, candidates[0])
    if (times := finder.times_of_day()) is not None:
        return times
    if finder.columns:
        return NoTimes("times-of-day-only", names[next(iter(finder.columns))])
    return _named_only(layout, names)


def _unordered(names: Sequence[str], candidate: Candidate) -> NoTimes:
    """Why a column of times is not followed by the rows."""
    why = "times-several-at-once" if _are_several_at_once(candidate.stamps) else "times-without-order"
    if candidate.order.why == NEITHER_ORDER:
        why = "times-of-two-orders"
    return NoTimes(why, names[candidate.columns[0]])


def _why_not(layout: Layout, names: Sequence[str], times: FileTimes) -> NoTimes | None:
    """Why times that follow each other are not those of readings after all; None where they are."""
    if _may_be_days(times):
        return NoTimes("times-without-year", names[times.columns[0]], layout.cells(times.columns[0])[0].strip())
    late = "midnights-of-the-day-before" if closes_days_at_midnight(times) else ""
    why = "hours-of-twelve" if lacks_halves(times) else late
    return NoTimes(why, names[times.columns[-1]]) if why else None


def _named_only(layout: Layout, names: Sequence[str]) -> NoTimes:
    """No times; where a column is named as one, that column and its first cell that is none."""
    if (yearless := _yearless(layout, names)) is not None:
        return yearless
    column = max(range(layout.columns), key=lambda c: (time_rank(names[c]), -c))
    if time_rank(names[column]) <= 0:
        return NoTimes("no-times")
    filled = [cell.strip() for cell in layout.cells(column) if not is_null(cell)]
    moments = [(cell, moment) for cell in filled if (moment := read_moment(cell)) is not None]
    zoned = next((cell for cell, moment in moments if moment.offset is not None), "")
    naive = next((cell for cell, moment in moments if moment.offset is None), "")
    if zoned and naive and len(moments) >= ORDERED * len(filled):
        return NoTimes("no-times", names[column], zoned, naive)
    odd = next((cell for cell in filled if read_moment(cell) is None), filled[0] if filled else "")
    return NoTimes("no-times", names[column], odd)


def _yearless(layout: Layout, names: Sequence[str]) -> NoTimes | None:
    """A column of dates without a year, or of months alone; None where there is none."""
    for column in range(layout.columns):
        filled = [cell.strip() for cell in layout.cells(column) if not is_null(cell)]
        found = sum(_YEARLESS.fullmatch(cell) is not None for cell in filled)
        may_be = column == 0 or time_rank(names[column]) > 0
        if may_be and len(set(filled)) >= FEW_ROWS and found >= ORDERED * len(filled):
            return NoTimes("times-without-year", names[column], next(c for c in filled if _YEARLESS.fullmatch(c)))
    return None


def _may_be_days(times: FileTimes) -> bool:
    """Whether months of years of two digits, Jun 01 to Jun 30, are one month of one year after another: days, then."""
    stamps = np.unique(np.concatenate([*times.runs(), np.zeros(0, np.int64)]))
    is_short = _MONTH_OF_YEAR.fullmatch(times.form) is not None and len(stamps) > _FEW_YEARS
    return is_short and calendar_months(stamps) == _MONTHS_A_YEAR


def _are_several_at_once(stamps: Stamps) -> bool:
    """Whether times go on from row to row, but each of them stands in the same number of rows, two or more."""
    there = stamps[stamps != NOT_A_TIME]
    _, counts = np.unique(there, return_counts=True)
    steps = np.diff(there)
    is_ordered = len(steps) > 0 and max(float((steps >= 0).mean()), float((steps <= 0).mean())) >= ORDERED
    return is_ordered and float((counts > 1).mean()) >= ORDERED


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
        clocks = {c for c, column in found.items() if not column.has_date}
        self.columns = {
            c: column for c, column in found.items() if self._may_be_time(c, column, is_beside_clock=c + 1 in clocks)
        }
        sure = (sure_order(layout.cells(c)) for c, column in self.columns.items() if column.needs_order)
        self.orders = tuple(order for order in sure if order is not None)

    def _may_be_time(self, column: int, found: StampColumn, *, is_beside_clock: bool) -> bool:
        """Digits alone and months alone are only believed where the column's name is a time's, or days of eight digits
        where times of day stand behind them."""
        is_named = time_rank(self.names[column]) > 0 or found.form == "%Y"
        if _DIGITS_ALONE.fullmatch(found.form):
            return is_named or (is_beside_clock and found.form in _DAYS_OF_DIGITS)
        return is_named or column == 0 or _HAS_DAY.search(found.form) is not None or not found.has_date

    def candidates(self) -> Iterator[Candidate]:
        """Columns of times, of dates with one of clock times, and of numbers; the likeliest with the lowest rank."""
        clocks = {c: found for c, found in self.columns.items() if not found.has_date}
        dates = {c: found for c, found in self.columns.items() if found.has_date}
        if dates and not clocks:
            clocks = self._hour_numbers(dates)
        for c, found in dates.items():
            days = as_dates(found, self.layout.cells(c)) if clocks else None
            if days is None or found.form == "%Y":  # hours of no day
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
        later -= self._has_end_for(name)
        return -time_rank(name) + later - (has_zone or (said is not None and said.zone == "UTC")), column

    def _has_end_for(self, name: str) -> bool:
        """Whether a column is named as that of starts, and another one with dates as that of ends."""
        if not says_start(name):
            return False
        return any(found.has_date and says_end(self.names[c]) for c, found in self.columns.items())

    def _whole(self, column: int, found: StampColumn, later: int) -> Iterator[Candidate]:
        order, found = self._settled(column, found, lambda one, first: one.stamps(day_first=first))
        stamps = found.stamps(day_first=order.day_first)
        forms = tuple(found.prefix + form for form in found.strptime_forms(day_first=order.day_first))
        rank = self._rank(column, later, has_zone=found.has_zone)
        read = Reader((column,), (found,), order.day_first).read
        late = any(m is not None and m.clock == DAY for m in found.moments)
        ends = found.end_stamps(stamps, day_first=order.day_first) if found.ends else None
        yield Candidate(
            (column,), forms, stamps, order, found.has_zone, rank, read, has_hour_24=late, ends=ends,
            offsets=found.offsets(),
        )  # fmt: skip

    def _joined(
        self, pair: tuple[int, int], found: tuple[StampColumn, StampColumn], whole: Candidate | None
    ) -> Iterator[Candidate]:
        days, clock = found
        clocks = clock.stamps(day_first=None)
        order, days = self._settled(pair[0], days, lambda one, first: add_clocks(one.stamps(day_first=first), clocks))
        stamps = add_clocks(days.stamps(day_first=order.day_first), clocks)
        dates, times = days.strptime_forms(day_first=order.day_first), clock.strptime_forms(day_first=None)
        yield Candidate(
            columns=pair,
            forms=tuple(f"{date} {clock.prefix}{time}" for date in dates for time in times),
            stamps=stamps,
            order=order,
            has_zone=clock.has_zone,
            rank=self._rank(pair[0], 0, has_zone=clock.has_zone),
            read=Reader(pair, (days, clock), order.day_first).read,
            rounding_s=clock.rounding_s,
            has_hour_24=any(m is not None and m.clock == DAY for m in clock.moments),
            otherwise=whole,
            ends=clock.end_stamps(stamps, day_first=None) if clock.ends else None,
            offsets=clock.offsets(),
        )

    def _settled(
        self, column: int, found: StampColumn, stamps_for: Callable[[StampColumn, bool | None], Stamps]
    ) -> tuple[DayOrder, StampColumn]:
        """The order of a column's dates, and the column with the year first where that is the order."""
        turned = with_year_first(found)
        order = find_day_order(
            found,
            lambda first: stamps_for(found, first),
            name=" ".join([self.names[column], *self.layout.units[column : column + 1]]),
            others=self.orders,
            file_name=self.file_name,
            by_year=None if turned is None else lambda: stamps_for(turned, None),
        )
        if order.year_first and turned is not None:
            return order, turned
        return self._mended(order, column, found, stamps_for)

    def _mended(
        self,
        order: DayOrder,
        column: int,
        found: StampColumn,
        stamps_for: Callable[[StampColumn, bool | None], Stamps],
    ) -> tuple[DayOrder, StampColumn]:
        """The order of a column's dates, and the column mended, where a spreadsheet seems to have turned some."""
        first = order.day_first

        def parts_of(one: StampColumn) -> Sequence[Stamps]:
            return split_rows(self.layout, stamps_for(one, first))

        if (mended := unmixed(found, parts_of, day_first=first)) is not None:
            return replace(order, is_open=True, why=_TURNED, confidence=0.75, is_mixed=True), mended
        if order.is_open and first is not None:
            other = split_rows(self.layout, stamps_for(found, not first))
            if (row := first_turn((parts_of(found), other))) is not None:
                why = (
                    f"{_BOTH_ORDERS} {self.layout.cells(column)[row].strip()}: read those parts as files of their own."
                )
                return replace(order, why=why, confidence=0.3), found
        return order, found

    def _numbers(self) -> Iterator[Candidate]:
        for found in find_number_times(self.layout, self.names):
            column = found.columns[0]
            is_doubted = found.form in SERIAL_ORIGINS and self._has_dates()  # a register of the day beside a date
            later = 0 if time_rank(self.names[column]) > 0 and not is_doubted else 20  # after all that look like times
            rank = self._rank(column, later, has_zone=found.has_zone)
            yield Candidate(
                found.columns, (found.form,), found.stamps, DayOrder(None), found.has_zone, rank, found.read,
                found.rounding_s,
            )  # fmt: skip

    def _has_dates(self) -> bool:
        """Whether a column holds dates as people write them, and not those of when a row was stored."""
        return any(found.has_date and time_rank(self.names[c]) >= 0 for c, found in self.columns.items())

    def times_of_day(self) -> FileTimes | None:
        """Times without a date, in even steps through one day or several, of rows that are not told apart otherwise."""
        columns = {c: found for c, found in self.columns.items() if not found.has_date}
        if len(columns) != 1 or len(self.layout.segments[0]) < FEW_ROWS:
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
        if step is None or found.has_zone or float((steps == step).mean()) < ORDERED:
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
        for c, own, has_date in self._others(times):
            others = own
            if not has_date:
                base = times.segments and stamps % DAY
                others = np.where((others == NOT_A_TIME) | (stamps == NOT_A_TIME), NOT_A_TIME, stamps - base + others)
                others = np.where((others != NOT_A_TIME) & (others < stamps), others + DAY, others)
            there = (others != NOT_A_TIME) & (stamps != NOT_A_TIME)
            lengths = (others - stamps)[there]
            usual = usual_step(lengths) if len(lengths) else None
            if not len(lengths) or not _are_lengths(lengths, usual):
                continue
            if says_end(self.names[c]) or (usual is not None and usual == times.step and not self._is_zoned(c)):
                interval = None if usual is None else whole_length(usual, times.step)
                return replace(times, end_column=c, interval=interval)
        return times

    def _others(self, times: FileTimes) -> Iterator[tuple[int, Stamps, bool]]:
        """The other columns that hold times as the readings' own are written: their stamps, and whether with dates."""
        for c, found in self.columns.items():
            if c not in times.columns and found.has_zone == times.has_zone and not is_clerical(self.names[c]):
                yield c, found.stamps(day_first=times.day_first), found.has_date
        for numbers in find_number_times(self.layout, self.names) if "%" not in times.form else ():
            if numbers.form == times.form and numbers.columns[0] not in times.columns:
                yield numbers.columns[0], numbers.stamps, True

    def _is_zoned(self, column: int) -> bool:
        return zone_said(self.names[column]) is not None


def _are_lengths(lengths: Stamps, usual: int | None) -> bool:
    """Whether differences of two clock times can be lengths of intervals; where clocks change one is an hour off."""
    fit = (lengths > 0) & (lengths <= _LONGEST_INTERVAL)
    if usual is not None and usual > 0 and float(fit.mean()) >= ORDERED:
        fit |= np.abs(lengths - usual) == _HOUR  # the clock was put on or back within it
    return bool(fit.all())


def _is_dated(name: str) -> bool:
    """Whether a heading is a date."""
    moment = read_moment(name)
    return moment is not None and moment.year > 0


def _has_numbers(layout: Layout, column: int) -> bool:
    """Whether a column holds numbers or nothing: no names that tell rows apart."""
    cells = [cell for cell in layout.cells(column) if not is_null(cell)]
    return sum(is_number(cell) or is_number(cell, ",") for cell in cells) >= ORDERED * len(cells)


def _unwrapped(clocks: Stamps) -> Stamps:
    """Times of day as times since the first row's midnight: where they begin anew, a day has passed."""
    there = np.flatnonzero(clocks != NOT_A_TIME)
    stamps = clocks.copy()
    days = np.cumsum(np.diff(clocks[there], prepend=clocks[there][:1]) < -FALLS_BACK)
    stamps[there] += days * DAY
    return stamps
