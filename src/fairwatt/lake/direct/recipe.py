"""What reading a file's cells by whole arrays takes, and whether its profile lets it be read so."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.core.files.cells import Writing, plain_number
from fairwatt.core.files.profile import ImportProfile, Kind
from fairwatt.lake.cells import PRECISION, Cell, is_number
from fairwatt.lake.direct.blocks import Layout
from fairwatt.lake.direct.gaps import Gaps
from fairwatt.lake.direct.points import unread_columns
from fairwatt.lake.direct.rolling import Rolled
from fairwatt.lake.direct.runs import Runs
from fairwatt.lake.direct.second_look import Marks, Told, Units, added_up
from fairwatt.lake.direct.stamps import Forms, forms_of
from fairwatt.lake.plain import is_plain
from fairwatt.lake.reshaping import Shape
from fairwatt.lake.stamping import ends_by_calendar, has_zone

_MICROS = 1_000_000


@dataclass(frozen=True)
class Recipe:
    """How to read a file's cells.

    Attributes
    ----------
    profile, cells, layout, forms
        The profile, its channels as they are typed, how lines are told apart, and the forms of times.
    zone, shift
        The clock of the stamps, and how far a stamp lies behind its interval's start [µs], as far as is known before
        the file is read.
    """

    profile: ImportProfile
    cells: tuple[Cell, ...]
    layout: Layout
    forms: Forms
    zone: str
    shift: int

    @classmethod
    def of(cls, profile: ImportProfile, cells: tuple[Cell, ...]) -> Self | None:
        """The recipe of a profile; None where it needs more than this way of reading can do."""
        dialect, rule = profile.dialect, profile.timestamp
        forms = forms_of(rule)
        one_byte = all(len(mark.encode()) == 1 for mark in (dialect.delimiter, dialect.quote or '"'))
        if (
            forms is None
            or profile.series_parts
            or profile.series_runs
            or bool(ends_by_calendar(profile))
            or not one_byte
            or not is_plain(dialect)
            or not Shape(profile).is_plain
        ):
            return None
        numbers = [cell.rule for cell in cells if _is_number(cell)]
        if any(Units.of(rule.affixes) is None or "swapped_marks" in rule.notation for rule in numbers):
            return None
        return cls(
            profile=profile,
            cells=cells,
            layout=Layout(profile.columns, ord(dialect.delimiter), ord(dialect.quote) if dialect.quote else None),
            forms=forms,
            zone="UTC" if has_zone(rule) or rule.time_zone is None else rule.time_zone,
            shift=round((profile.resolution_s or 0.0) * _MICROS) if rule.stamp == "end" else 0,
        )

    @cached_property
    def places(self) -> list[tuple[bool, int]]:
        """For each number whether it is a decimal, and its place among those that are, or are not."""
        exact, floating = count(), count()
        return [
            (True, next(exact)) if _is_exact(cell) else (False, next(floating) if _is_number(cell) else -1)
            for cell in self.cells
        ]

    @cached_property
    def labels(self) -> list[int]:
        """The places of the cells that are no numbers."""
        return [at for at, cell in enumerate(self.cells) if not _is_number(cell)]

    @cached_property
    def exact_places(self) -> tuple[int, ...]:
        """The places of the cells that are decimals."""
        return tuple(at for at, cell in enumerate(self.cells) if _is_exact(cell))

    def columns_of(self, *, is_exact: bool) -> list[int]:
        """The columns of the cells that are decimals, or of those that are floats."""
        return self._columns[0 if is_exact else 1]

    @property
    def has_floats(self) -> bool:
        """Whether a cell is no decimal."""
        return bool(self._columns[1])

    @cached_property
    def _columns(self) -> tuple[list[int], list[int]]:
        numbers = [cell for cell in self.cells if _is_number(cell)]
        exact = [cell.rule.column for cell in numbers if _is_exact(cell)]
        return exact, [cell.rule.column for cell in numbers if not _is_exact(cell)]

    @cached_property
    def unread(self) -> tuple[int, ...]:
        """The columns from which no reading comes."""
        return unread_columns(self.profile)

    @cached_property
    def scales(self) -> NDArray[np.int64]:
        """The decimals of the exact cells."""
        return np.array([cell.decimals for cell in self.cells if _is_exact(cell)], dtype=np.int64)

    @cached_property
    def suspects(self) -> list[tuple[int, list[Decimal]]]:
        """Cells' places with numbers that may stand for a missing value: rows that have them are read by their text."""
        marks = list(filter(is_number, self.profile.dialect.null_texts))
        return [
            (at, [Decimal(mark.strip()) for mark in (*cell.rule.null_values, *marks)])
            for at, cell in enumerate(self.cells)
            if _is_number(cell) and (cell.rule.null_values or marks)
        ]

    @cached_property
    def marks(self) -> Marks:
        """The words that stand for missing values, and are no numbers in any channel."""
        dialect = self.profile.dialect
        rules = [cell.rule for cell in self.cells if _is_number(cell)]
        writings = {
            Writing(dialect.decimal_mark, dialect.thousands_mark, rule.affixes, rule.notation) for rule in rules
        }
        texts = (mark.strip() for mark in dialect.null_texts)
        return Marks.of(
            text for text in texts if "\0" not in text and all(plain_number(text, one) is None for one in writings)
        )

    def units_of(self, *, is_exact: bool) -> list[Units]:
        """What stands around the numbers of the cells that are decimals, or of those that are floats."""
        return self._units[0 if is_exact else 1]

    @cached_property
    def _units(self) -> tuple[list[Units], list[Units]]:
        exact, floating = (self.places_of(is_exact=is_exact) for is_exact in (True, False))
        found = [Units.of(cell.rule.affixes) or Units() for cell in self.cells]
        return [found[at] for at in exact], [found[at] for at in floating]

    def places_of(self, *, is_exact: bool) -> list[int]:
        """The places of the cells that are decimals, or of those that are floats."""
        return [at for at, (exact, row) in enumerate(self.places) if exact is is_exact and row >= 0]

    @property
    def point(self) -> int:
        """The byte of the decimal mark."""
        return ord(self.profile.dialect.decimal_mark)

    @property
    def schema(self) -> pa.Schema:
        """Of the batches: ``start``, ``v0``, ``v1``… by the cells' places, and ``series`` where a column names it."""
        kinds = [_arrow_kind(cell) for cell in self.cells]
        fields = [pa.field("start", pa.timestamp("us", tz="UTC"))]
        if self.profile.series_column is not None:
            fields.append(pa.field("series", pa.dictionary(pa.int32(), pa.string())))
        return pa.schema([*fields, *(pa.field(f"v{at}", kind) for at, kind in enumerate(kinds))])


def _is_number(cell: Cell) -> bool:
    return cell.rule.kind is Kind.NUMBER


def _is_exact(cell: Cell) -> bool:
    return _is_number(cell) and cell.decimals is not None


def _arrow_kind(cell: Cell) -> pa.DataType:
    if cell.rule.kind is Kind.TEXT:
        return pa.string()
    if cell.rule.kind is Kind.BOOLEAN:
        return pa.bool_()
    return pa.float64() if cell.decimals is None else pa.decimal64(PRECISION, cell.decimals)


@dataclass(frozen=True, slots=True)
class Part:
    """Some following rows of a file, as a Parquet file that can be published as it is.

    Attributes
    ----------
    rows, row
        How many rows, and the number of the first one in the file.
    offset
        What was taken from a row's stamp to have its start [µs].
    low, high
        First and last start [µs].
    first, last
        Series and start of the first row and of the last.
    is_sorted
        Whether the rows stand in the order of series and start.
    runs
        The rows as runs of starts; None where they are too irregular for that.
    rolled
        Its finest rollup; None where none was made.
    odd
        Rows with cells that are not plain: their values and their text, as the stage has them.
    told
        The words for missing values in its cells, but for those of ``odd`` rows.
    gaps
        Its lines that are no rows of it.
    pointed
        Columns without readings that may hold numbers of supply points.
    """

    path: Path
    rows: int
    row: int
    offset: int
    low: int
    high: int
    first: tuple[str, int]
    last: tuple[str, int]
    is_sorted: bool
    runs: Runs | None = field(default=None, compare=False)
    rolled: Rolled | None = field(default=None, compare=False)
    odd: tuple[pa.Table, ...] = field(default=(), compare=False)
    told: tuple[Told, ...] = field(default=(), compare=False)
    gaps: Gaps = field(default_factory=Gaps, compare=False)
    pointed: frozenset[int] = field(default=frozenset(), compare=False)


def told_of_all(parts: tuple[Part, ...]) -> tuple[Told, ...]:
    """The words for missing values in the cells of all parts, their rows being those of the file."""
    return added_up(one.later(part.row) for part in parts for one in part.told)


def totals_of_all(parts: tuple[Part, ...]) -> pa.Table | None:
    """The totals of each part, a row each; None where one was not rolled up."""
    rolled = [part.rolled for part in parts if part.rolled is not None]
    return pa.concat_tables([one.totals for one in rolled]) if len(rolled) == len(parts) else None
