"""Every code is put into words, for one place and for many."""

from __future__ import annotations

import pytest

from fairwatt.core.quality.codes import CODES
from fairwatt.core.quality.wording import say


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_says_what_was_found_in_whole_sentences(code: str) -> None:
    for count, blocks in ((1, 1), (12_345, 67)):
        text = say(code, count=count, blocks=blocks, evidence=2.0)
        assert text.endswith(".")
        assert "{" not in text
        assert not any(part in text for part in ("1 values", "1 rows", "1 places"))
