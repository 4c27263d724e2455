from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.periods import Period
from fairwatt.tools.explore.ticks import MOST_TICKS, make_ticks, say_zone

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/London", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe")]


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2045, 1, 1)),
    st.floats(-2, 9.5).map(lambda power: timedelta(seconds=10**power)),
    st.sampled_from(ZONES),
)
def test_ticks_are_few_in_order_and_within_the_window(start: datetime, length: timedelta, zone: ZoneInfo) -> None:
    window = Period(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length)
    ticks = make_ticks(window, zone)
    moments = [tick.at for tick in ticks]
    assert moments == sorted(set(moments))
    assert all(window.contains(moment) for moment in moments)
    assert len(ticks) <= MOST_TICKS + 2  # the two: an hour that the clocks repeat


@pytest.mark.parametrize(
    ("start", "end", "labels"),
    [
        (
            "2019-11-18T11:45:43+00:00",
            "2019-11-18T14:56:53+00:00",
            ["12:00<br>18 Nov 2019", "12:30", "13:00", "13:30", "14:00", "14:30"],
        ),
        (
            "2021-03-27T12:00:00+00:00",
            "2021-03-28T12:00:00+00:00",
            ["12:00<br>27 Mar 2021", "18:00", "00:00<br>28 Mar", "06:00", "12:00"],
        ),
        (
            "2025-11-18T14:30:00+00:00",
            "2025-11-19T20:30:00+00:00",
            ["18:00<br>18 Nov", "00:00<br>19 Nov", "06:00", "12:00", "18:00"],  # a year would run into the next date
        ),
        (
            "2021-01-01T00:00:00+00:00",
            "2022-01-01T00:00:00+00:00",
            ["1 Jan<br>2021", "1 Apr", "1 Jul", "1 Oct"],
        ),
        (
            "2019-11-18T11:45:43+00:00",
            "2019-11-18T11:45:46+00:00",
            ["11:45:43<br>18 Nov 2019", "11:45:44", "11:45:45"],
        ),
    ],
)
def test_ticks_stand_at_round_local_times_and_name_the_day_once(start: str, end: str, labels: list[str]) -> None:
    window = Period(datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert [tick.label for tick in make_ticks(window, ZoneInfo("Europe/London"))] == labels


def test_an_hour_that_the_clocks_repeat_has_its_tick_each_time() -> None:
    window = Period(datetime(2021, 10, 30, 23, tzinfo=UTC), datetime(2021, 10, 31, 4, tzinfo=UTC))
    ticks = make_ticks(window, ZoneInfo("Europe/London"))
    assert [(tick.at.hour, tick.label[:5]) for tick in ticks] == [
        (23, "00:00"), (0, "01:00"), (1, "01:00"), (2, "02:00"), (3, "03:00"),
    ]  # fmt: skip


def test_the_axis_says_which_clock_it_shows() -> None:
    summer = Period(datetime(2021, 7, 1, tzinfo=UTC), datetime(2021, 7, 2, tzinfo=UTC))
    year = Period(datetime(2021, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))
    assert say_zone(summer, ZoneInfo("Europe/London")) == "Local time in London (BST)"
    assert say_zone(year, ZoneInfo("Europe/London")) == "Local time in London (GMT and BST)"
    assert say_zone(year, ZoneInfo("UTC")) == "Time in UTC"
