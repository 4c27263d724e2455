"""Which stamps have been seen: exact, in one pass, in a few bytes a block; and how well a period is covered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Stamps = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BITS = 12
_BLOCK = 1 << _BITS  # slots per block: 512 bytes
_FULL_BLOCK = np.full(_BLOCK // 8, 255, dtype=np.uint8)
_MOST_BLOCKS = 65_536  # about 50 MB
_MANY = 256  # blocks from which it is worth to make them together
_MOST_ODD = 100_000  # stamps off the grid that are remembered one by one
_SERIES_SHIFT = 1 << 48
_PLANE_SHIFT = 1 << 40  # of series codes: stamps an hour beside the grid are remembered apart
_HOUR = 3_600_000_000
_BINS = 6_000


class SeenStamps:
    """Remember the stamps of each series as bits on a grid, and say which come again.

    Parameters
    ----------
    step
        The grid's step [µs].

    Notes
    -----
    A year of one-second stamps takes about 5 MB. Beyond about 50 MB it stops remembering, and ``exact`` is False.
    """

    def __init__(self, step: int) -> None:
        self.step = step
        self.exact = True
        self._blocks: dict[int, NDArray[np.uint8]] = {}
        self._odd: set[tuple[int, int]] = set()
        # Where stamps lie on the grid, and how many slots later they count: midnights of summer time lie an hour before
        # those of winter, and take the place of the same day's.
        beside = [(_HOUR, 0), (step - _HOUR, 1)] if step > 2 * _HOUR else []
        self._planes = [(0, 0), *beside]

    def add(self, stamps: Stamps, series: Stamps, phases: Stamps) -> Mask:
        """Remember a chunk of stamps and say which were there before, in the chunk or earlier.

        Parameters
        ----------
        stamps, series, phases
            Equally long: stamps [µs], series codes, and each stamp's series' place on the grid [µs, below the
            step]. Sorted by series, file order within a series.
        """
        order = _sorting(stamps, series)
        t, s, p = (a if order is None else a[order] for a in (stamps, series, phases))
        again = np.zeros(len(t), dtype=np.bool_)
        again[1:] = (t[1:] == t[:-1]) & (s[1:] == s[:-1])
        slots, odd = np.divmod(t - p, self.step)
        first = ~again
        left = first.copy()
        for plane, (place, later) in enumerate(self._planes):
            own = np.flatnonzero(left & (odd == place))
            again[own] = self._add_on_grid(slots[own] + later, s[own] + plane * _PLANE_SHIFT)
            left[own] = False
        for i in np.flatnonzero(left):
            again[i] = self._add_odd((int(s[i]), int(t[i])))
        again = _spread(again, first)
        if order is None:
            return again
        result = np.empty_like(again)
        result[order] = again
        return result

    def add_run(self, first: int, count: int, phase: int, *, series: int = 0) -> None:
        """Remember ``count`` stamps of a series, a step apart, none of which was there before.

        Parameters
        ----------
        first
            The first stamp, on the grid [µs].
        phase
            The series' place on the grid [µs].
        """
        slot = (first - phase) // self.step
        end = slot + count
        while slot < end:
            block = slot >> _BITS
            upto = min(end, (block + 1) << _BITS)
            key = series * _SERIES_SHIFT + block
            if upto - slot == _BLOCK and key not in self._blocks and len(self._blocks) < _MOST_BLOCKS:
                self._blocks[key] = _FULL_BLOCK
            elif (bits := self._bits_of(key)) is not None:
                bits[slot & (_BLOCK - 1) : (upto - 1 & (_BLOCK - 1)) + 1] = 1
                self._blocks[key] = np.packbits(bits)
            slot = upto

    def _add_on_grid(self, slots: Stamps, series: Stamps) -> Mask:
        seen = np.zeros(len(slots), dtype=np.bool_)
        blocks = slots >> _BITS
        starts = _run_starts(blocks, series)
        keys = [int(series[begin]) * _SERIES_SHIFT + int(blocks[begin]) for begin in starts]
        if self._add_new_blocks(slots, starts, keys):
            return seen
        for key, begin, end in zip(keys, starts, [*starts[1:], len(slots)], strict=False):
            bits = self._bits_of(key)
            if bits is None:
                continue
            inside = slots[begin:end] & (_BLOCK - 1)
            seen[begin:end] = bits[inside] == 1
            bits[inside] = 1
            self._blocks[key] = np.packbits(bits)
        return seen

    def _add_new_blocks(self, slots: Stamps, starts: list[int], keys: list[int]) -> bool:
        """Remember slots in many blocks at once, where all of them are new; return whether they were."""
        has_room = len(self._blocks) + len(keys) <= _MOST_BLOCKS
        if len(keys) < _MANY or not has_room or any(key in self._blocks for key in keys):
            return False
        ends = [*starts[1:], len(slots)]
        for at in range(0, len(keys), _MANY):
            some = keys[at : at + _MANY]
            own = slice(starts[at], ends[at + len(some) - 1])
            bits = np.zeros((len(some), _BLOCK), dtype=np.uint8)
            rows = np.repeat(np.arange(len(some)), np.subtract(ends[at : at + _MANY], starts[at : at + _MANY]))
            bits[rows, slots[own] & (_BLOCK - 1)] = 1
            self._blocks.update(zip(some, np.packbits(bits, axis=1), strict=True))
        return True

    def _bits_of(self, key: int) -> NDArray[np.uint8] | None:
        packed = self._blocks.get(key)
        if packed is not None:
            return np.unpackbits(packed)
        if len(self._blocks) >= _MOST_BLOCKS:
            self.exact = False
            return None
        return np.zeros(_BLOCK, dtype=np.uint8)

    def _add_odd(self, stamp: tuple[int, int]) -> bool:
        if stamp in self._odd:
            return True
        if len(self._odd) < _MOST_ODD:
            self._odd.add(stamp)
        else:
            self.exact = False
        return False

    def missing_runs(self, phases: Stamps) -> Iterator[tuple[int, int, int]]:
        """Runs of missing steps, series by series in time order: (stamp before, stamp after, how many) [µs].

        ``phases`` holds each series' place on the grid [µs], by series code.
        """
        series: int | None = None
        last = 0
        for (owner, block), keys in groupby(sorted(self._blocks, key=_place_of), key=_place_of):
            bits = np.bitwise_or.reduce([self._blocks[key] for key in keys])
            slots = np.flatnonzero(np.unpackbits(bits)) + (block << _BITS)
            if owner == series:
                slots = np.concatenate(([last], slots))
            for i in np.flatnonzero(np.diff(slots) > 1):
                before, after = int(slots[i]), int(slots[i + 1])
                phase = int(phases[owner])
                yield before * self.step + phase, after * self.step + phase, after - before - 1
            series, last = owner, int(slots[-1])


def _place_of(key: int) -> tuple[int, int]:
    """A block's series code and number, whatever plane it is of."""
    owner, block = divmod(key + _SERIES_SHIFT // 2, _SERIES_SHIFT)
    return owner % _PLANE_SHIFT, block - _SERIES_SHIFT // 2


def _sorting(stamps: Stamps, series: Stamps) -> NDArray[np.intp] | None:
    same = series[1:] == series[:-1]
    return None if bool(np.all(~same | (stamps[1:] >= stamps[:-1]))) else np.lexsort((stamps, series))


def _run_starts(blocks: Stamps, series: Stamps) -> list[int]:
    if not len(blocks):
        return []
    change = (blocks[1:] != blocks[:-1]) | (series[1:] != series[:-1])
    return [0, *(np.flatnonzero(change) + 1).tolist()]


def _spread(again: Mask, first: Mask) -> Mask:
    """Repeats within the chunk are repeats, whatever was found about the first of them."""
    return again | ~first


class CoverageCounter:
    """Count stamps over a period that is not known beforehand, in bins that widen as it grows.

    Parameters
    ----------
    width
        The width of a bin at first [µs].
    """

    def __init__(self, width: int) -> None:
        self._width = max(1, width)
        self._origin = 0
        self._begin = 0  # index of the first bin; bin i holds [origin + i * width, origin + (i + 1) * width)
        self._counts = np.zeros(0, dtype=np.int64)

    def add(self, stamps: Stamps) -> None:
        """Count stamps [µs]."""
        if not len(stamps):
            return
        if not len(self._counts):
            self._origin = int(stamps[0])
        low, high = int(stamps.min()) - self._origin, int(stamps.max()) - self._origin
        while not self._reach(low // self._width, high // self._width + 1):
            self._widen()
        index = (stamps - self._origin) // self._width - self._begin
        self._counts += np.bincount(index, minlength=len(self._counts))

    def add_run(self, first: int, step: int, count: int) -> None:
        """Count ``count`` stamps, ``step`` apart [µs]."""
        ends = np.array([first, first + step * (count - 1)], dtype=np.int64)
        self.add(ends[:count])
        if count <= 2:  # its two ends
            return
        edges = self._origin + (self._begin + np.arange(len(self._counts) + 1)) * self._width
        # how many of them lie before each edge; not the ends
        before = np.clip(-((first - edges) // step), 1, count - 1)
        self._counts += np.diff(before)

    def _reach(self, begin: int, end: int) -> bool:
        if not len(self._counts):
            self._begin = begin
        before = max(0, self._begin - begin)
        after = max(0, end - self._begin - len(self._counts))
        if len(self._counts) + before + after > _BINS:
            return False
        self._counts = np.pad(self._counts, (before, after))
        self._begin -= before
        return True

    def _widen(self) -> None:
        odd = self._begin % 2
        counts = np.pad(self._counts, (odd, (len(self._counts) + odd) % 2))
        self._counts = counts.reshape(-1, 2).sum(axis=1)
        self._begin = (self._begin - odd) // 2
        self._width *= 2

    def shares(self, first: int, end: int, expected: float | None, parts: int) -> tuple[float, ...]:
        """The share 0-1 that is there in each of ``parts`` equal parts of [first, end).

        Parameters
        ----------
        first, end
            The period [µs].
        expected
            How many stamps there should be in all; None where that can't be said: then the share of bins that
            hold any.
        """
        if end <= first or not len(self._counts):
            return (0.0,) * parts
        there = self._counts.astype(float) if expected else (self._counts > 0).astype(float)
        edges = self._origin + (self._begin + np.arange(len(there) + 1)) * self._width
        edges[0], edges[-1] = max(edges[0], first), min(edges[-1], end)  # no stamp lies outside
        so_far = np.concatenate(([0.0], np.cumsum(there)))
        cuts = np.linspace(first, end, parts + 1)
        counted = np.diff(np.interp(cuts, edges.astype(float), so_far))
        whole = expected / parts if expected else (end - first) / parts / self._width
        return tuple(float(x) for x in np.round(np.minimum(1.0, counted / whole), 4))
