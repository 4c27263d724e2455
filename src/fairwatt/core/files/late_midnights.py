"""Midnights that close a day and stand under that day's date, as hour 24 written 00:00."""

from __future__ import annotations

import numpy as np

from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.series import Stamps
from fairwatt.core.files.stamps import DAY

_MOSTLY = 0.9  # of the midnights between two rows


def closes_days_at_midnight(times: FileTimes) -> bool:
    """Whether midnights stand after their date's last time and before the next date's first: a day too early."""
    if times.step is None or not 0 < times.step < DAY or DAY % times.step:
        return False
    seen = [_count(run, times.step) for run in times.runs()]
    late, midnights = sum(late for late, _ in seen), sum(count for _, count in seen)
    return late > 0 and late >= _MOSTLY * midnights


def _count(run: Stamps, step: int) -> tuple[int, int]:
    """How many midnights between two rows of a run are late by their neighbors, and how many there are."""
    middle = np.flatnonzero(run[1:-1] % DAY == 0) + 1
    is_late = (run[middle - 1] == run[middle] + DAY - step) & (run[middle + 1] == run[middle] + DAY + step)
    return int(is_late.sum()), len(middle)
