"""How a file's numbers are written: its decimal and thousands marks by the evidence of all cells, and each column's
units in the cells and ways of writing a minus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from unicodedata import normalize

from fairwatt.core.files.cells import (
    APOSTROPHES,
    ASCII_BLANKS,
    BLANKS,
    GROUP_BLANKS,
    MINUS_SIGNS,
    DecimalMark,
    Notation,
    ThousandsMark,
    Writing,
    is_missing_word,
    is_number,
    other_mark,
    plain_number,
)
from fairwatt.core.files.value_flags import find_flags
from fairwatt.core.units import find_unit

_BODY = re.compile(rf"\.?[0-9][0-9.,_{GROUP_BLANKS}{APOSTROPHES}]*(?:[eE][+-]?[0-9]+)?")
_POINTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]*")
_COMMAED = re.compile(
    r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]*)?|[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}|[1-9][0-9]{0,2}(?:,[0-9]{3})+\.[0-9]*"
)
_BLANKED = re.compile(rf"[1-9][0-9]{{0,2}}(?:[{GROUP_BLANKS}][0-9]{{3}})+(?:[.,][0-9]*)?")
_QUOTED = re.compile(rf"[1-9][0-9]{{0,2}}(?:[{APOSTROPHES}][0-9]{{3}})+(?:[.,][0-9]*)?")
_UNDERLINED = re.compile(r"[1-9][0-9]{0,2}(?:_[0-9]{3})+(?:[.,][0-9]*)?")
_OPEN = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_COMMA = re.compile(r"[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+,")
_POINT = re.compile(r"[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+\.")
_FEW = 3
_ENOUGH = 200
_ODD = 0.03  # of the commas before three digits: fewer with another count are slips, not the last zeros left out
_MARKING = f",_{APOSTROPHES}{GROUP_BLANKS}"
_DELIMITERS = frozenset(",;|")
_NUMERIC = 0.8  # share of a column's texts that must be numbers for its affixes to be believed
_LONGEST_AFFIX = 12
_NULL_WORDS = 5  # different texts in a column of numbers that may all mean "missing"
_LONGEST_NULL = 24
_POINTS_FROM_A_THOUSAND = (
    "Numbers from a thousand on have a point before their last three digits, and smaller ones have none."
)
_POINTS_EVERYWHERE = "Every number has a point before its last three digits."
_WRAPPED = re.compile(
    rf"(?P<open>\()?[{BLANKS}]*(?P<sign>[+\-{MINUS_SIGNS}]?)[{BLANKS}]*(?P<before>[^0-9.,+\-({MINUS_SIGNS}]*?)[{BLANKS}]*"
    rf"(?P<inner>[+\-{MINUS_SIGNS}]?)[{BLANKS}]*(?P<body>\.?[0-9](?:[0-9.,_{GROUP_BLANKS}{APOSTROPHES}]*[0-9.])?"
    rf"(?:[eE][+-]?[0-9]+)?)[{BLANKS}]*(?P<after>[^0-9\-)][^)]*?)?[{BLANKS}]*(?P<minus>-)?(?P<close>\))?"
)


class Marks(NamedTuple):
    """A file's marks. ``open_example`` is a number that could be two, where nothing decides; else "". ``is_shown``
    tells that some number can only be read with this decimal mark."""

    decimal: DecimalMark
    thousands: ThousandsMark
    open_example: str = ""
    why: str = ""
    is_shown: bool = False


@dataclass(slots=True)
class Evidence:
    """Counts of different texts by what they say."""

    comma: int = 0  # a comma that can only be a decimal mark
    loose_comma: int = 0  # of those, where not three digits follow
    point: int = 0
    comma_groups: int = 0  # commas that can only be between thousands
    point_groups: int = 0
    blank_groups: int = 0
    quote_groups: int = 0
    line_groups: int = 0
    open_comma: int = 0  # 1,234
    open_point: int = 0
    small: int = 0  # whole numbers below a thousand
    noughts: int = 0  # of those
    large: int = 0  # whole numbers from a thousand on, without a mark
    example: str = ""


def find_marks(cells: Iterable[str], delimiter: str) -> Marks:
    """Find the decimal and the thousands mark of a file by its cells.

    Parameters
    ----------
    cells
        Texts of cells, in any order; those that are no numbers don't matter.
    delimiter
        The file's: semicolons go with decimal commas, a quoted comma in a file with commas with thousands.
    """
    seen = Evidence()
    for cell in cells:
        # A number with a point and not three digits after it says all it can: only some of them are looked at.
        if seen.point < _ENOUGH or any(mark in cell for mark in _MARKING):
            _weigh(cell, seen)
    odd = 0 < seen.loose_comma == seen.comma and seen.loose_comma <= _ODD * seen.open_comma
    commas = (0 if odd else seen.comma) + seen.point_groups
    points = seen.point + seen.comma_groups
    if commas and commas > points:
        return Marks(",", _thousands(seen, ".", seen.point_groups + seen.open_point), is_shown=True)
    if points:
        return Marks(".", _thousands(seen, ",", seen.comma_groups + (0 if commas else seen.open_comma)), is_shown=True)
    if seen.open_comma:
        return _decide_commas(seen, delimiter)
    if seen.open_point and delimiter == ";" and seen.small >= _FEW and not seen.large:
        return Marks(",", ".", seen.example, _POINTS_FROM_A_THOUSAND)
    if seen.open_point and delimiter == ";" and not seen.small and not seen.large:
        return Marks(".", "", seen.example, _POINTS_EVERYWHERE)
    return Marks(".", _thousands(seen, ",", 0))


def doubt_points(marks: Marks, columns: Iterable[tuple[Iterable[str], bool]]) -> Marks:
    """Marks that are asked about where a column's points may stand between thousands: 1.349 beside 899, or 1.349 W.

    Parameters
    ----------
    marks
        Those found; where something shows or opens them already, they stay.
    columns
        Each column's different texts, and whether its heading says a unit so small that nobody has a thousandth of it.
    """
    if marks.is_shown or marks.open_example or marks.thousands:
        return marks
    doubt = marks
    for texts, is_tiny in columns:
        seen = evidence_of(texts)
        if not seen.open_point or seen.large:
            continue
        if seen.small >= (1 if is_tiny else _FEW):
            return Marks(",", ".", seen.example, _POINTS_FROM_A_THOUSAND)
        if is_tiny:
            doubt = Marks(".", "", seen.example, _POINTS_EVERYWHERE)
    return doubt


def _thousands(seen: Evidence, mark: ThousandsMark, count: int) -> ThousandsMark:
    if seen.line_groups > max(count, seen.quote_groups, seen.blank_groups):
        return "_"
    if seen.blank_groups > max(count, seen.quote_groups):
        return " "
    if seen.quote_groups > count:
        return "'"
    return mark if count else ""


def _decide_commas(seen: Evidence, delimiter: str) -> Marks:
    """The only commas stand before three last digits: thousands or decimals."""
    if seen.large:  # 1234 beside 1,234: thousands are written without a mark
        return Marks(",", "", is_shown=True)
    if delimiter == ",":  # quoted for its comma; whoever writes decimal commas separates by semicolons
        return Marks(".", ",", is_shown=True)
    if delimiter != ";" and seen.small >= _FEW:
        return Marks(".", ",", is_shown=True)
    example = seen.example
    if delimiter == ";":
        why = "Files with semicolons mostly have decimal commas, but each comma here has three digits after it."
        return Marks(",", "", example, why)
    return Marks(".", ",", example, "Each comma has three digits after it, as thousands do, but decimals could too.")


def evidence_of(texts: Iterable[str]) -> Evidence:
    """What the different texts of a column say of its marks."""
    seen = Evidence()
    for text in texts:
        _weigh(text, seen)
    return seen


def _weigh(cell: str, seen: Evidence) -> None:
    bare = cell.strip(BLANKS)
    if not bare or len(bare) > 40 or not any(c.isdigit() for c in bare):  # longer than any number
        return
    match = _WRAPPED.fullmatch(bare)
    body = match["body"] if match else ""
    if not body or _BODY.fullmatch(body) is None:
        return
    if body.isdigit():
        if len(body) > _FEW and body[0] != "0":
            seen.large += 1
        elif len(body) <= _FEW:
            seen.small += 1
            seen.noughts += not body.strip("0")
    elif _OPEN.fullmatch(body):
        seen.example = seen.example or bare
        seen.open_comma += "," in body
        seen.open_point += "." in body
    elif _POINTED.fullmatch(body):
        seen.point_groups += 1
    elif _COMMAED.fullmatch(body):
        seen.comma_groups += 1
    elif _BLANKED.fullmatch(body) or _QUOTED.fullmatch(body) or _UNDERLINED.fullmatch(body):
        seen.line_groups += "_" in body
        seen.blank_groups += _BLANKED.fullmatch(body) is not None
        seen.quote_groups += _QUOTED.fullmatch(body) is not None
        seen.comma += "," in body
        seen.point += "." in body
    else:
        seen.comma += _COMMA.fullmatch(body) is not None
        seen.loose_comma += _COMMA.fullmatch(body) is not None and len(body.partition(",")[2]) != _FEW
        seen.point += _POINT.fullmatch(body) is not None


def find_writing(texts: Mapping[str, int], marks: Marks) -> Writing:
    """How a column writes its numbers, by its different texts and how often each comes.

    A unit or currency in the cells is believed where four of five texts that hold anything are numbers with it.
    """
    writing = Writing(marks.decimal, marks.thousands)
    odd = [text for text in texts if text.strip(BLANKS) and plain_number(text, writing) is None]
    odd = [text for text in odd if not is_missing_word(text)]
    if not odd:
        return writing
    notation, affixes = _look_at(odd, texts)
    affixes = find_flags(odd) or affixes or _stray_end(odd)
    if affixes and _have_other_unit(odd, affixes[0]):
        return writing
    if not marks.thousands and marks.is_shown and any(_is_turned(text, writing) for text in odd):
        notation = (*notation, "other_mark")
    if affixes and any(plain_number(text, writing) is not None for text in texts):
        affixes = (*affixes, "")
    fuller = replace(writing, notation=notation, affixes=affixes)
    gained = sum(texts[text] for text in texts if plain_number(text, fuller) is not None)
    filled = sum(count for text, count in texts.items() if text.strip(BLANKS) and not is_missing_word(text))
    return fuller if gained >= _NUMERIC * filled else writing


def _stray_end(texts: Sequence[str]) -> tuple[str, ...]:
    """Another program's delimiter behind each number, as at the ends of all rows of a file that passed through it."""
    end = texts[0].rstrip(BLANKS)[-1:]
    return (end,) if end in _DELIMITERS and all(text.rstrip(BLANKS).endswith(end) for text in texts) else ()


def _have_other_unit(texts: Iterable[str], affix: str) -> bool:
    """Whether several numbers stand beside another unit of the same kind: 1.13 kW among 959 W is no missing value."""
    own, others = find_unit(affix), 0
    for text in texts:
        unit = find_unit(unit_beside(text))
        others += unit is not None and own is not None and unit is not own and unit.dimension == own.dimension
    return others > 1


def unit_beside(text: str) -> str:
    """What stands before or after the number in a cell; "" where nothing does, or it holds no number."""
    match = _WRAPPED.fullmatch(text.strip(BLANKS))
    return (match["before"] or match["after"] or "").strip(BLANKS) if match is not None else ""


def _is_turned(text: str, writing: Writing) -> bool:
    return plain_number(text, replace(writing, notation=("other_mark",))) is not None


def count_turned(texts: Mapping[str, int], writing: Writing) -> int:
    """How many cells of a column have the other decimal mark, where some have the file's own too; 0 where none do."""
    if "other_mark" not in writing.notation or not any(writing.mark in text for text in texts):
        return 0
    return sum(count for text, count in texts.items() if other_mark(writing.mark) in text)


def is_turned(text: str) -> bool:
    """Whether a text that is no number as its file writes them is one with a decimal comma: 999,5 beside 1,234.5."""
    return _COMMA.fullmatch(text.strip(BLANKS).lstrip("+-")) is not None and text.strip(BLANKS)[-1].isdigit()


def mean_missing(others: Counter[str]) -> bool:
    """Whether texts in a column of numbers may all mean "missing": few, short, and none a number written otherwise."""
    are_words = all(len(text) <= _LONGEST_NULL and not is_turned(text) for text in others)
    return 0 < len(others) <= _NULL_WORDS and are_words


def have_odd_digits(others: Counter[str]) -> bool:
    """Whether texts are numbers but for the script of their digits: １２．５."""
    odd = [text for text in others if not text.isascii() and any(c.isdigit() for c in text)]
    return bool(odd) and len(odd) * 2 > len(others) and all(is_number(normalize("NFKC", text)) for text in odd)


def count_mixed(plain: Mapping[str, str], others: Mapping[str, int]) -> int:
    """How many cells of a column that stays text have a decimal comma, where others are numbers with points."""
    turned = sum(count for text, count in others.items() if is_turned(text))
    return turned if plain and 2 * turned > sum(others.values()) else 0


def find_mixed_units(texts: Mapping[str, int]) -> tuple[str, ...]:
    """The units beside the numbers of a column, sorted, where these have several; none where they have one or none."""
    found: dict[str, str] = {}
    matched = 0
    for text, count in texts.items():
        match = _WRAPPED.fullmatch(text.strip(BLANKS))
        affix = ((match["before"] or match["after"] or "") if match else "").strip(BLANKS)
        unit = find_unit(affix) if 0 < len(affix) <= _LONGEST_AFFIX else None
        if match is not None and unit is not None and not (match["before"] and _is_code(match)):
            found.setdefault(unit.code, affix)
            matched += count
    filled = sum(count for text, count in texts.items() if text.strip(BLANKS) and not is_missing_word(text))
    return tuple(sorted(found.values())) if len(found) > 1 and matched >= _NUMERIC * filled else ()


def _look_at(odd: Iterable[str], texts: Mapping[str, int]) -> tuple[tuple[Notation, ...], tuple[str, ...]]:
    found: dict[Notation, bool] = {}
    affixes: Counter[str] = Counter()
    for text in odd:
        match = _WRAPPED.fullmatch(text.strip(BLANKS))
        if match is None or bool(match["open"]) != bool(match["close"]):
            continue
        before, after = (match["before"] or "").strip(BLANKS), (match["after"] or "").strip(BLANKS)
        if before and after:
            continue
        if affix := before or after:
            if len(affix) > _LONGEST_AFFIX or (before and _is_code(match)):
                continue
            affixes[affix] += texts[text]
        found["brackets"] = found.get("brackets", False) or bool(match["open"])
        found["minus_sign"] = found.get("minus_sign", False) or match["sign"] in tuple(MINUS_SIGNS)
        found["minus_after"] = found.get("minus_after", False) or bool(match["minus"])
        found["blanks"] = found.get("blanks", False) or text.strip(BLANKS) != text.strip(ASCII_BLANKS)
    order: tuple[Notation, ...] = ("minus_after", "brackets", "minus_sign", "blanks")
    return tuple(n for n in order if found.get(n)), _one_unit(affixes)


def _is_code(match: re.Match[str]) -> bool:
    """Whether letters before digits make a thing's number (A0001, S12, kV-33) rather than being a unit: only
    currencies stand right before their number, and no amount begins with zeros."""
    unit, body = find_unit(match["before"].strip(BLANKS)), match["body"]
    if body[0] == "0" and body[1:2].isdigit():
        return True
    is_close = match.string[match.end("before") : match.start("body")] == ""
    return unit is not None and unit.quantity != "money" and is_close


def _one_unit(affixes: Counter[str]) -> tuple[str, ...]:
    """The spellings of the commonest unit among affixes; none where it is no unit."""
    by_unit: dict[str, Counter[str]] = {}
    for affix, count in affixes.items():
        unit = find_unit(affix)
        if unit is not None:
            by_unit.setdefault(unit.code, Counter())[affix] += count
    if not by_unit:
        return ()
    best = max(by_unit.values(), key=lambda spellings: spellings.total())
    return tuple(sorted(best))
