"""A channel's course, thinned: one value of each few rows, so that stretches of months are found in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.quality.readings import Stretch

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_BITS = 1 << 16


@dataclass(frozen=True, slots=True)
class Trace:
    """Values of a series' channel, one of each bit of its rows: the i-th bit is the i-th of each array.

    Attributes
    ----------
    value
        The value in its middle.
    begin, end
        From its first row's time to the end of its last one's interval [µs].
    row, rows
        Position of its first row among all readings, and how many.
    count
        Usable values.
    """

    value: Floats
    begin: Ints
    end: Ints
    row: Ints
    rows: Ints
    count: Ints

    def __len__(self) -> int:
        return len(self.value)


def bit_of(first: int, last: int, step: int) -> int:
    """How many rows are a bit, of so long a series."""
    return max(1, -(-(last - first) // max(step, 1) // _MOST_BITS)) if step else 1


class TraceLog:
    """Takes the trace of one series' channel window by window; where windows end changes nothing."""

    def __init__(self) -> None:
        self._found: list[Trace] = []
        self._rest: tuple[Floats, Ints, Ints] = (np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._step = self._size = 1

    def take(self, stretch: Stretch, context: int, size: int) -> None:
        """Take the values of a window that the window before didn't have."""
        self._size, self._step = size, max(stretch.place.step, 1)
        usable = stretch.usable[stretch.usable >= context]
        if not len(usable):
            return
        new = (stretch.values[usable], stretch.place.times[usable], usable + stretch.place.first_row)
        values, times, rows = (np.concatenate(two) for two in zip(self._rest, new, strict=True))
        cut = int(np.searchsorted(rows, rows[-1] // size * size))
        self._add(values[:cut], times[:cut], rows[:cut])
        self._rest = (values[cut:], times[cut:], rows[cut:])

    def _add(self, values: Floats, times: Ints, rows: Ints) -> None:
        if not len(values):
            return
        number = rows // self._size
        first = np.flatnonzero(np.concatenate(([True], number[1:] != number[:-1])))
        count = np.diff(first, append=len(rows))
        last = first + count - 1
        self._found.append(Trace(
            value=values[first + count // 2], begin=times[first], end=times[last] + self._step, row=rows[first],
            rows=rows[last] - rows[first] + 1, count=count,
        ))  # fmt: skip

    def close(self) -> Trace | None:
        """The whole trace; None without values."""
        self._add(*self._rest)
        if not self._found:
            return None
        return Trace(**{f.name: np.concatenate([getattr(one, f.name) for one in self._found]) for f in fields(Trace)})
