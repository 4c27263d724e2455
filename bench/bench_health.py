"""The health scan against known truth and on real series; beside LEO's tool and a plain Hampel filter.

python -m bench.bench_health [--seeds 3] [--from-seed 0] [--long] [--real FOLDER]
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

from bench.made_series import DAY_S, KINDS, Floats, Ints, Mask, Spoilt, spoil
from fairwatt.core.quality import Channel, ReadingsInMemory, Scan, scan_health

REAL = Path(os.environ.get("FAIRWATT_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CASES = (
    ("half-hourly, 1 year", 1_800, 365, 0.0025),
    ("1-minute, 30 days", 60, 30, 0.002),
    ("1-second, 1 day", 1, 1, 0.0019),
)
LONG = (("1-second, 7 days", 1, 7, 0.0005), ("1-second, 31 days", 1, 31, 0.00012))
LEO = {  # its measured outlier recall, and seconds
    "half-hourly, 1 year": (0.82, 1.2),
    "1-minute, 30 days": (0.79, 2.2),
    "1-second, 1 day": (0.80, 5.0),
    "1-second, 7 days": (0.76, 124.0),
    "1-second, 31 days": (0.82, 437.0),
}


@dataclass(frozen=True)
class Outcome:
    """How well each class was found: hits, told of, true."""

    seconds: float
    missing: float
    outliers: tuple[int, int, int]
    sentinels: tuple[int, int, int]
    stuck: tuple[int, int, int]
    hampel: tuple[int, int, int]


def f1_of(found: tuple[int, int, int]) -> float:
    """The harmonic mean of precision and recall."""
    hits, told, true = found
    return 2 * hits / (told + true) if told + true else 1.0


def judge(spoilt: Spoilt) -> Outcome:
    """Scan a spoilt series and hold what was found against its truth."""
    rows = spoilt.rows
    begin = time.perf_counter()
    scan = scan_health(ReadingsInMemory((Channel("x"),), spoilt.times[rows], {"x": spoilt.values[rows]}))
    seconds = time.perf_counter() - begin
    lacking = int(spoilt.blank[rows].sum() + (~spoilt.kept).sum())
    told = sum(f.count for f in scan.report.findings if f.code in {"missing-values", "missing-rows"})
    return Outcome(
        seconds,
        told / lacking,
        _hits(mask_of(scan, "outliers", len(rows)), spoilt.outlier[rows]),
        _hits(mask_of(scan, "sentinel-values", len(rows)), spoilt.sentinel[rows]),
        _hits(mask_of(scan, "stuck-values", len(rows)), spoilt.stuck[rows]),
        _hits(hampel(spoilt.values[rows]), spoilt.outlier[rows]) if len(rows) < 100_000 else (0, 0, 0),
    )


def mask_of(scan: Scan, code: str, rows: int) -> Mask:
    """Which rows a code was told of."""
    mask = np.zeros(rows, dtype=np.bool_)
    for one in scan.detections:
        if one.code == code:
            mask |= one.mask(0, rows)
    return mask


def _hits(found: Mask, truth: Mask) -> tuple[int, int, int]:
    return int((found & truth).sum()), int(found.sum()), int(truth.sum())


def hampel(values: Floats, *, wide: int = 31, most: float = 6.0) -> Mask:
    """Further than six scaled median deviations from the median of 31 neighbours."""
    known = np.flatnonzero(np.isfinite(values))
    x = values[known]
    around = sliding_window_view(np.pad(x, wide // 2, mode="edge"), wide)
    middle = np.median(around, axis=1)
    spread = 1.4826 * np.median(np.abs(around - middle[:, None]), axis=1)
    mask = np.zeros(len(values), dtype=np.bool_)
    mask[known] = np.abs(x - middle) > most * np.maximum(spread, 1e-9)
    return mask


def made(cases: tuple[tuple[str, int, int, float], ...], seeds: range) -> None:
    """Print a table of the made series."""
    print("\n### Found of what was put in\n")
    heads = "missing, recall | outliers F1 (recall) | marks F1 | stuck F1 | Hampel F1 | LEO's recall | s"
    print(f"| series | nature | {heads} |")
    print("|---|---|---|---|---|---|---|---|---|")
    for label, step_s, days, share in cases:
        for kind, make in KINDS.items():
            outcomes = []
            for seed in seeds:
                random = np.random.default_rng([seed, step_s, days])
                outcomes.append(judge(spoil(make(step_s, days * DAY_S // step_s, random), step_s, random, share=share)))
            _say(label, kind, outcomes)


def _say(label: str, kind: str, outcomes: list[Outcome]) -> None:
    def total(name: str) -> tuple[int, int, int]:
        hits, told, true = (sum(column) for column in zip(*(getattr(one, name) for one in outcomes), strict=True))
        return hits, told, true

    outliers, peer = total("outliers"), total("hampel")
    print(
        f"| {label} | {kind} | {min(one.missing for one in outcomes):.3f} | {f1_of(outliers):.3f} "
        f"({outliers[0] / outliers[2]:.2f}) | {f1_of(total('sentinels')):.3f} | {f1_of(total('stuck')):.3f} | "
        f"{f'{f1_of(peer):.3f}' if peer[2] else ''} | {LEO[label][0]} | "
        f"{max(one.seconds for one in outcomes):.2f} (LEO {LEO[label][1]:g}) |",
        flush=True,
    )


def real_series(folder: Path) -> Iterator[tuple[str, Ints, Floats]]:
    """Series as they were measured: name, times [µs], values."""
    for path, column in (
        ("wpd/stentaway_demand.csv", "demand_MW"),
        ("wpd/stentaway_pv.csv", "pv_power_mw"),
        ("wpd/geevor_half_hourly_mw.csv", "value"),
        ("wpd/staplegrove_half_hourly_mw_pre_august.csv", "value"),
    ):
        frame = (
            pl.read_csv(folder / path, try_parse_dates=True)
            .drop_nulls(column)
            .unique("time" if column == "value" else "datetime")
            .sort(pl.first())
        )
        yield path, frame[:, 0].dt.epoch("us").to_numpy(), frame[column].to_numpy().astype(float)
    homes = (
        pl.read_parquet(folder / "lcl" / "homes_2013_half_hourly.parquet")
        .unique(["home_id", "tstp"])
        .sort("home_id", "tstp")
    )
    for (home,), frame in homes.group_by("home_id", maintain_order=True):
        yield f"lcl {home}", frame["tstp"].dt.epoch("us").to_numpy(), frame["kwh"].to_numpy().astype(float)
    yield "home_1s, 7 days of seconds", *_seconds(folder / "home_1s" / "real_power_on_change.parquet")


def _seconds(path: Path) -> tuple[Ints, Floats]:
    """A week of what was written on change, each value held until the next."""
    begin = int(datetime(2013, 12, 1, tzinfo=UTC).timestamp())
    frame = pl.read_parquet(path).sort("t")
    at, power = frame["t"].dt.epoch("s").to_numpy(), frame["w"].to_numpy().astype(float)
    wanted = np.arange(begin, begin + 7 * DAY_S)
    return wanted * 1_000_000, power[np.searchsorted(at, wanted, side="right") - 1]


def real(folder: Path) -> None:
    """Print what is told of in untouched real series, and what is found of spikes put into them."""
    print("\n### Real series\n")
    print("| series | rows | outliers told of, untouched | stuck | marks | F1, spikes of 5 to 12 widths | F1, giants |")
    print("|---|---|---|---|---|---|---|")
    homes: list[tuple[int, int, int, int, float, float]] = []
    for name, times, values in real_series(folder):
        scan = scan_health(ReadingsInMemory((Channel("x"),), times, {"x": values}))
        outliers, stuck, marks = (
            int(mask_of(scan, code, len(values)).sum()) for code in ("outliers", "stuck-values", "sentinel-values")
        )
        small, giant = (_with_spikes(times, values, kind) for kind in ("small", "giant"))
        if name.startswith("lcl"):
            homes.append((len(values), outliers, stuck, marks, small, giant))
            continue
        print(
            f"| {name} | {len(values):,} | {outliers} | {stuck} | {marks} | {small:.3f} | {giant:.3f} |",
            flush=True,
        )
    table = np.array(homes)
    if len(table):
        rows, outliers, stuck, marks = table[:, :4].sum(axis=0).astype(int)
        print(
            f"| lcl, {len(table)} homes | {rows:,} | {outliers} | {stuck} | {marks} | "
            f"{np.median(table[:, 4]):.3f} (median) | {np.median(table[:, 5]):.3f} (median) |"
        )


def _with_spikes(times: Ints, values: Floats, kind: str) -> float:
    random = np.random.default_rng(7)
    rows = np.sort(random.choice(np.arange(10, len(values) - 10, 8), max(3, len(values) // 500), replace=False))
    size = random.uniform(5, 12, len(rows)) if kind == "small" else 10 ** random.uniform(2, 6, len(rows))
    spoilt, truth = values.copy(), np.zeros(len(values), dtype=np.bool_)
    spoilt[rows] += random.choice([-1, 1], len(rows)) * size * values.std()
    truth[rows] = True
    scan = scan_health(ReadingsInMemory((Channel("x"),), times, {"x": spoilt}))
    return f1_of(_hits(mask_of(scan, "outliers", len(values)), truth))


SLIPS = ((12, "6 hours"), (48, "a day"), (336, "a week"), (2_880, "60 days"))
_TUNED, _HELD_BACK = slice(0, None, 2), slice(1, None, 2)


def slips(folder: Path) -> None:
    """Print how much is found of stretches of real homes in another unit, or of the other sign."""
    homes = [one for one in real_series(folder) if one[0].startswith("lcl") and len(one[2]) > 6_000]
    print("\n### Stretches of real homes in another unit, or of the other sign: share of their rows that is told of\n")
    print("| homes | stretch | × 1,000 | ÷ 1,000 | sign | told of elsewhere |")
    print("|---|---|---|---|---|---|")
    for which, some in (("tuned on", homes[_TUNED]), ("held back", homes[_HELD_BACK])):
        for rows, name in SLIPS:
            recalls, elsewhere = [], 0
            for factor in (1_000.0, 0.001, -1.0):
                hits, told, true = np.sum([_slip(one, rows, factor) for one in some], axis=0)
                recalls.append(f"{hits / true:.3f}")
                elsewhere += int(told - hits)
            print(f"| {len(some)} {which} | {name} | {' | '.join(recalls)} | {elsewhere} rows |", flush=True)


def _slip(one: tuple[str, Ints, Floats], rows: int, factor: float) -> tuple[int, int, int]:
    name, times, values = one
    random = np.random.default_rng([int(name[-6:]), rows, int(1_000 * factor) + 1_000])
    first = int(random.integers(200, len(values) - rows - 200))
    spoilt, truth = values.copy(), np.zeros(len(values), dtype=np.bool_)
    spoilt[first : first + rows] *= factor
    truth[first : first + rows] = True
    scan = scan_health(ReadingsInMemory((Channel("x"),), times, {"x": spoilt}))
    return _hits(mask_of(scan, "sign-flip" if factor < 0 else "unit-slip", len(values)), truth)


def run(*, seeds: range, is_long: bool, folder: Path) -> None:
    """Print all tables."""
    made(CASES + (LONG if is_long else ()), seeds)
    if folder.is_dir():
        real(folder)
        slips(folder)
    print(f"\nPeak memory of all: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--from-seed", type=int, default=0)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--real", type=Path, default=REAL)
    given = parser.parse_args()
    run(seeds=range(given.from_seed, given.from_seed + given.seeds), is_long=given.long, folder=given.real)
