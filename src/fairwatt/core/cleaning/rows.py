"""Lay readings out on their grid: a row for every step, those that are missing too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality import Readings, Window
from fairwatt.core.quality.checks.missing import LONGER
from fairwatt.core.quality.checks.steps import find_step

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MOST_ROWS = 1 << 18  # laid out at once
MOST_VALUES = 1 << 22


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one series in the order of time; as in :class:`~fairwatt.core.cleaning.cleaned.CleanedWindow`.

    Attributes
    ----------
    series, step
        The meter, and its usual step [µs]; 0 where there is none.
    times
        Start of each row [µs since 1970, UTC].
    source
        Position of each row among the readings; -1 where it was missing.
    is_dropped
        Repeats, and rows that are years away.
    values
        By field; NaN where missing.
    """

    series: str
    step: int
    times: Ints = field(repr=False)
    source: Ints = field(repr=False)
    is_dropped: Mask = field(repr=False)
    values: dict[str, Floats] = field(repr=False)

    def __len__(self) -> int:
        return len(self.times)

    def part(self, begin: int, end: int) -> Rows:
        """Some of the rows."""
        at = slice(begin, end)
        values = {name: column[at] for name, column in self.values.items()}
        return Rows(self.series, self.step, self.times[at], self.source[at], self.is_dropped[at], values)

    def without_dropped(self) -> Rows:
        """The rows that the result keeps."""
        if not self.is_dropped.any():
            return self
        at = ~self.is_dropped
        values = {name: column[at] for name, column in self.values.items()}
        return Rows(self.series, self.step, self.times[at], self.source[at], self.is_dropped[at], values)

    def and_then(self, later: Rows) -> Rows:
        """These rows and later ones of the same series."""
        values = {name: np.concatenate((column, later.values[name])) for name, column in self.values.items()}
        return Rows(
            self.series,
            self.step,
            np.concatenate((self.times, later.times)),
            np.concatenate((self.source, later.source)),
            np.concatenate((self.is_dropped, later.is_dropped)),
            values,
        )


@dataclass(slots=True)
class _Series:
    name: str
    step: int
    last: int | None = None  # time of the last row that was kept


def lay_rows(readings: Readings, extent: tuple[int, int]) -> Iterator[Rows]:
    """Lay out all readings, series by series, at most :data:`MOST_ROWS` at once.

    Parameters
    ----------
    extent
        The first and the last row's time [µs]: those outside are years away, and dropped.
    """
    most = max(1 << 14, min(MOST_ROWS, MOST_VALUES // max(1, len(readings.channels))))
    series: _Series | None = None
    for window in readings.windows():
        if series is None or series.name != window.series:
            near = window.times[(window.times >= extent[0]) & (window.times <= extent[1])]
            series = _Series(window.series, find_step(near))
        yield from _laid(series, window, extent, most)


def _laid(series: _Series, window: Window, extent: tuple[int, int], most: int) -> Iterator[Rows]:
    fresh = slice(window.context, None)
    times = window.times[fresh]
    if not len(times):
        return
    values = {name: column[fresh] for name, column in window.values.items()}
    is_near = (times >= extent[0]) & (times <= extent[1])
    kept = np.flatnonzero(is_near & ~_repeated(times, series.last))
    since = np.diff(times[kept], prepend=times[kept[0]] if series.last is None else series.last) if len(kept) else kept
    lacking = np.zeros(len(times), dtype=np.int64)
    if series.step:
        found = np.rint(since / series.step).astype(np.int64) - 1
        lacking[kept] = np.where(since > LONGER * series.step, found, 0)
    before = times.copy()  # the time of the row that was kept before
    before[kept] -= since
    first = window.first_row + window.context
    rows = _Given(series, times, values, lacking, before, ~_mask(kept, len(times)), first)
    yield from _in_pieces(rows, most)
    if len(kept):
        series.last = int(times[kept[-1]])


def _repeated(times: Ints, last: int | None) -> Mask:
    again = np.zeros(len(times), dtype=np.bool_)
    again[1:] = times[1:] == times[:-1]
    again[0] = last is not None and times[0] == last
    return again


def _mask(rows: Ints, size: int) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows that were read, and how many are missing before each."""

    series: _Series
    times: Ints
    values: dict[str, Floats]
    lacking: Ints
    before: Ints
    is_dropped: Mask
    first: int


def _in_pieces(given: _Given, most: int) -> Iterator[Rows]:
    """The rows in pieces that are not too long; a long run of missing ones comes before its piece."""
    if not given.lacking.any() and len(given.times) <= most:
        source = np.arange(given.first, given.first + len(given.times))
        yield Rows(given.series.name, given.series.step, given.times, source, given.is_dropped, given.values)
        return
    is_long = given.lacking > most
    reach = np.cumsum(np.where(is_long, 0, given.lacking) + 1) // most
    begins = np.flatnonzero(np.concatenate(([True], (np.diff(reach) > 0) | is_long[1:])))
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(reach)], strict=True):
        if is_long[begin]:
            yield from _missing(given, begin, most)
        yield _piece(given, begin, end, is_filled=bool(is_long[begin]))


def _missing(given: _Given, at: int, most: int) -> Iterator[Rows]:
    """The rows that are missing before one, where they are many."""
    step = given.series.step
    for begin in range(0, int(given.lacking[at]), most):
        count = min(most, int(given.lacking[at]) - begin)
        times = given.before[at] + (begin + 1 + np.arange(count, dtype=np.int64)) * step
        none = {name: np.full(count, np.nan) for name in given.values}
        yield Rows(given.series.name, step, times, np.full(count, -1), np.zeros(count, dtype=np.bool_), none)


def _piece(given: _Given, begin: int, end: int, *, is_filled: bool) -> Rows:
    lacking = given.lacking[begin:end].copy()
    lacking[0] = 0 if is_filled else lacking[0]
    at = np.arange(end - begin) + np.cumsum(lacking)
    size = end - begin + int(lacking.sum())
    step = given.series.step
    source = np.full(size, -1, dtype=np.int64)
    source[at] = given.first + np.arange(begin, end)
    times = np.empty(size, dtype=np.int64)
    times[at] = given.times[begin:end]
    owner = np.repeat(np.arange(end - begin), lacking)
    new = np.flatnonzero(source < 0)
    times[new] = given.before[begin:end][owner] + (new - (at[owner] - lacking[owner]) + 1) * step
    is_dropped = np.zeros(size, dtype=np.bool_)
    is_dropped[at] = given.is_dropped[begin:end]
    values = {}
    for name, column in given.values.items():
        values[name] = np.full(size, np.nan)
        values[name][at] = column[begin:end]
    return Rows(given.series.name, step, times, source, is_dropped, values)
