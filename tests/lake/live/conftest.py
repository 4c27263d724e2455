"""A lake with a live feed: send points, drain them, and read what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from fairwatt.core.files.profile import Kind
from fairwatt.lake import Lake
from fairwatt.lake.live.drain import Drain, Drained
from fairwatt.lake.live.points import Points

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
_KINDS: dict[type, Kind] = {bool: Kind.BOOLEAN, str: Kind.TEXT}


def payload(rows: list[tuple[float, str, dict[str, Any]]]) -> bytes:
    """Rows (second, series, values) as the log keeps them."""
    points = Points()
    for place, (second, series, values) in enumerate(rows, start=1):
        at = BEGIN + timedelta(seconds=second)
        points.add(place, round(at.timestamp() * 1e6), series, values.items())
    points.pad()
    fields = {}
    for name, column in points.columns.items():
        first = next(value for value in column if value is not None)
        fields[name] = (name, _KINDS.get(type(first), Kind.NUMBER))
    return points.to_arrow(fields)


@dataclass
class Feed:
    """One table with a live feed."""

    lake: Lake
    drain: Drain

    def send(self, *rows: tuple[float, str, dict[str, Any]], table: str = "t") -> None:
        self.lake.live_log.append(table, "k1", payload(list(rows)))

    def round(self, *, fold: bool = False) -> Drained:
        return self.drain.run_round(fold_all=fold)

    def rows(self, table: str = "t") -> list[tuple[Any, ...]]:
        """All rows as the query door gives them: second, series, then the fields in their order."""
        fields = list(self.lake.fields(table))
        batches = list(self.lake.batches(table, fields=fields)) if fields else []
        if not batches:
            return []
        frame = pl.concat([pl.DataFrame(batch) for batch in batches])
        if "series" not in frame.columns:
            frame = frame.insert_column(1, pl.lit((self.lake.series(table) or [""])[0]).alias("series"))
        frame = frame.with_columns((pl.col("start") - BEGIN).dt.total_microseconds() / 1e6).sort("start", "series")
        return [tuple(float(v) if hasattr(v, "is_nan") else v for v in row) for row in frame.rows()]


@pytest.fixture
def feed(lake: Lake) -> Iterator[Feed]:
    with lake.drain(lambda _table, _source: True) as drain:
        yield Feed(lake, drain)


Rows = Callable[..., list[tuple[Any, ...]]]
