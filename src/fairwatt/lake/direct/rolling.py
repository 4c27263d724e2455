"""The finest rollup of a part, and its channels' totals, made while its numbers are at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.lake.cells import PRECISION
from fairwatt.lake.direct.arrays import arrow_of
from fairwatt.lake.direct.names import Codes
from fairwatt.lake.direct.numbers import Numbers
from fairwatt.lake.direct.stamps import Micros
from fairwatt.lake.direct.words import Mask
from fairwatt.lake.rollups import LEVELS, STATISTICS, WORTH

_MICROS = 1_000_000
_WORD = 8
_HEADS = ("bucket", "rows", "series")
_DIGITS = {"min": PRECISION, "max": PRECISION, "sum": 38}
_HALF, _LOW_HALF = 32, (1 << 32) - 1
_LARGEST = np.iinfo(np.int64).max
_MOST_SUM = float(2**62)


@dataclass(frozen=True, slots=True)
class Rolled:
    """A part's finest rollup: its width [s], and the file with its buckets, of which some may be of the same time.

    The file has whole numbers of 64 bits, column after column: when the buckets begin [µs since 1970], how many rows
    they have, which of the ``names`` their series is, then the least values of each cell, the largest, the sums and the
    counts. What is not looked at stays on the disk. Where a bucket holds no value of a cell, its least one is the
    largest there is, and the other way about.

    Attributes
    ----------
    count
        How many buckets.
    scales, places
        Each cell's decimals, and its place among all cells.
    largest_sum
        The largest absolute sum of any bucket.
    names
        The series, in the order in which they are met; none where there is one without a column.
    totals
        ``rows``, and for each cell by its place ``min0``, ``max0``, ``sum0``, ``n0`` and so on, in one row.
    """

    level: int
    path: Path
    count: int
    scales: tuple[int, ...]
    places: tuple[int, ...]
    largest_sum: int
    names: tuple[str, ...]
    totals: pa.Table

    def column(self, name: str, at: int = 0, begin: int = 0, end: int | None = None) -> Numbers:
        """The buckets [begin, end) of ``bucket``, ``rows`` or ``series``, or of a statistic of the cell ``at``."""
        place = _HEADS.index(name) if name in _HEADS else self._place_of(name, at)
        stop = self.count if end is None else end
        first = place * self.count + begin
        return np.fromfile(self.path, dtype=np.int64, count=stop - begin, offset=first * _WORD)

    def _place_of(self, name: str, at: int) -> int:
        return len(_HEADS) + STATISTICS.index(name) * len(self.scales) + self.places.index(at)

    def table(self) -> pa.Table:
        """All buckets: ``bucket``, ``rows`` and columns named as in ``totals``."""
        columns = {name: arrow_of(self.column(name)) for name in _HEADS[:2]}
        for at, scale in zip(self.places, self.scales, strict=True):
            there = self.column("n", at)
            gone = None if there.all() else there == 0
            for name, digits in _DIGITS.items():
                columns[f"{name}{at}"] = _decimals(self.column(name, at), pa.decimal128(digits, scale), gone)
            columns[f"n{at}"] = arrow_of(there)
        return pa.table(columns)


@dataclass(slots=True)
class Rolling:
    """Roll up exact numbers, block by block.

    Attributes
    ----------
    scales, places
        Each cell's decimals, and its place among all cells.
    path
        Where the buckets go.
    """

    scales: tuple[int, ...]
    places: tuple[int, ...]
    path: Path
    level: int = 0
    _is_over: bool = False
    _made: dict[str, list[Numbers]] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)

    def add(self, starts: Micros, step: int, numbers: Numbers, missing: Mask | None, codes: Codes | None) -> None:
        """Roll up the next rows, which come in the order of series and time.

        Parameters
        ----------
        starts
            The rows' starts [µs].
        step
            Their usual step [µs], 0 where it is not known yet.
        numbers, missing
            Whole numbers of each cell's decimals, a row a cell, and which of them are none.
        codes
            The rows' series, where a column names them.
        """
        if not step or self._is_over:
            self._is_over = True
            return
        if not self.level:
            self.level = next((level for level in LEVELS if level * _MICROS >= WORTH * step), 0)
        if not self.level:
            self._is_over = True
            return
        buckets = starts // (self.level * _MICROS)
        is_head = np.diff(buckets, prepend=buckets[0] - 1) != 0
        if codes is not None:
            is_head[1:] |= codes.codes[1:] != codes.codes[:-1]
        heads = np.flatnonzero(is_head)
        rows = np.diff(heads, append=len(starts))
        self._keep("bucket", buckets[heads] * (self.level * _MICROS))
        self._keep("rows", rows)
        self._keep("series", self._series_of(codes, heads))
        low = high = numbers
        there = np.broadcast_to(rows, (len(numbers), len(rows)))
        if missing is not None:
            low, high = np.where(missing, _LARGEST, numbers), np.where(missing, -_LARGEST, numbers)
            numbers = np.where(missing, 0, numbers)
            there = rows - np.add.reduceat(missing, heads, axis=1, dtype=np.int64)
        largest = max(-float(numbers.min()), float(numbers.max()))
        self._is_over = largest * float(rows.max()) > _MOST_SUM
        self._keep("min", np.minimum.reduceat(low, heads, axis=1))
        self._keep("max", np.maximum.reduceat(high, heads, axis=1))
        self._keep("sum", np.add.reduceat(numbers, heads, axis=1))
        self._keep("n", there)

    def _series_of(self, codes: Codes | None, rows: NDArray[np.intp]) -> Numbers:
        if codes is None:
            return np.zeros(len(rows), dtype=np.int64)
        known = [self._names.setdefault(name, len(self._names)) for name in codes.names]
        return np.asarray(np.array(known, dtype=np.int64)[codes.codes[rows]])

    def _keep(self, name: str, numbers: Numbers) -> None:
        self._made.setdefault(name, []).append(numbers)

    def finish(self) -> Rolled | None:
        """The rollup, None where none was made."""
        if self._is_over or not self._made:
            return None
        rows = np.concatenate(self._made["rows"])
        counts = np.sum([part.sum(axis=1) for part in self._made["n"]], axis=0)
        totals = {"rows": arrow_of(rows.sum(keepdims=True))}
        largest = 0
        with self.path.open("wb") as file:
            for name in (*_HEADS, *STATISTICS):
                numbers = np.concatenate(self._made.pop(name), axis=-1)
                numbers.tofile(file)
                if name == "sum":
                    largest = max(-int(numbers.min()), int(numbers.max()))
                for row, at in enumerate(() if name in _HEADS else self.places):
                    totals[f"{name}{at}"] = _total(numbers[row], name, self.scales[row], count=int(counts[row]))
        names = tuple(self._names)
        return Rolled(
            self.level, self.path, len(rows), self.scales, self.places, largest, names, pa.table(totals)
        )  # fmt: skip

    def give_up(self) -> None:
        """Make none: the rows are in no order."""
        self._is_over = True


def _total(numbers: Numbers, name: str, scale: int, *, count: int) -> pa.Array:
    """What all buckets of a cell with ``count`` values have together; sums may take more than 64 bits."""
    if name == "n":
        return arrow_of(np.array([count]))
    kind = pa.decimal128(_DIGITS[name], scale)
    if not count:
        return pa.nulls(1, kind)
    found = int(numbers.min()) if name == "min" else int(numbers.max())
    if name == "sum":
        found = (int((numbers >> _HALF).sum()) << _HALF) + int((numbers & _LOW_HALF).sum())
    return pa.Array.from_buffers(kind, 1, [None, pa.py_buffer(found.to_bytes(2 * _WORD, "little", signed=True))])


def _decimals(numbers: Numbers, kind: pa.DataType, missing: Mask | None) -> pa.Array:
    words = np.empty((len(numbers), 2), dtype=np.int64)
    words[:, 0] = numbers
    np.right_shift(numbers, 63, out=words[:, 1])
    bits = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(numbers), [bits, pa.py_buffer(words)])
