"""Columns that programs put in front of a table to number its rows."""

from __future__ import annotations

import pytest

from fairwatt.core.files import Inspection
from tests.core.files.samples import csv, half_hours, inspect


def _with_numbers(head: str, first: int, *, step: int = 1) -> Inspection:
    rows = [f"{first + step * at},{row}" for at, row in enumerate(half_hours(60))]
    return inspect(csv(f"{head},time,Import kWh", *rows))


def _names(found: Inspection) -> list[str]:
    assert found.profile is not None, found.findings
    return [rule.name for rule in found.profile.channels]


def _told(found: Inspection) -> list[str]:
    return [one.message for one in found.findings if one.code == "row-numbers"]


@pytest.mark.parametrize(("head", "first"), [("", 0), ("", 1), ("Unnamed: 0", 0), ('""', 1), ("Unnamed: 0.1", 0)])
def test_nameless_row_numbers_are_no_channel_and_told_of(head: str, first: int) -> None:
    found = _with_numbers(head, first)
    assert _names(found) == ["Import kWh"]
    said = "Column 1 has no name and only numbers the rows, as programs write it. It is no channel, and left out."
    assert _told(found) == [said]


def test_names_of_rows_without_a_place_in_the_head_are_left_out_too() -> None:
    rows = [f'"{at + 1}",{row}' for at, row in enumerate(half_hours(60))]
    found = inspect(csv("time,Import kWh", *rows))
    assert (_names(found), len(_told(found))) == (["Import kWh"], 1)


def test_two_of_them_are_left_out() -> None:
    rows = [f"{at},{at},{row}" for at, row in enumerate(half_hours(60))]
    found = inspect(csv("Unnamed: 0.1,Unnamed: 0,time,Import kWh", *rows))
    assert _names(found) == ["Import kWh"]
    assert _told(found)[0].startswith("Column 1 and Column 2 have no name and only number the rows")


@pytest.mark.parametrize(
    ("head", "first", "step"),
    [("", 0, 2), ("", 17, 1), ("Meter", 0, 1), ("No.", 1, 1)],
    ids=["every second", "from seventeen", "with a name", "with a number's name"],
)
def test_what_may_be_measured_stays_a_channel(head: str, first: int, step: int) -> None:
    found = _with_numbers(head, first, step=step)
    assert (len(_names(found)), _told(found)) == (2, [])


def test_a_gap_in_the_numbers_makes_them_no_row_numbers() -> None:
    rows = [f"{at + (at > 30)},{row}" for at, row in enumerate(half_hours(60))]
    assert len(_names(inspect(csv(",time,Import kWh", *rows)))) == 2


def test_a_file_without_a_head_keeps_its_first_column() -> None:
    rows = [f"{at},{row}" for at, row in enumerate(half_hours(60))]
    assert len(_names(inspect(csv(*rows)))) == 2


def test_several_empty_columns_behind_the_last_are_no_channels() -> None:
    found = inspect(csv("time,Import kWh,,", *(f"{row},," for row in half_hours(60))))
    assert _names(found) == ["Import kWh"]
