"""Gaps, many at once: where they are, what is known on both sides, and which values are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REACH = 256  # rows on either side that a fix may look at


@dataclass(frozen=True, slots=True)
class Gaps:
    """The i-th gap is the i-th of each array.

    Attributes
    ----------
    begin
        Time of each gap's first row [µs since 1970, UTC].
    length
        Its rows.
    step
        Between rows [µs].
    left, right
        Sound values on either side, the nearest first; NaN where there is none. Shape (gaps, :data:`REACH`).
    beside
        By field of another channel: its values in the gaps (one gap behind the other), and beside them on the left
        and on the right.
    """

    begin: Ints
    length: Ints
    step: int
    left: Floats = field(repr=False)
    right: Floats = field(repr=False)
    beside: dict[str, tuple[Floats, Floats, Floats]] = field(default_factory=dict, repr=False)
    total: Floats | None = None
    base: Floats | None = None

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def owner(self) -> Ints:
        """For each value that is asked for, which gap it is in: one gap behind the other."""
        return np.repeat(np.arange(len(self)), self.length)

    @property
    def offset(self) -> Ints:
        """For each value, its place in the gap, from 0."""
        return np.arange(int(self.length.sum())) - np.repeat(np.cumsum(self.length) - self.length, self.length)

    @property
    def times(self) -> Ints:
        """For each value, its time [µs]."""
        return np.asarray(self.begin[self.owner] + self.offset * self.step)

    @property
    def depth(self) -> Ints:
        """For each value, how many rows from the nearer side it is: 1 beside it."""
        offset = self.offset
        return np.asarray(np.minimum(offset + 1, self.length[self.owner] - offset))

    def some(self, which: Ints | NDArray[np.bool_]) -> Gaps:
        """Some of the gaps, in their order."""
        chosen = np.zeros(len(self), dtype=np.bool_)
        chosen[which] = True
        inside = chosen[self.owner]
        return Gaps(
            begin=self.begin[chosen],
            length=self.length[chosen],
            step=self.step,
            left=self.left[chosen],
            right=self.right[chosen],
            beside={name: (v[inside], a[chosen], b[chosen]) for name, (v, a, b) in self.beside.items()},
            total=None if self.total is None else self.total[chosen],
            base=None if self.base is None else self.base[chosen],
        )

    def nearest(self, which: str) -> tuple[Floats, Floats, Floats, Floats]:
        """The nearest two sound values of a side: value and distance of the first, and of the second [rows]."""
        side = self.left if which == "left" else self.right
        at = np.arange(len(side))
        known = np.isfinite(side)
        first = known.argmax(axis=1)
        has_one = known[at, first]
        known[at, first] = False
        second = known.argmax(axis=1)
        has_two = known[at, second]
        one = np.where(has_one, side[at, first], np.nan)
        two = np.where(has_two, side[at, second], np.nan)
        return one, first + 1.0, two, second + 1.0


@dataclass(frozen=True, slots=True)
class View:
    """Rows of one channel, as fixes may see them.

    Attributes
    ----------
    times
        Start of each row [µs].
    step
        The usual step [µs].
    sound
        Sound values; of a running total its increases; NaN elsewhere.
    others
        Sound values of other channels.
    running
        The running total itself, turned so that it grows.
    meter
        The running total of the same flow in another channel, in this one's unit; and whether a row shows it at the
        begin of its interval.
    """

    times: Ints
    step: int
    sound: Floats = field(repr=False)
    others: dict[str, Floats] = field(default_factory=dict, repr=False)
    running: Floats | None = field(default=None, repr=False)
    meter: tuple[Floats, bool] | None = field(default=None, repr=False)

    def gather(self, begins: Ints, ends: Ints) -> Gaps:
        """Gaps of some runs [begin, end) of rows."""
        away = np.arange(REACH)
        length = ends - begins
        first = np.cumsum(length) - length
        inside = np.repeat(begins - first, length) + np.arange(int(length.sum()))
        beside = {
            name: (column[inside], _at(column, begins - 1), _at(column, ends)) for name, column in self.others.items()
        }
        base = None if self.running is None else _at(self.running, begins - 1)
        total = (
            self._metered(begins, ends)
            if self.running is None
            else _at(self.running, ends - 1) - _at(self.running, begins - 1)
        )
        return Gaps(
            begin=self.times[begins],
            length=length,
            step=self.step,
            left=_at(self.sound, begins[:, None] - 1 - away),
            right=_at(self.sound, ends[:, None] + away),
            beside=beside,
            total=total,
            base=base,
        )

    def _metered(self, begins: Ints, ends: Ints) -> Floats | None:
        """What gaps add up to by the running total beside them, less the sound row that lies between its readings."""
        if self.meter is None:
            return None
        total, is_begin = self.meter
        beside = _at(self.sound, begins - 1 if is_begin else ends)
        found = _at(total, ends) - _at(total, begins - 1) - beside
        return np.where(found >= 0, found, np.nan)


def _at(values: Floats, rows: Ints) -> Floats:
    is_inside = (rows >= 0) & (rows < len(values))
    return np.where(is_inside, values[np.clip(rows, 0, max(0, len(values) - 1))], np.nan)


def together(parts: list[Gaps]) -> Gaps:
    """The gaps of several, one behind the other; all of one channel."""
    first = parts[0]
    beside = {}
    for name in first.beside:
        columns = [part.beside[name] for part in parts]
        beside[name] = tuple(np.concatenate([column[k] for column in columns]) for k in range(3))
    return Gaps(
        begin=np.concatenate([part.begin for part in parts]),
        length=np.concatenate([part.length for part in parts]),
        step=first.step,
        left=np.concatenate([part.left for part in parts]),
        right=np.concatenate([part.right for part in parts]),
        beside={name: (a, b, c) for name, (a, b, c) in beside.items()},
        total=None if first.total is None else np.concatenate([p.total for p in parts if p.total is not None]),
        base=None if first.base is None else np.concatenate([p.base for p in parts if p.base is not None]),
    )
