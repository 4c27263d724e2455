"""Stuck values: runs of one value that the channel's own repetitions don't explain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.blocks import equal_runs
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.readings import Stretch
from fairwatt.core.quality.tails import reach_of

LEAST_RUN = 5
CONSTANT = 20
_CHANCE = 1e-3  # runs as long that chance makes in the whole channel
_BULK = 0.99  # of the runs, of which the usual repetition is taken
_PEERS = 2  # other long runs of the same value that make one natural
_LONGER = 1.5  # times the longest run that is natural
_AS_LONG = 0.4
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
    least = _least_length(lengths)
    shorter = lengths[lengths < least]
    natural = _LONGER * int(shorter.max()) if len(shorter) and len(shorter) < len(lengths) else 0
    longest = np.flatnonzero(lengths >= max(least, natural))
    longest = longest[~_is_usual(numbers[begins], lengths, longest)]
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


def _least_length(lengths: Ints) -> float:
    """From how many equal values on a run is not what the channel does by itself."""
    ordered = np.sort(lengths)
    bulk = ordered[: max(1, int(_BULK * len(ordered)))]
    repeated = float((bulk - 1).sum() / max(1, bulk.sum()))
    starts = len(lengths)
    by_chance = np.log(_CHANCE / starts) / np.log(repeated) + 1 if 0 < repeated < 1 else 1.0
    floor = max(float(LEAST_RUN), by_chance)
    long = lengths[lengths > 1].astype(np.float64)
    if not len(long) or long.max() < floor:
        return float("inf")
    dither = np.arange(len(long)) * 0.6180339887498949 % 1.0 - 0.5
    return reach_of(long + dither, total=starts, floor=floor - 0.5).least


def _is_usual(values: NDArray[np.float64], lengths: Ints, longest: Ints) -> NDArray[np.bool_]:
    """Which runs have others like them, of the same value and nearly as long: nights without sun, standby, a limit."""
    usual = np.zeros(len(longest), dtype=np.bool_)
    for value in np.unique(values[longest]):
        same = np.sort(lengths[values == value])
        own = np.flatnonzero(values[longest] == value)
        others = len(same) - np.searchsorted(same, _AS_LONG * lengths[longest[own]]) - 1
        usual[own] = others >= _PEERS
    return usual
