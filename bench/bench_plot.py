"""How long a chart waits: windows of a long series through the lake, beside polars and pandas over Parquet."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl

from bench.inputs import make_input
from fairwatt.lake import Lake

FIRST = datetime(2019, 1, 1, tzinfo=UTC)
POINTS = 2_000


def run(*, share: float, runs: int, inputs: list[str]) -> None:
    """Print a table: cold is a fresh lake's first answer, warm the median of the following ones."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as name:
        folder = Path(name)
        path, profile = make_input("year", folder, share)
        Lake(folder / "lake").ingest(path, profile, table="t", source="s", name="year.csv")
        path.unlink()
        flat = folder / "flat.parquet"
        pl.concat(pl.DataFrame(b) for b in Lake(folder / "lake").batches("t", fields=["kw", "v"])).write_parquet(flat)
        end = FIRST + timedelta(seconds=31_536_000 * share)
        print(f"\n### Windows of {31.536 * share:,.1f} M rows × 2 channels, at most {POINTS:,} points\n")
        print("| window | cold ms | warm ms | polars ms (fairwatt ×) | pandas ms (fairwatt ×) |\n|---|---|---|---|---|")
        for label, length in _windows(end - FIRST).items():
            _report(label, (end - length, end), folder, flat, runs=runs)


def _windows(whole: timedelta) -> dict[str, timedelta]:
    named = {"all": whole, "a tenth": whole / 10, "a week": timedelta(days=7), "a day": timedelta(days=1)}
    named["an hour"] = timedelta(hours=1)
    named["a minute"] = timedelta(minutes=1)
    return {label: length for label, length in named.items() if length <= whole}


def _report(label: str, window: tuple[datetime, datetime], folder: Path, flat: Path, *, runs: int) -> None:
    start, end = window
    lake = Lake(folder / "lake")

    def ask() -> object:
        return lake.window("t", fields=["kw", "v"], start=start, end=end, points=POINTS)

    cold = _milliseconds(ask)
    warm = statistics.median(_milliseconds(ask) for _ in range(max(5, runs)))
    polars = statistics.median(_milliseconds(lambda: _polars(flat, start, end)) for _ in range(runs))
    pandas = statistics.median(_milliseconds(lambda: _pandas(flat, start, end)) for _ in range(min(runs, 2)))
    beside = f"{polars:.0f} ({warm / polars:.2f}) | {pandas:.0f} ({warm / pandas:.3f})"
    print(f"| {label} | {cold:.0f} | {warm:.1f} | {beside} |")


def _milliseconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1_000


def _polars(flat: Path, start: datetime, end: datetime) -> pl.DataFrame:
    step = max(1, round((end - start).total_seconds() / POINTS))
    values = [pl.col(c).cast(pl.Float64) for c in ("kw", "v")]
    return (
        pl.scan_parquet(flat)
        .filter(pl.col("start") >= start, pl.col("start") < end)
        .group_by(pl.col("start").dt.epoch("s") // step)
        .agg(*(getattr(v, s)().name.suffix(f"_{s}") for v in values for s in ("min", "mean", "max")))
        .collect()
    )


def _pandas(flat: Path, start: datetime, end: datetime) -> pd.DataFrame:
    step = max(1, round((end - start).total_seconds() / POINTS))
    frame = pd.read_parquet(flat, filters=[("start", ">=", start), ("start", "<", end)])
    values = frame[["kw", "v"]].astype(float).set_index(frame["start"])
    return values.resample(f"{step}s").agg(["min", "mean", "max"])
