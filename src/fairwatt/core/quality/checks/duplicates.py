"""Rows that have the time of the row before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.detections import Detections, Place


def repeats(place: Place) -> NDArray[np.bool_]:
    """Which rows have the time of the row before."""
    again = np.zeros(len(place.times), dtype=np.bool_)
    again[1:] = place.times[1:] == place.times[:-1]
    return again


def check_duplicates(place: Place, values: Mapping[str, NDArray[np.float64]]) -> tuple[Detections, ...]:
    """Find rows that say the same again, and rows of one time that say something else."""
    again = repeats(place)
    if not again.any():
        return ()
    rows = np.flatnonzero(again)
    differs = np.zeros(len(again), dtype=np.bool_)
    for column in values.values():
        now, before = column[rows], column[rows - 1]
        differs[rows] |= (now != before) & ~(np.isnan(now) & np.isnan(before))
    return (
        place.of_mask("duplicate-rows", "", again & ~differs),
        place.of_mask("conflicting-rows", "", differs),
    )
