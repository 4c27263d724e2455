"""Tables with a day a column are read where their dates leave no doubt, and kept as tables where they do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.core.files.samples import csv, inspect

CLOCKS = [f"{n // 2:02}:{n % 2 * 30:02}" for n in range(48)]


def across(
    first: date, *, form: str = "%d/%m/%Y", days: int = 7, side: list[str] = CLOCKS, head: str = "Time"
) -> bytes:
    dates = [(first + timedelta(days=n)).strftime(form) for n in range(days)]
    rows = [f"{cell},{','.join(f'{(n * 31 + k * 7) % 90 / 50}' for k in range(days))}" for n, cell in enumerate(side)]
    return csv(",".join([head, *dates]), *rows, "Total" + ",40.25" * days)


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%Y-%m-%d", "%d-%b-%y", "%a %d %b %Y"])
def test_each_column_is_a_day(form: str) -> None:
    found = inspect(across(date(2019, 11, 18), form=form))
    profile = found.profile
    assert profile is not None, found.findings
    periods = profile.timestamp.periods
    assert periods is not None
    assert [str(day.day) for day in periods.days] == [f"2019-11-{18 + n}" for n in range(7)]
    assert (periods.counts, periods.step_s, profile.timestamp.columns) == ("clock", 1800.0, (0,))
    assert [q.id for q in found.questions] == ["time_zone", "unit:value"]


def test_numbers_of_intervals_may_stand_at_the_side() -> None:
    found = inspect(across(date(2019, 11, 18), side=[str(n) for n in range(1, 49)], head="Period"))
    assert found.profile is not None
    assert found.profile.timestamp.format == "number"
    assert found.profile.timestamp.periods is not None
    assert found.profile.timestamp.periods.counts == "elapsed"


def test_the_day_of_46_half_hours_tells_the_clock() -> None:
    lines = across(date(2021, 3, 26)).decode().splitlines()
    for n in (2, 3):  # 01:00 and 01:30 on the third day, when clocks go forward
        cells = lines[1 + n].split(",")
        lines[1 + n] = ",".join([*cells[:3], "", *cells[4:]])
    found = inspect(csv(*lines))
    assert found.profile is not None
    assert found.profile.timestamp.time_zone == "Europe/London"


def test_the_day_of_50_half_hours_tells_the_clock() -> None:
    side = [*CLOCKS[:4], "01:00", "01:30", *CLOCKS[4:]]
    lines = across(date(2021, 10, 29), side=side).decode().splitlines()
    for n in (4, 5):  # the second pass of the hour is there on the third day only
        cells = lines[1 + n].split(",")
        lines[1 + n] = ",".join([cells[0], *(cell if k == 2 else "" for k, cell in enumerate(cells[1:]))])
    found = inspect(csv(*lines))
    assert found.profile is not None
    assert found.profile.timestamp.time_zone == "Europe/London"


@pytest.mark.parametrize(
    "data",
    [
        across(date(2019, 11, 1), days=2),  # two days only
        csv("Time,01/02/2021,03/04/2021,05/06/2021", *(f"{clock},1.5,2.5,3.5" for clock in CLOCKS)),  # day or month?
        across(date(2019, 11, 18), side=[f"Meter {n}" for n in range(48)]),  # no times at all
    ],
)
def test_what_could_mean_other_days_is_kept_as_a_table(data: bytes) -> None:
    assert inspect(data).kind == "table"


def test_days_in_a_row_tell_the_order_of_day_and_month() -> None:
    periods = inspect(across(date(2021, 6, 3), days=5)).profile
    assert periods is not None
    assert periods.timestamp.periods is not None
    assert [str(day.day) for day in periods.timestamp.periods.days][0::4] == ["2021-06-03", "2021-06-07"]


@pytest.mark.parametrize(
    ("corner", "channel"),
    [
        ("Import kWh", ("Import kWh", "kwh", "import")),
        ("Half hour", ("Value", "kwh", "")),
        ("Date / Time", ("Value", "kwh", "")),
    ],
)
def test_the_corner_over_the_times_may_name_what_was_measured(corner: str, channel: tuple[str, str, str]) -> None:
    found = inspect(across(date(2019, 11, 18), head=corner))
    assert found.profile is not None
    (rule,) = found.profile.channels
    assert (rule.name, rule.unit, rule.direction) == channel
    assert ("unit:value" in {question.id for question in found.questions}) == (rule.name == "Value")
