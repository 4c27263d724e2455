"""Which column holds the readings' times where others look like times too."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.core.files.samples import csv, inspect, profile_of


@pytest.mark.parametrize(
    "heads",
    ["Date,Day,Night", "Reading date,Day (R1),Night (R2)", "Taken at,Day reading,Night reading"],
    ids=["day", "register", "reading"],
)
def test_a_register_of_the_day_is_no_time_beside_a_date(heads: str) -> None:
    days = [date(2026, 5, 1) + timedelta(days=i) for i in range(40)]
    rows = [f"{day:%d/%m/%Y},{45_210 + 9 * i},{12_010 + 4 * i}" for i, day in enumerate(days)]
    found = profile_of(csv(heads, *rows))
    assert found.timestamp.columns == (0,)
    assert [channel.column for channel in found.channels] == [1, 2]


def _halves(form: str, count: int = 96) -> list[str]:
    start = datetime(2026, 5, 13)
    return [f"{start + timedelta(minutes=30 * i):{form}},0.{100 + i}" for i in range(count)]


@pytest.mark.parametrize(
    ("heads", "form"),
    [
        ("Date,Time,AM/PM,kWh", "%d/%m/%Y,%I:%M,%p"),
        ("Date,Time,Meridiem,Import kWh", "%Y-%m-%d,%I:%M:%S,%p"),
        ("Date,Hour,Minute,ampm,kWh", "%d/%m/%Y,%I,%M,%p"),
        ("Date Time,AM/PM,kWh", "%d/%m/%Y %I:%M,%p"),
    ],
    ids=["apart", "meridiem", "parts", "stamp"],
)
def test_halves_of_the_day_in_a_column_of_their_own_name_no_meters(heads: str, form: str) -> None:
    found = inspect(csv(heads, *_halves(form)))
    assert (found.kind, found.findings[-1].code) == ("table", "half-days-apart")
    assert found.findings[-1].message.startswith(f"‘{heads.split(',')[-2]}’ says apart from the times")


@pytest.mark.parametrize(
    ("heads", "form"),
    [("Time,Half,kWh", "%Y-%m-%d %H:%M,%p"), ("Time,Half,kWh", "%d/%m/%Y %I:%M %p,%p")],
    ids=["up to 24", "said twice"],
)
def test_halves_of_the_day_that_the_times_say_too_do_no_harm(heads: str, form: str) -> None:
    found = inspect(csv(heads, *_halves(form)))
    assert found.kind == "readings"
    assert found.profile is not None
    assert found.profile.timestamp.columns == (0,)
