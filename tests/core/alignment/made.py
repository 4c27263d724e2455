"""Two meters of one thing, by clocks whose truth is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment import Signal

Floats = NDArray[np.float64]
BEGIN = 1_600_000_000_000_000
SECOND = 1_000_000
SPARE = 4_000


def make_load(count: int, seed: int) -> Floats:
    """A load of appliances over a level that wanders, with some samples to spare on both sides."""
    random = np.random.default_rng(seed)
    size = count + 2 * SPARE
    values = 0.2 * np.cumsum(random.normal(size=size))
    for power, lasts, number in ((8.0, 180, size // 400), (3.0, 40, size // 150), (15.0, 600, size // 4_000)):
        for start in random.integers(0, size, max(number, 2)):
            values[start : start + round(lasts * random.uniform(0.5, 1.5))] += power * random.normal(1, 0.05)
    return values


def smooth(values: Floats) -> Floats:
    """The same without corners, so that it is known between samples."""
    return np.convolve(values, np.hanning(9)[1:-1] / 4, mode="same")


def later(values: Floats, samples: float) -> Floats:
    """The same, so many samples later."""
    turns = np.fft.rfftfreq(len(values))
    return np.fft.irfft(np.fft.rfft(values) * np.exp(-2j * np.pi * turns * samples), len(values))


def cut(values: Floats) -> Floats:
    """Without what is spare on both sides."""
    return values[SPARE:-SPARE]


def noisy(values: Floats, seed: int, ratio_db: float = 10.0) -> Floats:
    """With noise, by the variance of the values' changes."""
    width = np.diff(values).std() / np.sqrt(2 * 10 ** (ratio_db / 10))
    return values + np.random.default_rng(seed).normal(0, width, len(values))


def signal(values: Floats, step_s: int = 1, begin: int = BEGIN) -> Signal:
    """Values at an even step."""
    times = begin + np.arange(len(values), dtype=np.int64) * step_s * SECOND
    return Signal(times, values, step_s * SECOND)
