"""The mean of the same time one hour, day or week before and after, as LEO's tool fills.

Where rows are nearer than five minutes, the means of the five minutes there are taken: a single second of yesterday
tells nothing. Where one side is unknown, the other alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.learned import Learned
from fairwatt.core.quality.seasons import DAY

Floats = NDArray[np.float64]

HOUR = DAY // 24
AWAY = {"same-hour": HOUR, "same-day": DAY, "same-week": 7 * DAY}


def fill_same_time(gaps: Gaps, learned: Learned, away: int) -> Floats:
    """Fill from the same time before and after; NaN where both are unknown, or lie in the gap themselves.

    Parameters
    ----------
    away
        How long before and after [µs].
    """
    size = int(gaps.length.sum())
    if learned.profile is None or away < gaps.step or away % gaps.step:
        return np.full(size, np.nan)
    cells = learned.profile.cells
    means = cells.means
    times, owner = gaps.times, gaps.owner
    begin, end = gaps.begin[owner], (gaps.begin + gaps.length * gaps.step)[owner]
    found = []
    for moved in (times - away, times + away):
        at = cells.numbers(moved)
        low, high = cells.numbers(begin), cells.numbers(end - 1)
        is_own = (at >= low) & (at <= high)
        found.append(np.where(cells.holds(moved) & ~is_own, means[at], np.nan))
    before, after = found
    both = (before + after) / 2
    return np.where(np.isfinite(both), both, np.where(np.isfinite(before), before, after))
