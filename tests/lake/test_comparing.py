"""Differences between two versions of readings, against what was put there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import IngestResult, Lake
from fairwatt.lake.comparing import MonthDifference, compare_readings, months_of

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
PERIOD = (datetime(2020, 1, 31, tzinfo=UTC), datetime(2020, 4, 1, tzinfo=UTC))

OLD = [
    "time,kw,v",
    "2020-01-31 23:00:00,1.0,230.0",
    "2020-01-31 23:30:00,2.0,",
    "2020-02-01 00:00:00,3.0,231.0",
    "2020-03-29 01:30:00,4.0,232.0",
    "2020-03-29 01:30:00,4.5,232.5",
]
NEW = [
    "time,kw,v",
    "2020-01-31 23:00:00,1.0,230.0",
    "2020-01-31 23:30:00,2.0,229.0",  # a reading that was missing
    "2020-02-01 00:30:00,3.0,231.0",  # one row gone, another come
    "2020-03-29 01:30:00,4.0,232.0",
    "2020-03-29 01:30:00,4.6,232.5",  # the second of two at one instant
]


@pytest.fixture
def versions(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> tuple[int, int]:
    profile = make_profile(["kw", "v"])
    ingest(OLD, profile)
    before = lake.version("t")
    ingest(NEW, profile)
    return before, lake.version("t")


def _compare(lake: Lake, before: int, after: int, old: list[str], new: list[str]) -> list[MonthDifference]:
    return compare_readings(lake, "t", before=before, after=after, period=PERIOD, old_fields=old, new_fields=new)


def test_rows_and_readings_that_differ_are_counted_by_month(lake: Lake, versions: tuple[int, int]) -> None:
    both = ["kw", "v"]
    assert _compare(lake, *versions, both, both) == [
        MonthDifference("2020-01", added=0, removed=0, changed=1, channels={"v": 1}),
        MonthDifference("2020-02", added=1, removed=1, changed=0, channels={"kw": 2, "v": 2}),
        MonthDifference("2020-03", added=0, removed=0, changed=1, channels={"kw": 1}),
    ]


def test_a_version_is_the_same_as_itself(lake: Lake, versions: tuple[int, int]) -> None:
    assert _compare(lake, versions[1], versions[1], ["kw"], ["kw"]) == []


def test_a_channel_that_one_version_lacks_differs_wherever_it_has_readings(
    lake: Lake, versions: tuple[int, int]
) -> None:
    found = _compare(lake, *versions, ["kw"], ["kw", "v"])
    assert [month.channels for month in found] == [{"v": 2}, {"kw": 2, "v": 1}, {"kw": 1, "v": 2}]


def test_a_month_that_one_version_lacks_is_added_whole(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    ingest(OLD[:3], make_profile(["kw", "v"]))
    before = lake.version("t")
    ingest(OLD, make_profile(["kw", "v"]))
    assert _compare(lake, before, lake.version("t"), ["kw", "v"], ["kw", "v"]) == [
        MonthDifference("2020-02", added=1, removed=0, changed=0, channels={"kw": 1, "v": 1}),
        MonthDifference("2020-03", added=2, removed=0, changed=0, channels={"kw": 2, "v": 2}),
    ]


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    st.timedeltas(timedelta(0), timedelta(days=800)),
)
def test_months_cover_the_period_once(start: datetime, length: timedelta) -> None:
    parts = list(months_of(start, start + length))
    assert all(left[1] == right[0] for left, right in pairwise(parts))
    last_instants = [(low, high - timedelta(microseconds=1)) for low, high in parts]
    assert all((low.year, low.month) == (last.year, last.month) for low, last in last_instants)
    assert (parts[0][0], parts[-1][1]) == (start, start + length) if parts else length == timedelta(0)
