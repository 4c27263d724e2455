"""What the text of one cell is: a number, a mark for a missing value, or something else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

DecimalMark = Literal[".", ","]
ThousandsMark = Literal["", ",", ".", " "]

# Texts that mean "no value" whatever the file, as loggers, spreadsheets and databases write them.
# fmt: off
STANDARD_NULLS: tuple[str, ...] = (
    "n/a", "N/A", "#N/A", "na", "NA", "NaN", "nan", "NAN", "null", "Null", "NULL", "none", "None", "NONE", "nil",
    "-", "--", "---", "?", "*", ".", "x",
    "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!", "inf", "-inf", "Inf",
)
# fmt: on
_NULLS = frozenset(STANDARD_NULLS)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?")
_GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"),
    ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?"),
    " ": re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?"),
}
_LONGEST_NUMBER = 40


def is_null(text: str) -> bool:
    """Whether a cell is blank or says that there is no value."""
    bare = text.strip()
    return not bare or bare in _NULLS


def is_number(text: str, mark: DecimalMark = ".", thousands: ThousandsMark = "") -> bool:
    """Whether a cell is a number written with these marks."""
    bare = text.strip()
    if len(bare) > _LONGEST_NUMBER:
        return False
    if thousands and _GROUPED[thousands].fullmatch(bare):
        return True
    return (_NUMBER if mark == "." else _COMMA_NUMBER).fullmatch(bare) is not None


def to_float(text: str, mark: DecimalMark = ".", thousands: ThousandsMark = "") -> float:
    """The value of a cell that :func:`is_number`."""
    bare = text.strip()
    if thousands:
        bare = bare.replace(thousands, "").replace("\u00a0", "").replace("\u202f", "")
    return float(bare.replace(",", ".") if mark == "," else bare)


def find_marks(cells: Iterable[str], delimiter: str) -> tuple[DecimalMark, ThousandsMark]:
    """Find the decimal and the thousands mark of a file by its cells.

    A decimal comma is only believed where no cell needs a point for one.
    """
    points = commas = grouped_comma = grouped_point = 0
    for cell in cells:
        bare = cell.strip()
        if _GROUPED[","].fullmatch(bare):
            grouped_comma += 1
        elif _GROUPED["."].fullmatch(bare) and "," in bare:
            grouped_point += 1
        elif "." in bare and _NUMBER.fullmatch(bare):
            points += 1
        elif "," in bare and _COMMA_NUMBER.fullmatch(bare):
            commas += 1
    if delimiter != "," and not points and (commas or grouped_point):
        return ",", "." if grouped_point else ""
    return ".", "," if grouped_comma and not commas else ""


def count_decimals(text: str, mark: DecimalMark = ".") -> int | None:
    """How many decimals a number is written with; None where it has an exponent or over 18 digits."""
    bare = text.strip().lstrip("+-")
    if "e" in bare or "E" in bare:
        return None
    whole, _, decimals = bare.partition(mark)
    digits = len(whole.lstrip("0")) + len(decimals)
    return len(decimals) if digits <= 18 else None  # noqa: PLR2004 - what a stored decimal can hold
