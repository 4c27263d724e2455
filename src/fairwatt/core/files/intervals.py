"""Rows with a start and an end of their own: intervals one after another, or events (charging sessions, calls)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.stamp_columns import find_stamp_column
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME

_FEWEST = 4
_EVEN = 0.8  # share of intervals with the usual length from which the others are exceptions
_FOLLOWING = 0.8  # share of intervals that begin where the one before ends
_NEAR = 60 * MICROS

Lengths = Literal["", "events", "varying"]


def judge_lengths(layout: Layout, times: FileTimes) -> Lengths:
    """Whether rows are events rather than readings of intervals that follow each other.

    Parameters
    ----------
    layout
        The table's layout.
    times
        Its times, with the column of ends where there is one.

    Returns
    -------
    Lengths
        ``events`` where starts and ends make neither even steps nor a chain; ``varying`` where they are a chain of
        unequal links; "" where they are even, or there are no ends.
    """
    if times.end_column is None or times.step is not None or times.end_column in times.columns:
        return ""
    found = find_stamp_column(layout.cells(times.end_column))
    if found is None or not found.has_date:
        return ""
    starts = np.concatenate(times.segments)
    ends = found.stamps(day_first=times.day_first)
    there = (starts != NOT_A_TIME) & (ends != NOT_A_TIME)
    codes = np.zeros(len(starts), dtype=np.int64) if times.codes is None else np.concatenate(times.codes)
    starts, ends, codes = starts[there], ends[there], codes[there]
    if len(starts) < _FEWEST:
        return ""
    lengths = ends - starts
    _, counts = np.unique(lengths, return_counts=True)
    if counts.max() >= _EVEN * len(lengths):
        return ""
    order = np.lexsort((starts, codes))
    gaps = (starts[order][1:] - ends[order][:-1])[np.diff(codes[order]) == 0]
    if not ((starts % DAY).any() or (ends % DAY).any()):  # From 1 to 31 January, then from 1 February
        gaps = np.where(gaps == DAY, 0, gaps)
    return "varying" if len(gaps) and float((np.abs(gaps) <= _NEAR).mean()) >= _FOLLOWING else "events"
