"""Stuck values: runs of one value that the channel's own repetitions don't explain."""

from __future__ import annotations

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
_MOST = 0.25  # of all values; a channel that is stuck more than that is one that rests
_SLOW = 0.25  # of a run, that one beside it is long
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def check_stuck(stretch: Stretch) -> tuple[Detections, ...]:
    """Find stuck runs; a channel of one value alone is told of otherwise."""
    numbers, usable, place = stretch.numbers, stretch.usable, stretch.place
    if len(numbers) < LEAST_RUN:
        return ()
    begins, lengths = equal_runs(numbers)
    if len(begins) == 1:
        if len(numbers) < CONSTANT:
            return ()
        whole = (usable[:1], usable[-1:] + 1)
        size = np.array([len(numbers)])
        field = stretch.channel.field
        return (place.blocks("constant-channel", field, whole, evidence=size.astype(np.float64), count=size),)
    longest = _stuck_runs(numbers[begins], lengths)
    first, last = begins[longest], begins[longest] + lengths[longest] - 1
    runs = (usable[first], usable[last] + 1)
    found = place.blocks(
        "stuck-values",
        stretch.channel.field,
        runs,
        evidence=lengths[longest].astype(np.float64),
        count=lengths[longest],
    )
    return (found,)


def _stuck_runs(values: Floats, lengths: Ints) -> Ints:
    """Which runs are stuck: those longer than the others, where a value that often rests is compared with itself."""
    floor = _floor_of(lengths)
    long = np.flatnonzero(lengths >= floor)
    if not len(long):
        return long
    resting = _resting(values, lengths, long)
    lively = np.flatnonzero(~np.isin(values, resting))
    found = [lively[lengths[lively] >= _least_length(lengths[lively], floor)]]
    for value in resting:
        own = np.flatnonzero(values == value)
        if len(own) >= _NIGHTS:
            found.append(own[lengths[own] >= _least_length(lengths[own], floor, is_resting=True)])
    runs = np.sort(np.concatenate(found))
    runs = runs[~_creeps(values, lengths, runs)]
    return runs if lengths[runs].sum() <= _MOST * lengths.sum() else runs[:0]


def _creeps(values: Floats, lengths: Ints, runs: Ints) -> NDArray[np.bool_]:
    """Which runs lie between long ones, each a rounding step away: there the channel changes slowly, as at dusk."""
    step = 1.01 * resolution_of(values)
    before, after = np.maximum(runs - 1, 0), np.minimum(runs + 1, len(values) - 1)
    near = (np.abs(values[before] - values[runs]) <= step) & (np.abs(values[after] - values[runs]) <= step)
    return np.asarray(near & (np.maximum(lengths[before], lengths[after]) >= _SLOW * lengths[runs]))


def _floor_of(lengths: Ints) -> float:
    """The length that chance makes hardly once, by how often values repeat."""
    bulk = np.sort(lengths)[: max(1, int(_BULK * len(lengths)))]
    repeated = float((bulk - 1).sum() / max(1, bulk.sum()))
    by_chance = np.log(_CHANCE / len(lengths)) / np.log(repeated) + 1 if 0 < repeated < 1 else 1.0
    return max(float(LEAST_RUN), by_chance)


def _resting(values: Floats, lengths: Ints, long: Ints) -> Floats:
    """The values at which a channel rests: nought, its least or its most, in several long runs or much of its time."""
    candidates, times = np.unique(values[long], return_counts=True)
    of = np.searchsorted(candidates, values)
    of = np.where(
        (of < len(candidates)) & (candidates[np.minimum(of, len(candidates) - 1)] == values), of, len(candidates)
    )
    total = np.bincount(of, weights=lengths, minlength=len(candidates) + 1)[:-1]
    at_end = (candidates == 0) | (candidates == values.min()) | (candidates == values.max())
    return np.asarray(candidates[at_end & ((times >= _SEVERAL) | (total >= _MUCH * lengths.sum()))])


def _least_length(lengths: Ints, floor: float, *, is_resting: bool = False) -> float:
    """From how many equal values on a run is parted from all shorter ones."""
    if not len(lengths) or lengths.max() < floor:
        return float("inf")
    dither = np.arange(len(lengths)) * 0.6180339887498949 % 1.0 - 0.5
    most = 1 + len(lengths) // 50 if is_resting else max(_FEW, len(lengths) // 50)
    index = _RESTING_INDEX if is_resting else _INDEX
    return first_gap(lengths + dither, floor=floor - 0.5, most=most, index_floor=index) - 0.5
