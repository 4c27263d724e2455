"""A channel's history in parts (days, where there are enough): their medians, sizes and decimals.

Parts are all that is kept of a long channel, so that shifts of months are found in windows of any size.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.readings import Stretch
from fairwatt.core.quality.seasons import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAYS = 20  # from which on parts are days
_ROWS = 48  # of a part that is no day
_MOST_PARTS = 4_096
_SAMPLED = 512  # values of a part that its medians are taken of
_DIGITS_SAMPLED = 64
_MOST_DECIMALS = 6
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Parts:
    """The i-th part is the i-th of each array.

    Attributes
    ----------
    begin
        Where it begins [µs]; ``width`` later it ends.
    count
        Usable values.
    middle, size
        The median of its values, and of their absolute values.
    high
        The 95th percentile of the absolute values.
    decimals
        Decimals that nearly all its values have at most; 7 where they have more.
    row, rows
        Position of its first row among all readings, and how many.
    """

    width: int
    begin: Ints
    count: Ints
    middle: Floats
    size: Floats
    high: Floats
    decimals: Ints
    row: Ints
    rows: Ints

    def __len__(self) -> int:
        return len(self.begin)


def width_of(first: int, last: int, step: int) -> int:
    """How long a part is [µs]."""
    if last - first >= _DAYS * DAY and step <= DAY // 12:
        return DAY
    return max(_ROWS * max(step, 1), -(-(last - first) // _MOST_PARTS), 1)


def parts_of(times: Ints, numbers: Floats, rows: Ints, width: int) -> Parts | None:
    """Summarise usable values; None where there are none."""
    if not len(times):
        return None
    number = times // width
    first = np.flatnonzero(np.concatenate(([True], number[1:] != number[:-1])))
    count = np.diff(first, append=len(times))
    grid = _sampled(numbers, first, count, _SAMPLED)
    sizes = np.sort(np.abs(grid), axis=1)
    taken = np.isfinite(grid).sum(axis=1)
    last = first + count - 1
    return Parts(
        width=width,
        begin=number[first] * width,
        count=count,
        middle=_at(np.sort(grid, axis=1), taken, 0.5),
        size=_at(sizes, taken, 0.5),
        high=_at(sizes, taken, 0.95),
        decimals=_decimals(_sampled(numbers, first, count, _DIGITS_SAMPLED)),
        row=rows[first],
        rows=rows[last] - rows[first] + 1,
    )


def _sampled(numbers: Floats, first: Ints, count: Ints, most: int) -> Floats:
    """A row for each part with up to ``most`` of its values, evenly taken; NaN behind them."""
    wide = int(min(most, count.max()))
    share = np.maximum(count / wide, 1.0)
    at = (np.arange(wide)[None, :] * share[:, None]).astype(np.int64)
    there = at < count[:, None]
    taken = numbers[np.minimum(first[:, None] + at, len(numbers) - 1)]
    return np.where(there, taken, np.nan)


def _at(ordered: Floats, counts: Ints, share: float) -> Floats:
    at = np.minimum((share * counts).astype(np.int64), np.maximum(counts - 1, 0))
    return np.asarray(np.take_along_axis(ordered, at[:, None], axis=1)[:, 0])


def _decimals(grid: Floats) -> Ints:
    found = np.full(len(grid), _MOST_DECIMALS + 1, dtype=np.int64)
    known = np.isfinite(grid)
    for decimals in range(_MOST_DECIMALS, -1, -1):
        scaled = grid * 10.0**decimals
        off = np.abs(scaled - np.rint(scaled)) > 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-3)
        fits = (off & known).sum(axis=1) <= 0.02 * known.sum(axis=1)
        found = np.where(fits, decimals, found)
    return found


class PartsLog:
    """The parts of one series' channel, taken window by window: a part that a window's end cuts goes on in the next."""

    def __init__(self) -> None:
        self._found: list[Parts] = []
        self._rest: tuple[Ints, Floats, Ints] = (np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
        self._width = 1

    def take(self, stretch: Stretch, context: int, width: int) -> None:
        """Take the values of a window that the window before didn't have."""
        self._width = width
        usable = stretch.usable[stretch.usable >= context]
        if not len(usable):
            return
        new = (stretch.place.times[usable], stretch.values[usable], usable + stretch.place.first_row)
        times, numbers, rows = (np.concatenate(two) for two in zip(self._rest, new, strict=True))
        cut = int(np.searchsorted(times, times[-1] // width * width))
        self._add(times[:cut], numbers[:cut], rows[:cut])
        self._rest = (times[cut:], numbers[cut:], rows[cut:])

    def _add(self, times: Ints, numbers: Floats, rows: Ints) -> None:
        parts = parts_of(times, numbers, rows, self._width)
        if parts is not None:
            self._found.append(parts)

    def close(self) -> Parts | None:
        """All parts; None where there are none.

        Parts with fewer than half as many values as the fullest are left out: their medians are of other times of day.
        """
        self._add(*self._rest)
        if not self._found:
            return None
        names = [f.name for f in fields(Parts) if f.name != "width"]
        arrays = {name: np.concatenate([getattr(part, name) for part in self._found]) for name in names}
        keep = arrays["count"] >= _HALF * arrays["count"].max()
        return Parts(self._width, **{name: array[keep] for name, array in arrays.items()})
