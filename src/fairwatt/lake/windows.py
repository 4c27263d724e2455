"""Windows for drawing: the coarsest rollup that answers exactly, refined to raw, with gaps as rows of nulls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.engine import quoted
from fairwatt.lake.results import Columns, WindowFrame
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
        return _finish_raw(_empty(selection), selection)
    low = extent[0] if begin is None else max(begin, extent[0])
    high = extent[1] + 1 if end is None else min(end, extent[1] + 1)
    if low >= high:
        return _finish_raw(_empty(selection), selection)
    if _expected_rows(selection, low, high) <= points:
        raw = _read_raw(connection, selection, low, high)
        if _count_rows(raw) <= points:
            return _finish_raw(raw, selection)
    buckets = _buckets(selection, low, high, points)
    found = _read_buckets(connection, selection, buckets, low, high)
    total = _count_rows(found)
    if total <= points:
        return _finish_raw(_read_raw(connection, selection, low, high), selection)
    shown = len(found["start"])
    step_s = buckets.width / _MICROS
    gap = max(
        buckets.width, round(_GAP * (selection.resolution_s or math.inf) * _MICROS) if selection.resolution_s else 0
    )
    broken = _break_lines(found, gap if selection.resolution_s else None, buckets.width)
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


def _read_raw(connection: duckdb.DuckDBPyConnection, selection: Selection, low: int, high: int) -> Columns:
    columns = {field: (field, selection.snapshot.fields[field]) for field in selection.fields}
    parts = read_files(
        overlapping(selection.files, low, high), columns, selection.snapshot.notes, selection.kept(low, high), "start"
    )
    if not parts:
        return _empty(selection)
    values = ", ".join(
        f"min({quoted(f)})::DOUBLE AS {quoted(f + '_min')}, "
        f"sum({quoted(f)})::DOUBLE / nullif(count({quoted(f)}), 0) AS {quoted(f + '_mean')}, "
        f"max({quoted(f)})::DOUBLE AS {quoted(f + '_max')}, count({quoted(f)}) AS {quoted(f + '_count')}"
        for f in selection.fields
    )
    sql = (
        f"SELECT epoch_us(start) AS at, {values + ',' if values else ''} count(*) AS _rows "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY start ORDER BY start"
    )
    return _fetch(connection, sql)


def _read_buckets(
    connection: duckdb.DuckDBPyConnection, selection: Selection, buckets: Buckets, low: int, high: int
) -> Columns:
    """Aggregate whole rollup buckets from the rollup, and what they don't cover from the readings."""
    parts = _rollup_parts(selection, buckets, low, high) + _reading_parts(selection, buckets, low, high)
    if not parts:
        return _empty(selection)
    values = ", ".join(
        f"min({quoted(f + '_min')})::DOUBLE AS {quoted(f + '_min')}, "
        f"sum({quoted(f + '_sum')})::DOUBLE / nullif(sum({quoted(f + '_n')}), 0)::DOUBLE AS {quoted(f + '_mean')}, "
        f"max({quoted(f + '_max')})::DOUBLE AS {quoted(f + '_max')}, "
        f"CAST(sum({quoted(f + '_n')}) AS BIGINT) AS {quoted(f + '_count')}"
        for f in selection.fields
    )
    sql = (
        f"SELECT b * {buckets.width} + {buckets.begin} AS at, "
        f"{values + ',' if values else ''} CAST(sum(_rows) AS BIGINT) AS _rows "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY b ORDER BY b"
    )
    return _fetch(connection, sql)


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


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> Columns:
    """The rows of a query by columns, ``at`` [µs since 1970] made ``start``."""
    found = connection.sql(sql).fetchnumpy()
    start = np.ma.filled(found.pop("at")).astype(np.int64).astype("datetime64[us]")
    return {"start": start} | {name: _filled(values) for name, values in found.items()}


def _filled(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Missing counts are 0, other missing values NaN."""
    return np.asarray(np.ma.filled(values, 0 if values.dtype.kind in "iu" else np.nan))


def _count_rows(columns: Columns) -> int:
    return int(columns["_rows"].sum())


def _finish_raw(raw: Columns, selection: Selection) -> WindowFrame:
    resolution_s = selection.resolution_s
    gap = round(_GAP * resolution_s * _MICROS) if resolution_s else None
    step = round(resolution_s * _MICROS) if resolution_s else 0
    broken = _break_lines(raw, gap, step)
    return WindowFrame(broken, resolution_s or 0.0, is_raw=True, shown=len(raw["start"]), total=_count_rows(raw))


def _break_lines(columns: Columns, gap: int | None, step: int) -> Columns:
    """Put a row without values ``step`` [µs] after each row whose next one is more than ``gap`` [µs] later."""
    kept = {name: values for name, values in columns.items() if name != "_rows"}
    if gap is None:
        return kept
    starts = kept["start"]
    late = np.flatnonzero(np.diff(starts) > np.timedelta64(gap, "us")) + 1
    if not len(late):
        return kept
    fills = {name: 0 if name.endswith("_count") else np.nan for name in kept}
    ends = starts[late - 1] + np.timedelta64(step, "us")
    return {name: np.insert(values, late, ends if name == "start" else fills[name]) for name, values in kept.items()}


def _empty(selection: Selection) -> Columns:
    """No row, but every column."""
    columns = {"start": np.empty(0, "datetime64[us]")}
    for field in selection.fields:
        columns |= {f"{field}_{name}": np.empty(0, np.float64) for name in ("min", "mean", "max")}
        columns[f"{field}_count"] = np.empty(0, np.int64)
    return columns | {"_rows": np.empty(0, np.int64)}
