"""Fills against known truth, beside a straight line, LEO's rule and the seasonal naive; and how long cleaning takes.

python -m bench.bench_cleaning [--seeds 3] [--first-seed 100] [--long] [--real FOLDER]
"""

from __future__ import annotations

import argparse
import resource
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.bench_health import REAL, real_series
from bench.made_series import DAY_S, KINDS, Floats, Ints, Mask, spoil
from fairwatt.core.cleaning import DONE, CleanedChannel, CleanedWindow, clean
from fairwatt.core.quality import Channel, ReadingsInMemory, scan_health
from fairwatt.core.quality.blocks import runs_of
from fairwatt.core.quality.checks.missing import class_of

CASES = (("half-hourly, 1 year", 1_800, 365), ("1-minute, 30 days", 60, 30), ("1-second, 1 day", 1, 1))
LONG = (("1-second, 7 days", 1, 7, 0.0005), ("1-second, 31 days", 1, 31, 0.00012))
LEO_S = {"1-second, 7 days": 124.0, "1-second, 31 days": 437.0}
CLASSES = ("1-2", "3-10", ">10")
_LENGTHS = (1, 2, 3, 5, 8, 10, 11, 16, 24, 48, 60)
_SHARE = 0.05  # of the rows, that lie in gaps
_OFTEN = 0.05
_GAPS = 25  # of each length, at most


@dataclass(frozen=True)
class Fills:
    """Of one class: gaps, values, sums of squared errors of each way, values within P10-P90, rows refused."""

    gaps: int
    values: int
    refused: int
    within: int
    ours: float
    linear: float
    leo: float
    naive: float

    def rmse(self, way: str) -> float:
        """Root of the mean squared error of a way."""
        return float(np.sqrt(getattr(self, way) / max(1, self.values)))


def cut_gaps(count: int, random: np.random.Generator, free: Mask) -> Mask:
    """Gaps of many lengths, apart from each other, where nothing else was put in."""
    gaps, used = np.zeros(count, dtype=np.bool_), ~free
    most = max(2, min(_GAPS, int(_SHARE * count / sum(_LENGTHS))))
    for length in _LENGTHS:
        for _ in range(most * (4 if length <= 3 else 1)):
            for _try in range(50):
                start = int(random.integers(5, count - length - 5))
                if not used[start - 3 : start + length + 3].any():
                    gaps[start : start + length] = used[start : start + length] = True
                    break
    return gaps


def measure(times: Ints, truth: Floats, spoilt: Floats, gaps: Mask, random: np.random.Generator) -> dict[str, Fills]:
    """Clean a series with gaps, half of them missing rows, and hold all ways of filling against the truth."""
    begins, ends = runs_of(gaps)
    blank = np.where(gaps, np.nan, spoilt)
    kept = np.ones(len(times), dtype=np.bool_)
    for begin, end in zip(begins, ends, strict=True):
        kept[begin:end] = random.random() < 0.5
    rows = np.flatnonzero(kept)
    cleaned = clean(ReadingsInMemory((Channel("x"),), times[rows], {"x": blank[rows]}))
    times_out, out = _joined(list(cleaned.windows()))
    at = np.searchsorted(times_out, times)
    assert (times_out[at] == times).all(), "every row of the grid is there"
    fixed = CleanedChannel(*(getattr(out, name)[at] for name in CleanedChannel.__dataclass_fields__))
    touched = np.isnan(fixed.raw) | np.isin(fixed.fix, [DONE.index(w) for w in DONE if w not in {"", "marked"}])
    sound = np.where(touched, np.nan, fixed.raw)
    step_s = int(times[1] - times[0]) // 1_000_000
    ways = {"ours": fixed.cleaned, "linear": linear(sound), "leo": leo(sound, step_s), "naive": naive(sound, step_s)}
    return {name: _fills(fixed, truth, ways, (begins, ends), name) for name in CLASSES}


def _joined(windows: list[CleanedWindow]) -> tuple[Ints, CleanedChannel]:
    names = CleanedChannel.__dataclass_fields__
    columns = {name: np.concatenate([getattr(one.channels["x"], name) for one in windows]) for name in names}
    return np.concatenate([one.times for one in windows]), CleanedChannel(**columns)


def _fills(out: CleanedChannel, truth: Floats, ways: dict[str, Floats], runs: tuple[Ints, Ints], name: str) -> Fills:
    own = [(a, b) for a, b in zip(*runs, strict=True) if class_of(int(b - a)) == name]
    rows = np.concatenate([np.arange(a, b) for a, b in own])
    told = rows[np.isfinite(out.cleaned[rows])]
    assert (out.fix[rows] > 0).all(), "every gap is filled or refused"
    low, high = out.p10[told], out.p90[told]
    sums = {way: float(((values[told] - truth[told]) ** 2).sum()) for way, values in ways.items()}
    within = int(((truth[told] >= low) & (truth[told] <= high)).sum())
    return Fills(len(own), len(told), len(rows) - len(told), within, **sums)


def linear(sound: Floats) -> Floats:
    """A straight line over every gap, as pandas draws it."""
    return np.asarray(pd.Series(sound).interpolate(limit_direction="both").to_numpy(copy=True))


def leo(sound: Floats, step_s: int) -> Floats:
    """LEO's rule: one value by a line; else the mean of the same time an hour, a day, a week before and after; what it
    leaves open by a line."""
    out = linear(sound)
    for begin, end in zip(*runs_of(np.isnan(sound)), strict=True):
        for away_s in (3_600, 86_400, 604_800):
            away = away_s // step_s
            rows = np.arange(begin, end)
            if end - begin > 1 and away and begin >= away and end + away <= len(sound):
                mean = (sound[rows - away] + sound[rows + away]) / 2
                if np.isfinite(mean).all():
                    out[rows] = mean
                    break
    return out


def naive(sound: Floats, step_s: int) -> Floats:
    """The value of a week before, or after; else of a day; else a line."""
    out = linear(sound)
    rows = np.flatnonzero(np.isnan(sound))
    open_ = np.ones(len(rows), dtype=np.bool_)
    for away_s in (-604_800, 604_800, -86_400, 86_400):
        at = rows + away_s // step_s
        inside = open_ & (at >= 0) & (at < len(sound))
        found = sound[np.clip(at, 0, len(sound) - 1)]
        inside &= np.isfinite(found)
        out[rows[inside]] = found[inside]
        open_ &= ~inside
    return out


def added(parts: list[Fills]) -> Fills:
    """Sums over several series."""
    return Fills(*(sum(getattr(one, name) for one in parts) for name in Fills.__dataclass_fields__))


HEAD = """| series | nature | gaps | filled | ours | line | LEO's rule | naive | ours of the best | in P10-P90 |
|---|---|---|---|---|---|---|---|---|---|"""


def say(label: str, nature: str, name: str, one: Fills) -> str:
    """A row of the table."""
    best = min(one.rmse(way) for way in ("linear", "leo", "naive"))
    ratio = one.rmse("ours") / best if best else float("nan")
    share = one.values / max(1, one.values + one.refused)
    errors = " | ".join(f"{one.rmse(way):.4g}" for way in ("ours", "linear", "leo", "naive"))
    within = one.within / max(1, one.values)
    return f"| {label} | {nature} | {name}, {one.gaps} | {share:.0%} | {errors} | {ratio:.2f} | {within:.0%} |"


def made(seeds: range) -> None:
    """Print a table of made series."""
    print("\n### Fills of made series\n\n" + HEAD)
    for label, step_s, days in CASES:
        for kind, make in KINDS.items():
            parts: dict[str, list[Fills]] = {name: [] for name in CLASSES}
            for seed in seeds:
                random = np.random.default_rng([seed, step_s, days])
                truth = make(step_s, days * DAY_S // step_s, random)
                spoilt = spoil(truth, step_s, random, share=0.001)
                faulty = spoilt.used
                gaps = cut_gaps(len(truth), random, ~faulty)
                for name, fills in measure(spoilt.times, truth, spoilt.values, gaps, random).items():
                    parts[name].append(fills)
            for name in CLASSES:
                print(say(label, kind, name, added(parts[name])), flush=True)


def real(folder: Path, seeds: range, *, every: int = 1) -> None:
    """Print a table of real series with gaps cut into them."""
    print("\n### Fills of real series\n\n" + HEAD)
    homes: dict[str, list[Fills]] = {name: [] for name in CLASSES}
    below = dict.fromkeys(CLASSES, 0)
    for number, (label, times, values) in enumerate(real_series(folder)):
        is_home = label.startswith("lcl")
        if is_home and number % every:
            continue
        parts: dict[str, list[Fills]] = {name: [] for name in CLASSES}
        for seed in seeds:
            random = np.random.default_rng([seed, zlib.crc32(label.encode())])
            even, truth = _even(times, values)
            gaps = cut_gaps(len(truth), random, _doubted_by_none(even, truth))
            for name, fills in measure(even, truth, truth, gaps, random).items():
                parts[name].append(fills)
        for name in CLASSES:
            one = added(parts[name])
            if is_home:
                homes[name].append(one)
                below[name] += one.rmse("ours") <= min(one.rmse(way) for way in ("linear", "leo", "naive"))
            else:
                print(say(label, "real", name, one), flush=True)
    for name, some in homes.items():
        if some:
            label = f"lcl, {len(some)} homes ({below[name]} below the best)"
            print(say(label, "real", name, added(some)), flush=True)


def _even(times: Ints, values: Floats) -> tuple[Ints, Floats]:
    """The longest stretch without a missing row."""
    step = int(np.median(np.diff(times)))
    begins, ends = runs_of(np.append(np.diff(times) == step, False))
    at = int(np.argmax(ends - begins))
    own = slice(int(begins[at]), int(ends[at]) + 1)
    return times[own], values[own]


def _doubted_by_none(times: Ints, values: Floats) -> Mask:
    """Where the scan finds no fault in the untouched series: a spike or a dead value is no truth to fill with."""
    free = np.isfinite(values)
    for one in scan_health(ReadingsInMemory((Channel("x"),), times, {"x": values})).detections:
        is_fault = one.code in {"outliers", "sentinel-values", "stuck-values"}
        if is_fault and one.rows.sum() <= _OFTEN * len(values):  # what is so often is how the series is
            free &= ~one.mask(0, len(values))
    return free


def long() -> None:
    """Print how long one channel of seconds takes, detected and cleaned."""
    print("\n### Time\n\n| series | found s | found and cleaned s | CPU s | LEO s | MiB at most |")
    print("|---|---|---|---|---|---|")
    for label, step_s, days, share in LONG:
        random = np.random.default_rng([0, step_s, days])
        spoilt = spoil(KINDS["wandering"](step_s, days * DAY_S // step_s, random), step_s, random, share=share)
        readings = ReadingsInMemory((Channel("x"),), spoilt.times[spoilt.rows], {"x": spoilt.values[spoilt.rows]})
        found, both, cpu = [], [], []
        for _ in range(3):
            begin = time.perf_counter()
            scan_health(readings)
            found.append(time.perf_counter() - begin)
            begin, busy = time.perf_counter(), time.process_time()
            for window in clean(readings).windows():
                assert len(window)
            both.append(time.perf_counter() - begin)
            cpu.append(time.process_time() - busy)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"| {label} | {min(found):.2f} | {min(both):.2f} | {min(cpu):.2f} | {LEO_S[label]:g} | {peak} |", flush=True
        )


def run(*, seeds: range, is_long: bool, folder: Path, every: int) -> None:
    """Print all tables."""
    if is_long:
        long()
    made(seeds)
    if folder.is_dir():
        real(folder, seeds, every=every)


def main(arguments: list[str] | None = None) -> None:
    """Run with options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=100, help="below 100 the recipe's limits were set")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--real", type=Path, default=REAL)
    parser.add_argument("--every", type=int, default=1, help="which homes: every so manieth")
    given = parser.parse_args(arguments)
    run(
        seeds=range(given.first_seed, given.first_seed + given.seeds),
        is_long=given.long,
        folder=given.real,
        every=given.every,
    )


if __name__ == "__main__":
    main()
