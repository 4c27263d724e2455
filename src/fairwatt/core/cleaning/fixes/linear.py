"""A straight line between the sound values beside the gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.learned import Learned

Floats = NDArray[np.float64]


def fill_linear(gaps: Gaps, _learned: Learned) -> Floats:
    """Fill with straight lines; NaN where a side is unknown."""
    left, before, _, _ = gaps.nearest("left")
    right, behind, _, _ = gaps.nearest("right")
    return between(gaps, (left, right), (before, behind))


def between(gaps: Gaps, ends: tuple[Floats, Floats], away: tuple[Floats, Floats]) -> Floats:
    """A straight line from one end, so many rows before the gap, to the other, so many behind it."""
    owner, offset = gaps.owner, gaps.offset
    low = offset + away[0][owner]
    high = gaps.length[owner] - 1 - offset + away[1][owner]
    return np.asarray((ends[0][owner] * high + ends[1][owner] * low) / (low + high))
