"""How far values usually stand out where and when they are: robust scales by block and by time of day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.seasons import BLOCK_DAYS, DAY, quantile_rows, slots_of

Floats = NDArray[np.float64]
Micros = NDArray[np.int64]

_USUAL = 0.8  # the quantile of heights that is a block's scale
_LEAST_BLOCK, _MOST_BLOCK = 48, 512
_HOUR = 3_600_000_000
_OF_HOUR = 0.5  # of what is usual at an hour of day, that a block's scale is at least
_OF_ALL = 0.05
_OF_LIVELY = 0.1  # of the scale of lively blocks, for quiet ones
_AROUND = 2  # slots on either side that share a scale
_ROUNDING_SAMPLE = 4096


def resolution_of(values: Floats) -> float:
    """The least step that a channel's values make: of some of them from all its time, as 64-bit floats allow."""
    some = np.unique(values[:: max(1, len(values) // _ROUNDING_SAMPLE)])
    steps = np.diff(some)
    least = float(steps.min()) if len(steps) else 0.0
    biggest = float(np.max(np.abs(some))) if len(some) else 0.0
    return max(least, biggest * 1e-9, 1e-12)


def spread_by_blocks(heights: Floats, times: Micros, step: int) -> Floats:
    """The scale of each value from its neighbours and its hour of day (for steps below ten minutes).

    Parameters
    ----------
    heights
        How far each value stands out.
    times
        Sorted [µs].
    step
        The usual step [µs].
    """
    n = len(heights)
    size = min(n, int(np.clip(_HOUR // max(step, 1), _LEAST_BLOCK, _MOST_BLOCK)))
    count = n // size
    own = heights[: count * size].reshape(count, size)
    at = int(_USUAL * size)
    scales = np.partition(own, at, axis=1)[:, at]
    hours = slots_of(times[: count * size : size], 24)
    usual = np.zeros(24)
    for hour in np.unique(hours):
        usual[hour] = np.median(scales[hours == hour])
    near = scales
    if count > 2:
        near = np.maximum(scales, np.maximum(np.roll(scales, 1), np.roll(scales, -1)))
    near = np.maximum(near, np.maximum(_OF_HOUR * usual[hours], _OF_LIVELY * float(np.quantile(scales, 0.9))))
    return np.repeat(near, np.diff(np.append(np.arange(count) * size, n)))


def spread_by_times(heights: Floats, times: Micros, slots: int) -> Floats:
    """The scale of each value from the same times of the days around (for steps of ten minutes and more)."""
    first = int(times[0]) // DAY
    days = times // DAY - first
    slot = slots_of(times, slots)
    count = int(days[-1]) + 1
    grid = np.full((count, slots), np.nan)
    grid[days, slot] = heights
    scales = np.empty((count, slots))
    for begin in range(0, count, BLOCK_DAYS):
        near = grid[max(0, begin - BLOCK_DAYS) : begin + 2 * BLOCK_DAYS]
        wide = np.concatenate([np.roll(near, shift, axis=1) for shift in range(-_AROUND, _AROUND + 1)])
        scales[begin : begin + BLOCK_DAYS] = quantile_rows(wide, _USUAL)
    whole = float(np.quantile(heights, _USUAL))
    scales = np.where(np.isnan(scales), whole, scales)
    return np.maximum(scales[days, slot], _OF_ALL * whole)
