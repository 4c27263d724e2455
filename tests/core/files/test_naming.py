"""What a logger is called by default."""

from __future__ import annotations

import pytest

from fairwatt.core.files.naming import propose_logger_name


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("outram_2020-03-01.csv", "outram"),
        ("School load 20200901.csv.gz", "School load"),
        ("error_testing.csv", "error testing"),
        ("MVSA1_2_1_P11_HLC_24112025_LEOD091F01.txt", "MVSA1 2 1 P11 HLC LEOD091F01"),
        ("Rose Hill March 2020.xlsx", "Rose Hill"),
        ("meter (2).csv", "meter"),
        ("2020-03.csv", "2020-03"),
        ("marsh-lane.csv", "marsh-lane"),
    ],
)
def test_dates_and_endings_say_nothing_of_the_logger(name: str, proposed: str) -> None:
    assert propose_logger_name(name) == proposed


def test_a_serial_number_above_the_header_comes_first_then_the_meter() -> None:
    above = ["Exported 2020-03-01", "Logger serial no.: PM7000-0815", "x"]
    assert propose_logger_name("export.csv", above=above, series="M1") == "Logger PM7000-0815"
    assert propose_logger_name("export.csv", above=["time,kW"], series="M1") == "Meter M1"


def test_no_name_is_too_long_or_empty() -> None:
    assert len(propose_logger_name("x" * 300 + ".csv")) == 80
    assert propose_logger_name("a.csv") == "a"
