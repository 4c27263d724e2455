"""Seeded series that behave like meters: load with a daily shape, sun, voltage that sags under load.

All functions are pure: the same seed and arguments give the same numbers. Times are UTC; arrays are numpy
float64, one value a step.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def stamps(start: datetime, step_s: float, count: int) -> list[datetime]:
    """The starts of ``count`` steps of ``step_s`` seconds from ``start`` (aware)."""
    step = timedelta(seconds=step_s)
    return [start + step * i for i in range(count)]


def hours_of_day(start: datetime, step_s: float, count: int) -> Floats:
    """Hour of the day (0-24) of every step [h]."""
    first = start.astimezone(UTC)
    offset = first.hour + first.minute / 60 + first.second / 3600
    return np.asarray((offset + np.arange(count) * (step_s / 3600)) % 24, dtype=np.float64)


def wandering(generator: np.random.Generator, count: int, *, scale: float, memory: float = 0.98) -> Floats:
    """A first-order random walk that comes back to zero, standard deviation ``scale``.

    Made at every 30th step and interpolated, as loads change slower than loggers log.
    """
    knots = count // 30 + 2
    shocks = generator.normal(0, scale * np.sqrt(1 - memory**2), knots)
    walk = np.empty(knots)
    walk[0] = shocks[0]
    for i in range(1, knots):
        walk[i] = memory * walk[i - 1] + shocks[i]
    return np.interp(np.arange(count) / 30, np.arange(knots), walk)


def demand_kw(generator: np.random.Generator, start: datetime, step_s: float, count: int, *, peak_kw: float) -> Floats:
    """A site's load: a night floor, a morning shoulder, an evening peak, and weather [kW]."""
    hours = hours_of_day(start, step_s, count)
    morning = np.exp(-(((hours - 8) / 1.6) ** 2))
    evening = np.exp(-(((hours - 18) / 2.2) ** 2))
    shape = 0.28 + 0.38 * morning + 0.62 * evening
    noise = wandering(generator, count, scale=0.05) + generator.normal(0, 0.012, count)
    result: Floats = np.clip(peak_kw * (shape + noise), 0.02 * peak_kw, None)
    return result


def solar_fraction(
    generator: np.random.Generator, start: datetime, step_s: float, count: int, *, day_h: float = 9.0
) -> Floats:
    """Sunshine through clouds as a fraction (0-1) of the panel's rating; exactly 0 at night."""
    hours = hours_of_day(start, step_s, count)
    elevation = np.cos((hours - 12.2) / day_h * np.pi)
    clear = np.where(np.abs(hours - 12.2) < day_h / 2, np.clip(elevation, 0, None), 0.0)
    clouds = 1 / (1 + np.exp(-(0.6 + wandering(generator, count, scale=1.6, memory=0.93))))
    result: Floats = clear * clouds
    return result


def voltage_v(generator: np.random.Generator, load_kw: Floats, *, nominal_v: float = 241.0) -> Floats:
    """A phase's voltage: below nominal in proportion to the load, with noise [V]."""
    sag = 6.0 * load_kw / max(float(load_kw.max()), 1e-9)
    result: Floats = (
        nominal_v - sag + wandering(generator, load_kw.size, scale=0.8) + generator.normal(0, 0.15, load_kw.size)
    )
    return result


def frequency_hz(generator: np.random.Generator, count: int) -> Floats:
    """The grid's frequency [Hz]."""
    result: Floats = 50 + wandering(generator, count, scale=0.04, memory=0.995)
    return result


def event_fraction(
    start: datetime, step_s: float, count: int, *, from_h: float, to_h: float, ramp_h: float = 0.05
) -> Floats:
    """1 inside the daily window [from_h, to_h), 0 outside, with linear ramps of ``ramp_h`` hours."""
    hours = hours_of_day(start, step_s, count)
    up = np.clip((hours - from_h) / ramp_h, 0, 1)
    down = np.clip((to_h - hours) / ramp_h, 0, 1)
    result: Floats = np.minimum(up, down)
    return result
