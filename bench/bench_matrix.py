"""Many homes' half-hours as a matrix of time × home, beside pivots by others over the same Parquet files.

python -m bench.bench_matrix [--share 1] [--runs 3]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from bench.inputs import make_input
from fairwatt.lake import Lake

WANTED_S = 1.0


def run(*, share: float, runs: int) -> None:
    """Print seconds of the first answer and of the following ones, and that all have the same sum."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as name:
        folder = Path(name)
        path, profile = make_input("homes", folder, share)
        Lake(folder / "lake").ingest(path, profile, table="t", source="s", name="homes.csv")
        path.unlink()
        files = [str(file) for file in (folder / "lake" / "tables" / "t" / "readings").rglob("*.parquet")]
        lake = Lake(folder / "lake")
        ways: dict[str, Callable[[], float]] = {
            "fairwatt": lambda: float(np.nansum(lake.matrix("t", field="kwh").values)),
            "polars, pivot": lambda: _by_polars(files),
            "DuckDB, sorted, by numpy": lambda: _by_duckdb(files),
        }
        print(f"\n### {round(1_000 * share):,} homes × a year of half-hours as a matrix\n")
        print("| | first s | again, median s | sum kWh |\n|---|---|---|---|")
        for label, way in ways.items():
            took, total = [], 0.0
            for _ in range(runs + 1):
                begin = time.perf_counter()
                total = way()
                took.append(time.perf_counter() - begin)
            print(f"| {label} | {took[0]:.2f} | {statistics.median(took[1:]):.2f} | {total:,.3f} |", flush=True)
        print(f"\nWanted for 1,000 homes: {WANTED_S:.0f} s.")


def _by_polars(files: list[str]) -> float:
    rows = pl.read_parquet(files, hive_partitioning=False, columns=["series", "start", "kwh"])
    wide = rows.with_columns(pl.col("kwh").cast(pl.Float64)).pivot(on="series", index="start", values="kwh")
    return float(np.nansum(wide.sort("start").drop("start").to_numpy()))


def _by_duckdb(files: list[str]) -> float:
    with duckdb.connect(config={"threads": "2", "memory_limit": "2GB"}) as connection:
        found = connection.execute(
            "SELECT kwh::DOUBLE AS kwh, dense_rank() OVER (ORDER BY series) AS home, epoch_us(start) AS at_us "
            "FROM read_parquet(?, hive_partitioning = false)",
            [files],
        ).fetchnumpy()
    rows = (found["at_us"] - found["at_us"].min()) // 1_800_000_000
    values = np.full((int(rows.max()) + 1, int(found["home"].max())), np.nan)
    values[rows, found["home"] - 1] = found["kwh"]
    return float(np.nansum(values))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    run(share=options.share, runs=options.runs)
