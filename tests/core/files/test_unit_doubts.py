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


def test_a_head_of_v_alone_over_values_that_are_no_voltages_is_asked_about_with_all_units() -> None:
    found = file_of("V", lambda i: f"{i % 50 / 20:.3f}")
    question = next(one for one in found.questions if one.id == "unit:v")
    assert {"kw", "kwh", "w", "v", "degc"} <= {value for value, _ in question.choices}
    assert question.why.endswith("V may stand for value, too, and the values are not as steady as voltages are.")


@pytest.mark.parametrize("middle", [3.7, 12.6, 230.0])
def test_a_head_of_v_alone_over_steady_values_is_believed(middle: float) -> None:
    found = file_of("V", lambda i: f"{middle * (1 + (i % 9 - 4) / 100):.3f}")
    assert (channel(found).unit, asked(found)) == ("v", {})
