"""One span of a file into one Parquet file, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fairwatt.core.files.local_time import LocalClock
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake.cells import source_of
from fairwatt.lake.direct.arrays import absent, arrow_of, named
from fairwatt.lake.direct.blocks import Block, Unplain, read_blocks
from fairwatt.lake.direct.cuts import Span
from fairwatt.lake.direct.gaps import Gaps
from fairwatt.lake.direct.names import Codes, read_names
from fairwatt.lake.direct.order import Order
from fairwatt.lake.direct.packing import Packer
from fairwatt.lake.direct.points import pointed_columns
from fairwatt.lake.direct.recipe import Part, Recipe
from fairwatt.lake.direct.rolling import Rolling
from fairwatt.lake.direct.second_look import Told, added_up
from fairwatt.lake.direct.stamps import Micros, read_stamps
from fairwatt.lake.direct.values import Values, read_values
from fairwatt.lake.direct.words import Mask
from fairwatt.lake.engine import group_rows, literal, parquet_options, quoted
from fairwatt.lake.reshaping import stage_query

BLOCK_BYTES = 1 << 20
_LITTLE_BYTES = 1 << 18  # a block where memory is short
_MOST_ODD_BYTES = 4 << 20  # of rows that are kept with their text, in one part
_MOST_ODD_LINES = 2_000  # that are no rows, in one part
_MOST_TOLD = 10_000  # words of blocks, before they are added up


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
    is_little
        Whether memory is short.
    """

    recipe: Recipe
    connection: duckdb.DuckDBPyConnection
    handle: int
    work: Path
    go_on: Callable[[int], None]
    is_little: bool = False
    failure: BaseException | None = None
    _rows: int = 0
    _offset: int | None = None
    _odd: list[pa.Table] = field(default_factory=list)
    _told: list[Told] = field(default_factory=list)
    _odd_bytes: int = 0
    _odd_lines: int = 0
    _lines: int = 0
    _blank: list[int] = field(default_factory=list)
    _rejected: list[tuple[int, int]] = field(default_factory=list)
    _rejected_text: bytearray = field(default_factory=bytearray)
    _untimed: list[pa.Table] = field(default_factory=list)
    _pointed: set[int] = field(default_factory=set)
    _order: Order = field(init=False)
    _rolling: Rolling | None = None
    _schema: pa.Schema = field(init=False)
    _kinds: list[pa.DataType] = field(init=False)

    def __post_init__(self) -> None:
        self._schema = self.recipe.schema
        self._kinds = [self._schema.field(f"v{at}").type for at in range(len(self.recipe.cells))]
        self._order = Order(self.recipe.profile.series)
        if not self.recipe.has_floats and self.recipe.exact_places:
            scales = tuple(self.recipe.scales.tolist())
            self._rolling = Rolling(scales, self.recipe.exact_places, self.work / "rolled")

    def write(self, span: Span, target: Path) -> Part:
        """Write the rows of a span to ``target``.

        Raises
        ------
        Unplain
            Where the span holds something that only the way by text can read.
        """
        try:
            if self.recipe.profile.series_column is None:
                self._write_by_engine(span, target)
            else:
                self._write_by_arrow(span, target)
        except BaseException as error:
            if self.failure is not None and self.failure is not error:
                raise self.failure from error
            raise
        order = self._order
        if order.first is None or order.last is None:
            raise Unplain("no rows")
        self._check_rejected()
        return Part(
            path=target, rows=self._rows, row=0, offset=self._offset or 0, low=order.low, high=order.high,
            first=order.first, last=order.last, is_sorted=order.is_sorted, runs=order.runs,
            rolled=self._rolling.finish() if self._rolling is not None else None, odd=tuple(self._odd),
            told=added_up(self._told),
            gaps=Gaps(self._lines, tuple(self._blank), tuple(self._rejected), tuple(self._untimed)),
            pointed=frozenset(self._pointed),
        )  # fmt: skip

    def _write_by_arrow(self, span: Span, target: Path) -> None:
        """Write rows of many meters, whose names the engine would hash one by one."""
        names = ["start", "series", *(cell.rule.field for cell in self.recipe.cells)]
        places = [1, 0, *range(2, len(names))]
        schema = pa.schema([self._schema.field(at).with_name(names[at]) for at in places])
        with Packer(target, schema, group_rows(len(schema))) as packer:
            for batch in self._batches(span):
                packer.add(pa.RecordBatch.from_arrays([batch.column(at) for at in places], schema=schema))

    def _write_by_engine(self, span: Span, target: Path) -> None:
        """Write rows of one meter, whose numbers the engine packs twice as fast as Arrow does."""
        values = ", ".join(f"v{at} AS {quoted(cell.rule.field)}" for at, cell in enumerate(self.recipe.cells))
        reader = pa.RecordBatchReader.from_batches(self._schema, self._batches(span))
        options = parquet_options(
            len(self.recipe.cells) + 2, has_floats=self.recipe.has_floats, is_little=self.is_little
        )
        self.connection.register("incoming", reader)
        try:
            self.connection.execute(
                f"COPY (SELECT {literal(self.recipe.profile.series)} AS series, start, {values} FROM incoming) "
                f"TO {literal(str(target))} ({options})"
            )
        finally:
            self.connection.unregister("incoming")

    def _batches(self, span: Span) -> Iterator[pa.RecordBatch]:
        try:
            size = min(BLOCK_BYTES, _LITTLE_BYTES) if self.is_little else BLOCK_BYTES
            for block in read_blocks(self.handle, span.begin, span.end, self.recipe.layout, size=size):
                self.go_on(block.size)
                self._note_strays(block)
                self._look_for_points(block)
                if (batch := self._batch(block)) is not None:
                    yield batch
                self._lines += block.line_count
        except BaseException as error:
            self.failure = error
            raise

    def _note_strays(self, block: Block) -> None:
        """Note the lines that are no rows."""
        for number, first, last in block.strays:
            line = block.text.data[first : last + 1].tobytes()
            if not line.strip(b"\r\n"):
                self._blank.append(self._lines + number)
                continue
            self._rejected.append((self._lines + number, block.place_of(first)))
            self._rejected_text += line
        self._count_odd(len(block.strays))

    def _look_for_points(self, block: Block) -> None:
        left = tuple(column for column in self.recipe.unread if column not in self._pointed)
        self._pointed |= pointed_columns(block, left, delimiter=self.recipe.layout.delimiter)

    def _count_odd(self, lines: int, size: int = 0) -> None:
        """Count what is read apart; raises Unplain where it is too much for that."""
        self._odd_bytes += size
        self._odd_lines += lines
        if self._odd_bytes + len(self._rejected_text) > _MOST_ODD_BYTES or self._odd_lines > _MOST_ODD_LINES:
            raise Unplain("too many odd cells")

    def _check_rejected(self) -> None:
        """Raise Unplain where the engine reads one of the rejected lines as a row all the same."""
        if not self._rejected:
            return
        dialect = self.recipe.profile.dialect
        with self.connection.cursor() as cursor:
            source = source_of(self._written(bytes(self._rejected_text)), self._bare, quote=dialect.quote)
            if cursor.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]:
                raise Unplain("lines of different lengths")

    def _batch(self, block: Block) -> pa.RecordBatch | None:
        profile = self.recipe.profile
        stamps, odd = _stamps(block, self.recipe)
        values, odd_cells = read_values(block, self.recipe)
        odd = odd_cells if odd is None else odd if odd_cells is None else odd | odd_cells
        codes = None
        if profile.series_column is not None:
            column = profile.series_column
            codes = read_names(block.text, block.starts[column], block.ends[column])
            if codes is None:
                raise Unplain("a long name")
        untimed = None if odd is None else self._mend(block, np.flatnonzero(odd), stamps, values)
        self._tell(values, odd, untimed)
        if untimed is not None:
            stamps, codes = stamps[~untimed], codes.of(~untimed) if codes is not None else None
            values.keep(~untimed)
        if not len(stamps):
            return None
        starts = stamps - self._offset_of(stamps)
        self._order.note(starts, codes)
        if self._rolling is not None and self._order.is_sorted:
            self._rolling.add(starts, self._order.step, values.exact, values.missing_exact, codes)
        elif self._rolling is not None:
            self._rolling.give_up()
        self._rows += len(starts)
        return self._to_arrow(starts, codes, values)

    def _tell(self, values: Values, odd: Mask | None, untimed: Mask | None) -> None:
        """Note the words for missing values; odd rows, among them those without a time, are told of by their text."""
        for is_exact, met in values.met.items():
            found = met.apart_from(odd, untimed)
            told = found.told(self.recipe.marks, self.recipe.places_of(is_exact=is_exact), self._rows)
            self._told += told
        if len(self._told) > _MOST_TOLD:
            self._told = list(added_up(self._told))

    def _offset_of(self, stamps: Micros) -> int:
        """What is taken from all of a part's stamps: the offset of its first one's clock, and the interval's length."""
        if self._offset is None:
            zone = 0
            if self.recipe.zone != "UTC":
                first = stamps[:1]
                zone = int(first[0]) - int(LocalClock(self.recipe.zone).to_utc(first)[0])
            self._offset = zone + self.recipe.shift
        return self._offset

    def _mend(self, block: Block, rows: NDArray[np.intp], stamps: Micros, values: Values) -> Mask | None:
        """Read some rows by their text, and put what they hold in its place; return which rows have no time."""
        lines = block.lines(rows)
        self._count_odd(0, len(lines))
        table = self._read_lines(lines)
        if table.num_rows != len(rows):
            raise Unplain("lines that are no rows, or several")
        column = table.column("stamp")
        gone = absent(column.combine_chunks())
        stamps[rows] = _whole(column)
        for at, cell in enumerate(self.recipe.cells):
            found = table.column(cell.staged).combine_chunks()
            if at in values.labels:
                values.labels[at].put(rows, found.to_pylist())
            else:
                values.put(at, rows, _numbers_of(found), absent(found))
        untimed = rows[gone]
        places = rows - np.searchsorted(untimed, rows) + self._rows
        kept = table.append_column("row", arrow_of(places))
        self._odd.append(kept.filter(pc.and_(kept.column("raw").is_valid(), column.is_valid())))
        if not len(untimed):
            return None
        self._count_odd(len(untimed))
        numbers = arrow_of(block.numbers(rows) + self._lines)
        self._untimed.append(table.append_column("row", numbers).filter(column.is_null()))
        mask = np.zeros(block.rows, dtype=np.bool_)
        mask[untimed] = True
        return mask

    def _read_lines(self, lines: bytes) -> pa.Table:
        with self.connection.cursor() as cursor:
            source = source_of(self._written(lines), self._bare, quote=self.recipe.profile.dialect.quote)
            return cursor.sql(stage_query(source, self._bare, self.recipe.cells)).to_arrow_table()

    def _written(self, lines: bytes) -> str:
        path = self.work / "odd.txt"
        path.write_bytes(lines)
        return str(path)

    @property
    def _bare(self) -> ImportProfile:
        """The profile of a file that has nothing before its rows."""
        profile = self.recipe.profile
        dialect = profile.dialect.model_copy(update={"skip_lines": 0, "header_lines": 0})
        return profile.model_copy(update={"dialect": dialect})

    def _to_arrow(self, starts: Micros, codes: Codes | None, values: Values) -> pa.RecordBatch:
        schema, rows = self._schema, len(starts)
        columns: list[pa.Array] = [arrow_of(starts, schema.field("start").type)]
        if codes is not None:
            columns.append(named(codes.codes, codes.names))
        for at, kind in enumerate(self._kinds):
            if at in values.labels:
                columns.append(values.labels[at].to_arrow())
                continue
            numbers, missing = values.of(at)
            columns.append(arrow_of(numbers, kind, missing))
        return pa.RecordBatch.from_arrays(columns, schema=schema) if rows else pa.RecordBatch.from_pylist([], schema)


def _stamps(block: Block, recipe: Recipe) -> tuple[Micros, Mask | None]:
    cells = [(block.starts[column], block.ends[column]) for column in recipe.profile.timestamp.columns]
    return read_stamps(block.text, cells, recipe.forms)


def _whole(column: pa.ChunkedArray) -> Micros:
    array = column.combine_chunks()
    return np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset :][: len(array)]


def _numbers_of(column: pa.Array) -> NDArray[np.generic]:
    """Decimals as scaled whole numbers, floats as they are; anything where they are null."""
    if pa.types.is_floating(column.type):
        return np.frombuffer(column.buffers()[1], dtype=np.float64)[column.offset :][: len(column)]
    words = column.type.byte_width // 8
    return np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset * words :: words][: len(column)]
