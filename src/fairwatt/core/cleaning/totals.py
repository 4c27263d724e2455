"""Known totals are kept: what a running total grew by across a gap is what the values in it add up to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import Gaps

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def settled(found: Floats, gaps: Gaps) -> Floats:
    """The same shape, so that each gap's values add up to its known total; as they are where none is known.

    Values are scaled, as an energy's are; where they add up to nothing, the total is spread evenly.
    """
    assert gaps.total is not None
    owner = gaps.owner
    known = np.isfinite(gaps.total)
    amounts = np.maximum(found, 0.0)
    sums = np.bincount(owner, amounts, len(gaps))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = gaps.total / sums
    even = gaps.total / gaps.length
    is_even = ~(sums > 0)
    scaled = np.where(is_even[owner], even[owner], amounts * np.where(is_even, 0.0, scale)[owner])
    return np.where(known[owner], np.where(np.isnan(found), np.nan, scaled), found)


def cumulated(found: Floats, gaps: Gaps) -> Floats:
    """The running total after each increase."""
    assert gaps.base is not None
    owner = gaps.owner
    sums = np.cumsum(np.where(np.isfinite(found), found, 0.0))
    first = np.cumsum(gaps.length) - gaps.length
    before = np.where(first > 0, sums[np.maximum(first - 1, 0)], 0.0)
    lost = np.bincount(owner, np.isnan(found), len(gaps)) > 0
    return np.where(lost[owner], np.nan, gaps.base[owner] + sums - before[owner])


def increases(sound: Floats, direction: float) -> Floats:
    """What a running total grew by since the row before; NaN where that is unknown, or it fell."""
    grown = np.full(len(sound), np.nan)
    grown[1:] = direction * np.diff(sound)
    return np.where(grown >= 0, grown, np.nan)


def direction_of(sound: Floats) -> float:
    """1 for a total that grows, -1 for one that falls."""
    known = sound[np.isfinite(sound)]
    steps = np.diff(known)
    return -1.0 if (steps < 0).sum() > (steps > 0).sum() else 1.0
