"""What a second look reads in a cell is what the one reader of single cells reads in it; all else is left alone."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.cells import Writing, plain_number
from fairwatt.lake.direct.numbers import read_numbers
from fairwatt.lake.direct.second_look import Cells, Marks, Met, Told, Units, added_up, look_again, needing_units
from fairwatt.lake.direct.words import PAD, Text

WORDS = ("NaN", "n/a", "-", "no reading today", "1,5", "€", "kWh?")
AFFIXES = ((), ("kWh",), ("kWh", "kW", ""), ("£", ""), ("EUR",))
PARTS = (
    "5",
    "12.75",
    "-3",
    "+4",
    "+-1",
    "007",
    "kWh",
    "kW",
    "W",
    "£",
    "EUR",
    " ",
    "  ",
    "",
    ".",
    "NaN",
    "n/a",
    "e3",
    "\t",
)
CELLS = st.lists(st.lists(st.sampled_from(PARTS), max_size=4).map("".join) | st.sampled_from(WORDS), max_size=30)


def looked_at(cells: list[str], affixes: tuple[str, ...]) -> tuple[Cells, Met | None, Marks]:
    """A column of cells after both looks."""
    data, starts, ends = bytearray(b"\n" * PAD), [], []
    for cell in cells:
        starts.append(len(data))
        data += cell.encode()
        ends.append(len(data))
        data += b","
    data += b"\n" * (PAD + 8 - len(data) % 8)
    text = Text(np.frombuffer(bytes(data), dtype=np.uint8))
    begins, stops = np.array([starts], dtype=np.int64), np.array([ends], dtype=np.int64)
    units, marks = Units.of(affixes), Marks.of(WORDS)
    assert units is not None
    first = needing_units(read_numbers(text, begins, stops, point=ord(".")), [units])
    return *look_again(text, begins, stops, first, marks, units=[units], point=ord(".")), marks


@given(cells=CELLS, affixes=st.sampled_from(AFFIXES))
def test_a_cell_is_its_number_a_word_for_nothing_or_left_to_its_text(
    cells: list[str], affixes: tuple[str, ...]
) -> None:
    read, met, marks = looked_at(cells, affixes)
    numbers, decimals, minus = read.numbers[0], read.decimals[0], read.minus
    words = {} if met is None else dict(zip(met.rows.tolist(), met.words.tolist(), strict=True))
    for at, cell in enumerate(cells):
        bare = cell.strip(" ")
        is_odd = read.odd is not None and bool(read.odd[0, at])
        is_missing = read.missing is not None and bool(read.missing[0, at])
        assert words.get(at) == (marks.texts.index(bare) if bare in WORDS else None), cell
        if is_odd:
            assert not is_missing
        elif is_missing:
            assert bare == "" or bare in WORDS
        else:
            number = plain_number(cell, Writing(affixes=affixes))
            assert number is not None, cell
            value = Decimal(int(numbers[at])).scaleb(-int(decimals[at]))
            assert (-value if minus is not None and minus[0, at] else value) == Decimal(number), cell


@pytest.mark.parametrize(
    ("cell", "affixes", "value"),
    [(" 1.5", (), 15), ("+7.5  ", (), 75), ("1.5kWh", ("kWh",), 15), (" 1.5  kWh ", ("kWh",), 15),
     ("£ -1.5", ("£", ""), -15), ("EUR1.5", ("EUR",), 15), ("1.5", ("£", ""), 15)],
    ids=["blank before", "plus", "unit", "unit and blanks", "currency", "currency needed", "none needed"],
)  # fmt: skip
def test_usual_writings_are_not_left_to_their_text(cell: str, affixes: tuple[str, ...], value: int) -> None:
    numbers, odd = looked_at([cell], affixes)[0].scaled(np.array([1]))
    assert (int(numbers[0, 0]), odd) == (value, None)


@pytest.mark.parametrize("affix", ["m3", "3ph", ".kW", "a unit of nine", " kW"])
def test_a_unit_that_might_be_part_of_a_number_is_left_to_the_engine(affix: str) -> None:
    assert Units.of((affix, "")) is None


def test_what_blocks_tell_adds_up() -> None:
    told = [Told(0, "NaN", 12, tuple(range(10))), Told(1, "NaN", 1, (4,)), Told(0, "NaN", 3, (20, 21, 22)).later(100)]
    assert added_up(told) == (Told(0, "NaN", 15, tuple(range(10))), Told(1, "NaN", 1, (4,)))
    assert Told(1, "-", 2, (3, 5)).later(10).rows == (13, 15)
