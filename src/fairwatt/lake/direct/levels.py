"""Coarser rollups, and the largest value of each day, from the finest rollups that were made when parts were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.lake.cells import PRECISION, Cell
from fairwatt.lake.direct.arrays import arrow_of, named
from fairwatt.lake.direct.numbers import Numbers
from fairwatt.lake.direct.recipe import Part
from fairwatt.lake.direct.stamps import Micros
from fairwatt.lake.rollups import STATISTICS

_MICROS = 1_000_000
_DAY = 86_400 * _MICROS
_MOST_SUM = 2**62
_MOST_VALUES = 16_000_000  # of all rollups' columns: more are made by the engine, which sets aside what it can't hold
_REDUCE = {"min": np.minimum, "max": np.maximum, "sum": np.add, "n": np.add}


@dataclass(frozen=True, slots=True)
class RolledParts:
    """The finest rollups of a file's parts, one after another in the order of time."""

    buckets: Micros
    tables: tuple[pa.Table, ...]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> RolledParts | None:
        """Those of parts; None where one has none, they are of different widths, or not in the order of time."""
        levels = {None if part.rolled is None else part.rolled.level for part in parts}
        if len(levels) != 1 or None in levels:
            return None
        tables = tuple(part.rolled.table() for part in parts if part.rolled is not None)
        buckets = np.concatenate([_whole(table, "bucket") for table in tables])
        if (np.diff(buckets) < 0).any() or len(buckets) * (tables[0].num_columns - 1) > _MOST_VALUES:
            return None
        return cls(buckets, tables)

    def column(self, name: str) -> Numbers:
        """A column's whole numbers over all buckets; what they are where a bucket has no value says nothing."""
        return np.concatenate([_whole(table, name) for table in self.tables])


def _whole(table: pa.Table, name: str) -> Numbers:
    """The whole numbers of a column; of decimals their lower words, which hold them."""
    found = []
    for chunk in table.column(name).chunks:
        words = chunk.type.byte_width // 8
        numbers = np.frombuffer(chunk.buffers()[1], dtype=np.int64)
        found.append(numbers[chunk.offset * words :: words][: len(chunk)])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def roll_levels(
    rolled: RolledParts, levels: tuple[int, ...], cells: tuple[Cell, ...], series: str
) -> dict[int, pa.RecordBatch] | None:
    """Make the rollups of one series; None where a sum is too large for a whole number of 64 bits.

    Parameters
    ----------
    levels
        The buckets' widths [s]; the finest is that of the parts' rollups.
    """
    heads = {level: _heads(rolled.buckets // (level * _MICROS)) for level in levels}
    most = max(int(np.diff(own, append=len(rolled.buckets)).max()) for own in heads.values())
    made: dict[int, list[pa.Array]] = {}
    names = ["series", "start", "rows"]
    for level, own in heads.items():
        starts = rolled.buckets[own] // (level * _MICROS) * (level * _MICROS)
        word = named(np.zeros(len(own), dtype=np.int32), (series,))
        rows = np.add.reduceat(rolled.column("rows"), own)
        made[level] = [word, arrow_of(starts, pa.timestamp("us", tz="UTC")), arrow_of(rows)]
    for at, cell in enumerate(cells):
        kind = pa.decimal64(PRECISION, cell.decimals or 0)
        counts = rolled.column(f"n{at}")
        names += [f"{cell.rule.field}_{statistic}" for statistic in STATISTICS]
        there = {level: np.add.reduceat(counts, own) for level, own in heads.items()}
        for statistic in STATISTICS:
            numbers = rolled.column(f"{statistic}{at}")
            if statistic == "sum" and float(np.abs(numbers).max()) * most >= _MOST_SUM:
                return None
            for level, own in heads.items():
                reduced = _REDUCE[statistic].reduceat(numbers, own)
                is_count = statistic == "n"
                made[level].append(arrow_of(reduced) if is_count else arrow_of(reduced, kind, there[level] == 0))
    return {level: pa.RecordBatch.from_arrays(columns, names=names) for level, columns in made.items()}


def _heads(numbers: Numbers) -> NDArray[np.intp]:
    return np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))


def largest_by_day(parts: Sequence[Part], cells: tuple[Cell, ...]) -> tuple[Micros, list[NDArray[np.float64]]] | None:
    """The days of a file's stamps (as days since 1970), and for each cell its largest absolute value in them.

    Returns
    -------
    tuple or None
        None where the parts' rollups can't tell: there are none, or their buckets are not all of one day.
    """
    rolled = RolledParts.of(parts)
    if rolled is None:
        return None
    level = (parts[0].rolled.level if parts[0].rolled is not None else 0) * _MICROS
    if any(part.offset % level for part in parts):
        return None
    offsets = np.repeat([part.offset for part in parts], [len(table) for table in rolled.tables])
    days = (rolled.buckets + offsets) // _DAY
    if (np.diff(days) < 0).any():
        return None
    heads = _heads(days)
    found: list[NDArray[np.float64]] = []
    for at, cell in enumerate(cells):
        gone = rolled.column(f"n{at}") == 0
        sizes = np.maximum(np.abs(rolled.column(f"min{at}")), np.abs(rolled.column(f"max{at}")))
        largest = np.maximum.reduceat(np.where(gone, 0, sizes), heads)
        found.append(largest / float(10 ** (cell.decimals or 0)))
    return days[heads], found
