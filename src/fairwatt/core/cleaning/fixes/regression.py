"""What another channel did meanwhile: this one's ends are joined, and it moves in between as that one does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.fixes.linear import between
from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.learned import Learned

Floats = NDArray[np.float64]


def fill_regression(gaps: Gaps, learned: Learned) -> Floats:
    """Fill by the correlated channel; NaN where there is none, or where it is missing too."""
    for name, slopes in learned.slopes.items():
        if name in gaps.beside:
            inside, left, right = gaps.beside[name]
            at = np.minimum(np.log2(np.maximum(gaps.length, 1)).astype(np.int64), len(slopes) - 1)
            slope = slopes[at]
            near = (gaps.left[:, 0] - slope * left, gaps.right[:, 0] - slope * right)
            one = np.ones(len(gaps))
            return np.asarray(between(gaps, near, (one, one)) + slope[gaps.owner] * inside)
    return np.full(int(gaps.length.sum()), np.nan)
