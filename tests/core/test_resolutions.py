"""Resolutions cut time where clocks and calendars say so."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.core.resolutions import Resolution, settlement_days

LONDON = "Europe/London"


def micros(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("text", "zone", "made", "name"),
    [
        ("PT30M", LONDON, Resolution(micros=1_800_000_000), "PT30M"),
        ("pt24h", LONDON, Resolution(micros=86_400_000_000), "P1D"),
        ("P1D", "UTC", Resolution(micros=86_400_000_000), "P1D"),
        ("P1D", LONDON, Resolution(days=1, zone=LONDON), "P1D"),
        ("P2W", LONDON, Resolution(days=14, zone=LONDON), "P14D"),
        ("P1W", "UTC", Resolution(days=7), "P7D"),
        ("P1M", LONDON, Resolution(months=1, zone=LONDON), "P1M"),
        ("P1Y3M", "UTC", Resolution(months=15), "P15M"),
        ("settlement-period", "UTC", Resolution(micros=1_800_000_000, zone=LONDON, numbers_periods=True), None),
    ],
)
def test_a_text_is_equal_stretches_or_the_calendars(text: str, zone: str, made: Resolution, name: str | None) -> None:
    found = Resolution.parse(text, zone)
    assert found == made
    assert found is not None
    assert found.name == (name or text)


def test_raw_is_none() -> None:
    assert Resolution.parse(" RAW ", LONDON) is None


@pytest.mark.parametrize(
    "text", ["", "P", "P0D", "P0M", "P1M1D", "PT0S", "day", "settlement", "P1.5M", "-P1D", "P1000Y"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Resolution.parse(text, LONDON)


def test_a_duration_of_next_to_nothing_is_refused() -> None:
    for seconds in (0.0, 1e-9, -1.0, float("nan"), 1e30):
        with pytest.raises(InvalidInput, match="longer than nothing"):
            Resolution.of_seconds(seconds)


@pytest.mark.parametrize(
    ("resolution", "begin", "end", "edges"),
    [
        (
            Resolution(days=1, zone=LONDON), "2021-03-27T12:00Z", "2021-03-29T00:00Z",
            ["2021-03-27T00:00Z", "2021-03-28T00:00Z", "2021-03-28T23:00Z", "2021-03-29T23:00Z"],
        ),
        (
            Resolution(days=1, zone=LONDON), "2021-10-30T23:00Z", "2021-11-01T00:00Z",
            ["2021-10-30T23:00Z", "2021-11-01T00:00Z"],
        ),
        (
            Resolution(months=1, zone=LONDON), "2021-03-05T00:00Z", "2021-04-01T00:00Z",
            ["2021-03-01T00:00Z", "2021-03-31T23:00Z", "2021-04-30T23:00Z"],
        ),
        (Resolution(months=3), "2021-12-31T23:59Z", "2022-01-01T00:00Z", ["2021-10-01T00:00Z", "2022-01-01T00:00Z"]),
        (Resolution(days=7), "2021-03-31T00:00Z", "2021-04-05T00:00Z", ["2021-03-29T00:00Z", "2021-04-05T00:00Z"]),
        # A day that begins at one o'clock: clocks went forward at midnight.
        (
            Resolution(days=1, zone="America/Santiago"), "2021-09-05T04:00Z", "2021-09-05T05:00Z",
            ["2021-09-05T04:00Z", "2021-09-06T03:00Z"],
        ),
    ],
)  # fmt: skip
def test_calendar_buckets_begin_at_local_midnights(
    resolution: Resolution, begin: str, end: str, edges: list[str]
) -> None:
    assert resolution.edges(micros(begin), micros(end)) == [micros(edge) for edge in edges]


def test_settlement_days_have_23_24_or_25_hours() -> None:
    edges = settlement_days(micros("2021-01-01T00:00Z"), micros("2022-01-01T00:00Z"))
    lengths = [timedelta(microseconds=b - a) for a, b in pairwise(edges)]
    assert len(lengths) == 365
    assert [lengths.count(timedelta(hours=h)) for h in (23, 24, 25)] == [1, 363, 1]


RESOLUTIONS = st.one_of(
    st.integers(1, 10**13).map(lambda width: Resolution(micros=width)),
    st.builds(
        lambda days, zone: Resolution(days=days, zone=zone),
        st.integers(1, 60),
        st.sampled_from([LONDON, "Africa/Casablanca", "America/St_Johns", "Pacific/Apia"]),
    ),
    st.builds(lambda months: Resolution(months=months, zone=LONDON), st.integers(1, 30)),
)


@given(resolution=RESOLUTIONS, instant=st.integers(micros("1950-01-01T00:00Z"), micros("2090-01-01T00:00Z")))
def test_every_instant_lies_in_one_bucket_that_ends_where_the_next_begins(resolution: Resolution, instant: int) -> None:
    begin, after = resolution.floor(instant), resolution.after(instant)
    assert begin <= instant < after
    assert (resolution.floor(after), resolution.floor(after - 1), resolution.after(begin)) == (after, begin, after)
