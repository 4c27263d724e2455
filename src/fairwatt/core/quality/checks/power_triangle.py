"""P² + Q² (+ D²) = S², and |P| ≤ S."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.phases import phase_of
from fairwatt.core.quality.detections import Detections, Place
from fairwatt.core.quality.readings import Channel
from fairwatt.core.units import UNITS

Floats = NDArray[np.float64]

_SIDES = ("power", "reactive_power", "apparent_power", "distortion_power")
_HOLDS = 0.02  # of S, within which the relation usually is where it holds
_OFF = 0.05
_LESS = 0.20  # means over an interval in which power turns round may be so much less than that of S
_OVER = 0.02
_MOST = 0.10  # share of the rows that may leave a relation
_SMALL = 0.02  # of the usual S, below which meters are too coarse to say


def triangles(channels: Sequence[Channel]) -> Iterator[dict[str, Channel]]:
    """Groups of active, reactive and apparent power of one phase and statistic."""
    groups: dict[tuple[str, str], dict[str, Channel]] = defaultdict(dict)
    doubled: set[tuple[tuple[str, str], str]] = set()
    for channel in channels:
        if channel.quantity in _SIDES and channel.statistic in {"", "mean", "last"} and channel.unit in UNITS:
            key = (phase_of(channel.label), channel.statistic)
            if channel.quantity in groups[key]:
                doubled.add((key, channel.quantity))
            groups[key][channel.quantity] = channel
    for key, sides in groups.items():
        clear = {name: side for name, side in sides.items() if (key, name) not in doubled}
        if {"power", "apparent_power"} <= clear.keys():
            yield clear


def check_triangle(place: Place, channels: Sequence[Channel], values: Mapping[str, Floats]) -> Iterator[Detections]:
    """Find rows whose active power is above the apparent one, or that leave a relation which holds elsewhere."""
    for sides in triangles(channels):
        size = {name: np.abs(values[c.field]) * float(UNITS[c.unit].to_base) for name, c in sides.items()}
        p, s = size["power"], size["apparent_power"]
        known = np.isfinite(p) & np.isfinite(s)
        if not known.any():
            continue
        least = _SMALL * float(np.median(s[known]))
        share = np.where(known & (s > 0), (p - s) / np.where(s > 0, s, 1.0), 0.0)
        wrong = known & (share > _OVER) & (p > least)
        off = np.maximum(share, 0.0)
        if "reactive_power" in size and not _is_sum(sides["apparent_power"], channels):
            beside = np.nan_to_num(_residual(size, s))
            usual = np.abs(beside[known & (s > least)])
            away = ((beside > _OFF) | (beside < -_LESS)) & known & (np.maximum(p, s) > least)
            if len(usual) and float(np.median(usual)) <= _HOLDS and away.mean() <= _MOST:
                wrong |= away
                off = np.maximum(off, np.abs(beside))
        if wrong.any():
            yield place.of_mask("power-triangle", sides["apparent_power"].field, wrong, off)


def _is_sum(apparent: Channel, channels: Sequence[Channel]) -> bool:
    """Whether an apparent power is a total beside its phases': many meters add these up, whatever the power's signs."""
    phases = {phase_of(one.label) for one in channels if one.quantity == "apparent_power"}
    return phase_of(apparent.label) not in {"1", "2", "3"} and phases >= {"1", "2", "3"}


def _residual(size: Mapping[str, Floats], s: Floats) -> Floats:
    """How far √(P² + Q² + D²), or without D where that fits better, is above S, as a share of it."""
    safe = np.where(s > 0, s, np.nan)
    plain = (np.hypot(size["power"], size["reactive_power"]) - s) / safe
    if "distortion_power" not in size:
        return np.asarray(plain)
    full = np.sqrt(size["power"] ** 2 + size["reactive_power"] ** 2 + size["distortion_power"] ** 2)
    whole = (full - s) / safe
    known = np.isfinite(plain) & np.isfinite(whole)
    is_better = known.any() and np.median(np.abs(whole[known])) < np.median(np.abs(plain[known]))
    return np.asarray(whole if is_better else plain)
