"""Follow the offset of two series over time, window by window: drift and steps of a clock."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.alignment.correlating import chance_of, correlated
from fairwatt.core.alignment.whitening import News

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_WINDOWS = 48
_SURE_SCORE = 6.0  # that a window should reach alone
_FEWEST = 64  # samples of a window
_CHANCE = 1e-3
_JUMP = 3.0  # samples between windows, that are a step of a clock
_FAR = 2.0  # samples, that a lone window is away from both its neighbors


@dataclass(frozen=True, slots=True)
class Point:
    """Where one window was found.

    Attributes
    ----------
    middle
        The window's middle [samples of the second series].
    lag
        By how much the second series is behind [samples].
    score
        How sure, as :class:`~fairwatt.core.alignment.correlating.Correlogram` has it.
    """

    middle: float
    lag: float
    score: float


def count_windows(score: float, samples: int) -> int:
    """Into how many windows a match of that score may be cut so that each shows it alone."""
    return int(max(1, min(_MOST_WINDOWS, (score / _SURE_SCORE) ** 2, samples // _FEWEST)))


def track(a: News, b: News, lags: Sequence[int], reach: int, windows: int) -> list[Point]:
    """Find the lag of each window near one of the lags given; those that are not sure are left out.

    Parameters
    ----------
    reach
        How far from a given lag is looked [samples].
    """
    edges = [round(len(b) * i / windows) for i in range(windows + 1)]
    found = []
    for low, high in itertools.pairwise(edges):
        best = max((_look(a, b, (low, high), lag, reach) for lag in lags), key=lambda point: point.score)
        if chance_of(best.score, 1.0, len(lags) * (2 * reach + 1)) < _CHANCE:
            found.append(best)
    return found


def _look(a: News, b: News, window: tuple[int, int], lag: int, reach: int) -> Point:
    low, high = window
    first = max(0, low - lag - reach)
    last = min(len(a), high - lag + reach)
    middle = (low + high) / 2
    if last - first < 2:
        return Point(middle, lag, 0.0)
    part_a = News(a.values[first:last], a.known[first:last])
    part_b = News(b.values[low:high], b.known[low:high])
    shift = low - first  # a lag of the parts, that means none of the whole
    seen = correlated(part_a, part_b, lag - reach - shift, lag + reach - shift)
    if not len(seen):
        return Point(middle, lag, 0.0)
    best = int(np.argmax(np.abs(seen.scores)))
    return Point(middle, seen.first_lag + best + shift + _between(seen.scores, best), abs(float(seen.scores[best])))


def _between(scores: Floats, best: int) -> float:
    """Where between samples a parabola through a peak and its neighbors is highest."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, at, behind = np.abs(scores[best - 1 : best + 2])
    bend = before - 2 * at + behind
    return float(np.clip(0.5 * (before - behind) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def without_lone(points: Sequence[Point]) -> list[Point]:
    """The points without those that are away from two neighbors which agree with each other."""
    kept = list(points)
    for i in range(len(points) - 2, 0, -1):
        before, at, behind = points[i - 1 : i + 2]
        middle = (before.lag + behind.lag) / 2
        if abs(before.lag - behind.lag) <= _FAR and abs(at.lag - middle) > _FAR:
            del kept[i]
    return kept


def slope_of(points: Sequence[Point]) -> float:
    """The drift that most neighbors show [samples per sample]: the median of their slopes, three windows apart."""
    apart = min(3, len(points) - 1)
    if apart < 1:
        return 0.0
    pairs = zip(points[:-apart], points[apart:], strict=True)
    return float(np.median([(q.lag - p.lag) / (q.middle - p.middle) for p, q in pairs]))


def pieces_of(points: Sequence[Point], slope: float) -> list[list[Point]]:
    """The points between steps of a clock."""
    pieces: list[list[Point]] = []
    for point in points:
        if pieces:
            last = pieces[-1][-1]
            if abs(point.lag - last.lag - slope * (point.middle - last.middle)) <= _JUMP:
                pieces[-1].append(point)
                continue
        pieces.append([point])
    return pieces


def find_step(a_before: Floats, a_after: Floats, b: Floats) -> int:
    """The sample from which on ``b`` is liker ``a_after`` than ``a_before``."""
    gain = np.concatenate(([0.0], np.cumsum(a_before * b - a_after * b)))
    return int(np.argmax(gain))
