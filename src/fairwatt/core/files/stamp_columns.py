"""How a column of times is written: its forms, and its cells' values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.calendar_stamps import FROM, read_month, read_period, read_years
from fairwatt.core.files.spans import Span, read_span
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME, Moment, read_clock, read_moment, tidy, whole_clock

Stamps = NDArray[np.int64]
ReadCell = Callable[[str], Moment | None]

MOST_FORMS = 8
_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1)  # local clocks have no zone yet
_WANTED = 0.9  # of a column's cells must be times
_UNPADDED = re.compile(r"\d[-/.]|\d\d[-/.]\d[-/.]")
_LATEST_YEAR = 2035  # that a year of two digits before month and day is taken for
_DOTNET = re.compile(r"/Date\(-?\d+")
_POINTED = re.compile(r"\d\d\.\d\d")
LEAP_SECOND = re.compile(r":59:60\b")  # no clock here shows it: its row is left out and told of
_CLOCKED = re.compile("%[HI]")
_MOST_OFFSETS = 2  # of one column: a place has two in a year


def is_stamp(text: str) -> bool:
    """Whether a cell is a date, a time, or an interval with both ends; digits alone are not."""
    bare = text.strip()
    if bare.isdigit():
        return False
    return (read_moment(bare) or read_clock(bare) or _DOTNET.match(bare) or read_span(bare)) is not None


def _read_any(text: str) -> Moment | None:
    return read_moment(text) or read_clock(text) or read_period(text)


@dataclass(frozen=True, slots=True)
class StampColumn:
    """A column of times: its forms, the commonest first, and its cells' times, None where a cell has none.

    ``forms`` may hold ``%1`` and ``%2`` for the two numbers of which one is the day. ``prefix`` is a date that all
    cells have and that means nothing, as a spreadsheet writes before times of day. ``is_padded`` tells whether days and
    months below ten have two digits. ``ends`` are the intervals' ends, where cells hold those too. ``read_cell`` reads
    a further cell; ``rounding_s`` is what parts of a day are rounded to [s].
    """

    forms: tuple[str, ...]
    moments: tuple[Moment | None, ...]
    prefix: str = ""
    is_padded: bool = True
    ends: tuple[Moment | None, ...] = ()
    rounding_s: float = 0.001
    read_cell: ReadCell = _read_any

    @property
    def form(self) -> str:
        """The commonest form."""
        return self.forms[0]

    @property
    def has_date(self) -> bool:
        """Whether the form has a date."""
        return any(mark in self.form for mark in ("%Y", "%y", "%G"))

    @property
    def has_clock(self) -> bool:
        """Whether any cell has a time of day."""
        return any(mark in form for form in self.forms for mark in ("%H", "%I", "day_"))

    @property
    def has_zone(self) -> bool:
        """Whether the cells say which zone they are in."""
        return "%z" in self.form or "%Z" in self.form

    @property
    def needs_order(self) -> bool:
        """Whether day and month can't be told apart by the form of some cells."""
        return any("%1" in form for form in self.forms)

    def day_orders(self) -> tuple[bool, ...]:
        """Which orders all values allow: day first (True), month first (False), both or neither."""
        there = [m for m in self.moments if m is not None and m.month_is_first is None]
        return tuple(order for order in (True, False) if all(_fits(m, day_first=order) for m in there))

    def strptime_forms(self, *, day_first: bool | None) -> tuple[str, ...]:
        """The formats with day and month in their places."""
        first, second = ("%d", "%m") if day_first is not False else ("%m", "%d")
        return tuple(form.replace("%1", first).replace("%2", second) for form in self.forms)

    def stamps(self, *, day_first: bool | None) -> Stamps:
        """The cells' times [µs since 1970]; UTC where the form has a zone, else on the local clock."""
        return np.array([_value(m, day_first) for m in self.moments], dtype=np.int64)

    def offsets(self) -> Stamps:
        """How far the cells say their clock to be ahead of UTC [µs]; 0 where they don't say."""
        return np.array([0 if m is None else m.offset or 0 for m in self.moments], dtype=np.int64)

    def end_stamps(self, starts: Stamps, *, day_first: bool | None) -> Stamps:
        """The ends [µs] of intervals that start at ``starts``; without a date on that day, or the next."""
        ends = np.array([_value(m, day_first) for m in self.ends], dtype=np.int64)
        dateless = np.array([m is not None and m.year == 0 for m in self.ends], dtype=np.bool_)
        there = dateless & (starts != NOT_A_TIME)
        ends[there] += starts[there] // DAY * DAY
        ends[there & (ends <= starts)] += DAY
        return ends


def with_year_first(column: StampColumn) -> StampColumn | None:
    """The column with the first of three numbers of two digits as the year; None where not all dates allow that."""
    if not column.needs_order or not all(form.count("%1") and "%y" in form for form in column.forms):
        return None
    if any(m is not None and _turned(m) is None for m in (*column.moments, *column.ends)):
        return None

    def read(text: str) -> Moment | None:
        found = column.read_cell(text)
        return None if found is None else _turned(found)

    return replace(
        column,
        forms=tuple(map(_turned_form, column.forms)),
        moments=tuple(None if m is None else _turned(m) for m in column.moments),
        ends=tuple(None if m is None else _turned(m) for m in column.ends),
        read_cell=read,
    )


def _turned_form(form: str) -> str:
    return form.replace("%y", "%0").replace("%1", "%y").replace("%2", "%m").replace("%0", "%d")


def _turned(moment: Moment) -> Moment | None:
    """A moment with the year first; None where there is no such day, or it is too far ahead."""
    if moment.year == 0:
        return moment
    year, month, day = 2000 + moment.first, moment.second, moment.year % 100
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    if year > _LATEST_YEAR or (moment.weekday is not None and moment.weekday != found.weekday()):
        return None
    return replace(moment, form=_turned_form(moment.form), year=year, first=month, second=day, month_is_first=True)


def _fits(moment: Moment, *, day_first: bool) -> bool:
    """Whether a date exists in one order of day and month, and falls on the weekday that stands with it."""
    month, day = (moment.second, moment.first) if day_first else (moment.first, moment.second)
    try:
        found = date(moment.year, month, day)
    except ValueError:
        return False
    return moment.weekday is None or found.weekday() == moment.weekday


def _value(moment: Moment | None, day_first: bool | None) -> int:
    if moment is None:
        return NOT_A_TIME
    if moment.year == 0:
        return moment.clock
    day_is_first = day_first is not False if moment.month_is_first is None else not moment.month_is_first
    month, day = (moment.second, moment.first) if day_is_first else (moment.first, moment.second)
    try:
        midnight = datetime(moment.year, month, day)
    except ValueError:
        return NOT_A_TIME
    return (midnight - _EPOCH) // timedelta(microseconds=1) + moment.clock - (moment.offset or 0)


_EMPTY_DATES = re.compile(
    r"(1899-12-3[01]|1900-01-0[01]|0?[01]/0?1/1900|1/0/1900|3[01]/12/1899|12/3[01]/1899|1970-01-01|0001-01-01)[ T]"
)


def find_stamp_column(cells: Sequence[str]) -> StampColumn | None:
    """Read a column as times, or None where fewer than nine of ten cells that hold anything are times.

    Cells may be written in several forms: some with seconds, some without, midnights as a date alone.

    Parameters
    ----------
    cells
        The column's sampled cells.
    """
    quick = [cell.strip() for cell in cells[:60] if cell.strip()][:20]
    if not quick:
        return None
    if (prefix := _EMPTY_DATES.match(quick[0])) and all(cell.startswith(prefix[0]) for cell in quick):
        bare = [cell.strip().removeprefix(prefix[0]) if cell.strip().startswith(prefix[0]) else "" for cell in cells]
        return _column_of(bare, [read_clock(cell) for cell in bare], prefix[0])
    if (found := _spans(cells, quick) or _parted(cells)) is not None:
        return found
    if sum((read_moment(c) or read_clock(c)) is not None for c in quick) * 2 >= len(quick):
        return _column_of(cells, [read_moment(cell) or read_clock(cell) for cell in cells])
    if sum(read_period(c) is not None for c in quick) * 2 > len(quick):
        # Months such as 2001-02 look like years over two; among others that don't (2001-01), they are months.
        read = read_month if all(map(read_month, quick)) and not all(map(_is_over_two, quick)) else read_period
        return _column_of(cells, [read(cell) for cell in cells])
    return None


_PARTED = re.compile(r"([0-2]\d)([.-])([0-5]\d)\2([0-5]\d)")


def _parted(cells: Sequence[str]) -> StampColumn | None:
    """Times of day with points or dashes, 00.10.00, that could pass for dates were it not for parts that are nought."""
    matches = [_PARTED.fullmatch(cell.strip()) for cell in cells if cell.strip()]
    marks = {match[2] for match in matches if match is not None}
    if not all(matches) or len(marks) != 1 or not any("00" in match.group(1, 3) for match in matches if match):
        return None
    form = f"%H{(mark := marks.pop())}%M{mark}%S"
    moments = [_read_parted(cell, form) for cell in cells]
    return StampColumn((form,), tuple(moments), read_cell=lambda text: _read_parted(text, form))


def _read_parted(text: str, form: str) -> Moment | None:
    match = _PARTED.fullmatch(text.strip())
    clock = whole_clock(int(match[1]), int(match[3])) if match else None
    if match is None or clock is None or match[2] != form[2]:
        return None
    return Moment(form, 0, 0, 0, clock + int(match[4]) * MICROS, None, None)


def _is_over_two(text: str) -> bool:
    found = read_period(text)
    return found is not None and FROM in found.form


def find_years(cells: Sequence[str]) -> StampColumn | None:
    """Read a column of years alone, or None where it holds other numbers; the rows of totals have none."""
    moments = read_years(cells)
    filled = sum(bool(cell.strip()) for cell in cells)
    if sum(m is not None for m in moments) < _WANTED * filled:
        return None
    return StampColumn(("%Y",), moments, read_cell=lambda text: read_years([text])[0])


def _spans(cells: Sequence[str], quick: Sequence[str], *, digits: bool = False) -> StampColumn | None:
    """Intervals with their ends; what could be offsets from UTC are ends where they differ from row to row."""
    spans = [read_span(cell, digits=digits) for cell in quick]
    if sum(span is not None for span in spans) * 2 < len(quick):
        return None
    offsets = {m.offset for cell in quick if (m := read_moment(cell) or read_clock(cell)) is not None}
    dated = any(span is not None and span.start.year for span in spans)
    if offsets and dated and len(offsets) <= _MOST_OFFSETS:
        return None

    def read(text: str) -> Span | None:
        return read_span(text, digits=digits)

    found = [read(cell) for cell in cells]
    column = _column_of(cells, [None if span is None else span.start for span in found])
    if column is None:
        return None
    ends = tuple(
        span.end if span is not None and m is not None else None for span, m in zip(found, column.moments, strict=True)
    )
    return replace(column, ends=ends, read_cell=lambda text: None if (span := read(text)) is None else span.start)


def _column_of(cells: Sequence[str], moments: Sequence[Moment | None], prefix: str = "") -> StampColumn | None:
    counts = Counter(m.form for m in moments if m is not None)
    if not counts:
        return None
    forms = _agreeing(counts)
    if _lose_rows(forms[0], counts):
        return None
    known = frozenset(forms)
    fitting = tuple(m if m is not None and m.form in known else None for m in moments)
    filled = sum(bool(cell.strip()) and LEAP_SECOND.search(cell) is None for cell in cells)
    if sum(m is not None for m in fitting) < _WANTED * filled:
        return None
    is_padded = not any(_UNPADDED.match(cell.strip()) for cell in cells[:500])
    return StampColumn(_without_repeats(forms), fitting, prefix, is_padded)


def _lose_rows(main: str, counts: Counter[str]) -> bool:
    """Whether several dates say no zone among others that do: nobody knows their clock, and they are readings too."""
    has_date, has_zone = _says(main)
    return has_date and has_zone and sum(n for form, n in counts.items() if _says(form) == (True, False)) > 1


def _agreeing(counts: Counter[str]) -> list[str]:
    """The commonest forms that tell as much as the commonest of all: a date, and a zone if that has one."""
    ranked = [form for form, _ in counts.most_common()]
    main = max(
        ranked, key=lambda form: (bool(_CLOCKED.search(form)) and counts[form] * 20 >= counts.total(), counts[form])
    )
    has_date, has_zone = _says(main)
    others = [form for form in ranked if form != main and _says(form) == (has_date, has_zone)]
    return [main, *others][:MOST_FORMS]


def _says(form: str) -> tuple[bool, bool]:
    return any(mark in form for mark in ("%Y", "%y", "%G")), "%z" in form or "%Z" in form


def _without_repeats(forms: Sequence[str]) -> tuple[str, ...]:
    """Forms of which none follows from another: a fraction may be absent, and May is its own short name."""
    kept: dict[str, str] = {}
    for form in forms:
        core = _core(form)
        if core not in kept or ("%f" in form, "%B" in form) > ("%f" in kept[core], "%B" in kept[core]):
            kept[core] = form
    return tuple(kept.values())


def _core(form: str) -> str:
    """What all forms share that differ by a fraction, or by May as a long name."""
    return re.sub(r"[.,:]%f", "", form).replace("%B", "%b")


_MIDNIGHT = re.compile(r"[ T](?:0?0:00(?::00(?:[.,:]0+)?)?(?: ?AM)?|12:00(?::00)? ?AM)$", re.IGNORECASE | re.ASCII)
_POINTED = re.compile(r"(\d{1,2})\.([0-5]\d)")


def as_dates(column: StampColumn, cells: Sequence[str]) -> StampColumn | None:
    """A column of dates, also where midnight stands behind each of them; None where there are other times of day."""
    if not column.has_clock:
        return column
    tails = {match[0] if (match := _MIDNIGHT.search(tidy(cell))) else "" for cell in cells if cell.strip()}
    if len(tails) != 1 or "" in tails or len(column.forms) != 1 or any(m and m.clock for m in column.moments):
        return None
    form = re.sub(r"[ T]%[HI].*$", "", column.form) + tails.pop()
    return StampColumn((form,), column.moments, column.prefix)


def read_hours(cells: Sequence[str]) -> StampColumn | None:
    """Times of day beside a date that are none by their form alone: 30 for 00:30, 2330, 22.30, 0000-0030, 00-01."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return None
    for read, form in ((_read_digits, "%H%M"), (_read_six, "%H%M%S"), (_read_pointed, "%H.%M")):
        moments = tuple(read(cell.strip()) for cell in cells)
        there = [m.clock for m in moments if m is not None]
        is_padded = form == "%H.%M" and all(map(_POINTED.fullmatch, filled))  # 00.10
        if form == "%H.%M" and {text[-2:] for text in filled} == {"00", "50"}:  # 01.50 is half past one
            continue
        if len(there) == len(filled) and (max(there) >= _HOUR or is_padded):
            return StampColumn((form,), moments, read_cell=read)
    if sum(read_span(cell, digits=True) is not None for cell in filled) == len(filled):
        return _spans(cells, filled[:20], digits=True)
    return None


def _read_digits(text: str) -> Moment | None:
    if not text.isascii() or not text.isdigit() or len(text) > 4:  # hours and minutes
        return None
    clock = whole_clock(int(text) // 100, int(text) % 100)
    return None if clock is None else Moment("%H%M", 0, 0, 0, clock, None, None)


def _read_six(text: str) -> Moment | None:
    """Hours, minutes and seconds without a mark, their leading zeros left out: 105 is one minute and five seconds."""
    if not text.isascii() or not text.isdigit() or len(text) > 6:  # hours, minutes and seconds
        return None
    number = int(text)
    clock = whole_clock(number // 10_000, number // 100 % 100)
    if clock is None or number % 100 > 59:  # seconds of a minute
        return None
    return Moment("%H%M%S", 0, 0, 0, clock + number % 100 * MICROS, None, None)


def _read_pointed(text: str) -> Moment | None:
    match = _POINTED.fullmatch(text)
    clock = whole_clock(int(match[1]), int(match[2])) if match else None
    return None if clock is None else Moment("%H.%M", 0, 0, 0, clock, None, None)


def read_cells(
    cells: Sequence[str], prefix: str = "", *, day_first: bool | None = None, read: ReadCell = _read_any
) -> Stamps:
    """The stamps [µs] of further cells of a column, "not a time" where one has none."""
    bare = [cell.strip().removeprefix(prefix) for cell in cells] if prefix else [cell.strip() for cell in cells]
    return np.array([_value(read(cell), day_first) for cell in bare], dtype=np.int64)
