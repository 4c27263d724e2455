"""Text in columns of blanks, as loggers and old programs print it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.stamp_columns import is_stamp

_LOOKED_AT = 300
_LEAST_LINES = 3
_EVEN = 0.9
_PREAMBLE = 10  # lines before the table that need not be like it
_TYPED = 0.8
# Two blanks or a tab part columns whose cells hold single blanks; else every blank does.
_GAPS = (re.compile(r"[ \u00a0]{2,}|[ \u00a0]*\t[ \u00a0]*"), re.compile(r"\s+"))


def find_gap(lines: Sequence[str]) -> re.Pattern[str] | None:
    """What parts the columns of a text that is aligned by blanks; None where it is prose.

    Parameters
    ----------
    lines
        The first lines.

    Examples
    --------
    >>> find_gap(["2021-01-01 00:00   1.5  230", "2021-01-01 00:30   2.5  231", "2021-01-01 01:00  10.5  229"]).pattern
    '[ \\\\u00a0]{2,}|[ \\\\u00a0]*\\\\t[ \\\\u00a0]*'
    """
    look = [line.strip() for line in lines if line.strip()][:_LOOKED_AT]
    fitting = [(gap, rows) for gap in _GAPS if (rows := _columns(look, gap))]
    named = [gap for gap, rows in fitting if not any(is_number(cell) or is_stamp(cell) for cell in rows[0])]
    return next(iter(named), fitting[0][0] if fitting else None)


def _columns(lines: Sequence[str], gap: re.Pattern[str]) -> list[list[str]]:
    """The lines' cells where most lines have equally many, and data among them; only those lines."""
    rows = [split_line(line, gap) for line in lines]
    width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
    even = [row for row in rows if len(row) == width]
    is_even = width > 1 and count >= max(_LEAST_LINES, _EVEN * (len(rows) - _PREAMBLE))
    return even if is_even and _has_data(even) else []


def split_line(line: str, gap: re.Pattern[str]) -> list[str]:
    """The cells of one line; a colon after a time belongs to none of them."""
    return [cell[:-1] if cell.endswith(":") and cell[:1].isdigit() else cell for cell in gap.split(line.strip())]


def _has_data(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column holds times, and another one numbers."""
    columns = list(zip(*rows, strict=True))
    times = [sum(map(is_stamp, cells)) >= _TYPED * len(cells) for cells in columns]
    numbers = [sum(map(_is_value, cells)) >= _TYPED * len(cells) for cells in columns]
    return (any(times) or len(numbers) - sum(numbers) <= 1) and any(numbers)


def _is_value(cell: str) -> bool:
    """Whether a cell is a number, also one with the star of an estimate behind it, or says that there is none."""
    return is_number(cell.rstrip("*")) or is_null(cell)
