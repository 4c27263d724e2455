"""Labels of a letter in tables with a row for each value: names, and ways of flow where they can be nothing else."""

from __future__ import annotations

import pytest

from fairwatt.core.files.profile import ChannelRule
from tests.core.files.samples import csv, half_hours, inspect

STAMPS = [row.split(",")[0] for row in half_hours(96)]


def channels(heading: str, labels: list[tuple[str, str]]) -> dict[str, ChannelRule]:
    """The channels of a table with a row for each value, by name; each label with what its rows say of the unit."""
    rows = [f"M1,{at},{label},{5 + (i + n) % 7 / 2}{unit}" for i, at in enumerate(STAMPS)
            for n, (label, unit) in enumerate(labels)]  # fmt: skip
    found = inspect(csv(f"meter,time,channel,{heading}", *rows))
    assert found.profile is not None, found.findings
    return {channel.name: channel for channel in found.profile.channels}


@pytest.mark.parametrize(
    "labels",
    [
        [("E", ",kWh")],
        [("P", ",kW"), ("E", ",kWh")],
        [("I", ",A"), ("E", ",kWh")],
        [("V", ",V"), ("I", ",A"), ("P", ",W"), ("E", ",Wh")],
        [("Heat", ",kWh"), ("E", ",kWh")],
    ],
    ids=lambda labels: " ".join(label for label, _ in labels),
)
def test_a_letter_beside_others_is_a_name(labels: list[tuple[str, str]]) -> None:
    found = channels("value,unit", labels)
    assert list(found) == [label for label, _ in labels]
    assert {channel.direction for channel in found.values()} == {""}


@pytest.mark.parametrize("letters", ["EG", "PQ", "EW", "ET", "EF"])
def test_letters_that_are_units_elsewhere_stay_in_the_names(letters: str) -> None:
    found = channels("kWh", [(letter, "") for letter in letters])
    assert list(found) == [f"{letter} (kWh)" for letter in letters]
    assert {(channel.unit, channel.direction) for channel in found.values()} == {("kwh", "")}


@pytest.mark.parametrize(("heading", "unit", "more"), [("kWh", "", " (kWh)"), ("value,unit", ",kWh", "")])
def test_i_and_e_alone_are_ways_of_energy(heading: str, unit: str, more: str) -> None:
    found = channels(heading, [("I", unit), ("E", unit)])
    said = {name: channel.direction for name, channel in found.items()}
    assert said == {f"I (import){more}": "import", f"E (export){more}": "export"}
