"""Files of one logger that tell of the same time twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.overlaps import Overlap, Span, common_time, find_overlaps, overlap_finding

START = datetime(2020, 3, 1, tzinfo=UTC)
KW = frozenset({"kw"})


def _span(name: str, first: int, last: int, **more: frozenset[str]) -> Span:
    return Span(name, START + timedelta(hours=first), START + timedelta(hours=last), **{"fields": KW, **more})


def test_files_that_follow_each_other_share_nothing() -> None:
    assert find_overlaps(_span("b", 24, 47), [_span("a", 0, 23), _span("c", 48, 60)]) == []


def test_a_shared_reading_at_the_seam_is_an_overlap() -> None:
    assert find_overlaps(_span("b", 23, 47), [_span("a", 0, 23)]) == [
        Overlap("a", START + timedelta(hours=23), START + timedelta(hours=23))
    ]


def test_other_meters_and_other_channels_may_share_the_time() -> None:
    own = _span("b", 0, 10, series=frozenset({"M1"}))
    assert find_overlaps(own, [_span("a", 0, 10, series=frozenset({"M2"}))]) == []
    assert find_overlaps(_span("b", 0, 10), [_span("a", 0, 10, fields=frozenset({"volts"}))]) == []


@given(*[st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted)] * 2)
def test_the_common_time_is_the_same_from_both_sides_and_lies_in_both(one: list[int], other: list[int]) -> None:
    a, b = _span("a", *one), _span("b", *other)
    common = common_time(a, b)
    assert common == common_time(b, a)
    hours = set(range(one[0], one[1] + 1)) & set(range(other[0], other[1] + 1))
    assert (common is not None) == bool(hours)
    if common:
        assert common == (START + timedelta(hours=min(hours)), START + timedelta(hours=max(hours)))


def test_the_finding_says_which_file_and_which_period() -> None:
    finding = overlap_finding([Overlap("march.csv", START, START + timedelta(hours=5), 6)])
    assert finding is not None
    assert (finding.code, finding.severity, finding.count) == ("overlapping-files", "warning", 1)
    assert finding.where == ("“march.csv”, 2020-03-01 00:00 UTC to 2020-03-01 05:00 UTC",)
    assert finding.message == (
        "Readings of the same channels and the same time are in “march.csv” as well. 6 times of readings are in both. "
        "Both are kept; take one of them out where it is the same measurement twice."
    )
    assert overlap_finding([]) is None
    several = overlap_finding([Overlap(f"{n}.csv", START, START) for n in range(12)])
    assert several is not None
    assert (several.count, len(several.where)) == (12, 10)
    assert "in 12 other files as well. Both" in several.message
