"""Find offsets of known truth between seeded series, beside a plain correlation in the time domain.

    python -m bench.bench_alignment [--seeds 5] [--real ../shared/data]

Tables: how far offsets are off at a signal of 10 dB, how many are called a match where nothing matches, and the time
that a week of seconds takes beside a correlation of 1,001 lags one by one.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.made_series import FIRST, KINDS
from fairwatt.core.alignment import Alignment, Signal, align

Floats = NDArray[np.float64]
REAL = Path(__file__).resolve().parents[2] / "shared" / "data"
SIZES = ((1, 86_400), (60, 43_200), (1_800, 17_520))
_SPARE = 1_000
_LAGS = 500


def run(*, seeds: int, folder: Path) -> None:
    """Print the tables."""
    _say_errors(seeds)
    _say_unrelated(seeds)
    if folder.is_dir():
        _say_real(folder)
    _say_times()


def signal(values: Floats, step_s: int) -> Signal:
    """Values at an even step."""
    times = (FIRST + np.arange(len(values), dtype=np.int64) * step_s) * 1_000_000
    return Signal(times, values, step_s * 1_000_000)


def _pair(kind: str, step_s: int, count: int, seed: int, samples: int) -> tuple[Signal, Signal]:
    """Two meters of one thing, both with noise of a tenth of its variance together."""
    random = np.random.default_rng(seed)
    values = KINDS[kind](step_s, count + 2 * _SPARE, random)
    a, b = values[_SPARE:-_SPARE], np.roll(values, samples)[_SPARE:-_SPARE]
    width = values.std() / np.sqrt(20)
    first, second = (signal(one + random.normal(0, width, count), step_s) for one in (a, b))
    return first, second


def _say_errors(seeds: int) -> None:
    print("\n| series | step [s] | rows | matched | largest error [samples] | wrong by more than 0.1 | not said |")
    print("|---|---|---|---|---|---|---|")
    for step_s, count in SIZES:
        for kind in KINDS:
            errors, silent = [], 0
            for seed in range(seeds):
                samples = int(np.random.default_rng(seed + 77).integers(-900, 900))
                found = align(*_pair(kind, step_s, count, seed, samples)).alignment
                if found.offset_s is None:
                    silent += 1
                else:
                    errors.append(abs(found.offset_s / step_s - samples))
            worst = f"{max(errors):.3f}" if errors else "-"
            far = sum(error > 0.1 for error in errors)
            print(f"| {kind} | {step_s} | {count:,} | {len(errors)} | {worst} | {far} | {silent} |")


def _say_unrelated(seeds: int) -> None:
    false, pairs = 0, 0
    for step_s, count in SIZES:
        for kind in KINDS:
            for seed in range(seeds):
                one, other = (_pair(kind, step_s, count, 1_000 + 2 * seed + i, 0)[0] for i in range(2))
                false += align(one, other).alignment.offset_s is not None
                pairs += 1
    print(f"\nUnrelated series of one kind: {false} of {pairs} pairs were called a match.")


def _say_real(folder: Path) -> None:
    homes = list(_homes(folder))
    found: list[Alignment] = [align(a, b).alignment for i, a in enumerate(homes) for b in homes[i + 1 :]]
    false = sum(one.offset_s is not None for one in found)
    print(f"\nReal homes, a year of half-hours: {false} of {len(found)} pairs were called a match.")
    moved = 0
    for i, home in enumerate(homes):
        samples = (i - len(homes) // 2) * 7 or 1
        noise = np.random.default_rng(i).normal(0, np.nanstd(home.values) / np.sqrt(10), len(home.values))
        late = Signal(home.times + samples * home.step, home.values + noise, home.step)
        told = align(home, late).alignment.offset_s
        moved += told is not None and abs(told / 1_800 - samples) <= 0.1
    print(f"The same homes beside themselves, moved and at 10 dB: {moved} of {len(homes)} within 0.1 sample.")


def _homes(folder: Path) -> Iterator[Signal]:
    table = pl.read_parquet(folder / "lcl" / "homes_2013_half_hourly.parquet").sort("home_id", "tstp")
    for _, one in list(table.group_by("home_id", maintain_order=True))[40:64]:
        times, values = one["tstp"].cast(pl.Datetime("us")).cast(pl.Int64), one["kwh"].cast(pl.Float64)
        yield Signal(times.to_numpy(), values.to_numpy(), 1_800_000_000)


def _say_times() -> None:
    print("\n| rows | found in [s] | 1,001 lags one by one [s] | error [samples] |")
    print("|---|---|---|---|")
    for count in (14_400, 86_400, 604_800):
        a, b = _pair("wandering", 1, count, 5, 42)
        begin = time.perf_counter()
        found = align(a, b).alignment
        own = time.perf_counter() - begin
        begin = time.perf_counter()
        _by_lags(a.values, b.values)
        plain = time.perf_counter() - begin
        error = "-" if found.offset_s is None else f"{abs(found.offset_s - 42):.3f}"
        print(f"| {count:,} | {own:.2f} | {plain:.2f} | {error} |")
    print(f"\nLoad {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores.")


def _by_lags(a: Floats, b: Floats) -> int:
    """The lag of the highest correlation, lag by lag as pandas would do it."""
    one, other = pl.Series(a), pl.Series(b)
    frame = pl.DataFrame({"a": one, "b": other})
    lags = range(-_LAGS, _LAGS + 1)
    alike = [frame.select(pl.corr("a", pl.col("b").shift(-lag))).item() for lag in lags]
    return lags[int(np.nanargmax(alike))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--real", type=Path, default=REAL)
    given = parser.parse_args()
    run(seeds=given.seeds, folder=given.real)
