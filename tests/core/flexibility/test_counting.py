"""What is counted around an event: like days, the buckets that fit, and the gaps in a window."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.flexibility.counting import (
    MICROS,
    DayCount,
    Gap,
    SeriesCount,
    Window,
    bucket_width,
    days_of_events,
    expected_in,
    find_gaps,
    like_days,
    micros_of,
)

TUESDAY = datetime(2025, 11, 18, 17, tzinfo=UTC)  # winter: London's clock is UTC
EVENT = Window(TUESDAY, TUESDAY + timedelta(hours=2))
MINUTE = 60 * MICROS


def test_days_like_a_working_day_are_the_working_days_before_it_without_those_of_events() -> None:
    other = Window(datetime(2025, 11, 13, 17, tzinfo=UTC), datetime(2025, 11, 13, 18, tzinfo=UTC))  # a Thursday
    busy = days_of_events([EVENT, other], zone="Europe/London")
    found = like_days(EVENT, busy=busy, look_back_days=7, zone="Europe/London")
    assert [day for day, _ in found] == [date(2025, 11, 17), date(2025, 11, 14), date(2025, 11, 12), date(2025, 11, 11)]
    assert found[0][1] == Window(TUESDAY - timedelta(days=1), TUESDAY - timedelta(hours=22))


def test_days_like_a_saturday_are_saturdays_and_sundays() -> None:
    saturday = Window(datetime(2025, 11, 22, 10, tzinfo=UTC), datetime(2025, 11, 22, 11, tzinfo=UTC))
    found = like_days(saturday, busy=[], look_back_days=8, zone="Europe/London")
    assert [day for day, _ in found] == [date(2025, 11, 16), date(2025, 11, 15)]


def test_an_event_over_midnight_takes_each_day_that_it_touches_by_the_clock() -> None:
    june = datetime(2025, 6, 10, 22, 30, tzinfo=UTC)  # 23:30 in London
    assert days_of_events([Window(june, june + timedelta(minutes=30))], zone="Europe/London") == {date(2025, 6, 10)}
    assert days_of_events([Window(june, june + timedelta(hours=25))], zone="Europe/London") == {
        date(2025, 6, 10),
        date(2025, 6, 11),
        date(2025, 6, 12),
    }


def test_the_hours_are_those_of_the_clock_on_the_wall_through_a_change_of_it() -> None:
    monday = datetime(2025, 10, 27, 17, tzinfo=UTC)  # clocks went back on Sunday the 26th
    found = like_days(Window(monday, monday + timedelta(hours=1)), busy=[], look_back_days=3, zone="Europe/London")
    assert found == (
        (date(2025, 10, 24), Window(datetime(2025, 10, 24, 16, tzinfo=UTC), datetime(2025, 10, 24, 17, tzinfo=UTC))),
    )


@pytest.mark.parametrize(("minutes", "width"), [(120, 60), (90, 30), (45, 15), (10, 10), (7, 1)])
def test_buckets_are_as_wide_as_the_windows_ends_allow(minutes: int, width: int) -> None:
    window = Window(TUESDAY, TUESDAY + timedelta(minutes=minutes))
    assert bucket_width([window]) == width * MINUTE


def counted(stamps: list[datetime], width: int) -> tuple[np.ndarray, np.ndarray]:
    starts, counts = np.unique([micros_of(at) // width * width for at in stamps], return_counts=True)
    return starts.astype(np.int64), counts.astype(np.int64)


def test_a_quarter_of_an_hour_without_readings_is_one_gap() -> None:
    stamps = [TUESDAY + timedelta(seconds=10 * step) for step in range(720)]
    outage = (TUESDAY + timedelta(minutes=30), TUESDAY + timedelta(minutes=45))
    left = [at for at in stamps if not outage[0] <= at < outage[1]]
    starts, counts = counted(left, MINUTE)
    assert find_gaps(EVENT, starts, counts, width=MINUTE, resolution_s=10) == (
        Gap(start=outage[0], end=outage[1], missing=90),
    )


def test_two_outages_are_two_gaps_and_a_lost_reading_is_one_of_its_bucket() -> None:
    stamps = [TUESDAY + timedelta(minutes=step) for step in range(120) if step not in {3, 100, 101, 102}]
    starts, counts = counted(stamps, 10 * MINUTE)
    assert find_gaps(EVENT, starts, counts, width=10 * MINUTE, resolution_s=60) == (
        Gap(start=TUESDAY, end=TUESDAY + timedelta(minutes=10), missing=1),
        Gap(start=TUESDAY + timedelta(minutes=100), end=TUESDAY + timedelta(minutes=110), missing=3),
    )


def test_a_window_without_any_reading_is_one_gap_also_where_readings_have_no_step() -> None:
    nothing = np.zeros(0, np.int64)
    assert find_gaps(EVENT, nothing, nothing, width=MINUTE, resolution_s=None) == (
        Gap(start=EVENT.start, end=EVENT.end, missing=0),
    )
    assert find_gaps(EVENT, nothing, nothing, width=MINUTE, resolution_s=1800)[0].missing == 4


@given(
    resolution=st.sampled_from([1, 5, 10, 60, 600, 900, 1800, 3600]),
    phase=st.integers(0, 3599),
    minutes=st.sampled_from([30, 60, 90, 120, 240]),
    width=st.sampled_from([1, 5, 15, 30]),
)
def test_readings_at_every_step_have_no_gap_wherever_their_steps_begin(
    resolution: int, phase: int, minutes: int, width: int
) -> None:
    window = Window(TUESDAY, TUESDAY + timedelta(minutes=minutes))
    first = TUESDAY - timedelta(hours=2) + timedelta(seconds=phase % resolution)
    stamps = [first + timedelta(seconds=step) for step in range(0, 7 * 3600, resolution)]
    starts, counts = counted(stamps, width * MINUTE)
    assert find_gaps(window, starts, counts, width=width * MINUTE, resolution_s=resolution) == ()


def test_a_window_shorter_than_a_step_expects_nothing() -> None:
    short = Window(TUESDAY, TUESDAY + timedelta(minutes=10))
    nothing = np.zeros(0, np.int64)
    assert expected_in(short, 1800) == 0
    assert find_gaps(short, nothing, nothing, width=MINUTE, resolution_s=1800) == ()


def test_a_day_is_good_with_enough_of_its_readings_and_never_without_any() -> None:
    days = [(10, 10), (9, 10), (8, 10), (0, 10), (0, None), (3, None)]
    row = SeriesCount(
        field="p_kw",
        name="P",
        days=tuple(DayCount(day=date(2025, 11, 1), present=p, expected=e) for p, e in days),
    )
    assert row.good_days(0.9) == 3
