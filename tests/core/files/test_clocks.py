"""Which clock a file's times follow, which end of an interval they mark, and how long it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import apply_answers
from fairwatt.core.files.asking import changes_readings
from fairwatt.core.files.extents import future_finding
from fairwatt.core.files.said_zones import zone_said
from tests.core.files.samples import csv, half_hours, inspect, profile_of

AUTUMN = datetime(2021, 10, 31, 1, tzinfo=UTC)


def around_autumn(zone: str, form: str = "%Y-%m-%d %H:%M") -> list[str]:
    moments = [AUTUMN + number * timedelta(minutes=30) for number in range(-100, 100)]
    return [f"{moment.astimezone(ZoneInfo(zone)).strftime(form)},1.5" for moment in moments]


@pytest.mark.parametrize(
    ("name", "zone", "kind"),
    [
        ("Time (UTC)", "UTC", "utc"),
        ("timestamp_utc", "UTC", "utc"),
        ("DateTimeGMT", "UTC", "gmt"),
        ("GMT/BST time", "Europe/London", "local"),
        ("Local time", "Europe/London", "local"),
        ("UK date time", "Europe/London", "local"),
        ("Reading time BST", "Europe/London", "summer"),
        ("Time UTC+01:00", "Etc/GMT-1", "offset"),
        ("GMT+0", "UTC", "gmt"),
        ("Time zone (UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London", "local"),
        ("(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", "Europe/London", "local"),
        ("Time zone GMT Standard Time", "Europe/London", "local"),
        ("(UTC+00:00) Monrovia, Reykjavik", "UTC", "utc"),
        ("(UTC) Coordinated Universal Time", "UTC", "utc"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome", "Europe/Paris", "local"),
        ("W. Europe Standard Time", "Europe/Paris", "local"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "Europe/London", "places"),
        ("Time, GMT (London)", "Europe/London", "places"),
        ("UTC, Greater London", "UTC", "utc"),
        ("Time (London)", "Europe/London", "local"),
        ("Timestamp [UK]", "Europe/London", "local"),
        ("TZ=GB", "Europe/London", "local"),
        ("Time zone: UK", "Europe/London", "local"),
        ("GMTtime", "UTC", "gmt"),
        ("timeutc", "UTC", "utc"),
        ("Time Zone: +0100", "Etc/GMT-1", "stated"),
        ("UTC offset: +00:00", "UTC", "stated"),
        ("Data not adjusted for BST", "UTC", "unchanged"),
        ("Daylight saving: No", "UTC", "unchanged"),
        ("DST enabled", "Europe/London", "local"),
        ("Clock time", "Europe/London", "clock"),
    ],
)
def test_a_name_says_the_zone(name: str, zone: str, kind: str) -> None:
    said = zone_said(name)
    assert said is not None
    assert (said.zone, said.kind) == (zone, kind)


@pytest.mark.parametrize(
    "name",
    ["Time", "Settlement date", "Locality", "Butcher", "Date of start", "Logger clock", "Time format: UK"],
)
def test_a_name_without_a_zone_says_none(name: str) -> None:
    assert zone_said(name) is None


@pytest.mark.parametrize(
    ("head", "written_in", "guess", "asked"),
    [
        ("time_utc", "UTC", "UTC", False),
        ("time_utc", "Europe/London", "Europe/London", True),
        ("GMT", "Europe/London", "Europe/London", True),
        ("local time", "Europe/London", "Europe/London", False),
        ("local time", "UTC", "UTC", True),
        ("time", "Europe/London", "Europe/London", False),
        ("time", "UTC", "UTC", True),
        ("time", "Europe/Paris", "Europe/Paris", True),
        ("time (BST)", "Etc/GMT-1", "UTC", True),
    ],
)
def test_names_are_believed_unless_the_times_say_otherwise(head: str, written_in: str, guess: str, asked: bool) -> None:
    found = inspect(csv(f"{head},V", *around_autumn(written_in)))
    assert found.profile is not None
    questions = [q for q in found.questions if q.id == "time_zone"]
    assert bool(questions) == asked
    assert (questions[0].guess if asked else found.profile.timestamp.time_zone) == guess
    assert all(q.guess in dict(q.choices) for q in questions)


def test_a_spring_hour_missing_among_other_gaps_is_asked_about() -> None:
    rows = half_hours(98, start="2021-03-26 00:00") + half_hours(96, start="2021-03-28 02:00")
    found = inspect(csv("time,V", *rows[:20], *rows[21:]))
    assert [(q.id, q.guess, q.confidence) for q in found.questions] == [("time_zone", "Europe/London", 0.9)]


def around_spring(zone: str, form: str = "%Y-%m-%d %H:%M") -> list[str]:
    spring = datetime(2021, 3, 28, 1, tzinfo=UTC)
    moments = [spring + number * timedelta(minutes=30) for number in range(-98, 100)]
    return [f"{moment.astimezone(ZoneInfo(zone)).strftime(form)},1.5" for moment in moments]


def test_a_spring_hour_missing_alone_is_asked_about() -> None:
    found = inspect(csv("time,V", *around_spring("Europe/London")))
    assert found.profile is not None
    assert found.profile.timestamp.time_zone is None
    assert [(q.id, q.guess, q.confidence) for q in found.questions] == [("time_zone", "Europe/London", 0.9)]
    assert found.questions[0].why == "The hour that British clocks skip on 2021-03-28 is not there."


@pytest.mark.parametrize("head", ["GMT", "time (UTC)"])
def test_a_clock_named_over_a_missing_spring_hour_is_asked_about(head: str) -> None:
    (question,) = inspect(csv(f"{head},V", *around_spring("Europe/London"))).questions
    assert (question.id, question.guess, question.confidence) == ("time_zone", "Europe/London", 0.6)
    assert question.why.endswith("but: the hour that British clocks skip on 2021-03-28 is not there.")


@pytest.mark.parametrize("around", [around_autumn, around_spring])
@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M GMT", "%d %b %Y %H:%MGMT"])
def test_gmt_behind_times_that_change_as_british_clocks_do_is_asked_about(
    around: Callable[[str, str], list[str]], form: str
) -> None:
    found = inspect(csv("time,V", *around("Europe/London", form)))
    assert found.profile is not None
    assert (found.profile.timestamp.time_zone, found.profile.timestamp.format) == (None, form)
    (question,) = found.questions
    assert (question.id, question.guess, question.confidence) == ("time_zone", "Europe/London", 0.6)
    assert question.why.startswith("The times say GMT, but: the hour that British clocks ")
    assert "UTC" in dict(question.choices)


@pytest.mark.parametrize("around", [around_autumn, around_spring])
def test_gmt_behind_times_that_never_change_is_believed(around: Callable[[str, str], list[str]]) -> None:
    profile = profile_of(csv("time,V", *around("UTC", "%d/%m/%Y %H:%M GMT")))
    assert (profile.timestamp.time_zone, profile.timestamp.format) == ("UTC", "%d/%m/%Y %H:%M %Z")


@pytest.mark.parametrize("cell", ["UTC", "(UTC)", "[utc]"])
def test_a_row_of_units_says_the_zone(cell: str) -> None:
    found = inspect(csv("start time,import", f"{cell},kWh", *half_hours(96, start="2021-06-04 00:00")))
    assert found.profile is not None
    assert (found.profile.timestamp.time_zone, found.questions) == ("UTC", ())
    assert found.profile.channels[0].unit == "kwh"


@pytest.mark.parametrize(
    ("line", "guess"),
    [
        ("All times are GMT", "UTC"),
        ("Time zone: UTC", "UTC"),
        ("All times BST", "Europe/London"),
        ("Times are local", "Europe/London"),
        ("Timezone,Europe/London", "Europe/London"),
    ],
)
@pytest.mark.parametrize("is_below", [False, True])
def test_a_line_beside_the_table_says_the_zone(line: str, guess: str, *, is_below: bool) -> None:
    rows = ["start time,V,kW", *half_hours(96, start="2021-06-04 00:00", cells=("1.5", "3.0"))]
    found = inspect(csv(*rows, line) if is_below else csv("Mill Lane", line, *rows))
    assert found.profile is not None
    assert found.questions == ()
    assert found.profile.timestamp.time_zone == guess
    assert found.profile.timestamp.time_zone_why == f"A line beside the table says: {line.replace(',', ' ')}."


@pytest.mark.parametrize(
    ("line", "guess", "reason"),
    [
        ("Logger clock: GMT throughout the year", "UTC", ""),
        ("Amseroedd: GMT", "UTC", ""),
        ("Time zone: UK", "Europe/London", ""),
        ("Daylight saving: No", "UTC", "A clock without summer time is mostly GMT, but may be another one."),
        ("Data not adjusted for BST", "UTC", "A clock without summer time is mostly GMT, but may be another one."),
        ("UTC offset: +01:00", "Etc/GMT-1", "It may be the offset of the day on which that was written."),
        ("Start time: 04/06/2021 00:00 GMT", "UTC", "That is said of a single time, and perhaps not of the others."),
        ("Downloaded on 30 June 2021 11:15 BST", "Europe/London", "the sampled times don't show it."),
    ],
)
def test_a_line_that_leaves_the_zone_open_is_the_reason_of_a_guess(line: str, guess: str, reason: str) -> None:
    rows = half_hours(96, start="2021-06-04 00:00", cells=("1.5", "3.0"))
    found = inspect(csv("Mill Lane", line, "start time,V,kW", *rows))
    asked = [question for question in found.questions if question.id == "time_zone"]
    assert found.profile is not None
    assert bool(asked) == bool(reason)
    assert (asked[0].guess if asked else found.profile.timestamp.time_zone) == guess
    assert all(question.why.endswith(reason) for question in asked)


def test_clock_time_over_a_column_is_asked_about_unless_the_times_show_it() -> None:
    (question,) = inspect(csv("Clock time,V", *half_hours(96, start="2021-06-04 00:00"))).questions
    assert (question.id, question.guess, question.confidence) == ("time_zone", "Europe/London", 0.7)
    assert inspect(csv("Clock time,V", *around_autumn("Europe/London"))).questions == ()
    (question,) = inspect(csv("Clock time,V", *around_autumn("UTC"))).questions
    assert question.guess == "UTC"


@pytest.mark.parametrize(
    ("zones", "zone"),
    [(("Europe/London",), "Europe/London"), (("UTC",), "UTC"), (("GMT", "BST"), "Europe/London"), (("+01:00",), None)],
)
def test_a_column_of_zones_says_the_zone(zones: tuple[str, ...], zone: str | None) -> None:
    rows = [f"{row},{zones[n % len(zones)]}" for n, row in enumerate(half_hours(96, start="2021-06-04 00:00"))]
    assert profile_of(csv("time,V,timezone", *rows)).timestamp.time_zone == zone


@pytest.mark.parametrize(
    ("offsets", "guess"),
    [
        (("+01:00",), "Etc/GMT-1"),
        (("+0000",), "UTC"),
        (("+00:00", "+01:00"), "Europe/London"),
        (("+01:00", "+02:00"), "Europe/London"),
        (("+05:30",), "Europe/London"),
        (("0",), "UTC"),
        (("60",), "Etc/GMT-1"),
        (("0", "3600"), "Europe/London"),
    ],
)
def test_a_column_of_offsets_speaks_for_a_zone(offsets: tuple[str, ...], guess: str) -> None:
    rows = [f"{time},{offsets[n * len(offsets) // 60]}" for n, time in enumerate(half_hours(60))]
    found = inspect(csv("time,kW,UTC offset", *rows))
    (question,) = (each for each in found.questions if each.id == "time_zone")
    assert question.guess == guess
    assert ("‘UTC offset’ is" in question.why) == (guess != "Europe/London" or bool({"+00:00", "0"} & set(offsets)))


def test_central_european_time_may_be_that_of_the_whole_year() -> None:
    found = inspect(csv("Time [CET],kW", *half_hours(60)))
    (question,) = (each for each in found.questions if each.id == "time_zone")
    assert (question.guess, "Etc/GMT-1" in dict(question.choices)) == ("Europe/Paris", True)
    assert "for the whole year" in question.why


def test_of_a_line_on_several_columns_what_it_says_of_the_times_counts() -> None:
    line = "# Units: time in UTC, local_time in Europe/London, electricity in kW"
    rows = half_hours(60, start="2021-06-04 00:00", cells=("2021-06-04 01:00", "1.5"))
    assert profile_of(csv(line, "time,local_time,electricity", *rows)).timestamp.time_zone == "UTC"
    (question, *_) = inspect(csv(line, "stamp,local_time,electricity", *rows)).questions
    assert question.why.endswith("They do not agree.")


@pytest.mark.parametrize(
    ("lines", "head"),
    [
        (("All times are GMT", "Times are local time"), "start time"),
        (("All times are local time",), "start time (UTC)"),
        (("Timestamps: UTC+1",), "start time (UTC)"),
    ],
)
def test_names_and_lines_that_contradict_each_other_are_asked_about(lines: tuple[str, ...], head: str) -> None:
    rows = half_hours(96, start="2021-06-04 00:00", cells=("1.5", "3.0"))
    (question,) = inspect(csv("Mill Lane", *lines, f"{head},V,kW", *rows)).questions
    assert (question.id, question.confidence) == ("time_zone", 0.5)
    assert question.why.endswith("They do not agree.")
    assert len(question.choices) > 1


def test_times_that_change_are_believed_rather_than_a_line_above_them() -> None:
    data = csv("Mill Lane", "All times are GMT", "time,V", *around_spring("Europe/London"))
    (question,) = inspect(data).questions
    assert (question.guess, question.confidence) == ("Europe/London", 0.6)
    assert question.why == (
        "A line beside the table says: All times are GMT, but: the hour that British clocks skip on 2021-03-28 "
        "is not there."
    )


def test_readings_on_change_show_the_autumn_hour_too() -> None:
    moments = [AUTUMN + timedelta(seconds=41 * number + number * number % 37) for number in range(-600, 600)]
    rows = [f"{moment.astimezone(ZoneInfo('Europe/London')):%Y-%m-%d %H:%M:%S},1.5" for moment in moments]
    profile = profile_of(csv("time,kW", *rows))
    assert (profile.timestamp.time_zone, profile.resolution_s) == ("Europe/London", None)
    assert profile.resolution_why.startswith("The times follow each other at no usual step")


def test_a_row_twice_is_no_autumn_hour() -> None:
    rows = [row for row in around_autumn("UTC") for _ in range(2)]
    found = inspect(csv("time,V", *rows))
    assert [q.id for q in found.questions] == ["time_zone"]


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%Y-%m", "%b %Y", "%b-%y"])
def test_months_have_no_fixed_step(form: str) -> None:
    rows = [f"{datetime(2019 + i // 12, i % 12 + 1, 1):{form}},{i}.5" for i in range(30)]
    profile = profile_of(csv("Month,kWh", *rows))
    assert (profile.resolution_s, profile.calendar_months) == (None, 1)
    assert profile.resolution_why == "There is a reading each month, and those are not equally long."


def test_a_column_of_ends_gives_the_interval() -> None:
    rows = [
        f"{a.split(',')[0]},{b}" for a, b in zip(half_hours(60), half_hours(60, start="2021-01-04 00:30"), strict=True)
    ]
    profile = profile_of(csv("from,to,kWh", *rows))
    rule = profile.timestamp
    assert (rule.columns, rule.stamp, profile.resolution_s) == ((0,), "start", 1800.0)
    assert rule.stamp_why == "Another column holds the intervals' ends."


@pytest.mark.parametrize("night", ["2023-10-29", "2024-03-31"])
def test_a_column_of_ends_is_known_where_clocks_change_within_an_interval(night: str) -> None:
    begin = datetime.fromisoformat(night) - timedelta(days=1)
    london = ZoneInfo("Europe/London")
    starts = [(begin.replace(tzinfo=london).astimezone(UTC) + timedelta(minutes=30 * n)) for n in range(144)]
    ends = [(t + timedelta(minutes=30)).astimezone(london).strftime("%Y-%m-%d %H:%M") for t in starts]
    rows = [f"{t.astimezone(london):%Y-%m-%d %H:%M},{end},1.5" for t, end in zip(starts, ends, strict=True)]
    profile = profile_of(csv("Start,End,kWh", *rows))
    assert ([c.name for c in profile.channels], profile.timestamp.columns) == (["kWh"], (0,))


@pytest.mark.parametrize("cell", ["²²²²²²²²²²", "١٦٣٠٠٠٠٠٠٠", "1_600_000_00", "9" * 400, "-1600000000"])
def test_odd_digits_are_no_time_and_no_crash(cell: str) -> None:
    assert inspect(csv("timestamp,kWh", *[f"{cell},1"] * 30)).kind == "table"


@pytest.mark.parametrize(
    "values",
    [
        [f"{44197 + i * 0.37:.2f}" for i in range(60)],
        [str(44197 + i) for i in range(60)],
        [f"{44000 + (i * 7919) % 900}" for i in range(60)],
    ],
)
def test_values_of_the_size_of_serial_days_are_no_times(values: list[str]) -> None:
    assert inspect(csv("meter reading,power", *[f"{value},1.5" for value in values])).kind == "table"


def test_the_order_of_dates_is_told_by_weekdays_names_and_other_dates() -> None:
    ambiguous = half_hours(40, start="2021-02-01 00:00", form="%m/%d/%Y %H:%M")
    told = [
        csv("time,V", *half_hours(40, start="2021-02-01 00:00", form="%a %m/%d/%Y %H:%M")),
        csv("time (mm/dd/yyyy),kWh", *ambiguous),
        csv("time,V,inspected", *[f"{row},12/31/2020" for row in ambiguous]),
    ]
    assert [profile_of(data).timestamp.day_first for data in told] == [False, False, False]
    assert all("day_first" not in {q.id for q in inspect(data).questions} for data in told)


@pytest.mark.parametrize(("name", "guess"), [("kwh_2021-02.csv", "true"), ("kwh_2021-01.csv", "false")])
def test_the_month_in_a_files_name_is_a_reason_for_the_guess(name: str, guess: str) -> None:
    data = csv("time,V", *half_hours(40, start="2021-02-01 00:00", form="%d/%m/%Y %H:%M"))
    (question,) = [q for q in inspect(data, name).questions if q.id == "day_first"]
    assert (question.guess, question.confidence) == (guess, 0.75)
    assert "which the file's name has" in question.why


@pytest.mark.parametrize("mark", ["-", "/", "."])
@pytest.mark.parametrize(
    ("day", "guess"), [("26 10 21", "true"), ("12 10 11", "true"), ("26 03 04", "year")], ids=["day", "any", "year"]
)
def test_the_first_number_of_a_single_day_may_be_its_year(day: str, guess: str, mark: str) -> None:
    """Inverters and loggers of Asia write 26/10/21 on 21 October 2026."""
    rows = half_hours(48, form=f"{day.replace(' ', mark)} %H:%M")
    found = inspect(csv("Time (UTC),kWh", *rows))
    (question,) = [question for question in found.questions if question.id == "day_first"]
    assert (question.guess, [value for value, _ in question.choices]) == (guess, ["true", "false", "year"])
    assert found.profile is not None
    forms = {
        answer: apply_answers(found.profile, {"day_first": answer}, found.questions).timestamp.format
        for answer in ("true", "year")
    }
    assert forms == {"true": f"%d{mark}%m{mark}%y %H:%M", "year": f"%y{mark}%m{mark}%d %H:%M"}


def test_days_that_follow_each_other_settle_where_the_year_stands() -> None:
    ids = {
        q.id
        for q in inspect(csv("Time (UTC),kWh", *half_hours(96, start="2021-10-26", form="%d/%m/%y %H:%M"))).questions
    }
    assert ids == {"stamp"}
    ids = {q.id for q in inspect(csv("Time (dd/mm/yy UTC),kWh", *half_hours(48, form="26/10/21 %H:%M"))).questions}
    assert ids == {"stamp"}


def test_dates_that_fit_neither_order_throughout_are_asked_about() -> None:
    rows = half_hours(48 * 25, start="2021-02-01 00:00", form="%d/%m/%Y %H:%M")
    turned = [*rows[:-5], *half_hours(5, start="2021-02-25 22:00", form="%m/%d/%Y %H:%M")]
    (question,) = [q for q in inspect(csv("time,V", *turned)).questions if q.id == "day_first"]
    assert (question.guess, question.confidence) == ("true", 0.3)
    assert "a spreadsheet may have turned some" in question.why


def test_days_and_months_that_could_be_each_other_are_asked_about() -> None:
    rows = [f"{day:02}/02/2021,{day}.5" for day in range(1, 13)]
    assert "day_first" in {q.id for q in inspect(csv("date,kWh", *rows)).questions}


def test_only_times_beyond_all_clocks_of_the_world_lie_in_the_future() -> None:
    now = datetime(2021, 3, 1, tzinfo=UTC)
    assert future_finding(now + timedelta(hours=13), at=now) is None
    found = future_finding(now + timedelta(days=30), at=now)
    assert found is not None
    assert (found.code, found.where) == ("future-stamps", ("2021-03-31 00:00 UTC",))


def times_of_day(count: int, start: str = "2021-01-04 22:30", cells: str = "1.5") -> list[str]:
    return half_hours(count, start=start, form="%H:%M", cells=(cells,))


def test_times_of_day_without_a_date_are_readings_whose_date_is_asked() -> None:
    found = inspect(csv("time,kW", *times_of_day(100)))
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (found.kind, rule.format, rule.first_date, found.profile.resolution_s) == ("readings", "%H:%M", None, 1800)
    assert next((q.id, q.guess, q.choices) for q in found.questions if q.id != "stamp") == ("date", "", ())
    assert changes_readings("date")
    answered = apply_answers(found.profile, {"date": "2020-09-01"}, found.questions)
    assert answered.timestamp.first_date == date(2020, 9, 1)


@pytest.mark.parametrize(
    ("name", "above", "guess"),
    [
        ("kW 2020-09-01.csv", (), "2020-09-01"),
        ("kW_20200901.csv", (), "2020-09-01"),
        ("kW 01-09-2020.csv", (), "2020-09-01"),
        ("kW.csv", ("Site: Mill Lane", "Date: 01/09/2020"), "2020-09-01"),
        ("kW 45012020.csv", (), ""),
    ],
)
def test_the_date_is_guessed_by_the_files_name_or_what_stands_above(
    name: str, above: tuple[str, ...], guess: str
) -> None:
    found = inspect(csv(*above, "time,kW", *times_of_day(100)), name)
    assert next(q.guess for q in found.questions if q.id == "date") == guess


@pytest.mark.parametrize("answer", ["", "yesterday", "2020-13-01", "1020-09-01", "20200901"])
def test_an_answer_that_is_no_date_is_refused(answer: str) -> None:
    profile = profile_of(csv("time,kW", *times_of_day(100)))
    with pytest.raises(InvalidInput, match="is no date"):
        apply_answers(profile, {"date": answer})


@pytest.mark.parametrize(
    "lines",
    [
        ["time,WinterWkd,WinterWknd", *[f"{row},2" for row in times_of_day(48)]],
        ["time,meter,kW", *times_of_day(48, cells="A1,2"), *times_of_day(48, cells="B7,3")],
        ["opens,kW", "09:00,1", "07:15,3", "08:50,2", "10:25,2", "06:35,5", "09:00,2"],
    ],
)
def test_times_of_day_that_are_no_one_run_of_readings_are_a_table(lines: list[str]) -> None:
    found = inspect(csv(*lines))
    assert (found.kind, found.findings[-1].code) == ("table", "times-of-day-only")


@pytest.mark.parametrize(
    ("zone", "offset", "short", "expected"),
    [
        ("Europe/London", "3600", "BST", "Europe/London"),
        ("GMT", "0", "GMT", "UTC"),
        ("Europe/Berlin", "7200", "CEST", "Europe/Berlin"),
    ],
)
def test_a_zone_under_its_heading_above_the_table_is_read(zone: str, offset: str, short: str, expected: str) -> None:
    head = "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation"
    rows = [f"2021-06-{14 + n // 24}T{n % 24:02}:00,{10 + n % 7}" for n in range(96)]

    profile = profile_of(csv(head, f"51.75,-1.26,80.0,{offset},{zone},{short}", "", "time,temperature_2m (°C)", *rows))

    assert (profile.timestamp.time_zone, profile.timestamp.time_zone_why) == (
        expected,
        f"A line beside the table says: time zone {zone}.",
    )
