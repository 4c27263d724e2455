"""What a series holds of an event's window, and of the same hours on days like it before.

Nothing here looks at readings: it is told how many there are in buckets of time, as rollups know them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from math import gcd
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

MICROS = 1_000_000
_HOUR = 3_600 * MICROS
_MINUTE = 60 * MICROS
_SATURDAY = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_GAPS = 20  # of one series that are named
Whole = NDArray[np.int64]
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Window(NamedTuple):
    """A half-open stretch of time [start, end)."""

    start: datetime
    end: datetime

    @property
    def micros(self) -> tuple[int, int]:
        """Its ends [µs since 1970]."""
        return micros_of(self.start), micros_of(self.end)

    @property
    def length_s(self) -> float:
        """How long it is [s]."""
        return (self.end - self.start).total_seconds()


class Gap(BaseModel):
    """A part of a window in which readings are missing, and how many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Instant
    end: Instant
    missing: int


class DayCount(BaseModel):
    """How many readings a day has in the hours of the event, of how many there should be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    present: int
    expected: int | None


class SeriesCount(BaseModel):
    """One channel of one series around one event. ``expected`` is None where readings have no step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    name: str
    quantity: str = ""
    series: str = ""
    resolution_s: float | None = None
    expected: int | None = None
    present: int = 0
    gaps: tuple[Gap, ...] = ()
    days: tuple[DayCount, ...] = ()

    def good_days(self, share: float) -> int:
        """How many days have at least ``share`` of their readings."""
        return sum(day.present > 0 and day.present >= share * (day.expected or 0) for day in self.days)


def micros_of(at: datetime) -> int:
    """An instant as µs since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def like_days(
    event: Window, *, busy: Container[date], look_back_days: int, zone: str
) -> tuple[tuple[date, Window], ...]:
    """The days like an event's before it, the latest first, each with the event's hours on it.

    Like it are working days where the event began on one, else days of weekends; days of ``busy`` are left out. Public
    holidays are not known here.

    Parameters
    ----------
    busy
        The days on which events of the trial took place, as :func:`days_of_events` finds them.
    look_back_days
        How many days back are looked at.
    zone
        IANA name of the zone whose days and hours count.
    """
    local = ZoneInfo(zone)
    began, length = event.start.astimezone(local), event.end - event.start
    is_weekend = began.weekday() >= _SATURDAY
    found = []
    for back in range(1, look_back_days + 1):
        day = began.date() - timedelta(days=back)
        if (day.weekday() >= _SATURDAY) != is_weekend or day in busy:
            continue
        start = datetime.combine(day, began.time(), tzinfo=local).astimezone(UTC)
        found.append((day, Window(start, start + length)))
    return tuple(found)


def days_of_events(events: Iterable[Window], *, zone: str) -> frozenset[date]:
    """The days that any of the events touches, by the clock of a zone."""
    local = ZoneInfo(zone)
    return frozenset(day for event in events for day in _days_of(event, local))


def _days_of(window: Window, local: ZoneInfo) -> Iterable[date]:
    day = window.start.astimezone(local).date()
    last = (window.end - timedelta(microseconds=1)).astimezone(local).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def bucket_width(windows: Iterable[Window]) -> int:
    """The widest buckets [µs] that begin and end where all windows do: a divisor of the hour, of whole minutes.

    >>> start = datetime(2025, 11, 18, 17, tzinfo=UTC)
    >>> bucket_width([Window(start, start + timedelta(minutes=90))]) // 60_000_000
    30
    """
    width = _HOUR
    for window in windows:
        width = gcd(width, *window.micros)
    return max(width, _MINUTE)


def expected_in(window: Window, resolution_s: float | None) -> int | None:
    """How many readings at equal steps there should be in a window; None where there is no step."""
    return None if not resolution_s else int(window.length_s / resolution_s + 1e-9)


def present_in(window: Window, starts: Whole, counts: Whole) -> int:
    """How many readings are in a window, by the counts of buckets that do not reach over its ends."""
    low, high = np.searchsorted(starts, window.micros)
    return int(counts[low:high].sum())


def find_gaps(
    window: Window, starts: Whole, counts: Whole, *, width: int, resolution_s: float | None
) -> tuple[Gap, ...]:
    """The parts of a window that hold fewer readings than they should, neighbours taken together.

    Parameters
    ----------
    starts, counts
        Buckets that hold any readings, sorted [µs since 1970], and how many they hold.
    width
        Of the buckets [µs].
    """
    expected = expected_in(window, resolution_s)
    if not present_in(window, starts, counts):
        return (Gap(start=window.start, end=window.end, missing=expected or 0),) if expected != 0 else ()
    if not resolution_s or not expected:
        return ()
    step = _span(width, round(resolution_s * MICROS), round(window.length_s * MICROS))
    begin, end = window.micros
    short: list[tuple[int, int, int]] = []
    for low in range(begin, end, step):
        part = _between(low, min(low + step, end))
        missing = (expected_in(part, resolution_s) or 0) - present_in(part, starts, counts)
        if missing > 0:
            short.append((low, min(low + step, end), missing))
    return tuple(_joined(short))[:_MOST_GAPS]


def _span(width: int, step: int, length: int) -> int:
    """The shortest stretch of whole buckets that holds a whole number of readings; the window where none does."""
    if width % step == 0:
        return width
    whole = width * step // gcd(width, step)
    return whole if whole <= length else length


def _joined(short: Sequence[tuple[int, int, int]]) -> Iterable[Gap]:
    numbered = enumerate(short)
    for _, run in groupby(numbered, key=lambda one: one[1][0] - one[0] * (short[0][1] - short[0][0])):
        parts = [part for _, part in run]
        found = _between(parts[0][0], parts[-1][1])
        yield Gap(start=found.start, end=found.end, missing=sum(missing for _, _, missing in parts))


def _between(low: int, high: int) -> Window:
    return Window(_EPOCH + timedelta(microseconds=low), _EPOCH + timedelta(microseconds=high))
