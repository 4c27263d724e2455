"""Shifts of level: medians of parts that change at once and stay changed."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fairwatt.core.quality.checks.histories import stretches
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.parts import Parts

WIDE = 10  # parts on either side
CHANGES = 5.0  # usual changes
_SHARE = 0.2  # of the level
_WIDTHS = 2.0  # how far a usual day's upper values are above its middle: of voltages and frequencies far less
_AT_ONCE = 0.6  # of the shift happens within one part


def check_level_shifts(series: str, channel: str, parts: Parts) -> Detections:
    """Find parts at which the level shifts; the evidence is the shift in usual changes."""
    n = len(parts)
    mask, score = np.zeros(n, dtype=np.bool_), np.zeros(n)
    if n >= 2 * WIDE:
        sides = sliding_window_view(parts.middle, WIDE)
        before, after = sides[:-WIDE], sides[WIDE:]
        low, high = np.median(before, axis=1), np.median(after, axis=1)
        within = np.maximum(_scatter(before), _scatter(after))
        usual = float(np.median(np.abs(np.diff(parts.middle))))
        scale = np.maximum(within, max(usual, 1e-9 * float(np.abs(parts.middle).max()), 1e-12))
        shift = high - low
        at_once = np.abs(after[:, 0] - before[:, -1]) >= _AT_ONCE * np.abs(shift)
        level = np.maximum(np.abs(low), np.abs(high))
        least = np.minimum(_SHARE * level, _WIDTHS * float(np.median(parts.high - parts.size)))
        value = np.where(at_once & (np.abs(shift) >= least), shift / scale, 0.0)
        score[WIDE : WIDE + len(value)] = value
        mask = _peaks(np.abs(score))
    return stretches("level-shift", (series, channel), parts, mask, score)


def _scatter(sides: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    middle = np.median(sides, axis=1)[:, None]
    return np.asarray(1.4826 * np.median(np.abs(sides - middle), axis=1))


def _peaks(score: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The largest scores, each alone among its neighbours."""
    mask = np.zeros(len(score), dtype=np.bool_)
    left = np.where(score >= CHANGES, score, 0.0)
    while left.any():
        at = int(np.argmax(left))
        mask[at] = True
        left[max(0, at - WIDE) : at + WIDE + 1] = 0.0
    return mask
