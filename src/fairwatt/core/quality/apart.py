"""Values that lie apart from all others, however many they are.

Tails are fitted to the bulk of a channel's heights. Where every fiftieth value is a glitch, the glitches are that tail.
What tells them then is an empty range between them and everything else, and that they come and go at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.blocks import mask_of, runs_of

Floats = NDArray[np.float64]

_INNER = 0.6  # of the values, at least, lie on the near side of an empty range
_EMPTY = 2.0  # times as wide as from the median to its near side
_LIVELY = 20  # kinds of values on the near side: nothing lies apart from a channel that rests or switches
_BRIEF = 3  # values in the usual run of those apart
_LONGEST = 60


def apart(values: Floats) -> Floats:
    """How far values are from the median, in reaches of the near ones, where they lie apart; nought elsewhere."""
    away = np.zeros(len(values))
    if len(values) < 2 * _LIVELY:
        return away
    middle = float(np.median(values))
    for beyond in (values - middle, middle - values):
        edge = _edge(beyond)
        near = beyond <= edge
        if edge <= 0 or near.all() or len(np.unique(values[near][: 100 * _LIVELY])) < _LIVELY:
            continue
        begins, ends = runs_of(~near)
        lengths = ends - begins
        if float(np.median(lengths)) > _BRIEF:
            continue
        brief = lengths <= _LONGEST
        told = mask_of(begins[brief], ends[brief], len(values))
        away = np.where(told, beyond / edge, away)
    return away


def _edge(beyond: Floats) -> float:
    """The largest distance on the near side of the first empty range; infinite where there is none."""
    at = int(_INNER * len(beyond))
    outer = np.sort(np.partition(beyond, at)[at:])
    inner = outer[:-1]
    empty = np.flatnonzero((np.diff(outer) > _EMPTY * inner) & (inner > 0))
    return float(inner[empty[0]]) if len(empty) else float("inf")
