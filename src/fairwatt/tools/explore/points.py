"""One channel's points out of a window's rows, its gaps found by its own step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Columns = Mapping[str, np.ndarray[Any, Any]]
LATE = 1.5  # a step longer than so many of the usual ones is a gap


@dataclass(frozen=True, slots=True)
class Points:
    """Where a channel has readings in a window, NaN between two stretches.

    ``at_ms`` is the start of each reading or bucket [ms since 1970, UTC]; ``low``, ``mean`` and ``high`` are equal
    where each point is one reading; ``count`` says how many readings stand behind each.
    """

    at_ms: Numbers
    low: Numbers
    mean: Numbers
    high: Numbers
    count: Numbers

    def __len__(self) -> int:
        return len(self.at_ms)

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """The stretches [first, after) without a gap.

        Examples
        --------
        >>> gap = float("nan")
        >>> values = np.array([gap, 1.0, 2.0, gap, 3.0])
        >>> Points(values, values, values, values, values).stretches
        [(1, 3), (4, 5)]
        """
        there = np.concatenate(([False], ~np.isnan(self.mean), [False]))
        edges = np.flatnonzero(there[1:] != there[:-1])
        return [(int(first), int(after)) for first, after in zip(edges[::2], edges[1::2], strict=True)]

    @property
    def gaps(self) -> list[tuple[datetime, datetime]]:
        """From the end of the last reading before each gap to the first after it: the time that nothing is known of."""
        runs = self.stretches
        return [(instant(self.at_ms[before[1]]), instant(self.at_ms[after[0]])) for before, after in pairwise(runs)]


def instant(ms: float) -> datetime:
    """An instant from milliseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=float(ms))


def take_points(columns: Columns, field: str, *, step_s: float | None) -> Points:
    """Take one channel's points from a window's columns.

    Parameters
    ----------
    columns
        ``start`` (datetime64, UTC) and ``<field>_min``, ``_mean``, ``_max``, ``_count``; rows without a value are
        there where others have one, or where the readings have a gap.
    step_s
        The channel's usual step, or the width of a bucket where that is longer [s]. None where it has no usual
        step: then every row without a value is a break.
    """
    at_ms = columns["start"].astype("datetime64[us]").astype(np.int64) / 1000
    low, mean, high, count = (columns[f"{field}_{name}"].astype(np.float64) for name in ("min", "mean", "max", "count"))
    points = Points(at_ms, low, mean, high, count)
    if step_s is None:
        return points
    return _with_breaks(_keep(points, ~np.isnan(mean)), step_s * 1000)


def _keep(points: Points, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Points:
    return Points(points.at_ms[mask], points.low[mask], points.mean[mask], points.high[mask], points.count[mask])


def _with_breaks(points: Points, step_ms: float) -> Points:
    """Put a NaN wherever the next reading comes late."""
    late = np.flatnonzero(np.diff(points.at_ms) > LATE * step_ms) + 1
    if not len(late):
        return points
    return Points(
        np.insert(points.at_ms, late, points.at_ms[late - 1] + step_ms),
        np.insert(points.low, late, np.nan),
        np.insert(points.mean, late, np.nan),
        np.insert(points.high, late, np.nan),
        np.insert(points.count, late, 0),
    )
