"""Live readings wait in files that are packed as what an ingest writes."""

from __future__ import annotations

import random

import pyarrow.parquet as pq

from tests.lake.live.conftest import Feed


def test_decimals_wait_packed_by_their_differences(feed: Feed) -> None:
    chance = random.Random(5)
    feed.send(*((second, "m1", {"kw": chance.randrange(200) / 1000}) for second in range(3_000)))
    feed.round()
    (waiting,) = feed.lake.root.rglob("*.parquet")
    column = pq.ParquetFile(waiting).metadata.row_group(0).column(2)
    assert (column.path_in_schema, set(column.encodings)) == ("kw", {"DELTA_BINARY_PACKED"})
