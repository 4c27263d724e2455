"""Stretches of the other sign: a current transformer turned round, a column read the other way."""

from __future__ import annotations

import numpy as np

from fairwatt.core.quality.checks.histories import stretches
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.parts import Parts

# Quantities whose sign tells a direction that changes by itself.
TURNING = frozenset({"reactive_power", "reactive_energy", "power_factor", "cos_phi", "phase_angle", "temperature"})
_FEWEST = 4
_ONE_SIGN = 0.7  # share of the parts with a median of one sign
_MIRRORED = (0.4, 2.5)  # of the usual size
_ONE_SIDED = 0.8  # of a part's median size, that its median is: nearly all its values have one sign


def check_sign_flips(series: str, channel: str, parts: Parts) -> Detections:
    """Find runs of parts whose values mirror the usual ones."""
    none = np.zeros(len(parts), dtype=np.bool_)
    usual = float(np.median(parts.middle)) if len(parts) >= _FEWEST else 0.0
    if usual == 0:
        return stretches("sign-flip", (series, channel), parts, none, np.zeros(len(parts)))
    ratio = parts.middle / usual
    one_sided = np.abs(parts.middle) >= _ONE_SIDED * parts.size
    mirrored = (ratio < 0) & (-ratio >= _MIRRORED[0]) & (-ratio <= _MIRRORED[1]) & one_sided
    if (ratio > 0).mean() < _ONE_SIGN or one_sided[ratio > 0].mean() < _ONE_SIGN or not _is_abrupt(ratio):
        mirrored = none
    return stretches("sign-flip", (series, channel), parts, mirrored, ratio)


def _is_abrupt(ratio: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    """Whether medians avoid nought: a net flow that wanders through it has no sign of its own."""
    near = np.abs(ratio) < _MIRRORED[0] / 2
    return bool(near.mean() <= 0.05)
