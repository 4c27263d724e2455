"""Stretches whose values are right but for a factor: watts among kilowatts, a current transformer turned round.

What a channel usually shows is learned as the distribution of its values' magnitudes (logarithms) and signs. A stretch
is misread where its values, divided by the factor, fit that far better than they do as they stand: by the sum of
log-likelihood ratios along the stretch, with a price for each change (as in CUSUM; Page 1954). What was found is taken
out of what is usual and all is looked at again. Last, a stretch's own quantiles are held against those around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.detections import Detections
from fairwatt.core.quality.seasons import DAY
from fairwatt.core.quality.traces import Trace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Runs = list[tuple[int, int]]

# Quantities whose sign tells a direction that changes by itself.
TURNING = frozenset({"reactive_power", "reactive_energy", "power_factor", "cos_phi", "phase_angle", "temperature"})
_FEWEST = 48  # bits with a value other than nought
_SHORTEST = 4  # bits of a stretch
_CELLS_A_DECADE = 20
_MOST_DECADES = 9.0  # on either side of the usual magnitude
_SMOOTH = np.array([1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]) / 16  # over cells
_NEVER = 1e-4  # the share of values in a cell that holds none
_MOST_GAIN = 4.0  # that one value adds
_PRICES = (24.0, 192.0)  # of a change; the higher one where the lower makes too many stretches
_MANY = 40  # stretches
_ROUNDS = 3
_HALFWAY = 1.5  # decades to what is a thousand times as large
_SUSPECTED = 0.2  # how much what lies beyond is believed at first
_MOST_SHARE = 0.5  # of all values: the others are right
_OWN_SIGN = 0.98  # share of the values outside of stretches that have the channel's sign
_QUANTILES = (0.1, 0.5, 0.9)
_NEAR, _NEAR_OF_SPREAD = 0.06, 0.4  # how far quantiles may be apart: decades, and of their spread
_LEAST_TURN, _SHOWS_SIGN = 3_600_000_000, 7 * DAY  # a stretch of the other sign, and a series that has one
_FEW_SHORT = 5  # stretches below a day: of more, something is switched


@dataclass(frozen=True, slots=True)
class _Course:
    """Magnitudes and signs of a trace's values; those that are nought say nothing."""

    size: Floats  # log10 of what is away from nought
    is_own: Mask  # of the channel's usual sign
    says: Mask


def check_misreads(series: str, channel: str, trace: Trace, *, quantity: str = "") -> tuple[Detections, ...]:
    """Find stretches a thousand times larger or smaller, or of the other sign."""
    course = _course_of(trace.value)
    if course is None:
        return ()
    found = []
    for code, power in (("unit-slip", 3), ("unit-slip", -3), ("sign-flip", 0)):
        if code == "sign-flip" and (quantity in TURNING or course.is_own.all()):
            continue
        runs = _stretches(course, power, trace)
        if runs:
            factor = -1.0 if power == 0 else 10.0**power
            found.append(_detected(code, (series, channel), trace, runs, factor))
    return tuple(found)


def _course_of(values: Floats) -> _Course | None:
    says = values != 0
    if says.sum() < _FEWEST:
        return None
    size = np.zeros(len(values))
    size[says] = np.log10(np.abs(values[says]))
    usual = float(np.median(size[says]))
    size = np.clip(size, usual - _MOST_DECADES, usual + _MOST_DECADES)
    is_own = (values > 0) if (values > 0).sum() >= (values < 0).sum() else (values < 0)
    return _Course(size, is_own | ~says, says)


def _stretches(course: _Course, power: int, trace: Trace) -> Runs:
    """The stretches [first, behind) of a trace that fit by a factor, and not as they stand."""
    apart = np.zeros(len(course.size), dtype=np.bool_)
    weight = np.where(_is_suspect(course, power), _SUSPECTED, 1.0) * course.says
    runs: Runs = []
    for _ in range(_ROUNDS):
        gain = _gain(course, power, weight)
        if gain.max(initial=0.0) <= 0:
            return []
        runs = _best_runs(gain)
        mask = np.zeros(len(apart), dtype=np.bool_)
        for first, behind in runs:
            mask[first:behind] = True
        if (mask == apart).all():
            break
        apart = mask
        weight = (course.says & ~apart).astype(np.float64)
    if not runs or (apart & course.says).sum() > _MOST_SHARE * course.says.sum():
        return []
    is_one_sided = course.is_own[course.says & ~apart].mean() >= _OWN_SIGN
    if power == 0 and not is_one_sided:
        return []
    runs = [run for run in runs if _fits(course, power, run, apart)]
    if power == 0:
        runs = [run for run in runs if _lasts(trace, run)]
    short = [run for run in runs if trace.end[run[1] - 1] - trace.begin[run[0]] < DAY]
    most = _FEW_SHORT if power > 0 or is_one_sided else 0  # what goes through nought is small there
    return [run for run in runs if run not in short] if len(short) > most else runs


def _lasts(trace: Trace, run: tuple[int, int]) -> bool:
    """Whether a stretch of the other sign is long enough, in a series long enough: power turns round for minutes."""
    return bool(
        trace.end[run[1] - 1] - trace.begin[run[0]] >= _LEAST_TURN and trace.end[-1] - trace.begin[0] >= _SHOWS_SIGN
    )


def _is_suspect(course: _Course, power: int) -> Mask:
    """Which values are rather misread than usual, before anything is learned of the channel."""
    if not power:
        return ~course.is_own
    away = (course.size - np.median(course.size[course.says])) * np.sign(power)
    return np.asarray(away > _HALFWAY)


def _gain(course: _Course, power: int, weight: Floats) -> Floats:
    """How much better each value fits divided by the factor than as it stands (a log-likelihood ratio)."""
    cell = np.floor(course.size * _CELLS_A_DECADE).astype(np.int64)
    low = int(cell.min()) - 4 * _CELLS_A_DECADE
    cells = int(cell.max()) + 4 * _CELLS_A_DECADE - low
    shares = []
    for is_side in (course.is_own, ~course.is_own):
        counts = np.bincount(cell - low, weights=weight * is_side, minlength=cells)
        shares.append(np.convolve(counts, _SMOOTH, mode="same"))
    total = float(sum(side.sum() for side in shares))
    own, other = (np.log(side / max(total, 1.0) + _NEVER / _CELLS_A_DECADE) for side in shares)
    at = cell - low
    moved = at - power * _CELLS_A_DECADE
    as_is = np.where(course.is_own, own[at], other[at])
    turned = course.is_own if power else ~course.is_own
    mended = np.where(turned, own[moved], other[moved])
    return np.where(course.says, np.clip(mended - as_is, -_MOST_GAIN, _MOST_GAIN), 0.0)


def _best_runs(gain: Floats) -> Runs:
    for price in _PRICES:
        runs = _runs_by_price(gain, price)
        if len(runs) <= _MANY:
            return runs
    return []


def _runs_by_price(gain: Floats, price: float) -> Runs:
    """Stretches along which gains sum up to a price, and behind which they fall by as much."""
    sums = np.concatenate(([0.0], np.cumsum(gain)))
    runs: Runs = []
    at = 0
    while at < len(sums) - 1 and len(runs) <= _MANY:
        rest = sums[at:]
        lowest = np.minimum.accumulate(rest)
        risen = np.flatnonzero(rest - lowest >= price)
        if not len(risen):
            break
        up = int(risen[0])
        first = at + int(up - np.argmin(rest[: up + 1][::-1]))
        beyond = sums[first:]
        fallen = np.flatnonzero(np.maximum.accumulate(beyond) - beyond >= price)
        down = int(fallen[0]) if len(fallen) else len(beyond) - 1
        behind = first + int(np.argmax(beyond[: down + 1]))
        runs.append((first, behind))
        at = max(behind, first + 1)
    return runs


def _fits(course: _Course, power: int, run: tuple[int, int], apart: Mask) -> bool:
    """Whether a stretch's values, divided by the factor, are distributed as those around it."""
    first, behind = run
    inside = course.size[first:behind][course.says[first:behind]] - power
    if len(inside) < _SHORTEST:
        return False
    usual = course.says & ~apart & (course.is_own | bool(power))
    beside = slice(max(0, first - 2 * len(inside) - _FEWEST), behind + 2 * len(inside) + _FEWEST)
    around = course.size[beside][usual[beside]]
    if len(around) < _FEWEST:
        around = course.size[usual]
    if not len(around):
        return False
    own, other = np.quantile(inside, _QUANTILES), np.quantile(around, _QUANTILES)
    off = np.sort(np.abs(own - other))
    return bool(off[1] <= _NEAR + _NEAR_OF_SPREAD * float(other[2] - other[0]))  # of what switches, one may be off


def _detected(code: str, where: tuple[str, str], trace: Trace, runs: Runs, factor: float) -> Detections:
    first = np.array([run[0] for run in runs], dtype=np.int64)
    last = np.array([run[1] for run in runs], dtype=np.int64) - 1
    counts = np.concatenate(([0], np.cumsum(trace.count)))
    return Detections(
        code=code, series=where[0], channel=where[1], begin=trace.begin[first], end=trace.end[last],
        row=trace.row[first], rows=trace.row[last] + trace.rows[last] - trace.row[first],
        count=counts[last + 1] - counts[first], evidence=np.full(len(runs), factor),
    )  # fmt: skip
