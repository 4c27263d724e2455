"""Fill gaps by a fix: within what the channel has shown, and so that known totals are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.fixes.kalman import fill_kalman
from fairwatt.core.cleaning.fixes.kriging import fill_kriging
from fairwatt.core.cleaning.fixes.linear import fill_linear
from fairwatt.core.cleaning.fixes.profile import fill_profile
from fairwatt.core.cleaning.fixes.regression import fill_regression
from fairwatt.core.cleaning.fixes.same_time import AWAY, fill_same_time
from fairwatt.core.cleaning.fixes.spline import fill_spline
from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.learned import Learned
from fairwatt.core.cleaning.totals import cumulated, settled

Floats = NDArray[np.float64]
Fill = Callable[[Gaps, Learned], Floats]

FILLS: Mapping[str, Fill] = {
    "linear": fill_linear,
    "spline": fill_spline,
    **{name: partial(fill_same_time, away=away) for name, away in AWAY.items()},
    "profile": fill_profile,
    "regression": fill_regression,
    "kalman": fill_kalman,
    "kriging": fill_kriging,
}


def fill(name: str, gaps: Gaps, learned: Learned) -> Floats:
    """The values that a fix puts into gaps, one gap behind the other; NaN where it can't tell."""
    found = np.clip(FILLS[name](gaps, learned), learned.lowest, learned.highest)
    if gaps.total is not None:
        found = settled(found, gaps)
    return found if gaps.base is None else cumulated(found, gaps)
