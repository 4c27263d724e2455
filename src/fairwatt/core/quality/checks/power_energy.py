"""Energy against power times time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.phases import phase_of
from fairwatt.core.quality.detections import Detections, Place
from fairwatt.core.quality.readings import Channel
from fairwatt.core.units import UNITS

Floats = NDArray[np.float64]

_AGREE = 0.05  # of one, within which the usual ratio is where both agree
_OFF = 0.10
_SMALL = 0.05  # of the usual energy of a row, below which it is too coarse to say
_FEWEST = 20
_STEADY = 0.05
_HOUR_US = 3_600_000_000


def pairs(channels: Sequence[Channel]) -> Iterator[tuple[Channel, Channel]]:
    """Power and energy of one phase and direction, where there is one of each."""
    kinds = {"power": [], "energy": []}  # type: dict[str, list[Channel]]
    for channel in channels:
        if channel.quantity in kinds and channel.statistic not in {"min", "max"} and channel.unit in UNITS:
            kinds[channel.quantity].append(channel)
    for power in kinds["power"]:
        key = (phase_of(power.label), power.direction)
        same = [one for one in kinds["energy"] if (phase_of(one.label), one.direction) == key]
        rivals = [one for one in kinds["power"] if (phase_of(one.label), one.direction) == key]
        if len(same) == len(rivals) == 1:
            yield power, same[0]


def check_power_energy(place: Place, channels: Sequence[Channel], values: Mapping[str, Floats]) -> Iterator[Detections]:
    """Find rows whose energy isn't their power times their time, and channels of which none is, by one factor."""
    if not place.step:
        return
    for power, energy in pairs(channels):
        e = values[energy.field] * float(UNITS[energy.unit].to_base) / 3_600
        if energy.is_register:
            e = np.diff(e, append=np.nan)
            e[:-1][np.diff(place.times) != place.step] = np.nan
        wanted = values[power.field] * float(UNITS[power.unit].to_base) * (place.step / _HOUR_US)
        known = np.isfinite(e) & np.isfinite(wanted)
        if known.sum() < _FEWEST:
            continue
        large = known & (np.abs(wanted) > _SMALL * float(np.median(np.abs(wanted[known])))) & (wanted != 0)
        ratio = np.where(large, e / np.where(large, wanted, 1.0), np.nan)
        usual = float(np.median(ratio[large])) if large.any() else np.nan
        yield from _judged(place, energy, ratio, large, usual)


def _judged(
    place: Place, energy: Channel, ratio: Floats, large: NDArray[np.bool_], usual: float
) -> Iterator[Detections]:
    if not np.isfinite(usual) or large.sum() < _FEWEST:
        return
    scatter = float(np.median(np.abs(ratio[large] / usual - 1))) if usual else np.inf
    if scatter > _STEADY:
        return  # power is not the mean of the interval: nothing can be said of a row
    if abs(usual - 1) <= _AGREE:
        off = np.abs(ratio - 1)
        wrong = large & (off > max(_OFF, 10 * scatter))
        if wrong.any():
            yield place.of_mask("power-energy", energy.field, wrong, np.abs(np.nan_to_num(ratio)))
    else:
        yield place.of_mask("power-energy", energy.field, large, np.full(len(ratio), usual))
