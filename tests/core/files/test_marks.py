"""Points before three digits: decimals as well as thousands, in files of any delimiter."""

from __future__ import annotations

import pytest

from tests.core.files.samples import csv, half_hours, inspect

_STAMPS = [row.split(",")[0] for row in half_hours(96)]


def _decimal_asked(heading: str, cells: list[str], delimiter: str) -> str:
    """The guess where it is asked what a point means; "" where it is not."""
    rows = [f"{stamp}{delimiter}{cells[i % len(cells)]}" for i, stamp in enumerate(_STAMPS)]
    found = inspect(csv(f"time{delimiter}{heading}", *rows))
    return next((question.guess for question in found.questions if question.id == "decimal"), "")


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"], ids=["comma", "tab", "bar", "semicolon"])
@pytest.mark.parametrize("heading", ["Import Wh", "Gas kWh"])
def test_points_that_only_numbers_from_a_thousand_have_are_asked_about(heading: str, delimiter: str) -> None:
    assert _decimal_asked(heading, ["0", "588", "1.349", "899", "1.069"], delimiter) == ","


def test_watts_to_a_thousandth_are_asked_about_and_kilowatts_are_not() -> None:
    always = ["1.177", "7.270", "9.450", "3.871"]
    assert (_decimal_asked("Import W", always, ","), _decimal_asked("Import kW", always, ",")) == (".", "")


@pytest.mark.parametrize("cells", [["0.421", "588", "1.349", "899", "2"], ["1200", "588", "1.349", "899", "2"]])
def test_points_that_something_else_explains_are_decimals(cells: list[str]) -> None:
    assert _decimal_asked("Import Wh", cells, ",") == ""
