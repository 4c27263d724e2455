"""The finest rollup of a part, and its channels' totals, made while its numbers are at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairwatt.lake.cells import PRECISION
from fairwatt.lake.direct.arrays import arrow_of
from fairwatt.lake.direct.numbers import Numbers
from fairwatt.lake.direct.stamps import Micros
from fairwatt.lake.direct.words import Mask
from fairwatt.lake.rollups import LEVELS, STATISTICS, WORTH

_MICROS = 1_000_000
_SUM_DIGITS = 38
_LARGEST = np.iinfo(np.int64).max
_MOST_SUM = float(2**62)


@dataclass(frozen=True, slots=True)
class Rolled:
    """A part's finest rollup: its width [s], and the file with its buckets, as Arrow keeps them.

    The file has ``bucket`` (µs since 1970), ``rows``, and for each cell by its place ``min0``, ``max0``, ``sum0``,
    ``n0`` and so on; a bucket may be there twice. ``totals`` has the same columns but the bucket's, in one row.
    """

    level: int
    path: Path
    totals: pa.Table

    def table(self) -> pa.Table:
        """The buckets."""
        return read_buckets(self.path)


@dataclass(slots=True)
class Rolling:
    """Roll up the exact numbers of one series, block by block.

    Attributes
    ----------
    scales
        Each cell's decimals.
    path
        Where the buckets go.
    """

    scales: tuple[int, ...]
    path: Path
    level: int = 0
    _is_over: bool = False
    _made: dict[str, list[Numbers]] = field(default_factory=dict)

    def add(self, starts: Micros, step: int, numbers: Numbers, missing: Mask | None) -> None:
        """Roll up the next rows, which come in the order of time.

        Parameters
        ----------
        starts
            The rows' starts [µs].
        step
            Their usual step [µs], 0 where it is not known yet.
        numbers, missing
            Whole numbers of each cell's decimals, a row a cell, and which of them are none.
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
        heads = np.flatnonzero(np.diff(buckets, prepend=buckets[0] - 1))
        rows = np.diff(heads, append=len(starts))
        self._keep("bucket", buckets[heads] * (self.level * _MICROS))
        self._keep("rows", rows)
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

    def _keep(self, name: str, numbers: Numbers) -> None:
        self._made.setdefault(name, []).append(numbers)

    def finish(self) -> Rolled | None:
        """The rollup, None where none was made."""
        if self._is_over or not self._made:
            return None
        made = {name: np.concatenate(parts, axis=-1) for name, parts in self._made.items()}
        columns = {"bucket": arrow_of(made["bucket"]), "rows": arrow_of(made["rows"])}
        for at, scale in enumerate(self.scales):
            there = made["n"][at]
            gone = None if there.all() else there == 0
            for name in STATISTICS[:-1]:
                digits = _SUM_DIGITS if name == "sum" else PRECISION
                columns[f"{name}{at}"] = _decimals(made[name][at], pa.decimal128(digits, scale), gone)
            columns[f"n{at}"] = arrow_of(there)
        buckets = pa.table(columns)
        with pa.ipc.new_file(str(self.path), buckets.schema) as file:
            file.write_table(buckets)
        return Rolled(self.level, self.path, totals_of(buckets))

    def give_up(self) -> None:
        """Make none: the rows are in no order."""
        self._is_over = True


def read_buckets(path: Path) -> pa.Table:
    """The buckets of a file, which stay on the disk until they are looked at."""
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def totals_of(buckets: pa.Table) -> pa.Table:
    """The totals of all buckets, in one row with the columns of :class:`Rolled`."""
    columns = {}
    for name in buckets.column_names[1:]:
        kind = "min" if name.startswith("min") else "max" if name.startswith("max") else "sum"
        total = getattr(pc, kind)(buckets.column(name))
        columns[name] = pa.repeat(total.cast(buckets.schema.field(name).type), 1)
    return pa.table(columns)


def _decimals(numbers: Numbers, kind: pa.DataType, missing: Mask | None) -> pa.Array:
    words = np.empty((len(numbers), 2), dtype=np.int64)
    words[:, 0] = numbers
    np.right_shift(numbers, 63, out=words[:, 1])
    bits = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(numbers), [bits, pa.py_buffer(words)])
