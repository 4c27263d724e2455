"""Outliers are found without masking, in quiet and in lively series, and real life is none."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from fairwatt.core.quality.checks.outliers import find_outliers
from tests.core.quality.made import HALF_HOUR, SECOND, codes_of, load, rows_of, scan, times


def _with_spikes(values: np.ndarray, share: float, heights: np.ndarray, seed: int) -> tuple[np.ndarray, set[int]]:
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(np.arange(5, len(values) - 5), max(2, int(share * len(values))), replace=False))
    spoilt = values.copy()
    spoilt[rows] += random.choice(heights, len(rows)) * values.std()
    return spoilt, set(rows.tolist())


@pytest.mark.parametrize(("step_s", "rows"), [(1_800, 17_520), (60, 43_200), (1, 86_400)])
@pytest.mark.parametrize("heights", [np.arange(4, 12, 0.1), -np.arange(4, 12, 0.1), 10.0 ** np.arange(1, 7)])
def test_spikes_of_any_height_are_found_and_nothing_else(step_s: int, rows: int, heights: np.ndarray) -> None:
    step = step_s * SECOND
    spoilt, truth = _with_spikes(load(rows, step), 0.002, heights, seed=rows)
    found = set(np.flatnonzero(find_outliers(times(rows, step), spoilt, step).mask).tolist())
    assert len(found - truth) <= 0.02 * len(truth)
    assert len(truth - found) <= 0.02 * len(truth)


def test_one_giant_hides_no_other() -> None:
    values = load(17_520)
    values[[3_000, 6_000, 9_000, 12_000]] += 400
    values[5_000] = 1e6
    assert rows_of(scan(values), "outliers") == [3_000, 5_000, 6_000, 9_000, 12_000]


def test_a_few_rows_are_enough_for_a_giant() -> None:
    values = 10 + 0.1 * np.sin(np.arange(26.0))
    values[13] = 500
    assert rows_of(scan(values), "outliers") == [13]


def test_a_plateau_of_three_and_one_of_seven_giants_are_found() -> None:
    values = load(17_520)
    values[4_000:4_003] += 300
    values[8_000:8_007] = 9_000
    assert rows_of(scan(values), "outliers") == [4_000, 4_001, 4_002, *range(8_000, 8_007)]


def test_what_is_usual_at_noon_is_an_outlier_at_night() -> None:
    hours = np.arange(365 * 48) / 2 % 24
    sun = np.round(4 * np.maximum(0, np.sin(2 * np.pi * (hours - 6) / 24)), 3)
    sun *= np.random.default_rng(2).uniform(0.5, 1, len(sun))
    midnight = 100 * 48
    sun[midnight] = 1.5
    assert rows_of(scan(sun), "outliers") == [midnight]


def test_appliances_that_are_switched_are_no_outliers() -> None:
    random = np.random.default_rng(3)
    values = 0.15 + 0.01 * random.normal(size=86_400)
    for start in random.integers(0, 86_000, 200):
        values[start : start + random.integers(2, 200)] += 2.8
    found = find_outliers(times(86_400, SECOND), np.round(values, 3), SECOND)
    assert found.mask.sum() <= 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["normal", "laplace", "standard_t", "lognormal"])
def test_heavy_tails_raise_few_alarms(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    more = {"standard_t": {"df": 3}}.get(kind, {})
    values = getattr(random, kind)(size=20_000, **more)
    assert find_outliers(times(20_000, HALF_HOUR), values, HALF_HOUR).mask.sum() <= 3


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 8, 30])
def test_short_clean_series_have_none(rows: int) -> None:
    values = np.round(5 + np.sin(np.arange(float(rows))), 2)
    assert codes_of(scan(values)) <= {"no-even-step"}


def test_a_feeder_as_measured_raises_few_alarms(real_data: Path) -> None:
    with (real_data / "wpd" / "geevor_half_hourly_mw.csv").open() as file:
        rows = [(row["time"], row["value"]) for row in csv.DictReader(file) if row["value"]]
    stamps = np.array([int(datetime.fromisoformat(t).replace(tzinfo=UTC).timestamp()) for t, _ in rows]) * SECOND
    values = np.array([float(value) for _, value in rows])
    order = np.unique(stamps, return_index=True)[1]
    found = find_outliers(stamps[order], values[order], HALF_HOUR)
    assert found.mask.sum() <= 3


def test_a_series_that_begins_at_night_is_measured_by_its_day() -> None:
    hours = np.arange(86_400) / 3_600
    up = np.maximum(0, np.sin(2 * np.pi * (hours - 6) / 24))
    sun = np.round(4 * up * np.random.default_rng(1).uniform(0.95, 1, 86_400), 3)
    rows = [1_000, 30_000, 43_200, 60_000, 80_000]
    sun[rows] += [0.84, 6, 9, 7, 6]
    assert rows_of(scan(sun, times(86_400, SECOND)), "outliers") == rows


def test_readings_of_a_register_behind_outages_and_resets_are_no_outliers() -> None:
    total, at = np.cumsum(np.abs(load(4_000)) / 100), times(4_000)
    total[1_000] = 0  # a glitch; the reading behind it is right
    total[2_000:] -= total[2_000]  # a dial that was full
    total[3_000:] += 500  # an amount that nobody used in half an hour
    kept = np.ones(4_000, dtype=np.bool_)
    for begin in range(200, 900, 150):
        kept[begin : begin + 120] = False
    found = scan(total[kept], at[kept], is_register=True)
    before = int((~kept).sum())
    assert rows_of(found, "outliers") == [3_000 - before]
    assert rows_of(found, "register-reset") == [1_000 - before, 2_000 - before]


def _switched(count: int, seed: int) -> np.ndarray:
    """A home that rests a little above nought, with appliances of one row or a few at any time."""
    random = np.random.default_rng(seed)
    values = 0.15 + 0.01 * np.abs(random.normal(size=count))
    for power, rows, often in ((2.8, 1, 12), (7.5, 1, 30), (2.0, 2, 60)):
        for start in random.integers(0, count - 2, count // often):
            values[start : start + rows] += power * random.normal(1, 0.02)
    return np.round(values, 3)


def test_appliances_that_run_for_a_row_are_no_outliers_and_spikes_beyond_them_are() -> None:
    values = _switched(17_520, seed=4)
    assert len(rows_of(scan(values), "outliers")) <= 20
    spikes = list(range(500, 17_000, 800))
    values[spikes] = np.random.default_rng(5).uniform(60, 200, len(spikes))
    assert set(spikes) <= set(rows_of(scan(values), "outliers"))


def test_what_starts_draws_more_for_a_moment_and_that_is_no_outlier() -> None:
    random = np.random.default_rng(6)
    values = 80 + random.normal(0, 2, 86_400)
    for start in range(1_000, 85_000, 2_700):
        on = start + int(random.integers(0, 300))
        values[on : on + 900] += 95
        values[on : on + 3] += 300
    values[50_003] = 900
    assert rows_of(scan(np.round(values), times(86_400, SECOND)), "outliers") == [50_003]


def test_rare_uses_of_a_home_that_mostly_rests_are_no_outliers() -> None:
    random = np.random.default_rng(7)
    values = np.zeros(17_520)
    uses = random.choice(17_000, 900, replace=False)
    values[uses] = np.round(random.normal(0.174, 0.004, len(uses)), 3)
    assert "outliers" not in codes_of(scan(values))


@pytest.mark.parametrize("size", [1.5, 3.0])
def test_eight_values_beyond_the_range_of_all_others_are_outliers(size: float) -> None:
    values = load(17_520)
    values[9_000:9_008] += size * np.ptp(values)
    assert rows_of(scan(values), "outliers") == list(range(9_000, 9_008))


@pytest.mark.parametrize("standby", [0.06, 0.0])
def test_what_a_machine_draws_between_its_runs_is_no_outlier(standby: float) -> None:
    random = np.random.default_rng(11)
    runs = [(random.uniform(3.6, 5.4, random.integers(1, 9)), random.integers(1, 4)) for _ in range(800)]
    values = np.concatenate([np.append(running, np.full(rest, standby)) for running, rest in runs])
    found = scan(values, times(len(values), 600 * SECOND), quantity="power", unit="kw")
    assert "outliers" not in codes_of(found)
