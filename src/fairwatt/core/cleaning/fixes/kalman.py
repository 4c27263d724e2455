"""Kalman smoothing of a level that wanders under noise, for short gaps.

The local level model (Harvey 1989): values are a level, which takes a random step each row, and noise. Filters that run
to the gap from either side, in their steady state, are put together by the variances they have there (two-filter
smoothing, Fraser & Potter 1969).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import REACH, Gaps
from fairwatt.core.cleaning.learned import Learned

Floats = NDArray[np.float64]


def fill_kalman(gaps: Gaps, learned: Learned) -> Floats:
    """Fill with the smoothed level; NaN where a side is unknown."""
    wander, noise = learned.wander, learned.noise
    ahead = (wander + np.sqrt(wander * wander + 4 * wander * noise)) / 2  # variance of the next level, foretold
    gain = ahead / (ahead + noise)
    weight = gain * (1 - gain) ** np.arange(REACH)
    left, right = _filtered(gaps.left, weight), _filtered(gaps.right, weight)
    known = gain * noise  # variance of the level beside the gap
    owner, offset = gaps.owner, gaps.offset
    before = known + (offset + 1) * wander
    behind = known + (gaps.length[owner] - offset) * wander
    return np.asarray((left[owner] * behind + right[owner] * before) / (before + behind))


def _filtered(side: Floats, weight: Floats) -> Floats:
    """The level beside the gap; the nearest value where none is near enough to count; NaN where there is none."""
    is_known = np.isfinite(side)
    nearest = side[np.arange(len(side)), is_known.argmax(axis=1)]
    total = is_known @ weight
    with np.errstate(invalid="ignore", divide="ignore"):
        level = (np.where(is_known, side, 0.0) @ weight) / total
    return np.where(total > 1e-9, level, nearest)
