"""Resolutions: the buckets of time that readings are gathered into, labelled by their start."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from fairwatt.core.errors import InvalidInput
from fairwatt.core.periods import SETTLEMENT_ZONE, format_duration, parse_resolution

SETTLEMENT = "settlement-period"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROS = 1_000_000
_DAY = 86_400 * _MICROS
_HALF_HOUR = 1_800 * _MICROS
_MONDAY = date(1970, 1, 5).toordinal()
_FIRST_DAY = date(1970, 1, 1).toordinal()
_END_OF_TIME = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_CALENDAR = re.compile(
    r"^P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?$"
)
_WEEK = 7
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Resolution:
    """Half-open buckets of time.

    Attributes
    ----------
    micros
        Width [µs] of equal buckets, counted from 1970 in UTC; 0 where they follow the calendar.
    days, months
        Of the calendar in ``zone``: days from midnight to midnight (weeks from Monday), months from the first.
    zone
        IANA name of the calendar's zone.
    numbers_periods
        Whether each bucket is a settlement period, named by settlement date and number (1 to 46, 48 or 50).

    Examples
    --------
    >>> Resolution.parse("PT30M").micros, Resolution.parse("P1D", "Europe/London").days
    (1800000000, 1)
    >>> Resolution.parse("P1D").micros  # every day of UTC is as long as another
    86400000000
    """

    micros: int = 0
    days: int = 0
    months: int = 0
    zone: str = "UTC"
    numbers_periods: bool = False

    @classmethod
    def parse(cls, text: str, zone: str = "UTC") -> Resolution | None:
        """Parse ``raw`` (None), an ISO 8601 duration, or ``settlement-period``.

        Whole days, weeks, months and years are those of the calendar in ``zone``; every other duration is an equal
        stretch of time, counted from 1970 in UTC: ``PT24H`` is always 24 hours, ``P1D`` is 23 or 25 of them where
        clocks change.

        Raises
        ------
        InvalidInput
            Where it is none of these, or of no length.
        """
        bare = text.strip().upper()
        if bare == SETTLEMENT.upper():
            return cls(micros=_HALF_HOUR, zone=SETTLEMENT_ZONE, numbers_periods=True)
        found = _CALENDAR.match(bare)
        parts = {name: int(part) for name, part in found.groupdict().items() if part} if found else {}
        days = parts.get("weeks", 0) * _WEEK + parts.get("days", 0)
        months = parts.get("years", 0) * _YEAR + parts.get("months", 0)
        if days and not months and (zone != "UTC" or not days % _WEEK):
            return cls(days=days, zone=zone)
        if months and not days:
            return cls(months=months, zone=zone)
        if months:
            raise InvalidInput(
                f"'{text.strip()[:40]}' mixes months and days, so that its buckets have no beginning.",
                where={"field": "resolution"},
                next_step="Ask for days (P1D) or for months (P1M).",
            )
        seconds = parse_resolution(text)
        return None if seconds is None else cls.of_seconds(seconds)

    @classmethod
    def of_seconds(cls, seconds: float) -> Resolution:
        """Equal buckets of so many seconds; raises InvalidInput where they are no microsecond long."""
        micros = round(seconds * _MICROS) if 0 < seconds < _END_OF_TIME / _MICROS else 0
        if micros < 1:
            raise InvalidInput("A resolution is longer than nothing.", where={"field": "resolution"})
        return cls(micros=micros)

    @property
    def name(self) -> str:
        """As it is asked for: ``PT30M``, ``P1D``, ``P1M``, ``settlement-period``."""
        if self.numbers_periods:
            return SETTLEMENT
        if self.months:
            return f"P{self.months}M"
        return f"P{self.days}D" if self.days else format_duration(self.micros / _MICROS)

    @property
    def is_calendar(self) -> bool:
        """Whether buckets differ in length."""
        return not self.micros

    @property
    def typical_micros(self) -> int:
        """About how long a bucket is [µs]."""
        return self.micros or self.days * _DAY or round(self.months * 30.4375 * _DAY)

    def floor(self, at: int) -> int:
        """The start [µs since 1970] of the bucket that an instant [µs since 1970] falls in."""
        if self.micros:
            return at // self.micros * self.micros
        number = self._number_near(at)
        while self._start(number) > at:
            number -= 1
        while self._start(number + 1) <= at:
            number += 1
        return self._start(number)

    def edges(self, begin: int, end: int) -> list[int]:
        """The starts [µs] of the buckets that meet [begin, end), and the end of the last of them."""
        return [*self.starts(begin, end), self.after(end - 1)]

    def starts(self, begin: int, end: int) -> Iterator[int]:
        """Yield the start [µs] of each bucket that meets [begin, end)."""
        at = self.floor(begin)
        while at < end:
            yield at
            at = self.after(at)

    def after(self, at: int) -> int:
        """The end [µs] of the bucket that an instant falls in."""
        if self.micros:
            return self.floor(at) + self.micros
        number = self._number_near(at)
        while self._start(number) > at:
            number -= 1
        while (after := self._start(number + 1)) <= at:
            number += 1
        return after

    def _number_near(self, at: int) -> int:
        """The number of a bucket that an instant falls in or very near to."""
        local = (_EPOCH + timedelta(microseconds=min(max(at, -_END_OF_TIME // 5), _END_OF_TIME))).astimezone(
            ZoneInfo(self.zone)
        )
        if self.months:
            return (local.year * _YEAR + local.month - 1) // self.months
        return (local.date().toordinal() - self._origin) // self.days

    @property
    def _origin(self) -> int:
        return _FIRST_DAY if self.days % _WEEK else _MONDAY

    def _start(self, number: int) -> int:
        if self.months:
            year, month = divmod(number * self.months, _YEAR)
            return _midnight(self.zone, date(year, month + 1, 1).toordinal()) if 0 < year <= 9_998 else _END_OF_TIME  # noqa: PLR2004 - datetime's own bounds
        return _midnight(self.zone, self._origin + number * self.days)


@lru_cache(maxsize=20_000)
def _midnight(zone: str, day: int) -> int:
    """When a day begins in a zone [µs since 1970]; a midnight that comes twice counts the first time."""
    begin = datetime.combine(date.fromordinal(day), time.min, tzinfo=ZoneInfo(zone))
    return (begin.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def settlement_days(begin: int, end: int) -> list[int]:
    """The starts [µs] of the settlement days that meet [begin, end), and the end of the last of them."""
    return Resolution(days=1, zone=SETTLEMENT_ZONE).edges(begin, end)


def find_bucket(edges: list[int], at: int) -> int:
    """The last of ``edges`` that is not after an instant."""
    return edges[bisect_right(edges, at) - 1]
