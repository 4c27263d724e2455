"""How long gaps are: LEO's three classes, of which the last is parted further, as fixes differ there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

BANDS = ("1-2", "3-10", "11-30", "31-100", "101-300", "301-1000", "1001-3000", "3001-10000", "10001-30000", ">30000")
LIMITS = (2, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)  # the longest gap [rows] of each but the last
LEO_CLASSES = ("1-2", "3-10", ">10")


def band_of(length: int) -> str:
    """The band of a gap of so many rows.

    Examples
    --------
    >>> band_of(2), band_of(48), band_of(100_000)
    ('1-2', '31-100', '>30000')
    """
    return BANDS[int(np.searchsorted(LIMITS, length))]


def bands_of(lengths: Ints) -> Ints:
    """For each gap, which of :data:`BANDS` it is in."""
    return np.searchsorted(LIMITS, lengths)


def limits_of(band: str) -> tuple[int, int | None]:
    """The shortest and the longest gap of a band [rows]; None: without end."""
    at = BANDS.index(band)
    return (LIMITS[at - 1] + 1 if at else 1), (LIMITS[at] if at < len(LIMITS) else None)


def leo_class(band: str) -> str:
    """LEO's class that a band is part of.

    Examples
    --------
    >>> leo_class("3-10"), leo_class("301-1000")
    ('3-10', '>10')
    """
    return LEO_CLASSES[min(BANDS.index(band), 2)]
