"""Times that are the last second or minute of their intervals: 23:59:59 of days, 31/01 23:59 of months, 00:29:59.

What follows them begins a second or a minute later, so they are ends, and the intervals are whole nevertheless.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.regularity import calendar_months
from fairwatt.core.files.stamps import DAY, MICROS

_SECOND, _MINUTE = MICROS, 60 * MICROS
_HOUR = 60 * _MINUTE
_SHORTEST = 5 * _MINUTE  # of intervals that end at the last second of one
_QUARTER = 15 * _MINUTE  # and at its last minute
_MOSTLY = 0.98
_FEW = 3


@dataclass(frozen=True, slots=True)
class LastMoments:
    """How long before their intervals' ends times stand [µs], and whether there can be no doubt."""

    early: int
    is_sure: bool

    @property
    def why(self) -> str:
        """Why they are ends."""
        what = "minute" if self.early == _MINUTE else "second"
        return f"Times are the last {what} of an interval, so they stand at its end."


def find_last_moments(times: FileTimes) -> LastMoments | None:
    """Find out whether nearly all times are a second or a minute before whole intervals; None where they are not."""
    runs = [np.unique(run) for run in times.runs() if len(run)]
    stamps = np.concatenate([*runs, np.zeros(0, np.int64)])
    if len(stamps) < _FEW or times.is_dateless:
        return None
    is_slow = any(calendar_months(run) for run in runs) or (times.step is not None and times.step % DAY == 0)
    if not is_slow and (times.step is None or times.step < _SHORTEST or DAY % times.step):
        return None
    grid = times.step if times.step is not None and not is_slow else _HOUR if times.has_zone else DAY
    for early in (MICROS // 1_000, _SECOND, _MINUTE):
        if early == _MINUTE and grid < _QUARTER:
            continue
        if float(((stamps + early) % grid == 0).mean()) >= _MOSTLY:
            return LastMoments(early, is_sure=is_slow or early < _MINUTE)
    return None
