"""Fills against known truth: closer than a line, LEO's rule and the seasonal naive, and as far off as they say."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from bench.bench_cleaning import CLASSES, Fills, added, cut_gaps, measure
from bench.bench_health import real_series
from bench.made_series import DAY_S, KINDS

WAYS = ("linear", "leo", "naive")
HELD_BACK = (1_001, 1_002)


def _of(kind: str, step_s: int, days: int) -> dict[str, Fills]:
    parts = []
    for seed in HELD_BACK:
        random = np.random.default_rng([seed, step_s, days])
        truth = KINDS[kind](step_s, days * DAY_S // step_s, random)
        at = (1_546_300_800 + np.arange(len(truth), dtype=np.int64) * step_s) * 1_000_000
        gaps = cut_gaps(len(truth), random, np.isfinite(truth))
        parts.append(measure(at, truth, truth, gaps, random))
    return {name: added([one[name] for one in parts]) for name in CLASSES}


@pytest.mark.parametrize(
    ("kind", "step_s", "days"),
    [("smooth", 1_800, 180), ("net", 1_800, 180), ("voltage", 60, 7), ("whole numbers", 60, 7), ("heavy tails", 1, 1)],
    ids=["half-hours of a feeder", "half-hours of a net flow", "minutes of volts", "whole minutes", "seconds"],
)
def test_fills_are_closer_than_those_of_others_in_every_class(kind: str, step_s: int, days: int) -> None:
    found = _of(kind, step_s, days)
    for name, one in found.items():
        assert one.rmse("ours") < min(one.rmse(way) for way in WAYS), name
    whole = added(list(found.values()))
    assert 0.75 <= whole.within / whole.values <= 0.85
    assert whole.refused <= 0.1 * whole.values


@pytest.mark.real_data
def test_real_half_hours_are_filled_closer_too(real_data: Path) -> None:
    label, at, values = next(one for one in real_series(real_data) if "geevor" in one[0])
    even = slice(0, 17_520)
    assert (np.diff(at[even]) == np.diff(at)[0]).mean() > 0.99
    random = np.random.default_rng([7, zlib.crc32(label.encode())])
    gaps = cut_gaps(17_520, random, np.isfinite(values[even]))
    grid = at[0] + np.arange(17_520, dtype=np.int64) * (at[1] - at[0])
    for name, one in measure(grid, values[even], values[even], gaps, random).items():
        assert one.rmse("ours") < min(one.rmse(way) for way in WAYS), name
