"""How times are written: forms, day order, epochs, zones and stamps of ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.profile import How
from fairwatt.core.files.stamp_columns import find_stamp_column, is_stamp
from fairwatt.core.files.stamps import read_moment
from tests.core.files.samples import csv, half_hours, inspect, profile_of

naive_moments = st.datetimes(datetime(1990, 1, 1), datetime(2068, 1, 1))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"),
        ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M"),
        ("%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M"),
        ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M"),
        ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"),
        ("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M"),
        ("%d %B %Y %I:%M %p", "%d %B %Y %I:%M %p"),
        ("%d/%m/%y %H:%M", "%d/%m/%y %H:%M"),
        ("%Y%m%d %H%M", "%Y%m%d %H%M"),
        ("%Y-%m-%d %H:%M:%S.0000000", "%Y-%m-%d %H:%M:%S.%f"),
        ("%Y-%m-%d %H:%M:%S,123456789", "%Y-%m-%d %H:%M:%S,%f"),
        ("%Y-%m-%dT%H:%M:%S.000Z", "%Y-%m-%dT%H:%M:%S.%f%z"),
        ("%Y-%m-%d %H:%M:%S+01:00", "%Y-%m-%d %H:%M:%S%z"),
    ],
)
def test_the_form_of_times_is_read(form: str, expected: str) -> None:
    rows = half_hours(400, start="2021-04-27 00:00", form=form.replace("+01:00", "+01:00"))
    if "," in form:
        rows = [f'"{row[: row.rindex(",")]}",1' for row in rows]
    assert profile_of(csv("time,power_kw", *rows)).timestamp.format == expected


def test_date_and_time_may_stand_apart() -> None:
    rows = half_hours(100, form="%d/%m/%Y,%H:%M:%S")
    rule = profile_of(csv("Date,Time,kW", *rows)).timestamp
    assert (rule.columns, rule.format) == ((0, 1), "%d/%m/%Y %H:%M:%S")


def test_the_day_order_is_decided_by_any_value_beyond_twelve() -> None:
    rows = half_hours(700, form="%m/%d/%Y %H:%M")
    rule = profile_of(csv("time,kW", *rows)).timestamp
    assert (rule.format, rule.day_first) == ("%m/%d/%Y %H:%M", False)


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"])
def test_the_day_order_is_decided_by_even_steps_where_all_values_fit_both(form: str) -> None:
    rows = half_hours(48 * 11, start="2021-02-01 00:00", form=form)
    found = inspect(csv("time,Voltage (V)", *rows))
    assert found.profile is not None
    assert (found.profile.timestamp.format, found.profile.timestamp.day_first) == (form, form.startswith("%d"))
    assert [q.id for q in found.questions] == ["time_zone"]


def test_the_day_order_is_asked_where_both_fit() -> None:
    found = inspect(csv("time,kW", *half_hours(48, start="2021-02-01 00:00", form="%d/%m/%Y %H:%M")))
    question = next(q for q in found.questions if q.id == "day_first")
    assert (question.guess, question.choices) == ("true", (("true", "The day"), ("false", "The month")))
    assert question.text == "In dates such as 01/02/2021 00:00, which comes first?"
    assert question.why == "In Britain the day comes first; these times would also fit the other way."


@pytest.mark.parametrize(("factor", "form"), [(1, "epoch_s"), (1_000, "epoch_ms"), (1_000_000, "epoch_us")])
def test_epochs_are_read_as_utc(factor: int, form: str) -> None:
    start = int(datetime(2021, 1, 4, tzinfo=UTC).timestamp())
    rows = [f"{(start + i * 60) * factor},{i % 7}.5" for i in range(300)]
    found = inspect(csv("ts,power_kw", *rows))
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (rule.format, rule.time_zone, rule.time_zone_how) == (form, "UTC", How.READ)
    assert (found.profile.resolution_s, found.questions) == (60.0, ())


def test_epochs_without_a_header_are_read() -> None:
    rows = [f"{1_609_718_400 + i * 10},{230 + i % 5}" for i in range(300)]
    profile = profile_of(csv(*rows))
    assert (profile.dialect.header_lines, profile.timestamp.format) == (0, "epoch_s")


def test_meter_point_numbers_are_no_times() -> None:
    rows = ["1012345678903," + row for row in half_hours(100)]
    found = inspect(csv("MPAN,time,kWh", *rows))
    assert found.profile is not None
    assert (found.profile.timestamp.columns, found.profile.series_column) == ((1,), 0)
    only_numbers = inspect(csv("MPAN,kWh", *["1012345678903,1.5"] * 50))
    assert only_numbers.kind == "table"


@pytest.mark.parametrize("zone", ["Z", "+00:00", "+0100", " UTC"])
def test_a_zone_in_the_times_is_not_asked(zone: str) -> None:
    found = inspect(csv("time,volts", *half_hours(100, form=f"%Y-%m-%d %H:%M:%S{zone}", cells=("240.1",))))
    assert found.profile is not None
    assert (found.profile.timestamp.time_zone, found.questions) == ("UTC", ())


def test_a_zone_in_the_column_name_is_not_asked() -> None:
    found = inspect(csv("time_utc,volts", *half_hours(96, cells=("240.1",))))
    assert found.profile is not None
    assert (found.profile.timestamp.time_zone, found.questions) == ("UTC", ())


def test_a_repeated_autumn_hour_is_british_time_and_is_not_asked() -> None:
    rows = half_hours(4, start="2021-10-31 00:00") + half_hours(46, start="2021-10-31 01:00")
    found = inspect(csv("time,Voltage (V)", *half_hours(144, start="2021-10-28 00:00"), *rows))
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (rule.time_zone, rule.time_zone_how, rule.time_zone_confidence) == ("Europe/London", How.INFERRED, 0.97)
    assert rule.time_zone_why == "The hour that British clocks repeat on 2021-10-31 is there twice."
    assert found.questions == ()


def test_a_single_autumn_hour_speaks_for_a_clock_that_does_not_change() -> None:
    (question,) = inspect(csv("time,Voltage (V)", *half_hours(288, start="2021-10-29 00:00"))).questions
    assert (question.id, question.guess) == ("time_zone", "UTC")
    assert question.why == (
        "The hour that British clocks repeat on 2021-10-31 is there only once. So the clock does not change; it may be "
        "another fixed one than UTC."
    )


def test_a_change_deep_in_a_file_is_looked_for() -> None:
    rows = half_hours(29_952, start="2021-04-01 00:00", minutes=15)
    (question,) = inspect(csv("time,Voltage (V)", *rows)).questions
    assert (question.guess, question.confidence) == ("UTC", 0.85)


def test_a_day_that_ends_at_midnight_is_asked_about() -> None:
    found = inspect(csv("time,kWh", *half_hours(48, start="2021-01-04 00:30")))
    question = next(q for q in found.questions if q.id == "stamp")
    assert (question.guess, question.confidence) == ("end", 0.8)
    assert question.why == "The first time is 30 minutes after midnight and the last is midnight."


def test_a_name_that_says_end_is_believed() -> None:
    assert profile_of(csv("period ending,kWh", *half_hours(48, start="2021-01-04 00:30"))).timestamp.stamp == "end"


@pytest.mark.parametrize(
    ("line", "stamp", "is_asked"),
    [
        ("All readings are for the half hour ending at the time shown", "end", False),
        ("Timestamps mark the end of each half-hour", "end", False),
        ("Values are half-hourly means; period ending", "end", False),
        ("Times are interval start", "start", False),
        ("Period end: 31/12/2021", "start", True),
        ("End of file", "start", True),
    ],
)
def test_a_line_above_the_table_may_say_what_its_times_mark(line: str, stamp: str, is_asked: bool) -> None:
    found = inspect(csv("Meter A12", line, "time,kWh", *half_hours(48)))
    assert found.profile is not None
    assert (found.profile.timestamp.stamp, "stamp" in {q.id for q in found.questions}) == (stamp, is_asked)


def test_a_line_that_the_times_contradict_is_asked_about() -> None:
    found = inspect(csv("Times are interval start", "time,kWh", *half_hours(48, start="2021-01-04 00:30")))
    question = next(q for q in found.questions if q.id == "stamp")
    assert (question.guess, question.confidence) == ("start", 0.6)


@pytest.mark.parametrize(
    ("form", "known"),
    [
        ("%H:%M %d/%m/%Y", "%d/%m/%Y %H:%M"),
        ("%H:%M:%S %d-%b-%Y", "%d-%b-%Y %H:%M:%S"),
        ("%Y-%m-%d-%H.%M.%S", "%Y-%m-%d %H:%M:%S"),
    ],
)
def test_the_clock_may_stand_before_the_date_and_databases_join_them_by_a_dash(form: str, known: str) -> None:
    assert profile_of(csv("time,kWh", *half_hours(96, start="2021-01-14 00:00", form=form))).timestamp.format == known


def test_the_readings_own_times_are_taken_and_not_when_they_were_inserted() -> None:
    rows = [f"2024-02-14 00:07:06,{row}" for row in half_hours(50)]
    assert profile_of(csv("insert_time,timestamp,kW", *rows)).timestamp.columns == (1,)


@given(naive_moments, st.integers(1, 9), st.sampled_from(["ymd", "mon", "dmy"]))
def test_a_time_written_is_the_one_read(moment: datetime, digits: int, kind: str) -> None:
    moment = moment.replace(microsecond=0) + timedelta(microseconds=moment.microsecond)
    form = {"ymd": "%Y-%m-%d %H:%M:%S", "mon": "%d-%b-%Y %H:%M:%S", "dmy": "%d/%m/%Y %H:%M:%S"}[kind]
    fraction = f"{moment.microsecond:06d}000"[:digits]
    column = find_stamp_column([f"{moment.strftime(form)}.{fraction}"])
    assert column is not None
    kept = int(f"{fraction[:6]:0<6}")
    expected = (moment.replace(microsecond=kept) - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert column.stamps(day_first=True).tolist() == [expected]


@given(st.text(max_size=50))
def test_any_text_may_be_asked_for_its_time(text: str) -> None:
    is_stamp(text)
    read_moment(text)


@pytest.mark.parametrize(
    "text", ["31/31/2013", "2013-13-01", "25:00", "12:60", "13.05/13.1", "1234567890123", "SU 60592", "0-1", ""]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert not is_stamp(text)


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        ("Year,Day,Hour (UTC),kW", [f"2024,25,{hour},{hour * 7 % 11}" for hour in range(24)]),
        ("Year,Billing month,Day,kWh", [f"2024,March,{day},{day * 7 % 11}" for day in range(1, 32)]),
        ("Year,Week,Day,kWh", [f"2024,5,{day},{day * 7 % 11}" for day in range(1, 8)]),
    ],
)
def test_a_day_of_no_known_month_is_no_day_of_the_year(head: str, rows: list[str]) -> None:
    assert inspect(csv(head, *rows)).profile is None


def test_a_days_hours_in_universal_time_are_hours() -> None:
    rows = [f"2024,1,{day},{hour},{hour * 7 % 11}" for day in (25, 26) for hour in range(24)]
    profile = profile_of(csv("Year,Month,Day,Hour (UTC),kW", *rows))
    assert (profile.timestamp.format, profile.resolution_s) == ("%Y %m %d %H", 3_600.0)


def test_hours_with_halves_behind_a_point_are_no_minutes() -> None:
    rows = [f"{day}/11/2024,{n // 2:02}.{n % 2 * 5}0,{n * 7 % 11}" for day in (14, 15, 16) for n in range(48)]
    profile = profile_of(csv("Date,Hour,kWh", *rows))
    assert (profile.timestamp.format, profile.resolution_s) == ("%d/%m/%Y day_hours", 1_800.0)


def test_a_row_of_totals_leads_to_no_question() -> None:
    rows = half_hours(96, form="%d/%m/%Y %H:%M")
    found = inspect(csv("start time,kWh", *rows[:45], "Total,999", *rows[45:], "Grand total,9999"))
    assert [question.id for question in found.questions] == ["time_zone"]


def test_an_end_that_is_the_last_second_of_its_interval_makes_whole_steps() -> None:
    starts = [datetime(2023, 1, 14) + timedelta(minutes=30 * n) for n in range(96)]
    rows = [f"{start},{start + timedelta(seconds=1_799)},{n % 7}.5" for n, start in enumerate(starts)]
    profile = profile_of(csv("Start,End,Energy (kWh)", *rows))
    assert (profile.resolution_s, [channel.name for channel in profile.channels]) == (1_800.0, ["Energy (kWh)"])


def test_milliseconds_after_a_blank_are_part_of_the_time() -> None:
    times = [f"{time} {n % 1000:03}msec" for n, time in enumerate(row.split(",")[0] for row in half_hours(60))]
    found = find_stamp_column(times)
    assert found is not None
    assert found.form == "%Y-%m-%d %H:%M:%S.%f"


@pytest.mark.parametrize("high", [15_000, 3])
def test_a_days_reading_beside_a_nights_is_no_time_of_day(high: int) -> None:
    rows = [f"{row.split(',')[0]},{high + n * 9 % 20},{high + n * 4}" for n, row in
            enumerate(half_hours(30, start="2021-01-01 00:00", minutes=1_440, form="%d/%m/%Y"))]  # fmt: skip
    profile = profile_of(csv("Date,Day,Night", *rows))
    assert (profile.timestamp.columns, profile.timestamp.format) == ((0,), "%d/%m/%Y")
    assert [(c.name, c.unit_said) for c in profile.channels] == [("Day", ""), ("Night", "")]
