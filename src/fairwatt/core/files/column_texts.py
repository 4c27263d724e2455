"""The different texts of a column, sorted by what they are: numbers, words for a missing value, and others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from fairwatt.core.files.cells import STANDARD_NULLS, Writing, is_missing_word, plain_number

_LONG = 10  # digits of a code; no meter counts so far
_ENOUGH = 10  # cells


@dataclass(frozen=True, slots=True)
class ColumnTexts:
    """The different texts of a column with how often they come: numbers (plainly written), and others."""

    plain: dict[str, str]
    numbers: int
    others: Counter[str]
    missing: frozenset[str]  # known words for a missing value that are no standard ones

    @property
    def filled(self) -> int:
        """How many cells hold anything."""
        return self.numbers + self.others.total()

    @property
    def has_point(self) -> bool:
        """Whether any number has a point."""
        return any("." in text for text in self.plain.values())

    @property
    def are_flags(self) -> bool:
        """Whether all numbers are noughts and ones."""
        return bool(self.plain) and self.plain.keys() <= {"0", "1"}

    @property
    def has_leading_zero(self) -> bool:
        """Whether any number begins with a nought that says nothing, as codes do."""
        return any(len(text) > 1 and text[0] == "0" and text[1].isdigit() for text in self.plain.values())

    @property
    def is_one_long_number(self) -> bool:
        """Whether all cells hold the same whole number of so many digits as only codes have: a meter's, a product's."""
        is_one = len(self.plain) == 1 and not self.others and self.numbers >= _ENOUGH
        return is_one and all(text.isdigit() and len(text) >= _LONG for text in self.plain)


def sort_texts(counted: Counter[str], writing: Writing) -> ColumnTexts:
    """Sort a column's texts by what they are; known words for a missing value are neither."""
    plain: dict[str, str] = {}
    others: Counter[str] = Counter()
    missing: set[str] = set()
    numbers = 0
    for text, count in counted.items():
        if (number := plain_number(text, writing)) is not None:
            plain[text] = number
            numbers += count
        elif text.strip() and is_missing_word(text):
            missing.add(text.strip())
        elif text.strip():
            others[text] = count
    return ColumnTexts(plain, numbers, others, frozenset(missing).difference(STANDARD_NULLS))
