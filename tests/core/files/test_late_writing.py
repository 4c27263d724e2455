"""Numbers that no sampled row showed are read where they can mean one thing only."""

from __future__ import annotations

import pytest

from fairwatt.core.files.cells import Writing, plain_number
from fairwatt.core.files.late_writing import Column, find_late_writing

WATTS = Column(Writing(), unit="w", decimals=1, largest=989.5)
COMMAS = Column(Writing(","), unit="kwh", decimals=2, largest=640.25)


def read(column: Column, *texts: str) -> list[str | None]:
    """The number that each text turns out to be, None where it stays none."""
    writing = find_late_writing(dict.fromkeys(texts, 1), column) or column.writing
    return [plain_number(text, writing) for text in texts]


@pytest.mark.parametrize(
    ("column", "text", "number"),
    [
        (WATTS, "1,022.4", "1022.4"),
        (WATTS, "1,234,567", "1234567"),
        (WATTS, "1,022", "1022"),
        (WATTS, "1 022.4", "1022.4"),
        (WATTS, "1'022.4", "1022.4"),
        (WATTS, "(719.2)", "-719.2"),
        (WATTS, "(1,719.2)", "-1719.2"),
        (WATTS, "0.26-", "-0.26"),
        (WATTS, "\u221230.5", "-30.5"),
        (WATTS, "378,1", "378.1"),
        (WATTS, "719.2 W", "719.2"),
        (WATTS, "719.2W", "719.2"),
        (COMMAS, "1.022,40", "1022.40"),
        (COMMAS, "1.022", "1022"),
        (COMMAS, "1 022,40", "1022.40"),
        (COMMAS, "378.15", "378.15"),
    ],
)
def test_a_number_with_one_meaning_is_read(column: Column, text: str, number: str) -> None:
    assert read(column, text) == [number]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (WATTS, "1.13 kW"),  # a thousand times as much
        (WATTS, "(3)"),  # a footnote's number among decimals
        (WATTS, "12.5.2026"),
        (WATTS, "overload"),
        (WATTS, "n/a"),
        (WATTS, "22/10"),
        (Column(Writing(), decimals=3, largest=640.251), "1,022"),  # as many digits as its decimals have
        (Column(Writing(), decimals=1, largest=4.2), "1,022"),  # 1.022 would go with its others
        (Column(Writing(), decimals=0, largest=4812.0), "1,022"),  # its thousands have no mark
        (Column(Writing(), decimals=0, largest=640.0, is_mark_known=False), "1,022"),
        (Column(Writing(), decimals=0, largest=640.0, is_mark_known=False), "378,1"),
        (Column(Writing(), unit="", decimals=1, largest=989.5), "719.2 W"),  # nobody knows what the others are in
        (Column(Writing(), decimals=1), "1,022.4"),
    ],
)
def test_what_may_mean_something_else_stays_no_number(column: Column, text: str) -> None:
    assert read(column, text) == [None]
    assert find_late_writing({text: 1}, column) is None


def test_marks_that_contradict_each_other_are_not_read() -> None:
    assert read(WATTS, "1,022", "378,1") == [None, None]


def test_words_do_not_hinder_what_stands_beside_them() -> None:
    assert read(WATTS, "(0.14)", "overload", "1,022.4") == ["-0.14", None, "1022.4"]
