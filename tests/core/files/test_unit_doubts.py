"""Units that a head says are asked about where the values speak against them, and believed otherwise."""

from __future__ import annotations

import pytest

from tests.core.files.test_values import asked, channel, file_of


@pytest.mark.parametrize(
    ("head", "write", "unit"),
    [
        ("Battery SOC %", "{:.2f}", "fraction"),
        ("Loading [%]", "{:.2f}", "fraction"),
        ("Battery SOC %", "{:.2f}%", None),
        ("THD V %", "{:.2f}", None),
        ("Voltage unbalance (%)", "{:.2f}", None),
    ],
)
def test_percentages_between_nought_and_one_are_asked_about(head: str, write: str, unit: str | None) -> None:
    found = file_of(head, lambda i: write.format(i % 50 / 50))
    guesses = [guess for key, guess in asked(found).items() if key.startswith("unit:")]
    assert guesses == ([unit] if unit else [])
    assert channel(found).unit == (unit or "percent")
    assert ("0.98 is 98 % then" in channel(found).why) == bool(unit)
