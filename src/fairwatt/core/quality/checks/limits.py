"""What a quantity can be, and what it is allowed to be."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.checks.night import is_solar
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Channel, Stretch
from fairwatt.core.quality.seasons import DAY
from fairwatt.core.units import QUANTITIES, UNITS, convert

Floats = NDArray[np.float64]

_NOMINALS = (230.0, 400.0, 6_600.0, 11_000.0, 20_000.0, 33_000.0, 66_000.0, 132_000.0)  # V
_NEAR = 0.15
_PEAK = sqrt(2)
_LOW_VOLTAGE = (0.94, 1.10)  # of 230 V and 400 V: 216.2-253.0 V
_HIGH_VOLTAGE = (0.94, 1.06)
_OF_EARTH = (6_350.9, 19_052.6)  # V, 11 and 33 kV between a phase and earth
_RAILWAY, _RAILWAY_BAND = 25_000.0, (0.76, 1.10)  # EN 50163: 19.0 to 27.5 kV
_MUCH_TOO_HIGH = 2.0  # times the highest allowed voltage, beyond which none is possible
_STANDBY = 0.005  # of a one-way channel's usual high, below nought: what a device itself takes
_HIGH = 0.99
_OVER_CAPACITY, _CAPACITY_DAYS = 1.5, 14  # times a solar plant's usual high, and days that show it
_NO_FRACTION = 2.0  # a median beyond it is of per cent, though the unit doesn't say so


@dataclass(frozen=True, slots=True)
class Limits:
    """In the channel's unit: what is allowed, and what is possible."""

    allowed: tuple[float, float] = (-inf, inf)
    possible: tuple[float, float] = (-inf, inf)


# By quantity, in its default unit: (lowest, highest) allowed, and possible.
TABLE: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "frequency": ((49.5, 50.5), (40.0, 70.0)),
    "power_factor": ((-1.0, 1.0), (-1.0, 1.0)),
    "cos_phi": ((-1.0, 1.0), (-1.0, 1.0)),
    "humidity": ((0.0, 100.0), (0.0, 105.0)),
    "state_of_charge": ((0.0, 100.0), (0.0, 105.0)),
    "temperature": ((-40.0, 100.0), (-90.0, 1_500.0)),
    "irradiance": ((-10.0, 1_500.0), (-50.0, 2_000.0)),
    "wind_speed": ((0.0, 60.0), (0.0, 115.0)),
    "wind_direction": ((0.0, 360.0), (-180.0, 360.0)),
    "pressure": ((870.0, 1_085.0), (0.0, inf)),
    "precipitation": ((0.0, 300.0), (0.0, 2_000.0)),
    "carbon_intensity": ((0.0, 1_200.0), (0.0, 2_500.0)),
    "harmonic_distortion": ((0.0, inf), (0.0, inf)),
    "apparent_power": ((0.0, inf), (-inf, inf)),
    "voltage": ((-inf, inf), (0.0, inf)),
    "volume": ((0.0, inf), (-inf, inf)),
    "count": ((0.0, inf), (-inf, inf)),
}


def limits_of(channel: Channel, middle: float) -> Limits:
    """The limits of a channel.

    Parameters
    ----------
    middle
        The median of its values, which tells a voltage's nominal one.
    """
    if channel.quantity == "voltage":
        allowed = _voltage(middle, _factor(channel))
        return Limits(allowed, (0.0, _MUCH_TOO_HIGH * allowed[1]))
    found = TABLE.get(channel.quantity)
    if found is None:
        return Limits()
    allowed, possible = (_in_unit(pair, channel, middle) for pair in found)
    slack = 1e-9
    return Limits((allowed[0] - slack, allowed[1] + slack), (possible[0] - slack, possible[1] + slack))


def _factor(channel: Channel) -> float:
    return float(UNITS[channel.unit].to_base) if channel.unit in UNITS else 1.0


def _in_unit(pair: tuple[float, float], channel: Channel, middle: float) -> tuple[float, float]:
    default = QUANTITIES[channel.quantity].default_unit
    if default == "fraction" and channel.unit in {"", "one"}:  # a power factor, written without a unit
        return (100 * pair[0], 100 * pair[1]) if abs(middle) > _NO_FRACTION else pair
    if channel.unit not in UNITS or UNITS[channel.unit].dimension != UNITS[default].dimension:
        return (-inf, inf)
    low, high = (float(convert(v, default, channel.unit)) if abs(v) < inf else v for v in pair)
    return low, high


def _voltage(middle: float, volts: float) -> tuple[float, float]:
    """The statutory band around the nominal voltage that a median is near to; of peaks, √2 times as high."""
    found = middle * volts
    forms = [(abs(found / (nominal * form) - 1), nominal, form) for form in (1.0, _PEAK) for nominal in _NOMINALS]
    forms += [(abs(found / nominal - 1), nominal, 1.0) for nominal in (*_OF_EARTH, _RAILWAY)]
    off, nominal, form = min(forms)
    if off > _NEAR:
        return (-inf, inf)
    low, high = _LOW_VOLTAGE if nominal < 1_000 else _RAILWAY_BAND if nominal == _RAILWAY else _HIGH_VOLTAGE
    return (nominal * low * form / volts, nominal * high * form / volts)


def check_limits(stretch: Stretch) -> tuple[Detections, ...]:
    """Find values that are impossible, that are not allowed, and that are below nought in one direction."""
    numbers, channel = stretch.numbers, stretch.channel
    if not len(numbers) or channel.is_register:
        return ()
    is_one_way = channel.direction in {"import", "export"}
    if channel.quantity not in TABLE and not is_one_way and not is_solar(channel):
        return ()
    limits = limits_of(channel, float(np.median(numbers)))
    far = _outside(numbers, limits.possible)
    out = np.where(far > 0, 0.0, _outside(numbers, limits.allowed))
    if is_solar(channel) and stretch.times[-1] - stretch.times[0] >= _CAPACITY_DAYS * DAY:
        out = np.maximum(out, numbers - _OVER_CAPACITY * max(0.0, float(np.quantile(numbers, _HIGH))))
    less = np.where(numbers < -_standby(numbers), -numbers, 0.0) if is_one_way else np.zeros(len(numbers))
    parts = (("impossible-value", far), ("out-of-range", out), ("negative-flow", less))
    return tuple(_found(stretch, code, beyond) for code, beyond in parts if beyond.any())


def _standby(numbers: Floats) -> float:
    """How far below nought a channel of one direction may be: a share of what it usually reaches."""
    return _STANDBY * max(0.0, float(np.quantile(numbers, _HIGH)))


def is_limited(channel: Channel, numbers: Floats) -> bool:
    """Whether there are limits that a channel's values are held against."""
    if channel.quantity not in TABLE or channel.is_register or not len(numbers):
        return False
    limits = limits_of(channel, float(np.median(numbers)))
    return limits.allowed != (-inf, inf) or (channel.quantity != "voltage" and limits.possible != (-inf, inf))


def _outside(numbers: Floats, pair: tuple[float, float]) -> Floats:
    return np.asarray(np.maximum(0.0, np.maximum(pair[0] - numbers, numbers - pair[1])))


def _found(stretch: Stretch, code: str, beyond: Floats) -> Detections:
    weight = np.zeros(len(stretch.values))
    weight[stretch.usable] = beyond
    return stretch.place.of_mask(code, stretch.channel.field, weight > 0, weight, stretch.values)
