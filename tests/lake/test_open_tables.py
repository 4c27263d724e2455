"""Anybody's engine reads the tables without us."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]


@pytest.fixture
def table(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> str:
    """A table of two sources, one of which has made the other's column wider."""
    ingest(
        ["time,kw", "2020-01-31 23:59:59.5,1.5", "2020-02-01 00:00:00,2.5"],
        make_profile(["kw"], stamp="%Y-%m-%d %H:%M:%S"),
    )
    ingest(["time,kw", "2020-01-31 23:59:58,1.5", "2020-02-01 00:00:00,2.5"], make_profile(["kw"]), source="a")
    ingest(["time,kw,v", "2020-02-01 00:00:01,0.125,240"], make_profile(["kw", "v"], decimals=3), source="b")
    return str(lake.root / "tables" / "t" / "readings")


WANT = [("2020-01-31 23:59:58", "1.500"), ("2020-02-01 00:00:00", "2.500"), ("2020-02-01 00:00:00", "2.500"),
        ("2020-02-01 00:00:01", "0.125")]  # fmt: skip


def rows_of(frame: pl.DataFrame) -> list[tuple[str, str]]:
    """Start and kw as text, sorted by start."""
    return [
        (start.strftime("%Y-%m-%d %H:%M:%S"), str(kw)) for start, kw in frame.select("start", "kw").sort("start").rows()
    ]


def test_polars_and_delta_rs_read_the_delta_table(table: str) -> None:
    assert rows_of(pl.read_delta(table)) == WANT
    arrow = pa.RecordBatchReader.from_stream(DeltaTable(table).scan()).read_all()
    assert rows_of(pl.DataFrame(arrow)) == WANT


def test_duckdb_reads_the_files_of_the_snapshot(table: str) -> None:
    files = DeltaTable(table).file_uris()
    moment = "strftime(timezone('UTC', start), '%Y-%m-%d %H:%M:%S')"
    rows = f"read_parquet({files}, union_by_name = true)"
    found = duckdb.sql(f"SELECT {moment}, CAST(kw AS VARCHAR) FROM {rows} ORDER BY start").fetchall()
    assert found == WANT


def test_the_log_prunes_by_source_month_and_time(table: str) -> None:
    adds = pa.RecordBatchReader.from_stream(DeltaTable(table).get_add_actions(flatten=True)).read_all().to_pylist()
    assert {(add["partition.source"], add["partition.month"]) for add in adds} == {
        ("s", "2020-02"), ("a", "2020-01"), ("a", "2020-02"), ("b", "2020-02"),
    }  # fmt: skip
    assert all(add["min.start"] <= add["max.start"] and add["num_records"] for add in adds)


def test_the_log_says_which_batch_each_commit_was(table: str) -> None:
    batches = [entry["fairwatt.batch"] for entry in DeltaTable(table).history()]
    assert len(set(batches)) == len(batches) == 3
    assert all(DeltaTable(table).transaction_version(f"fairwatt/{batch}") == 1 for batch in batches)


def test_values_are_packed_as_scaled_integers_and_times_as_utc(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    rows = [f"2020-01-01 {i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d},{i % 977 / 10}" for i in range(50_000)]
    result = ingest(["time,kw", *rows], make_profile(["kw"]))
    [file] = DeltaTable(lake.root / "tables" / "t" / "readings").file_uris()
    footer = pq.read_metadata(file.removeprefix("file://"))
    start, kw = (footer.row_group(0).column(i) for i in (1, 2))
    assert json.loads(footer.schema.column(1).logical_type.to_json())["isAdjustedToUTC"] is True
    assert (start.compression, kw.compression) == ("ZSTD", "ZSTD")
    assert "DELTA_BINARY_PACKED" in start.encodings
    assert footer.schema.column(2).physical_type == "INT64"
    assert "FLOAT" not in str(footer.schema.column(2).logical_type)
    assert result.stored_bytes / result.readings < 2


def test_an_earlier_version_of_a_source_stays_readable_in_the_log(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    for value in ("1.5", "2.5"):
        ingest(["time,kw", f"2020-01-01 00:00:00,{value}"], make_profile(["kw"]))
    table = lake.root / "tables" / "t" / "readings"
    found = [pl.read_delta(str(table), version=version)["kw"].to_list() for version in (0, 1)]
    assert found == [[Decimal("1.5")], [Decimal("2.5")]]
