"""The values of a block's cells, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.blocks import Block
from fairwatt.lake.direct.labels import Labels, read_labels
from fairwatt.lake.direct.numbers import Numbers, read_numbers
from fairwatt.lake.direct.recipe import Recipe
from fairwatt.lake.direct.second_look import Met, look_again, needing_units
from fairwatt.lake.direct.words import Mask, Positions

_NO_VALUE = 1 << 62


@dataclass(slots=True)
class Values:
    """What the cells of a block hold: whole numbers of their decimals, and floats, a row a channel.

    Attributes
    ----------
    places
        For each channel whether it is exact, and its row.
    exact, floating
        The numbers.
    labels
        The channels that are no numbers, by their places.
    missing_exact, missing_floating
        Which of them are none; None where all are there.
    met
        Where words for missing values stand among the exact numbers and among the floats.
    """

    places: list[tuple[bool, int]]
    exact: Numbers
    floating: NDArray[np.float64]
    missing_exact: Mask | None = None
    missing_floating: Mask | None = None
    labels: dict[int, Labels] = field(default_factory=dict)
    met: dict[bool, Met] = field(default_factory=dict)

    def of(self, at: int) -> tuple[NDArray[np.generic], Mask | None]:
        """A channel's numbers, and which of them are none."""
        is_exact, row = self.places[at]
        numbers: NDArray[np.generic] = self.exact[row] if is_exact else self.floating[row]
        missing = self.missing_exact if is_exact else self.missing_floating
        return numbers, missing[row] if missing is not None and missing[row].any() else None

    def put(self, at: int, rows: NDArray[np.intp], numbers: NDArray[np.generic], gone: Mask) -> None:
        """Put other values into some rows of a channel."""
        is_exact, row = self.places[at]
        kept: NDArray[np.generic] = self.exact if is_exact else self.floating
        kept[row, rows] = np.where(gone, 0, numbers)
        missing = self.missing_exact if is_exact else self.missing_floating
        if missing is None:
            if not gone.any():
                return
            missing = np.zeros(kept.shape, dtype=np.bool_)
        missing[row, rows] = gone
        if is_exact:
            self.missing_exact = missing
        else:
            self.missing_floating = missing

    def keep(self, rows: Mask) -> None:
        """Let go of all rows but some."""
        self.exact, self.floating = self.exact[:, rows], self.floating[:, rows]
        if self.missing_exact is not None:
            self.missing_exact = self.missing_exact[:, rows]
        if self.missing_floating is not None:
            self.missing_floating = self.missing_floating[:, rows]
        for labels in self.labels.values():
            labels.keep(rows)


def read_values(block: Block, recipe: Recipe) -> tuple[Values, Mask | None]:
    """Read the channels' cells; and say which rows have to be read by their text."""
    places = recipe.places
    values = Values(places, np.zeros((0, block.rows), dtype=np.int64), np.zeros((0, block.rows), dtype=np.float64))
    odd_rows: Mask | None = None
    for is_exact in (True, False):
        columns = recipe.columns_of(is_exact=is_exact)
        if not columns:
            continue
        starts, ends = _cells_of(block, columns)
        cells = read_numbers(block.text, starts, ends, point=recipe.point)
        units = recipe.units_of(is_exact=is_exact)
        cells = needing_units(cells, units)
        cells, met = look_again(block.text, starts, ends, cells, recipe.marks, units=units, point=recipe.point)
        if met is not None:
            values.met[is_exact] = met
        if is_exact:
            values.exact, odd = cells.scaled(recipe.scales)
            values.missing_exact = cells.missing
        else:
            values.floating, odd = cells.floats()
            values.missing_floating = cells.missing
        if odd is not None:
            own = np.asarray(odd.any(axis=0), dtype=np.bool_)
            odd_rows = own if odd_rows is None else odd_rows | own
    return values, _with_labels(block, recipe, values, odd_rows)


def _with_labels(block: Block, recipe: Recipe, values: Values, odd_rows: Mask | None) -> Mask | None:
    """Read the channels of no numbers too; return the rows to be read by their text, with those of doubtful numbers."""
    for at in recipe.labels:
        values.labels[at], own_odd = read_labels(block, recipe.cells[at], recipe.profile.dialect)
        if own_odd is not None:
            odd_rows = own_odd if odd_rows is None else odd_rows | own_odd
    for at, suspects in recipe.suspects:
        for suspect in suspects:
            found = np.asarray(values.of(at)[0] == as_stored(suspect, recipe.cells[at].decimals), dtype=np.bool_)
            if found.any():
                odd_rows = found if odd_rows is None else odd_rows | found
    return odd_rows


def as_stored(number: Decimal, decimals: int | None) -> float | int:
    """A number as the values beside it are; one that no value can be where it does not fit."""
    if decimals is None:
        return float(number)
    scaled = number.scaleb(decimals)
    return int(scaled) if abs(scaled) < _NO_VALUE and scaled == int(scaled) else _NO_VALUE


def _cells_of(block: Block, columns: list[int]) -> tuple[Positions, Positions]:
    """The cells of some columns; not copied where the columns follow each other."""
    if columns == list(range(columns[0], columns[0] + len(columns))):
        there = slice(columns[0], columns[0] + len(columns))
        return block.starts[there], block.ends[there]
    return block.starts[columns], block.ends[columns]
