"""The offset between two clocks: its size to a tenth of a sample, its sign always, its drift, its steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.core.alignment import Signal, Verdict, align
from tests.core.alignment.made import BEGIN, SECOND, SPARE, cut, later, make_load, noisy, signal, smooth

DAY = 86_400


@pytest.mark.parametrize(("step_s", "count"), [(1, 7_200), (60, 10_080), (1_800, 8_760)])
@pytest.mark.parametrize("samples", [0.0, 7.2, -7.2, 311.5])
def test_an_offset_is_found_to_a_tenth_of_a_sample_beside_noise_of_ten_decibels(
    step_s: int, count: int, samples: float
) -> None:
    load = smooth(make_load(count, seed=count))
    a, b = cut(load), noisy(cut(later(load, samples)), seed=1)

    found = align(signal(a, step_s), signal(b, step_s)).alignment

    assert found.verdict is Verdict.MATCH
    assert found.offset_s == pytest.approx(samples * step_s, abs=0.1 * step_s)
    assert (found.drift_ppm, found.steps, found.opposite) == (0.0, (), False)
    assert found.confidence > 0.9999


@settings(max_examples=8)
@given(samples=st.integers(-2_000, 2_000), seed=st.integers(0, 1_000), db=st.sampled_from([10.0, 20.0]))
def test_whole_samples_either_way_are_found_with_the_right_sign(samples: int, seed: int, db: float) -> None:
    load = make_load(6_000, seed)
    a, b = cut(load), noisy(cut(np.roll(load, samples)), seed + 1, db)

    there, back = (align(*both).alignment for both in ((signal(a), signal(b)), (signal(b), signal(a))))

    assert there.offset_s == pytest.approx(samples, abs=0.1)
    assert back.offset_s == pytest.approx(-samples, abs=0.1)


def test_the_same_readings_are_at_the_same_time_in_seconds_and_not_one_off() -> None:
    readings = signal(cut(make_load(2_000, seed=3)), 1_800)

    found = align(readings, readings).alignment

    assert found.offset_s == pytest.approx(0, abs=1e-3)
    assert found.message == "B and A are at the same time."


@pytest.mark.parametrize(
    ("samples", "words"), [(4, "B is 7,200 s (2 h) behind A"), (-4, "B is 7,200 s (2 h) ahead of A")]
)
def test_half_hours_are_said_in_seconds_and_in_words_who_is_behind(samples: int, words: str) -> None:
    load = make_load(3_000, seed=8)

    found = align(signal(cut(load), 1_800), signal(cut(np.roll(load, samples)), 1_800)).alignment

    assert found.offset_s == pytest.approx(samples * 1_800, abs=2)
    assert found.message.startswith(words)
    behind = "14:26:40" if samples > 0 else "10:26:40"  # of 2020-09-13 12:26:40, at which A begins
    assert f"what stands at 2020-09-13 12:26:40 in A stands at 2020-09-13 {behind} in B" in found.message


@pytest.mark.parametrize("ppm", [30.0, -250.0])
def test_a_drift_is_told_in_ppm_and_the_offset_at_the_beginning(ppm: float) -> None:
    load = smooth(make_load(DAY, seed=11))
    stamps = np.arange(DAY)
    b = np.interp((stamps - 5.0) / (1 + ppm * 1e-6) + SPARE, np.arange(len(load)), load)

    found = align(signal(cut(load)), signal(noisy(b, seed=2))).alignment

    assert found.drift_ppm == pytest.approx(ppm, abs=max(1.0, 4 * (found.drift_error_ppm or 0)))
    assert found.offset_s == pytest.approx(5.0, abs=0.1)


def test_a_clock_that_was_set_is_told_with_its_time_and_both_offsets() -> None:
    load = make_load(DAY, seed=4)
    behind = np.where(np.arange(DAY) < 50_000, 3, 3_603)
    b = load[np.arange(DAY) + SPARE - behind]

    compared = align(signal(cut(load)), signal(noisy(b, seed=5)))

    (step,) = compared.alignment.steps
    assert (step.before_s, step.after_s) == (pytest.approx(3, abs=0.1), pytest.approx(3_603, abs=0.1))
    assert step.at.timestamp() == pytest.approx(BEGIN / 1e6 + 50_000, abs=120)
    assert compared.shift is not None
    moved = compared.shift.moved(BEGIN + np.array([10_000, 80_000]) * SECOND)
    assert (moved - BEGIN) / SECOND == pytest.approx([9_997, 76_397], abs=0.1)


@pytest.mark.parametrize("ratio", [5, 60, 300])
@pytest.mark.parametrize("samples", [-437, 95])
def test_different_resolutions_are_compared_finer_than_the_coarser_one(ratio: int, samples: int) -> None:
    load = make_load(DAY, seed=6)
    b = cut(np.roll(load, samples)).reshape(-1, ratio).mean(axis=1)

    fine, coarse = signal(cut(load)), signal(noisy(b, seed=7, ratio_db=20), ratio)

    assert align(fine, coarse).alignment.offset_s == pytest.approx(samples, abs=max(0.1, 0.1 * ratio))
    assert align(coarse, fine).alignment.offset_s == pytest.approx(-samples, abs=max(0.1, 0.1 * ratio))


def test_steps_that_don_t_fit_each_other_and_readings_written_on_change_are_compared_too() -> None:
    load = np.round(make_load(DAY, seed=9) / 4)
    a, b = cut(load), cut(np.roll(load, 120))
    changed = np.flatnonzero(np.diff(b, prepend=np.nan) != 0)
    on_change = Signal(BEGIN + changed.astype(np.int64) * SECOND, b[changed], 0)
    tens, fifteens = a.reshape(-1, 10).mean(axis=1), b.reshape(-1, 15).mean(axis=1)

    assert align(signal(a), on_change).alignment.offset_s == pytest.approx(120, abs=1)
    assert align(signal(tens, 10), signal(fifteens, 15)).alignment.offset_s == pytest.approx(120, abs=1.5)


def test_gaps_of_a_third_of_all_rows_and_hours_without_any_change_nothing() -> None:
    load = smooth(make_load(DAY, seed=12))
    random = np.random.default_rng(0)
    a, b = signal(cut(load)), signal(noisy(cut(later(load, 33.4)), seed=13))
    kept_a, kept_b = random.random(DAY) > 0.1, random.random(DAY) > 0.3
    kept_b[30_000:50_000] = False

    found = align(*(Signal(s.times[k], s.values[k], s.step) for s, k in ((a, kept_a), (b, kept_b)))).alignment

    assert found.offset_s == pytest.approx(33.4, abs=0.1)


def test_a_logger_whose_clock_began_anew_years_ago_is_found() -> None:
    load = make_load(7_200, seed=14)
    years = 20 * 365 * DAY

    found = align(signal(cut(load)), signal(cut(np.roll(load, 10)), begin=BEGIN - years * SECOND)).alignment

    assert found.offset_s == pytest.approx(10 - years, abs=0.1)
    assert found.before.cells == 0
    assert found.after is not None
    assert found.after.values == pytest.approx(1, abs=1e-3)


def test_a_meter_that_was_wired_the_other_way_round_is_told() -> None:
    load = make_load(7_200, seed=15)

    found = align(signal(cut(load)), signal(noisy(-cut(np.roll(load, -25)), seed=16))).alignment

    assert (found.opposite, found.verdict) == (True, Verdict.MATCH)
    assert found.offset_s == pytest.approx(-25, abs=0.1)
    assert "the sign of one of them is turned" in found.message


def test_glitches_and_sentinels_in_both_do_not_lead_astray() -> None:
    load = make_load(7_200, seed=17)
    a, b = cut(load).copy(), noisy(cut(np.roll(load, 42)), seed=18)
    a[[500, 3_000]], b[[900, 901, 5_000]] = 1e6, -9_999

    assert align(signal(a), signal(b)).alignment.offset_s == pytest.approx(42, abs=0.1)
