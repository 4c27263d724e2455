"""Numbers that stand for missing values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.sentinels import find_sentinels, is_known
from fairwatt.core.quality.checks.misreads import TURNING
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Stretch

Floats = NDArray[np.float64]

_SAMPLE = 20_000
_TABLE = 70_000  # whole numbers up to which are looked up
_REPEATED = 3
_AS_OFTEN = 3.0  # times as often as the numbers beside it
_JUMPS = 3.0  # times the usual step's upper end that a mark jumps from its neighbours
_SURE = 0.6
_FEW_KINDS = 3  # different marks that a channel has at most
_FEWEST = 20  # other values
_LARGE = -99.0  # from here on a mark tells by itself
_AWAY = 3.0  # times a small mark, that the values beside it are away from nought
_MOST_SMALL = 0.2  # of all values
_OTHERS = np.array([99.9, 999.9, 9999.9, 99.99, 999.99, 9999.99])
_WHOLE = np.array([n for n in range(_TABLE) if is_known(float(n)) or is_known(float(-n))])


def check_sentinels(stretch: Stretch) -> Detections:
    """Find marks of missing values: those declared, those apart from all others, and those that interrupt."""
    values = stretch.values
    marks = set(stretch.channel.null_values)
    numbers = values[np.isfinite(values)]
    marks |= find_marks(numbers, stretch.channel.quantity)
    mask = np.isin(values, list(marks)) if marks else np.zeros(len(values), dtype=np.bool_)
    return stretch.place.of_mask("sentinel-values", stretch.channel.field, mask, np.nan_to_num(np.abs(values)), values)


def find_marks(numbers: Floats, quantity: str) -> set[float]:
    """The numbers among a channel's values that stand for missing ones."""
    if len(numbers) < _REPEATED:
        return set()
    sample = numbers if len(numbers) <= _SAMPLE else numbers[:: len(numbers) // _SAMPLE]
    low, high = np.quantile(sample, (0.02, 0.98))
    candidates = numbers[_may_be_mark(numbers)]
    if not len(candidates):
        return set()
    values, counts = np.unique(candidates, return_counts=True)
    around, times = np.unique(numbers[(numbers < low) | (numbers > high)], return_counts=True)
    bulk, often = np.unique(sample, return_counts=True)
    counted = {**dict(zip(bulk.tolist(), often.tolist(), strict=True)),
               **dict(zip(around.tolist(), times.tolist(), strict=True)),
               **dict(zip(values.tolist(), counts.tolist(), strict=True))}  # fmt: skip
    found = {mark.value for mark in find_sentinels(counted, quantity) if mark.confidence >= _SURE}
    found |= _lone_negatives(numbers, quantity)
    repeated = [(v, n) for v, n in zip(values.tolist(), counts.tolist(), strict=True) if n >= _REPEATED]
    return found | {v for v, n in repeated if v not in found and _interrupts(numbers, v, n)}


def _lone_negatives(numbers: Floats, quantity: str) -> set[float]:
    """Known negative marks in a channel of which no other value is negative: a load of watts, say.

    Large ones are marks by that alone; small ones (-1, -9) where they break off values well away from nought, so that
    no count or temperature just below it is taken for one.
    """
    below = np.flatnonzero(numbers < 0)
    kinds, counts = np.unique(numbers[below][: len(numbers)], return_counts=True)
    if not len(kinds) or len(kinds) > _FEW_KINDS or quantity in TURNING or len(numbers) - len(below) < _FEWEST:
        return set()
    if not all(is_known(value) for value in kinds.tolist()):
        return set()
    others = numbers[numbers >= 0]
    usual = float(np.median(others))
    found = set()
    for value, count in zip(kinds.tolist(), counts.tolist(), strict=True):
        is_large = value <= _LARGE and len(np.unique(others[:_SAMPLE])) > _FEW_KINDS
        at = np.flatnonzero(numbers == value)
        before = numbers[np.maximum(at - 1, 0)]
        breaks = before[before >= 0]
        is_break = len(breaks) > 0 and float(np.median(breaks)) >= _AWAY * -value and usual >= _AWAY * -value
        if is_large or (is_break and count <= _MOST_SMALL * len(numbers)):
            found.add(value)
    return found


def _may_be_mark(numbers: Floats) -> NDArray[np.bool_]:
    """Which values are numbers that programs write for a missing one, by looking them up."""
    size = np.abs(numbers)
    table = np.zeros(_TABLE, dtype=np.bool_)
    table[_WHOLE] = True
    near = np.minimum(size, _TABLE - 1).astype(np.int32)
    known = np.asarray(table[near] & (near == size))
    rest = np.flatnonzero((size >= 99.9) & (near != size))
    known[rest] = np.isin(size[rest], _OTHERS) | (size[rest] >= 1e9)
    large = rest[(size[rest] >= _TABLE) & (size[rest] < 1e9)][:_SAMPLE]
    known[large] = [is_known(value) for value in numbers[large].tolist()]
    return known


def _interrupts(numbers: Floats, value: float, count: int) -> bool:
    """Whether a known mark among the values comes far oftener than numbers beside it, and jumps from its neighbours."""
    if value == 0 or abs(value) < 9 or count > 0.5 * len(numbers):
        return False
    width = max(1.0, abs(value) * 0.002)
    beside = ((numbers > value - width) & (numbers < value + width)).sum() - count
    kinds = len(np.unique(numbers[(numbers > value - width) & (numbers < value + width)]))
    if count < _AS_OFTEN * beside / max(1, kinds - 1):
        return False
    steps = np.abs(np.diff(numbers))
    at = np.flatnonzero(numbers == value)
    before = at[(at > 0)] - 1
    jumps = steps[before][numbers[before] != value]
    usual = float(np.quantile(steps[steps > 0], 0.95)) if (steps > 0).any() else 0.0
    return len(jumps) > 0 and float(np.median(jumps)) > _JUMPS * usual
