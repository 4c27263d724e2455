"""Every code is put into words, for one place and for many."""

from __future__ import annotations

import numpy as np
import pytest

from fairwatt.core.quality.codes import CODES
from fairwatt.core.quality.wording import say
from tests.core.quality.made import load, scan


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_says_what_was_found_in_whole_sentences(code: str) -> None:
    for count, blocks in ((1, 1), (12_345, 67)):
        text = say(code, count=count, blocks=blocks, evidence=2.0)
        assert text.endswith(".")
        assert "{" not in text
        assert not any(part in text for part in ("1 values", "1 rows", "1 places"))


def test_what_is_not_allowed_says_what_it_shows_and_what_would_be_allowed() -> None:
    values = np.full(100, 240.0)
    values[40:42] = (260.0, 258.5)
    found = scan(values + np.arange(100) % 3, quantity="voltage", unit="v").report.findings
    (said,) = (one for one in found if one.code == "out-of-range")
    assert said.message == (
        "2 values in 1 place are outside what is allowed or usual. Found: 261 V; allowed: 216.2 to 253 V."
    )
    assert said.places[0].value == 261.0


def test_marks_are_named_with_their_sign() -> None:
    values = load(1_000)
    values[[100, 300]] = -999
    (said,) = (one for one in scan(values).report.findings if one.code == "sentinel-values")
    assert said.message == "2 values are numbers that stand for a missing one. The number: -999."
    assert [place.value for place in said.places] == [-999.0, -999.0]
