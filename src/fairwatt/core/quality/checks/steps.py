"""Is there an even step, and which rows lie off its grid?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.regularity import usual_step
from fairwatt.core.quality.detections import Detections, Place

_SAMPLE = 100_000
_OFF = 0.05  # of a step, that a row may lie beside the grid
_LOOSE = 0.1
_MOST_LOOSE = 0.9  # share of steps that are near the median one where clocks jitter
_LEAST = 2
_FEWEST = 50  # steps that show a grid of which many rows are missing
_LOW = 0.1  # the quantile of steps that is a single one
_WIDE, _AROUND = 0.25, 0.15  # of a step, that one may be longer or shorter
_SINGLE, _MULTIPLES = 0.25, 0.98  # share of steps that are single, and that are multiples of it


def find_step(times: NDArray[np.int64]) -> int:
    """The usual step of sorted times [µs]; the median where nearly all are near it; 0 where there is none."""
    since = np.diff(times[:_SAMPLE])
    since = since[since > 0]
    if len(since) < _LEAST - 1:
        return 0
    if len(since) == 1:
        return int(since[0])
    found = usual_step(since)
    if found:
        return found
    middle = int(np.median(since))
    near = np.abs(since - middle) <= _LOOSE * middle
    return middle if near.mean() >= _MOST_LOOSE else _thinned_step(since)


def _thinned_step(since: NDArray[np.int64]) -> int:
    """The step of a grid of which many rows are missing: the least usual one, of which all are multiples."""
    if len(since) < _FEWEST:
        return 0
    low = float(np.quantile(since, _LOW))
    single = since[np.abs(since - low) <= _WIDE * low]
    step = int(np.median(single))
    values, counts = np.unique(single, return_counts=True)
    if counts.max() > len(single) // 2:
        step = int(values[np.argmax(counts)])
    near = np.abs(since - np.rint(since / step) * step) <= _AROUND * step
    return step if len(single) >= _SINGLE * len(since) and near.mean() >= _MULTIPLES else 0


def check_steps(place: Place) -> Detections:
    """Find rows off the grid that the row before is on: the step between them is no whole number of steps."""
    step = max(place.step, 1)
    since = np.diff(place.times)
    off = np.abs(since - np.rint(since / step) * step)
    odd = np.zeros(len(place.times), dtype=np.bool_)
    odd[1:] = (off > _OFF * step) & bool(place.step)
    across = place.times[2:] - place.times[:-2]
    is_back = np.abs(across - np.rint(across / step) * step) <= _OFF * step
    odd[2:] &= ~(odd[1:-1] & is_back)  # the row behind one off the grid is on it again
    weight = np.concatenate(([0.0], off / 1e6)) if len(place.times) else np.zeros(0)
    return place.of_mask("irregular-steps", "", odd, weight)
