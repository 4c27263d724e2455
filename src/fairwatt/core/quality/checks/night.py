"""Solar generation at night: by the sun where the place is known, otherwise by the hours that usually have none."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Channel, Stretch
from fairwatt.core.quality.seasons import DAY, slots_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST = 0.02  # of the channel's usual high
DARK = -6.0  # degrees of the sun: the end of civil twilight
_SOLAR = re.compile(r"\b(pv|solar|photovoltaic)\b", re.IGNORECASE)
_SLOTS = 48
_BLOCK_DAYS = 28
_FEWEST_DAYS = 5
_USUALLY = 0.9  # share of a time's values that are dark where it is night
_IRRADIANCE = 20.0  # W/m² below which no light is meant


def is_solar(channel: Channel) -> bool:
    """Whether a channel is about generation by the sun, or its light."""
    is_flow = channel.quantity in {"power", "energy"} and not channel.is_register
    return channel.quantity == "irradiance" or (is_flow and bool(_SOLAR.search(channel.label.replace("_", " "))))


def sun_elevation(times: Ints, latitude: float, longitude: float) -> Floats:
    """The sun's elevation [degrees], to about half a degree.

    Parameters
    ----------
    times
        [µs since 1970, UTC].
    latitude, longitude
        Degrees, north and east positive.

    Notes
    -----
    The low-precision formulas of the Astronomical Almanac (Michalsky 1988).
    """
    days = times / DAY - 10_957.5  # since noon of 2000-01-01
    mean = np.radians(280.460 + 0.9856474 * days)
    anomaly = np.radians(357.528 + 0.9856003 * days)
    ecliptic = mean + np.radians(1.915) * np.sin(anomaly) + np.radians(0.020) * np.sin(2 * anomaly)
    tilt = np.radians(23.439 - 4e-7 * days)
    rising = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    sidereal = np.radians(280.46062 + 360.98564737 * days + longitude)
    hour, north = sidereal - rising, np.radians(latitude)
    sine = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(hour)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))


def check_night(stretch: Stretch, place: tuple[float, float] | None = None) -> Detections:
    """Find solar generation at night; the evidence is its share of the usual high."""
    field = stretch.channel.field
    weight = np.zeros(len(stretch.values))
    mask = np.zeros(len(stretch.values), dtype=np.bool_)
    numbers = stretch.numbers
    if is_solar(stretch.channel) and len(numbers):
        size = np.abs(numbers)
        high = float(np.quantile(size, 0.98))
        least = max(LEAST * high, _IRRADIANCE if stretch.channel.quantity == "irradiance" else 0.0)
        if high > 0:
            dark = sun_elevation(stretch.times, *place) < DARK if place else _learned(stretch.times, size, least)
            weight[stretch.usable] = size / high
            mask[stretch.usable] = dark & (size > least)
    return stretch.place.of_mask("generation-at-night", field, mask, weight)


def _learned(times: Ints, size: Floats, least: float) -> NDArray[np.bool_]:
    """The times of day at which there is usually nothing, and at the ones beside them too, in each four weeks."""
    block = times // DAY // _BLOCK_DAYS
    block -= block.min()
    slot = slots_of(times, _SLOTS)
    cell = block * _SLOTS + slot
    total = np.bincount(cell, minlength=int(block.max() + 1) * _SLOTS).reshape(-1, _SLOTS)
    dim = np.bincount(cell, weights=size <= least, minlength=total.size).reshape(-1, _SLOTS)
    night = (dim >= _USUALLY * total) & (total >= _FEWEST_DAYS)
    is_inner = night & np.roll(night, 1, axis=1) & np.roll(night, -1, axis=1)
    lit = ~night & (total > 0)
    has_day = lit.any(axis=1) & (night.mean(axis=1) < 0.9)  # a dead plant has no nights
    return np.asarray((is_inner & has_day[:, None])[block, slot])
