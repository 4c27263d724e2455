"""Where a channel's values change to a thousand times as much, or a thousandth: another unit, most likely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_DECADES = (2.7, 3.3)  # the change of a prefix, and what a channel's own changes add to it
_GAP = 1.5  # decades that must lie empty between the two levels
_LEAST = 2  # days on either level: one may be a spike
_CYCLE = 20  # hours on either level of a short record: the sun and people go up and down within a day
_ALIKE = (2.85, 3.15)  # decades between the middles of its two levels
_MOST_SWITCHES = 4  # back and forth; more is a device that is switched on and off


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A change of level. ``place`` is that of the first day on the new level, ``factor`` 1000 or 0.001."""

    place: int
    factor: float


def find_level_changes(levels: Sequence[float]) -> tuple[LevelChange, ...]:
    """Find the changes by a factor of a thousand in a row of levels.

    Parameters
    ----------
    levels
        The largest absolute value of each day, in order of time; zero and nan say nothing.

    Examples
    --------
    >>> find_level_changes([2.1, 2.4, 1.9, 2205.0, 1998.0, 2401.0])
    (LevelChange(place=3, factor=1000.0),)
    """
    places = [i for i, level in enumerate(levels) if level > 0 and math.isfinite(level)]
    if len(places) < 2 * _LEAST:
        return ()
    logs = np.log10([levels[i] for i in places])
    ordered = np.sort(logs)
    gaps = np.diff(ordered)
    widest = int(np.argmax(gaps))
    low, high = ordered[: widest + 1], ordered[widest + 1 :]
    if gaps[widest] < _GAP or min(len(low), len(high)) < _LEAST:
        return ()
    if not _DECADES[0] <= float(np.median(high) - np.median(low)) <= _DECADES[1]:
        return ()
    is_high = logs > (ordered[widest] + ordered[widest + 1]) / 2
    switches = np.flatnonzero(is_high[1:] != is_high[:-1]) + 1
    if len(switches) > _MOST_SWITCHES:
        return ()
    return tuple(LevelChange(places[int(i)], 1000.0 if is_high[i] else 0.001) for i in switches)


def find_unit_step(levels: Sequence[float]) -> LevelChange | None:
    """Find the one place in a few days from which on all is a thousand times as large, or a thousandth.

    Parameters
    ----------
    levels
        The largest absolute value of each hour, in order of time; zero and nan say nothing.

    Examples
    --------
    >>> find_unit_step([2.1] * 24 + [2100.0] * 24)
    LevelChange(place=24, factor=1000.0)
    """
    places = [i for i, level in enumerate(levels) if level > 0 and math.isfinite(level)]
    logs = np.log10([levels[i] for i in places])
    if len(places) < 2 * _CYCLE:
        return None
    steps = np.abs(np.diff(logs))
    at = int(np.argmax(steps)) + 1
    before, after = logs[:at], logs[at:]
    apart = max(before.min() - after.max(), after.min() - before.max())
    middle = float(np.median(after) - np.median(before))
    if min(len(before), len(after)) < _CYCLE or apart < _GAP or not _ALIKE[0] <= abs(middle) <= _ALIKE[1]:
        return None
    return LevelChange(places[at], 1000.0 if middle > 0 else 0.001)
