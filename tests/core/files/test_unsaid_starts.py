"""Where values are of intervals and nothing tells whether times mark starts or ends, that is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fairwatt.core.files.profile import How
from tests.core.files.samples import csv, half_hours, inspect

Z = "%Y-%m-%dT%H:%M:%SZ"
PLAIN = "%Y-%m-%d %H:%M:%S"


def asked(
    head: str, start: str, *, count: int = 96, minutes: float = 30, form: str = PLAIN, cell: str = "1.25"
) -> list[tuple[str, float]]:
    found = inspect(csv(head, *half_hours(count, start=start, minutes=minutes, form=form, cells=(cell,))))
    assert found.profile is not None
    return [(q.guess, q.confidence) for q in found.questions if q.id == "stamp"]


@pytest.mark.parametrize(
    ("head", "start", "guesses"),
    [
        ("time,Import (kWh)", "2021-01-04 13:00", [("start", 0.6)]),
        ("time,Demand (kW)", "2021-01-04 13:00", [("start", 0.6)]),
        ("time,Price (£/MWh)", "2021-01-04 13:00", [("start", 0.6)]),  # of a half-hour
        ("time,Import (kWh)", "2021-01-04 13:07", [("start", 0.6)]),  # on no grid
        ("time,Import (kWh)", "2021-01-04 00:30", [("end", 0.85)]),  # until a midnight
        ("time,Temperature (°C)", "2021-01-04 13:00", []),
        ("time,Voltage (V)", "2021-01-04 13:00", []),  # an instant's
        ("time,Voltage (V)", "2021-01-04 00:30", []),
        ("time,Meter reading (kWh)", "2021-01-04 13:00", []),  # a dial's
        ("start time,Import (kWh)", "2021-01-04 13:00", []),
        ("StartTime,Import (kWh)", "2021-01-04 13:00", []),
        ("HHEnd,Import (kWh)", "2021-01-04 13:00", []),
        ("time from logger,Import (kWh)", "2021-01-04 13:00", [("start", 0.6)]),
        ("Time (to nearest minute),Import (kWh)", "2021-01-04 13:00", [("start", 0.6)]),
    ],
)
def test_it_is_asked_of_sums_and_means_that_begin_and_end_within_a_day(
    head: str, start: str, guesses: list[tuple[str, float]]
) -> None:
    assert asked(head, start) == guesses


@pytest.mark.parametrize(
    ("start", "count", "guesses"),
    [
        ("2021-01-04 00:00", 48, [("start", 0.7)]),  # a whole day
        ("2021-01-04 00:00", 96, [("start", 0.75)]),  # whole days, which may be cut out of a file of ends
        ("2021-01-04 00:00", 70, [("start", 0.65)]),  # a first time alone may be anything's
        ("2021-01-04 00:00", 97, [("start", 0.55)]),  # until a midnight
        ("2021-01-04 13:00", 70, [("start", 0.65)]),
        ("2021-01-04 00:30", 48, [("end", 0.8)]),
        ("2021-01-04 00:30", 60, [("end", 0.55)]),
        ("2021-01-04 13:00", 71, [("end", 0.55)]),
    ],
)
def test_one_edge_that_falls_on_a_midnight_is_no_proof(
    start: str, count: int, guesses: list[tuple[str, float]]
) -> None:
    assert asked("time,Import (kWh)", start, count=count) == guesses


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_a_few_rows_show_nothing(count: int) -> None:
    assert asked("time,Import (kWh)", "2021-01-04 10:30", count=count, form=Z) == [("start", 0.6)]


def test_the_first_rows_of_a_days_file_may_be_of_ends() -> None:
    assert asked("data_collection_log_timestamp,Import (kWh)", "2024-02-12 00:30", count=10, form=Z) == [("end", 0.55)]


def test_midnights_of_british_summer_time_are_known_in_utc() -> None:
    assert asked("time,Import (kWh)", "2021-06-04 23:00", form=Z) == [("start", 0.75)]
    assert asked("time,Import (kWh)", "2021-01-04 23:00", form=Z) == [("start", 0.6)]


@pytest.mark.parametrize("offset", ["+00:00", "-05:00", "+0530"])
def test_midnights_are_those_of_the_clock_that_the_times_say(offset: str) -> None:
    form = f"%Y-%m-%dT%H:%M:%S{offset}"
    assert asked("time,Import (kWh)", "2021-01-04 00:00", form=form) == [("start", 0.75)]
    assert asked("time,Import (kWh)", "2021-01-04 00:30", form=form) == [("end", 0.85)]


def test_seconds_of_a_power_are_instants_and_minutes_of_energy_are_not() -> None:
    assert asked("time,Power (W)", "2021-01-04 13:00", minutes=1) == []
    assert asked("time,Energy (Wh)", "2021-01-04 13:00", minutes=1) == [("start", 0.6)]
    assert asked("time,Energy (Wh)", "2021-01-04 13:00", minutes=1 / 12) == []


def test_intervals_of_some_hours_are_asked_about_and_days_are_named_by_their_date() -> None:
    assert asked("time,Import (kWh)", "2021-01-04 02:00", minutes=240, count=30) == [("start", 0.6)]
    assert asked("time,Import (kWh)", "2021-01-04 00:00", minutes=1440, count=30, form="%Y-%m-%d") == []


def test_days_that_are_written_with_a_midnight_may_begin_or_end_with_it() -> None:
    assert asked("time,Import (kWh)", "2021-01-04 00:00", minutes=1440, count=30) == [("start", 0.7)]
    assert asked("start time,Import (kWh)", "2021-01-04 00:00", minutes=1440, count=30) == []
    assert asked("time,Temperature (°C)", "2021-01-04 00:00", minutes=1440, count=30) == []


def test_a_column_of_which_only_a_person_knows_what_it_is_may_be_of_intervals() -> None:
    assert asked("time,value", "2021-01-04 13:00", cell="1.5") == [("start", 0.6)]


def test_what_whole_days_show_is_told_and_can_be_answered_otherwise() -> None:
    found = inspect(csv("time,Import (kWh)", *half_hours(96)))
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (rule.stamp, rule.stamp_how) == ("start", How.GUESSED)
    (question,) = (q for q in found.questions if q.id == "stamp")
    assert question.why == (
        "The first time is midnight, and the last is 30 minutes before it, as of intervals named by their starts. "
        "Days cut out of a longer file of ends look so too."
    )


@pytest.mark.parametrize("minutes", [5, 10, 15, 30, 60])
@pytest.mark.parametrize("days", [1, 2, 31])
@pytest.mark.parametrize("missing", [0, 5], ids=["whole", "with gaps"])
def test_days_of_intervals_are_asked_about_however_they_are_stamped_and_cut(
    minutes: int, days: int, missing: int
) -> None:
    a_day = 24 * 60 // minutes
    count = days * a_day
    guesses = {}
    for made, first in (("starts", 0), ("ends", 1), ("ends cut by their dates", 0)):
        times = half_hours(count + 1, start="2021-01-04 00:00", minutes=minutes)[first : first + count]
        kept = [row for n, row in enumerate(times) if not a_day // 3 <= n < a_day // 3 + missing]
        found = inspect(csv("time,Import (kWh)", *kept))
        assert found.profile is not None
        guesses[made] = [(q.guess, q.confidence) for q in found.questions if q.id == "stamp"]
    starts = [("start", 0.7 if days == 1 else 0.75)]
    ends = [("end", 0.8 if days == 1 else 0.85)]
    assert guesses == {"starts": starts, "ends": ends, "ends cut by their dates": starts}


@pytest.mark.parametrize("head", ["Temperature (°C)", "Voltage (V)", "Frequency (Hz)", "Meter reading (kWh)"])
@pytest.mark.parametrize(("count", "minutes"), [(1_440, 1), (288, 5), (96, 30), (48, 60)])
def test_nothing_is_asked_of_whole_days_of_what_is_read_at_an_instant(head: str, count: int, minutes: float) -> None:
    assert asked(f"time,{head}", "2021-01-04 00:00", count=count, minutes=minutes) == []


def test_nothing_is_asked_of_whole_days_of_power_each_second_or_minute() -> None:
    assert asked("time,Power (W)", "2021-01-04 00:00", count=1_440, minutes=1) == []
    assert asked("time,Power (W)", "2021-01-04 00:00", count=17_280, minutes=1 / 12) == []


def test_numbers_of_periods_are_no_hours_of_the_clock() -> None:
    rows = [f"29/03/2021,{period},{period * 7 % 5}.5" for period in range(2, 13)]
    assert inspect(csv("Date,Period,Import (kWh)", *rows)).kind == "table"  # too few to tell how many a day has


def test_minutes_after_a_point_are_minutes_in_the_first_hour_too() -> None:
    rows = [f"2021-01-21,00.{minute},1.25" for minute in range(10, 60, 5)]
    found = inspect(csv("Date,Time,Import (kWh)", *rows))
    assert found.profile is not None
    assert (found.profile.timestamp.format, found.profile.resolution_s) == ("%Y-%m-%d %H.%M", 300.0)


def times_of(*runs: tuple[str, int, int]) -> list[str]:
    """Times from a first one on, so many, every so many minutes."""
    return [
        row.split(",")[0] for start, count, minutes in runs for row in half_hours(count, start=start, minutes=minutes)
    ]


HALF_AND_HOURS = (("2021-05-01 01:00", 120, 60), ("2021-05-06 00:30", 240, 30))


@pytest.mark.parametrize(
    ("head", "is_asked"),
    [("kWh", True), ("Demand (kW)", True), ("Price (£/MWh)", True), ("Volts", False), ("Meter reading (kWh)", False)],
)
def test_intervals_of_two_lengths_in_one_file_are_asked_about(head: str, is_asked: bool) -> None:
    rows = [f"{time},{1 + n % 7 / 10}" for n, time in enumerate(times_of(*HALF_AND_HOURS))]
    found = inspect(csv(f"Time,{head}", *rows))
    assert found.profile is not None
    assert found.profile.resolution_s is None
    assert [q.id for q in found.questions if q.id == "stamp"] == ["stamp"] * is_asked


def test_meters_with_intervals_of_their_own_length_are_asked_about() -> None:
    rows = [f"{meter},{time},1.5" for meter, run in zip("AB", HALF_AND_HOURS, strict=True) for time in times_of(run)]
    found = inspect(csv("Meter,Time,kWh", *rows))
    assert [q.id for q in found.questions] == ["time_zone", "stamp"]


def test_what_is_written_when_it_changes_has_no_intervals() -> None:
    moments = [datetime(2021, 5, 1, tzinfo=UTC) + timedelta(seconds=n * n * 7919 % 40_000 + n * 60) for n in range(96)]
    rows = [f"{moment:%Y-%m-%d %H:%M:%S},{1 + n % 7 / 10}" for n, moment in enumerate(sorted(moments))]
    assert [q.id for q in inspect(csv("Time,Power (kW)", *rows)).questions] == ["time_zone"]


@pytest.mark.parametrize(
    ("start", "form", "is_asked"),
    [
        ("2021-01-01 09:00", PLAIN, True),  # of the day that begins there, or that ends there
        ("2021-01-01 00:00", "%Y-%m-%d", False),
        ("2021-01-01 05:00", Z, True),  # gas days begin so
        ("2021-06-01 23:00", Z, False),  # British midnights
    ],
)
def test_amounts_of_days_at_an_hour_are_asked_about(start: str, form: str, is_asked: bool) -> None:
    found = asked("Read at,kWh", start, count=30, minutes=1_440, form=form)
    assert found == [("start", 0.6)] * is_asked
