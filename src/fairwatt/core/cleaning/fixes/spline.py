"""A monotone curve through two sound values on either side: it never swings beyond the values beside the gap.

Fritsch & Butland 1984 (slopes as weighted harmonic means), the method known as PCHIP.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import Gaps
from fairwatt.core.cleaning.learned import Learned

Floats = NDArray[np.float64]


def fill_spline(gaps: Gaps, _learned: Learned) -> Floats:
    """Fill with monotone cubics; with half of one, straight, where a side has one value; NaN where it has none."""
    left, before, left_two, before_two = gaps.nearest("left")
    right, behind, right_two, behind_two = gaps.nearest("right")
    wide = before + gaps.length - 1 + behind
    rise = (right - left) / wide
    begin = _slope((left - left_two) / (before_two - before), rise, before_two - before, wide)
    end = _slope((right_two - right) / (behind_two - behind), rise, behind_two - behind, wide)
    owner = gaps.owner
    span = wide[owner]
    u = (gaps.offset + before[owner]) / span
    return np.asarray(
        (1 + 2 * u) * (1 - u) ** 2 * left[owner]
        + u * (1 - u) ** 2 * span * begin[owner]
        + u**2 * (3 - 2 * u) * right[owner]
        - u**2 * (1 - u) * span * end[owner]
    )


def _slope(outer: Floats, inner: Floats, outer_wide: Floats, inner_wide: Floats) -> Floats:
    """The slope at a known value between two others: 0 at a turn, else a harmonic mean."""
    one, two = 2 * inner_wide + outer_wide, inner_wide + 2 * outer_wide
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (one + two) / (one / outer + two / inner)
    found = np.where(outer * inner > 0, found, 0.0)
    return np.where(np.isnan(outer), inner, found)
