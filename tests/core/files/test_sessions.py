"""Charging sessions and the like are kept as tables; readings beside ends, lengths or chargers stay readings."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from fairwatt.core.files import Inspection
from tests.core.files.samples import csv, inspect

Session = tuple[datetime, datetime]
SOME = random.Random(33)


def sessions(count: int = 60) -> list[Session]:
    found, start = [], datetime(2026, 1, 14, 4, 43)
    for _ in range(count):
        end = start + timedelta(minutes=SOME.randint(10, 400))
        found.append((start, end))
        start = end + timedelta(minutes=SOME.randint(40, 700))
    return found


SESSIONS = sessions()
Write = Callable[[int, datetime, datetime], str]
LAYOUTS: dict[str, tuple[str, Write]] = {
    "plugged in": (
        "Charger,Plugged in,Unplugged,kWh",
        lambda _, a, b: f"CP1,{a:%d/%m/%Y %H:%M},{b:%d/%m/%Y %H:%M},3.1",
    ),
    "a day and two times": (
        "Charger,Date,Start,End,kWh",
        lambda _, a, b: f"CP1,{a:%d/%m/%Y},{a:%H:%M},{b:%H:%M},3.1",
    ),
    "a length": (
        "Charger,Start,Duration,kWh",
        lambda _, a, b: f"CP1,{a:%d/%m/%Y %H:%M},{(b - a).seconds // 3600:02}:{(b - a).seconds // 60 % 60:02}:00,3.1",
    ),
    "of the department for transport": (
        "ChargingEvent,CPID,StartDate,StartTime,EndDate,EndTime,Energy,PluginDuration",
        lambda n, a, b: (
            f"{n},AN{n % 5},{a:%d/%m/%Y},{a:%H:%M:%S},{b:%d/%m/%Y},{b:%H:%M:%S},3.1,{(b - a).seconds / 3600:.3f}"
        ),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_sessions_are_no_readings(name: str) -> None:
    heads, write = LAYOUTS[name]
    found = inspect(csv(heads, *(write(n, a, b) for n, (a, b) in enumerate(SESSIONS))))
    assert (found.kind, found.findings[-1].code) == ("table", "events")


def read(heads: str, *rows: str) -> Inspection:
    found = inspect(csv(heads, *rows))
    assert found.kind == "readings", found.findings
    return found


def test_half_hours_of_a_charger_with_their_ends_are_readings() -> None:
    starts = [datetime(2026, 1, 14) + i * timedelta(minutes=30) for i in range(96)]
    read(
        "Charger,Start,End,kWh",
        *(f"CP1,{at:%d/%m/%Y %H:%M},{at + timedelta(minutes=30):%d/%m/%Y %H:%M},3.1" for at in starts),
    )


def test_half_hours_with_how_long_something_ran_are_readings() -> None:
    starts = [datetime(2026, 1, 14) + i * timedelta(minutes=30) for i in range(96)]
    read("Time,Duration on (min),kWh", *(f"{at:%d/%m/%Y %H:%M},{i * 7 % 29},3.1" for i, at in enumerate(starts)))


def test_bills_of_two_chargers_one_after_another_are_readings() -> None:
    ends = [datetime(2025 + n // 12, n % 12 + 1, 1) for n in range(30)]
    rows = [f"{name},{a:%d/%m/%Y},{b:%d/%m/%Y},31" for name in ("CP1", "CP2") for a, b in pairwise(ends)]
    read("Meter ID,From,To,Charger kWh", *rows)
