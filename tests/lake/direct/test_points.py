"""Columns without readings are searched for numbers of supply points only where such a number could be."""

from __future__ import annotations

import re
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.privacy import MPAN_WRITTEN
from fairwatt.lake.direct.blocks import Layout, block_of, read_blocks
from fairwatt.lake.direct.points import pointed_columns

LAYOUT = Layout(3, ord(","), ord('"'))


@pytest.mark.parametrize(
    ("cell", "may"),
    [
        ("1234567890123", True),
        ("12 3456-7890 123", True),
        ("MPAN 1234567890123", True),
        ("123456789012", False),
        ("2024-02-13 06:00:00", False),
        ("2024-02-13T06:00:00.000Z", False),
        ("51.123456;-1.123456", False),
        ("1234567890.123", False),
        ("a - - - - - - - - b", False),
    ],
)
def test_only_thirteen_digits_in_a_row_count(cell: str, may: bool) -> None:
    block = block_of(f'x,"{cell}",1\n'.encode(), LAYOUT)
    assert pointed_columns(block, (0, 1), delimiter=LAYOUT.delimiter) == ({1} if may else set())


@given(st.lists(st.lists(st.text("0123 -x.", max_size=18), min_size=3, max_size=3), min_size=1, max_size=9))
def test_no_cell_that_is_written_like_such_a_number_is_passed_by(rows: list[list[str]]) -> None:
    text = "".join(",".join(row) + "\n" for row in rows).encode()
    with tempfile.TemporaryFile() as file:
        file.write(text)
        file.flush()
        (block,) = read_blocks(file.fileno(), 0, len(text), LAYOUT, size=1 << 20)
    found = pointed_columns(block, (0, 1, 2), delimiter=LAYOUT.delimiter)
    assert {at for row in rows for at, cell in enumerate(row) if re.search(MPAN_WRITTEN, cell)} <= found
