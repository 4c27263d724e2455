"""Dates, periods and sizes as people read them: British English, SI units, no locale needed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

# PostgreSQL's JSON holds no NUL: what is stored must read back to the same checksum
Text = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_ROUNDS_UP = 999.5  # to the next unit, rather than to 1,000 of this one
_WITHOUT_TENTHS = 100


def say_date(at: datetime, *, zone: str = "UTC") -> str:
    """Say a date in full: ``1 May 2027``.

    Parameters
    ----------
    at
        An aware instant.
    zone
        IANA name of the zone whose calendar counts.
    """
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def say_day(day: date) -> str:
    """Say a day in short: ``18 Nov 2019``."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def say_instant(at: datetime, *, zone: str = "UTC") -> str:
    """Say an instant with its zone: ``18 Nov 2019, 11:45:43 UTC``; midnight and whole minutes are shortened."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_short_date(local)}, {_clock(local)} {local.tzname()}"


def say_period(start: datetime | None, end: datetime | None, *, zone: str = "UTC") -> str:
    """Say a half-open period; a day, and a zone, is said once where both ends share it, "" where nothing is known.

    Without an end it is one that still grows, as that of a live feed.
    """
    if start is None:
        return ""
    if end is None:
        return f"From {say_instant(start, zone=zone)} on, still growing"
    first, last = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    begins = f"{_short_date(first)}, {_clock(first)}"
    if first.tzname() != last.tzname():  # the clock is changed within it
        begins = f"{begins} {first.tzname()}"
    day = "" if first.date() == last.date() else f"{_short_date(last)}, "
    return f"{begins} to {day}{_clock(last)} {last.tzname()}"


def say_bytes(size: int) -> str:
    """Say a size in decimal units, as disks and downloads do: ``1.1 MB``."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < _ROUNDS_UP or unit == "TB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= _WITHOUT_TENTHS else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def iso_instant(at: datetime) -> str:
    """Write an instant as ISO 8601 in UTC with ``Z``; fractions only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _short_date(local: datetime) -> str:
    return f"{local.day} {_MONTHS[local.month - 1][:3]} {local.year}"


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"


def end_sentence(text: str) -> str:
    """End a text with a full stop, where nothing ends it yet.

    >>> end_sentence("School battery "), end_sentence("Is it?"), end_sentence("")
    ('School battery.', 'Is it?', '')
    """
    text = text.strip()
    return f"{text}." if text and not text.endswith((".", "!", "?", "…", ":")) else text
