"""Stuck values: runs of one value that the channel's own repetitions don't explain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.blocks import equal_runs
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Stretch
from fairwatt.core.quality.spread import resolution_of
from fairwatt.core.quality.tails import first_gap

LEAST_RUN = 5
CONSTANT = 20
_CHANCE = 1e-3  # runs as long that chance makes in the whole channel
_BULK = 0.99  # of the runs, of which the usual repetition is taken
_FEW = 20  # runs that may be stuck in any channel
_SEVERAL = 3  # long runs of one value: there it rests
_MUCH = 0.1  # of all values
_NIGHTS = 8  # runs of a resting value that tell how long they are
_INDEX, _RESTING_INDEX = 0.1, 0.2  # as long as nights differ
_LIVES, _LIVELY_RUNS = 3.0, 50  # values in a run of a channel that lives, and how many runs show that it does
_MOST_KEPT = 200_000  # runs
_ENOUGH = 1_200  # lengths that a tail is taken from
_SLOW = 0.25  # of a run, that one beside it is long
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(slots=True)
class _Kept:
    """Runs, the i-th of each array; with those beside it."""

    value: Floats
    length: Ints
    row: Ints
    behind: Ints
    begin: Ints
    end: Ints
    creeps: Floats  # the least rounding step by which it creeps on from long runs beside it; infinite where it doesn't

    def some(self, which: Ints | NDArray[np.bool_]) -> _Kept:
        return _Kept(*(getattr(self, f.name)[which] for f in fields(_Kept)))


class RunLog:
    """The runs of equal values of one series' channel: taken window by window, judged when all are known.

    Where windows end changes nothing: a run goes on over the border. Of short runs only lengths are counted.
    """

    def __init__(self) -> None:
        self._open: _Kept | None = None  # the last two runs, of which the last may go on
        self._kept: list[_Kept] = []
        self._short: Counter[int] = Counter()  # by length
        self._least = LEAST_RUN
        self._resolution = self._low = np.inf
        self._high = -np.inf
        self._has_first = False

    def take(self, stretch: Stretch, context: int) -> None:
        """Take the values of a window that the window before didn't have."""
        usable = stretch.usable[stretch.usable >= context]
        if not len(usable):
            return
        numbers, place = stretch.values[usable], stretch.place
        self._resolution = min(self._resolution, resolution_of(numbers))
        self._low, self._high = min(self._low, float(numbers.min())), max(self._high, float(numbers.max()))
        begins, lengths = equal_runs(numbers)
        first, last = usable[begins], usable[begins + lengths - 1]
        new = _Kept(
            numbers[begins], lengths, first + place.first_row, last + 1 + place.first_row,
            place.times[first], place.ends_of(last), np.zeros(len(begins)),
        )  # fmt: skip
        runs = new if self._open is None else _continued(self._open, new)
        self._keep(runs, is_whole=False)
        self._open = runs.some(np.arange(max(0, len(runs.value) - 2), len(runs.value)))

    def _keep(self, runs: _Kept, *, is_whole: bool) -> None:
        """Keep the runs whose both sides are known; at the end, the last one too."""
        begin = 1 if self._has_first else 0
        whole = np.arange(begin, len(runs.value) - (0 if is_whole else 1))
        if not len(whole):
            return
        self._has_first = True
        lengths = runs.length[whole]
        self._count(lengths[lengths < self._least])
        long = whole[lengths >= self._least]
        kept = runs.some(long)
        kept.creeps = _creep_of(runs, long)
        self._kept.append(kept)
        if sum(len(one.value) for one in self._kept) > _MOST_KEPT:
            self._forget()

    def _count(self, lengths: Ints) -> None:
        numbers = np.bincount(lengths)
        self._short.update({int(at): int(numbers[at]) for at in np.flatnonzero(numbers)})

    def _forget(self) -> None:
        """Count the shorter half of the runs only: there are so many that only the longest can be told of."""
        kept = self._all()
        self._least = int(np.median(kept.length)) + 1
        is_long = kept.length >= self._least
        self._count(kept.length[~is_long])
        self._kept = [kept.some(is_long)]

    def _all(self) -> _Kept:
        return _Kept(*(np.concatenate([getattr(one, f.name) for one in self._kept]) for f in fields(_Kept)))

    def close(self, series: str, channel: str) -> tuple[Detections, ...]:
        """Find stuck runs, now that all are known; a channel of one value alone is told of otherwise."""
        if self._open is None:
            return ()
        self._keep(self._open, is_whole=True)
        kept = self._all()
        count = sum(self._short.values()) + len(kept.value)
        if count == 1:
            if kept.length.sum() < CONSTANT:
                return ()
            return (_detected("constant-channel", series, channel, kept),)
        if not len(kept.value):
            return ()
        shape = _Shape(self._short, kept.length, (self._low, self._high))
        told = _stuck_runs(kept.value, kept.length, shape)
        told = told[kept.creeps[told] > 1.01 * self._resolution]
        return (_detected("stuck-values", series, channel, kept.some(told)),)


def _continued(before: _Kept, new: _Kept) -> _Kept:
    """The runs before and the new ones; where the last and the first of these are of one value, they are one run."""
    if before.value[-1] == new.value[0]:
        new.length[0] += before.length[-1]
        new.row[0], new.begin[0] = before.row[-1], before.begin[-1]
        before = before.some(np.arange(len(before.value) - 1))
    return _Kept(*(np.concatenate((getattr(before, f.name), getattr(new, f.name))) for f in fields(_Kept)))


def _creep_of(runs: _Kept, at: Ints) -> Floats:
    """By what step runs creep on between two others of which one is long, as at dusk; infinite where none is."""
    before, after = np.maximum(at - 1, 0), np.minimum(at + 1, len(runs.value) - 1)
    value = runs.value[at]
    step = np.maximum(np.abs(runs.value[before] - value), np.abs(runs.value[after] - value))
    is_long = np.maximum(runs.length[before], runs.length[after]) >= _SLOW * runs.length[at]
    return np.where(is_long, step, np.inf)


def _detected(code: str, series: str, channel: str, runs: _Kept) -> Detections:
    return Detections(
        code, series, channel, runs.begin, runs.end, runs.row, runs.behind - runs.row, runs.length,
        runs.length.astype(np.float64), runs.value,
    )  # fmt: skip


class _Shape:
    """How long all runs are: the long ones, and of the short ones how many."""

    def __init__(self, short: Counter[int], long: Ints, ends: tuple[float, float]) -> None:
        self.ends = ends
        self.runs = sum(short.values()) + len(long)
        self.values = sum(length * n for length, n in short.items()) + int(long.sum())
        kinds, numbers = np.unique(long, return_counts=True)
        self._kinds = np.concatenate((np.array(sorted(short), dtype=np.int64), kinds))
        self._numbers = np.concatenate((np.array([short[k] for k in sorted(short)], dtype=np.int64), numbers))
        self._short = short

    @property
    def floor(self) -> float:
        """The length that chance makes hardly once, by how often values repeat."""
        left = max(1, int(_BULK * self.runs))
        taken = np.clip(left - np.concatenate(([0], np.cumsum(self._numbers)[:-1])), 0, self._numbers)
        repeated = float(((self._kinds - 1) * taken).sum() / max(1, int((self._kinds * taken).sum())))
        by_chance = np.log(_CHANCE / self.runs) / np.log(repeated) + 1 if 0 < repeated < 1 else 1.0
        return max(float(LEAST_RUN), by_chance)

    def with_short(self, lengths: Ints, least: int) -> Ints:
        """Lengths of long runs, and of the longest short ones, so that there are at least so many where there are."""
        more = [lengths]
        lacking = least - len(lengths)
        for length in sorted(self._short, reverse=True):
            if lacking <= 0:
                break
            more.append(np.full(min(lacking, self._short[length]), length, dtype=np.int64))
            lacking -= len(more[-1])
        return np.concatenate(more)


def _stuck_runs(values: Floats, lengths: Ints, shape: _Shape) -> Ints:
    """Which runs are stuck: those longer than the others, where a value that often rests is compared with itself."""
    floor = shape.floor
    long = np.flatnonzero(lengths >= floor)
    if not len(long):
        return long
    resting = _resting(values, lengths, long, shape)
    lively = np.flatnonzero(~np.isin(values, resting))
    usual = shape.with_short(lengths[lively], _ENOUGH)
    most = max(_FEW, shape.runs // 50)
    found = [lively[lengths[lively] >= _least_length(usual, floor, most=most, index=_INDEX)]]
    for value in resting:
        own = np.flatnonzero(values == value)
        if len(own) >= _NIGHTS:
            most = 1 + len(own) // 50
            found.append(own[lengths[own] >= _least_length(lengths[own], floor, most=most, index=_RESTING_INDEX)])
    return np.sort(np.concatenate(found))


def _resting(values: Floats, lengths: Ints, long: Ints, shape: _Shape) -> Floats:
    """The values at which a channel rests: nought, its least or its most, in several long runs or much of its time.

    One long run of a channel that lives before and after it is no rest, however much of the time it is.
    """
    candidates, times = np.unique(values[long], return_counts=True)
    total = np.array([lengths[values == value].sum() for value in candidates])
    at_end = (candidates == 0) | (candidates == shape.ends[0]) | (candidates == shape.ends[1])
    usual = (shape.values - total) / max(shape.runs - 1, 1)  # values in the other runs
    lives = (times == 1) & (shape.runs > _LIVELY_RUNS) & (usual <= _LIVES)
    return np.asarray(candidates[at_end & ((times >= _SEVERAL) | ((total >= _MUCH * shape.values) & ~lives))])


def _least_length(lengths: Ints, floor: float, *, most: int, index: float) -> float:
    """From how many equal values on a run is parted from all shorter ones."""
    if not len(lengths) or lengths.max() < floor:
        return float("inf")
    dither = np.arange(len(lengths)) * 0.6180339887498949 % 1.0 - 0.5
    return first_gap(lengths + dither, floor=floor - 0.5, most=most, index_floor=index) - 0.5
