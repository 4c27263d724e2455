"""Least ≤ mean ≤ most of the same interval."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.detections import Detections, Place
from fairwatt.core.quality.readings import Channel
from fairwatt.core.quality.spread import resolution_of

Floats = NDArray[np.float64]

_WORDS = re.compile(r"[\s_.\-]*\b(min(imum)?|avg|average|mean|max(imum)?)\b[\s_.\-]*", re.IGNORECASE)
_ORDER = ("min", "mean", "max")


def stem_of(channel: Channel) -> str:
    """A channel's name without its statistic: what the least, the mean and the most of one thing have in common."""
    return _WORDS.sub(" ", channel.label.replace("_", " ")).strip().casefold()


def families(channels: Sequence[Channel]) -> dict[str, dict[str, Channel]]:
    """The channels that are least, mean and most of one thing, by their common name."""
    found: dict[str, dict[str, Channel]] = defaultdict(dict)
    for channel in channels:
        if channel.statistic in _ORDER:
            found[stem_of(channel)].setdefault(channel.statistic, channel)
    return {stem: members for stem, members in found.items() if len(members) > 1}


def check_order(place: Place, channels: Sequence[Channel], values: Mapping[str, Floats]) -> Iterator[Detections]:
    """Find rows whose least is above their mean or most, or whose mean is above their most."""
    for members in families(channels).values():
        there = [members[name] for name in _ORDER if name in members]
        for low, high in pairwise(there):
            a, b = values[low.field], values[high.field]
            over = np.nan_to_num(a - b, nan=0.0, posinf=0.0, neginf=0.0)
            if not (over > 0).any():
                continue
            finite = a[np.isfinite(a)]
            slack = 1.001 * resolution_of(finite) if len(finite) else 0.0
            wrong = over > slack
            if wrong.any():
                yield place.of_mask("min-mean-max", high.field, wrong, over)
