"""Totals of energy in each settlement period, day or month, and what power over its time makes. Pure."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from fairwatt.core.periods import Period
from fairwatt.core.resolutions import Resolution
from fairwatt.core.units import energy_of_power
from fairwatt.tools.explore.points import Numbers, Points

_SUMMED = {"sum", ""}  # a register's reading or a mean of others is no amount
_ENOUGH = 1 - 1e-6
_POWER_UNITS = {"W": "Wh", "kW": "kWh", "MW": "MWh", "GW": "GWh"}


def adds_up(quantity: str, statistic: str) -> bool:
    """Whether a channel's readings are amounts of energy, each of its own time: then their sum means something.

    Examples
    --------
    >>> adds_up("energy", "sum"), adds_up("energy", "last"), adds_up("power", "mean")
    (True, False, False)
    """
    return quantity.endswith("energy") and statistic in _SUMMED


def add_up(points: Points, each: str, zone: ZoneInfo, window: Period, *, meters: int | None = 1) -> Points:
    """The total of each bucket in the place of its mean, with how long it is and how many readings would fill it.

    Parameters
    ----------
    each
        What the buckets are of, see :class:`fairwatt.core.resolutions.Resolution`.
    meters
        From how many series the readings come; None where that is not known.
    """
    resolution = Resolution.parse(each, zone.key)
    assert resolution is not None
    starts = [round(ms * 1000) for ms in points.at_ms]
    last = round(window.end.timestamp() * 1e6)
    floors = np.array([resolution.floor(at) for at in starts], np.float64)
    afters = np.array([resolution.after(at) for at in starts], np.float64)
    ends = np.minimum(afters, last)
    total = points.mean * points.count
    expected = (
        np.full(len(total), np.nan)
        if points.every_ms is None or meters is None
        else np.round((afters - floors) / 1000 / points.every_ms) * meters
    )
    spans_ms = np.maximum(ends - starts, 0) / 1000
    return replace(points, low=total, mean=total, high=total, expected=expected, spans_ms=spans_ms)


def is_full(points: Points) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which totals are of as many readings as their time holds; all where that is not known."""
    there = ~np.isnan(points.mean)
    if points.expected is None:
        return there
    return there & (np.isnan(points.expected) | (points.count >= points.expected * _ENOUGH))


def say_filled(points: Points, at: int) -> str:
    """How many readings a total is of, and how many it would be of: ``46 of 48``."""
    count = f"{int(points.count[at]):,}"
    if points.expected is None or np.isnan(points.expected[at]):
        return count
    return f"{count} of {int(points.expected[at]):,}"


def energy_of(mean: Numbers, count: Numbers, unit: str, *, every_s: float, window: Period) -> tuple[float, str] | None:
    """What mean power makes over the time that has readings: a value and its unit.

    None where the unit is none of power, or there are more readings than fit the window: then some overlap, and their
    time would be counted twice.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> day = Period(datetime(2021, 5, 5, tzinfo=UTC), datetime(2021, 5, 6, tzinfo=UTC))
    >>> energy_of(np.array([2.0, 4.0]), np.array([24.0, 24.0]), "kW", every_s=1800, window=day)
    (72.0, 'kWh')
    """
    there = ~np.isnan(mean)
    readings = float(count[there].sum())
    if unit not in _POWER_UNITS or readings * every_s * _ENOUGH > window.duration.total_seconds():
        return None
    return float(energy_of_power(float((mean[there] * count[there]).sum()), every_s)), _POWER_UNITS[unit]
