"""One known truth, written in every way that energy files are written, is read exactly, or asked about rightly."""

from __future__ import annotations

import pytest

from bench.variants.judging import Verdict, judge
from bench.variants.named import Maker, makers, variant_of
from bench.variants.own import read_own
from bench.variants.recipes import Recipe, build

# Ways of writing ends of intervals, and two that show no end.
_ENDS = ("hour-24", "iso-hour-24", "columns-hour-24", "end-stamped", "end-stamped-iso", "end-stamped-silent",
         "end-stamped-utc", "end-by-clock", "end-by-clock-silent", "iso-local", "dd-mm")  # fmt: skip
_MAKERS = list(makers().items())
# What the file says and is asked all the same.
_ASKED_NEEDLESSLY = frozenset({"green button", "frequency", "weather station"})


@pytest.mark.parametrize(("turn", "name", "make"), [(i, *one) for i, one in enumerate(_MAKERS)], ids=dict(_MAKERS))
def test_each_way_of_writing_is_read_as_it_was_meant(turn: int, name: str, make: Maker) -> None:
    variant = variant_of(name, make, turn)
    judgment = judge(variant, read_own(variant))
    assert judgment.verdict in {Verdict.RIGHT, Verdict.ASKED}, f"{variant.name}: {judgment.verdict}: {judgment.why}"
    assert judgment.needless == () or name in _ASKED_NEEDLESSLY, f"{variant.name}: the file itself says it"


@pytest.mark.parametrize("period", ["spring", "autumn"])
@pytest.mark.parametrize("form", _ENDS)
def test_starts_and_ends_are_read_right_through_both_clock_changes(form: str, period: str) -> None:
    variant = build(Recipe(form=form, period=period, seed=4, meters="named"))
    judgment = judge(variant, read_own(variant))
    assert judgment.verdict in {Verdict.RIGHT, Verdict.ASKED}, f"{variant.name}: {judgment.why}"
    assert judgment.needless == ()
