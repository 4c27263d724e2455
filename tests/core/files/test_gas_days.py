"""Days under the heading Gas Day are asked about; others are not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import apply_answers
from tests.core.files.samples import csv, half_hours, inspect, profile_of

DAYS = [date(2026, 3, 20) + timedelta(days=n) for n in range(20)]


def daily(head: str) -> bytes:
    return csv(f"{head},Gas kWh", *(f"{day:%d/%m/%Y},{1000 + day.day}" for day in DAYS))


@pytest.mark.parametrize(
    ("head", "is_asked"), [("Gas Day", True), ("GasDay", True), ("gas_day", True), ("Day", False), ("Gas date", False)]
)
def test_days_are_asked_about_by_their_heading(head: str, is_asked: bool) -> None:
    assert ("day_begins" in {question.id for question in inspect(daily(head)).questions}) == is_asked


def test_gas_days_with_a_time_of_day_are_not_asked_about() -> None:
    found = inspect(csv("Gas Day,Gas kWh", *half_hours(96)))
    assert "day_begins" not in {question.id for question in found.questions}


def test_times_with_a_time_of_day_begin_no_day_later() -> None:
    with pytest.raises(InvalidInput, match="no dates alone"):
        apply_answers(profile_of(csv("Time,Gas kWh", *half_hours(96))), {"day_begins": "05:00"}, ())
