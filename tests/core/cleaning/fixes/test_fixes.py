"""Each fix by itself, against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fairwatt.core.cleaning.cells import Cells
from fairwatt.core.cleaning.fixes.kalman import fill_kalman
from fairwatt.core.cleaning.fixes.kriging import fill_kriging
from fairwatt.core.cleaning.fixes.linear import fill_linear
from fairwatt.core.cleaning.fixes.profile import fill_profile
from fairwatt.core.cleaning.fixes.refuse import too_long, too_rough, waits_for
from fairwatt.core.cleaning.fixes.regression import fill_regression
from fairwatt.core.cleaning.fixes.same_time import fill_same_time
from fairwatt.core.cleaning.fixes.spline import fill_spline
from fairwatt.core.cleaning.gaps import Gaps, View
from fairwatt.core.cleaning.learned import Learned
from fairwatt.core.cleaning.profile import fit_profile
from fairwatt.core.cleaning.recipe import DEFAULT
from tests.core.quality.made import DAY, HALF_HOUR, times

NOTHING = Learned(
    profile=None, middle=0.0, lowest=-1e9, highest=1e9, digits=6, covariance=np.zeros(10), wander=1.0, noise=0.0
)


def _gap(values: list[float], step: int = HALF_HOUR) -> Gaps:
    """The one gap that is blank in some values."""
    sound = np.array(values)
    blank = np.flatnonzero(np.isnan(sound))
    return View(times(len(sound), step), step, sound).gather(blank[:1], blank[-1:] + 1)


NAN = float("nan")


def test_a_line_joins_the_values_beside_the_gap() -> None:
    assert fill_linear(_gap([4, 10, NAN, NAN, 16, 3]), NOTHING).tolist() == [12.0, 14.0]


def test_a_line_passes_over_a_neighbour_that_is_not_sound() -> None:
    view = View(times(7), HALF_HOUR, np.array([2.0, 4.0, NAN, NAN, NAN, 12.0, 1.0]))
    gaps = view.gather(np.array([3]), np.array([5]))  # the row before the gap is doubted
    assert fill_linear(gaps, NOTHING).tolist() == [8.0, 10.0]


def test_a_line_is_not_drawn_without_an_end() -> None:
    assert np.isnan(fill_linear(_gap([NAN, NAN, 5.0]), NOTHING)).all()


def test_a_curve_is_straight_where_the_values_are() -> None:
    assert fill_spline(_gap([1, 2, NAN, NAN, 5, 6]), NOTHING) == pytest.approx([3, 4])


def test_a_curve_is_flat_at_a_turn_and_never_swings_over() -> None:
    # slopes at both ends are 0: at u = 1/3, 2/3 the share is 3u² - 2u³ = 7/27, 20/27
    assert fill_spline(_gap([9, 0, NAN, NAN, 27, 3]), NOTHING) == pytest.approx([7, 20])


def test_a_curve_has_the_slopes_that_fritsch_and_butland_give() -> None:
    # outer steps of 1 on 1 row, the gap rises 6 on 2 rows, so 3 a row. At the left: weights 2*2+1 = 5 and 2+2*1 = 4,
    # slope 9 / (5/1 + 4/3) = 27/19; by symmetry the same at the right. Half way the slopes cancel: the middle.
    assert fill_spline(_gap([-1, 0, NAN, 6, 7]), NOTHING) == pytest.approx([3])
    # at u = 1/3 of 3 rows that rise 9: 20/27*0 + 4/27*3*s + 7/27*9 - 2/27*3*s, s = (7+5)/(7/1+5/3) = 18/13
    assert fill_spline(_gap([-1, 0, NAN, NAN, 9, 10]), NOTHING)[0] == pytest.approx((6 * 18 / 13 + 63) / 27)


def test_two_filters_meet_halfway_between_levels_that_wander_alike() -> None:
    learned = replace(NOTHING, wander=1.0, noise=0.0)
    assert fill_kalman(_gap([7, 10, NAN, NAN, 16, 2]), learned) == pytest.approx([12, 14])


def test_noise_is_smoothed_over_before_the_gap_is_crossed() -> None:
    noisy = np.random.default_rng(1).normal(50, 5, 400)
    noisy[200] = NAN
    found = fill_kalman(_gap(noisy.tolist()), replace(NOTHING, wander=1e-6, noise=25.0))
    assert abs(found[0] - 50) < 1  # the mean of many, not of the two beside it


def test_kriging_is_a_line_between_two_values_of_a_walk() -> None:
    # covariances of a random walk seen from afar: c(k) = 1000 - k
    learned = replace(NOTHING, covariance=1_000.0 - np.arange(900))
    assert fill_kriging(_gap([10, NAN, NAN, 16]), learned) == pytest.approx([12, 14], abs=0.05)


def test_kriging_of_noise_is_the_mean_of_all_it_sees() -> None:
    learned = replace(NOTHING, covariance=np.array([4.0, *np.zeros(600)]))
    assert fill_kriging(_gap([1, 2, 3, NAN, 5, 6, 7]), learned) == pytest.approx([4.0], abs=0.01)


def _days(days: int, step: int = HALF_HOUR) -> tuple[np.ndarray, np.ndarray]:
    """Times from a Tuesday on; values are the hour, and 100 more at weekends."""
    at = times(days * DAY // step, step)
    hours = at % DAY / DAY * 24
    weekend = ((at // DAY - 4) % 7) >= 5
    return at, hours + 100 * weekend


def _learned(at: np.ndarray, values: np.ndarray, step: int, zone: str = "UTC") -> Learned:
    cells = Cells.between(int(at[0]), int(at[-1]), step, zone)
    assert cells is not None
    cells.add(at, values)
    profile = fit_profile(cells)
    assert profile is not None
    return replace(NOTHING, profile=profile)


def _lost(at: np.ndarray, values: np.ndarray, begin: int, end: int, zone: str = "UTC") -> tuple[Gaps, Learned]:
    step = int(at[1] - at[0])
    blank = values.copy()
    blank[begin:end] = NAN
    return View(at, step, blank).gather(np.array([begin]), np.array([end])), _learned(at, blank, step, zone)


def test_the_profile_tells_working_days_from_weekends() -> None:
    at, values = _days(56)
    for begin in (10 * 48 + 20, 11 * 48 + 20):  # a Friday and a Saturday
        gaps, learned = _lost(at, values, begin, begin + 4)
        assert fill_profile(gaps, learned) == pytest.approx(values[begin : begin + 4], abs=4)


def test_the_profile_follows_the_clock_that_people_live_by() -> None:
    at = times(120 * 48)
    local = at + np.where(at >= 1_553_994_000_000_000, DAY // 24, 0)  # summer time from 31 March 2019, 01:00 UTC
    values = np.where(local % DAY // (DAY // 24) == 7, 5.0, 1.0)  # a shower at seven
    begin = int(np.searchsorted(at, 1_554_094_800_000_000))  # 1 April, 05:00 UTC: six by the clock
    gaps, learned = _lost(at, values, begin, begin + 6, "Europe/London")
    assert fill_profile(gaps, learned) == pytest.approx([1, 1, 5, 5, 1, 1], abs=0.1)


def test_a_gap_of_days_is_told_by_the_days_around_it() -> None:
    at, values = _days(56)
    gaps, learned = _lost(at, values, 14 * 48, 16 * 48)  # Tuesday and Wednesday
    assert fill_profile(gaps, learned) == pytest.approx(values[14 * 48 : 16 * 48], abs=4)


def test_without_days_there_is_no_profile() -> None:
    at, values = _days(2)
    cells = Cells.between(int(at[0]), int(at[-1]), HALF_HOUR, "UTC")
    assert cells is not None
    cells.add(at, values)
    assert fit_profile(cells) is None
    assert np.isnan(fill_profile(_gap([1.0, NAN, 2.0]), NOTHING)).all()


@pytest.mark.parametrize(("away", "rows"), [(DAY // 24, 2), (DAY, 48), (7 * DAY, 336)], ids=["hour", "day", "week"])
def test_the_same_time_before_and_after_is_averaged(away: int, rows: int) -> None:
    at = times(40 * 48)
    values = np.random.default_rng(5).normal(size=len(at)).round(3)
    gaps, learned = _lost(at, values, 900, 902)
    expected = (values[900 - rows : 902 - rows] + values[900 + rows : 902 + rows]) / 2
    assert fill_same_time(gaps, learned, away) == pytest.approx(expected)


def test_where_one_side_is_in_the_gap_too_the_other_is_taken() -> None:
    at = times(40 * 48)
    values = np.random.default_rng(5).normal(size=len(at)).round(3)
    gaps, learned = _lost(at, values, 900, 960)  # a day and six hours
    found = fill_same_time(gaps, learned, DAY)
    assert found[0] == pytest.approx(values[900 - 48])
    assert found[-1] == pytest.approx(values[959 + 48])


def test_of_seconds_the_five_minutes_there_are_averaged() -> None:
    step = 1_000_000
    at = times(3 * 86_400, step)
    values = (at // 300_000_000 % 288).astype(float)  # the number of the five minutes
    gaps, learned = _lost(at, values, 130_000, 130_003)
    assert fill_same_time(gaps, learned, DAY) == pytest.approx(values[130_000:130_003])


def test_a_gap_moves_as_the_other_channel_does_between_its_ends() -> None:
    other = np.array([1.0, 2.0, 5.0, 3.0, 4.0])
    view = View(times(5), HALF_HOUR, np.array([10.0, 12.0, NAN, NAN, 16.0]), {"y": other})
    gaps = view.gather(np.array([2]), np.array([4]))
    # 2 y + 8 at both ends
    assert fill_regression(gaps, replace(NOTHING, slopes={"y": np.array([2.0, 2.0])})) == pytest.approx([18, 14])
    assert np.isnan(fill_regression(gaps, NOTHING)).all()


def test_gaps_are_refused_by_days_by_rows_and_by_error() -> None:
    assert too_long(31 * 48, HALF_HOUR, DEFAULT) == ""
    assert too_long(31 * 48 + 1, HALF_HOUR, DEFAULT) == "The gap lasts more than 31 days; none as long is filled."
    assert too_long(30_001, 1_000_000, DEFAULT) == "The gap has more than 30,000 rows; none as long is filled."
    assert (waits_for(HALF_HOUR, DEFAULT), waits_for(1_000_000, DEFAULT)) == (31 * 48, 30_000)
    assert too_rough(2, 2.0, DEFAULT) == ""
    assert too_rough(3, 0.94, DEFAULT) == ""
    assert "97% of what the channel's mean errs by" in too_rough(40, 0.97, DEFAULT)
