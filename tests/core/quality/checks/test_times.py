"""Faults of the rows' times: repeats, rows off the grid, drift, clock changes done wrong."""

from __future__ import annotations

import numpy as np
import pytest

from fairwatt.core.quality.checks.clock_drift import check_clock_drift
from fairwatt.core.quality.checks.steps import find_step
from fairwatt.core.quality.detections import Place
from tests.core.quality.made import DAY, HALF_HOUR, SECOND, YEAR_2019, codes_of, load, rows_of, scan, times


def test_repeats_that_agree_and_repeats_that_contradict_are_told_apart() -> None:
    at = np.insert(times(100), [10, 50], times(100)[[10, 50]])
    values = np.insert(load(100), [10, 50], load(100)[[10, 50]])
    values[51] += 1
    found = scan(values, at)
    assert (rows_of(found, "duplicate-rows"), rows_of(found, "conflicting-rows")) == ([11], [52])
    assert (found.report.scores.regularity.good, found.report.scores.regularity.total) == (100, 102)
    assert found.report.scores.completeness.good == 100


def test_only_the_row_off_the_grid_is_told_of() -> None:
    at = times(100)
    at[40] += 7 * 60 * SECOND + 27 * SECOND
    assert rows_of(scan(load(100), at), "irregular-steps") == [40]


def test_rows_written_on_change_have_no_even_step() -> None:
    at = YEAR_2019 + np.cumsum(np.random.default_rng(1).integers(1, 90, 500)) * SECOND
    found = scan(load(500), at)
    assert codes_of(found) == {"no-even-step"}
    assert found.report.step_s is None
    assert (found.report.scores.completeness.share, found.report.scores.regularity.share) == (None, None)


@pytest.mark.parametrize("jitter_s", [0, 3])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
def test_a_grid_of_which_many_rows_are_missing_is_still_a_grid(share: float, jitter_s: int) -> None:
    random = np.random.default_rng(2)
    at = times(20_000, 60 * SECOND)
    kept = np.r_[0, np.sort(random.choice(np.arange(1, 19_999), round((1 - share) * 20_000) - 2, False)), 19_999]
    at = at[kept] + random.integers(-jitter_s, jitter_s + 1, len(kept)) * SECOND
    report = scan(load(20_000)[kept], at).report
    assert report.step_s == 60
    assert (report.scores.completeness.good, report.scores.completeness.total) == (len(kept), 20_000)


@pytest.mark.parametrize("ppm", [5_000.0, -5_000.0])
def test_a_clock_that_drifts_takes_no_row_away(ppm: float) -> None:
    at = (YEAR_2019 + np.arange(4_000) * 60 * (SECOND + ppm)).astype(np.int64)
    report = scan(load(4_000), at).report
    assert {one.code for one in report.findings} == {"clock-drift"}
    assert (report.scores.completeness.good, report.scores.completeness.total) == (4_000, 4_000)


def test_unsorted_rows_are_sorted_first() -> None:
    order = np.random.default_rng(1).permutation(200)
    assert codes_of(scan(load(200)[order], times(200)[order])) == set()


@pytest.mark.parametrize(("step_s", "ppm"), [(1_800, 200.0), (60, -120.0), (5, 500.0)])
def test_a_clock_that_runs_wrong_is_told_of_with_its_rate(step_s: int, ppm: float) -> None:
    at = (YEAR_2019 + np.arange(4_000) * step_s * (SECOND + ppm)).astype(np.int64) // SECOND * SECOND
    found = check_clock_drift(Place("", at, 0, find_step(at)))
    assert found.evidence.tolist() == [pytest.approx(ppm, rel=0.02)]


@pytest.mark.parametrize("jitter_s", [0.0, 0.2, 2.0])
def test_a_right_clock_that_jitters_does_not_drift(jitter_s: float) -> None:
    noise = np.random.default_rng(1).uniform(-jitter_s, jitter_s, 4_000) * SECOND
    at = times(4_000, 60 * SECOND) + noise.astype(np.int64)
    assert len(check_clock_drift(Place("", at, 0, find_step(at)))) == 0


def test_local_time_taken_for_utc_is_known_by_its_two_clock_changes() -> None:
    at = times(17_520)
    local = np.where((at >= 1_553_994_000 * SECOND) & (at < 1_572_138_000 * SECOND), at + 3_600 * SECOND, at)
    found = scan(load(17_520), local)
    places = [p for f in found.report.findings if f.code == "clock-change-fault" for p in f.places]
    assert [(place.start.isoformat(), place.evidence) for place in places] == [
        ("2019-03-31T01:00:00+00:00", -2.0),
        ("2019-10-27T01:00:00+00:00", 2.0),
    ]


def test_true_utc_has_no_fault_at_clock_changes() -> None:
    assert codes_of(scan(load(17_520))) == set()


def test_the_hour_that_anybody_may_lose_is_no_clock_change() -> None:
    at = times(17_520)
    kept = (at < YEAR_2019 + 50 * DAY) | (at >= YEAR_2019 + 50 * DAY + 2 * HALF_HOUR)
    assert codes_of(scan(load(17_520)[kept], at[kept])) == {"missing-rows"}


@pytest.mark.parametrize(("stamp", "years"), [(0, 49), (4_070_908_800 * SECOND, 80), (253_402_300_799 * SECOND, 7981)])
def test_a_row_decades_away_is_told_of_and_ruins_nothing_else(stamp: int, years: int) -> None:
    at = np.append(times(500), stamp)
    found = scan(load(501), at)
    (one,) = found.report.findings
    assert (one.code, one.count, round(one.places[0].evidence)) == ("far-stamps", 1, years)
    scores, end = found.report.scores, found.report.end
    assert (scores.completeness.good, scores.completeness.total) == (500, 500)
    assert (scores.regularity.good, scores.regularity.total) == (500, 501)
    assert end is not None
    assert end.isoformat() == "2019-01-11T10:00:00+00:00"
    assert len(found.report.calendar) == 11


def test_a_logger_that_was_away_for_years_has_two_periods() -> None:
    at = np.append(times(500), times(500, first=YEAR_2019 + 3_000 * DAY))
    assert codes_of(scan(load(1_000), at)) >= {"missing-rows"}
    assert "far-stamps" not in codes_of(scan(load(1_000), at))
