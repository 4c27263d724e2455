"""What a column that names the zone in every row says of the clock."""

from __future__ import annotations

import pytest

from tests.core.files.samples import csv, half_hours, inspect


@pytest.mark.parametrize(
    ("start", "zone", "is_asked"),
    [("2026-05-13 00:00", "UTC", False), ("2026-01-13 00:00", None, True)],
    ids=["summer", "winter"],
)
def test_gmt_in_every_row_is_believed_of_summer_and_asked_about_of_winter(
    start: str, zone: str | None, is_asked: bool
) -> None:
    rows = half_hours(144, start=start, form="%d/%m/%Y %H:%M", cells=("GMT", "1.25"))
    found = inspect(csv("Time,Zone,kWh", *rows))
    assert found.profile is not None
    assert found.profile.timestamp.time_zone == zone
    assert ("time_zone" in {question.id for question in found.questions}) == is_asked


@pytest.mark.parametrize(
    ("head", "cell", "guess"),
    [
        ("Zone", "+01", "Etc/GMT-1"),
        ("tz", "+00:00", "UTC"),
        ("DST", "1", "Europe/London"),
        ("BST", "0", "Europe/London"),
    ],
)
def test_what_tells_the_clock_in_every_row_is_no_measurement(head: str, cell: str, guess: str) -> None:
    rows = half_hours(144, start="2026-06-13", form="%d/%m/%Y %H:%M", cells=(cell, "1.25"))
    found = inspect(csv(f"Start time,{head},Import kWh", *rows))
    assert [(question.id, question.guess) for question in found.questions] == [("time_zone", guess)]
