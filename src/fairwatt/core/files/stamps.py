"""How times are written: the form of a cell's time, the forms of a column, and its values.

Forms are strptime formats. ``%f`` stands for one to nine digits; ``%z`` for an offset or Z; ``%Z`` for a zone's short
name, with or without an offset after it. While it is not known which of two numbers is the day, they are ``%1`` and
``%2``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Stamps = NDArray[np.int64]

NOT_A_TIME = int(np.iinfo(np.int64).min)
MICROS = 1_000_000
DAY = 86_400 * MICROS
_HOUR = 3_600 * MICROS
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local clocks have no zone yet
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Short names of zones in stamps [hours]; those that mean several zones (IST) are left out.
ZONE_HOURS = {"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2}

_WEEKDAY = r"(?P<wd>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)(?P<wds>, ?| )"
_WORD = "[A-Za-z]{3,9}"
_DATE = (
    r"(?P<y>\d{4})(?P<s1>[-/.])(?P<m>\d{1,2})(?P=s1)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<s2>[-/.])(?P<b>\d{1,2})(?P=s2)(?P<y2>\d{4}|\d{2})"
    rf"|(?P<d3>\d{{1,2}})(?P<s3>[- /.]?)(?P<mon>{_WORD})(?P<c3>,?)(?P=s3)(?P<y3>\d{{4}}|\d{{2}})"
    r"|(?P<y4>(?:19|20)\d{2})(?P<m4>[01]\d)(?P<d4>[0-3]\d)"
    rf"|(?P<mon5>{_WORD})(?P<s5>[- ])(?P<d5>\d{{1,2}})(?P<c5>, ?|[- ])(?P<y5>\d{{4}})"
    rf"|(?P<y6>\d{{4}})(?P<s6>[- /.])(?P<mon6>{_WORD})(?P=s6)(?P<d6>\d{{1,2}})"
)
_TIME = (
    r"(?P<H>\d{1,2})(?P<hs>[:.])(?P<M>\d{2})(?:(?P=hs)(?P<S>\d{2})(?:(?P<fs>[.,:])(?P<f>\d{1,9}))?)?"
    r"(?:(?P<ps> ?)(?P<p>[AaPp][Mm]))?"
)
_PLAIN_TIME = r"(?P<H5>[0-2]\d)(?P<M5>[0-5]\d)(?P<S5>[0-5]\d)?"
_ZONE = (
    r"(?P<zs> ?)(?:(?P<z>[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})"
    r"|(?P<zn>UTC|GMT|BST|WET|WEST|CET|CEST)(?P<zo>[+-]\d{1,2}(?::?\d{2})?)?)"
)
_STAMP = re.compile(
    rf"(?:{_WEEKDAY})?(?:{_DATE})(?:(?P<j>T|t| - |, ?|[ _:])(?:{_TIME}|{_PLAIN_TIME})(?:{_ZONE})?)?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = re.compile(rf"(?:{_TIME})(?:{_ZONE})?", re.IGNORECASE | re.ASCII)
_COMPACT = re.compile(r"((?:19|20)\d{2})([01]\d)([0-3]\d)([0-2]\d)([0-5]\d)([0-5]\d)?")
_MONTH_ALONE = re.compile(
    rf"(?P<y>(?:19|20)\d{{2}})(?P<s>[-/])(?P<m>[01]\d)|(?P<mon>{_WORD})(?P<s2>[- /])(?P<y2>\d{{4}}|\d{{2}})"
    r"|(?P<m3>[01]?\d)(?P<s3>[-/])(?P<y3>(?:19|20)\d{2})"
)
_UNPADDED = re.compile(r"\d[-/.]|\d\d[-/.]\d[-/.]")
_LONGEST, _SHORTEST = 60, 4
_WANTED = 0.9  # of a column's cells must be times
MOST_FORMS = 8
# What is tidied before a time is read, here and, by the same expressions, in the lake's SQL.
TIDYING = (
    ("[\u00a0\u202f\\s]+", " "),
    (r"\b([AaPp])\.\s?[Mm]\b\.?", r"\1M"),
    (r"\b([Ss][Ee][Pp])[Tt]\b\.?", r"\1"),
    (r"\b(\d{1,2})(st|nd|rd|th)\b", r"\1"),
    (r"\s?\[[A-Za-z]+(/[A-Za-z_]+)*\]$", ""),
)
_TIDYING = tuple((re.compile(pattern), sub) for pattern, sub in TIDYING)
_NEEDS_TIDYING = re.compile(r"\s\s|[^\S ]|[A-Za-z]\.|\]$|[A-Za-z]t\b|\d[a-z]{2}\b")


@dataclass(frozen=True, slots=True)
class Moment:
    """One cell's time, as it is written.

    ``form`` is its strptime format, with ``%1`` and ``%2`` where day and month can't be told apart by form;
    ``first`` and ``second`` are those two numbers. A time without a date has year 0. ``weekday`` counts from 0 for
    Monday, None where none is written.
    """

    form: str
    year: int
    first: int
    second: int
    clock: int  # µs since midnight
    offset: int | None  # of the zone [µs], None where none is written
    month_is_first: bool | None  # None: by form unknown
    weekday: int | None = None


def tidy(text: str) -> str:
    """A cell without what makes no difference to its time: doubled blanks, points in a.m., 1st for 1."""
    bare = text.strip()
    if _NEEDS_TIDYING.search(bare):
        for pattern, sub in _TIDYING:
            bare = pattern.sub(sub, bare)
    return bare


def read_moment(text: str) -> Moment | None:
    """Read one cell's date with or without time, or None."""
    bare = tidy(text)
    if not _SHORTEST <= len(bare) <= _LONGEST:
        return None
    if (match := _COMPACT.fullmatch(bare)) is not None:
        return _read_compact(match)
    match = _STAMP.fullmatch(bare)
    if match is None:
        return None
    parts = match.groupdict()
    dated = _read_date(parts)
    clocked = _read_clock(parts) if dated is not None else None
    if dated is None or clocked is None:
        return None
    form, year, first, second, month_first = dated
    clock_form, clock, offset = clocked
    prefix, weekday = _read_weekday(parts)
    joiner = parts["j"] or ""
    form = prefix + form + joiner.replace("t", "T") + clock_form
    return Moment(form, year, first, second, clock, offset, month_first, weekday)


def _read_compact(match: re.Match[str]) -> Moment | None:
    year, month, day, hour, minute = (int(match[i]) for i in range(1, 6))
    dated = _checked("%Y%m%d", year, month, day, True)
    clock = _whole_clock(hour, minute, int(match[6] or 0), 0)
    if dated is None or clock is None:
        return None
    return Moment("%Y%m%d%H%M" + ("%S" if match[6] else ""), year, month, day, clock, None, True)


def read_clock(text: str) -> Moment | None:
    """Read one cell's time of day without a date, or None."""
    bare = tidy(text)
    match = _CLOCK.fullmatch(bare) if _SHORTEST <= len(bare) <= _LONGEST and ":" in bare else None
    clocked = _read_clock(match.groupdict()) if match else None
    if clocked is None:
        return None
    form, clock, offset = clocked
    return Moment(form, 0, 0, 0, clock, offset, None)


def read_month(text: str) -> Moment | None:
    """Read one cell's month without a day, as its first day, or None."""
    match = _MONTH_ALONE.fullmatch(tidy(text))
    if match is None:
        return None
    if match["y"] is not None:
        form, year, month = f"%Y{match['s']}%m", int(match["y"]), int(match["m"])
    elif match["mon"] is not None:
        word, year_text = match["mon"].lower(), match["y2"]
        month, year = _MONTHS.get(word, 0), _full_year(year_text)
        form = f"{_month_name(word)}{match['s2']}{_year_form(year_text)}"
    else:
        form, year, month = f"%m{match['s3']}%Y", int(match["y3"]), int(match["m3"])
    return Moment(form, year, month, 1, 0, None, True) if 1 <= month <= 12 else None  # noqa: PLR2004


def is_stamp(text: str) -> bool:
    """Whether a cell is a date, a date with time, or a time of day; digits alone are not."""
    return not text.strip().isdigit() and (read_moment(text) or read_clock(text)) is not None


def _read_weekday(parts: dict[str, str | None]) -> tuple[str, int | None]:
    word = (parts["wd"] or "").lower()
    if not word:
        return "", None
    form = "%A" if word in _WEEKDAYS else "%a"
    return f"{form}{parts['wds']}", next(i for i, name in enumerate(_WEEKDAYS) if name.startswith(word[:3]))


_Dated = tuple[str, int, int, int, bool | None]


def _read_date(parts: dict[str, str | None]) -> _Dated | None:
    if (year := parts["y"]) is not None:
        sep = parts["s1"] or ""
        return _checked(f"%Y{sep}%m{sep}%d", int(year), int(parts["m"] or 0), int(parts["d"] or 0), True)
    if (year := parts["y2"]) is not None:
        sep = parts["s2"] or ""
        form = f"%1{sep}%2{sep}{_year_form(year)}"
        return _checked(form, _full_year(year), int(parts["a"] or 0), int(parts["b"] or 0), None)
    if parts["y4"] is not None:
        return _checked("%Y%m%d", int(parts["y4"]), int(parts["m4"] or 0), int(parts["d4"] or 0), True)
    return _read_named_month(parts)


def _read_named_month(parts: dict[str, str | None]) -> _Dated | None:
    word = (parts["mon"] or parts["mon5"] or parts["mon6"] or "").lower()
    if word not in _MONTHS:
        return None
    name = _month_name(word)
    if (year := parts["y3"]) is not None:
        sep = parts["s3"] or ""
        form, day = f"%d{sep}{name}{parts['c3'] or ''}{sep}{_year_form(year)}", parts["d3"]
    elif (year := parts["y5"]) is not None:
        form, day = f"{name}{parts['s5']}%d{parts['c5']}%Y", parts["d5"]
    else:
        year, sep = parts["y6"] or "0", parts["s6"] or ""
        form, day = f"%Y{sep}{name}{sep}%d", parts["d6"]
    return _checked(form, _full_year(year), _MONTHS[word], int(day or 0), True)


def _month_name(word: str) -> str:
    return "%b" if len(word) == 3 else "%B"  # noqa: PLR2004 - short names have three letters, May only those


def _year_form(text: str) -> str:
    return "%Y" if len(text) == 4 else "%y"  # noqa: PLR2004 - digits of a year


def _checked(form: str, year: int, first: int, second: int, month_first: bool | None) -> _Dated | None:
    if not 1900 <= year <= 2200:  # noqa: PLR2004 - no meter is older
        return None
    months_first = 1 <= first <= 12 and 1 <= second <= 31  # noqa: PLR2004
    days_first = 1 <= second <= 12 and 1 <= first <= 31  # noqa: PLR2004
    fine = months_first if month_first else months_first or days_first
    return (form, year, first, second, month_first) if fine else None


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 4:  # noqa: PLR2004
        return year
    return year + (2000 if year < 69 else 1900)  # noqa: PLR2004 - as POSIX reads two digits


def _read_clock(parts: dict[str, str | None]) -> tuple[str, int, int | None] | None:
    zoned = _read_zone(parts)
    if zoned is None:
        return None
    zone_form, offset = zoned
    if parts.get("H5") is not None:
        form, clock = (
            "%H%M" + ("%S" if parts["S5"] else ""),
            _whole_clock(int(parts["H5"] or 0), int(parts["M5"] or 0), int(parts["S5"] or 0), 0),
        )
        return None if clock is None else (form + zone_form, clock, offset)
    if parts["H"] is None:
        return "", 0, None
    hour, minute, second = int(parts["H"] or 0), int(parts["M"] or 0), int(parts["S"] or 0)
    form = "%M" if parts["S"] is None else f"%M{parts['hs']}%S"
    fraction = parts["f"] or ""
    if fraction:
        form += f"{parts['fs']}%f"
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    if parts["p"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004
            return None
        hour = hour % 12 + (12 if parts["p"].lower() == "pm" else 0)
        form = f"%I{parts['hs']}{form}{parts['ps'] or ''}%p"
    else:
        form = f"%H{parts['hs']}{form}"
    clock = _whole_clock(hour, minute, second, micros)
    return None if clock is None else (form + zone_form, clock, offset)


def _whole_clock(hour: int, minute: int, second: int, micros: int) -> int | None:
    """µs since midnight; 24:00 is the day's end, and no minute has more than 59 seconds here."""
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second or micros)):  # noqa: PLR2004
        return None
    return ((hour * 60 + minute) * 60 + second) * MICROS + micros


def _read_zone(parts: dict[str, str | None]) -> tuple[str, int | None] | None:
    zone, name, blank = parts["z"], parts["zn"], parts["zs"] or ""
    if name is not None:
        micros = _offset(parts["zo"]) + ZONE_HOURS[name.upper()] * _HOUR
        return f"{blank}%Z", micros
    if zone is None:
        return "", None
    return f"{blank}%z", _offset("" if zone in "Zz" else zone)


def _offset(text: str | None) -> int:
    if not text:
        return 0
    digits = text[1:].replace(":", "")
    digits = digits.zfill(2).ljust(4, "0") if len(digits) <= 2 else digits.zfill(4)  # noqa: PLR2004 - hours alone
    micros = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * MICROS
    return -micros if text[0] == "-" else micros


@dataclass(frozen=True, slots=True)
class StampColumn:
    """A column of times: its forms, the commonest first, and its cells' times, None where a cell has none.

    ``forms`` may hold ``%1`` and ``%2`` for the two numbers of which one is the day. ``prefix`` is a date that all
    cells have and that means nothing, as a spreadsheet writes before times of day. ``is_padded`` tells whether days and
    months below ten have two digits.
    """

    forms: tuple[str, ...]
    moments: tuple[Moment | None, ...]
    prefix: str = ""
    is_padded: bool = True

    @property
    def form(self) -> str:
        """The commonest form."""
        return self.forms[0]

    @property
    def has_date(self) -> bool:
        """Whether the form has a date."""
        return any(mark in self.form for mark in ("%Y", "%y"))

    @property
    def has_clock(self) -> bool:
        """Whether any cell has a time of day."""
        return any("%M" in form for form in self.forms)

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
        midnight = datetime(moment.year, month, day)  # noqa: DTZ001
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
    if sum((read_moment(c) or read_clock(c)) is not None for c in quick) * 2 >= len(quick):
        return _column_of(cells, [read_moment(cell) or read_clock(cell) for cell in cells])
    if sum(read_month(c) is not None for c in quick) == len(quick):
        return _column_of(cells, [read_month(cell) for cell in cells])
    return None


def _column_of(cells: Sequence[str], moments: Sequence[Moment | None], prefix: str = "") -> StampColumn | None:
    counts = Counter(m.form for m in moments if m is not None)
    if not counts:
        return None
    forms = _agreeing(counts)
    known = frozenset(forms)
    fitting = tuple(m if m is not None and m.form in known else None for m in moments)
    filled = sum(bool(cell.strip()) for cell in cells)
    if sum(m is not None for m in fitting) < _WANTED * filled:
        return None
    is_padded = not any(_UNPADDED.match(cell.strip()) for cell in cells[:500])
    return StampColumn(_without_repeats(forms), fitting, prefix, is_padded)


def _agreeing(counts: Counter[str]) -> list[str]:
    """The commonest forms that tell as much as the commonest of all: a date, and a zone if that has one."""
    ranked = [form for form, _ in counts.most_common()]
    main = max(ranked, key=lambda form: ("%M" in form and counts[form] * 20 >= counts.total(), counts[form]))
    has_date, has_zone = _says(main)
    others = [form for form in ranked if form != main and _says(form) == (has_date, has_zone)]
    return [main, *others][:MOST_FORMS]


def _says(form: str) -> tuple[bool, bool]:
    return "%Y" in form or "%y" in form, "%z" in form or "%Z" in form


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
_HOURS = re.compile(r"[0-9]{1,4}")


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
    """Times of day as numbers without a mark: 30 for 00:30, 2330 for 23:30."""
    moments: list[Moment | None] = []
    for cell in cells:
        bare = cell.strip()
        clock = _whole_clock(int(bare) // 100, int(bare) % 100, 0, 0) if _HOURS.fullmatch(bare) else None
        moments.append(None if clock is None else Moment("%H%M", 0, 0, 0, clock, None, None))
    filled = sum(bool(cell.strip()) for cell in cells)
    if not filled or sum(m is not None for m in moments) < filled:
        return None
    return StampColumn(("%H%M",), tuple(moments)) if max(m.clock for m in moments if m) >= _HOUR else None


def read_cells(cells: Sequence[str], prefix: str = "", *, day_first: bool | None = None) -> Stamps:
    """The stamps [µs] of further cells of a column, "not a time" where one has none."""
    bare = [cell.strip().removeprefix(prefix) for cell in cells] if prefix else cells
    moments = [read_moment(cell) or read_clock(cell) or read_month(cell) for cell in bare]
    return np.array([_value(m, day_first) for m in moments], dtype=np.int64)
