"""How one cell's time is written: its form, and its value.

Forms are strptime formats. ``%f`` stands for one to nine digits; ``%z`` for an offset or Z; ``%Z`` for a zone's short
name, with or without an offset after it. While it is not known which of two numbers is the day, they are ``%1`` and
``%2``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Stamps = NDArray[np.int64]

NOT_A_TIME = int(np.iinfo(np.int64).min)
MICROS = 1_000_000
DAY = 86_400 * MICROS
_HOUR = 3_600 * MICROS
MONTHS = {
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
    r"|(?P<y4>(?:19|20)\d{2})(?P<m4>0[1-9]|1[0-2])(?P<d4>[0-3]\d)"
    r"|(?P<a9>[0-3]\d)(?P<b9>[0-3]\d)(?P<y9d>(?:19|20)\d{2})"  # never both: there is no month 19 or 20
    rf"|(?P<mon5>{_WORD})(?P<s5>[- ])(?P<d5>\d{{1,2}})(?P<c5>, ?|[- ])(?P<y5>\d{{4}})"
    rf"|(?P<y6>\d{{4}})(?P<s6>[- /.])(?P<mon6>{_WORD})(?P=s6)(?P<d6>\d{{1,2}})"
    r"|(?P<y7>(?:19|20)\d{2})(?P<s7>-?)W(?P<w7>[0-5]\d)(?P=s7)(?P<u7>[1-7])"
    r"|(?P<y8>(?:19|20)\d{2})-(?P<j8>[0-3]\d{2})"
)
_TIME = (
    r"(?P<H>\d{1,2})(?P<hs>[:.h])(?P<M>\d{2})(?:(?P=hs)(?P<S>\d{2})(?:(?P<fs>[.,:])(?P<f>\d{1,9}))?)?"
    r"(?:(?P<ps> ?)(?P<p>[AaPp][Mm]))?"
)
_PLAIN_TIME = r"(?P<H5>[0-2]\d)(?P<M5>[0-5]\d)(?P<S5>[0-5]\d)?"
_HOUR_ALONE = r"(?P<H6>\d{1,2})(?P<ps6> ?)(?P<p6>[AaPp][Mm])|(?P<H7>[0-2]\d)"
_ZONE = (
    r"(?P<zs> ?)(?:(?P<z>[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})"
    r"|(?P<zn>UTC|GMT|BST|WET|WEST|CET|CEST)(?P<zo>[+-]\d{1,2}(?::?\d{2})?)?)"
)
_STAMP = re.compile(
    rf"(?:{_WEEKDAY})?(?:{_DATE})(?:(?P<j>T|t| - |, ?|[ _:])(?:{_TIME}|{_PLAIN_TIME}|{_HOUR_ALONE})(?:{_ZONE})?)?",
    re.IGNORECASE | re.ASCII,
)
# The year last, as C's asctime writes it: Mon Nov 18 11:45:43 2019.
_YEAR_LAST = re.compile(
    rf"(?:{_WEEKDAY})?(?P<mon9>{_WORD}) (?P<d9>\d{{1,2}})(?P<j> )(?:{_TIME}) (?P<y9>\d{{4}})(?:{_ZONE})?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = re.compile(
    rf"(?:{_TIME}|(?P<H6>\d{{1,2}})(?P<ps6> ?)(?P<p6>[AaPp][Mm]))(?:{_ZONE})?", re.IGNORECASE | re.ASCII
)
_HAS_DIGIT = re.compile(r"\d")
_REMEMBERED = 16_384  # cells
_CLOCK_MARK = re.compile(r"[:hHmM]")
_COMPACT = re.compile(
    r"((?:19|20)\d{2})([01]\d)([0-3]\d)([0-2]\d)(?:([0-5]\d)([0-5]\d)?)?(?P<zs> )?(?(zs)(?P<zn>[A-Z]{3,4}))"
)
_LONGEST, _SHORTEST, _SHORTEST_CLOCK = 60, 4, 3
# What is tidied before a time is read, here and, by the same expressions, in the lake's SQL.
TIDYING = (
    ("[\u00a0\u202f\\s]+", " "),
    (r"\b([AaPp])\.\s?[Mm]\b\.?", r"\1M"),
    (r"\b([Ss][Ee][Pp])[Tt]\b\.?", r"\1"),
    (r"\b(\d{1,2})(st|nd|rd|th)\b", r"\1"),
    (r"\s?\[[A-Za-z]+(/[A-Za-z_]+)*\]$", ""),
    (r"([+-]\d{2}:?\d{2}) ?\([A-Za-z. ]+\)$", r"\1"),
    (r"(\d|[AaPp]M) ?\((UTC|GMT|BST|WET|WEST|CET|CEST)\)$", r"\1 \2"),
    (r" (UTC|GMT|BST|WET|WEST|CET|CEST) (\d{4})$", r" \2 \1"),
    (r"\b(BST|WEST|CET) ?\+01:?00$", r"\1"),
    (r"\bCEST ?\+02:?00$", "CEST"),
    (r"([+-]\d{2}:?\d{2}) [A-Z][A-Za-z_]{2,}(/[A-Za-z_]+)*$", r"\1"),  # BST, London, Europe/London
    (r"(\d) (?i:british summer time)$", r"\1 BST"),
    (r"(\d) (?i:greenwich mean time|coordinated universal time)$", r"\1 UTC"),
    (r"^(UTC|GMT|BST|WET|WEST|CET|CEST) (\d.*)$", r"\2 \1"),
    (r"(^| )T(\d{2}:\d{2})", r"\1\2"),
    (r"\b([0-2]\d)([0-5]\d) ?([Hh]rs?|[Hh]ours)\.?$", r"\1:\2"),
    (r"(\d[:.]\d{2}) ?([Hh]rs?|[Hh]ours)\.?$", r"\1"),
    (r"(\d) at (\d)", r"\1 \2"),
    # Marks of the hour that clocks repeat; the order of the rows tells the passes apart.
    (r"(:\d{2}) ?(\*+|\(([12]|1st|2nd|first|second|repeat(ed)?)\))$", r"\1"),
    (r"( 0?[1-3]:\d{2}(?::\d{2})?) ?[AB]$", r"\1"),
    (r"(:\d{2}) (\d{3}) ?msec$", r"\1.\2"),
    (r"(:\d{2}) (\d{2}) ?msec$", r"\1.0\2"),
    (r"(:\d{2}) (\d) ?msec$", r"\1.00\2"),
    (r"^(\d{4}-W\d{2})$", r"\1-1"),
    (r"^(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?),? (\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4})( [A-Z]{3,4})?$", r"\2 \1\3"),
    (r"^(\d{1,2}:\d{2}(?::\d{2})?),? (\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{2,4})$", r"\2 \1"),
    (r"^(\d{4}-\d{2}-\d{2})-(\d{2})\.(\d{2})\.(\d{2})(\.\d+)?$", r"\1 \2:\3:\4\5"),
)
_TIDYING = tuple((re.compile(pattern), sub) for pattern, sub in TIDYING)
_NEEDS_TIDYING = re.compile(
    r"\s\s|[^\S ]|[A-Za-z]\.|[\])]$|[A-Za-z]t\b|\d[a-z]{2}\b|[A-Z]{3,4} \d{4}$| at |-W\d\d$"
    r"|^\d\d?:\d\d.*\d{2}$|-\d\d\.\d\d\.|msec$|\bT\d\d:|\*$|:\d\d ?[AB]$"
    r"|[Hh](rs?|ours)\.?$|[A-Z]{3} ?\+|\d [A-Z]{3,4}$|\d [A-Z][a-z_]{2,}[A-Za-z /_]*$|^[A-Z]{3,4} \d"
)


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
    return _read_tidied(bare) if _SHORTEST <= len(bare) <= _LONGEST else None


@lru_cache(maxsize=_REMEMBERED)  # a cell is looked at for its kind, its form, its order, its series…
def _read_tidied(bare: str) -> Moment | None:
    if bare.isalpha() or not _HAS_DIGIT.search(bare):
        return None
    if (match := _COMPACT.fullmatch(bare)) is not None:
        return _read_compact(match)
    match = _STAMP.fullmatch(bare)
    if match is None:
        match = _YEAR_LAST.fullmatch(bare)
        return None if match is None else _read_year_last(match.groupdict())
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


def _read_year_last(parts: dict[str, str | None]) -> Moment | None:
    word, year, day = (parts["mon9"] or "").lower(), int(parts["y9"] or 0), int(parts["d9"] or 0)
    clocked = _read_clock(parts)
    if word not in MONTHS or clocked is None or _checked("", year, MONTHS[word], day, True) is None:
        return None
    prefix, weekday = _read_weekday(parts)
    clock_form, clock, offset = clocked
    zone = f"{parts['zs'] or ''}{clock_form[at:]}" if (at := clock_form.lower().find("%z")) >= 0 else ""
    clock_form = clock_form[: at - len(parts["zs"] or "")] if at >= 0 else clock_form
    form = f"{prefix}{month_name(word)} %d {clock_form} %Y{zone}"
    return Moment(form, year, MONTHS[word], day, clock, offset, True, weekday)


def _read_compact(match: re.Match[str]) -> Moment | None:
    year, month, day, hour = (int(match[i]) for i in range(1, 5))
    dated = _checked("%Y%m%d", year, month, day, True)
    clock = _whole_clock(hour, int(match[5] or 0), int(match[6] or 0), 0)
    if dated is None or clock is None:
        return None
    zone = match["zn"]
    if zone is not None and zone not in ZONE_HOURS:
        return None
    form = "%Y%m%d%H" + ("%M" if match[5] else "") + ("%S" if match[6] else "") + (" %Z" if zone else "")
    return Moment(form, year, month, day, clock, ZONE_HOURS[zone] * _HOUR if zone else None, True)


def read_clock(text: str) -> Moment | None:
    """Read one cell's time of day without a date, or None."""
    bare = tidy(text)
    is_marked = _SHORTEST_CLOCK <= len(bare) <= _LONGEST and _CLOCK_MARK.search(bare) is not None
    match = _CLOCK.fullmatch(bare) if is_marked else None
    clocked = _read_clock(match.groupdict()) if match else None
    if clocked is None:
        return None
    form, clock, offset = clocked
    return Moment(form, 0, 0, 0, clock, offset, None)


def whole_clock(hour: int, minute: int) -> int | None:
    """µs since midnight of an hour and a minute, None where no clock shows them."""
    return _whole_clock(hour, minute, 0, 0)


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
        form = f"%1{sep}%2{sep}{year_form(year)}"
        return _checked(form, full_year(year), int(parts["a"] or 0), int(parts["b"] or 0), None)
    if parts["y4"] is not None:
        return _checked("%Y%m%d", int(parts["y4"]), int(parts["m4"] or 0), int(parts["d4"] or 0), True)
    if (year := parts["y9d"]) is not None:
        return _checked("%1%2%Y", int(year), int(parts["a9"] or 0), int(parts["b9"] or 0), None)
    if parts["y7"] is not None or parts["y8"] is not None:
        return _read_counted(parts)
    return _read_named_month(parts)


def _read_counted(parts: dict[str, str | None]) -> _Dated | None:
    """A day as ISO 8601 counts weeks, or days of the year."""
    try:
        if parts["y7"] is not None:
            sep = parts["s7"] or ""
            found = date.fromisocalendar(int(parts["y7"]), int(parts["w7"] or 0), int(parts["u7"] or 0))
            return _checked(f"%G{sep}W%V{sep}%u", found.year, found.month, found.day, True)
        number = int(parts["j8"] or 0)
        found = date.fromordinal(date(int(parts["y8"] or 0), 1, 1).toordinal() + number - 1)
    except ValueError:
        return None
    if not number or found.year != int(parts["y8"] or 0):
        return None
    return _checked("%Y-%j", found.year, found.month, found.day, True)


def _read_named_month(parts: dict[str, str | None]) -> _Dated | None:
    word = (parts["mon"] or parts["mon5"] or parts["mon6"] or "").lower()
    if word not in MONTHS:
        return None
    name = month_name(word)
    if (year := parts["y3"]) is not None:
        sep = parts["s3"] or ""
        form, day = f"%d{sep}{name}{parts['c3'] or ''}{sep}{year_form(year)}", parts["d3"]
    elif (year := parts["y5"]) is not None:
        form, day = f"{name}{parts['s5']}%d{parts['c5']}%Y", parts["d5"]
    else:
        year, sep = parts["y6"] or "0", parts["s6"] or ""
        form, day = f"%Y{sep}{name}{sep}%d", parts["d6"]
    return _checked(form, full_year(year), MONTHS[word], int(day or 0), True)


def month_name(word: str) -> str:
    """The directive of a month's name as it is spelled."""
    return "%b" if len(word) == 3 else "%B"  # short names have three letters, May only those


def year_form(text: str) -> str:
    """The directive of a year of four digits, or two."""
    return "%Y" if len(text) == 4 else "%y"  # digits of a year


def _checked(form: str, year: int, first: int, second: int, month_first: bool | None) -> _Dated | None:
    if not 1900 <= year <= 2200:  # no meter is older
        return None
    months_first = 1 <= first <= 12 and 1 <= second <= 31
    days_first = 1 <= second <= 12 and 1 <= first <= 31
    fine = months_first if month_first else months_first or days_first
    return (form, year, first, second, month_first) if fine else None


def full_year(text: str) -> int:
    """A year of four digits, or of two as POSIX reads them."""
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < 69 else 1900)  # as POSIX reads two digits


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
    if parts.get("H6") is not None or parts.get("H7") is not None:
        return _read_hour(parts, zone_form, offset)
    if parts["H"] is None:
        return "", 0, None
    hour, minute, second = int(parts["H"] or 0), int(parts["M"] or 0), int(parts["S"] or 0)
    form = "%M" if parts["S"] is None else f"%M{parts['hs']}%S"
    fraction = parts["f"] or ""
    if fraction:
        form += f"{parts['fs']}%f"
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    if parts["p"]:
        if not 1 <= hour <= 12:
            return None
        hour = _of_day(hour, parts["p"])
        form = f"%I{parts['hs']}{form}{parts['ps'] or ''}%p"
    else:
        form = f"%H{parts['hs']}{form}"
    clock = _whole_clock(hour, minute, second, micros)
    return None if clock is None else (form + zone_form, clock, offset)


def _read_hour(parts: dict[str, str | None], zone_form: str, offset: int | None) -> tuple[str, int, int | None] | None:
    """An hour without its minutes: 00, 11 pm."""
    if (half := parts.get("p6")) is not None:
        hour, form = int(parts["H6"] or 0), f"%I{parts['ps6'] or ''}%p"
        if not 1 <= hour <= 12:
            return None
        hour = _of_day(hour, half)
    else:
        hour, form = int(parts["H7"] or 0), "%H"
    clock = _whole_clock(hour, 0, 0, 0)
    return None if clock is None else (form + zone_form, clock, offset)


def _of_day(hour: int, half: str) -> int:
    return hour % 12 + (12 if half.lower() == "pm" else 0)


def _whole_clock(hour: int, minute: int, second: int, micros: int) -> int | None:
    """µs since midnight; 24:00 is the day's end, and no minute has more than 59 seconds here."""
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second or micros)):
        return None
    return ((hour * 60 + minute) * 60 + second) * MICROS + micros


def _read_zone(parts: dict[str, str | None]) -> tuple[str, int | None] | None:
    zone, name, blank = parts["z"], parts["zn"], parts["zs"] or ""
    if name is not None:
        if parts["zo"] and name.upper() not in {"UTC", "GMT"}:  # BST+0130
            return None
        micros = _offset(parts["zo"]) + ZONE_HOURS[name.upper()] * _HOUR
        return f"{blank}%Z", micros
    if zone is None:
        return "", None
    return f"{blank}%z", _offset("" if zone in "Zz" else zone)


def _offset(text: str | None) -> int:
    if not text:
        return 0
    digits = text[1:].replace(":", "")
    digits = digits.zfill(2).ljust(4, "0") if len(digits) <= 2 else digits.zfill(4)  # hours alone
    micros = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * MICROS
    return -micros if text[0] == "-" else micros
