"""Seeded series of many natures with faults put in, and the truth of where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

DAY_S = 86_400
FIRST = 1_546_300_800  # 2019-01-01


def hours_of(step_s: int, count: int) -> Floats:
    """The hour of the day of each row."""
    return (np.arange(count) * step_s / 3_600) % 24


def _steady(noise: Floats, memory: float) -> Floats:
    """Noise that remembers: an autoregressive series of unit width."""
    out = pl.Series(noise).ewm_mean(alpha=1 - memory, adjust=False).to_numpy()
    return np.asarray(out / max(float(out.std()), 1e-12))


def make_smooth(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """A feeder: days, weeks, seasons, normal noise."""
    days = np.arange(count) * step_s / DAY_S
    waves = 40 * np.sin(2 * np.pi * (days - 1 / 3)) + 10 * np.sin(2 * np.pi * days / 7)
    return np.round(100 + waves + 20 * np.cos(2 * np.pi * days / 365) + random.normal(0, 3, count), 2)


def make_heavy(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """Double exponential noise around days."""
    return np.round(50 + 20 * np.sin(2 * np.pi * (hours_of(step_s, count) - 8) / 24) + random.laplace(0, 2, count), 2)


def make_remembering(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """Levels that wander for an hour."""
    wander = _steady(random.normal(size=count), float(np.exp(-step_s / 3_600)))
    waves = 30 * np.sin(2 * np.pi * (hours_of(step_s, count) - 8) / 24)
    return np.round(200 + waves + 15 * wander + random.normal(0, 1, count), 2)


def make_sun(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """A solar plant with clouds and nights."""
    up = np.maximum(0, np.sin(2 * np.pi * (hours_of(step_s, count) - 6) / 24))
    clouds = _steady(random.normal(size=count), float(np.exp(-step_s / 900)))
    return np.round(4 * up * np.clip(0.75 + 0.35 * clouds, 0.1, 1), 3)


def make_appliances(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """A home: a fridge, kettles, showers, washing."""
    values = 0.15 + 0.01 * np.abs(random.normal(size=count))
    days = count * step_s / DAY_S
    for power, lasts_s, a_day in ((2.8, 180, 6.0), (0.12, 1_200, 30.0), (7.5, 600, 1.5), (2.0, 3_600, 0.7)):
        for start in random.integers(0, count, random.poisson(a_day * days)):
            rows = max(1, int(lasts_s * random.uniform(0.5, 1.6) / step_s))
            values[start : start + rows] += power * random.normal(1, 0.02)
    return np.round(values, 3)


def make_voltage(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """A voltage with tap changes, to a tenth of a volt."""
    taps = np.clip(np.cumsum((random.random(count) < 8 * step_s / DAY_S) * random.choice([-1, 1], count)), -2, 2)
    waves = 2 * np.sin(2 * np.pi * (hours_of(step_s, count) - 3) / 24)
    return np.round(240 + waves + 1.5 * taps + random.normal(0, 0.5, count), 1)


def make_net(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """A net flow, negative at noon."""
    hours = hours_of(step_s, count)
    sun = 45 * np.maximum(0, np.sin(2 * np.pi * (hours - 6) / 24)) * random.uniform(0.4, 1, count)
    return np.round(20 + 10 * np.sin(2 * np.pi * (hours - 18) / 24) - sun + random.normal(0, 2, count), 2)


def make_coarse(step_s: int, count: int, random: np.random.Generator) -> Floats:
    """A meter that shows whole numbers."""
    return np.round(30 + 15 * np.sin(2 * np.pi * (hours_of(step_s, count) - 8) / 24) + random.normal(0, 2, count))


KINDS: dict[str, Callable[[int, int, np.random.Generator], Floats]] = {
    "smooth": make_smooth,
    "heavy tails": make_heavy,
    "wandering": make_remembering,
    "sun": make_sun,
    "appliances": make_appliances,
    "voltage": make_voltage,
    "net": make_net,
    "whole numbers": make_coarse,
}


@dataclass
class Spoilt:
    """A series with faults, and where they are: masks over its rows as they were; ``kept`` are those still there."""

    times: Ints
    values: Floats
    kept: Mask
    blank: Mask
    outlier: Mask
    sentinel: Mask
    stuck: Mask
    used: Mask = field(repr=False)

    @property
    def rows(self) -> Ints:
        """The rows that are still there."""
        return np.flatnonzero(self.kept)


def spoil(values: Floats, step_s: int, random: np.random.Generator, *, share: float, spikes: str = "mixed") -> Spoilt:
    """Put in gaps, missing rows, outliers, marks and stuck runs, apart from each other.

    Parameters
    ----------
    share
        Of the rows, that are outliers; of the other faults there are as many rows or fewer.
    spikes
        ``mixed``, or one of the kinds of spikes alone: ``small``, ``double``, ``plateau``, ``giant``.
    """
    count = len(values)
    none = [np.zeros(count, dtype=np.bool_) for _ in range(6)]
    times = (FIRST + np.arange(count, dtype=np.int64) * step_s) * 1_000_000
    found = Spoilt(times, values.copy(), ~none[0], *none[1:])
    width = float(values.std())
    for length in (1, 2, 5, 10, 20, 60):
        for _ in range(2):
            _place(found, length, random, found.blank)
            _place(found, length, random, missing := np.zeros(count, dtype=np.bool_))
            found.kept &= ~missing
    for length in (12, 24, 48):
        rows = _place(found, length, random, found.stuck, is_lively=True)
        found.values[rows] = found.values[rows[0]] + 0.001
    for _ in range(5):
        rows = _place(found, 1, random, found.sentinel)
        found.values[rows] = 9_999.0
    kinds = ("small", "small", "double", "plateau", "giant") if spikes == "mixed" else (spikes,)
    for number in range(max(3, int(share * count))):
        kind = kinds[number % len(kinds)]
        rows = _place(found, {"double": 2, "plateau": 3}.get(kind, 1), random, found.outlier)
        size = 10 ** random.uniform(2, 6) if kind == "giant" else random.uniform(5, 12)
        found.values[rows] += random.choice([-1, 1]) * size * width
    found.values[found.blank] = np.nan
    return found


def _place(found: Spoilt, length: int, random: np.random.Generator, mask: Mask, *, is_lively: bool = False) -> Ints:
    """Take a place that no other fault is near to; of a lively one the values must differ."""
    while True:
        start = int(random.integers(10, len(found.used) - length - 10))
        around = slice(start - 8, start + length + 8)
        own = slice(start, start + length)
        if not found.used[around].any() and (not is_lively or len(np.unique(found.values[own])) > 2):
            break
    found.used[own] = True
    mask[own] = True
    return np.arange(start, start + length)
