"""Running totals that fall: a dial that was full, a reset, another meter."""

from __future__ import annotations

import numpy as np

from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Stretch

_MOST = 0.05  # share of the steps that may be falls


def check_resets(stretch: Stretch) -> Detections:
    """Find the values of a running total that are below the one before; the evidence is the fall."""
    fall = np.zeros(len(stretch.values))
    if stretch.channel.is_register and len(stretch.usable) > 1:
        steps = np.diff(stretch.numbers)
        up, down = int((steps > 0).sum()), int((steps < 0).sum())
        if min(up, down) <= _MOST * (up + down):  # a net total goes both ways
            back = -steps if up >= down else steps
            fall[stretch.usable[1:]] = np.maximum(back, 0.0)
    return stretch.place.of_mask("register-reset", stretch.channel.field, fall > 0, fall)
