"""Coarser rollups, and the largest value of each day, from the finest rollups that were made when parts were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.lake.cells import PRECISION, Cell
from fairwatt.lake.direct.arrays import arrow_of, named
from fairwatt.lake.direct.numbers import Numbers
from fairwatt.lake.direct.recipe import Part
from fairwatt.lake.direct.rolling import Rolled
from fairwatt.lake.direct.stamps import Micros
from fairwatt.lake.rollups import STATISTICS

_MICROS = 1_000_000
_DAY = 86_400 * _MICROS
_MOST_SUM = 2**62
_VALUES_AT_ONCE = 1_000_000  # of the finest rollup's columns
_REDUCE = {"min": np.minimum, "max": np.maximum, "sum": np.add, "n": np.add}


@dataclass(frozen=True, slots=True)
class RolledParts:
    """The finest rollups of a file's parts, one after another in the order of series and time.

    Attributes
    ----------
    buckets, codes
        When all of them begin [µs since 1970], and which of the ``names`` their series is.
    names
        The series, sorted; none where there is one without a column.
    """

    buckets: Micros
    codes: Micros
    names: tuple[str, ...]
    parts: tuple[Rolled, ...]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> RolledParts | None:
        """Those of parts; None where one has none, they are of different widths, or not in that order."""
        rolled = tuple(part.rolled for part in parts if part.rolled is not None)
        if len(rolled) != len(parts) or len({one.level for one in rolled}) != 1:
            return None
        buckets = np.concatenate([one.column("bucket") for one in rolled])
        names: dict[str, int] = {}
        joined = [[names.setdefault(name, len(names)) for name in one.names] for one in rolled]
        codes = [np.array(own or [0])[one.column("series")] for own, one in zip(joined, rolled, strict=True)]
        found = cls(buckets, np.concatenate(codes), tuple(names), rolled)
        return found if found._is_in_order else None

    @property
    def _is_in_order(self) -> bool:
        steps = np.diff(self.codes)
        same = steps == 0
        in_order = not (steps < 0).any() and not (same & (np.diff(self.buckets) < 0)).any()
        return in_order and all(a < b for a, b in pairwise(self.names))

    def heads(self, width: int, begin: int = 0, end: int | None = None) -> NDArray[np.intp]:
        """Where in [begin, end) buckets of ``width`` [µs] begin, or another series."""
        own = slice(begin, end)
        buckets, codes = self.buckets[own] // width, self.codes[own]
        is_head = np.diff(buckets, prepend=buckets[0] - 1) != 0
        is_head[1:] |= codes[1:] != codes[:-1]
        return np.flatnonzero(is_head)

    @property
    def columns(self) -> int:
        """How many columns a rollup of them has, but for the series and the start."""
        return len(self.parts[0].scales) * len(STATISTICS) + 1

    def column(self, name: str, at: int = 0, begin: int = 0, end: int | None = None) -> Numbers:
        """A column's whole numbers over the buckets [begin, end)."""
        found, first, stop = [], 0, len(self.buckets) if end is None else end
        for part in self.parts:
            low, high = max(begin - first, 0), min(stop - first, part.count)
            if low < high:
                found.append(part.column(name, at, low, high))
            first += part.count
        return np.concatenate(found)


def roll_levels(
    rolled: RolledParts, levels: tuple[int, ...], cells: tuple[Cell, ...], series: str
) -> Iterator[tuple[int, pa.RecordBatch]] | None:
    """Make the rollups, some days at a time; None where a sum is too large for a whole number of 64 bits.

    Parameters
    ----------
    series
        The only series' name, where no column names it.
    levels
        The buckets' widths [s], ascending, each a whole number of those before; the finest is that of the parts.

    Yields
    ------
    tuple
        A width, and the next rows of its rollup.
    """
    days = rolled.heads(levels[-1] * _MICROS)
    most = int(np.diff(days, append=len(rolled.buckets)).max())
    if float(max(part.largest_sum for part in rolled.parts)) * most >= _MOST_SUM:
        return None
    edges = [*_far_enough(days.tolist(), max(1, _VALUES_AT_ONCE // rolled.columns)), len(rolled.buckets)]
    return (made for span in pairwise(edges) for made in _roll_span(rolled, span, levels, cells, series))


def _far_enough(places: list[int], least: int) -> Iterator[int]:
    """The first of some places, and of the others those that are at least so far from the one before."""
    last = -least
    for place in places:
        if place - last >= least:
            yield place
            last = place


def _roll_span(
    rolled: RolledParts, span: tuple[int, int], levels: tuple[int, ...], cells: tuple[Cell, ...], series: str
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rollups of some whole days' buckets."""
    buckets, rows = rolled.buckets[slice(*span)], rolled.column("rows", 0, *span)
    codes = rolled.codes[slice(*span)].astype(np.int32)
    heads = {level: rolled.heads(level * _MICROS, *span) for level in levels}
    made: dict[int, list[pa.Array]] = {}
    names = ["series", "start", "rows"]
    for level, own in heads.items():
        starts = buckets[own] // (level * _MICROS) * (level * _MICROS)
        word = _some_named(codes[own], rolled.names or (series,))
        made[level] = [word, arrow_of(starts, pa.timestamp("us", tz="UTC")), arrow_of(np.add.reduceat(rows, own))]
    for at in rolled.parts[0].places:
        cell = cells[at]
        kind = pa.decimal64(PRECISION, cell.decimals or 0)
        counts = rolled.column("n", at, *span)
        names += [f"{cell.rule.field}_{statistic}" for statistic in STATISTICS]
        there = {level: np.add.reduceat(counts, own) for level, own in heads.items()}
        for statistic in STATISTICS:
            numbers = rolled.column(statistic, at, *span)
            for level, own in heads.items():
                reduced = _REDUCE[statistic].reduceat(numbers, own)
                is_count = statistic == "n"
                made[level].append(arrow_of(reduced) if is_count else arrow_of(reduced, kind, there[level] == 0))
    for level, columns in made.items():
        yield level, pa.RecordBatch.from_arrays(columns, names=names)


def _some_named(codes: NDArray[np.int32], names: tuple[str, ...]) -> pa.DictionaryArray:
    """Names by their ascending codes, with those alone that are there."""
    first, last = int(codes[0]), int(codes[-1])
    return named(codes - np.int32(first), names[first : last + 1])


def _heads(numbers: Numbers) -> NDArray[np.intp]:
    return np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))


def largest_by_day(parts: Sequence[Part], cells: tuple[Cell, ...]) -> tuple[Micros, list[NDArray[np.float64]]] | None:
    """The days of a file's stamps (as days since 1970), and for each cell its largest absolute value in them.

    Returns
    -------
    tuple or None
        None where the parts' rollups can't tell: there are none, they are of several series, or their buckets are not
        all of one day.
    """
    rolled = RolledParts.of(parts)
    if rolled is None or rolled.names:
        return None
    level = rolled.parts[0].level * _MICROS
    if any(part.offset % level for part in parts):
        return None
    offsets = np.repeat([part.offset for part in parts], [one.count for one in rolled.parts])
    days = (rolled.buckets + offsets) // _DAY
    if (np.diff(days) < 0).any():
        return None
    heads = _heads(days)
    found: list[NDArray[np.float64]] = []
    for at, cell in enumerate(cells):
        if at not in rolled.parts[0].places:
            found.append(np.zeros(len(heads)))
            continue
        gone = rolled.column("n", at) == 0
        sizes = np.maximum(np.abs(rolled.column("min", at)), np.abs(rolled.column("max", at)))
        largest = np.maximum.reduceat(np.where(gone, 0, sizes), heads)
        found.append(largest / float(10 ** (cell.decimals or 0)))
    return days[heads], found
