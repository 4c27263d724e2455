"""Readings as streams: batches of Arrow, and CSV, JSON, Parquet and Arrow of any length in constant memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.core.errors import InvalidInput
from fairwatt.core.resolutions import Resolution, settlement_days
from fairwatt.lake.aggregating import (
    MICROS,
    STATISTICS,
    Buckets,
    Offsets,
    choose_by,
    labelled,
    partial_sums,
    rows_read,
    share_of,
    statistic,
)
from fairwatt.lake.canonical import characters_of, heading_of, line_sql
from fairwatt.lake.deltalog import StoredFile
from fairwatt.lake.engine import literal, micros_of, moment_of, quoted
from fairwatt.lake.selecting import PLACE, Selection, overlapping, read_files

if TYPE_CHECKING:
    from typing_extensions import Buffer

Format = Literal["csv", "json", "parquet", "arrow"]
BATCH_ROWS = 122_880
PIECE_BYTES = 256 * 1024  # what is handed on at once, at most: who sends it keeps several
_BATCH_VALUES = 1_000_000  # 16 MB of decimals
_NAME_LENGTH = 40
_VECTOR = 2_048
_MOST_SORTED = 40_000_000  # values of one span: more are sorted part by part
_MOST_READ = 60_000_000  # values that go into the buckets of one query
_MOST_MADE = 2_000_000  # values of its buckets
_MOST_BUCKETS = 4_000
_FEW_VALUES = 4_000  # are fetched at once
_DAY = 86_400 * MICROS


@dataclass(frozen=True, slots=True)
class Question:
    """What is streamed: a selection in [begin, end) [µs], raw or in the buckets of a resolution with statistics."""

    selection: Selection
    begin: int
    end: int
    resolution: Resolution | None
    statistics: tuple[str, ...]

    @property
    def scanned(self) -> int:
        """About how many values must be read."""
        rows = (
            share_of(self.selection.files, self.begin, self.end)
            if self.resolution is None
            else rows_read(self.selection, self.resolution, self.begin, self.end)
        )
        return round(rows * (len(self.selection.fields) + 1))

    @property
    def values(self) -> int:
        """About how many values are streamed, at most."""
        if self.resolution is None:
            return self.scanned
        buckets = (self.end - self.begin) // self.resolution.typical_micros + 1
        return min(buckets * self.series * (len(self.columns) + 1), self.scanned * len(self.statistics))

    @property
    def series(self) -> int:
        """How many series can be met, at least one."""
        return len({name for note in self.selection.notes for name in note.series}) or 1

    @property
    def is_exact(self) -> bool:
        """Whether it is answered with the same bytes every time: sums of binary fractions depend on their order."""
        kinds = self.selection.snapshot.fields
        return self.resolution is None or all(kinds[field] != "DOUBLE" for field in self.selection.fields)

    @property
    def name(self) -> str:
        """A name for exactly these readings: of the files that hold them, and of what is asked of them."""
        selection = self.selection
        asked = (
            [file.path.name for file in self._files],
            [(field, selection.snapshot.fields[field]) for field in selection.fields],
            selection.chosen,
            selection.series,
            selection.has_many_series,
            self.begin,
            self.end,
            self.resolution.name if self.resolution else None,
            self.resolution.zone if self.resolution else None,
            self.statistics,
        )
        return sha256(json.dumps(asked).encode()).hexdigest()[:_NAME_LENGTH]

    @property
    def _files(self) -> list[StoredFile]:
        return overlapping(self.selection.files, self.begin, self.end)

    @property
    def columns(self) -> dict[str, str]:
        """The streamed columns after ``series`` and ``start``, with their SQL types."""
        kinds = self.selection.snapshot.fields
        if self.resolution is None:
            return {field: kinds[field] for field in self.selection.fields}
        numbered = {"settlement_date": "DATE", "settlement_period": "BIGINT"} if self.resolution.numbers_periods else {}
        return numbered | {
            f"{field}_{statistic}": "BIGINT" if statistic == "count" else "DOUBLE"
            for field in self.selection.fields
            for statistic in self.statistics
        }


def question_of(
    selection: Selection,
    start: datetime | None,
    end: datetime | None,
    resolution: Resolution | None,
    statistics: tuple[str, ...],
) -> Question:
    """A checked question; raises InvalidInput."""
    if unknown := [one for one in statistics if one not in STATISTICS]:
        raise InvalidInput(
            f"There is no statistic '{unknown[0]}'.",
            where={"field": "aggregate"},
            next_step=f"Choose among: {', '.join(STATISTICS)}.",
        )
    texts = [field for field in selection.fields if not selection.is_numeric(field)]
    if resolution is not None and texts:
        raise InvalidInput(f"'{texts[0]}' holds no numbers, so that it has no mean.", where={"channel": texts[0]})
    extent = selection.extent or (0, -1)
    begin = extent[0] if start is None else max(extent[0], micros_of(start))
    stop = extent[1] + 1 if end is None else min(extent[1] + 1, micros_of(end))
    return Question(selection, begin, max(begin, stop), resolution, tuple(dict.fromkeys(statistics)))


def _spans(question: Question) -> Iterator[tuple[int, int]]:
    """The window in parts, each small enough to be sorted or gathered by itself."""
    yield from _raw_spans(question) if question.resolution is None else _bucketed_spans(question, question.resolution)


def _raw_spans(question: Question) -> Iterator[tuple[int, int]]:
    """Calendar months, as the files are cut, and parts of them where several series must be sorted."""
    begin = question.begin
    while begin < question.end:
        at = moment_of(begin)
        after = micros_of(datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=at.tzinfo))
        end = min(after, question.end)
        parts = 1
        if _is_sorted(question, overlapping(question.selection.files, begin, end)):
            values = share_of(question.selection.files, begin, end) * (len(question.selection.fields) + 1)
            parts = max(1, round(values / _MOST_SORTED))
        width = -(-(end - begin) // parts)
        for low in range(begin, end, width):
            yield low, min(low + width, end)
        begin = end


def _bucketed_spans(question: Question, resolution: Resolution) -> Iterator[tuple[int, int]]:
    """Runs of whole buckets."""
    begin = question.begin
    if begin >= question.end:
        return
    buckets = max(1, (question.end - begin) // resolution.typical_micros)
    made = question.series * (len(question.columns) + 1)
    run = max(1, min(_MOST_BUCKETS, _MOST_MADE // made, _MOST_READ * buckets // max(1, question.scanned)))
    if resolution.micros:
        run = max(run, min(_MOST_MADE // made, _MOST_READ * buckets // max(1, question.scanned)))
        while begin < question.end:
            end = min(resolution.floor(begin) + run * resolution.micros, question.end)
            yield begin, end
            begin = end
        return
    for number, edge in enumerate(resolution.starts(question.begin, question.end)):
        if number and number % run == 0:
            yield begin, edge
            begin = edge
    yield begin, question.end


def _is_sorted(question: Question, files: list[StoredFile]) -> bool:
    """Whether rows must be put in order: files of one series that follow one another have it."""
    if question.resolution is not None:
        return False
    follow = all(before.high < after.low for before, after in pairwise(files))
    return question.selection.has_many_series or not follow


def _span_sql(question: Question, begin: int, end: int) -> str | None:
    if question.resolution is not None:
        return _bucketed(question, question.resolution, begin, end)
    selection = question.selection
    files = overlapping(selection.files, begin, end)
    columns = {field: (field, selection.snapshot.fields[field]) for field in selection.fields}
    is_sorted = _is_sorted(question, files)
    # The name of the only series would be read and handed on for each row, to be thrown away.
    first = "start, series" if selection.has_many_series else "start"
    parts = read_files(files, columns, selection, (begin, end), first, placed=is_sorted)
    if len(parts) > 1 and not is_sorted:  # files of different columns take turns
        is_sorted, parts = True, read_files(files, columns, selection, (begin, end), first, placed=True)
    if not parts:
        return None
    rows, place = " UNION ALL ".join(parts), ", ".join(PLACE)
    # Repeated stamps keep the order in which they were read: an export has the same bytes whenever it is made.
    return f"SELECT * EXCLUDE ({place}) FROM ({rows}) ORDER BY {first}, {place}" if is_sorted else rows


def _bucketed(question: Question, resolution: Resolution, begin: int, end: int) -> str | None:
    selection = question.selection
    has_many = selection.has_many_series
    keys = "b, series" if has_many else "b"
    parts = partial_sums(selection, Buckets.of(resolution, begin, end), by_series=has_many)
    if not parts:
        return None
    values = "".join(f", {statistic(field, name)}" for field in selection.fields for name in question.statistics)
    rows = f"SELECT {keys}, make_timestamptz(b) AS start{values} FROM ({' UNION ALL '.join(parts)}) GROUP BY {keys}"
    if resolution.numbers_periods:
        day = labelled(settlement_days(begin, end)[:-1], "b")
        rows = (
            f"SELECT *, CAST(make_timestamp(day + {_DAY // 2}) AS DATE) AS settlement_date, "
            f"(b - day) // {resolution.micros} + 1 AS settlement_period FROM (SELECT *, {day} AS day FROM ({rows}))"
        )
    return f"SELECT * FROM ({rows}) ORDER BY {keys}"


def read_batches(open_cursor: Callable[[], duckdb.DuckDBPyConnection], question: Question) -> Iterator[pa.RecordBatch]:
    """Yield the readings in the order of time; every batch has the schema of :func:`schema_of`."""
    schema = schema_of(question)
    for begin, end in _spans(question):
        sql = _span_sql(question, begin, end)
        if sql is not None:
            rows = _batch_rows(question)
            yield from _regular((_shaped(batch, schema) for batch in _stream(open_cursor, sql, rows)), rows)


def _batch_rows(question: Question) -> int:
    """How many rows are in memory at once: whole vectors of the engine's, few where rows are wide."""
    return max(1, min(BATCH_ROWS, _BATCH_VALUES // (len(question.columns) + 2)) // _VECTOR) * _VECTOR


def _stream(open_cursor: Callable[[], duckdb.DuckDBPyConnection], sql: str, rows: int) -> Iterator[pa.RecordBatch]:
    """One query's batches; the cursor is let go when the caller stops asking."""
    cursor = open_cursor()
    try:
        yield from cursor.sql(sql).to_arrow_reader(rows)
    finally:
        cursor.close()


def _regular(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of just so many rows, the last one apart: how the engine cuts them depends on its threads."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        while sum(map(len, held)) >= rows:
            whole = held[0] if len(held) == 1 else pa.concat_batches(held)
            yield whole.slice(0, rows)
            held = [rest] if len(rest := whole.slice(rows)) else []
    if any(map(len, held)):
        yield pa.concat_batches(held)


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [batch.column(batch.schema.get_field_index(field.name)).cast(field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def schema_of(question: Question) -> pa.Schema:
    """The Arrow schema: ``start`` (µs, UTC), ``series`` where there are several, then the columns."""
    fields = [pa.field("start", pa.timestamp("us", tz="UTC"))]
    if question.selection.has_many_series:
        fields.append(pa.field("series", pa.string()))
    return pa.schema([*fields, *(pa.field(name, _arrow(kind)) for name, kind in question.columns.items())])


def _arrow(kind: str) -> pa.DataType:
    if kind.startswith("DECIMAL"):
        precision, scale = kind.removeprefix("DECIMAL(").rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return {"DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64(), "DATE": pa.date32()}.get(
        kind, pa.string()
    )


def export_stream(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection], question: Question, form: Format, zone: str
) -> Iterator[bytes]:
    """Yield the readings as bytes of a format."""
    if form == "arrow":
        return arrow_bytes(schema_of(question), read_batches(open_cursor, question))
    if form == "parquet":
        return parquet_bytes(schema_of(question), read_batches(open_cursor, question))
    if form == "csv":
        return _csv_stream(open_cursor, question, zone)
    return _json_stream(open_cursor, question, zone)


class _Sink(io.RawIOBase):
    """A file that is written at one end and taken from at the other."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        view = memoryview(data)
        self._parts += pieces(view)
        self._at += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self._at

    def take(self) -> Iterator[bytes]:
        """What was written since the last call, in pieces; small ones are joined."""
        parts, self._parts = self._parts, []
        small: list[bytes] = []
        for part in parts:
            if len(part) < PIECE_BYTES // 4 and sum(map(len, small)) < PIECE_BYTES // 2:
                small.append(part)
                continue
            yield b"".join([*small, part]) if small else part
            small = []
        if small:
            yield b"".join(small)


def pieces(data: memoryview) -> list[bytes]:
    """Bytes in pieces of at most :data:`PIECE_BYTES`."""
    return [bytes(data[at : at + PIECE_BYTES]) for at in range(0, data.nbytes, PIECE_BYTES)]


def arrow_bytes(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield batches as an Arrow IPC stream."""
    sink = _Sink()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield from sink.take()
    yield from sink.take()


def parquet_bytes(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield batches as a Parquet file."""
    sink = _Sink()
    packed = [
        f.name
        for f in schema
        if pa.types.is_timestamp(f.type) or pa.types.is_decimal(f.type) or pa.types.is_integer(f.type)
    ]
    words = [f.name for f in schema if f.name not in packed]
    with pq.ParquetWriter(
        sink, schema, version="2.6", compression="zstd", use_dictionary=words,
        column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED"), store_decimal_as_integer=True,
    ) as writer:  # fmt: skip
        for batch in batches:
            writer.write_batch(batch, row_group_size=BATCH_ROWS)
            yield from sink.take()
    yield from sink.take()


def _time_sql(zone: str, begin: int, end: int) -> str:
    """SQL: ``start``, which is in [begin, end) [µs], as ISO 8601 with its offset, in a zone."""
    if zone == "UTC":
        return _written_at(0, "Z")
    spans = Offsets.of(zone, begin, end)
    return choose_by("epoch_us(start)", spans.changes, [_written_at(one, _iso_offset(one)) for one in spans.offsets])


def _written_at(offset: int, ending: str) -> str:
    # Arithmetic on µs takes a twentieth of the time of a conversion by the zone's rules.
    local = f"make_timestamp(epoch_us(start) + {offset})"
    return f"replace(CAST({local} AS VARCHAR), ' ', 'T') || '{ending}'"


def _iso_offset(offset: int) -> str:
    minutes = abs(offset) // (60 * MICROS)
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _text_stream(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection],
    question: Question,
    zone: str,
    line_of: Callable[[str], str],
    *,
    opening: bytes,
    skipped: int = 0,
) -> Iterator[bytes]:
    """Yield the lines of a text format in pieces: ``line_of`` gives the SQL of one around the SQL of its time.

    ``opening`` comes with the first of them, of which ``skipped`` bytes are left out: what fails at once fails before
    anything is sent.
    """
    rows = _batch_rows(question)
    for begin, end in _spans(question):
        sql = _span_sql(question, begin, end)
        if sql is None:
            continue
        # A bucket's label may be earlier than the span.
        low = begin if question.resolution is None else question.resolution.floor(begin)
        lines = f"SELECT {line_of(_time_sql(zone, low, end))} AS line FROM ({sql})"
        for characters in _texts(open_cursor, lines, rows, is_short=question.values <= _FEW_VALUES):
            if opening:
                yield opening + bytes(characters[skipped:PIECE_BYTES])
            yield from pieces(characters[PIECE_BYTES:] if opening else characters)
            opening = b""
    if opening:
        yield opening


def _texts(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection], sql: str, rows: int, *, is_short: bool
) -> Iterator[memoryview]:
    """The characters of a query's one column, run after run."""
    if not is_short:
        yield from (characters_of(batch.column(0)) for batch in _stream(open_cursor, sql, rows) if len(batch))
        return
    cursor = open_cursor()
    try:
        found = cursor.execute(sql).fetchall()  # planned once, where a stream is planned twice
    finally:
        cursor.close()
    if found:
        yield memoryview("".join(line for (line,) in found).encode())


def _csv_stream(open_cursor: Callable[[], duckdb.DuckDBPyConnection], question: Question, zone: str) -> Iterator[bytes]:
    schema = schema_of(question)
    yield from _text_stream(
        open_cursor, question, zone, lambda time: line_sql(schema, time), opening=heading_of(schema)
    )


def _json_stream(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection], question: Question, zone: str
) -> Iterator[bytes]:
    schema = schema_of(question)
    cells = []
    for field in list(schema)[1:]:
        column = quoted(field.name)
        value = (
            f"CAST(to_json({column}) AS VARCHAR)"
            if pa.types.is_string(field.type) or pa.types.is_date(field.type)
            else f"CAST({column} AS VARCHAR)"
        )
        cells += [literal(f', "{field.name}": '), f"coalesce({value}, 'null')"]

    def line_of(time: str) -> str:
        line = ", ".join(["',' || chr(10) || '{\"start\": \"'", time, "'\"'", *cells, "'}'"])
        return f"concat({line})"

    yield from _text_stream(open_cursor, question, zone, line_of, opening=b"[\n", skipped=len(",\n"))
    yield b"\n]\n"
