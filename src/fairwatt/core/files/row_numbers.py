"""The numbers of rows that programs write in front of a table's own columns: no channel, and told of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairwatt.core.files.layout import Layout
from fairwatt.core.findings import Finding, Severity

_HEAD = re.compile(r"unnamed: ?\d+(\.\d+)*", re.IGNORECASE)
_NUMBER = re.compile(r"(0|[1-9]\d*)(\.0)?")
_LEAST_ROWS = 3


def find_row_numbers(layout: Layout, columns: Sequence[int]) -> tuple[int, ...]:
    """The columns that only number the rows: without a head of their own, in a file with one, and 0, 1, 2… or 1, 2, 3…

    Parameters
    ----------
    layout
        The table's layout.
    columns
        The columns to look at.
    """
    if not any(name.strip() for name in layout.names):
        return ()
    return tuple(c for c in columns if _has_no_head(layout, c) and _numbers_rows(layout, c))


def row_numbers_finding(columns: Sequence[int]) -> tuple[Finding, ...]:
    """Tell of columns that are left out as row numbers; none where there are none."""
    if not columns:
        return ()
    which = " and ".join(f"Column {column + 1}" for column in columns)
    if len(columns) == 1:
        said = f"{which} has no name and only numbers the rows, as programs write it. It is no channel, and left out."
    else:
        said = f"{which} have no name and only number the rows, as programs write it. They are left out."
    return (Finding(code="row-numbers", severity=Severity.INFO, count=len(columns), message=said),)


def _has_no_head(layout: Layout, column: int) -> bool:
    head = layout.names[column].strip() if column < len(layout.names) else ""
    return not head or _HEAD.fullmatch(head) is not None


def _numbers_rows(layout: Layout, column: int) -> bool:
    """Whether each piece of the file counts on by one from row to row: the first from 0 or 1, others from higher."""
    first, last = True, -1
    for segment in layout.segments:
        cells = [row[column].strip() for row in segment]
        if not cells:
            continue
        if not all(_NUMBER.fullmatch(cell) for cell in cells):
            return False
        numbers = [int(float(cell)) for cell in cells]
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            return False
        if (first and (numbers[0] > 1 or len(numbers) < _LEAST_ROWS)) or numbers[0] <= last:
            return False
        first, last = False, numbers[-1]
    return not first
