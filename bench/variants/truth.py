"""One known truth: meters, channels and their readings, before anybody writes them down."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Local days, first and last but one. Both clock changes of a year, days whose numbers all pass for months, and others.
PERIODS: Mapping[str, tuple[str, int]] = {
    "plain": ("2021-01-18", 5),
    "spring": ("2021-03-26", 5),
    "autumn": ("2021-10-29", 5),
    "small": ("2021-06-03", 5),
    "summer": ("2021-07-28", 6),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the truth: what its head says without the unit, and what its numbers are.

    ``unit`` is the code of the unit in which the numbers are written; "" where nothing can be said of it.
    """

    head: str
    quantity: str
    unit: str
    symbol: str = ""
    direction: str = ""
    is_register: bool = False
    decimals: int = 3
    low: float = 0.0
    high: float = 3.0


Row = tuple[Decimal | None, ...]
Key = tuple[str, int]


@dataclass(frozen=True)
class Truth:
    """What was measured.

    Attributes
    ----------
    channels
        What each place of a row is.
    step_s
        The interval's length [s].
    zone
        The clock of the place.
    rows
        (series, start [s since 1970, UTC]) → values, in the order of series and time. Gaps have no row.
    """

    channels: tuple[Channel, ...]
    step_s: int
    zone: ZoneInfo
    rows: Mapping[Key, Row] = field(default_factory=dict)

    @property
    def series(self) -> tuple[str, ...]:
        """The meters, in order."""
        return tuple(dict.fromkeys(series for series, _ in self.rows))

    def local(self, start: int) -> datetime:
        """A start on the clock of the place."""
        return moment(start).astimezone(self.zone)

    def of_series(self, series: str) -> Iterator[tuple[int, Row]]:
        """One meter's rows."""
        return ((start, row) for (name, start), row in self.rows.items() if name == series)


def moment(start: int) -> datetime:
    """Seconds since 1970 as an aware UTC time."""
    return _EPOCH + timedelta(seconds=start)


ENERGY = Channel("Consumption", "energy", "kwh", "kWh", low=0.0, high=1.9)
EXPORT = Channel("Export", "energy", "kwh", "kWh", direction="export", low=0.0, high=1.2)
POWER = Channel("Active Power", "power", "kw", "kW", decimals=2, low=-3.5, high=8.5)
VOLTAGE = Channel("Voltage", "voltage", "v", "V", decimals=1, low=234.0, high=251.0)
CURRENT = Channel("Current", "current", "a", "A", decimals=2, low=0.2, high=31.0)
PRICE = Channel("Price", "price", "gbp_per_mwh", "£/MWh", decimals=2, low=-35.0, high=180.0)
TEMPERATURE = Channel("Outside Temperature", "temperature", "degc", "°C", decimals=1, low=-6.0, high=24.0)
IRRADIANCE = Channel("Irradiance", "irradiance", "w_per_m2", "W/m2", decimals=0, low=0.0, high=950.0)
CARBON = Channel("Carbon Intensity", "carbon_intensity", "gco2_per_kwh", "gCO2/kWh", decimals=0, low=60.0, high=380.0)
REGISTER = Channel("Meter Reading", "energy", "kwh", "kWh", is_register=True, decimals=2, low=0.0, high=0.9)


def make_truth(
    seed: int,
    channels: tuple[Channel, ...] = (ENERGY,),
    *,
    period: str = "plain",
    step_s: int = 1800,
    days: int | None = None,
    series: tuple[str, ...] = ("",),
    zone: ZoneInfo = LONDON,
    most_rows: int = 2_000,
    holes: bool = True,
) -> Truth:
    """Make a truth: whole days of the place's clock, with zeros, negatives where the channel has them, and holes.

    Parameters
    ----------
    holes
        Whether there are missing values, and a gap of some rows, away from the clock changes (a gap in the hour that
        comes twice leaves nothing to tell the two hours apart by).
    """
    chance = random.Random(f"{seed} {period} {step_s}")
    first, length = PERIODS[period]
    begin = datetime.fromisoformat(first).replace(tzinfo=zone)
    last = (begin.replace(tzinfo=None) + timedelta(days=days or length)).replace(tzinfo=zone)
    start, end = (int(day.astimezone(UTC).timestamp()) for day in (begin, last))
    stamps = list(range(start, end, step_s))[:most_rows]
    rows: dict[Key, Row] = {}
    for name in series:
        gap = _gap_of(chance, len(stamps), step_s) if holes else range(0)
        dials = [Decimal(chance.randrange(1_000, 90_000)) for _ in channels]
        for place, at in enumerate(stamps):
            values = tuple(_value(chance, c, dials, i) for i, c in enumerate(channels))
            if place in gap:
                continue
            rows[name, at] = _with_hole(chance, values) if holes and 3 < place < len(stamps) - 3 else values
    return Truth(channels, step_s, zone, rows)


def _gap_of(chance: random.Random, count: int, step_s: int) -> range:
    """Some rows of the first day's afternoon, or of the first tenth of a short file."""
    begin = min(max(5, count // 10), 14 * 3600 // step_s) + chance.randrange(3)
    return range(begin, begin + 4) if count > 40 else range(0)


def _value(chance: random.Random, channel: Channel, dials: list[Decimal], place: int) -> Decimal:
    quantum = Decimal(1).scaleb(-channel.decimals)
    if chance.random() < 0.06 and channel.low <= 0:
        value = Decimal(0)
    else:
        value = Decimal(repr(channel.low + (channel.high - channel.low) * chance.random() ** 1.5))
    value = value.quantize(quantum)
    if channel.is_register:
        dials[place] = (dials[place] + abs(value)).quantize(quantum)
        return dials[place]
    return value + 0  # no negative zero


def _with_hole(chance: random.Random, row: Row) -> Row:
    if chance.random() > 0.04:
        return row
    at = chance.randrange(len(row))
    return tuple(None if place == at else value for place, value in enumerate(row))
