"""Marks of summer beside each row are used where only they tell the passes of the repeated hour apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fairwatt.core.files import Inspection
from tests.core.files.samples import csv, inspect

LONDON = ZoneInfo("Europe/London")
STARTS = [datetime(2026, 10, 22, tzinfo=UTC) + i * timedelta(minutes=30) for i in range(290)]
LOCAL = [start.astimezone(LONDON) for start in STARTS]


def file_of(head: str, summer: str, winter: str, zone: ZoneInfo = LONDON) -> Inspection:
    """A file sorted by its local clock, first what comes second in the repeated hour."""
    local = [start.astimezone(zone) for start in STARTS]
    ordered = sorted(local, key=lambda at: (at.replace(tzinfo=None, fold=0), -at.fold))
    winter_hours = min(at.utcoffset() or timedelta() for at in local)
    marks = [winter if at.utcoffset() == winter_hours else summer for at in ordered]
    rows = [f"{at:%d/%m/%Y %H:%M},{mark},{1 + i % 7}" for i, (at, mark) in enumerate(zip(ordered, marks, strict=True))]
    return inspect(csv(f"Time,{head},Import kWh", *rows))


@pytest.mark.parametrize(
    ("head", "summer", "winter"),
    [
        ("TZ", "BST", "GMT"),
        ("BST", "Y", "N"),
        ("Offset (min)", "60", "0"),
        ("Season", "S", "W"),
        ("DST", "TRUE", "FALSE"),
    ],
)
def test_marks_that_go_with_british_summer_are_read_with_the_times(head: str, summer: str, winter: str) -> None:
    found = file_of(head, summer, winter)
    assert found.profile is not None
    rule = found.profile.timestamp
    assert (rule.columns, rule.format, rule.time_zone) == ((0, 1), "%d/%m/%Y %H:%M %z", "UTC")
    assert rule.clock_texts == ((summer, "+01:00"), (winter, "+00:00"))
    assert [channel.name for channel in found.profile.channels] == ["Import kWh"]
    assert "time_zone" not in {question.id for question in found.questions}


def test_marks_of_central_european_summer_have_its_offsets() -> None:
    found = file_of("tz", "CEST", "CET", ZoneInfo("Europe/Paris"))
    assert found.profile is not None
    assert found.profile.timestamp.clock_texts == (("CEST", "+02:00"), ("CET", "+01:00"))


def test_marks_that_change_on_another_day_say_nothing_of_the_clock() -> None:
    rows = [f"{at:%d/%m/%Y %H:%M},{'S' if at.day < 24 else 'W'},1.5" for at in LOCAL]
    found = inspect(csv("Time,Season,Import kWh", *rows))
    assert found.profile is not None
    assert (found.profile.timestamp.columns, found.profile.timestamp.clock_texts) == ((0,), ())


def test_marks_beside_times_that_do_not_repeat_the_hour_are_not_needed() -> None:
    rows = [f"{at:%d/%m/%Y %H:%M},{'Y' if at.astimezone(LONDON).dst() else 'N'},1.5" for at in STARTS]
    found = inspect(csv("Time (UTC),BST,Import kWh", *rows))
    assert found.profile is not None
    assert (found.profile.timestamp.columns, found.profile.timestamp.time_zone) == ((0,), "UTC")
