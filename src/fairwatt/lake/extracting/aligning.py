"""Tables with the same columns otherwise arranged or written: in another order, with kWh for Wh, with other marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fairwatt.core.files.cells import ASCII_BLANKS, Writing, is_missing_word, plain_number
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.marks import Marks, find_marks
from fairwatt.core.files.sentinels import find_sentinels
from fairwatt.core.units import Unit, find_unit

_LAST_WORD = re.compile(r"(?P<stem>.*?)[\s_(\[]*(?P<unit>[^\s_()\[\]]+)[)\]]*\s*")
_MOST_CELLS = 2_000  # of a column that say how its numbers are written


def form_of(layout: Layout) -> tuple[object, ...]:
    """What tables must share to be one: their columns' names, in whatever order and whatever multiple of a unit."""
    if any(layout.units):
        return (layout.columns, tuple(name.casefold() for name in layout.names), layout.units)
    found = [_stem_and_unit(name)[0] for name in layout.names]
    if len(set(found)) < len(found):
        return (layout.columns, tuple(name.casefold() for name in layout.names), layout.units)
    return (layout.columns, frozenset(found), layout.units)


def _stem_and_unit(name: str) -> tuple[tuple[str, str], Unit | None]:
    """A column's name without its unit, with what that is a unit of; and the unit."""
    match = _LAST_WORD.fullmatch(name)
    unit = find_unit(match["unit"]) if match is not None else None
    if match is None or unit is None or not unit.dimension or unit.offset:
        return (name.casefold().strip(), ""), None
    return (match["stem"].casefold().strip(), unit.dimension), unit


@dataclass(frozen=True, slots=True)
class _Turn:
    """How the numbers of a column are written anew: what they are multiplied by, and the unit that they had."""

    factor: Decimal
    unit: str
    kept: frozenset[float] = frozenset()  # marks for missing values, which are no amounts


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the cells of a table's row become those of another one with the same columns.

    Attributes
    ----------
    order
        For each column of the other table, where it stands in this one.
    turns
        By the other table's columns, those whose numbers are in another multiple of the unit.
    """

    order: tuple[int, ...]
    turns: dict[int, _Turn]
    marks: Marks
    wanted: Marks

    @property
    def units(self) -> tuple[str, ...]:
        """The units that its numbers had, where they become others."""
        return tuple(dict.fromkeys(turn.unit for turn in self.turns.values()))

    @property
    def _other_marks(self) -> bool:
        return self.marks.is_shown and self.wanted.is_shown and self.marks.decimal != self.wanted.decimal

    def cells(self, row: Sequence[str]) -> list[str]:
        """The cells of a row in the other table's order and writing."""
        if len(row) < len(self.order):
            return list(row)  # broken: told as such where it is read
        cells = [row[at] for at in self.order] + list(row[len(self.order) :])
        if self.turns or self._other_marks:
            cells = [self._written(cell, self.turns.get(at)) for at, cell in enumerate(cells)]
        return cells

    def _written(self, cell: str, turn: _Turn | None) -> str:
        if turn is None and not self._other_marks:
            return cell
        number = plain_number(cell, Writing(self.marks.decimal, self.marks.thousands))
        if number is None:
            is_said = turn is not None and any(map(str.isdigit, cell)) and not is_missing_word(cell)
            return f"{cell.strip(ASCII_BLANKS)} {turn.unit}" if is_said and turn is not None else cell
        if turn is not None and float(number) not in turn.kept:
            number = f"{(Decimal(number) * turn.factor).normalize():f}"
        return number.replace(".", self.wanted.decimal)


def align(first: Layout, other: Layout) -> Alignment | None:
    """How rows of ``other`` become rows of ``first``, tables of one form; None where nobody can tell its numbers."""
    mine, theirs = ([_stem_and_unit(name) for name in one.names] for one in (first, other))
    names = [name.casefold() for name in other.names]
    if [name.casefold() for name in first.names] == names:
        order = tuple(range(first.columns))
    else:
        places = {key: at for at, (key, _) in enumerate(theirs)}
        order = tuple(places[key] for key, _ in mine)
    marks, wanted = _marks_of(other), _marks_of(first)
    turns: dict[int, _Turn] = {}
    for at, (_, unit) in enumerate(mine):
        had = theirs[order[at]][1]
        if unit is None or had is None or had.to_base == unit.to_base:
            continue
        if marks.open_example or wanted.open_example:
            return None
        kept = _sentinels(other, order[at], marks, had)
        turns[at] = _Turn(had.to_base / unit.to_base, had.symbol or had.code, kept)
    return Alignment(order, turns, marks, wanted)


def _marks_of(layout: Layout) -> Marks:
    cells = (cell for column in range(layout.columns) for cell in layout.cells(column)[:_MOST_CELLS])
    return find_marks(cells, layout.dialect.delimiter)


def _sentinels(layout: Layout, column: int, marks: Marks, unit: Unit) -> frozenset[float]:
    writing = Writing(marks.decimal, marks.thousands)
    numbers = (plain_number(cell, writing) for cell in layout.cells(column)[:_MOST_CELLS])
    counted = Counter(float(number) for number in numbers if number is not None)
    return frozenset(one.value for one in find_sentinels(counted, unit.quantity))
