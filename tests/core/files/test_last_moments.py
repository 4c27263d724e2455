"""Times that are the last second or minute of their intervals are those intervals' ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fairwatt.core.files import Inspection
from tests.core.files.samples import csv, inspect

START = datetime(2026, 1, 12)


def file_of(step: timedelta, early: timedelta, head: str = "Time", value: str = "Import kWh") -> Inspection:
    ends = [START + (i + 1) * step - early for i in range(90)]
    return inspect(csv(f"{head},{value}", *(f"{end:%d/%m/%Y %H:%M:%S},{1 + i % 7}" for i, end in enumerate(ends))))


@pytest.mark.parametrize(
    ("minutes", "early_s", "is_asked"),
    [(1440, 1, False), (1440, 60, False), (30, 1, False), (5, 1, False), (30, 60, True)],
)
def test_last_moments_of_intervals_are_ends(minutes: int, early_s: int, is_asked: bool) -> None:
    found = file_of(timedelta(minutes=minutes), timedelta(seconds=early_s))
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (rule.stamp, rule.ends_early_s, found.profile.resolution_s) == ("end", early_s, minutes * 60)
    guesses = {question.id: question.guess for question in found.questions}
    assert guesses.get("stamp") == ("end" if is_asked else None)


def test_what_a_dial_shows_at_the_last_minute_of_a_day_is_read_there() -> None:
    rows = [f"{START + timedelta(days=i, minutes=1439):%d/%m/%Y %H:%M},{1000 + 12 * i}" for i in range(40)]
    found = inspect(csv("Read at,Meter reading kWh", *rows))
    assert found.profile is not None
    assert (found.profile.timestamp.stamp, found.profile.timestamp.ends_early_s) == ("start", 0.0)


@pytest.mark.parametrize(("minutes", "early_s"), [(30, 420), (5, 60), (30, 0)])
def test_other_times_off_the_hour_say_nothing(minutes: int, early_s: int) -> None:
    found = file_of(timedelta(minutes=minutes), timedelta(seconds=early_s))
    assert found.profile is not None
    assert found.profile.timestamp.ends_early_s == 0.0


def test_a_head_that_says_start_is_believed() -> None:
    found = file_of(timedelta(minutes=30), timedelta(seconds=60), head="Start time")
    assert found.profile is not None
    assert (found.profile.timestamp.stamp, found.profile.timestamp.ends_early_s) == ("start", 0.0)
