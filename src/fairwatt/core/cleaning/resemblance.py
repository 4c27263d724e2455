"""How much values resemble one another at a distance: covariances, learned from stretches of a channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FARTHEST = 2_048  # rows
_LEAST = 16  # values that a stretch must have


def covariances(stretches: Sequence[Floats]) -> Floats:
    """The covariance of residuals at distances of 0, 1, 2… rows; beyond the last it is nought.

    Every stretch counts by its length; missing values are left out. As no product is left out that the length has room
    for, the result belongs to a true process: systems of equations made of it have a solution.
    """
    total, size = np.zeros(FARTHEST + 1), 0.0
    for stretch in stretches:
        known = np.isfinite(stretch)
        if known.sum() < _LEAST:
            continue
        values = np.where(known, stretch, 0.0)
        wide = 1 << int(np.ceil(np.log2(2 * len(values))))
        power = np.abs(np.fft.rfft(values, wide)) ** 2
        found = np.fft.irfft(power, wide)[: min(FARTHEST + 1, len(values))]
        total[: len(found)] += found
        size += float(known.sum())
    return total / size if size else total


def level_and_noise(stretches: Sequence[Floats]) -> tuple[float, float]:
    """The variances of a level that wanders and of the noise about it, by how steps grow with distance."""
    found = []
    for away in (1, 2, 3, 4):
        steps = [stretch[away:] - stretch[:-away] for stretch in stretches if len(stretch) > away]
        squares = np.concatenate(steps) ** 2 if steps else np.zeros(0)
        squares = squares[np.isfinite(squares)]
        found.append(float(squares.mean()) if len(squares) else 0.0)
    slope, base = np.polyfit((1.0, 2.0, 3.0, 4.0), found, 1)
    wander = max(float(slope), 1e-6 * max(found[0], 1e-12))
    return wander, max(float(base) / 2, 0.0)
