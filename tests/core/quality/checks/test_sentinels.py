"""Marks of missing values are found, outside the others and among them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.quality.made import codes_of, load, rows_of, scan


@pytest.mark.parametrize("mark", [999.0, -999.0, 9999.0, 65535.0, -1.0, 1e30])
def test_a_mark_outside_is_found_wherever_it_stands(mark: float) -> None:
    values = load(17_520)
    rows = np.sort(np.random.default_rng(4).choice(17_520, 30, replace=False))
    values[rows] = mark
    found = scan(values)
    assert rows_of(found, "sentinel-values") == rows.tolist()
    assert "outliers" not in codes_of(found)
    assert found.report.scores.completeness.good == 17_490


def test_three_in_48_rows_are_found() -> None:
    values = np.round(20 + 10 * np.sin(np.arange(48) / 8) + np.random.default_rng(1).normal(0, 0.5, 48), 2)
    values[[7, 8, 9]] = 999
    assert rows_of(scan(values), "sentinel-values") == [7, 8, 9]


def test_a_mark_among_the_values_is_found_by_its_jumps() -> None:
    values = np.round(1_000 + 500 * np.sin(np.arange(17_520) / 500) + np.random.default_rng(1).normal(0, 5, 17_520), 1)
    values[values == 999] = 999.1
    rows = np.flatnonzero(np.abs(values - 999) > 200)[::300]
    values[rows] = 999
    assert rows_of(scan(values), "sentinel-values") == rows.tolist()


def test_a_declared_mark_is_found_though_it_is_usual() -> None:
    values = load(200)
    values[[5, 50]] = 100.0
    assert rows_of(scan(values, null_values=(100.0,)), "sentinel-values") == [5, 50]


@pytest.mark.parametrize("count", [1, 10, 500, 5_000])
@pytest.mark.parametrize("mark", [-999.0, -99.0, -9999.0])
def test_a_negative_mark_in_a_load_that_is_never_negative_is_found(mark: float, count: int) -> None:
    random = np.random.default_rng(5)
    values = np.round(random.lognormal(6, 1, 17_520).clip(79, 8_156), 0)
    rows = np.sort(random.choice(np.arange(1, 17_519), count, replace=False))
    values[rows] = mark
    found = scan(values, quantity="power", unit="w")
    assert rows_of(found, "sentinel-values") == rows.tolist()
    assert found.report.scores.validity.good == 17_520 - count


def test_minus_one_that_breaks_off_a_load_is_a_mark_and_below_nought_in_winter_is_none() -> None:
    values = np.round(np.random.default_rng(5).lognormal(6, 1, 2_000).clip(79, 8_156), 0)
    values[[500, 900, 901]] = -1
    assert rows_of(scan(values), "sentinel-values") == [500, 900, 901]
    warmth = np.round(10 + 11 * np.cos(np.arange(2_000) / 40))
    assert warmth.min() == -1
    assert rows_of(scan(warmth), "sentinel-values") == []
