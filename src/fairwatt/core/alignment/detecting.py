"""Is there any offset at which one series follows another, and which? Looked for at several resolutions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.correlating import Correlogram, chance_of, correlated
from fairwatt.core.alignment.grids import Pair, means_from
from fairwatt.core.alignment.whitening import News, news_of

Floats = NDArray[np.float64]

_MOST_SAMPLES = 1 << 20  # of the finest resolution that all lags are looked at in
_COARSEST = 7_200_000_000  # µs: what is coarser is shared by weather and habits
_FEWEST = 48  # samples at the coarsest resolution
_FACTOR = 4
_BESIDE = 64  # samples beside the best that say nothing of chance
MANY = 1 << 17  # samples, beyond which all lags take their time
_SURE, _ALIKE = 1e-9, 0.3  # chance and likeness, from which on a resolution speaks for itself
_SMALL = 1e-4  # what chance may be


@dataclass(frozen=True, slots=True)
class Level:
    """Both series at one resolution.

    Attributes
    ----------
    factor
        Cells of the pair's coarse grid that one sample is the mean of.
    base
        The offset that lag 0 stands for [µs].
    """

    factor: int
    pair: Pair
    base: float

    @property
    def step(self) -> int:
        """Of the grid [µs]."""
        return self.pair.coarse.step


@dataclass(frozen=True, slots=True)
class Detection:
    """The best lag at one resolution.

    Attributes
    ----------
    lags
        All that pass chance [samples], the best first.
    searched
        How many lags were looked at.
    """

    level: Level
    news: tuple[News, News] = field(repr=False)
    seen: Correlogram = field(repr=False)
    lags: tuple[int, ...]
    score: float
    alike: float
    spread: float
    searched: int

    @property
    def chance(self) -> float:
        """How likely this would come of chance."""
        return chance_of(self.score, self.spread, self.searched)

    @property
    def is_sure(self) -> bool:
        """Whether finer resolutions need not be looked at at all lags."""
        return self.chance < _SURE and abs(self.alike) >= _ALIKE

    @property
    def offset(self) -> float:
        """The offset of the best lag [µs]."""
        return self.level.base + self.lags[0] * self.level.step


def level_of(pair: Pair, factor: int) -> Level:
    """The pair with a coarser grid, so many cells each."""
    coarser = Pair(pair.coarse.coarser(factor), pair.fine, pair.ratio * factor, pair.sign)
    start = (pair.coarse.begin - pair.fine.begin) / pair.fine.step
    first = round(start) % coarser.ratio
    return Level(factor, coarser, (start - first) * pair.fine.step)


def fine_in_cells(level: Level) -> Floats:
    """The fine series on a grid of the level's step."""
    fine, width = level.pair.fine, level.pair.ratio
    start = (level.pair.coarse.begin - fine.begin) / fine.step
    begins = np.arange(round(start) % width, len(fine) - width + 1, width)
    return means_from(fine.values, begins, width)


def factors_of(pair: Pair) -> list[int]:
    """The resolutions that are looked at: fourfold coarser ones and the grid itself, the coarsest first."""
    cells = [len(pair.coarse), len(pair.fine) // pair.ratio]
    factors = [1]
    while min(cells) // (factors[-1] * _FACTOR) >= _FEWEST and pair.coarse.step * factors[-1] * _FACTOR <= _COARSEST:
        factors.append(factors[-1] * _FACTOR)
    while len(factors) > 1 and max(cells) // factors[0] > _MOST_SAMPLES:
        del factors[0]
    return factors[::-1]


def detect(pair: Pair, bounds: tuple[float, float], *, keeps_days: bool = False) -> list[Detection]:
    """Look for offsets at each resolution, the coarsest first; at the finest ones only where those are not sure.

    Parameters
    ----------
    bounds
        The least and the greatest offset of the coarse behind the fine series that is looked at [µs].
    keeps_days
        Whether daily patterns are left in.
    """
    found: list[Detection] = []
    for factor in factors_of(pair):
        level = level_of(pair, factor)
        if len(level.pair.coarse) > MANY and any(one.is_sure for one in found):
            break
        news = (
            news_of(fine_in_cells(level), level.step, keeps_days=keeps_days),
            news_of(level.pair.coarse.values, level.step, keeps_days=keeps_days),
        )
        low, high = ((bound - level.base) / level.step for bound in bounds)
        seen = correlated(*news, int(np.ceil(max(low, -1e15))), int(np.floor(min(high, 1e15))))
        if len(seen):
            found.append(_best(level, news, seen))
    searched = sum(one.searched for one in found)
    return [replace(one, searched=searched) for one in found]


def _best(level: Level, news: tuple[News, News], seen: Correlogram) -> Detection:
    peaks = seen.peaks(6)
    best = peaks[0] if peaks else 0
    spread = seen.without(best, _BESIDE).spread
    score = abs(float(seen.scores[seen.at(best)])) if peaks else 0.0
    lags = [lag for lag in peaks if chance_of(float(seen.scores[seen.at(lag)]), spread, len(seen)) < _SMALL]
    alike = float(seen.alike[seen.at(best)]) if peaks else 0.0
    return Detection(level, news, seen, tuple(lags or [best]), score, alike, spread, len(seen))
