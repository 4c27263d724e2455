"""Weeks, weekdays and months that are written as words or as bare numbers."""

from __future__ import annotations

import pytest

from fairwatt.core.files.named_periods import read_digit_months, read_weekdays, read_weeks


@pytest.mark.parametrize(
    "written", ["Week 1 2023", "week 01, 2023", "WK1 2023", "W1/2023", "2023 Week 1", "2023-wk01", "Week no. 1 of 2023"]
)
def test_a_week_is_its_monday_however_it_is_written(written: str) -> None:
    assert read_weeks([written, "", "Week 52 2023"]) == ("2023-01-02", "", "2023-12-25")


@pytest.mark.parametrize("cells", [["Week 54 2023"], ["Week 12"], ["2023-W12"], ["Week 1 2023", "Total"], [""], []])
def test_what_is_no_week_of_a_year_or_is_plain_already_is_left_alone(cells: list[str]) -> None:
    assert read_weeks(cells) is None


def test_the_first_week_of_a_year_is_that_of_its_first_thursday() -> None:
    assert read_weeks(["Week 53 2020", "Week 1 2021", "Week 1 2019"]) == ("2020-12-28", "2021-01-04", "2018-12-31")


@pytest.mark.parametrize("days", [["1", "2", "7"], ["Mon", "Tue", "Sun"], ["Monday", "tuesday", "SUNDAY"]])
def test_year_week_and_weekday_make_a_day(days: list[str]) -> None:
    found = read_weekdays(["Wk", "Year", "Day"], [["10"] * 3, ["2023"] * 3, days])
    assert found == ((1, 0, 2), ("2023-03-06", "2023-03-07", "2023-03-12"))


@pytest.mark.parametrize(
    "days", [["0", "1", "6"], ["1", "8", "15"], ["3", "3", "3"], ["Mon", "", "Sun"], ["²", "1", "2"]]
)
def test_days_that_anybody_could_count_otherwise_are_left_alone(days: list[str]) -> None:
    assert read_weekdays(["Year", "Week", "Day"], [["2023"] * 3, ["10"] * 3, days]) is None


def test_six_digits_are_months_only_under_a_head_that_says_so() -> None:
    assert read_digit_months("Billing Month", ["202301", "", "202312"]) == ("2023-01", "", "2023-12")
    assert read_digit_months("Site", ["202301"]) is None
    assert read_digit_months("Period", ["202313"]) is None
    assert read_digit_months("Month", ["", ""]) is None
