"""How far natural values reach: the tail of a sample, followed beyond what was seen.

A generalised Pareto tail (Pickands 1975; Balkema & de Haan 1974) is fitted by quantiles, which a few giants can't move:
no masking. Values are then told of where so many of them can't be natural (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FALSE_SHARE = 0.01  # of the values told of, that natural ones may be
_LEVELS = (0.80, 0.95)  # quantiles from which tails are fitted; the heavier one counts
_FEWEST = 40  # exceedances that a fit needs
_LEAST_SHAPE = -0.1  # so that no tail ends where the sample does
_MOST_SHAPE = 1.0
_FEW = 4.0  # times the floor, where values are too few to know their tail
_DEEP = 600  # values that are looked at for another kind among the largest
_MOST_APART = 0.02  # share of all values that may be of another kind
_LEAST_WIDTH = 0.3  # of their logarithms
_SURE = 12.0  # log-likelihood
_FALSE_APART = 0.1
_LEAST_HILL, _HILL = 8, 100  # values that tell a tail's index
_RARE = 1e-4
_MOST_MANY = 30  # too many for a tail; of more, a gap must tell
_MOST_SORTED = 32_768  # values that are sorted for the fit; of more, every k-th is taken


@dataclass(frozen=True, slots=True)
class Tail:
    """P(Z > z) = rate × (1 + shape (z − start) / scale)^(−1/shape) for z > start."""

    start: float
    rate: float
    scale: float
    shape: float

    def probability(self, z: Floats) -> Floats:
        """P(Z > z), for z above the start."""
        above = np.maximum(z - self.start, 0.0) / self.scale
        if abs(self.shape) < 1e-6:
            return self.rate * np.exp(-above)
        base = np.maximum(1.0 + self.shape * above, 1e-300)
        return np.asarray(self.rate * base ** (-1.0 / self.shape), dtype=np.float64)


def fit_tail(ordered: Floats, level: float, share: float) -> Tail | None:
    """Fit the tail above a quantile.

    Parameters
    ----------
    ordered
        The sample, sorted.
    level
        The quantile where the tail begins.
    share
        The share of all values that the sample stands for (others are nought).
    """
    n = len(ordered)
    if n * (1 - level) < _FEWEST:
        return None
    at = [level, 1 - (1 - level) / 2, 1 - (1 - level) / 4]
    start, half, quarter = (float(ordered[min(n - 1, int(q * n))]) for q in at)
    near, far = half - start, quarter - half
    if near <= 0 or far <= 0:
        return None
    shape = min(max(float(np.log2(far / near)), _LEAST_SHAPE), _MOST_SHAPE)
    scale = near * shape / (2**shape - 1) if abs(shape) > 1e-6 else near / np.log(2)
    return Tail(start, share * (1 - level), scale, shape)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far natural values reach, by two ways of asking; infinite where nothing lies further.

    Attributes
    ----------
    beyond
        Values from here on are beyond the tail that the bulk of them has.
    apart
        The largest values, from here on, are of another kind than those below.
    """

    beyond: float
    apart: float

    @property
    def least(self) -> float:
        """From where on values are told of."""
        return min(self.beyond, self.apart)


def reach_of(z: Floats, *, total: int, floor: float, false_share: float = FALSE_SHARE) -> Reach:
    """How far the natural ones of some values reach.

    Parameters
    ----------
    z
        The positive values of a sample, unsorted.
    total
        How many values the sample has, with those that are nought.
    floor
        The least threshold.
    """
    if not len(z):
        return Reach(_FEW * floor, np.inf)
    sample = np.sort(z if len(z) <= _MOST_SORTED else z[:: -(-len(z) // _MOST_SORTED)])
    tails = [tail for level in _LEVELS if (tail := fit_tail(sample, level, len(z) / total)) is not None]
    large = np.sort(z[z > floor])[::-1]
    if not tails:
        return Reach(_FEW * floor, np.inf)
    if not len(large):
        return Reach(np.inf, np.inf)
    p = np.max([tail.probability(large) for tail in tails], axis=0)
    ranks = np.arange(1, len(large) + 1)
    told = np.flatnonzero(p * total <= false_share * ranks)
    beyond = float(large[told[-1]]) if len(told) else float("inf")
    apart = _apart(np.sort(z[z >= _quantile(sample, _DEEP, len(z))])[::-1], total)
    return Reach(max(floor, beyond), max(floor, apart))


def _quantile(ordered: Floats, most: int, size: int) -> float:
    """The value that about ``most`` of ``size`` values exceed."""
    at = len(ordered) - 1 - int(most * len(ordered) / size)
    return float(ordered[max(0, at)])


def _apart(large: Floats, total: int) -> float:
    """From which value on the largest are another kind than those below; infinite where all are of one kind.

    The logarithms of a power tail are exponential above any point. That all are is compared with: the k largest are
    not, but lie evenly beyond (by likelihood, over all k).
    """
    y = np.log(large)
    m = len(y)
    if m < _FEWEST:
        return float("inf")
    k = np.arange(min(int(_MOST_APART * total) + 2, m * 2 // 3))
    sums = np.cumsum(y[::-1])[::-1] - y[-1] * np.arange(m, 0, -1)  # of all from the i-th down to the last
    rest = m - k
    mean = np.maximum(sums[: len(k)] / rest, 1e-9)
    width = np.maximum(y[0] - y[: len(k)], _LEAST_WIDTH)
    gain = -rest * (np.log(mean) + 1) + rest * np.log(rest / m)
    gain[1:] += k[1:] * (np.log(k[1:] / m) - np.log(width[1:]))
    best = int(np.argmax(gain))
    if best == 0 or gain[best] - gain[0] < _SURE:
        return float("inf")
    natural = rest[best] * np.exp(-(y[:best] - y[-1]) / mean[best])
    held = np.flatnonzero(natural <= _FALSE_APART * np.arange(1, best + 1))
    return float(large[held[-1]]) if len(held) else float("inf")


def first_gap(values: Floats, *, floor: float, most: int, index_floor: float) -> float:
    """The least of the largest values that are too many for the tail of those below; infinite where none are.

    A power tail through the values just below the k largest (Hill 1975) says how many should be as large as the k-th:
    k are too many where chance hardly makes them, and most of them are none of its; or where it hardly makes the gap
    below them.

    Parameters
    ----------
    values
        All values, positive.
    floor
        The least that is told of.
    most
        How many may be parted.
    index_floor
        The least index of a tail that is believed.
    """
    y = np.log(np.sort(values)[::-1])
    n = len(y)
    k = np.arange(1, min(most, n - 2) + 1)
    if not len(k) or y[0] < np.log(floor):
        return float("inf")
    below = np.minimum(k + int(np.clip(n // 10, _LEAST_HILL, _HILL)), n - 1)
    sums = np.concatenate(([0.0], np.cumsum(y)))
    index = (sums[below] - sums[k]) / (below - k) - y[below]
    expected = np.log(below - k) - (y[k - 1] - y[below]) / np.maximum(index, index_floor)
    chance = k * expected - np.cumsum(np.log(k))  # Poisson's, of k and more
    gap = -k * (y[k - 1] - y[k]) / np.maximum(index, index_floor)  # spacings are exponential (Rényi 1953)
    is_many = (chance < np.log(_RARE)) & (expected < np.log(_FALSE_APART * k)) & (k <= _MOST_MANY)
    is_told = (is_many | (gap < np.log(_RARE))) & (y[k - 1] >= np.log(floor))
    gaps = k[is_told]
    return float(np.exp(y[gaps[-1] - 1])) if len(gaps) else float("inf")
