"""Columns whose points or commas may mean another thing than in their file: 1.349 beside 899, and 12.5 in the next."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from fairwatt.core.files.cells import DecimalMark, other_mark
from fairwatt.core.files.marks import Evidence, Marks, evidence_of

_FEW = 3
_NAMES: dict[str, str] = {".": "point", ",": "comma"}


class ColumnMarks(NamedTuple):
    """A column whose marks are asked about: a number of it, its probable decimal mark, and why."""

    example: str
    guess: DecimalMark
    why: str


def doubt_column(texts: Collection[str], marks: Marks, delimiter: str, *, is_tiny: bool) -> ColumnMarks | None:
    """Whether a column's only marks stand before three digits, and may mean another thing than in its file.

    Parameters
    ----------
    texts
        The column's different texts.
    marks
        The file's marks, by the evidence of all columns.
    delimiter
        The file's: whoever separates by commas and quotes a number for its comma means thousands.
    is_tiny
        Whether its heading says a unit so small that nobody has a thousandth of it.
    """
    if not (marks.is_shown or marks.open_example):
        return None
    seen = evidence_of(texts)
    if _is_settled(seen):
        return None
    mark: DecimalMark = "," if seen.open_comma else "."
    small = seen.small - seen.noughts
    if mark == marks.decimal:
        return _as_decimals(seen, marks, small, is_tiny=is_tiny)
    if marks.thousands != mark or small or (mark == "," and delimiter == ","):
        return None
    if seen.large:
        why = f"Whole numbers from a thousand on have no {_NAMES[mark]}, so it is probably none between thousands."
        return ColumnMarks(seen.example, mark, why)
    why = f"Other columns have a {_NAMES[other_mark(mark)]} before decimals; here each number has one {_NAMES[mark]}."
    if not marks.is_shown:
        why = f"Each number here has one {_NAMES[mark]}, and none of them is below a thousand without it."
    return ColumnMarks(seen.example, other_mark(mark), why)


def _is_settled(seen: Evidence) -> bool:
    """Whether a column has no mark, or some number that can only be read in one way."""
    groups = seen.point_groups + seen.comma_groups + seen.blank_groups + seen.quote_groups + seen.line_groups
    is_one = (seen.open_comma == 0) != (seen.open_point == 0)
    return not is_one or bool(groups or seen.comma or seen.point)


def _as_decimals(seen: Evidence, marks: Marks, small: int, *, is_tiny: bool) -> ColumnMarks | None:
    """A column whose marks are its file's decimal marks, and may stand between thousands."""
    name = _NAMES[marks.decimal]
    if seen.large or not (small >= (1 if is_tiny else _FEW) or (is_tiny and not small)):
        return None
    if small:
        why = f"Numbers from a thousand on have a {name} before their last three digits, and smaller ones have none."
        return ColumnMarks(
            seen.example, other_mark(marks.decimal), f"{why} In other columns it stands before decimals."
        )
    why = f"In other columns the {name} stands before decimals, but nobody meters thousandths of so small a unit."
    return ColumnMarks(seen.example, marks.decimal, why)
