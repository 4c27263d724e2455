"""Ways of writing times that few programs have: read back, they are the truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.lake.reading_back import simple

LONDON = ZoneInfo("Europe/London")
AUTUMN = [datetime(2021, 10, 29, tzinfo=UTC) + number * timedelta(minutes=30) for number in range(200)]
SUMMER = [datetime(2021, 6, 11, tzinfo=UTC) + number * timedelta(minutes=30) for number in range(200)]


@pytest.mark.parametrize(
    ("first", "second"),
    [("", "*"), ("", " *"), ("", " (2)"), (" (1)", " (2)"), ("A", "B"), (" A", " B"), ("", " (repeat)")],
)
def test_marks_of_the_repeated_hour_are_no_part_of_the_time(first: str, second: str) -> None:
    rows = []
    for number, start in enumerate(AUTUMN):
        local = start.astimezone(LONDON)
        is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        mark = (second if local.fold else first) if is_twice else ""
        rows.append(f"{local:%d/%m/%Y %H:%M}{mark},{number}")
    result, starts = simple(rows, "Time,kWh", {"stamp": "start"})
    assert starts == AUTUMN
    assert [finding.code for finding in result.findings] == ["repeated-local-times"]


@pytest.mark.parametrize("form", ["%d%m%Y,%H:%M", "%d%m%Y,%H%M", "%m%d%Y,%H:%M:%S", "%d%m%Y %H:%M"])
def test_days_of_eight_digits_may_end_with_the_year(form: str) -> None:
    head = "Date,Time,kWh" if "," in form else "Date,kWh"
    rows = [f"{start.strftime(form)},{number}" for number, start in enumerate(SUMMER)]
    answers = {"time_zone": "UTC", "stamp": "start", "day_first": "true" if form.startswith("%d") else "false"}
    _, starts = simple(rows, head, answers)
    assert starts == SUMMER


@pytest.mark.parametrize("head", ["Year,DOY,HHMM", "Year,Day of year,Time"])
def test_year_day_and_digits_of_the_clock_are_one_time(head: str) -> None:
    """Campbell Scientific's loggers write so."""
    rows = [f"{start:%Y},{start.timetuple().tm_yday},{start.hour * 100 + start.minute},1.5" for start in SUMMER]
    _, starts = simple(rows, f"{head},kWh", {"time_zone": "UTC", "stamp": "start"})
    assert starts == SUMMER


@pytest.mark.parametrize(("origin", "decimals"), [(719_529, 6), (2_440_587.5, 10)], ids=["Matlab", "Julian days"])
def test_days_as_matlab_and_astronomers_count_them_are_known_under_any_name_of_a_time(
    origin: float, decimals: int
) -> None:
    days = [(start - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1) + origin for start in SUMMER]
    rows = [f"{day:.{decimals}f},1.5" for day in days]
    _, starts = simple(rows, "ts,kWh", {"time_zone": "UTC", "stamp": "start"})
    assert starts == SUMMER


@pytest.mark.parametrize(
    "names",
    [("+0000 London", "+0100 London"), ("+00:00 Europe/London", "+01:00 Europe/London"),
     (" Greenwich Mean Time", " British Summer Time")],
    ids=["place", "zone", "long names"],
)  # fmt: skip
def test_what_stands_behind_an_offset_or_in_its_place_says_the_clock(names: tuple[str, str]) -> None:
    rows = []
    for start in AUTUMN:
        local = start.astimezone(LONDON)
        rows.append(f"{local:%Y-%m-%d %H:%M:%S}{names[bool(local.utcoffset())]},1.5")
    _, starts = simple(rows, "Time,kWh", {"stamp": "start"})
    assert starts == AUTUMN


@pytest.mark.parametrize("form", ["%Y%m%d%H%M UTC", "%Y%m%d%H%M%S GMT", "%H:%M %d/%m/%Y UTC", "%H:%M:%S %Y-%m-%d UTC"])
def test_a_zone_may_stand_behind_digits_alone_and_behind_a_date_that_comes_last(form: str) -> None:
    rows = [f"{start.strftime(form)},1.5" for start in SUMMER]
    _, starts = simple(rows, "Time,kWh", {"stamp": "start"})
    assert starts == SUMMER


@pytest.mark.parametrize(
    ("head", "form"),
    [
        ("Date,Time,AM/PM", "%d/%m/%Y,%I:%M,%p"),
        ("Date,Time,AM/PM", "%d/%m/%Y,%I:%M:%S,%p"),
        ("AM/PM,Time,Date", "%p,%I:%M,%Y-%m-%d"),
        ("Timestamp,Half", "%d/%m/%Y %I:%M,%p"),
    ],
)
def test_halves_of_the_day_in_a_column_of_their_own_are_part_of_the_time(head: str, form: str) -> None:
    rows = [f"{start.strftime(form)},1.5" for start in SUMMER]
    _, starts = simple(rows, f"{head},kWh", {"time_zone": "UTC", "stamp": "start"})
    assert starts == SUMMER


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Paris", "Europe/Warsaw"])
def test_ends_over_the_autumn_change_are_instants_of_their_clock(zone: str, minutes: int) -> None:
    step = timedelta(minutes=minutes)
    starts = [datetime(2021, 10, 29, 22, tzinfo=UTC) + step * number for number in range(4 * 1440 // minutes)]
    rows = [f"{(at + step).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M},{n % 7}.5" for n, at in enumerate(starts)]
    _, found = simple(rows, "Period end,Import kWh", {"time_zone": zone})
    assert found == starts
