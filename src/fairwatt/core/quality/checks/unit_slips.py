"""Stretches that are a thousand times larger or smaller: watts among kilowatts."""

from __future__ import annotations

import numpy as np

from fairwatt.core.quality.checks.histories import stretches
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.parts import Parts

_NEAR = 0.3  # of a power of ten
_FEWEST = 4
_MOST = 0.5  # share of the parts that can be slipped: the others are right


def check_unit_slips(series: str, channel: str, parts: Parts) -> Detections:
    """Find runs of parts whose size and upper values are a thousand times the usual ones, or a thousandth."""
    factor = np.zeros(len(parts))
    sized = parts.size > 0
    if sized.sum() >= _FEWEST:
        usual, high = np.median(parts.size[sized]), np.median(parts.high[sized])
        ratios = [np.log10(np.where(sized, v, u) / u) for v, u in ((parts.size, usual), (parts.high, high))]
        for power in (3, -3):
            near = np.all([np.abs(ratio - power) <= _NEAR for ratio in ratios], axis=0)
            factor[near & sized] = 10.0**power
    mask = factor > 0
    if mask.sum() > _MOST * len(parts):
        mask[:] = False
    return stretches("unit-slip", (series, channel), parts, mask, factor)
