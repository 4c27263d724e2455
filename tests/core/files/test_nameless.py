"""What values tell of a column whose name says nothing of its unit, and what they do not."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from fairwatt.core.files.profile import Kind
from tests.core.files.samples import csv, half_hours, inspect
from tests.core.files.test_values import asked, channel, file_of, question


@pytest.mark.parametrize(
    ("name", "cell", "unit", "confidence"),
    [
        ("A", lambda i: f"{50 + 0.05 * math.sin(i):.3f}", "hz", 0.7),
        ("B", lambda i: f"{241 + 3 * math.sin(i):.1f}", "v", 0.6),
        ("C", lambda i: f"{405 + 9 * math.sin(i):.1f}", "v", 0.6),
        ("Breaker", lambda i: str(int(i % 9 > 0)), "one", 0.6),
    ],
)
def test_a_nameless_column_is_guessed_by_values_that_only_one_thing_has(
    name: str, cell: Callable[[int], str], unit: str, confidence: float
) -> None:
    found = file_of(name, cell)
    assert (channel(found).unit, channel(found).confidence) == (unit, confidence)
    assert asked(found) == {f"unit:{channel(found).field}": unit}
    choices = {value for question in found.questions for value, _ in question.choices}
    assert {unit, "kw", "kwh", "unknown"} <= choices, "the values may be of something else"


@pytest.mark.parametrize("name", ["EV charging", "Heat pump", "Boiler", "Charger", "Zone 2 heating", "Solar", "value"])
@pytest.mark.parametrize("cell", [lambda i: i // 7 % 2, lambda i: 0, lambda i: 1], ids=["both", "noughts", "ones"])
def test_noughts_and_ones_of_what_has_no_unit_are_asked_about(name: str, cell: Callable[[int], int]) -> None:
    found = file_of(name, lambda i: str(cell(i)))
    assert {cell(i) for i in range(20)} in ({0, 1}, {0}, {1})
    is_both = len({cell(i) for i in range(20)}) > 1
    assert asked(found) == {f"unit:{channel(found).field}": "one" if is_both else "unknown"}
    assert (channel(found).quantity, channel(found).how) == ("count" if is_both else "", "guessed")


@pytest.mark.parametrize(
    "name", ["Temperature", "State of charge", "Power", "Energy", "Price", "Voltage", "Irradiance"]
)
def test_noughts_alone_say_nothing_of_a_unit(name: str) -> None:
    found = file_of(name, lambda _: "0.0")
    assert question(found, f"unit:{channel(found).field}").why == "All values are 0, which says nothing of their unit."


@pytest.mark.parametrize("name", ["value", "EV charging", "Pulses", "reading", "Gas"])
@pytest.mark.parametrize("rows", [1, 4])
def test_what_goes_up_by_one_is_a_count_of_rows_only_where_its_name_may_say_so(name: str, rows: int) -> None:
    found = file_of(f"row,{name}", lambda i: f"{i + 1},{5_000 + i // rows}")
    assert (channel(found).unit, channel(found).confidence, channel(found).how) == ("one", 0.9, "inferred")
    field = channel(found, 1).field
    asks = {} if name == "reading" else {f"register:{field}": "true"}  # readings that only go up are a dial's
    assert asked(found) == {f"unit:{field}": "w"} | asks
    assert channel(found, 1).is_register


def test_one_long_number_in_every_row_is_a_code_and_no_measurement() -> None:
    rows = [f"{row},643007123456789012,0012345678" for row in half_hours(60)]
    found = inspect(csv("time,kWh,Mittauspisteen tunnus,Meter Serial Number", *rows))
    assert found.profile is not None
    assert [(c.name, c.kind) for c in found.profile.channels if c.kind is Kind.NUMBER] == [("kWh", Kind.NUMBER)]
    assert not [one.id for one in found.questions if one.id.startswith(("unit", "register"))]


def test_a_dial_that_stands_still_stays_a_number() -> None:
    found = inspect(csv("time,kW,Total", *(f"{row},12345678" for row in half_hours(60))))
    assert found.profile is not None
    assert [c.name for c in found.profile.channels if c.kind is Kind.NUMBER] == ["kW", "Total"]
