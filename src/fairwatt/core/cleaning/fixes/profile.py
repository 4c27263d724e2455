"""What days around, of the same type, show at the same time of day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.learned import Learned

Floats = NDArray[np.float64]


def fill_profile(gaps: Gaps, learned: Learned) -> Floats:
    """Fill with the seasonal profile; NaN where there are too few days to know one."""
    if learned.profile is None:
        return np.full(int(gaps.length.sum()), np.nan)
    return learned.expected(gaps)
