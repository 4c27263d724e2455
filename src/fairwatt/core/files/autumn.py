"""Local times in the hour that clocks repeat in autumn, before anybody knows which clock a file follows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.local_time import clock_changes
from fairwatt.core.files.stamps import DAY, NOT_A_TIME
from fairwatt.core.files.zones import LONDON

Stamps = NDArray[np.int64]
Mask = NDArray[np.bool_]

HOUR = DAY // 24
_YEARS = (1902, 2199)


def come_twice(stamps: Stamps) -> Mask:
    """Which local stamps [µs] may come twice: those of the hour in which British clocks go back, and of the next one,
    in which those of Central Europe do."""
    found = np.zeros(len(stamps), dtype=np.bool_)
    there = stamps[stamps != NOT_A_TIME]
    years = np.unique(there.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970)
    for year in years[(years >= _YEARS[0]) & (years <= _YEARS[1])].tolist():
        for change in clock_changes(LONDON, year, year):
            if change.after < change.before:
                found |= (stamps >= change.local_from) & (stamps < change.local_to + HOUR)
    return found


def passes(stamps: Stamps, codes: Stamps) -> Stamps:
    """For each row 1 where it is the second one of its series at a time that comes twice, else 0.

    Parameters
    ----------
    stamps
        Local times [µs].
    codes
        Whose row each is.
    """
    found = np.zeros(len(stamps), dtype=np.int64)
    at = np.flatnonzero(come_twice(stamps))
    if len(at):
        keys = np.stack([stamps[at], codes[at]])
        order = np.lexsort(keys)
        same = (np.diff(keys[:, order], axis=1) == 0).all(axis=0)
        seconds = same & ~np.concatenate([[False], same])[:-1]
        found[at[order][1:][seconds]] = 1
    return found


def steps_as_passed(before: Stamps, after: Stamps) -> Stamps:
    """Steps [µs] from stamps to the next ones of their series, an hour longer where clocks went back between the two.

    Parameters
    ----------
    before, after
        Local times, of rows from the oldest to the newest or the other way round.
    """
    steps = after - before
    within = come_twice(before) & come_twice(after)
    if not within.any():
        return steps
    if np.sign(steps[~within]).sum() < 0:
        return np.where(within & (steps >= 0) & (steps < HOUR), steps - HOUR, steps)
    return np.where(within & (steps <= 0) & (steps > -HOUR), steps + HOUR, steps)
