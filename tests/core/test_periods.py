"""Periods, resolutions and settlement periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.core.periods import (
    Period,
    format_duration,
    parse_resolution,
    period_of_settlement,
    say_duration,
    settlement_period,
    settlement_periods,
)

moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(microseconds=1), timedelta(days=400))


def test_a_period_holds_its_start_and_not_its_end() -> None:
    period = Period(datetime(2021, 3, 1, tzinfo=UTC), datetime(2021, 3, 2, tzinfo=UTC))
    assert period.contains(period.start)
    assert not period.contains(period.end)
    assert period.duration == timedelta(days=1)


def test_a_period_is_kept_in_utc() -> None:
    start = datetime(2021, 7, 1, tzinfo=ZoneInfo("Europe/London"))
    assert Period(start, start + timedelta(hours=1)).start == datetime(2021, 6, 30, 23, tzinfo=UTC)
    assert Period(start, start + timedelta(hours=1)).start.tzinfo is UTC


@given(moments, lengths, moments, lengths)
def test_periods_overlap_where_they_share_an_instant(a: datetime, a_s: timedelta, b: datetime, b_s: timedelta) -> None:
    one, other = Period(a, a + a_s), Period(b, b + b_s)
    assert one.overlaps(other) == other.overlaps(one) == (max(a, b) < min(a + a_s, b + b_s))


@given(moments, lengths)
def test_periods_that_only_touch_do_not_overlap(start: datetime, length: timedelta) -> None:
    assert not Period(start, start + length).overlaps(Period(start + length, start + 2 * length))


def test_a_naive_end_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="The end of a period, 2021-03-02 00:00:00, has no time zone"):
        Period(datetime(2021, 3, 1, tzinfo=UTC), datetime(2021, 3, 2))


def test_a_period_runs_forward() -> None:
    at = datetime(2021, 3, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="must end after it starts"):
        Period(at, at)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("raw", None),
        ("PT1S", 1),
        ("PT30M", 1800),
        ("P1D", 86_400),
        ("PT1H30M", 5400),
        ("P1W", 604_800),
        ("pt0.5s", 0.5),
    ],
)
def test_resolutions_are_parsed(text: str, seconds: float | None) -> None:
    assert parse_resolution(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "PT", "P", "P1M", "P1Y", "PT0S", "30", "PT30", "-PT30M", "PT30M; drop", "P" + "1" * 99]
)
def test_other_texts_are_no_resolution(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a resolution") as refused:
        parse_resolution(text)
    assert refused.value.next_step == "Use raw, or an ISO 8601 duration such as PT1M, PT30M or P1D."


@given(st.integers(1, 10**12))
def test_a_duration_written_is_the_one_read(micros: int) -> None:
    assert parse_resolution(format_duration(micros / 1e6)) == pytest.approx(micros / 1e6)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 second"), (5, "5 seconds"), (0.02, "0.02 seconds"), (60, "1 minute"), (1800, "30 minutes"),
        (3600, "1 hour"), (5400, "1 hour 30 minutes"), (86_400, "1 day"),
        (90_061, "1 day 1 hour"), (59.9999999, "1 minute"),
    ],
)  # fmt: skip
def test_durations_are_said_in_plain_words(seconds: float, said: str) -> None:
    assert say_duration(seconds) == said


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_no_duration_is_neither_written_nor_said(seconds: float) -> None:
    for function in (say_duration, format_duration):
        with pytest.raises(InvalidInput, match="positive number"):
            function(seconds)


@given(st.dates(date(1996, 1, 1), date(2037, 12, 31)))
def test_a_settlement_day_is_filled_by_its_periods(day: date) -> None:
    count = settlement_periods(day)
    assert count in {46, 48, 50}
    periods = [period_of_settlement(day, number) for number in range(1, count + 1)]
    assert all(a.end == b.start for a, b in pairwise(periods))
    assert [settlement_period(p.start) for p in periods] == [(day, n) for n in range(1, count + 1)]
    assert periods[-1].end == period_of_settlement(day + timedelta(days=1), 1).start


def test_clock_change_days_have_46_and_50() -> None:
    assert (settlement_periods(date(2021, 3, 28)), settlement_periods(date(2021, 10, 31))) == (46, 50)


@pytest.mark.parametrize("number", [0, 47, 49])
def test_a_period_that_a_day_lacks_is_an_error(number: int) -> None:
    day = date(2021, 3, 28) if number == 47 else date(2021, 3, 1)
    with pytest.raises(InvalidInput, match="has settlement periods 1 to"):
        period_of_settlement(day, number)


def test_a_settlement_period_needs_a_zone() -> None:
    with pytest.raises(InvalidInput, match="needs an instant with a time zone"):
        settlement_period(datetime(2021, 3, 1))
    offset = timezone(timedelta(hours=2))
    assert settlement_period(datetime(2021, 3, 1, 2, tzinfo=offset)) == (date(2021, 3, 1), 1)
