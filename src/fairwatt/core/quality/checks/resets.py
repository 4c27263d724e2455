"""Running totals that fall: a dial that was full, a reset, another meter."""

from __future__ import annotations

import numpy as np

from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Stretch


def check_resets(stretch: Stretch) -> Detections:
    """Find the values of a running total that are below the one before; the evidence is the fall."""
    fall = np.zeros(len(stretch.values))
    if stretch.channel.is_register and len(stretch.usable) > 1:
        fall[stretch.usable[1:]] = np.maximum(-np.diff(stretch.numbers), 0.0)
    return stretch.place.of_mask("register-reset", stretch.channel.field, fall > 0, fall)
