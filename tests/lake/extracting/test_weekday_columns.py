"""Weeks with their days side by side: each reading on its own day, whichever day names the week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fairwatt.lake.looking import FileLook
from tests.lake.extracting.conftest import Read

Reader = Callable[..., Read]
LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 10, 12)  # clocks go back on the 25th
SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONG = tuple(f"{day} (kWh)" for day in ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"))
WELSH = ("Dydd Llun", "Dydd Mawrth", "Dydd Mercher", "Dydd Iau", "Dydd Gwener")


def midnights(first: date, days: int) -> list[str]:
    """The local midnights of three weeks' days."""
    found = [first + timedelta(days=7 * week + day) for week in range(3) for day in range(days)]
    return [f"{datetime(at.year, at.month, at.day, tzinfo=LONDON).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in found]


@pytest.mark.parametrize(
    ("head", "days", "first", "named"),
    [
        ("Week commencing", SHORT, MONDAY, 0),
        ("W/C", SHORT, MONDAY, 0),
        ("Week ending", SHORT, MONDAY, 6),
        ("Week ending", LONG, MONDAY - timedelta(days=1), 6),
        ("Week", SHORT, MONDAY, 6),
        ("Wythnos", WELSH, MONDAY, 0),
        ("Week ending (Sunday)", SHORT[:5], MONDAY, 6),
    ],
    ids=["commencing", "w/c", "ending", "Sunday first", "a Sunday", "Welsh school days", "school days"],
)
def test_each_day_of_a_week_is_read_on_its_own_day(
    read: Reader, head: str, days: Sequence[str], first: date, named: int
) -> None:
    weeks = [first + timedelta(days=7 * week + named) for week in range(3)]
    rows = [
        ",".join([f"{at:%d/%m/%Y}", *(f"{10 * week + day}.5" for day in range(len(days))), "99"])
        for week, at in enumerate(weeks)
    ]
    total = ",".join(["Total", *["60"] * len(days), "99"])
    found = read("\n".join(["Caretaker's log", ",".join([head, *days, "Total"]), *rows, total, ""]), "weeks.csv")
    assert found.column(1) == midnights(first, len(days))
    assert found.column(2) == [10 * week + day + 0.5 for week in range(3) for day in range(len(days))]


def test_meters_beside_weeks_stay_apart(read: Reader) -> None:
    weeks = [MONDAY + timedelta(days=7 * number) for number in range(3)]
    rows = [f"{meter},{week},{','.join(['1.5'] * 7)}" for week in weeks for meter in "AB"]
    found = read("\n".join([f"Meter,Week starting,{','.join(SHORT)}", *rows, ""]), "weeks.csv")
    assert found.column(0) == ["A"] * 21 + ["B"] * 21
    assert found.column(1) == midnights(MONDAY, 7) * 2


def test_days_of_a_typical_week_are_no_dates(look: Callable[..., FileLook]) -> None:
    rows = [f"{hour:02}:00,{','.join(['1.5'] * 7)}" for hour in range(24)]
    data = "\n".join([f"Time,{','.join(SHORT)}", *rows, ""]).encode()
    found = look(data, "profile.csv")
    assert found.inspection_of(found.chosen({})).kind == "table"
