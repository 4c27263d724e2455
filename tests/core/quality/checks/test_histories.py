"""Stretches of days: another unit, another sign, another level, another rounding; totals that fall."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.quality.made import codes_of, load, rows_of, scan

DAY = 48


@pytest.mark.parametrize("factor", [1_000.0, 0.001])
def test_days_in_another_unit_are_told_of(factor: float) -> None:
    values = load(200 * DAY)
    values[50 * DAY : 60 * DAY] *= factor
    found = scan(values)
    assert rows_of(found, "unit-slip") == list(range(50 * DAY, 60 * DAY))
    assert found.report.scores.plausibility.total == 200 * DAY
    assert found.report.scores.plausibility.good == 190 * DAY


def test_days_of_the_other_sign_are_told_of() -> None:
    values = load(200 * DAY)
    values[50 * DAY : 60 * DAY] *= -1
    assert rows_of(scan(values), "sign-flip") == list(range(50 * DAY, 60 * DAY))


def test_a_net_flow_changes_its_sign_by_itself() -> None:
    values = load(200 * DAY) - 100 + 30 * np.sin(np.arange(200 * DAY) / DAY / 8)
    assert "sign-flip" not in codes_of(scan(values))


def test_a_level_that_shifts_and_stays_is_told_of_where_it_does() -> None:
    values = load(200 * DAY)
    values[120 * DAY :] += 60
    (finding,) = (f for f in scan(values).report.findings if f.code == "level-shift")
    assert [place.row for place in finding.places] == [120 * DAY]


def test_seasons_are_no_shift_of_level() -> None:
    days = np.arange(365 * DAY) / DAY
    assert "level-shift" not in codes_of(scan(load(365 * DAY) + 60 * np.cos(2 * np.pi * days / 365)))


def test_values_rounded_otherwise_are_told_of_where_that_begins() -> None:
    values = load(100 * DAY)
    values[60 * DAY :] = np.round(values[60 * DAY :], 1)
    (finding,) = (f for f in scan(values).report.findings if f.code == "quantisation-change")
    assert [(place.row, place.evidence) for place in finding.places] == [(60 * DAY, 2.0)]


def test_a_total_that_falls_is_told_of_and_its_spikes_are_outliers_of_its_increases() -> None:
    total = np.round(np.cumsum(load(200 * DAY) / 100), 3)
    total[100 * DAY :] -= total[100 * DAY]
    found = scan(total, quantity="energy", unit="kwh", is_register=True)
    assert rows_of(found, "register-reset") == [100 * DAY]


def test_a_net_total_goes_both_ways() -> None:
    total = np.cumsum(np.random.default_rng(1).normal(0.1, 1, 1_000))
    assert "register-reset" not in codes_of(scan(total, is_register=True))
