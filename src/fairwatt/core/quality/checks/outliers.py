"""Outliers: up to three values that stand out over both sides further than the series' own nature reaches.

A value's height over both its neighbours (a top hat of what is left when the usual of its time of day is taken off) is
measured by what is usual at its place and hour. How far such heights naturally reach is followed along the tail of the
series itself: heavy tails and bursts of real load raise the threshold, one giant doesn't. What stands out by the size
of steps that last elsewhere, as of an appliance that is switched, is no outlier. What is left is looked at once more
against the median of its neighbours (Hampel 1974). However many they are, values are told of that an empty range parts
from all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.apart import apart, plateaus
from fairwatt.core.quality.blocks import equal_runs, mask_of, runs_of
from fairwatt.core.quality.checks.missing import LONGER
from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.excursions import heights, lasting_steps
from fairwatt.core.quality.readings import Stretch
from fairwatt.core.quality.seasons import DAY, seasonal_residual, slots_of
from fairwatt.core.quality.spread import resolution_of, spread_by_blocks, spread_by_times
from fairwatt.core.quality.tails import reach_of

Floats = NDArray[np.float64]
Micros = NDArray[np.int64]
Mask = NDArray[np.bool_]

LEAST_SCORE = 4.0  # heights, in usual ones, below which nothing is told of
_COARSE = 600_000_000  # steps from which a time of day has a profile of its own
_DAYS = 14  # that a profile needs
_GOLDEN, _PARTS = 40_503, 1 << 16  # their quotient is the golden section
_FEWEST = 8
_PEERS = 3  # steps of the same size that make a height natural
_ALIKE = 0.04
_NEAR = 10  # neighbours on either side of a candidate
_STANDS = 0.5  # of its height, that a candidate stands off from their median
_MANY_OF = 0.003  # of all values: so many must not be of one nature, however tall
_MANY = 15  # excursions of which it can be said whether they come in bursts
_CLOSE = 0.1  # of the mean distance
_SURE = 4.0  # standard errors
_KEEPS_HOURS = 12.0  # Rayleigh's statistic of their times of day
_ONE_HEIGHT = 0.6
_QUICK = 5_000_000  # steps up to which a start's inrush is seen
_BEFORE, _BEHIND = np.arange(-9, -3), np.arange(4, 10)  # rows whose levels are a start's sides
_OF_INRUSH = 0.15  # of an excursion's height, that the level changes by where something starts
_USUAL_HEIGHTS = 3.0
_RESTS, _USES, _SAME = 0.25, 20, 0.05  # share of all values at rest; how many of nearly one size are its use
_NEARLY_ALL = (0.01, 0.99)
_SAMPLED = 100_000
_FAR = 4.0  # widths of nearly all values
_LONGEST = 60  # values in a run; longer ones are stretches of another unit
_MOST_FAR = 0.01
_STILL, _BY_FAR = 0.05, 10  # share of all values that one long run is, and times as long as any other


@dataclass(frozen=True, slots=True)
class Outliers:
    """Where outliers are, and each one's height in usual ones (0 elsewhere)."""

    mask: Mask
    score: Floats


def check_outliers(stretch: Stretch) -> Detections:
    """Find outliers among the usable values of a channel; of a running total, among its increases."""
    usable, values, times = stretch.usable, stretch.numbers, stretch.times
    if stretch.channel.is_register and len(usable):
        grown, rates = _growth(values, times, stretch.place.step)
        usable, values, times = usable[grown], rates, times[grown]
    moves = _moves(values)
    usable, values, times = usable[moves], values[moves], times[moves]
    found = find_outliers(times, values, stretch.place.step)
    mask = np.zeros(len(stretch.values), dtype=np.bool_)
    mask[usable[found.mask]] = True
    weight = np.zeros(len(mask))
    weight[usable] = found.score
    return stretch.place.of_mask("outliers", stretch.channel.field, mask, weight, stretch.values)


def _growth(values: Floats, times: Micros, step: int) -> tuple[NDArray[np.int64], Floats]:
    """The rows to which a running total grew in one step, and by how much.

    What grew over an outage is of another kind; over a reset, and in the row behind it, nothing is known.
    """
    grown = np.diff(values)
    falls = grown < 0 if (grown < 0).sum() <= (grown > 0).sum() else grown > 0
    known = ~falls & ((np.diff(times) < LONGER * step) | (step == 0))
    known[1:] &= ~falls[:-1]
    return np.flatnonzero(known) + 1, grown[known]


def _moves(values: Floats) -> slice | Mask:
    """Which values are not in one run of equal ones far longer than all others: nothing usual is learned there."""
    begins, lengths = equal_runs(values)
    if len(lengths) < _FEWEST:
        return slice(None)
    at = int(np.argmax(lengths))
    second = int(max(lengths[:at].max(initial=0), lengths[at + 1 :].max(initial=0)))
    if lengths[at] < _STILL * len(values) or lengths[at] < _BY_FAR * second or lengths[at] <= _LONGEST:
        return slice(None)
    moves = np.ones(len(values), dtype=np.bool_)
    moves[begins[at] : begins[at] + lengths[at]] = False
    return moves


def find_outliers(times: Micros, values: Floats, step: int) -> Outliers:
    """Find a series' outliers.

    Parameters
    ----------
    times
        Sorted, without repeats [µs since 1970, UTC].
    values
        None missing, marks of missing values taken out.
    step
        The usual step [µs], 0 where there is none.
    """
    n = len(values)
    mask, score = np.zeros(n, dtype=np.bool_), np.zeros(n)
    if n < _FEWEST or values.min() == values.max():
        return Outliers(mask, score)
    rest, scale, wide = _measured(times, values, step)
    resolution = resolution_of(values)
    scale = np.maximum(scale, resolution)
    for height in (*heights(rest, 2), *wide):
        found, scores = _beyond(times, height, scale, resolution)
        if not len(found):
            continue
        tall = height[found]
        stands = ~_explained(values, tall) & _stands_off(rest, found, tall)
        if step <= _QUICK:
            stands &= ~_starts(values, found, tall, scale[found])
        stands &= ~_is_use(times, values, found)
        mask[found[stands]] = True
        score[found[stands]] = np.maximum(score[found[stands]], scores[stands])
    far = np.maximum(np.maximum(_far_off(values), apart(values)), plateaus(values))
    mask |= far > 0
    return Outliers(mask, np.maximum(score, far))


def _beyond(times: Micros, height: Floats, scale: Floats, resolution: float) -> tuple[NDArray[np.int64], Floats]:
    """The rows whose heights are beyond what is natural, and how many usual heights they are."""
    some = np.flatnonzero(height > 0.5 * resolution)
    part = ((some * _GOLDEN) & (_PARTS - 1)) / _PARTS  # evenly spread
    dither = (part - 0.5) * resolution  # so that rounded values make no steps in the tail
    z = (height[some] + dither) / scale[some]
    reach = reach_of(z, total=len(height), floor=LEAST_SCORE)
    told = z >= reach.least
    found, z = some[told], z[told]
    is_apart = z < (reach.beyond if len(found) <= _MANY_OF * len(height) else np.inf)
    if _is_natural(times[found[is_apart]], found[is_apart], height[found[is_apart]], len(height)):
        found, z = found[~is_apart], z[~is_apart]
    return found, z


def _far_off(values: Floats) -> Floats:
    """How many times the width of nearly all values those are away from them that are far, in short runs; else 0."""
    low, high = np.quantile(values if len(values) < _SAMPLED else values[:: len(values) // _SAMPLED], _NEARLY_ALL)
    width = float(high - low)
    if width <= 0 or (values.max() - high <= _FAR * width and low - values.min() <= _FAR * width):
        return np.zeros(len(values))
    away = np.maximum(low - values, values - high) / width
    far = away > _FAR
    begins, ends = runs_of(far)
    long = ends - begins > _LONGEST
    if long.any() or far.sum() > _MOST_FAR * len(values):
        far &= ~mask_of(begins[long], ends[long], len(values)) & (far.sum() <= _MOST_FAR * len(values))
    return np.where(far, away, 0.0)


def _measured(times: Micros, values: Floats, step: int) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """What is left of the values, how far it usually stands out, and how far it does above and below four of them."""
    is_long = int(times[-1]) // DAY - int(times[0]) // DAY >= _DAYS
    if step >= _COARSE and step <= DAY // 4 and is_long:
        slots = DAY // step
        rest, _ = seasonal_residual(times, values, slots)
        wide = heights(rest, 4)
        return rest, spread_by_times(wide[0] + wide[1], times, slots), wide
    wide = heights(values, 4)
    return values, spread_by_blocks(wide[0] + wide[1], times, step), wide


def _is_natural(times: Micros, found: NDArray[np.int64], height: Floats, size: int) -> bool:
    """Whether excursions come in bursts, keep hours or are all of one height: somebody lives there."""
    if len(found) < _MANY:
        return False
    first = found[np.concatenate(([True], np.diff(found) > 3))]
    gaps = np.diff(first)
    if len(gaps) >= _MANY:
        close, chance = float((gaps < _CLOSE * size / len(first)).mean()), 1 - np.exp(-_CLOSE)
        if close > chance + _SURE * np.sqrt(chance * (1 - chance) / len(gaps)):
            return True
    angles = 2 * np.pi * (times[np.concatenate(([True], np.diff(found) > 3))] % DAY) / DAY
    if len(first) * float(np.abs(np.exp(1j * angles).mean())) ** 2 > _KEEPS_HOURS:
        return True
    ordered = np.sort(height)
    alike = np.searchsorted(ordered, ordered * (1 + 2 * _ALIKE)) - np.arange(len(ordered))
    return bool(alike.max() > _ONE_HEIGHT * len(ordered))


def _explained(values: Floats, height: Floats) -> Mask:
    """Which heights are as large as several steps that last: something is switched so elsewhere."""
    steps = lasting_steps(values, float(height.min()) * (1 - _ALIKE))
    alike = np.searchsorted(steps, height * (1 + _ALIKE)) - np.searchsorted(steps, height * (1 - _ALIKE))
    return np.asarray(alike >= _PEERS)


def _starts(values: Floats, found: NDArray[np.int64], height: Floats, scale: Floats) -> Mask:
    """Which stand where the level changes for longer: the inrush of what starts, or what a switch leaves."""
    last = len(values) - 1
    before, behind = (np.median(values[np.clip(found[:, None] + at, 0, last)], axis=1) for at in (_BEFORE, _BEHIND))
    change = np.abs(behind - before)
    return np.asarray((change >= _OF_INRUSH * height) & (change >= _USUAL_HEIGHTS * scale))


def _is_use(times: Micros, values: Floats, found: NDArray[np.int64]) -> Mask:
    """Which stand between two rests of a channel that mostly rests, of a size and at an hour that it often shows."""
    sample = values[:: -(-len(values) // _SAMPLED)]
    middle = float(np.partition(sample, len(sample) // 2)[len(sample) // 2])
    if not len(found) or (values == middle).mean() < _RESTS:
        return np.zeros(len(found), dtype=np.bool_)
    ordered = np.sort(values)
    last = len(values) - 1
    is_between = (values[np.maximum(found - 1, 0)] == middle) & (values[np.minimum(found + 1, last)] == middle)
    slack = _SAME * np.abs(values[found])
    alike = np.searchsorted(ordered, values[found] + slack) - np.searchsorted(ordered, values[found] - slack)
    hours = slots_of(times, 24)
    at_work = np.bincount(hours[values != middle], minlength=24)
    return np.asarray(is_between & (alike >= _USES) & (at_work[hours[found]] >= _USES))


def _stands_off(rest: Floats, found: NDArray[np.int64], height: Floats) -> Mask:
    """Which stand off from the median of their neighbours too."""
    around = np.concatenate((np.arange(-_NEAR, 0), np.arange(1, _NEAR + 1)))
    at = found[:, None] + around
    at = np.clip(at, 0, len(rest) - 1)
    middle = np.median(rest[at], axis=1)
    return np.asarray(np.abs(rest[found] - middle) >= _STANDS * height)
