"""Readings that come late, twice or in two files: nothing is overwritten, and earlier versions keep what they had."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import polars as pl
from deltalake import DeltaTable

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake

MakeProfile = Callable[..., ImportProfile]
Ingest = Callable[..., IngestResult]
ReadAll = Callable[..., pl.DataFrame]


def day(number: int, values: list[str], *, first: int = 0) -> list[str]:
    return ["time,kw", *(f"2021-05-{number:02} {first + n:02}:00:00,{value}" for n, value in enumerate(values))]


def test_late_rows_take_their_place_and_repeats_are_kept(
    ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    rows = day(1, ["1", "2", "3", "4"])
    result = ingest([rows[0], rows[1], rows[4], rows[2], rows[3], "2021-05-01 02:00:00,9"], make_profile(["kw"]))
    assert {finding.code for finding in result.findings} == {
        "out-of-order", "duplicate-stamps", "conflicting-duplicates",
    }  # fmt: skip
    frame = read_all()
    assert frame["start"].is_sorted()
    assert sorted(frame["kw"].to_list()) == [Decimal(n) for n in (1, 2, 3, 4, 9)]


def test_files_that_overlap_keep_their_own_readings(
    lake: Lake, ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    ingest(day(1, ["1", "2", "3"]), make_profile(["kw"]), source="first")
    ingest(day(1, ["7", "8", "9"], first=2), make_profile(["kw"]), source="second")
    assert read_all(sources=["first"])["kw"].to_list() == [Decimal(n) for n in (1, 2, 3)]
    assert read_all(sources=["second"])["kw"].to_list() == [Decimal(n) for n in (7, 8, 9)]
    both = read_all()
    assert both["start"].dt.hour().to_list() == [0, 1, 2, 2, 3, 4]
    assert sorted(both["kw"].to_list()[2:4]) == [Decimal(3), Decimal(7)]
    lake.remove_source("t", "second")
    assert read_all()["kw"].to_list() == [Decimal(n) for n in (1, 2, 3)]


def test_a_file_that_is_read_again_leaves_its_earlier_readings_in_the_earlier_version(
    lake: Lake, ingest: Ingest, make_profile: MakeProfile, read_all: ReadAll
) -> None:
    ingest(day(1, ["1", "2"]), make_profile(["kw"]))
    table = lake.root / "tables" / "t" / "readings"
    before = DeltaTable(table).version()
    ingest(day(1, ["1", "5"]), make_profile(["kw"]))
    assert read_all()["kw"].to_list() == [Decimal(1), Decimal(5)]
    earlier = pl.concat([pl.read_parquet(path) for path in DeltaTable(table, version=before).file_uris()])
    assert sorted(earlier["kw"].to_list()) == [Decimal(1), Decimal(2)]
