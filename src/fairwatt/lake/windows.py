"""Windows for drawing: the coarsest rollup that answers exactly, refined to raw, with gaps as rows of nulls."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np

from fairwatt.core.errors import InvalidInput
from fairwatt.core.resolutions import Resolution
from fairwatt.lake.aggregating import MICROS, Buckets, levels_of, partial_sums, share_of, statistic
from fairwatt.lake.engine import quoted
from fairwatt.lake.results import Columns, WindowFrame
from fairwatt.lake.selecting import Selection, overlapping, read_files

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


def read_window(
    connection: duckdb.DuckDBPyConnection,
    selection: Selection,
    *,
    begin: int | None,
    end: int | None,
    points: int,
    resolution: Resolution | None = None,
) -> WindowFrame:
    """Read [begin, end) [µs] as at most ``points`` buckets, or as the readings themselves where they are as few.

    With a resolution, its buckets come instead; raises InvalidInput where they are more than ``points``.
    """
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
    if resolution is not None:
        return _read_resolution(connection, selection, (low, high), resolution, points)
    if share_of(selection.files, low, high) <= points:
        raw = _read_raw(connection, selection, low, high, most=points)
        if _count_rows(raw) <= points:
            return _finish_raw(raw, selection)
    width = _width(selection, low, high, points)
    buckets = Buckets.one(low, high) if width == high - low else Buckets.equal(low, high, width)
    found = _read_buckets(connection, selection, buckets)
    total = _count_rows(found)
    if total <= points:
        return _finish_raw(_read_raw(connection, selection, low, high), selection)
    shown = len(found["start"])
    gap = max(width, round(_GAP * (selection.resolution_s or 0.0) * MICROS)) if selection.resolution_s else None
    return WindowFrame(_break_lines(found, gap, width), width / MICROS, is_raw=False, shown=shown, total=total)


def _read_resolution(
    connection: duckdb.DuckDBPyConnection,
    selection: Selection,
    span: tuple[int, int],
    resolution: Resolution,
    most: int,
) -> WindowFrame:
    (low, high), width = span, resolution.typical_micros
    if (high - low) // width > most or (count := len(resolution.edges(low, high)) - 1) > most:
        count = (high - low) // width + 1
        raise InvalidInput(
            f"This window has about {count:,} points at this width, more than the {most:,} that fit.",
            where={"field": "resolution", "points": count},
            next_step="Choose a shorter window, or wider parts.",
        )
    found = _read_buckets(connection, selection, Buckets.of(resolution, low, high))
    broken = _break_lines(found, round(_GAP * width), width)
    return WindowFrame(broken, width / MICROS, is_raw=False, shown=len(found["start"]), total=_count_rows(found))


def _width(selection: Selection, low: int, high: int, points: int) -> int:
    """The width [µs] of buckets no narrower than the window needs: whole buckets of the coarsest rollup that fits."""
    if points == 1:
        return high - low
    needed = max(1, -(-(high - low) // points))
    levels = {level for levels in levels_of(selection).values() for level in levels if level * MICROS <= needed}
    unit = max(levels) * MICROS if levels else _reading_unit(selection, needed)
    width = -(-needed // unit) * unit
    # Of the buckets that fit, one more may be cut off at either end of the window.
    while (high - 1) // width - low // width + 1 > points:
        width += unit
    return width


def _reading_unit(selection: Selection, needed: int) -> int:
    """The unit [µs] of buckets made of readings: their step, so that each bucket holds as many of them."""
    step = round((selection.resolution_s or 0.0) * MICROS)
    return step if 0 < step <= needed else _nice_unit(needed)


def _nice_unit(needed: int) -> int:
    """The widest round unit [µs] that isn't much wider than what is needed."""
    fitting = [nice * MICROS for nice in _NICE if nice * MICROS * 4 <= needed]
    if fitting:
        return max(fitting)
    return int(10 ** max(0, len(str(needed)) - 2))


def _read_raw(
    connection: duckdb.DuckDBPyConnection, selection: Selection, low: int, high: int, *, most: int | None = None
) -> Columns:
    """The readings themselves, those of one instant taken together; more than ``most`` rows may be cut off."""
    columns = {field: (field, selection.snapshot.fields[field]) for field in selection.fields}
    parts = read_files(
        overlapping(selection.files, low, high),
        columns,
        selection,
        (low, high),
        "start",
    )
    if not parts:
        return _empty(selection)
    values = "".join(f", {quoted(f)}::DOUBLE AS {quoted(f)}" for f in selection.fields)
    limit = "" if most is None else f" LIMIT {most + 1}"
    found = _fetch(connection, f"SELECT epoch_us(start) AS at{values} FROM ({' UNION ALL '.join(parts)}){limit}")
    steps = np.diff(found["start"])
    if np.any(steps <= np.timedelta64(0, "us")):
        order = np.argsort(found["start"], kind="stable")
        found = {name: values[order] for name, values in found.items()}
        if np.any(np.diff(found["start"]) == np.timedelta64(0, "us")):
            return _read_instants(connection, selection, parts)
    return _as_points(found, selection)


def _as_points(found: Columns, selection: Selection) -> Columns:
    """Readings, one an instant: each is its own minimum, mean and maximum."""
    columns = {"start": found["start"]}
    for field in selection.fields:
        values = found[field]
        columns |= {f"{field}_{name}": values for name in ("min", "mean", "max")}
        columns[f"{field}_count"] = (~np.isnan(values)).astype(np.int64)
    return columns | {"_rows": np.ones(len(found["start"]), np.int64)}


def _read_instants(connection: duckdb.DuckDBPyConnection, selection: Selection, parts: list[str]) -> Columns:
    values = "".join(
        f", min({quoted(f)})::DOUBLE AS {quoted(f + '_min')}, "
        f"sum({quoted(f)})::DOUBLE / nullif(count({quoted(f)}), 0) AS {quoted(f + '_mean')}, "
        f"max({quoted(f)})::DOUBLE AS {quoted(f + '_max')}, count({quoted(f)}) AS {quoted(f + '_count')}"
        for f in selection.fields
    )
    rows = " UNION ALL ".join(parts)
    sql = f"SELECT epoch_us(start) AS at{values}, count(*) AS _rows FROM ({rows}) GROUP BY start ORDER BY start"
    return _fetch(connection, sql)


def _read_buckets(connection: duckdb.DuckDBPyConnection, selection: Selection, buckets: Buckets) -> Columns:
    parts = partial_sums(selection, buckets)
    if not parts:
        return _empty(selection)
    values = "".join(f", {statistic(f, name)}" for f in selection.fields for name in ("min", "mean", "max", "count"))
    rows = " UNION ALL ".join(parts)
    sql = f"SELECT b AS at{values}, CAST(sum(_rows) AS BIGINT) AS _rows FROM ({rows}) GROUP BY b ORDER BY b"
    return _fetch(connection, sql)


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> Columns:
    """The rows of a query by columns, ``at`` [µs since 1970] made ``start``."""
    found = connection.execute(sql).fetchnumpy()
    start = np.ma.filled(found.pop("at")).astype(np.int64).astype("datetime64[us]")
    return {"start": start} | {name: _filled(values) for name, values in found.items()}


def _filled(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Missing counts are 0, other missing values NaN."""
    return np.asarray(np.ma.filled(values, 0 if values.dtype.kind in "iu" else np.nan))


def _count_rows(columns: Columns) -> int:
    return int(columns["_rows"].sum())


def _finish_raw(raw: Columns, selection: Selection) -> WindowFrame:
    resolution_s = selection.resolution_s
    gap = round(_GAP * resolution_s * MICROS) if resolution_s else None
    step = round(resolution_s * MICROS) if resolution_s else 0
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
