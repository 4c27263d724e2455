"""Files that are written anew are packed as what an ingest writes: whole numbers by their differences."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

import pyarrow.parquet as pq

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake

ROWS = 3_000


def test_files_written_anew_hold_differences_and_no_list_of_values(
    lake: Lake, ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile]
) -> None:
    chance = random.Random(5)
    start = datetime(2021, 1, 1, tzinfo=UTC)
    times = [start + timedelta(seconds=10 * n) for n in range(ROWS)]
    rows = [f"{at:%Y-%m-%d %H:%M:%S},{50 + chance.randrange(500) / 1000:.3f}" for at in times]
    ingest(["time,kw", *rows], make_profile(["kw"], decimals=3))
    with mock.patch("fairwatt.lake.upkeep.recoding._WORTH", 2.0):  # keep what is written, whatever it saves
        done = lake.upkeep.recode("t", level=1)
    assert done.files == 1
    assert done.bytes_after < 1.02 * done.bytes_before
    newest = max((lake.root / "tables" / "t" / "readings").rglob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    column = pq.ParquetFile(newest).metadata.row_group(0).column(2)
    assert (column.path_in_schema, set(column.encodings)) == ("kw", {"DELTA_BINARY_PACKED"})
