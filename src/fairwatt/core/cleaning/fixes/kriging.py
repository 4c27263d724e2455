"""The best weighting of values on both sides, by how much values of this channel resemble each other at a distance.

What the profile doesn't explain is foretold from what it didn't explain beside the gap (simple kriging; Cressie 1993).
Deep in a long gap nothing beside it resembles what was there, and the profile alone is left. Without a profile the
level is unknown, and only its neighbours tell it (ordinary kriging).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.cleaning.gaps import REACH, Gaps
from fairwatt.core.cleaning.learned import Learned

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_AWAY = np.array([1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 48, 96, 192, REACH])
_NUGGET = 1e-6
_UNKNOWN = 100.0  # variances of an unknown level
_LARGEST = 1e290  # beyond which sums of products are none
_AT_ONCE = 512  # gaps
_VALUES = 200_000


def fill_kriging(gaps: Gaps, learned: Learned) -> Floats:
    """Fill with the best linear prediction; NaN where nothing at all is known beside the gap."""
    expected = learned.expected(gaps)
    covariance = np.append(learned.covariance, 0.0)  # farther away nothing resembles
    if not (0 < covariance[0] < _LARGEST):
        return expected
    level = 0.0 if learned.profile is not None else _UNKNOWN * float(covariance[0])
    near = np.concatenate((gaps.left[:, _AWAY - 1], gaps.right[:, _AWAY - 1]), axis=1)
    at = np.concatenate((-np.tile(_AWAY, (len(gaps), 1)), gaps.length[:, None] - 1 + _AWAY), axis=1)
    rest = near - learned.expected_at(gaps.begin[:, None] + at * gaps.step)
    weights = np.concatenate(
        [_solved(at[k : k + _AT_ONCE], rest[k : k + _AT_ONCE], covariance, level) for k in range(0, len(at), _AT_ONCE)]
    )
    owner, offset = gaps.owner, gaps.offset
    found = expected.copy()
    for begin in range(0, len(owner), _VALUES):
        own = slice(begin, begin + _VALUES)
        away = np.abs(at[owner[own]] - offset[own][:, None])
        found[own] += ((_looked_up(covariance, away) + level) * weights[owner[own]]).sum(axis=1)
    return found


def _looked_up(covariance: Floats, away: Ints) -> Floats:
    return covariance[np.minimum(away, len(covariance) - 1)]


def _solved(at: Ints, rest: Floats, covariance: Floats, level: float) -> Floats:
    """What each neighbour weighs, times what it left over; unknown neighbours weigh nothing."""
    known = np.isfinite(rest)
    matrix = _looked_up(covariance, np.abs(at[:, :, None] - at[:, None, :])) + level
    matrix *= known[:, :, None] & known[:, None, :]
    own = np.arange(matrix.shape[1])
    matrix[:, own, own] = np.where(known, covariance[0] * (1 + _NUGGET) + level, 1.0)
    return np.asarray(np.linalg.solve(matrix, np.where(known, rest, 0.0)[..., None])[..., 0])
