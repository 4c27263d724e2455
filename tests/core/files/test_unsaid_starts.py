"""Where values are of intervals and nothing tells whether times mark starts or ends, that is asked."""

from __future__ import annotations

import pytest

from tests.core.files.samples import csv, half_hours, inspect


def asked(head: str, start: str, *, count: int = 96, minutes: float = 30, form: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    found = inspect(csv(head, *half_hours(count, start=start, minutes=minutes, form=form)))
    assert found.profile is not None
    return [q.guess for q in found.questions if q.id == "stamp"]


@pytest.mark.parametrize(
    ("head", "start", "guesses"),
    [
        ("time,Import (kWh)", "2021-01-04 13:00", ["start"]),
        ("time,Demand (kW)", "2021-01-04 13:00", ["start"]),
        ("time,Import (kWh)", "2021-01-04 00:00", []),  # the first interval begins with its day
        ("time,Voltage (V)", "2021-01-04 13:00", []),  # an instant's
        ("time,Meter reading (kWh)", "2021-01-04 13:00", []),  # a dial's
        ("start time,Import (kWh)", "2021-01-04 13:00", []),
        ("time,Import (kWh)", "2021-01-04 13:07", []),  # on no grid
    ],
)
def test_it_is_asked_of_sums_and_means_that_begin_and_end_within_a_day(
    head: str, start: str, guesses: list[str]
) -> None:
    assert asked(head, start) == guesses


def test_a_file_that_ends_a_step_before_midnight_marks_starts() -> None:
    assert asked("time,Import (kWh)", "2021-01-04 13:00", count=70) == []


def test_midnights_of_british_summer_time_are_known_in_utc() -> None:
    assert asked("time,Import (kWh)", "2021-06-04 23:00", form="%Y-%m-%dT%H:%M:%SZ", count=100) == []
    assert asked("time,Import (kWh)", "2021-01-04 23:00", form="%Y-%m-%dT%H:%M:%SZ", count=100) == ["start"]


def test_seconds_of_a_power_are_instants_and_minutes_of_energy_are_not() -> None:
    assert asked("time,Power (W)", "2021-01-04 13:00", minutes=1) == []
    assert asked("time,Energy (Wh)", "2021-01-04 13:00", minutes=1) == ["start"]
