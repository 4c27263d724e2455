"""Cross-correlation at every lag by FFT, each lag in the width of its own chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.whitening import News

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LOBE = 3  # samples beside a peak that belong to it
_FEWEST = 16  # samples that must overlap
_NEAR = 64  # lags, up to which each is looked at by itself
_AROUND = 101  # samples, over which sizes are taken to be the same
_MANY = 50  # lags, from which on their scatter is looked at
_NORMAL = ((0.8, 1.2816), (0.99, 2.5758), (0.999, 3.2905))  # quantiles of a normal number's size
_BEYOND = 20  # lags that must lie beyond a quantile, for it to be looked at


@dataclass(frozen=True, slots=True)
class Correlogram:
    """How alike two series are at each lag; lag > 0: the second one shows later what the first one shows.

    Attributes
    ----------
    first_lag
        The lag of the first entry [samples].
    scores
        Sum of products over what it scatters by chance: Σab / √Σ⟨a²⟩⟨b²⟩, where ⟨⟩ is the mean of a hundred samples
        around. So days and nights, and hours full of events beside empty ones, don't look alike for that alone.
    alike
        The correlation coefficient over what overlaps; 0 where too little does.
    share
        How much overlaps, of what overlaps most.
    """

    first_lag: int
    scores: Floats = field(repr=False)
    alike: Floats = field(repr=False)
    share: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.scores)

    def at(self, lag: int) -> int:
        """The entry of a lag."""
        return lag - self.first_lag

    @property
    def spread(self) -> float:
        """How much wider than one scores scatter over all lags, in the middle and in the tails; never below one."""
        usable = np.abs(self.scores[self.share > 0])
        if len(usable) < _MANY:
            return 1.0
        places = [share for share, _ in _NORMAL if len(usable) * (1 - share) >= _BEYOND]
        found = np.quantile(usable, places)
        return max([1.0, *(float(q) / normal for q, (_, normal) in zip(found, _NORMAL, strict=False))])

    def peaks(self, most: int) -> list[int]:
        """The lags of the highest scores of either sign, each apart from those before it."""
        left = np.abs(self.scores)
        found = []
        for _ in range(most):
            best = int(np.argmax(left))
            if left[best] <= 0:
                break
            found.append(best + self.first_lag)
            left[max(0, best - _LOBE) : best + _LOBE + 1] = 0
        return found

    def without(self, lag: int, lobe: int) -> Correlogram:
        """The same, what is near a lag left out."""
        here = slice(max(0, self.at(lag) - lobe), self.at(lag) + lobe + 1)
        scores, share = self.scores.copy(), self.share.copy()
        scores[here], share[here] = 0, 0
        return Correlogram(self.first_lag, scores, self.alike, share)


def correlated(a: News, b: News, low: int, high: int) -> Correlogram:
    """Correlate two series at the lags from ``low`` to ``high``; those at which nearly nothing overlaps score 0."""
    low, high = max(low, 1 - len(a)), min(high, len(b) - 1)
    if high < low:
        return Correlogram(low, np.zeros(0), np.zeros(0), np.zeros(0))
    squares_a, squares_b = a.values**2, b.values**2
    around = _smoothed(squares_a), _smoothed(squares_b)
    if high - low < _NEAR:
        sums, variance = _at_lags(a.values, b.values, low, high), _at_lags(*around, low, high)
    else:
        sums, variance = _by_transform(a.values, b.values, low, high), _by_transform(*around, low, high)
    lags = np.arange(low, high + 1)
    energy = _overlapping(squares_a, squares_b, lags)
    overlap = np.minimum(len(a), len(b) - lags) - np.maximum(0, -lags)
    usable = (overlap >= _FEWEST) & (variance > 1e-9 * max(float(variance.max(initial=0.0)), 1e-300)) & (energy > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(usable, sums / np.sqrt(variance), 0.0)
        alike = np.where(usable, sums / np.sqrt(energy), 0.0)
    return Correlogram(low, scores, np.clip(alike, -1, 1), np.where(usable, overlap / overlap.max(), 0.0))


def _by_transform(a: Floats, b: Floats, low: int, high: int) -> Floats:
    size = good_length(len(a) + len(b))
    found = np.fft.irfft(np.conj(np.fft.rfft(a, size)) * np.fft.rfft(b, size), size)
    return np.asarray(found[np.arange(low, high + 1) % size])


def _at_lags(a: Floats, b: Floats, low: int, high: int) -> Floats:
    """The same one by one: what is quicker where lags are few."""
    found = np.zeros(high - low + 1)
    for i, lag in enumerate(range(low, high + 1)):
        begin, end = max(0, -lag), min(len(a), len(b) - lag)
        if end > begin:
            found[i] = a[begin:end] @ b[begin + lag : end + lag]
    return found


def _smoothed(squares: Floats) -> Floats:
    """Means around each sample; fewer near the ends."""
    reach = min(_AROUND, max(len(squares) // 8, 1)) // 2
    sums = np.concatenate(([0.0], np.cumsum(squares)))
    at = np.arange(len(squares))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(squares))
    return np.asarray((sums[high] - sums[low]) / (high - low))


def _overlapping(squares_a: Floats, squares_b: Floats, lags: Ints) -> Floats:
    """The product of both sums of squares over what overlaps at each lag."""
    sums_a, sums_b = (np.concatenate(([0.0], np.cumsum(squares))) for squares in (squares_a, squares_b))
    begin = np.maximum(0, -lags)
    end = np.maximum(np.minimum(len(squares_a), len(squares_b) - lags), begin)
    own = sums_a[end] - sums_a[begin]
    other = sums_b[np.clip(end + lags, 0, len(squares_b))] - sums_b[np.clip(begin + lags, 0, len(squares_b))]
    return np.asarray(own * other)


def good_length(least: int) -> int:
    """The next length whose only factors are 2, 3 and 5: those that an FFT is quick at."""
    best = 1 << max(least - 1, 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            two = three << max(0, -(-least // three) - 1).bit_length()
            if two >= least:
                best = min(best, two)
            three *= 3
        five *= 5
    return best


def chance_of(score: float, spread: float, lags: int) -> float:
    """How likely so high a score would come of chance at any of so many lags: a bound, at most 1."""
    exponent = np.log(2.0 * max(lags, 1)) - 0.5 * (score / spread) ** 2
    return float(min(1.0, np.exp(exponent)))
