"""Values that lie apart from all others, however many they are.

Tails are fitted to the bulk of a channel's heights. Where every fiftieth value is a glitch, the glitches are that tail.
What tells them then is an empty range between them and everything else, and that they come and go at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.blocks import mask_of, runs_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_INNER = 0.6  # of the values, at least, lie on the near side of an empty range
_EMPTY = 2.0  # times as wide as from the median to its near side
_LIVELY = 20  # kinds of values on the near side: nothing lies apart from a channel that rests or switches
_BRIEF = 3  # values in the usual run of those apart
_LONGEST = 60
_SAMPLED = 100_000
_ALIKE = 0.01  # of a height, on either side
_ABOUT = 0.03  # of a height, that one of a kind may be off
_NARROW = 0.08  # of a height: all within are of nearly one
_PEERS = 10  # values of nearly one height
_DENSER = 2.5  # times as many as if heights were spread evenly
_MOSTLY = 0.5
_RESTS = 0.05  # of the values, or of runs longer ones, from which one number nearer to nought is a rest
_FEWEST = 200  # values that tell a range
_FEW = 0.005  # of all values may lie beyond it, on either side
_GAP = 0.5  # of the range, that is empty before them


def apart(values: Floats) -> Floats:
    """How far values are from the median, in reaches of the near ones, where they lie apart; nought elsewhere."""
    away = np.zeros(len(values))
    if len(values) < 2 * _LIVELY:
        return away
    middle = float(np.median(values))
    for beyond in (values - middle, middle - values):
        for edge in _edges(beyond):
            near = beyond <= edge
            if len(np.unique(values[near][: 100 * _LIVELY])) < _LIVELY:
                continue
            told = _told(values, ~near, beyond)
            if told is not None:
                away = np.where(told, beyond / edge, away)
                break
    return away


def plateaus(values: Floats) -> Floats:
    """How far values lie beyond the range of nearly all others, in such ranges: short runs that come and go at once."""
    away = np.zeros(len(values))
    if len(values) < _FEWEST:
        return away
    count = max(1, int(_FEW * len(values)))
    low, high = (float(q) for q in np.quantile(values[:: -(-len(values) // _SAMPLED)], (_FEW, 1 - _FEW)))
    for beyond in (values - low, high - values):
        if float(beyond.max()) <= (1 + _GAP) * (high - low) or high <= low:
            continue
        outer = np.sort(np.partition(beyond, len(beyond) - count - 1)[len(beyond) - count - 1 :])
        empty = np.flatnonzero((np.diff(outer) > _GAP * outer[:-1]) & (outer[:-1] > 0))
        if not len(empty):
            continue
        edge = float(outer[empty[0]])
        far = beyond > edge
        begins, ends = runs_of(far)
        middle = (begins + ends) // 2
        odd = (ends - begins <= _LONGEST) & ~_recurring(values[middle], beyond[middle])
        away = np.where(mask_of(begins[odd], ends[odd], len(values)), beyond / edge, away)
    return away


def _edges(beyond: Floats) -> list[float]:
    """The largest distances on the near sides of empty ranges, the nearest first."""
    least = float(np.quantile(beyond if len(beyond) < _SAMPLED else beyond[:: len(beyond) // _SAMPLED], _INNER))
    if least <= 0 or float(beyond.max()) <= (1 + _EMPTY) * least:
        return []
    at = int(_INNER * len(beyond))
    outer = np.sort(np.partition(beyond, at)[at:])
    inner = outer[:-1]
    empty = np.flatnonzero((np.diff(outer) > _EMPTY * inner) & (inner > 0))
    return [float(edge) for edge in inner[empty]]


def _told(values: Floats, far: Mask, beyond: Floats) -> Mask | None:
    """Which of the values beyond an empty range are doubtful; None where they last, or are what is switched on."""
    begins, ends = runs_of(far)
    lengths = ends - begins
    if float(np.median(lengths)) > _BRIEF:
        return None
    kinds = _recurring(values[far], beyond[far])
    if kinds.mean() > _MOSTLY or _is_rest(values, far, lengths):
        return None
    brief = lengths <= _LONGEST
    told = mask_of(begins[brief], ends[brief], len(values))
    told[np.flatnonzero(far)[kinds]] = False
    return told


def _is_rest(values: Floats, far: Mask, lengths: NDArray[np.int64]) -> bool:
    """Whether the values apart are what a machine draws while it stands by: one number, nearer to nought, often."""
    level, count = _commonest(values[far])
    return (
        count > _MOSTLY * far.sum()
        and abs(level) < float(np.abs(values[~far]).min())
        and max(float(far.mean()), float((lengths > _BRIEF).mean())) > _RESTS
    )


def _commonest(values: Floats) -> tuple[float, int]:
    kinds, counts = np.unique(values, return_counts=True)
    at = int(np.argmax(counts))
    return float(kinds[at]), int(counts[at])


def _recurring(values: Floats, beyond: Floats) -> Mask:
    """Which values come again and again at nearly the same height, though no two need be equal: appliances."""
    if len(values) < _PEERS:
        return np.zeros(len(values), dtype=np.bool_)
    heights = np.log(beyond)
    ordered = np.sort(heights)
    low, high = np.quantile(ordered, (0.1, 0.9))
    evenly = 2 * _ALIKE * 0.8 * len(ordered) / max(float(high - low), _NARROW)
    alike = np.searchsorted(ordered, heights + _ALIKE) - np.searchsorted(ordered, heights - _ALIKE)
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    is_one_number = counts[which] > _MOSTLY * alike
    core = np.sort(heights[(alike >= np.maximum(_PEERS, _DENSER * evenly)) & ~is_one_number])
    around = (np.searchsorted(core, heights + way * _ABOUT) for way in (-1, 1))
    return np.asarray(np.not_equal(*around))
