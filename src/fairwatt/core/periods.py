"""Periods, resolutions and settlement periods: half-open, UTC inside, labelled by their start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fairwatt.core.errors import InvalidInput

SETTLEMENT_ZONE = "Europe/London"
_HALF_HOUR = timedelta(minutes=30)
_DAY_S = 86_400
_ISO_DURATION = re.compile(
    r"^P(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?$"
)
_SECONDS = {"weeks": 7 * _DAY_S, "days": _DAY_S, "hours": 3600, "minutes": 60, "seconds": 1}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The half-open period [start, end) in UTC.

    Raises
    ------
    InvalidInput
        Where an end is naive (its zone unknown), or the period doesn't run forward.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            moment: datetime = getattr(self, name)
            if moment.tzinfo is None or moment.utcoffset() is None:
                raise InvalidInput(
                    f"The {name} of a period, {moment.isoformat(sep=' ')}, has no time zone.",
                    next_step="Give it with an offset, such as 2021-03-01T00:00:00Z.",
                )
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.end <= self.start:
            raise InvalidInput(
                f"A period must end after it starts, but {self.end.isoformat()} is not after {self.start.isoformat()}.",
                next_step="Swap or mend the two.",
            )

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    def contains(self, moment: datetime) -> bool:
        """Whether an aware instant lies in the period: its start does, its end does not."""
        return self.start <= moment < self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two share an instant; periods that only touch don't."""
        return self.start < other.end and other.start < self.end


def parse_resolution(text: str) -> float | None:
    """Parse a resolution: ``raw`` is None, else an ISO 8601 duration without months or years, in seconds.

    Raises
    ------
    InvalidInput
        Where it is neither, or zero.

    Examples
    --------
    >>> parse_resolution("PT30M"), parse_resolution("P1D"), parse_resolution("raw")
    (1800.0, 86400.0, None)
    """
    bare = text.strip().upper()
    if bare == "RAW":
        return None
    match = _ISO_DURATION.match(bare) if len(bare) <= 40 else None  # noqa: PLR2004 - no duration is longer
    parts = {k: float(v) for k, v in match.groupdict().items() if v} if match else {}
    seconds = sum(_SECONDS[name] * number for name, number in parts.items())
    if not seconds or bare.endswith("T"):
        raise InvalidInput(
            f"'{text.strip()[:40]}' is not a resolution.",
            where={"field": "resolution"},
            next_step="Use raw, or an ISO 8601 duration such as PT1M, PT30M or P1D.",
        )
    return seconds


def format_duration(seconds: float) -> str:
    """Write a duration as ISO 8601, the shortest way: 1800 → ``PT30M``.

    Raises
    ------
    InvalidInput
        Where it is not a positive number.

    Examples
    --------
    >>> format_duration(86_400), format_duration(5400), format_duration(0.5)
    ('P1D', 'PT1H30M', 'PT0.5S')
    """
    micros = _micros(seconds)
    whole, fraction = divmod(micros, 1_000_000)
    days, rest = divmod(whole, _DAY_S)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    second = f"{left}.{fraction:06d}".rstrip("0") if fraction else str(left)
    clock = (
        (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{second}S" if left or fraction else "")
    )
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")


def say_duration(seconds: float) -> str:
    """Say a duration in plain English, at most its two largest units: 1800 → ``30 minutes``.

    Raises
    ------
    InvalidInput
        Where it is not a positive number.

    Examples
    --------
    >>> say_duration(5), say_duration(5400), say_duration(0.02)
    ('5 seconds', '1 hour 30 minutes', '0.02 seconds')
    """
    micros = _micros(seconds)
    if micros < 60_000_000:  # noqa: PLR2004 - a minute
        return _say(f"{micros / 1e6:.6f}".rstrip("0").rstrip("."), "second")
    rest = round(micros / 1e6)
    said: list[str] = []
    for name, size in (("day", _DAY_S), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count:
            said.append(_say(f"{count:,}", name))
    return " ".join(said[:2])


def _say(number: str, word: str) -> str:
    return f"{number} {word}" if number == "1" else f"{number} {word}s"


def _micros(seconds: float) -> int:
    if not 0 < seconds < 1e12:  # noqa: PLR2004 - thirty thousand years; also refuses nan
        raise InvalidInput(f"A duration must be a positive number of seconds, not {seconds}.")
    return max(1, round(seconds * 1_000_000))


def settlement_periods(day: date) -> int:
    """How many half-hours a British day has: 48, or 46 and 50 when the clocks change.

    Examples
    --------
    >>> settlement_periods(date(2021, 3, 28)), settlement_periods(date(2021, 10, 31))
    (46, 50)
    """
    start, end = _day_in_utc(day)
    return int((end - start) / _HALF_HOUR)


def settlement_period(moment: datetime) -> tuple[date, int]:
    """The British settlement day and period (1 to 48, 46 or 50) an aware instant falls in.

    Raises
    ------
    InvalidInput
        Where the instant has no time zone.
    """
    if moment.tzinfo is None:
        raise InvalidInput(
            "A settlement period needs an instant with a time zone.", next_step="Give it with an offset."
        )
    day = moment.astimezone(ZoneInfo(SETTLEMENT_ZONE)).date()
    start, _ = _day_in_utc(day)
    return day, int((moment.astimezone(UTC) - start) / _HALF_HOUR) + 1


def period_of_settlement(day: date, number: int) -> Period:
    """The half-hour [start, end) of a settlement period.

    Raises
    ------
    InvalidInput
        Where that day has no such period.
    """
    if not 1 <= number <= settlement_periods(day):
        raise InvalidInput(
            f"{day.isoformat()} has settlement periods 1 to {settlement_periods(day)}, so no period {number}.",
            where={"period": number},
        )
    start, _ = _day_in_utc(day)
    begin = start + (number - 1) * _HALF_HOUR
    return Period(begin, begin + _HALF_HOUR)


def _day_in_utc(day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(SETTLEMENT_ZONE)
    start = datetime.combine(day, time.min, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)
