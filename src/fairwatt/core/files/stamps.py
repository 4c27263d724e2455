"""How times are written: the form of a cell's time, one form for a column, and its values.

Forms are strptime formats. ``%f`` stands for one to nine digits; ``%z`` for an offset or Z.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Stamps = NDArray[np.int64]

NOT_A_TIME = int(np.iinfo(np.int64).min)
MICROS = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local clocks have no zone yet
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_DATE = (
    r"(?P<y>\d{4})(?P<s1>[-/.])(?P<m>\d{1,2})(?P=s1)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<s2>[-/.])(?P<b>\d{1,2})(?P=s2)(?P<y2>\d{4}|\d{2})"
    r"|(?P<d3>\d{1,2})(?P<s3>[- /.]?)(?P<mon>[A-Za-z]{3,9})(?P=s3)(?P<y3>\d{4}|\d{2})"
    r"|(?P<y4>(?:19|20)\d{2})(?P<m4>[01]\d)(?P<d4>[0-3]\d)"
)
_TIME = r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:(?P<fs>[.,])(?P<f>\d{1,9}))?)?(?:(?P<ps> ?)(?P<p>[AaPp][Mm]))?"
_PLAIN_TIME = r"(?P<H5>[0-2]\d)(?P<M5>[0-5]\d)(?P<S5>[0-5]\d)?"
_ZONE = r"(?P<zs> ?)(?P<z>[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2}|UTC|GMT)"
_STAMP = re.compile(rf"(?:{_DATE})(?:(?P<j>T|t| - |, ?| {{1,3}})(?:{_TIME}|{_PLAIN_TIME})(?:{_ZONE})?)?")
_CLOCK = re.compile(rf"(?:{_TIME})(?:{_ZONE})?")
_LONGEST, _SHORTEST = 45, 4
_WANTED = 0.9  # of a column's cells must have its form


@dataclass(frozen=True, slots=True)
class Moment:
    """One cell's time, as it is written.

    ``form`` is its strptime format, with ``%A/%B`` where day and month can't be told apart by form; ``first``
    and ``second`` are those two numbers. A time without a date has year 0.
    """

    form: str
    year: int
    first: int
    second: int
    clock: int  # µs since midnight
    offset: int | None  # of the zone [µs], None where none is written
    month_is_first: bool | None  # None: by form unknown


def read_moment(text: str) -> Moment | None:
    """Read one cell's date with or without time, or None."""
    bare = text.strip()
    if not _SHORTEST <= len(bare) <= _LONGEST:
        return None
    match = _STAMP.fullmatch(bare)
    if match is None:
        return None
    parts = match.groupdict()
    dated = _read_date(parts)
    if dated is None:
        return None
    form, year, first, second, month_first = dated
    clocked = _read_clock(parts)
    if clocked is None:
        return None
    clock_form, clock, offset = clocked
    joiner = parts["j"] or ""
    return Moment(form + joiner.replace("t", "T") + clock_form, year, first, second, clock, offset, month_first)


def read_clock(text: str) -> Moment | None:
    """Read one cell's time of day without a date, or None."""
    bare = text.strip()
    match = _CLOCK.fullmatch(bare) if _SHORTEST <= len(bare) <= _LONGEST else None
    clocked = _read_clock(match.groupdict()) if match else None
    if clocked is None:
        return None
    form, clock, offset = clocked
    return Moment(form, 0, 0, 0, clock, offset, None)


def is_stamp(text: str) -> bool:
    """Whether a cell is a date, a date with time, or a time of day; digits alone are not."""
    return not text.strip().isdigit() and (read_moment(text) or read_clock(text)) is not None


def _read_date(parts: dict[str, str | None]) -> tuple[str, int, int, int, bool | None] | None:
    if (year := parts["y"]) is not None:
        sep = parts["s1"] or ""
        return _checked(f"%Y{sep}%m{sep}%d", int(year), int(parts["m"] or 0), int(parts["d"] or 0), True)
    if (year := parts["y2"]) is not None:
        sep = parts["s2"] or ""
        form = f"%A{sep}%B{sep}" + ("%Y" if len(year) == 4 else "%y")  # noqa: PLR2004 - digits of a year
        return _checked(form, _full_year(year), int(parts["a"] or 0), int(parts["b"] or 0), None)
    if (year := parts["y3"]) is not None:
        word, sep = (parts["mon"] or "").lower(), parts["s3"] or ""
        if word not in _MONTHS:
            return None
        name = "%b" if len(word) == 3 else "%B"  # noqa: PLR2004 - short names have three letters, May only those
        form = f"%d{sep}{name}{sep}" + ("%Y" if len(year) == 4 else "%y")  # noqa: PLR2004
        return _checked(form, _full_year(year), _MONTHS[word], int(parts["d3"] or 0), True)
    return _checked("%Y%m%d", int(parts["y4"] or 0), int(parts["m4"] or 0), int(parts["d4"] or 0), True)


def _checked(
    form: str, year: int, first: int, second: int, month_first: bool | None
) -> tuple[str, int, int, int, bool | None] | None:
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
    if parts.get("H5") is not None:
        hour, minute, second = int(parts["H5"] or 0), int(parts["M5"] or 0), int(parts["S5"] or 0)
        form = "%H%M%S" if parts["S5"] else "%H%M"
        zone_form, offset = _read_zone(parts)
        return (form + zone_form, _clock(hour, minute, second, 0), offset) if hour < 24 else None  # noqa: PLR2004
    if parts["H"] is None:
        return "", 0, None
    hour, minute, second = int(parts["H"] or 0), int(parts["M"] or 0), int(parts["S"] or 0)
    if minute > 59 or second > 60:  # noqa: PLR2004
        return None
    form = "%M" if parts["S"] is None else "%M:%S"
    fraction = parts["f"] or ""
    if fraction:
        form += f"{parts['fs']}%f"
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    if parts["p"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004
            return None
        hour = hour % 12 + (12 if parts["p"].lower() == "pm" else 0)
        form = f"%I:{form}{parts['ps'] or ''}%p"
    else:
        form = f"%H:{form}"
    if hour > 24 or (hour == 24 and (minute or second or micros)):  # noqa: PLR2004 - 24:00 is the day's end
        return None
    zone_form, offset = _read_zone(parts)
    return form + zone_form, _clock(hour, minute, second, micros), offset


def _clock(hour: int, minute: int, second: int, micros: int) -> int:
    return ((hour * 60 + minute) * 60 + second) * MICROS + micros


def _read_zone(parts: dict[str, str | None]) -> tuple[str, int | None]:
    zone = parts["z"]
    if zone is None:
        return "", None
    blank = parts["zs"] or ""
    if zone in {"UTC", "GMT"}:
        return f"{blank}{zone}", 0
    if zone in "Zz":
        return f"{blank}%z", 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    micros = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * MICROS
    return f"{blank}%z", -micros if zone[0] == "-" else micros


@dataclass(frozen=True, slots=True)
class StampColumn:
    """A column of times: its form and its cells' times, None where a cell has none.

    ``form`` may hold ``%A`` and ``%B`` for the two numbers of which one is the day; with them ``needs_order``
    is true, and ``day_first`` says which the values allow: True, False, or None where both.
    """

    form: str
    moments: tuple[Moment | None, ...]
    share: float

    @property
    def has_date(self) -> bool:
        """Whether the form has a date."""
        return any(mark in self.form for mark in ("%Y", "%y"))

    @property
    def has_clock(self) -> bool:
        """Whether the form has a time of day."""
        return "%M" in self.form

    @property
    def has_zone(self) -> bool:
        """Whether the form says which zone it is in."""
        return "%z" in self.form or self.form.endswith(("UTC", "GMT"))

    @property
    def needs_order(self) -> bool:
        """Whether day and month can't be told apart by the form."""
        return "%A" in self.form

    def day_orders(self) -> tuple[bool, ...]:
        """Which orders all values allow: day first (True), month first (False), or both."""
        there = [m for m in self.moments if m is not None and m.month_is_first is None]
        day_first = all(m.second <= 12 for m in there)  # noqa: PLR2004 - months
        month_first = all(m.first <= 12 for m in there)  # noqa: PLR2004
        return tuple(order for order, fits in ((True, day_first), (False, month_first)) if fits)

    def strptime_form(self, *, day_first: bool | None) -> str:
        """The format with day and month in their places."""
        first, second = ("%d", "%m") if day_first is not False else ("%m", "%d")
        return self.form.replace("%A", first).replace("%B", second) if self.needs_order else self.form

    def stamps(self, *, day_first: bool | None) -> Stamps:
        """The cells' times [µs since 1970]; UTC where the form has a zone, else on the local clock."""
        return np.array([_value(m, day_first) for m in self.moments], dtype=np.int64)


def _value(moment: Moment | None, day_first: bool | None) -> int:
    if moment is None:
        return NOT_A_TIME
    if moment.year == 0:
        return moment.clock
    day_is_first = day_first is not False if moment.month_is_first is None else not moment.month_is_first
    month, day = (moment.second, moment.first) if day_is_first else (moment.first, moment.second)
    try:
        date = datetime(moment.year, month, day)  # noqa: DTZ001
    except ValueError:
        return NOT_A_TIME
    return (date - _EPOCH) // timedelta(microseconds=1) + moment.clock - (moment.offset or 0)


def find_stamp_column(cells: Sequence[str]) -> StampColumn | None:
    """Read a column as times, or None where fewer than nine of ten cells that hold anything are times.

    Parameters
    ----------
    cells
        The column's sampled cells.
    """
    quick = [cell for cell in cells[:60] if cell.strip()][:20]
    if not quick or sum((read_moment(c) or read_clock(c)) is not None for c in quick) * 2 < len(quick):
        return None
    moments = [read_moment(cell) or read_clock(cell) for cell in cells]
    forms = Counter(_core(m.form) for m in moments if m is not None)
    if not forms:
        return None
    common, _ = forms.most_common(1)[0]
    fitting = tuple(m if m is not None and _core(m.form) == common else None for m in moments)
    filled = sum(bool(cell.strip()) for cell in cells)
    count = sum(m is not None for m in fitting)
    if count < _WANTED * filled:
        return None
    full = max((m.form for m in fitting if m is not None), key=lambda form: ("%f" in form, "%B" in form))
    return StampColumn(full, fitting, count / max(1, len(cells)))


def _core(form: str) -> str:
    """What all forms of a column share: some cells may lack a fraction, and May is its own short name."""
    return form.replace(".%f", "").replace(",%f", "").replace("%B", "%b")
