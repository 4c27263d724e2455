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
