"""A column that says row by row which way values flow makes a channel of each way, or is asked about."""

from __future__ import annotations

import pytest

from tests.core.files.samples import csv, half_hours, inspect

STAMPS = [row.split(",")[0] for row in half_hours(96)]


@pytest.mark.parametrize(
    ("ways", "asked"),
    [(("Import", "Export"), False), (("from grid", "to grid"), False), (("IMP", "EXP"), False), (("I", "E"), True)],
)
def test_one_value_beside_its_way_becomes_a_channel_of_each_way(ways: tuple[str, str], *, asked: bool) -> None:
    rows = [f"{stamp},{1 + i % 7 / 4},{ways[i * 5 % 3 % 2]}" for i, stamp in enumerate(STAMPS)]
    found = inspect(csv("time,kW,Direction", *rows))
    assert found.profile is not None
    assert {channel.label: channel.direction for channel in found.profile.channels} == dict(
        zip(ways, ("import", "export"), strict=True)
    )
    assert any(question.id.startswith("direction") for question in found.questions) == asked


@pytest.mark.parametrize(
    ("heads", "ways", "values"),
    [("Demand_MW,Demand_MVAr", ("IMPORT", "EXPORT"), "1.5,-0.25"), ("Power (kW)", ("+", "-"), "1.5")],
    ids=["two values", "signs"],
)
def test_values_that_a_way_beside_them_does_not_turn_are_asked_about_and_told(
    heads: str, ways: tuple[str, str], values: str
) -> None:
    rows = [f"{stamp},{values},{ways[i * 5 % 3 % 2]}" for i, stamp in enumerate(STAMPS)]
    found = inspect(csv(f"time,{heads},Direction", *rows))
    assert found.profile is not None
    numbers = [channel.field for channel in found.profile.channels if channel.kind == "number"]
    asked = {question.id: question.guess for question in found.questions if question.id.startswith("direction")}
    assert asked == {f"direction:{field}": "unknown" for field in numbers}
    (told,) = [finding for finding in found.findings if finding.code == "ways-in-rows"]
    assert (told.channel, told.count, told.severity.value) == ("Direction", len(numbers), "warning")


@pytest.mark.parametrize("states", [("On", "Off"), ("Import", "Import"), ("A", "E"), ("Import", "Solar")])
def test_other_words_say_no_ways(states: tuple[str, str]) -> None:
    rows = [f"{stamp},1.5,2.5,{states[i % 2]}" for i, stamp in enumerate(STAMPS)]
    found = inspect(csv("time,Power (kW),Load (kW),State", *rows))
    assert "ways-in-rows" not in {finding.code for finding in found.findings}
