"""Cleaning as a whole: any readings at all, windows of any size, choices of people, registers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.core.cleaning import DEFAULT, REFUSE, Action, Choice, Count, Step, clean
from fairwatt.core.errors import InvalidInput
from fairwatt.core.quality import Channel, ReadingsInMemory
from tests.core.cleaning.made import Outcome, cleaned, outcome_of, without
from tests.core.quality.made import DAY, HALF_HOUR, SECOND, load, times
from tests.core.quality.test_scanning import InWindows

QUARTER = 4_320


def test_of_no_rows_there_is_no_window() -> None:
    assert list(clean(ReadingsInMemory((Channel("x"),), times(0), {"x": np.zeros(0)})).windows()) == []


def test_one_row_stays_as_it_is() -> None:
    found = cleaned(np.array([3.5]))
    assert (found.cleaned.tolist(), found.findings, found.fixes) == ([3.5], [""], [""])


def test_clean_readings_are_not_touched() -> None:
    values = load(QUARTER)
    found = cleaned(values)
    assert np.array_equal(found.cleaned, values)
    assert set(found.findings) == set(found.fixes) == {""}
    assert found.whole.counts == ()


def test_a_channel_without_values_is_left_open_and_says_why() -> None:
    found = cleaned(np.full(200, np.nan))
    assert set(found.fixes) == {"refused"}
    [refusal] = found.whole.refusals
    assert (refusal.rows, refusal.reason) == (200, "Nothing sound is known on one side of the gap.")


def test_rows_without_an_even_step_are_kept_and_no_value_is_made_up() -> None:
    at = np.cumsum(np.random.default_rng(1).integers(1, 10**9, 60))
    values = without(np.arange(60.0), (20, 22))
    found = cleaned(values, at)
    assert np.array_equal(found.times, at)
    assert found.fixes[20:22] == ["refused", "refused"]


@pytest.mark.parametrize("place", [(0, 3), (QUARTER - 3, QUARTER)], ids=["begin", "end"])
def test_a_gap_with_one_side_alone_stays_open(place: tuple[int, int]) -> None:
    found = cleaned(without(load(QUARTER), place))
    assert set(found.fixes[slice(*place)]) == {"refused"}


def test_rows_years_away_are_set_apart_and_make_no_rows_between() -> None:
    values, at = np.append(load(QUARTER), 7.0), np.append(times(QUARTER), 4 * 10**15)
    found = cleaned(values, at)
    assert len(found.times) == QUARTER + 1
    assert found.at(QUARTER)[1:] == ("far-stamps", "dropped")
    assert found.raw[-1] == 7.0


def test_what_windows_are_read_in_changes_nothing() -> None:
    values = without(load(QUARTER), (990, 1_010), (1_500, 1_501), (2_998, 3_003))
    keep = np.delete(np.arange(QUARTER), np.arange(1_995, 2_040))
    values[[700, 1_999 - 45, 2_500]] = 9_999.0
    parts = {"": (times(QUARTER)[keep], values[keep])}
    whole = outcome_of(clean(InWindows((Channel("x"),), parts, rows=10**6)))
    small = outcome_of(clean(InWindows((Channel("x"),), parts, rows=500, context=100), scan=whole.whole.scan))
    assert _same(whole, small)
    assert whole.whole.counts == small.whole.counts
    assert whole.whole.refusals == small.whole.refusals


def test_windows_are_the_same_when_a_series_is_too_long_to_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    values = without(load(QUARTER), (990, 1_010), (1_500, 1_501))
    parts = {name: (times(QUARTER), values + k) for k, name in enumerate(("a", "b"))}
    readings = InWindows((Channel("x"),), parts, rows=1_000, context=300)
    held = clean(readings)
    first = [outcome_of(held, series=name) for name in parts]
    monkeypatch.setattr("fairwatt.core.cleaning.cleaning._HELD", 1_000)
    again = clean(readings, scan=held.scan)
    for one, name in zip(first, parts, strict=True):
        other = outcome_of(again, series=name)
        assert (one.findings, np.isfinite(other.cleaned).all()) == (other.findings, True)
        assert np.abs(one.cleaned - other.cleaned).max() < 10


def _same(one: Outcome, other: Outcome) -> bool:
    arrays = ("times", "source", "raw", "cleaned", "p10", "p90")
    equal = [np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in arrays]
    return all(equal) and (one.findings, one.fixes) == (other.findings, other.fixes)


def test_the_same_recipe_makes_the_same_result_again() -> None:
    values = without(load(QUARTER), (990, 1_010), (1_500, 1_501))
    assert _same(cleaned(values), cleaned(values))


def test_a_gap_that_is_too_long_is_told_of_once_though_windows_cut_it() -> None:
    keep = np.r_[0:2_000, 40_000:42_000]
    at, values = times(42_000, SECOND)[keep], load(42_000, SECOND)[keep]
    found = outcome_of(clean(InWindows((Channel("x"),), {"": (at, values)}, rows=900, context=100)))
    assert [(one.rows, one.end - one.begin) for one in found.whole.refusals] == [(38_000, 38_000 * SECOND)]
    assert found.whole.counts == (Count("", "x", "missing-rows", "refused", ">30000", 1, 38_000),)
    assert len(found.times) == 42_000


def test_a_gap_that_stays_open_in_one_channel_does_not_shorten_those_of_another() -> None:
    at, x, y = times(80_000, SECOND), load(80_000, SECOND), load(80_000, SECOND, seed=2)
    x, y = without(x, (500, 70_000)), without(y, (40_000, 40_010))
    channels = (Channel("x"), Channel("y"))
    cleaned_both = clean(ReadingsInMemory(channels, at, {"x": x, "y": y}))
    [one, other] = (outcome_of(cleaned_both, name) for name in ("x", "y"))
    assert np.flatnonzero(np.isnan(one.cleaned)).tolist() == list(range(500, 70_000))
    assert np.isfinite(other.cleaned).all()


@pytest.mark.parametrize(
    ("action", "fix", "expected"),
    [
        (Action.KEEP, "choose", (1_000.0, "", "")),
        (Action.MARK, "choose", (1_000.0, "outliers", "marked")),
        (Action.NULL, "choose", (None, "outliers", "nulled")),
        (Action.MEND, REFUSE, (None, "outliers", "refused")),
        (Action.MEND, "linear", (110.0, "outliers", "linear")),
    ],
    ids=["keep", "mark", "null", "leave open", "by a line"],
)
def test_a_person_decides_of_a_block(action: Action, fix: str, expected: tuple[float | None, str, str]) -> None:
    values = load(QUARTER)
    values[1_998:2_003] = 100.0, 105.0, 1_000.0, 115.0, 120.0
    values[3_000] = 1_000.0
    at = times(QUARTER)
    choice = Choice("outliers", int(at[2_000]), int(at[2_001]), action, fix)
    found = cleaned(values, recipe=replace(DEFAULT, choices=(choice,)))
    value, finding, done = found.at(2_000)
    assert (None if np.isnan(value) else value, finding, done) == expected
    assert found.at(3_000)[1:] != ("", "")


def test_steps_may_differ_by_the_length_of_gaps() -> None:
    steps = (
        Step("missing-values", Action.MEND, "linear", most=2),
        Step("missing-values", Action.MEND, "profile", least=3, most=60),
    )
    values = without(load(QUARTER), (500, 502), (1_000, 1_010), (2_000, 2_061))
    found = cleaned(values, recipe=replace(DEFAULT, steps=steps))
    assert [set(found.fixes[a:b]) for a, b in ((500, 502), (1_000, 1_010), (2_000, 2_061))] == [
        {"linear"},
        {"profile"},
        {"refused"},
    ]


def test_a_finding_that_most_of_a_channel_has_is_how_it_is() -> None:
    recipe = replace(DEFAULT, steps=(Step("sentinel-values", Action.NULL, most_share=0.01),))
    values = load(QUARTER)
    values[::30] = 9_999.0
    assert cleaned(values, recipe=recipe).at(30) == (9_999.0, "sentinel-values", "marked")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda: Step("outliers", Action.MEND, "guess"), "There is no fix 'guess'."),
        (lambda: Step("outliers", Action.MEND, least=5, most=4), "No gap is from 5 to 4 rows long."),
        (lambda: Choice("outliers", 5, 5, Action.NULL), "A choice is about no time at all."),
    ],
    ids=["fix", "length", "period"],
)
def test_what_can_not_be_done_is_refused(step: object, said: str) -> None:
    assert callable(step)
    with pytest.raises(InvalidInput, match=said.replace(".", r"\.")):
        step()


def test_a_running_total_stays_one_and_keeps_what_it_grew_by() -> None:
    total = np.round(np.cumsum(np.maximum(load(QUARTER), 0) / 100), 3)
    channel = Channel("x", is_register=True, quantity="energy", unit="kwh")
    gaps = ((700, 701), (1_500, 1_540), (3_000, 3_006))
    found = cleaned(without(total, *gaps), channel=channel)
    assert (np.diff(found.cleaned) >= 0).all()
    for begin, end in gaps:
        assert found.cleaned[end] - found.cleaned[begin - 1] == total[end] - total[begin - 1]
        inside = found.cleaned[begin:end]
        assert np.abs(inside - total[begin:end]).max() < 0.1 * (total[end] - total[begin - 1])
        assert (found.p10[begin:end] <= inside).all()
        assert (inside <= found.p90[begin:end]).all()


def test_a_gap_over_a_reset_of_a_running_total_stays_open() -> None:
    total = np.cumsum(np.maximum(load(QUARTER), 0) / 100)
    total[2_000:] -= total[2_000]
    found = cleaned(without(total, (1_990, 2_010)), channel=Channel("x", is_register=True))
    assert set(found.fixes[1_990:2_010]) == {"refused"}
    assert "falls across the gap" in found.whole.refusals[0].reason


def test_gaps_in_pure_noise_stay_open_where_nothing_is_better_than_the_mean() -> None:
    values = np.random.default_rng(3).normal(50, 9, QUARTER)
    found = cleaned(without(values, (700, 701), (2_000, 2_040)))
    assert found.fixes[700] != "refused"
    assert set(found.fixes[2_000:2_040]) == {"refused"}
    assert "the best fix errs by" in found.whole.refusals[0].reason


def test_another_channel_tells_what_happened_in_a_gap() -> None:
    random = np.random.default_rng(4)
    power = np.round(np.cumsum(random.normal(0, 1, QUARTER)) + 100, 3)
    other = np.round(2 * power + random.normal(0, 0.05, QUARTER), 3)
    readings = ReadingsInMemory(
        (Channel("x"), Channel("y")), times(QUARTER), {"x": without(power, (2_000, 2_020)), "y": other}
    )
    found = outcome_of(clean(readings))
    assert np.abs(found.cleaned - power)[2_000:2_020].max() < 0.3
    chosen = next(one for one in found.whole.trials if one.is_chosen)
    assert chosen.fix == "regression" or dict(chosen.weights)["regression"] > 0.8


@settings(max_examples=25, deadline=None)
@given(
    size=st.integers(3, 300),
    lost=st.lists(st.integers(0, 299), max_size=60),
    blank=st.lists(st.integers(0, 299), max_size=60),
    seed=st.integers(0, 99),
    step=st.sampled_from([SECOND, 60 * SECOND, HALF_HOUR, DAY]),
)
def test_every_row_is_there_and_what_nothing_was_found_of_is_as_it_was(
    size: int, lost: list[int], blank: list[int], seed: int, step: int
) -> None:
    at, values = times(size, step), load(size, step, seed)
    values[[k for k in blank if k < size]] = np.nan
    keep = np.array([k for k in range(size) if k not in set(lost)] or [0])
    found = cleaned(values[keep], at[keep])
    there = found.source >= 0
    assert np.array_equal(found.source[there], np.arange(len(keep)))
    assert np.array_equal(found.times[there], at[keep])
    assert np.array_equal(found.raw[there], values[keep], equal_nan=True)
    assert np.isnan(found.raw[~there]).all()
    untouched = np.array([what in {"", "marked"} for what in found.fixes])
    assert np.array_equal(found.cleaned[untouched], found.raw[untouched])
    filled = np.isfinite(found.cleaned) & ~untouched
    told = filled & np.isfinite(found.p10)
    assert (found.p10[told] <= found.cleaned[told]).all()
    assert (found.cleaned[told] <= found.p90[told]).all()
    steps = np.diff(found.times)
    assert len(steps) == 0 or keep[-1] - keep[0] + 1 == len(found.times) or (steps > 0).all()
