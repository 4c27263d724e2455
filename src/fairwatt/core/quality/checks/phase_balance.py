"""Unbalanced phases: a voltage far from the mean of the three."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.phases import phase_of
from fairwatt.core.quality.checks.statistics_order import stem_of
from fairwatt.core.quality.detections import Detections, Place
from fairwatt.core.quality.readings import Channel

Floats = NDArray[np.float64]

MOST = 0.02
_PHASES = 3


def three_phases(channels: Sequence[Channel]) -> Iterator[tuple[Channel, ...]]:
    """The voltages of three phases of one statistic."""
    groups: dict[tuple[str, str, str], dict[str, Channel]] = defaultdict(dict)
    for channel in channels:
        phase = phase_of(channel.label)
        if channel.quantity == "voltage" and phase in {"1", "2", "3"}:
            stem = stem_of(channel)
            for mark in (f"l{phase}", f"phase {phase}", phase):
                stem = stem.replace(mark, "#", 1)
            groups[channel.statistic, channel.unit, stem][phase] = channel
    for members in groups.values():
        if len(members) == _PHASES:
            yield tuple(members[phase] for phase in sorted(members))


def check_balance(place: Place, channels: Sequence[Channel], values: Mapping[str, Floats]) -> Iterator[Detections]:
    """Find rows in which a phase's voltage is further from the mean of the three than it should be."""
    for three in three_phases(channels):
        grid = np.stack([values[channel.field] for channel in three])
        mean = grid.mean(axis=0)
        off = np.abs(grid - mean).max(axis=0) / np.where(mean > 0, mean, np.nan)
        off = np.nan_to_num(off)
        if (off > MOST).any():
            yield place.of_mask("voltage-unbalance", three[0].field, off > MOST, off)
