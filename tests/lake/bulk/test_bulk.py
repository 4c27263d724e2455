"""Bulk work says the same whoever does it: DuckDB here, Spark on a cluster, Sail over the Delta table."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather

from fairwatt.core.errors import InsufficientData, InvalidInput
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
from tests.lake.bulk.answering import DELTA, QUESTIONS, TABLE

ROOT = Path(__file__).parents[3]
FIRST = datetime(2021, 1, 30, 20, 15, tzinfo=UTC)
STEP_S = 900
ROWS = 600
MUST = os.environ.get("CI") == "true"

pytestmark = pytest.mark.skipif(not MUST and find_spec("ibis") is None, reason="pip install 'fairwatt[spark]'")
needs_spark = pytest.mark.skipif(
    not MUST and (find_spec("pyspark") is None or shutil.which("java") is None), reason="needs pyspark and Java"
)
needs_sail = pytest.mark.skipif(not MUST and find_spec("pysail") is None, reason="needs pysail")


def _rows(source: str) -> list[tuple[datetime, str, Decimal | None, Decimal | None]]:
    chance = random.Random(source)
    rows = []
    for meter in ("m1", "m2") if source == "one" else ("m3",):
        for number in range(ROWS):
            if 100 <= number < 120 or 210 <= number < 215:  # gaps, one of them over a midnight
                continue
            at = FIRST + timedelta(seconds=number * STEP_S)
            kw = None if chance.random() < 0.1 else Decimal(chance.randrange(-99_999, 10**9)).scaleb(-3)
            v = Decimal(chance.randrange(2_300, 2_500)).scaleb(-1) if source == "one" else None
            rows += [(at, meter, kw, v)] * (2 if number == 300 else 1)
    return rows


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    """Three meters of two files; the second file has no volts."""
    kinds = {"start": pl.Datetime("us", "UTC"), "series": pl.String, "kw": pl.Decimal(18, 3), "v": pl.Decimal(18, 1)}
    return pl.DataFrame([row for source in ("one", "two") for row in _rows(source)], orient="row", schema=kinds)


@pytest.fixture(scope="module")
def root(truth: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The truth as a lake."""
    folder = tmp_path_factory.mktemp("bulk")
    lake = Lake(folder / "lake")
    stamp = {"columns": (0,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"}
    for source, meters, fields in (("one", ["m1", "m2"], ("kw", "v")), ("two", ["m3"], ("kw",))):
        rules = [{"name": f, "column": 2 + i, "field": f, "decimals": 3 - 2 * i} for i, f in enumerate(fields)]
        profile = ImportProfile.model_validate(
            {"columns": 2 + len(fields), "timestamp": stamp, "series_column": 1, "channels": rules}
        )
        path = folder / "part.csv"
        part = truth.filter(pl.col("series").is_in(meters))
        part.select(pl.col("start").dt.strftime("%Y-%m-%d %H:%M:%S"), "series", *fields).write_csv(path)
        lake.ingest(path, profile, table=TABLE, source=source, name="part.csv")
    return lake.root


def _answers(engine: str, root: Path, folder: Path) -> dict[str, pa.Table]:
    """What an engine in a process of its own says."""
    folder = folder / "answers"
    folder.mkdir()
    settings = "--conf spark.sql.shuffle.partitions=2 --conf spark.ui.enabled=false --driver-memory 512m pyspark-shell"
    environment = os.environ | {
        "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": settings, "PYSPARK_PYTHON": sys.executable,
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # it begins thrice, and never gets warm
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.lake.bulk.answering", engine, str(root), str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    return {path.name: feather.read_table(path) for path in folder.iterdir()}


@pytest.fixture(scope="module")
def by_duckdb(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    """DuckDB's answers."""
    return _answers("duckdb", root, tmp_path_factory.mktemp("duckdb"))


def test_rollups_are_the_readings_gathered(by_duckdb: dict[str, pa.Table], truth: pl.DataFrame) -> None:
    want = (
        truth.group_by("series", (pl.col("start").dt.epoch("s") // 3_600 * 3_600).alias("start_s"))
        .agg(
            pl.len().cast(pl.Int64).alias("rows"),
            *(getattr(pl.col(f), n)().alias(f"{f}_{n}") for f in ("kw", "v") for n in ("max", "min", "sum")),
            *(pl.col(f).count().cast(pl.Int64).alias(f"{f}_n") for f in ("kw", "v")),
        )
        .with_columns(pl.when(pl.col(f"{f}_n") > 0).then(f"{f}_sum").alias(f"{f}_sum") for f in ("kw", "v"))
        .sort("series", "start_s")
    )
    got = pl.DataFrame(by_duckdb["rollup"])
    assert got.columns[:3] == ["series", "start_s", "rows"]
    assert got.select(want.columns).rows() == want.rows()


def test_health_counts_gaps_repeats_and_what_is_missing_by_series_and_day(
    by_duckdb: dict[str, pa.Table], truth: pl.DataFrame
) -> None:
    health = pl.DataFrame(by_duckdb["health"])
    one = health.filter(series="m1")
    assert one["rows"].to_list() == [15, 85, 87, 92, 96, 96, 96, 9]
    assert one["expected"].unique().to_list() == [96]
    assert one["repeated"].to_list() == [0, 0, 0, 1, 0, 0, 0, 0]
    assert one["gaps"].to_list() == [0, 0, 1, 1, 0, 0, 0, 0]
    assert one["longest_gap_s"].to_list() == [None, None, 21 * STEP_S, 6 * STEP_S, None, None, None, None]
    assert health["kw_missing"].sum() == truth["kw"].null_count()
    assert health.filter(series="m3")["v_n"].to_list() == [0] * 8
    assert health["kw_sum"].sum() == truth["kw"].sum()


@needs_spark
def test_spark_on_a_cluster_says_the_same(by_duckdb: dict[str, pa.Table], root: Path, tmp_path: Path) -> None:
    found = _answers("local-cluster[2,1,1024]", root, tmp_path)
    for name in QUESTIONS:
        assert found[name].equals(by_duckdb[name]), name


@pytest.fixture
def sail() -> Iterator[str]:
    """The address of a Sail server."""
    command = [sys.executable, str(Path(__file__).with_name("sail.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        yield f"sc://127.0.0.1:{server.stdout.readline().strip()}"
        server.stdin.close()
        server.wait(300)


@needs_sail
def test_sail_says_the_same_of_the_delta_table_itself(
    by_duckdb: dict[str, pa.Table], root: Path, sail: str, tmp_path: Path
) -> None:
    found = _answers(sail, root, tmp_path)
    assert found[DELTA].equals(by_duckdb[DELTA])
    assert found[DELTA].equals(by_duckdb["sums"])


def test_an_engine_that_nobody_knows_is_refused(root: Path) -> None:
    lake = Lake(root)
    with pytest.raises(InvalidInput, match="no engine 'hive'"), lake.bulk("hive"):
        pass
    with lake.bulk() as bulk, pytest.raises(InsufficientData, match="holds no readings"):
        bulk.sum_up("nothing")
