"""What LEO's cleaning tool did wrong, by the numbers of its list of faults: none of it can happen here.

Fault 3 (days and months swapped) is the reader's: see tests/core/files.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fairwatt.core.cleaning import DEFAULT, Action, Step, clean
from fairwatt.core.quality import Channel, ReadingsInMemory
from tests.core.cleaning.made import cleaned, outcome_of, without
from tests.core.quality.made import DAY, HALF_HOUR, load, times

QUARTER = 4_320
FILLED = {"linear", "spline", "same-hour", "same-day", "same-week", "profile", "kalman", "kriging", "blend"}


def test_1_a_single_outlier_is_mended_and_not_put_back() -> None:
    truth = load(QUARTER)
    values = truth.copy()
    values[2_000] += 900
    found = cleaned(values)
    assert found.findings[2_000] == "outliers"
    assert found.fixes[2_000] in FILLED
    assert abs(found.cleaned[2_000] - truth[2_000]) < 12
    assert found.raw[2_000] == values[2_000]


def test_2_gaps_are_filled_where_no_outlier_is_found() -> None:
    values = without(load(QUARTER), (1_500, 1_502))
    found = cleaned(values)
    assert "outliers" not in found.findings
    assert set(found.fixes[1_500:1_502]) <= FILLED
    assert np.isfinite(found.cleaned).all()


def test_4_the_gap_before_a_last_single_one_is_filled_too() -> None:
    values = without(load(QUARTER), (QUARTER - 60, QUARTER - 54), (QUARTER - 3, QUARTER - 2))
    found = cleaned(values)
    assert np.isfinite(found.cleaned).all()
    assert [i for i, what in enumerate(found.fixes) if what] == [*range(QUARTER - 60, QUARTER - 54), QUARTER - 3]


def test_5_what_is_found_in_one_channel_is_not_told_of_another() -> None:
    one, other = without(load(QUARTER), (100, 103)), without(load(QUARTER, seed=2), (3_500, 3_501))
    readings = ReadingsInMemory((Channel("x"), Channel("y")), times(QUARTER), {"x": one, "y": other})
    both = clean(readings)
    [x, y] = (outcome_of(both, name) for name in ("x", "y"))
    assert [i for i, code in enumerate(x.findings) if code] == [100, 101, 102]
    assert [i for i, code in enumerate(y.findings) if code] == [3_500]


def test_6_missing_rows_are_there_again() -> None:
    truth, at = load(QUARTER), times(QUARTER)
    keep = np.delete(np.arange(QUARTER), [70, 71, 72, 3_000])
    found = cleaned(truth[keep], at[keep])
    assert np.array_equal(found.times, at)
    assert np.flatnonzero(found.source < 0).tolist() == [70, 71, 72, 3_000]
    assert {found.findings[i] for i in (70, 71, 72, 3_000)} == {"missing-rows"}
    assert np.abs(found.cleaned - truth)[[70, 71, 72, 3_000]].max() < 12


@pytest.mark.parametrize("away", [2, 48, 336], ids=["an hour", "a day", "a week"])
def test_7_a_gap_around_a_span_before_the_end_is_filled_whole(away: int) -> None:
    middle = QUARTER - max(away, 4)
    values = without(load(QUARTER), (middle - 2, middle + 2))
    assert np.isfinite(cleaned(values).cleaned).all()


def test_8_an_hour_that_is_there_twice_is_no_error_and_each_time_is_left_once() -> None:
    at = times(QUARTER)
    again = np.insert(at, 2_402, at[2_400:2_402])
    again = np.sort(again)
    values = np.insert(load(QUARTER), 2_402, [50.0, 51.0])
    found = cleaned(values, again)
    kept = np.isfinite(found.cleaned)
    assert np.array_equal(found.times[kept], at)
    assert found.fixes.count("dropped") == 2
    assert np.array_equal(found.raw, values)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_9_gaps_of_two_are_filled_as_well_as_those_of_one_or_three(length: int) -> None:
    truth = load(QUARTER)
    found = cleaned(without(truth, (777, 777 + length)))
    assert np.abs(found.cleaned - truth).max() < 15


def test_10_what_the_recipe_says_is_done() -> None:
    values = load(QUARTER)
    values[2_000] += 900
    marking = replace(DEFAULT, steps=(Step("outliers", Action.MARK), *DEFAULT.steps))
    assert cleaned(values, recipe=marking).at(2_000) == (values[2_000], "outliers", "marked")
    short = replace(DEFAULT, longest_days=0.5)
    found = cleaned(without(values, (200, 230)), recipe=short)
    assert set(found.fixes[200:230]) == {"refused"}
    assert [one.reason for one in found.whole.refusals] == ["The gap lasts more than 0.5 days; none as long is filled."]


def test_11_fills_look_at_no_value_that_is_doubted() -> None:
    truth = load(QUARTER)
    values = without(truth, (1_600, 1_602))
    values[[1_599, 1_602]] = 9_999.0
    values[3_600] = 9_999.0
    found = cleaned(values)
    assert found.findings[1_599:1_603] == ["sentinel-values", "missing-values", "missing-values", "sentinel-values"]
    assert np.abs(found.cleaned - truth)[1_599:1_603].max() < 15


def test_11_nor_at_one_that_is_only_marked() -> None:
    truth = load(QUARTER)
    values = without(truth, (1_600, 1_602))
    values[1_599] += 5_000
    marking = replace(DEFAULT, steps=(Step("outliers", Action.MARK), *DEFAULT.steps))
    found = cleaned(values, recipe=marking)
    assert found.at(1_599) == (values[1_599], "outliers", "marked")
    assert np.abs(found.cleaned - truth)[1_600:1_602].max() < 15


def test_12_one_giant_hides_no_other_spike() -> None:
    truth = load(QUARTER)
    values = truth.copy()
    rows = [600, 1_300, 3_000, 3_600]
    values[rows] += 700
    values[2_000] = 1e6
    found = cleaned(values)
    assert [i for i, code in enumerate(found.findings) if code == "outliers"] == sorted([*rows, 2_000])
    assert np.abs(found.cleaned - truth).max() < 15


def test_12_three_marks_among_48_rows_are_found_and_mended() -> None:
    values = np.round(30 + 10 * np.sin(np.arange(48) / 8), 1)
    truth = values.copy()
    values[[5, 20, 33]] = 999.0
    found = cleaned(values)
    assert [i for i, code in enumerate(found.findings) if code] == [5, 20, 33]
    assert np.abs(found.cleaned - truth).max() < 2


def test_12_an_outlier_is_found_among_26_rows() -> None:
    truth = np.round(30 + 10 * np.sin(np.arange(26) / 8), 1)
    values = truth.copy()
    values[13] = 5_000.0
    found = cleaned(values)
    assert found.findings[13] == "outliers"
    assert abs(found.cleaned[13] - truth[13]) < 2


def test_the_hour_that_is_missing_in_spring_where_local_time_was_read_as_utc_is_not_made_up() -> None:
    at = times(QUARTER)
    spring = 1_553_994_000_000_000  # 2019-03-31 01:00
    keep = (at < spring) | (at >= spring + DAY // 24)
    found = cleaned(load(QUARTER)[keep], at[keep])
    first = int((spring - at[0]) // HALF_HOUR)
    assert found.findings[first : first + 2] == ["clock-change-fault", "clock-change-fault"]
    assert found.fixes[first : first + 2] == ["refused", "refused"]
    [refusal] = found.whole.refusals
    assert (refusal.rows, "never was" in refusal.reason) == (2, True)
