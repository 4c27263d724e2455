"""Values that are rounded otherwise from a day on: another firmware, another export."""

from __future__ import annotations

import numpy as np

from fairwatt.core.quality.checks.histories import stretches
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.parts import Parts

_LASTS = 3


def check_quantisation(series: str, channel: str, parts: Parts) -> Detections:
    """Find where three parts have other decimals than the three before; the evidence is decimals lost."""
    decimals = parts.decimals
    lost = np.zeros(len(parts))
    mask = np.zeros(len(parts), dtype=np.bool_)
    is_live = parts.high > 0
    at = np.flatnonzero(is_live)
    d = decimals[at]
    for i in range(_LASTS, len(at) - _LASTS + 1):
        before, after = d[i - _LASTS : i], d[i : i + _LASTS]
        if before[-1] != after[0] and (before == before[0]).all() and (after == after[0]).all():
            mask[at[i]] = True
            lost[at[i]] = float(before[0] - after[0])
    return stretches("quantisation-change", (series, channel), parts, mask, lost)
