"""What is counted while windows pass: values there and expected, by channel, by day and by part of the period."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.report import STRIP_PARTS
from fairwatt.core.quality.seasons import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
_ROUNDING = 1e-6  # of a step


@dataclass(slots=True)
class ChannelTally:
    """Counts of one channel."""

    present: int = 0
    doubted: int = 0
    implausible: int = 0
    checked: int = 0  # values of which plausibility was looked at
    total: float = 0.0
    minimum: float = float("inf")
    maximum: float = float("-inf")
    strip: Ints = field(default_factory=lambda: np.zeros(STRIP_PARTS, dtype=np.int64))

    def see(self, numbers: Floats) -> None:
        """Take the values of a window."""
        if len(numbers):
            self.minimum = min(self.minimum, float(numbers.min()))
            self.maximum = max(self.maximum, float(numbers.max()))
            self.total += float(numbers.sum())


class Tally:
    """Counts over all channels.

    Parameters
    ----------
    fields
        The channels' fields.
    extent
        The first and the last row's time [µs].
    """

    def __init__(self, fields: tuple[str, ...], extent: tuple[int, int]) -> None:
        self._first, self._last = extent
        self.channels = {name: ChannelTally() for name in fields}
        self.first_day = self._first // DAY
        days = self._last // DAY - self.first_day + 1
        self.days = np.zeros(days, dtype=np.int64)
        self.days_expected = np.zeros(days)
        self.strip_expected = np.zeros(STRIP_PARTS)
        self.rows = self.odd_rows = self.loose_rows = self.expected = 0
        self.is_even = True
        self._span = self._last - self._first + 1

    def add_rows(self, times: Ints, odd: Mask, *, is_judged: bool = True) -> None:
        """Count rows of a window; those of no grid aren't judged by one."""
        self.rows += len(times)
        if is_judged:
            self.odd_rows += int(odd.sum())
        else:
            self.loose_rows += len(times)

    def places_of(self, times: Ints) -> tuple[Ints, Ints]:
        """Where each row belongs: the bounds of runs of rows by day, and by part."""
        part = self._bounds_of_parts()
        day = (np.arange(len(self.days) + 1) + self.first_day) * DAY
        return np.searchsorted(times, day), np.searchsorted(times, part)

    def add_present(self, name: str, there: Mask, places: tuple[Ints, Ints]) -> None:
        """Count the values of a channel that are there."""
        running = np.concatenate(([0], np.cumsum(there)))
        by_day, by_part = (np.diff(running[bounds]) for bounds in places)
        self.days += by_day
        self.channels[name].strip += by_part
        self.channels[name].present += int(running[-1])

    def expect(self, first: int, last: int, rows: int) -> None:
        """Expect so many rows of a series, evenly from its first to its last."""
        step = max((last - first) / (rows - 1), 1.0) if rows > 1 else 1.0
        day = (np.arange(len(self.days) + 1) + self.first_day) * DAY
        self.days_expected += _steps_within(day, first, rows, step)
        self.strip_expected += _steps_within(self._bounds_of_parts(), first, rows, step)
        self.expected += rows

    def expect_rows(self, rows: Ints, *, is_known: bool) -> None:
        """Expect just the rows that a series has; without a known step nobody knows how many there should be."""
        by_day, by_part = self.places_of(rows)
        self.days_expected += np.diff(by_day)
        self.strip_expected += np.diff(by_part)
        self.expected += len(rows)
        self.is_even &= is_known

    def _bounds_of_parts(self) -> Ints:
        return self._first + -(-np.arange(STRIP_PARTS + 1) * self._span // STRIP_PARTS)


def _steps_within(bounds: Ints, first: int, count: int, step: float) -> Floats:
    """How many of ``count`` times first, first + step … lie before each next bound."""
    before = np.clip(np.ceil((bounds - first) / step - _ROUNDING), 0, count)
    return np.diff(before)
