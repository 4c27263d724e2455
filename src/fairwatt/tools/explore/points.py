"""One channel's points out of a window's rows, its gaps found by its own step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    where each point is one reading; ``count`` says how many readings stand behind each. ``width_ms`` is the time that
    each point stands for, ``every_ms`` the usual step of the readings behind it [ms]; None where they have none.
    Of totals, ``expected`` says how many readings would fill each (NaN where nobody knows), ``spans_ms`` how long each
    is [ms].
    """

    at_ms: Numbers
    low: Numbers
    mean: Numbers
    high: Numbers
    count: Numbers
    width_ms: float | None = None
    every_ms: float | None = None
    expected: Numbers | None = None
    spans_ms: Numbers | None = None

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
        """From the end of the last reading before each gap to the first after it: the time that nothing is known of.

        A bucket at the edge of a gap may hold fewer readings than fit it. The gap is taken to have eaten what is
        missing: its length is then right to the step of the readings, unless the bucket misses others too.
        """
        return [
            (
                instant(self.at_ms[before[1]] - self._missing_ms(before[1] - 1)),
                instant(self.at_ms[after[0]] + self._missing_ms(after[0])),
            )
            for before, after in pairwise(self.stretches)
        ]

    def _missing_ms(self, index: int) -> float:
        """How much of a point's time its readings do not fill [ms]."""
        if self.width_ms is None or self.every_ms is None:
            return 0.0
        return max(0.0, self.width_ms - float(self.count[index]) * self.every_ms)


def instant(ms: float) -> datetime:
    """An instant from milliseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=float(ms))


def take_points(columns: Columns, field: str, *, step_s: float | None, every_s: float | None = None) -> Points:
    """Take one channel's points from a window's columns.

    Parameters
    ----------
    columns
        ``start`` (datetime64, UTC) and ``<field>_min``, ``_mean``, ``_max``, ``_count``; rows without a value are
        there where others have one, or where the readings have a gap.
    step_s
        The channel's usual step, or the width of a bucket where that is longer [s]. None where it has no usual
        step: then every row without a value is a break.
    every_s
        The channel's usual step [s], where the rows are buckets of several readings.
    """
    at_ms = columns["start"].astype("datetime64[us]").astype(np.int64) / 1000
    low, mean, high, count = (columns[f"{field}_{name}"].astype(np.float64) for name in ("min", "mean", "max", "count"))
    every_ms = every_s * 1000 if every_s else None
    points = Points(at_ms, low, mean, high, count, step_s * 1000 if step_s else None, every_ms)
    if step_s is None:
        return points
    return _with_breaks(_keep(points, ~np.isnan(mean)), step_s * 1000)


def _keep(points: Points, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Points:
    return replace(
        points,
        at_ms=points.at_ms[mask],
        low=points.low[mask],
        mean=points.mean[mask],
        high=points.high[mask],
        count=points.count[mask],
    )


def _with_breaks(points: Points, step_ms: float) -> Points:
    """Put a NaN wherever the next reading comes late."""
    late = np.flatnonzero(np.diff(points.at_ms) > LATE * step_ms) + 1
    if not len(late):
        return points
    return replace(
        points,
        at_ms=np.insert(points.at_ms, late, points.at_ms[late - 1] + step_ms),
        low=np.insert(points.low, late, np.nan),
        mean=np.insert(points.mean, late, np.nan),
        high=np.insert(points.high, late, np.nan),
        count=np.insert(points.count, late, 0),
    )
