"""What the text of one cell is: a number, a mark for a missing value, or something else.

The lake reads cells by the same rules in SQL (:mod:`fairwatt.lake.cells`); a test keeps the two in step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

DecimalMark = Literal[".", ","]
ThousandsMark = Literal["", ",", ".", " ", "'", "_"]
Notation = Literal["minus_after", "brackets", "minus_sign", "blanks", "other_mark", "swapped_marks", "groups"]

# Texts that mean "no value" whatever the file, as loggers, spreadsheets and databases write them.
# fmt: off
STANDARD_NULLS: tuple[str, ...] = (
    "n/a", "N/A", "#N/A", "na", "NA", "NaN", "nan", "NAN", "null", "Null", "NULL", "none", "None", "NONE", "nil",
    "-", "--", "---", "?", "*", ".", "x",
    "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!", "inf", "-inf", "Inf",
)
# Words that say why a number is missing. In a column of words they are states, so they only count among numbers.
_NUMBER_NULLS = frozenset((
    "n.a.", "n.a", "n/d", "nd", "#n/a", "#n/d", "na()", "#na", "nan", "<null>", "(null)", "[null]", "\\n", "nil",
    "nill", "null", "none", "na", "n/a", "not available", "not applicable", "unavailable", "no data", "nodata",
    "no value", "no reading", "no result", "no signal", "missing", "miss", "blank", "empty", "bad", "bad data",
    "bad input", "bad quality", "bad value", "invalid", "error", "err", "fail", "failed", "failure", "fault",
    "faulty", "comm fail", "comm failure", "comms fail", "comms failure", "comm error", "comms error", "comms loss",
    "comm loss", "i/o timeout", "timeout", "time out", "timed out", "offline", "off-line", "arc off-line", "shutdown",
    "intf shut", "not connect", "not connected", "pt created", "configure", "calc failed", "calc timeout", "scan off",
    "scan timeout", "over range", "under range", "overrange", "underrange", "out of range", "ovfl", "overflow",
    "unknown", "undefined", "undef", "tbc", "tbd", "void", "+", "-", "--", "---", "----", "-----", ".", "..", "...",
    "…", "–", "—", "-.-", "--.-", "--.--", "***", "**", "*", "inf", "infinity", "+inf", "-inf", "-infinity", "1.#inf",
    "-1.#inf", "1.#ind", "-1.#ind", "1.#qnan", "-nan", "x", "?", "??", "???", "#", "##", "###", "####", "#####",
    "######", "#######", "########", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",
))
# fmt: on
_NULLS = frozenset(STANDARD_NULLS)
ASCII_BLANKS = " \t\n\r\v\f"
BLANKS = " \t\u00a0\u2007\u2009\u202f\ufeff"
GROUP_BLANKS = " \u00a0\u2009\u202f"  # what may stand between groups of three digits
APOSTROPHES = "'\u2019"
MINUS_SIGNS = "\u2212\u2013\u2012"  # minus, dashes
_LONGEST_NUMBER = 60
_DIGITS = 15  # up to which a double, too, keeps a decimal as it is written; longer ones were printed from doubles
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
GROUPS: dict[str, str] = {",": ",", ".": r"\.", " ": f"[{GROUP_BLANKS}]", "'": f"[{APOSTROPHES}]", "_": "_"}
STRIPPED: dict[str, str] = {",": ",", ".": ".", " ": GROUP_BLANKS, "'": APOSTROPHES, "_": "_"}


@dataclass(frozen=True, slots=True)
class Writing:
    """How the numbers of a column are written: its file's marks, and what it has of its own.

    See :class:`fairwatt.core.files.profile.Dialect` and :class:`~fairwatt.core.files.profile.ChannelRule`.
    """

    mark: DecimalMark = "."
    thousands: ThousandsMark = ""
    affixes: tuple[str, ...] = ()
    notation: tuple[Notation, ...] = ()

    @property
    def own(self) -> Writing:
        """The same with the column's own marks, where it has its file's the other way round."""
        if "swapped_marks" not in self.notation:
            return self
        kept = tuple(one for one in self.notation if one != "swapped_marks")
        return replace(self, mark=other_mark(self.mark), thousands=self.mark, notation=kept)


def is_null(text: str) -> bool:
    """Whether a cell is blank or says that there is no value."""
    bare = text.strip()
    return not bare or bare in _NULLS


def is_missing_word(text: str) -> bool:
    """Whether a cell among numbers is one of the known words for a missing value; a blank cell is not."""
    bare = text.strip(BLANKS)
    return bare in _NULLS or " ".join(bare.casefold().replace("_", " ").split()) in _NUMBER_NULLS


def grouped_pattern(mark: str, thousands: str) -> str:
    """The pattern of a number with marks between its thousands, for Python and for DuckDB alike."""
    groups = rf"[1-9][0-9]{{0,2}}(?:{GROUPS[thousands]}[0-9]{{3}})+"
    if thousands == ",":  # 12,34,567 too, as they are grouped in India
        groups = rf"(?:{groups}|[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}})"
    return rf"[+-]?{groups}(?:{re.escape(mark)}[0-9]*)?"


def groups_pattern(mark: str) -> str:
    """The pattern of a number with any mark between its thousands but the decimal one, for Python and DuckDB alike."""
    return "|".join(f"(?:{grouped_pattern(mark, thousands)})" for thousands in GROUPS if thousands != mark)


def group_marks(mark: str) -> str:
    """All that may stand between thousands where a file's decimal mark is ``mark``."""
    return "".join(STRIPPED.values()).replace(mark, "")


def other_mark(mark: str) -> DecimalMark:
    """The decimal mark that a file does not have."""
    return "." if mark == "," else ","


def other_pattern(mark: str) -> str:
    """The pattern of a number with the other decimal mark, for Python and for DuckDB alike.

    Three digits behind it could be thousands, and are none of it.
    """
    return rf"[+-]?(?:[0-9]*[{other_mark(mark)}](?:[0-9]{{1,2}}|[0-9]{{4,}})|0?[{other_mark(mark)}][0-9]{{3}})"


def affix_pattern(affixes: tuple[str, ...]) -> str:
    """The pattern of a number with one of these affixes before or after it, for Python and for DuckDB alike.

    Groups: sign, sign and number after an affix; sign and number before one (each of the two may be absent).
    """
    words = "|".join(_escaped(affix) for affix in sorted(affixes, key=len, reverse=True) if affix)
    blank, number = f"[{BLANKS}]*", rf"[+-]?\.?[0-9][0-9.,_{GROUP_BLANKS}{APOSTROPHES}]*(?:[eE][+-]?[0-9]+)?"
    before, after = rf"([+-]?){blank}(?:{words}){blank}({number})", rf"({number}?){blank}(?:{words})"
    alone = rf"|({number})" if "" in affixes else "|()"
    return f"(?:{before}|{after}{alone})"


def _escaped(affix: str) -> str:
    return re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", affix)


@lru_cache(maxsize=256)
def _affixed(affixes: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(affix_pattern(affixes))


@lru_cache(maxsize=2)
def _with_other(mark: str) -> re.Pattern[str]:
    return re.compile(other_pattern(mark))


@lru_cache(maxsize=2)
def _with_groups(mark: str) -> re.Pattern[str]:
    return re.compile(groups_pattern(mark))


@lru_cache(maxsize=16)
def _grouped(mark: str, thousands: str) -> re.Pattern[str]:
    return re.compile(grouped_pattern(mark, thousands))


def plain_number(text: str, writing: Writing) -> str | None:
    """A cell's number written plainly (digits, a point, an exponent), or None where it is not such a number.

    Examples
    --------
    >>> plain_number("(£1,250.50)", Writing(thousands=",", affixes=("£",), notation=("brackets",)))
    '-1250.50'
    """
    writing = writing.own if writing.notation else writing
    bare = text.strip(BLANKS if "blanks" in writing.notation else ASCII_BLANKS)
    if not bare or len(bare) > _LONGEST_NUMBER:
        return None
    if _PLAIN.fullmatch(bare) and not writing.affixes and (writing.mark == "." or bare.isdigit()):
        return bare
    if "other_mark" in writing.notation and _with_other(writing.mark).fullmatch(bare):
        bare = bare.replace(other_mark(writing.mark), writing.mark)
    if writing.notation:
        bare = _without_notation(bare, writing.notation)
    if writing.affixes:
        match = _affixed(writing.affixes).fullmatch(bare)
        if match is None:
            return None
        bare = "".join(part or "" for part in match.groups()).strip(BLANKS)
    if "groups" in writing.notation and not writing.thousands and _with_groups(writing.mark).fullmatch(bare):
        bare = bare.translate({ord(mark): None for mark in group_marks(writing.mark)})
    bare_number = _without_marks(bare, writing)
    return bare_number if bare_number is not None and _PLAIN.fullmatch(bare_number) else None


def _without_notation(bare: str, notation: tuple[Notation, ...]) -> str:
    if "brackets" in notation and bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1].strip(BLANKS)}"
    if "minus_sign" in notation and bare[:1] in MINUS_SIGNS:
        bare = f"-{bare[1:]}"
    if "minus_after" in notation and bare.endswith("-"):
        bare = f"-{bare[:-1].rstrip(BLANKS)}"
    return bare


def _without_marks(bare: str, writing: Writing) -> str | None:
    marks = STRIPPED[writing.thousands] if writing.thousands else ""
    if marks and any(mark in bare for mark in marks):
        if _grouped(writing.mark, writing.thousands).fullmatch(bare) is None:
            return None
        bare = bare.translate({ord(mark): None for mark in marks})
    if writing.mark == ",":
        if "." in bare:
            return None
        bare = bare.replace(",", ".")
    return bare


def is_number(text: str, mark: DecimalMark = ".", thousands: ThousandsMark = "") -> bool:
    """Whether a cell is a number written with these marks."""
    return plain_number(text, Writing(mark, thousands)) is not None


def to_float(text: str, mark: DecimalMark = ".", thousands: ThousandsMark = "") -> float:
    """The value of a cell that :func:`is_number`."""
    return float(plain_number(text, Writing(mark, thousands)) or "nan")


def count_decimals(plain: str) -> int | None:
    """How many decimals a plain number is written with; None where it has an exponent or over 18 digits."""
    bare = plain.lstrip("+-")
    if "e" in bare or "E" in bare:
        return None
    whole, _, decimals = bare.partition(".")
    digits = len(whole.lstrip("0")) + len(decimals)
    return len(decimals) if digits <= 18 else None  # what a stored decimal can hold


def most_decimals(numbers: Iterable[str]) -> int | None:
    """Most decimals of some plain numbers; None where they need more digits than were measured."""
    most = whole = 0
    for text in numbers:
        count = count_decimals(text)
        if count is None:
            return None
        most = max(most, count)
        whole = max(whole, len(text.partition(".")[0]))
    return most if most + whole <= _DIGITS else None
