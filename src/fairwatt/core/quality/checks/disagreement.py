"""Two meters of one thing that disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.phases import phase_of
from fairwatt.core.quality.detections import Detections, Place
from fairwatt.core.quality.readings import Channel

Floats = NDArray[np.float64]

_AGREE = 0.02  # of the value, within which two meters of one thing usually are
_FEWEST = 30
_USUAL = 10.0
_MOST_CHANNELS = 12  # of one kind that are compared with each other
_ALIKE = 0.98  # correlation of changes
_QUANTITIES = frozenset({"power", "energy", "current", "reactive_power", "apparent_power", "temperature", "irradiance",
                         "voltage"})  # fmt: skip


def twins(channels: Sequence[Channel]) -> Iterator[tuple[Channel, Channel]]:
    """Channels that may measure one thing: alike in all but their name, and of no phase."""
    kinds: dict[tuple[str, ...], list[Channel]] = {}
    for one in channels:
        if one.quantity in _QUANTITIES and not phase_of(one.label) and not one.is_register:
            kinds.setdefault((one.quantity, one.unit, one.direction, one.statistic), []).append(one)
    for members in kinds.values():
        if len(members) <= _MOST_CHANNELS:
            yield from combinations(members, 2)


def check_disagreement(place: Place, channels: Sequence[Channel], values: Mapping[str, Floats]) -> Iterator[Detections]:
    """Find rows in which two channels differ that elsewhere show the same."""
    for first, second in twins(channels):
        a, b = values[first.field], values[second.field]
        known = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
        if len(known) < _FEWEST:
            continue
        x, y = a[known], b[known]
        size = np.maximum(np.abs(x), np.abs(y))
        apart = np.abs(x - y)
        lively = float(np.median(np.abs(x - np.median(x))))
        usual = float(np.median(apart))
        if lively == 0 or usual > _AGREE * float(np.median(size)) or usual > 0.1 * lively or not _move_alike(x, y):
            continue
        scatter = max(float(np.median(apart)), 1e-9 * float(size.max()))
        weight = np.zeros(len(a))
        weight[known] = apart / scatter
        wrong = np.zeros(len(a), dtype=np.bool_)
        wrong[known] = (apart > _USUAL * scatter) & (apart > _AGREE * size) & (apart > _AGREE * float(np.median(size)))
        if wrong.any():
            yield place.of_mask("meters-disagree", second.field, wrong, weight)


def _move_alike(x: Floats, y: Floats) -> bool:
    """Whether most changes of one are the other's, by their signs and sizes (robust: by the median)."""
    u, v = np.diff(x), np.diff(y)
    moves = np.abs(u) > np.median(np.abs(u))
    if not moves.any():
        return False
    return float(np.median(np.abs(u[moves] - v[moves]) / np.abs(u[moves]))) < 1 - _ALIKE + 0.18
