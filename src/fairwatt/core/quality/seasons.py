"""What a channel usually shows at a time of day: medians of the days around, working days and weekends apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Micros = NDArray[np.int64]

DAY = 86_400_000_000
BLOCK_DAYS = 14  # days that share a profile
_AROUND_DAYS = 14  # more on either side that it is made of
_MONDAY = 4  # 1970-01-01 was a Thursday: day 4 a Monday
_FEWEST = 5  # values that a median of weekends needs


def slots_of(times: Micros, slots: int) -> Micros:
    """Which of ``slots`` equal parts of its day (UTC) each time lies in."""
    return (times % DAY) * slots // DAY


def is_weekend(days: Micros) -> NDArray[np.bool_]:
    """Whether days since 1970 are Saturdays or Sundays."""
    return (days - _MONDAY) % 7 >= 5


def seasonal_residual(times: Micros, values: Floats, slots: int) -> tuple[Floats, Floats]:
    """What is left of values when the usual of their time of day is taken off.

    Parameters
    ----------
    times
        Sorted [µs since 1970, UTC].
    values
        None missing.
    slots
        Parts of a day.

    Returns
    -------
    tuple
        The residual, and the expected value.
    """
    first = int(times[0]) // DAY
    days = times // DAY - first
    slot = slots_of(times, slots)
    count = int(days[-1]) + 1
    grid = np.full((count, slots), np.nan)
    grid[days, slot] = values
    weekend = is_weekend(np.arange(first, first + count))
    expected = np.empty((count, slots))
    for begin in range(0, count, BLOCK_DAYS):
        near = slice(max(0, begin - _AROUND_DAYS), begin + BLOCK_DAYS + _AROUND_DAYS)
        own = slice(begin, begin + BLOCK_DAYS)
        expected[own] = _profiles(grid[near], weekend[near])[weekend[own].astype(np.int64)]
    usual = expected[days, slot]
    usual = np.where(np.isnan(usual), np.median(values), usual)
    return values - usual, usual


def _profiles(grid: Floats, weekend: NDArray[np.bool_]) -> Floats:
    """The profiles of working days and of weekends; of all days where one has too few."""
    whole = median_rows(grid)
    found = []
    for own in (~weekend, weekend):
        some = median_rows(grid[own])
        counts = np.isfinite(grid[own]).sum(axis=0)
        found.append(np.where(counts >= _FEWEST, some, whole))
    return np.stack(found)


def median_rows(grid: Floats) -> Floats:
    """The median of each column, missing values left out; NaN where all are."""
    return quantile_rows(grid, 0.5)


def quantile_rows(grid: Floats, share: float) -> Floats:
    """The lower quantile of each column, missing values left out; NaN where all are missing."""
    if not len(grid):
        return np.full(grid.shape[1], np.nan)
    ordered = np.sort(grid, axis=0)  # NaN last
    counts = np.isfinite(grid).sum(axis=0)
    at = np.minimum(np.maximum((share * counts).astype(np.int64), 0), np.maximum(counts - 1, 0))
    return np.asarray(np.take_along_axis(ordered, at[None, :], axis=0)[0], dtype=np.float64)
