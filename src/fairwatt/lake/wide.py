"""A matrix as bytes: ``start`` and a column a series, in parts, so that any length takes the same memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import duckdb
import pyarrow as pa

from fairwatt.core.errors import InvalidInput, TooLarge
from fairwatt.lake.canonical import heading_of
from fairwatt.lake.exports import Format, arrow_bytes, parquet_bytes
from fairwatt.lake.matrix import MatrixQuestion, matrix_parts, read_matrix, settlement_columns
from fairwatt.lake.selecting import overlapping

PART_CELLS = 2_000_000
MOST_SERIES = 20_000
_STAMP = "%Y-%m-%dT%H:%M:%S"


def check_wide(question: MatrixQuestion, form: str) -> None:
    """Refuse what has no wide form; raises InvalidInput or TooLarge."""
    if form == "json":
        raise InvalidInput(
            "A column a series can't be had as JSON.",
            where={"field": "format"},
            next_step="Ask for csv, parquet or arrow, or for shape=long.",
        )
    if len(question.series) > MOST_SERIES:
        raise TooLarge(
            f"A table of {len(question.series):,} series has too many columns to be read.",
            where={"field": "series"},
            next_step=f"Name at most {MOST_SERIES:,} of them, or ask for shape=long.",
        )


def wide_name(question: MatrixQuestion) -> str:
    """A name for exactly this table: of the files that hold its readings, and of what is asked of them."""
    selection = question.selection
    asked = (
        sorted(file.path.name for file in overlapping(selection.files, question.begin, question.end)),
        question.field,
        selection.snapshot.fields[question.field],
        selection.chosen,
        question.series,
        question.begin,
        question.end,
        question.resolution,
        question.statistic,
        question.is_exact,
    )
    return sha256(repr(asked).encode()).hexdigest()[:40]


def wide_stream(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection], question: MatrixQuestion, form: Format, zone: str
) -> Iterator[bytes]:
    """Yield the table as bytes of a format."""
    schema = _schema(question)
    batches = _batches(open_cursor, question, schema)
    if form == "arrow":
        yield from arrow_bytes(schema, batches)
    elif form == "parquet":
        yield from parquet_bytes(schema, batches)
    else:
        yield heading_of(schema)
        for batch in batches:
            yield _csv_lines(batch, zone)


def _schema(question: MatrixQuestion) -> pa.Schema:
    taken = {"start", "settlement_date", "settlement_period"}
    numbered = [("settlement_date", pa.date32()), ("settlement_period", pa.int64())]
    kind = pa.float64() if question.scale is None else pa.decimal128(18, question.scale)
    names = [f"{question.field} {name}".strip() if name in {*taken, ""} else name for name in question.series]
    return pa.schema(
        [
            ("start", pa.timestamp("us", tz="UTC")),
            *(numbered if question.resolution.numbers_periods else []),
            *((name, kind) for name in names),
        ]
    )


def _batches(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection], question: MatrixQuestion, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    for part in matrix_parts(question, PART_CELLS):
        matrix = read_matrix(open_cursor, part)
        start, *values = matrix.to_arrow().columns
        numbered = settlement_columns(matrix.start).values() if question.resolution.numbers_periods else ()
        yield pa.RecordBatch.from_arrays([start, *numbered, *values], schema=schema)


def _csv_lines(batch: pa.RecordBatch, zone: str) -> bytes:
    import polars as pl  # noqa: PLC0415 - 30 MB that no other way through the lake needs

    frame = pl.DataFrame(batch)
    local = pl.col("start").dt.convert_time_zone(zone)
    seconds = local.dt.strftime(_STAMP)
    fraction = pl.col("start").dt.microsecond()
    exact = pl.when(fraction == 0).then(seconds).otherwise(local.dt.strftime(_STAMP + "%.6f"))
    written = exact + ("Z" if zone == "UTC" else local.dt.strftime("%:z"))
    return frame.with_columns(written.alias("start")).write_csv(include_header=False, line_terminator="\r\n").encode()
