"""What a channel shows at each time of each day: means by cells of a day, in the clock that people live by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.checks.clock_changes import changes_between
from fairwatt.core.quality.seasons import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDTH = 300_000_000  # a cell's, where rows are nearer to one another [µs]
_HOUR = 3_600_000_000
_MOST_DAYS = 40_000


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone's clock over a period: its offsets from UTC, and when they change.

    Attributes
    ----------
    changes
        The instants [µs, UTC] from which on each further offset is in force.
    offsets
        One more than changes [µs].
    """

    changes: Ints
    offsets: Ints

    @classmethod
    def over(cls, first: int, last: int, zone: str) -> Clock:
        """The clock of a zone between two times [µs, UTC]."""
        begin = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=first)
        offset = (begin.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()) // timedelta(microseconds=1)
        found = [one for one in changes_between(first, last + DAY, zone) if one[0] > first]
        moved = np.cumsum([0, *(by for _, by in found)])
        return cls(np.array([at for at, _ in found], dtype=np.int64), offset + moved.astype(np.int64))

    def local(self, times: Ints) -> Ints:
        """Times by the clock [µs since 1970, as if it were UTC]."""
        if not len(self.changes):
            return np.asarray(times + self.offsets[0])
        return np.asarray(times + self.offsets[np.searchsorted(self.changes, times, side="right")])


@dataclass(slots=True)
class Cells:
    """Sums and counts of sound values by day and time of day.

    Attributes
    ----------
    clock
        Whose days they are.
    slots
        Cells of a day.
    step
        Between rows [µs].
    first_day
        The first row's day since 1970.
    total, count
        Shape (days, slots).
    """

    clock: Clock
    slots: int
    step: int
    first_day: int
    total: Floats = field(repr=False)
    count: Floats = field(repr=False)

    @classmethod
    def between(cls, first: int, last: int, step: int, zone: str) -> Cells | None:
        """Empty cells for readings between two times [µs]; None where a day has none, or there are too many days."""
        if not 0 < step <= DAY or last - first > _MOST_DAYS * DAY:
            return None
        clock = Clock.over(first, last, zone)
        ends = clock.local(np.array([first, last + step])) // DAY
        slots = max(1, DAY // max(step, WIDTH))
        shape = (int(ends[1] - ends[0]) + 1, slots)
        return cls(clock, slots, step, int(ends[0]), np.zeros(shape), np.zeros(shape))

    @property
    def width(self) -> int:
        """Of a cell [µs]."""
        return DAY // self.slots

    @property
    def behind(self) -> int:
        """Behind the last day, by the clock [µs]."""
        return (self.first_day + len(self.total)) * DAY

    def holds(self, times: Ints) -> NDArray[np.bool_]:
        """Which times lie in a cell."""
        local = self.clock.local(times)
        return np.asarray((local >= self.first_day * DAY) & (local < self.behind))

    def places(self, times: Ints) -> Floats:
        """Where times lie, in cells since the first day's begin."""
        return np.asarray((self.clock.local(times) - self.first_day * DAY) / self.width)

    def numbers(self, times: Ints) -> Ints:
        """For each time, its cell's number, counted through all days."""
        found = (self.clock.local(times) - self.first_day * DAY) // self.width
        return np.clip(found, 0, self.total.size - 1)

    def add(self, times: Ints, values: Floats) -> None:
        """Take values; NaN are left out. Times are sorted."""
        if not len(times):
            return
        if _HOUR % self.width:
            begins = np.arange(len(times))
        else:  # all rows of one cell at once: the clock's changes are whole cells
            edges = np.arange(times[0] // self.width + 1, times[-1] // self.width + 1) * self.width
            begins = np.unique(np.concatenate(([0], np.searchsorted(times, edges))))
        known = np.isfinite(values)
        cells = self.numbers(times[begins])
        np.add.at(self.total.reshape(-1), cells, np.add.reduceat(np.where(known, values, 0.0), begins))
        np.add.at(self.count.reshape(-1), cells, np.add.reduceat(known, begins, dtype=np.float64))

    @property
    def means(self) -> Floats:
        """The mean of each cell, one day behind the other; NaN of none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self.total / self.count).reshape(-1))
