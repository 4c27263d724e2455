"""Stretches of days: another unit, another sign, another level, another rounding; totals that fall."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.quality.made import SECOND, codes_of, load, rows_of, scan, times

DAY = 48


@pytest.mark.parametrize("factor", [1_000.0, 0.001])
def test_days_in_another_unit_are_told_of(factor: float) -> None:
    values = load(200 * DAY)
    values[50 * DAY : 60 * DAY] *= factor
    found = scan(values)
    assert rows_of(found, "unit-slip") == list(range(50 * DAY, 60 * DAY))
    assert found.report.scores.plausibility.total == 200 * DAY
    assert found.report.scores.plausibility.good == 190 * DAY


def home(count: int, seed: int = 3) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Half-hours of a home over two powers of ten, with hours at which nearly nothing runs."""
    random = np.random.default_rng(seed)
    hours = np.arange(count) % DAY / 2
    usual = np.where((hours > 6.5) & (hours < 23), -0.6, -1.2)
    return np.round(10 ** (usual + random.normal(0, 0.35, count)), 3)


@pytest.mark.parametrize("rows", [24, 7 * DAY, 60 * DAY])
@pytest.mark.parametrize(("factor", "code"), [(1_000.0, "unit-slip"), (0.001, "unit-slip"), (-1.0, "sign-flip")])
def test_a_home_s_stretch_in_another_unit_or_of_the_other_sign_is_one_place(
    rows: int, factor: float, code: str
) -> None:
    values = home(200 * DAY)
    values[5_000 : 5_000 + rows] *= factor
    found = scan(values)
    (finding,) = (f for f in found.report.findings if f.code == code)
    (place,) = finding.places
    assert abs(place.row - 5_000) <= 2
    assert abs(place.row + place.rows - 5_000 - rows) <= 2
    assert place.evidence == factor


def test_what_is_misread_is_no_outlier_and_no_shift_of_level_beside() -> None:
    values = home(200 * DAY)
    values[5_000:7_000] *= 1_000
    assert codes_of(scan(values)) == {"unit-slip"}


def test_an_appliance_a_thousand_times_its_standby_is_no_other_unit() -> None:
    values = np.full(100 * DAY, 0.007)
    for day in range(3, 100, 4):
        values[day * DAY + 40 : day * DAY + 46] = 7.2
    assert "unit-slip" not in codes_of(scan(values))


def test_a_channel_that_shows_either_sign_is_not_turned_round() -> None:
    values = home(200 * DAY) - home(200 * DAY, seed=4)
    values[5_000:6_000] *= -1
    assert "sign-flip" not in codes_of(scan(values))


def test_power_that_turns_round_for_minutes_in_a_file_of_hours_is_not_turned_round() -> None:
    values = home(2_300) * 1_000
    values[900:960] *= -1
    assert "sign-flip" not in codes_of(scan(values, times(2_300, 5 * SECOND)))


def test_a_slip_of_seconds_is_found_over_the_borders_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    values = home(20_000)
    values[7_000:9_500] *= 1_000
    told = rows_of(scan(values, times(20_000, SECOND)), "unit-slip")
    monkeypatch.setattr("fairwatt.core.quality.readings.WINDOW_ROWS", 3_000)
    monkeypatch.setattr("fairwatt.core.quality.readings.CONTEXT_ROWS", 100)
    assert rows_of(scan(values, times(20_000, SECOND)), "unit-slip") == told
    assert len(set(told) ^ set(range(7_000, 9_500))) <= 4


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


def test_a_voltage_s_step_of_five_volts_is_a_shift_of_level() -> None:
    values = np.round(241 + np.sin(np.arange(100 * DAY) / 8) + np.random.default_rng(2).normal(0, 0.5, 100 * DAY), 1)
    values[60 * DAY :] += 5
    (finding,) = (f for f in scan(values).report.findings if f.code == "level-shift")
    assert [place.row for place in finding.places] == [60 * DAY]


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
