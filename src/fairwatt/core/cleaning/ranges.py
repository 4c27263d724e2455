"""Between what the true value lies in 80 of 100 cases: by the errors made where gaps were cut, at the same depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.bands import BANDS
from fairwatt.core.cleaning.blending import zones_of
from fairwatt.core.cleaning.gaps import Gaps

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOW, HIGH = 0.1, 0.9
_LEAST = 40  # errors that tell of a depth


@dataclass(frozen=True, slots=True)
class Range:
    """How far below and above a filled value the true one may lie, for each depth in the gap."""

    below: Floats
    above: Floats

    def of(self, gaps: Gaps) -> tuple[Floats, Floats]:
        """For each value asked for, what is added to it for the tenth and for the ninetieth percentile."""
        zones = zones_of(gaps.depth)
        return self.below[zones], self.above[zones]


def fit_range(errors: Floats, depth: Ints) -> Range:
    """The range of some errors (true value less filled one)."""
    zones = zones_of(depth)
    below, above = np.zeros(len(BANDS)), np.zeros(len(BANDS))
    ends = tuple(np.quantile(errors, (LOW, HIGH))) if len(errors) else (0.0, 0.0)
    for zone in range(len(BANDS)):
        own = errors[zones == zone]
        if len(own) >= _LEAST:  # else as at the depth before
            ends = tuple(np.quantile(own, (LOW, HIGH)))
        below[zone], above[zone] = ends
    return Range(np.minimum(below, 0.0), np.maximum(above, 0.0))
