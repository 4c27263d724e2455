"""One span of a file into one Parquet file, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fairwatt.core.files.local_time import LocalClock
from fairwatt.lake.cells import source_of
from fairwatt.lake.direct.blocks import Block, Unplain, read_blocks
from fairwatt.lake.direct.cuts import Span
from fairwatt.lake.direct.names import Codes, read_names
from fairwatt.lake.direct.numbers import read_numbers
from fairwatt.lake.direct.recipe import Part, Recipe
from fairwatt.lake.direct.stamps import Micros, read_stamps
from fairwatt.lake.direct.words import Mask, Positions
from fairwatt.lake.engine import literal, parquet_options, quoted
from fairwatt.lake.reshaping import stage_query

BLOCK_BYTES = 1 << 20
_MOST_ODD_BYTES = 32 << 20  # of rows that are kept with their text, in one part
_NO_VALUE = 1 << 62
Values = list[tuple[NDArray[np.generic], Mask | None]]


@dataclass(slots=True)
class PartReader:
    """Read one span of a file and write its rows.

    Attributes
    ----------
    connection
        An engine of its own.
    work
        A folder for what is written on the way.
    go_on
        Called with each block's bytes; raises where the reading is to stop.
    """

    recipe: Recipe
    connection: duckdb.DuckDBPyConnection
    handle: int
    work: Path
    go_on: Callable[[int], None]
    failure: BaseException | None = None
    _rows: int = 0
    _offset: int | None = None
    _low: int = 0
    _high: int = 0
    _first: tuple[str, int] | None = None
    _last: tuple[str, int] | None = None
    _is_sorted: bool = True
    _odd: list[pa.Table] = field(default_factory=list)
    _odd_bytes: int = 0

    def write(self, span: Span, target: Path) -> Part:
        """Write the rows of a span to ``target``.

        Raises
        ------
        Unplain
            Where the span holds something that only the way by text can read.
        """
        profile = self.recipe.profile
        series = "series" if profile.series_column is not None else f"{literal(profile.series)} AS series"
        values = ", ".join(f"v{at} AS {quoted(cell.rule.field)}" for at, cell in enumerate(self.recipe.cells))
        reader = pa.RecordBatchReader.from_batches(self.recipe.schema, self._batches(span))
        self.connection.register("incoming", reader)
        try:
            self.connection.execute(
                f"COPY (SELECT {series}, start, {values} FROM incoming) TO {literal(str(target))} "
                f"({parquet_options(len(self.recipe.cells) + 2)})"
            )
        except BaseException as error:
            if self.failure is not None:
                raise self.failure from error
            raise
        finally:
            self.connection.unregister("incoming")
        if self._first is None or self._last is None:
            raise Unplain("no rows")
        return Part(
            path=target, rows=self._rows, row=0, offset=self._offset or 0, low=self._low, high=self._high,
            first=self._first, last=self._last, is_sorted=self._is_sorted, odd=tuple(self._odd),
        )  # fmt: skip

    def _batches(self, span: Span) -> Iterator[pa.RecordBatch]:
        try:
            for block in read_blocks(self.handle, span.begin, span.end, self.recipe.layout, size=BLOCK_BYTES):
                self.go_on(block.size)
                yield self._batch(block)
        except BaseException as error:
            self.failure = error
            raise

    def _batch(self, block: Block) -> pa.RecordBatch:
        profile = self.recipe.profile
        stamps, odd = _stamps(block, self.recipe)
        values, odd_cells = _values(block, self.recipe)
        odd = odd_cells if odd is None else odd if odd_cells is None else odd | odd_cells
        codes = None
        if profile.series_column is not None:
            column = profile.series_column
            codes = read_names(block.text, block.starts[column], block.ends[column])
            if codes is None:
                raise Unplain("a long name")
        if odd is not None:
            values = self._mended(block, np.flatnonzero(odd), stamps, values)
        starts = stamps - self._offset_of(stamps)
        self._note_order(starts, codes)
        self._rows += block.rows
        return self._to_arrow(starts, codes, values)

    def _offset_of(self, stamps: Micros) -> int:
        """What is taken from all of a part's stamps: the offset of its first one's clock, and the interval's length."""
        if self._offset is None:
            zone = 0
            if self.recipe.zone != "UTC":
                first = stamps[:1]
                zone = int(first[0]) - int(LocalClock(self.recipe.zone).to_utc(first)[0])
            self._offset = zone + self.recipe.shift
        return self._offset

    def _note_order(self, starts: Micros, codes: Codes | None) -> None:
        low, high = int(starts.min()), int(starts.max())
        names = codes.names if codes is not None else (self.recipe.profile.series,)
        held = codes.codes if codes is not None else np.zeros(len(starts), dtype=np.int32)
        first, last = (names[held[0]], int(starts[0])), (names[held[-1]], int(starts[-1]))
        if self._last is None:
            self._first, self._low, self._high = first, low, high
        elif self._last > first:
            self._is_sorted = False
        self._low, self._high, self._last = min(low, self._low), max(high, self._high), last
        if self._is_sorted:
            same = held[1:] == held[:-1]
            heads = np.flatnonzero(~same) + 1
            backwards = ((starts[1:] < starts[:-1]) & same).any() or len(heads) >= len(names)
            runs = [names[code] for code in held[[0, *heads]]] if not backwards else []
            self._is_sorted = not backwards and all(a < b for a, b in pairwise(runs))

    def _mended(self, block: Block, rows: NDArray[np.intp], stamps: Micros, values: Values) -> Values:
        """Read some rows by their text, and put what they hold in its place."""
        lines = block.lines(rows)
        self._odd_bytes += len(lines)
        if self._odd_bytes > _MOST_ODD_BYTES:
            raise Unplain("too many odd cells")
        table = self._read_lines(lines)
        if table.num_rows != len(rows) or table.column("stamp").null_count:
            raise Unplain("rows without a time")
        stamps[rows] = _whole(table.column("stamp"))
        mended: Values = []
        for cell, (numbers, missing) in zip(self.recipe.cells, values, strict=True):
            column = table.column(cell.staged).combine_chunks()
            gone = np.zeros(block.rows, dtype=np.bool_) if missing is None else missing.copy()
            gone[rows] = column.is_null().to_numpy(zero_copy_only=False)
            numbers[rows] = _numbers_of(column)
            mended.append((numbers, gone if gone.any() else None))
        kept = table.append_column("row", pa.array(rows + self._rows, pa.int64()))
        self._odd.append(kept.filter(kept.column("raw").is_valid()))
        return mended

    def _read_lines(self, lines: bytes) -> pa.Table:
        profile, dialect = self.recipe.profile, self.recipe.profile.dialect
        bare = profile.model_copy(update={"dialect": dialect.model_copy(update={"skip_lines": 0, "header_lines": 0})})
        path = self.work / "odd.txt"
        path.write_bytes(lines)
        with self.connection.cursor() as cursor:
            source = source_of(str(path), bare, quote=dialect.quote)
            return cursor.sql(stage_query(source, bare, self.recipe.cells)).to_arrow_table()

    def _to_arrow(self, starts: Micros, codes: Codes | None, values: Values) -> pa.RecordBatch:
        schema, rows = self.recipe.schema, len(starts)
        columns: list[pa.Array] = [_array(schema.field("start").type, starts, None)]
        if codes is not None:
            columns.append(pa.DictionaryArray.from_arrays(pa.array(codes.codes), pa.array(codes.names, pa.string())))
        for at, (numbers, missing) in enumerate(values):
            columns.append(_array(schema.field(f"v{at}").type, numbers, missing))
        return pa.RecordBatch.from_arrays(columns, schema=schema) if rows else pa.RecordBatch.from_pylist([], schema)


def _stamps(block: Block, recipe: Recipe) -> tuple[Micros, Mask | None]:
    cells = [(block.starts[column], block.ends[column]) for column in recipe.profile.timestamp.columns]
    return read_stamps(block.text, cells, recipe.forms)


def _values(block: Block, recipe: Recipe) -> tuple[Values, Mask | None]:
    """Each cell's values and which are missing; and the rows that have to be read by their text."""
    found: dict[int, tuple[NDArray[np.generic], Mask | None]] = {}
    odd_rows = np.zeros(block.rows, dtype=np.bool_)
    for places, is_exact in ((recipe.exact, True), (recipe.floating, False)):
        if not places:
            continue
        starts, ends = _rows_of(block, [recipe.cells[at].rule.column for at in places])
        cells = read_numbers(block.text, starts, ends, point=ord(recipe.profile.dialect.decimal_mark))
        numbers: NDArray[np.generic]
        numbers, odd = cells.scaled(recipe.scales) if is_exact else cells.floats()
        if odd is not None:
            odd_rows |= odd.any(axis=0)
        for n, at in enumerate(places):
            own = numbers[n]
            for suspect in recipe.suspects(recipe.cells[at]):
                odd_rows |= own == _as_stored(suspect, recipe.cells[at].decimals)
            found[at] = own, _some(cells.missing, n)
    return [found[at] for at in range(len(recipe.cells))], odd_rows if odd_rows.any() else None


def _as_stored(number: Decimal, decimals: int | None) -> float | int:
    """A number as the values beside it are; one that no value can be where it does not fit."""
    if decimals is None:
        return float(number)
    scaled = number.scaleb(decimals)
    return int(scaled) if abs(scaled) < _NO_VALUE and scaled == int(scaled) else _NO_VALUE


def _rows_of(block: Block, columns: list[int]) -> tuple[Positions, Positions]:
    """The cells of some columns; not copied where the columns follow each other."""
    if columns == list(range(columns[0], columns[0] + len(columns))):
        there = slice(columns[0], columns[0] + len(columns))
        return block.starts[there], block.ends[there]
    return block.starts[columns], block.ends[columns]


def _some(masks: Mask | None, at: int) -> Mask | None:
    return masks[at] if masks is not None and masks[at].any() else None


def _array(kind: pa.DataType, numbers: NDArray[np.generic], missing: Mask | None) -> pa.Array:
    """An Arrow array over numbers as they are."""
    bits = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(numbers), [bits, pa.py_buffer(np.ascontiguousarray(numbers))])


def _whole(column: pa.ChunkedArray) -> Micros:
    array = column.combine_chunks()
    return np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset :][: len(array)]


def _numbers_of(column: pa.Array) -> NDArray[np.generic]:
    """Decimals as scaled whole numbers, floats as they are; anything where they are null."""
    if pa.types.is_floating(column.type):
        return np.frombuffer(column.buffers()[1], dtype=np.float64)[column.offset :][: len(column)]
    words = column.type.byte_width // 8
    return np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset * words :: words][: len(column)]
