"""What differs between the readings of two versions of a table: rows added, removed and changed, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from fairwatt.lake.engine import quoted

if TYPE_CHECKING:
    from fairwatt.lake.store import Lake


@dataclass(frozen=True, slots=True)
class MonthDifference:
    """The difference within one month of UTC: rows, and for each channel the readings that came, went or changed."""

    month: str  # 2026-06
    added: int
    removed: int
    changed: int
    channels: dict[str, int]


def compare_readings(
    lake: Lake,
    table: str,
    *,
    before: int,
    after: int,
    period: tuple[datetime, datetime],
    old_fields: Sequence[str],
    new_fields: Sequence[str],
) -> list[MonthDifference]:
    """Compare two versions of a table in [start, end) of ``period``; months without a difference are left out.

    Rows belong together by series and start, those of the same start in the order in which they were read. A channel
    that one version lacks counts as missing there. Memory holds one month at a time.
    """
    found = []
    for start, end in months_of(*period):
        old, old_has = _read(lake.batches(table, fields=old_fields, start=start, end=end, version=before))
        new, new_has = _read(lake.batches(table, fields=new_fields, start=start, end=end, version=after))
        difference = _compare(f"{start:%Y-%m}", old, new, by_series=old_has and new_has)
        if difference.added or difference.removed or difference.changed:
            found.append(difference)
    return found


def months_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut [start, end) at the beginnings of the months of UTC."""
    begin, end = start.astimezone(UTC), end.astimezone(UTC)
    while begin < end:
        after = datetime(begin.year + begin.month // 12, begin.month % 12 + 1, 1, tzinfo=UTC)
        yield begin, min(after, end)
        begin = after


def _read(stream: Iterator[pa.RecordBatch]) -> tuple[pa.Table, bool]:
    """The rows with their order, and whether they say of which series they are."""
    batches = list(stream)
    if not batches:
        return pa.table({"start": pa.array([], pa.timestamp("us", tz="UTC"))}), True
    found = pa.Table.from_batches(batches)
    return found.append_column("its place", pa.array(range(len(found)), pa.int64())), "series" in found.column_names


def _compare(month: str, old: pa.Table, new: pa.Table, *, by_series: bool) -> MonthDifference:
    known = {"start", "series", "its place"}
    fields = [name for name in dict.fromkeys((*new.column_names, *old.column_names)) if name not in known]
    if not len(old) or not len(new):
        counts = {
            name: side.num_rows - side.column(name).null_count
            for side in (old, new)
            for name in side.column_names
            if name not in known
        }
        channels = {name: count for name, count in counts.items() if count}
        return MonthDifference(month, len(new), len(old), 0, channels)
    differs = [f"{_cell('o', old, name)} IS DISTINCT FROM {_cell('n', new, name)}" for name in fields]
    both = "o.start IS NOT NULL AND n.start IS NOT NULL"
    counted = ", ".join(f"count(*) FILTER ({one})" for one in differs)
    keys = "start, series" if by_series else "start"
    joined = " AND ".join(f"o.{key} IS NOT DISTINCT FROM n.{key}" for key in (*keys.split(", "), "its_turn"))
    turn = f'SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY "its place") AS its_turn FROM'
    with duckdb.connect() as engine:
        engine.register("old_rows", old)
        engine.register("new_rows", new)
        row = engine.execute(
            f"SELECT count(*) FILTER (o.start IS NULL), count(*) FILTER (n.start IS NULL), "
            f"count(*) FILTER ({both} AND ({' OR '.join(differs) or 'false'})){', ' if counted else ''}{counted} "
            f"FROM ({turn} old_rows) o FULL JOIN ({turn} new_rows) n ON {joined}"
        ).fetchone()
    assert row is not None
    channels = {name: int(count) for name, count in zip(fields, row[3:], strict=True) if count}
    return MonthDifference(month, int(row[0]), int(row[1]), int(row[2]), channels)


def _cell(side: str, table: pa.Table, name: str) -> str:
    return f"{side}.{quoted(name)}" if name in table.column_names else "NULL"
