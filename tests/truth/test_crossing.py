"""Whatever ways of writing come together in one file, nothing in it is silently read as something else."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.variants import recipes, wide
from bench.variants.crossing import DIMENSIONS, WIDE_DIMENSIONS, draw, mended, mended_wide
from bench.variants.judging import Judgment, Verdict, judge
from bench.variants.own import read_own
from bench.variants.recipes import Recipe
from bench.variants.variant import Variant
from bench.variants.wide import WideRecipe

_EASY = ("form", "period", "channels", "order", "meters")
rows = st.builds(
    lambda choices, seed: mended(Recipe(seed=seed, **choices)),
    st.fixed_dictionaries({name: st.sampled_from(DIMENSIONS[name]) for name in DIMENSIONS}),
    st.integers(0, 50),
)
times = st.builds(
    lambda choices, seed: mended(Recipe(seed=seed, **choices)),
    st.fixed_dictionaries({name: st.sampled_from(DIMENSIONS[name]) for name in _EASY}),
    st.integers(0, 50),
)
days = st.builds(
    lambda choices, seed: mended_wide(WideRecipe(seed=seed, **choices)),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in WIDE_DIMENSIONS.items()}),
    st.integers(0, 50),
)
# The same examples each time, so that a run is as long as the last; bench/bench_reading.py draws many more.
thrifty = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _judged(variant: Variant) -> Judgment:
    judgment = judge(variant, read_own(variant))
    assert judgment.verdict is not Verdict.WRONG, f"{variant.name}: {judgment.why}"
    return judgment


@thrifty
@given(times)
def test_any_form_of_time_over_any_days_is_read_right(recipe: Recipe) -> None:
    judgment = _judged(recipes.build(recipe))
    assert judgment.verdict is not Verdict.REFUSED, f"{recipe.name}: {judgment.why}"


@thrifty
@given(rows)
def test_no_combination_is_silently_wrong(recipe: Recipe) -> None:
    _judged(recipes.build(recipe))


@thrifty
@given(days)
def test_no_wide_table_is_silently_wrong(recipe: WideRecipe) -> None:
    _judged(wide.build(recipe))


def test_nearly_all_of_a_random_lot_are_read() -> None:
    chance = random.Random(7)
    drawn = [draw(chance, number) for number in range(20)]
    found = [_judged(recipes.build(r) if isinstance(r, Recipe) else wide.build(r)) for r in drawn]
    refused = [r.name for r, j in zip(drawn, found, strict=True) if j.verdict is Verdict.REFUSED]
    assert len(refused) <= 1, refused
