"""Letters and marks behind numbers: read without, and told of; never where they may mean more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fairwatt.core.files import Inspection
from fairwatt.core.files.profile import Kind
from fairwatt.core.files.value_flags import find_flags
from tests.core.files.samples import csv, half_hours, inspect

STAMPS = [row.split(",")[0] for row in half_hours(60)]


def _file(cell: Callable[[int], str], head: str = "Import kWh") -> Inspection:
    return inspect(csv(f"time,{head}", *(f"{stamp},{cell(i)}" for i, stamp in enumerate(STAMPS))))


@pytest.mark.parametrize(
    ("cell", "flags", "count"),
    [
        (lambda i: f"{i}.732{'E' if i % 5 == 0 else ''}", "‘E’", 12),
        (lambda i: f"{i}.732{'*' if i % 5 == 0 else ''}", "‘*’", 12),
        (lambda i: f"{i}.732 {'AE'[i % 2]}", "‘A’, ‘E’", 60),
        (lambda i: f"{i}.7 [p]", "‘[p]’", 60),
        (lambda i: f"{i}.7 (e)", "‘(e)’", 60),
    ],
    ids=["every fifth", "stars", "actual and estimated", "provisional", "in brackets"],
)
def test_flags_are_told_of_and_the_numbers_are_read(cell: Callable[[int], str], flags: str, count: int) -> None:
    found = _file(cell)
    assert found.profile is not None, found.findings
    channel = found.profile.channels[0]
    assert (channel.kind, channel.unit, channel.quantity) == (Kind.NUMBER, "kwh", "energy")
    (told,) = [one for one in found.findings if one.code == "flagged-values"]
    assert told.count == count
    assert f"have {flags} behind them" in told.message


@pytest.mark.parametrize(
    "texts",
    [["1.2k", "3.4k"], ["0.5 I", "0.3 E"], ["0.5C", "0.3D"], ["12A", "13B"], ["230.1 V", "229.9 V"], ["1.5 kWh"],
     ["1.5", "2.5"], ["1.1a", "1.2b", "1.3c", "1.4d", "1.5e", "1.6f", "1.7g"], ["5%"],
     ["12-A"], ["0.348CR"]],
)  # fmt: skip
def test_what_may_mean_more_is_no_flag(texts: list[str]) -> None:
    assert find_flags(texts) == ()


def test_codes_stay_words() -> None:
    rows = [f"{stamp},1.5,{i % 4 + 1}{'AB'[i % 2]}" for i, stamp in enumerate(STAMPS)]
    found = inspect(csv("time,kW,Board", *rows)).profile
    assert found is not None
    assert "Board" not in [one.name for one in found.channels if one.kind is Kind.NUMBER]
