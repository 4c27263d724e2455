"""Which way numbers count, where nobody knows yet what they measure."""

from __future__ import annotations

import math

import pytest

from fairwatt.core.files import ImportProfile, Inspection, apply_answers
from fairwatt.core.files.asking import open_questions
from tests.core.files.samples import csv, half_hours, inspect

STAMPS = [row.split(",")[0] for row in half_hours(200)]


def _file(head: str, *, lowest: float = -5.0) -> Inspection:
    rows = [f"{stamp},{lowest * math.sin(i / 8):.2f}" for i, stamp in enumerate(STAMPS)]
    return inspect(csv(f"time,{head}", *rows))


def _answered(found: Inspection, answers: dict[str, str]) -> tuple[ImportProfile, set[str]]:
    assert found.profile is not None
    profile = apply_answers(found.profile, answers, found.questions)
    return profile, {one.id for one in open_questions(profile, found.questions, answers)}


@pytest.mark.parametrize("head", ["grid", "Mains", "value", "meter", "Total", "AP", "reading"])
def test_signs_of_what_nobody_has_named_yet_are_asked_about_beside_its_unit(head: str) -> None:
    found = _file(head)
    asked = {one.id: one for one in found.questions}
    field = head.lower()
    assert {f"unit:{field}", f"direction:{field}"} <= asked.keys()
    way = asked[f"direction:{field}"]
    assert (way.text, way.guess) == (f"‘{head}’: which way do the numbers count, if they are power or energy?", "net")


@pytest.mark.parametrize("unit", ["kw", "kwh"])
def test_the_way_stays_open_when_only_the_unit_was_answered(unit: str) -> None:
    found = _file("grid")
    assert "direction:grid" in _answered(found, {"unit:grid": unit})[1]
    profile, left = _answered(found, {"unit:grid": unit, "direction:grid": "net_export"})
    channel = profile.channels[0]
    assert "direction:grid" not in left
    assert (channel.unit, channel.direction, channel.multiplier) == (unit, "net", -1.0)


@pytest.mark.parametrize("order", [("unit:grid", "direction:grid"), ("direction:grid", "unit:grid")])
def test_what_turns_out_to_be_a_temperature_counts_no_way(order: tuple[str, str]) -> None:
    found = _file("grid")
    assert "direction:grid" not in _answered(found, {"unit:grid": "degc"})[1]
    said = {"unit:grid": "degc", "direction:grid": "net_export"}
    channel = _answered(found, {key: said[key] for key in order})[0].channels[0]
    assert (channel.quantity, channel.direction, channel.multiplier) == ("temperature", "", 1.0)


def test_a_word_of_one_way_that_the_values_deny_is_asked_about_too() -> None:
    found = _file("Import")
    asked = {one.id: one.guess for one in found.questions}
    assert asked["direction:import"] == "net"
    profile, _ = _answered(found, {"unit:import": "kwh", "direction:import": "net"})
    assert profile.channels[0].direction == "net"


def test_nameless_numbers_without_a_minus_are_not_asked_about() -> None:
    rows = [f"{stamp},{abs(math.sin(i / 8)):.2f}" for i, stamp in enumerate(STAMPS)]
    found = inspect(csv("time,grid", *rows))
    assert not [one.id for one in found.questions if one.id.startswith("direction")]
