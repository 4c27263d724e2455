"""Put readings on an even grid of times, and both of a pair on grids whose steps fit each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_CELLS = 1 << 26  # a year of half-seconds
_FINEST = 64  # parts of the coarser of two steps that the finer series is looked at in
_JITTER = 0.05  # of a step, that a row may lie beside the grid
_REGULAR = 0.98  # share of rows that lie on the grid
_COVERED = 0.5  # of a cell, that readings must cover
_HELD = 20  # median steps that a value of a series without an even step is taken to last


@dataclass(frozen=True, slots=True)
class Signal:
    """What one meter shows, as it came.

    Attributes
    ----------
    times
        Start of each row's interval [µs since 1970], sorted.
    values
        NaN where missing.
    step
        The usual step [µs]; 0 where there is none: each value then lasts until the next.
    """

    times: Ints
    values: Floats = field(repr=False)
    step: int

    @property
    def typical_step(self) -> int:
        """The usual step, or the median one [µs]; at least a microsecond."""
        if self.step or len(self.times) < 2:
            return max(self.step, 1)
        since = np.diff(self.times)
        since = since[since > 0]
        return max(int(np.median(since)), 1) if len(since) else 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Values on an even grid: cell k begins at ``begin + k * step`` [µs]; NaN where nothing is known."""

    begin: int
    step: int
    values: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def end(self) -> int:
        """The end of the last cell [µs]."""
        return self.begin + len(self.values) * self.step

    def coarser(self, factor: int) -> Grid:
        """Means of so many cells each."""
        if factor == 1:
            return self
        whole = len(self.values) // factor * factor
        means = means_from(self.values[:whole], np.arange(0, whole, factor), factor)
        return Grid(self.begin, self.step * factor, means)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two signals on grids: a cell of the coarse one is ``ratio`` cells of the fine one.

    Attributes
    ----------
    sign
        1 where the coarse one is B, -1 where it is A: what the offset of the coarse behind the fine is multiplied by.
    """

    coarse: Grid
    fine: Grid
    ratio: int
    sign: int


def means_from(values: Floats, begins: Ints, width: int) -> Floats:
    """The mean of ``width`` values from each beginning on; NaN where less than half are there."""
    if width == 1:
        found = np.full(len(begins), np.nan)
        inside = (begins >= 0) & (begins < len(values))
        found[inside] = values[begins[inside]]
        return found
    there = np.isfinite(values)
    level = float(values[there].mean()) if there.any() else 0.0
    sums = np.concatenate(([0.0], np.cumsum(np.where(there, values - level, 0.0))))
    counts = np.concatenate(([0], np.cumsum(there)))
    low, high = (np.clip(at, 0, len(values)) for at in (begins, begins + width))
    count = counts[high] - counts[low]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= _COVERED * width, level + (sums[high] - sums[low]) / count, np.nan)


def gridded(signal: Signal, step: int) -> Grid:
    """A signal on a grid of that step: its own cells where they fit, means over time otherwise."""
    if signal.step == step and (own := _own_grid(signal)) is not None:
        return own
    begin = int(signal.times[0])
    count = _cells(int(signal.times[-1]) + signal.typical_step - begin, step)
    return Grid(begin, step, _held(signal, begin + np.arange(count + 1, dtype=np.int64) * step))


def _cells(length: int, step: int) -> int:
    return min(max(-(-length // step), 1), MOST_CELLS)


def _own_grid(signal: Signal) -> Grid | None:
    """The grid that a signal's rows lie on already; None where they don't. Of repeats the first row counts."""
    step = signal.step
    turn = np.exp(2j * np.pi * (signal.times % step) / step).mean()
    phase = round(float(np.angle(turn)) / (2 * np.pi) * step)
    first = int(signal.times[0])
    begin = phase + round((first - phase) / step) * step
    slots = np.rint((signal.times - begin) / step).astype(np.int64)
    beside = np.abs(signal.times - begin - slots * step)
    if (beside <= _JITTER * step).mean() < _REGULAR:
        return None
    count = _cells(int(slots[-1] + 1) * step, step)
    values = np.full(count, np.nan)
    kept = (slots >= 0) & (slots < count) & np.isfinite(signal.values)
    values[slots[kept][::-1]] = signal.values[kept][::-1]
    return Grid(begin, step, values)


def _held(signal: Signal, edges: Ints) -> Floats:
    """Means over time between edges, each value held until its interval ends or the next row begins."""
    there = np.isfinite(signal.values)
    times, values = signal.times[there], signal.values[there]
    if not len(times):
        return np.full(len(edges) - 1, np.nan)
    longest = signal.step
    since = np.diff(times)
    if not longest and len(since):
        longest = int(max(_HELD * np.median(since), 2 * np.quantile(since, 0.99)))
    lasts = np.append(np.minimum(since, longest), longest if signal.step else signal.typical_step)
    level = float(values.mean())
    points = np.stack([times, times + lasts], axis=1).ravel()
    covered = np.repeat(np.cumsum(lasts), 2)
    covered[::2] -= lasts
    areas = np.cumsum(lasts * (values - level))
    area = np.repeat(areas, 2)
    area[::2] -= lasts * (values - level)
    cover = np.diff(np.interp(edges, points, covered.astype(np.float64)))
    sums = np.diff(np.interp(edges, points, area))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(cover >= _COVERED * np.diff(edges), level + sums / cover, np.nan)


def paired(a: Signal, b: Signal) -> Pair:
    """Both signals on grids; the step of the coarser one is a whole multiple of the finer one's."""
    is_b_coarse = b.typical_step >= a.typical_step
    coarse, fine = (b, a) if is_b_coarse else (a, b)
    step = coarse.typical_step
    ratio = _parts(step, fine.typical_step)
    return Pair(gridded(coarse, step), gridded(fine, step // ratio), ratio, 1 if is_b_coarse else -1)


def _parts(step: int, finer: int) -> int:
    """Into how many equal parts a step is cut, none finer than the finer series' own step."""
    most = min(_FINEST, step // max(finer, 1))
    if step % finer == 0 and step // finer <= _FINEST:
        return step // finer
    return next(parts for parts in range(max(most, 1), 0, -1) if step % parts == 0)
