"""Forms from the field of energy, written by hand as their makers write them: what is asked, and what is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from tests.lake.extracting.conftest import Read

Reader = Callable[..., Read]
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)


def times(count: int, minutes: float = 30, form: str = "%Y-%m-%dT%H:%M:%SZ") -> list[str]:
    return [f"{BEGIN + n * timedelta(minutes=minutes):{form}}" for n in range(count)]


def saw(n: int) -> float:
    """A value that goes up and down."""
    return n * 3 % 7 + 0.25


def lines(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


@pytest.mark.parametrize(
    ("head", "cells", "starts"),
    [
        (
            "Week",
            [f"Week {n} 2023" for n in (9, 10, 11, 12)],
            ["2023-02-27", "2023-03-06", "2023-03-13", "2023-03-20"],
        ),
        (
            "Year,Week,Day",
            [f"2023,10,{n}" for n in range(1, 8)],
            [f"2023-03-{n:02}" for n in range(6, 13)],
        ),
        (
            "Year,Week,Day",
            [f"2023,10,{day}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")],
            [f"2023-03-{n:02}" for n in range(6, 13)],
        ),
    ],
    ids=["weeks in words", "weekdays by number", "weekdays by name"],
)
def test_weeks_and_weekdays_are_days_and_it_is_said_how_they_are_counted(
    read: Reader, head: str, cells: list[str], starts: list[str]
) -> None:
    found = read(
        lines(f"{head},Used (kWh)", [f"{c},{saw(n)}" for n, c in enumerate(cells)]), "use.csv", time_zone="UTC"
    )
    assert found.column(1) == [f"{day}T00:00:00Z" for day in starts]
    assert found.column(2) == [saw(n) for n in range(len(cells))]
    assert "weeks-by-number" in found.codes


def test_billing_months_of_six_digits_are_months(read: Reader) -> None:
    rows = [f"{year}{month:02},{saw(month)},£{month}.20" for year in (2022, 2023) for month in range(1, 13)]
    found = read(lines("Billing month,Used (kWh),Charge", rows), "bills.csv")
    assert (found.asked, found.resolution) == ((), (None, 1))
    assert found.column(1)[:4] == [  # April begins at British midnight
        *(f"2022-0{n}-01T00:00:00Z" for n in (1, 2, 3)),
        "2022-03-31T23:00:00Z",
    ]
    assert found.units == {"Used (kWh)": "kwh", "Charge": "gbp"}


@pytest.mark.parametrize(("ms", "second"), [("0msec", "00Z"), ("250msec", "00Z"), ("40 msec", "00Z")])
def test_milliseconds_behind_a_time_are_read(read: Reader, ms: str, second: str) -> None:
    rows = [f"13/03/2024\t{n // 6:02}:{n % 6}0:00 {ms}\t{240 + saw(n)}" for n in range(60)]
    found = read(lines("Date\tTime\tVrms AN Avg", ["\t\tV", *rows]), "power.txt", time_zone="UTC")
    assert found.column(1)[:2] == [f"2024-03-13T00:00:{second}", f"2024-03-13T00:10:{second}"]
    assert found.units == {"Vrms AN Avg": "v"}


@pytest.mark.parametrize("values", [[f"{300 + n % 40}" for n in range(120)], [f"{300 + n}.5" for n in range(120)]])
def test_values_that_rise_by_one_are_no_count_of_rows(read: Reader, values: list[str]) -> None:
    found = read(lines("time,mains", [f"{t},{v}" for t, v in zip(times(120, 1), values, strict=True)]), "home.csv")
    assert "unit:mains" in found.asked
