"""Readings keep their rollups whenever a program dies, and get them back where they were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

import polars as pl
import pytest

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake
from fairwatt.lake.deltalog import DeltaFolder
from fairwatt.lake.tables import Table

MINUTES = 20_160  # a fortnight
LEVELS = [1_800, 86_400]  # [s]: at least twelve readings each


class Died(BaseException):
    """As if the program were killed."""


@pytest.fixture
def again(
    ingest: Callable[..., IngestResult], make_profile: Callable[..., ImportProfile]
) -> Iterator[Callable[[], IngestResult]]:
    """Ingest the same fortnight, once more perhaps."""
    start = datetime(2021, 1, 4, tzinfo=UTC)
    lines = [f"{start + timedelta(minutes=n):%Y-%m-%d %H:%M:%S},{n % 100 / 10}" for n in range(MINUTES)]
    with mock.patch("fairwatt.lake.rollups.LEAST_ROWS", 10_000):
        yield lambda: ingest(["time,kw", *lines], make_profile(["kw"]))


def rolled(lake: Lake) -> dict[int, pl.DataFrame]:
    """The rollups that readers use, by their widths."""
    files = Table(lake.store, "t").snapshot().rollups
    return {int(file.partition): pl.read_parquet(file.path).sort("start") for file in files}


def test_who_dies_between_the_commits_of_readings_that_come_again_leaves_the_old_ones_their_rollups(
    lake: Lake, again: Callable[[], IngestResult]
) -> None:
    again()
    before = rolled(lake)
    real = DeltaFolder.commit

    def commit(folder: DeltaFolder, *args: object, **options: object) -> None:
        if folder.partition == "month":
            raise Died
        real(folder, *args, **options)

    with mock.patch.object(DeltaFolder, "commit", commit), pytest.raises(Died):
        again()
    assert sorted(before) == LEVELS
    after = rolled(lake)
    assert all(after[level].equals(before[level]) for level in LEVELS)
    again()
    assert sorted(rolled(lake)) == LEVELS
    assert len(Table(lake.store, "t").rollups.files()) == len(LEVELS), "those of before are left out"


def test_lost_rollups_are_made_again_the_same(lake: Lake, again: Callable[[], IngestResult]) -> None:
    again()
    before = rolled(lake)
    table = Table(lake.store, "t")
    table.rollups.commit([], fields=table.rollups.fields(), batch="lost", sources=["s"])
    assert rolled(lake) == {}
    assert lake.upkeep.wants_merging("t")

    lake.upkeep.merge("t")
    after = rolled(lake)
    assert sorted(after) == LEVELS
    assert all(after[level].equals(before[level]) for level in LEVELS)
    assert after[86_400]["kw_n"].to_list() == [1_440] * 14
    assert not lake.upkeep.wants_merging("t")
