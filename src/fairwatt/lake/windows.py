"""Windows for drawing: the coarsest rollup that answers exactly, refined to raw, with gaps as rows of nulls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import duckdb
import polars as pl

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.engine import quoted
from fairwatt.lake.results import WindowFrame
from fairwatt.lake.selecting import Selection, overlapping, read_files

_MICROS = 1_000_000
_GAP = 1.5  # of the resolution: further apart, a reading is missing between two
_NICE = (
    1,
    2,
    3,
    5,
    10,
    15,
    20,
    30,
    60,
    120,
    180,
    300,
    600,
    900,
    1_200,
    1_800,
    3_600,
    7_200,
    10_800,
    14_400,
    21_600,
    43_200,
    86_400,
)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Equal buckets over a window: ``width`` and ``begin`` [µs], ``begin`` a whole number of widths since 1970."""

    width: int
    begin: int
    level: int | None  # the rollup [s] they can be made of


def read_window(
    connection: duckdb.DuckDBPyConnection, selection: Selection, *, begin: int | None, end: int | None, points: int
) -> WindowFrame:
    """Read [begin, end) [µs] as at most ``points`` buckets, or as the readings themselves where they are as few."""
    if points < 1:
        raise InvalidInput("A window needs at least one point.", where={"field": "points"})
    texts = [field for field in selection.fields if not selection.is_numeric(field)]
    if texts:
        raise InvalidInput(f"'{texts[0]}' holds no numbers, so that it can't be drawn.", where={"channel": texts[0]})
    extent = selection.extent
    if extent is None:
        return WindowFrame(_empty(selection), 0.0, is_raw=True, shown=0, total=0)
    low = extent[0] if begin is None else max(begin, extent[0])
    high = extent[1] + 1 if end is None else min(end, extent[1] + 1)
    if low >= high:
        return WindowFrame(_empty(selection), selection.resolution_s or 0.0, is_raw=True, shown=0, total=0)
    if _expected_rows(selection, low, high) <= points:
        raw = _read_raw(connection, selection, low, high)
        if int(raw["_rows"].sum()) <= points:
            return _finish_raw(raw, selection)
    buckets = _buckets(selection, low, high, points)
    frame = _read_buckets(connection, selection, buckets, low, high)
    total = int(frame["_rows"].sum() or 0)
    if total <= points:
        return _finish_raw(_read_raw(connection, selection, low, high), selection)
    shown = frame.height
    step_s = buckets.width / _MICROS
    gap = max(
        buckets.width, round(_GAP * (selection.resolution_s or math.inf) * _MICROS) if selection.resolution_s else 0
    )
    broken = _break_lines(frame.drop("_rows"), gap if selection.resolution_s else None, buckets.width)
    return WindowFrame(broken, step_s, is_raw=False, shown=shown, total=total)


def _expected_rows(selection: Selection, low: int, high: int) -> float:
    """About how many rows a window holds, from what the files say of themselves."""
    rows = 0.0
    for file in overlapping(selection.files, low, high):
        shared = min(high, file.high + 1) - max(low, file.low)
        rows += file.rows * shared / (file.high + 1 - file.low)
    return rows


def _buckets(selection: Selection, low: int, high: int, points: int) -> Buckets:
    """Buckets no narrower than the window needs, made of the coarsest rollup that is fine enough."""
    needed = max(1, -(-(high - low) // points))
    levels = {level for note in selection.notes for level in note.levels if level * _MICROS <= needed}
    # Of the buckets that fit, one more may be cut off at either end of the window.
    level = max(levels, default=None)
    unit = level * _MICROS if level else _reading_unit(selection, needed)
    width = -(-needed // unit) * unit
    if points == 1:
        return Buckets(high - low, low, None)
    while (high - 1) // width - low // width + 1 > points:
        width += unit
    return Buckets(width, low // width * width, level)


def _reading_unit(selection: Selection, needed: int) -> int:
    """The unit [µs] of buckets made of readings: their step, so that each bucket holds as many of them."""
    step = round((selection.resolution_s or 0.0) * _MICROS)
    return step if 0 < step <= needed else _nice_unit(needed)


def _nice_unit(needed: int) -> int:
    """The widest round unit [µs] that isn't much wider than what is needed."""
    fitting = [nice * _MICROS for nice in _NICE if nice * _MICROS * 4 <= needed]
    if fitting:
        return max(fitting)
    return int(10 ** max(0, len(str(needed)) - 2))


def _read_raw(connection: duckdb.DuckDBPyConnection, selection: Selection, low: int, high: int) -> pl.DataFrame:
    columns = {field: (field, selection.snapshot.fields[field]) for field in selection.fields}
    parts = read_files(
        overlapping(selection.files, low, high), columns, selection.snapshot.notes, selection.kept(low, high), "start"
    )
    if not parts:
        return _empty(selection).with_columns(pl.lit(0, pl.Int64).alias("_rows"))
    values = ", ".join(
        f"min({quoted(f)})::DOUBLE AS {quoted(f + '_min')}, "
        f"sum({quoted(f)})::DOUBLE / nullif(count({quoted(f)}), 0) AS {quoted(f + '_mean')}, "
        f"max({quoted(f)})::DOUBLE AS {quoted(f + '_max')}, count({quoted(f)}) AS {quoted(f + '_count')}"
        for f in selection.fields
    )
    sql = (
        f"SELECT start, {values + ',' if values else ''} count(*) AS _rows FROM ({' UNION ALL '.join(parts)}) "
        "GROUP BY start ORDER BY start"
    )
    return _frame(connection, sql)


def _read_buckets(
    connection: duckdb.DuckDBPyConnection, selection: Selection, buckets: Buckets, low: int, high: int
) -> pl.DataFrame:
    """Aggregate whole rollup buckets from the rollup, and what they don't cover from the readings."""
    parts = _rollup_parts(selection, buckets, low, high) + _reading_parts(selection, buckets, low, high)
    if not parts:
        return _empty(selection).with_columns(pl.lit(0, pl.Int64).alias("_rows"))
    values = ", ".join(
        f"min({quoted(f + '_min')})::DOUBLE AS {quoted(f + '_min')}, "
        f"sum({quoted(f + '_sum')})::DOUBLE / nullif(sum({quoted(f + '_n')}), 0)::DOUBLE AS {quoted(f + '_mean')}, "
        f"max({quoted(f + '_max')})::DOUBLE AS {quoted(f + '_max')}, "
        f"CAST(sum({quoted(f + '_n')}) AS BIGINT) AS {quoted(f + '_count')}"
        for f in selection.fields
    )
    sql = (
        f"SELECT timezone('UTC', make_timestamp(b * {buckets.width} + {buckets.begin})) AS start, "
        f"{values + ',' if values else ''} CAST(sum(_rows) AS BIGINT) AS _rows "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY b ORDER BY b"
    )
    return _frame(connection, sql)


def _inner(low: int, high: int, level: int) -> tuple[int, int]:
    """The part of [low, high) that whole buckets of a rollup cover [µs]."""
    width = level * _MICROS
    return -(-low // width) * width, high // width * width


def _rolled_batches(selection: Selection, level: int | None) -> set[str]:
    return {note.batch for note in selection.notes if level in note.levels}


def _rollup_parts(selection: Selection, buckets: Buckets, low: int, high: int) -> list[str]:
    if buckets.level is None:
        return []
    inner = _inner(low, high, buckets.level)
    if inner[0] >= inner[1]:
        return []
    batches = _rolled_batches(selection, buckets.level)
    files = [f for f in selection.snapshot.rollups if f.batch in batches and f.partition == str(buckets.level)]
    columns = {
        f"{field}_{statistic}": (field, "BIGINT" if statistic == "n" else "DOUBLE")
        for field in selection.fields
        for statistic in ("min", "max", "sum", "n")
    }
    return read_files(
        overlapping(files, *inner),
        columns,
        selection.snapshot.notes,
        selection.kept(*inner),
        f"{_bucket(buckets)} AS b, rows AS _rows",
    )


def _reading_parts(selection: Selection, buckets: Buckets, low: int, high: int) -> list[str]:
    """The readings outside the whole buckets, and those of batches without this rollup, aggregated first."""
    rolled = _rolled_batches(selection, buckets.level) & {
        file.batch for file in selection.snapshot.rollups if file.partition == str(buckets.level)
    }
    inner = _inner(low, high, buckets.level) if buckets.level else (high, high)
    spans = [(low, high)] if inner[0] >= inner[1] else [(low, inner[0]), (inner[1], high)]
    parts: list[str] = []
    for begin, end in spans:
        if begin < end:
            parts += _aggregated(
                selection, buckets, begin, end, [f for f in selection.files if f.batch in rolled or not buckets.level]
            )
    if buckets.level:
        parts += _aggregated(selection, buckets, low, high, [f for f in selection.files if f.batch not in rolled])
    return parts


def _aggregated(selection: Selection, buckets: Buckets, begin: int, end: int, files: list) -> list[str]:  # type: ignore[type-arg]
    columns = {field: (field, selection.snapshot.fields[field]) for field in selection.fields}
    selects = read_files(
        overlapping(files, begin, end),
        columns,
        selection.snapshot.notes,
        selection.kept(begin, end),
        f"{_bucket(buckets)} AS b",
    )
    values = "".join(
        f", min({quoted(f)}) AS {quoted(f + '_min')}, max({quoted(f)}) AS {quoted(f + '_max')}, "
        f"sum({quoted(f)}) AS {quoted(f + '_sum')}, count({quoted(f)}) AS {quoted(f + '_n')}"
        for f in selection.fields
    )
    return [f"SELECT b, count(*) AS _rows{values} FROM ({select}) GROUP BY b" for select in selects]


def _bucket(buckets: Buckets) -> str:
    return f"(epoch_us(start) - {buckets.begin}) // {buckets.width}"


def _frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    frame = pl.from_arrow(connection.sql(sql).to_arrow_table())
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table was expected")
    return frame.with_columns(pl.col("start").cast(pl.Datetime("us", "UTC")))


def _finish_raw(raw: pl.DataFrame, selection: Selection) -> WindowFrame:
    resolution_s = selection.resolution_s
    total = int(raw["_rows"].sum() or 0)
    gap = round(_GAP * resolution_s * _MICROS) if resolution_s else None
    step = round(resolution_s * _MICROS) if resolution_s else 0
    frame = _break_lines(raw.drop("_rows"), gap, step)
    return WindowFrame(frame, resolution_s or 0.0, is_raw=True, shown=raw.height, total=total)


def _break_lines(frame: pl.DataFrame, gap: int | None, step: int) -> pl.DataFrame:
    """Put a row of nulls after each row whose next one is more than ``gap`` [µs] later, ``step`` [µs] after it."""
    if gap is None or frame.height < 2:  # noqa: PLR2004 - a gap has two ends
        return frame
    after = pl.col("start").shift(-1) - pl.col("start")
    ends = frame.filter(after > pl.duration(microseconds=gap)).select(pl.col("start") + pl.duration(microseconds=step))
    if not ends.height:
        return frame
    counts = [name for name in frame.columns if name.endswith("_count")]
    return (
        pl.concat([frame, ends], how="diagonal")
        .sort("start", maintain_order=True)
        .with_columns(pl.col(counts).fill_null(0))
    )


def _empty(selection: Selection) -> pl.DataFrame:
    schema: dict[str, pl.DataType] = {"start": pl.Datetime("us", "UTC")}
    for field in selection.fields:
        schema |= {
            f"{field}_min": pl.Float64(),
            f"{field}_mean": pl.Float64(),
            f"{field}_max": pl.Float64(),
            f"{field}_count": pl.Int64(),
        }
    return pl.DataFrame(schema=schema)
