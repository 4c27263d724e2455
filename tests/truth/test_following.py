"""The next file, read by the profile of the one before: as it was meant, or asked about, or refused."""

from __future__ import annotations

import pytest

from bench.variants.following import read_following, saved_profile
from bench.variants.judging import Verdict, judge
from bench.variants.recipes import Recipe, build
from bench.variants.wide import WideRecipe
from bench.variants.wide import build as build_wide

_FORMS = ("dd-mm", "end-stamped", "two-columns-iso", "numbered", "numbered-clock", "settlement-uk", "excel-serial")
# The same heads, other times: what the first file says of them, and what the next one is written in.
_OTHERS = (
    ("dd-mm", "mm-dd"),
    ("mm-dd", "dd-mm"),
    ("dd-mm-yy", "dd-mm"),
    ("iso-local", "iso-naive-utc"),
    ("iso-naive-utc", "iso-local"),
    ("iso-local", "end-stamped-silent"),
    ("end-stamped-silent", "iso-local"),
    ("numbered", "numbered-clock"),
    ("numbered-clock", "numbered"),
    ("numbered", "numbered-utc"),
    ("numbered-utc", "numbered-clock"),
    ("two-columns", "part-of-day"),
    ("digits-12", "digits-14"),
)


def _judged(first: Recipe, following: Recipe) -> Verdict:
    profile = saved_profile(build(first))
    assert profile is not None
    variant = build(following)
    judgment = judge(variant, read_following(profile, variant))
    assert judgment.verdict is not Verdict.WRONG, judgment.why
    return judgment.verdict


@pytest.mark.parametrize("period", ["spring", "autumn"])
@pytest.mark.parametrize("form", _FORMS)
def test_a_clock_change_that_the_first_file_had_not_is_read_right(form: str, period: str) -> None:
    verdict = _judged(Recipe(form=form, period="small", seed=3), Recipe(form=form, period=period, seed=5))

    assert verdict is not Verdict.REFUSED


@pytest.mark.parametrize("period", ["spring", "autumn"])
@pytest.mark.parametrize(("form", "other"), _OTHERS)
def test_times_of_another_kind_are_never_silently_read_as_those_before(form: str, other: str, period: str) -> None:
    _judged(Recipe(form=form, period="plain", seed=3), Recipe(form=other, period=period, seed=5))


@pytest.mark.parametrize(("first", "then"), [("plain", "decimal-comma"), ("decimal-comma", "plain")])
def test_numbers_of_another_kind_are_never_silently_read_as_those_before(first: str, then: str) -> None:
    made, following = (Recipe(numbers=numbers, delimiter=";", seed=3) for numbers in (first, then))

    assert _judged(made, following) is Verdict.REFUSED


@pytest.mark.parametrize(("first", "then"), [("one", "named"), ("named", "one"), ("numbered", "named")])
def test_other_meters_are_told_apart(first: str, then: str) -> None:
    _judged(Recipe(meters=first, seed=3), Recipe(meters=then, seed=5))


@pytest.mark.parametrize("sentinel", ["-999", "9999"])
def test_marks_for_missing_values_that_are_new_are_no_values(sentinel: str) -> None:
    _judged(Recipe(channels="weather", seed=3), Recipe(channels="weather", sentinel=sentinel, seed=5))


@pytest.mark.parametrize(
    ("heading", "period"),
    [("starts", "spring"), ("ends-24", "spring"), ("numbers", "spring"), ("numbers", "autumn"), ("hh", "autumn")],
)
def test_days_side_by_side_are_read_right_through_a_first_clock_change(heading: str, period: str) -> None:
    profile = saved_profile(build_wide(WideRecipe(heading=heading, seed=3)))
    assert profile is not None
    variant = build_wide(WideRecipe(heading=heading, period=period, seed=5))

    judgment = judge(variant, read_following(profile, variant))

    assert judgment.verdict is not Verdict.WRONG, judgment.why
