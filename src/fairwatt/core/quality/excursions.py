"""Short excursions: how far values stand out over both of their sides, by flat openings and closings.

An opening with k + 1 neighbours takes off whatever is no more than k values wide, so that the difference is the height
of an excursion over its higher side (a top hat; Serra 1982). One giant changes nothing beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _least(x: Floats, width: int) -> Floats:
    """The least of each ``width`` neighbours (2 or 4); ``width`` − 1 shorter."""
    pairs = np.minimum(x[1:], x[:-1])
    return pairs if width == 2 else np.minimum(pairs[2:], pairs[:-2])


def _most(x: Floats, width: int) -> Floats:
    pairs = np.maximum(x[1:], x[:-1])
    return pairs if width == 2 else np.maximum(pairs[2:], pairs[:-2])


def _padded(x: Floats, width: int) -> Floats:
    """The series with its ends' usual values before and behind it, so that a first value may stand out too."""
    more = width - 1
    ends = 2 * width + 1
    return np.concatenate((np.full(more, np.median(x[:ends])), x, np.full(more, np.median(x[-ends:]))))


def opening(x: Floats, width: int) -> Floats:
    """The series without rises narrower than ``width`` (2 or 4) values."""
    return _most(_least(_padded(x, width), width), width)


def closing(x: Floats, width: int) -> Floats:
    """The series without falls narrower than ``width`` (2 or 4) values."""
    return _least(_most(_padded(x, width), width), width)


def heights(x: Floats, width: int) -> tuple[Floats, Floats]:
    """How far each value stands above, and below, both of its sides: excursions of up to ``width`` − 1 values."""
    return x - opening(x, width), closing(x, width) - x


def lasting_steps(x: Floats, least: float) -> Floats:
    """The sizes of all steps that last (4 values and more) and are as large as ``least``, sorted."""
    calm = closing(opening(x, 4), 4)
    steps = np.abs(np.diff(calm))
    return np.sort(steps[steps >= least])
