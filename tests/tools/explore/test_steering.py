from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.core.periods import Period
from fairwatt.tools.explore.steering import (
    MOVES,
    SPANS,
    choose_span,
    make_window,
    move_window,
    read_drag,
    read_typed,
    write_typed,
)

LONDON = ZoneInfo("Europe/London")
YEAR = Period(datetime(2021, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@st.composite
def windows(draw: st.DrawFn) -> Period:
    start = draw(st.datetimes(datetime(2020, 6, 1), datetime(2022, 6, 1))).replace(tzinfo=UTC)
    return Period(start, start + draw(st.timedeltas(timedelta(milliseconds=20), timedelta(days=800))))


@given(windows(), st.sampled_from(MOVES))
def test_no_move_leaves_the_whole_period(window: Period, move: str) -> None:
    inside = Period(max(window.start, YEAR.start), min(window.end, YEAR.end)) if window.overlaps(YEAR) else YEAR
    moved = move_window(inside, YEAR, move)
    assert YEAR.start <= moved.start < moved.end <= YEAR.end


@given(windows(), st.sampled_from(["earlier", "later"]))
def test_going_earlier_or_later_keeps_the_length(window: Period, move: str) -> None:
    assert move_window(window, YEAR, move).duration == window.duration


@given(windows(), st.sampled_from(SPANS))
def test_a_span_ends_where_the_window_ended(window: Period, span: str) -> None:
    chosen = choose_span(window, YEAR, span, LONDON)
    if chosen is None:
        assert span == "all"
    else:
        assert YEAR.start <= chosen.start < chosen.end <= YEAR.end
        assert not window.overlaps(YEAR) or chosen.end == min(window.end, YEAR.end)


def test_the_last_day_week_and_month_are_those_of_the_calendar() -> None:
    day_of_change = Period(utc(2021, 1, 1), utc(2021, 10, 31, 12))
    day = choose_span(day_of_change, YEAR, "day", LONDON)
    assert day == Period(utc(2021, 10, 30, 11), utc(2021, 10, 31, 12))  # 25 hours: the clocks went back
    assert choose_span(Period(utc(2021, 1, 1), utc(2021, 3, 31)), YEAR, "month", ZoneInfo("UTC")) == Period(
        utc(2021, 2, 28), utc(2021, 3, 31)
    )
    assert choose_span(YEAR, YEAR, "hour", LONDON) == Period(utc(2021, 12, 31, 23), utc(2022, 1, 1))


def test_a_span_longer_than_the_window_widens_it() -> None:
    hour = Period(utc(2021, 5, 5, 11), utc(2021, 5, 5, 12))
    assert choose_span(hour, YEAR, "day", ZoneInfo("UTC")) == Period(utc(2021, 5, 4, 12), utc(2021, 5, 5, 12))


def test_closer_halves_and_wider_doubles_around_the_middle() -> None:
    day = Period(utc(2021, 5, 5), utc(2021, 5, 6))
    closer = move_window(day, YEAR, "closer")
    assert closer == Period(utc(2021, 5, 5, 6), utc(2021, 5, 5, 18))
    assert move_window(closer, YEAR, "wider") == day


@pytest.mark.parametrize(
    ("relayout", "meant"),
    [
        ({"autosize": True}, ""),
        (None, ""),
        ("nonsense", ""),
        ({"dragmode": "pan"}, ""),
        ({"xaxis.range[0]": "2021-05-05", "xaxis.range[1]": "not a time"}, ""),
        ({"xaxis.range[0]": {"a": 1}, "xaxis.range[1]": []}, ""),
        ({"xaxis.range[0]": "2021-05-06", "xaxis.range[1]": "2021-05-05"}, ""),
        ({"xaxis.range[0]": 1e30, "xaxis.range[1]": 2e30}, ""),
        ({"xaxis.autorange": True}, "whole"),
        ({"xaxis.range[0]": "2021-05-05 12:00", "xaxis.range[1]": "2021-05-05 12:00:30.2501"}, "window"),
        ({"xaxis.range": ["2021-05-05", "2021-05-06"]}, "window"),
    ],
)
def test_only_a_new_range_or_a_reset_of_the_time_axis_is_a_drag(relayout: object, meant: str) -> None:
    kind, window = read_drag(relayout)
    assert kind == meant
    assert (window is not None) == (meant == "window")


def test_a_dragged_range_is_read_to_the_microsecond() -> None:
    _, window = read_drag({"xaxis.range[0]": "2021-05-05 12:00", "xaxis.range[1]": "2021-05-05 12:00:30.2501"})
    assert window == Period(utc(2021, 5, 5, 12), utc(2021, 5, 5, 12, 0, 30, 250_100))


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)),
    st.sampled_from(["UTC", "Europe/London", "Asia/Kolkata"]),
)
def test_what_a_time_field_shows_is_read_back_to_the_same_clock(moment: datetime, zone: str) -> None:
    at = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    text = write_typed(at, ZoneInfo(zone))
    assert write_typed(read_typed(text, ZoneInfo(zone), name="starts"), ZoneInfo(zone)) == text


def test_a_repeated_hour_is_taken_the_first_time_and_a_skipped_one_as_if_it_were_not() -> None:
    assert read_typed("2021-10-31T01:30", LONDON, name="starts") == utc(2021, 10, 31, 0, 30)
    assert read_typed("2021-03-28T01:30", LONDON, name="starts") == utc(2021, 3, 28, 1, 30)


def test_what_is_no_time_or_runs_backwards_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="“tomorrow” is no date and time") as refused:
        read_typed("tomorrow", LONDON, name="starts")
    assert "11:45" in refused.value.next_step
    with pytest.raises(InvalidInput, match="must end after it starts"):
        make_window(utc(2021, 5, 6), utc(2021, 5, 5))
