"""How some of a column's numbers are written that none of the sampled ones showed: 1,022.4 among 889.1, (0.14), 0.26-.

What samples say of a column's writing is the profile's. All cells are seen only while the file is read; those that are
no numbers by the profile are looked at here once more, and taken where their writing has one meaning only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fairwatt.core.files.cells import (
    ASCII_BLANKS,
    BLANKS,
    MINUS_SIGNS,
    Notation,
    Writing,
    is_missing_word,
    plain_number,
)
from fairwatt.core.files.marks import evidence_of, unit_beside
from fairwatt.core.units import find_unit

_SEAM = 100.0  # up to which a column's plain numbers reach at least, where the thousand's mark begins with a thousand
_THOUSAND = 1000.0
_THREE = 3
_CERTAIN: tuple[Notation, ...] = ("minus_after", "brackets", "minus_sign", "blanks")


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a column whose cells are looked at.

    Attributes
    ----------
    writing
        How its numbers are written by the profile.
    unit
        The code of the unit that its plain numbers are in; "" where they are multiplied first, or nobody knows.
    decimals
        Of the numbers that could be read; None where they are floats.
    largest
        Of the numbers that could be read; None where there is none.
    is_mark_known
        Whether the file shows its decimal mark, or somebody said it.
    """

    writing: Writing
    unit: str = ""
    decimals: int | None = None
    largest: float | None = None
    is_mark_known: bool = True


def find_late_writing(texts: Mapping[str, int], column: Column) -> Writing | None:
    """How a column's numbers are written, those among some texts that are none by its profile too.

    Parameters
    ----------
    texts
        Cells of the column that are no numbers as its profile has them, and how often each comes.

    Returns
    -------
    Writing | None
        None where none of them is a number with one meaning only.
    """
    if column.largest is None or "swapped_marks" in column.writing.notation:
        return None
    numbers = [text for text in texts if any(map(str.isdigit, text)) and not is_missing_word(text)]
    found = _with_unit(numbers, column)
    for notation in _CERTAIN:
        if notation not in found.notation and any(_shows(notation, text, column) for text in numbers):
            found = replace(found, notation=(*found.notation, notation))
    found = _with_marks(numbers, found, column)
    if found == column.writing or not any(plain_number(text, found) is not None for text in numbers):
        return None
    return found


def is_late_number(text: str, column: Column, writing: Writing) -> bool:
    """Whether a text is a number by a fuller way of writing, and not by the column's own."""
    return plain_number(text, column.writing) is None and plain_number(text, writing) is not None


def _shows(notation: Notation, text: str, column: Column) -> bool:
    """Whether a text has a minus of this kind; a whole number in brackets may be a footnote's among decimals."""
    bare = text.strip(BLANKS)
    if notation == "blanks":
        return bare != text.strip(ASCII_BLANKS)
    if notation == "minus_sign":
        return bare.startswith(tuple(MINUS_SIGNS))
    if notation == "minus_after":
        return bare.endswith("-") and not bare.startswith("-")
    is_plain = column.decimals == 0 or column.writing.mark in bare
    return bare.startswith("(") and bare.endswith(")") and is_plain


def _with_unit(numbers: list[str], column: Column) -> Writing:
    """The writing with the column's own unit beside some numbers: 719 W in a column of watts."""
    writing = column.writing
    if any(writing.affixes) or not column.unit:
        return writing
    beside = {unit_beside(text) for text in numbers}
    own = sorted(affix for affix in beside if affix and (unit := find_unit(affix)) and unit.code == column.unit)
    return replace(writing, affixes=("", *own)) if own else writing


def _with_marks(numbers: list[str], writing: Writing, column: Column) -> Writing:
    """The writing with marks between thousands, or with the other decimal mark, where these can be nothing else."""
    if writing.thousands or {"groups", "other_mark"} & set(writing.notation):
        return writing
    bare = [text.strip(f"{BLANKS}()+-{MINUS_SIGNS}") for text in numbers]
    seen = evidence_of(bare)
    is_point = writing.mark == "."
    sure = (seen.comma_groups if is_point else seen.point_groups) + seen.blank_groups + seen.quote_groups
    sure += seen.line_groups
    turned = seen.comma if is_point else seen.point
    is_open = bool(seen.open_comma if is_point else seen.open_point)
    if sure and not turned:
        return replace(writing, notation=(*writing.notation, "groups"))
    if is_open and not turned and column.is_mark_known and _may_pass_a_thousand(column):
        return replace(writing, notation=(*writing.notation, "groups"))
    if turned and not sure and not is_open and column.is_mark_known:
        return replace(writing, notation=(*writing.notation, "other_mark"))
    return writing


def _may_pass_a_thousand(column: Column) -> bool:
    """Whether numbers from a thousand on are what is missing: the others reach hundreds, and have no three decimals."""
    largest = column.largest or 0.0
    return _SEAM <= largest < _THOUSAND and column.decimals is not None and column.decimals < _THREE
