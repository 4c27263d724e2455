"""A logger's clock that runs slow or fast: stamps that creep along the grid."""

from __future__ import annotations

import numpy as np

from fairwatt.core.quality.detections import Detections, Place

_LEAST_DRIFT = 1_000_000  # µs in all
_SCATTERS = 5.0
_PARTS = 8
_FEWEST = 200
_NICE = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600)  # seconds that loggers are set to
_NEAR = 0.02  # of a nice step, within which it was meant
_MOST_STEP = 0.02


def nominal_step(step: int) -> int:
    """The step [µs] that was meant: a usual one where the found is near it, otherwise as found."""
    for seconds in _NICE:
        if abs(step - seconds * 1_000_000) <= _NEAR * seconds * 1_000_000:
            return seconds * 1_000_000
    return step


def check_clock_drift(place: Place) -> Detections:
    """Find a drift of the stamps against even steps; the evidence is its rate in parts per million."""
    none = place.blocks("clock-drift", "", (np.zeros(0, np.int64), np.zeros(0, np.int64)))
    n = len(place.times)
    if n < _FEWEST or not place.step:
        return none
    step = nominal_step(place.step)
    since = np.diff(place.times)
    number = np.concatenate(([0], np.cumsum(np.rint(since / step).astype(np.int64))))
    beside = place.times - place.times[0] - number * step
    size = n // _PARTS
    parts = beside[: size * _PARTS].reshape(_PARTS, size)
    middles = np.median(parts, axis=1)
    scatter = float(np.median(np.abs(parts - middles[:, None])))
    moves = np.diff(middles)
    total = float(middles[-1] - middles[0])
    is_steady = (np.sign(moves) == np.sign(total)).all() and np.abs(moves).max() <= 3 * abs(total) / (_PARTS - 1)
    own = abs(total) / (_PARTS - 1) / 4  # a steady drift's own scatter within a part
    if abs(total) < _LEAST_DRIFT or not is_steady or scatter > max(own * 2, abs(total) / _SCATTERS):
        return none
    total = float(parts[-1].mean() - parts[0].mean())  # stamps in whole seconds step: their mean creeps
    rate = total / float((number[-1] * (_PARTS - 1) / _PARTS) * step) * 1e6
    return place.blocks("clock-drift", "", (np.array([0]), np.array([n])), evidence=np.array([rate]))
