"""What is erased is in no byte of the lake any more, whoever is killed on the way."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.errors import Gone
from fairwatt.lake import Lake
from tests.lake.upkeep.daily import DAYS, Daily, same

ALL = dict.fromkeys(range(DAYS), 1)


def holds(lake: Lake, condition: pl.Expr, table: str = "t") -> list[str]:
    """The Parquet files on the disk, of readings or rollups, that hold such rows."""
    files = (lake.root / "tables" / table).rglob("*.parquet")
    found = []
    for path in files:
        if "_delta_log" not in path.parts:
            frame = pl.read_parquet(path, hive_partitioning=False)
            names = set(condition.meta.root_names())
            if names <= set(frame.columns) and frame.filter(condition).height:
                found.append(path.name)
    return found


@pytest.mark.parametrize("merged", [False, True])
def test_an_erased_source_is_in_no_version_and_the_others_stay(daily: Daily, merged: bool) -> None:
    daily.add(3, factor=2)
    if merged:
        daily.lake.upkeep.merge("t", least=2)
    assert daily.lake.upkeep.erase_source("t", "d3").rows == len(daily.truth({3: 2}))
    left = {day: 1 for day in ALL if day != 3}
    assert same(daily.rows(), daily.truth(left))
    assert not list(daily.lake.root.rglob("source=d3/**/*.parquet"))
    assert not holds(daily.lake, pl.col("_source") == "d3")
    with pytest.raises(Gone):
        daily.rows(version=5)
    assert same(daily.rows(version=2), daily.truth({0: 1, 1: 1, 2: 1})) or merged
    assert not daily.lake.upkeep.check("t").damages
    again = daily.lake.upkeep.erase_source("t", "d3")
    assert (again.files, again.rows) == (0, 0)


@pytest.mark.parametrize("merged", [False, True])
def test_an_erased_series_is_in_no_version_and_the_others_stay(daily: Daily, merged: bool) -> None:
    if merged:
        daily.lake.upkeep.merge("t", least=2)
        daily.lake.upkeep.vacuum("t", keep=None, published=(), at=datetime(2100, 1, 1, tzinfo=UTC))
    exported = daily.lake.export("t", format="csv", fields=["kw"]).make()
    erased = daily.lake.upkeep.erase_series("t", "a")
    assert erased.rows == len(daily.truth(ALL)) // 2
    assert same(daily.rows(), daily.truth(ALL, meters="b"))
    assert not holds(daily.lake, pl.col("series") == "a")
    assert daily.lake.series("t") == ["b"]
    assert exported is not None
    assert not exported.path.exists()
    with pytest.raises(Gone):
        daily.rows(version=4)
    assert daily.lake.upkeep.erase_series("t", "a").rows == 0
    assert not daily.lake.upkeep.check("t").damages
    daily.add(3, factor=2)
    assert daily.lake.series("t") == ["a", "b"], "what is read after it is not erased by it"


def test_an_erased_table_leaves_nothing(daily: Daily) -> None:
    daily.add(0, table="other")
    erased = daily.lake.upkeep.erase_table("t")
    assert erased.rows == len(daily.truth(ALL))
    assert not (daily.lake.root / "tables" / "t").exists()
    assert daily.lake.upkeep.erase_table("t").files == 0
    assert same(daily.rows("other"), daily.truth({0: 1}))
    assert daily.lake.fields("t") == {}


KILLED = """
import sys
from pathlib import Path
from fairwatt.lake import Lake
lake = Lake(Path(sys.argv[1]), memory_limit="200MB", threads=1)
print("ready", flush=True)
for what in sys.argv[2:]:
    if what == "merge":
        lake.upkeep.merge("t", least=2)
    elif what == "series":
        lake.upkeep.erase_series("t", "a")
    elif what == "source":
        lake.upkeep.erase_source("t", "d3")
print("done", flush=True)
"""


@pytest.mark.parametrize("seed", range(5))
def test_a_kill_at_any_moment_leaves_all_or_nothing_and_another_run_ends_it(daily: Daily, seed: int) -> None:
    """Merging, then erasing a source and a series, killed at a random moment and begun anew."""
    chance = random.Random(seed)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(daily.lake.root), "merge", "source", "series"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(chance.uniform(0.0, 0.8))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    lake = Lake(daily.lake.root, memory_limit="200MB")
    lake.clear_abandoned()
    after = Daily(lake, daily.folder)
    held = after.rows()
    left = {day: 1 for day in ALL if day != 3}
    wholes = [daily.truth(ALL), daily.truth(left), daily.truth(left, meters="b")]
    assert any(same(held, whole) for whole in wholes), "a version is there whole, or not at all"
    lake.upkeep.merge("t", least=2)
    lake.upkeep.erase_source("t", "d3")
    lake.upkeep.erase_series("t", "a")
    lake.upkeep.vacuum("t", keep=None, published=(), at=datetime(2100, 1, 1, tzinfo=UTC))
    assert same(after.rows(), daily.truth(left, meters="b"))
    assert not holds(lake, pl.col("series") == "a")
    assert not holds(lake, pl.col("_source") == "d3")
    assert not list(lake.root.rglob("source=d3/**/*.parquet"))
    assert not lake.upkeep.check("t").damages
    assert not list(Path(lake.root / "work").glob("*"))
