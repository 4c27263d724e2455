"""How much each fix should count: weights that add up to one, none negative, with the least squared error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.bands import BANDS, bands_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WHOLE = 60.0  # values that what is best in the whole gap counts as, beside those at one depth
_RIDGE = 1e-3
_LEAST = 0.02  # weights below are left out


def zones_of(depth: Ints) -> Ints:
    """For values in gaps, how deep they are: numbers of :data:`~fairwatt.core.cleaning.bands.BANDS`."""
    return bands_of(depth)


def blend_weights(errors: Floats, zones: Ints) -> Floats:
    """Weights of fixes at each depth.

    Parameters
    ----------
    errors
        Of each value (row) and fix (column).
    zones
        Of each value.

    Returns
    -------
    Floats
        Shape (depths, fixes).
    """
    whole = errors.T @ errors / max(1, len(errors))
    found = np.tile(_least_squares(whole), (len(BANDS), 1))
    for zone in np.unique(zones).tolist():
        own = errors[zones == zone]
        found[zone] = _least_squares((own.T @ own + _WHOLE * whole) / (len(own) + _WHOLE))
    return found


def _least_squares(products: Floats) -> Floats:
    """The weights that add up to one and make the least error; those that would be negative are left out."""
    count = len(products)
    used = np.arange(count)
    scale = max(float(np.trace(products)) / count, 1e-300)
    matrix = products + _RIDGE * scale * np.eye(count)
    while True:
        part = np.linalg.solve(matrix[used][:, used], np.ones(len(used)))
        weights = part / part.sum()
        if len(used) == 1 or weights.min() >= _LEAST:
            break
        used = np.delete(used, int(weights.argmin()))
    found = np.zeros(count)
    found[used] = weights
    return found
