"""Numbers in a file that point to a household: the MPAN of an electricity supply, the MPRN of a gas supply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fairwatt.core.files.layout import Layout
from fairwatt.core.findings import Finding

PointKind = Literal["", "mpan", "mprn", "person"]
METER_POINTS = "meter-point-numbers"  # the finding's code: a file that has it holds personal data
PERSONAL_COLUMNS = "personal-columns"  # the same, of names and addresses
LOST_NUMBERS = "meter-point-numbers-lost"
_LOST_SAID = (
    "The numbers of meter points have lost their last digits, as in a spreadsheet that shows 1.01235E+12 for them. "
    "They can't be read, and meters can't be told apart by them: export the file anew, with that column as text."
)

_MPAN_PRIMES = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
_CORE, _FULL = 13, 21  # digits of an MPAN's core, and with its top line
_CORE_NUMBER = re.compile(r"[1-3][0-9]{12}")
_FULL_NUMBER = re.compile(r"[0-9]{5}[0-9A-Z]{3}[1-3][0-9]{12}")
_MPRN_NUMBER = re.compile(r"[0-9]{6,10}")
_MPRN_SAID = re.compile(r"[0-9]{6,11}")  # those of Irish electricity have eleven digits, and none to check
_SEPARATORS = str.maketrans("", "", " -\u00a0\u202f'")
_LOOKED_AT = 20_000
_SHARE = 0.95  # of a column's different texts that must have the right check digits
_SOME = 200
_SMALL = 3  # digits of a number that points to nobody
_CHANCE = 6  # different numbers at least, where only check digits speak: a wrong one passes once in eleven
_MPAN_NAMED = re.compile(
    r"\b(mpans?|mpan ?core|supply number|s number|msid|meter ?point ?administration)\b", re.IGNORECASE
)
_MPRN_NAMED = re.compile(r"\b(mprns?|gprns?|mpr|m number|meter ?point ?reference)\b", re.IGNORECASE)
_LOST = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")  # what a spreadsheet leaves of long numbers
_TITLED = re.compile(r"(mr|mrs|ms|miss|mx|dr|prof|rev|sir|lady)\.? +[A-Z]", re.IGNORECASE)
_PERSON = re.compile(r"[A-Z][A-Za-z'’-]*\.?(?: [A-Z]\.?)*(?: (?:de|van|von|[A-Z][A-Za-z'’-]+))+")
_PEOPLE = re.compile(
    r"\b(customer|occupier|occupant|tenant|resident|householder|(home ?)?owner|client|contact|consumer|holder|names?|"
    r"participant|user)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:flat \w+,? )?[0-9]+[a-z]?,? [a-z].* ?\b(?:street|st|road|rd|lane|ln|close|avenue|ave|drive|way|court|crescent|"
    r"terrace|gardens|place|grove|hill|square|row|mews|park)\b.*",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b((customer|account ?holder|occupier|tenant|owner|contact|first|last|sur|full|fore)[ _]?name|surname|forename|"
    r"e-?mail( address)?|phone( number)?|mobile|telephone|"
    r"(home |site |customer |supply |premises? )?address( line)?( ?\d)?|"
    r"post ?code|date of birth|dob|account (number|no|ref))\b",
    re.IGNORECASE,
)
_OF_DEVICES = re.compile(
    r"\b(modbus|ip|ipv[46]|mac|device|register|bus|slave|memory|network|node|i2c|can|hex|server|host|bluetooth) "
    r"address\b",
    re.IGNORECASE,
)
# Thirteen or twenty-one digits in a text, perhaps in groups, not within a longer number.
MPAN_WRITTEN = r"[1-3][0-9]([ -]?[0-9]){11}"  # at least: what a longer number holds is none
_INSIDE = re.compile(r"(?<![0-9.])(?:[0-9]{8}[ -]?)?[1-3][0-9](?:[ -]?[0-9]){11}(?![0-9]|\.[0-9])")


@dataclass(frozen=True, slots=True)
class Personal:
    """Columns that say whose readings they are.

    Attributes
    ----------
    series_kind
        What the series are numbers of, or ``person`` where they are names, addresses or the like; "" where neither.
    columns
        Positions of columns that become no channels.
    points
        Those of them, and the series column, that hold numbers of meter points.
    unchecked
        Those of them whose heading alone says so: most of the check digits don't hold.
    """

    series_kind: PointKind = ""
    columns: tuple[int, ...] = ()
    points: tuple[int, ...] = ()
    unchecked: tuple[int, ...] = ()


def is_mpan(text: str) -> bool:
    """Whether a text is an MPAN: a core of thirteen digits, or 21 with the top line, its check digit right.

    The check digit is that of the Master Registration Agreement: the first twelve digits times primes without
    eleven, modulo 11, modulo 10.
    """
    if len(text) < _CORE:
        return False
    bare = text.strip().translate(_SEPARATORS).upper()
    if len(bare) == _FULL and _FULL_NUMBER.fullmatch(bare):
        bare = bare[-_CORE:]
    if len(bare) != _CORE or _CORE_NUMBER.fullmatch(bare) is None or not 10 <= int(bare[:2]) <= 39:
        return False
    total = sum(int(digit) * prime for digit, prime in zip(bare[:12], _MPAN_PRIMES, strict=True))
    return total % 11 % 10 == int(bare[12])


def is_mprn(text: str) -> bool:
    """Whether a text is an MPRN: six to ten digits, the last two the check digits (modulus 11 by position)."""
    if "." in text:  # a measured number, as most cells are
        return False
    bare = text.strip().translate(_SEPARATORS)
    if _MPRN_NUMBER.fullmatch(bare) is None:
        return False
    digits = bare[:-2]
    total = sum(int(digit) * (len(digits) - place) for place, digit in enumerate(digits))
    return f"{total % 11:02d}" == bare[-2:]


def kind_of_points(name: str, cells: Iterable[str]) -> PointKind:
    """What a column's cells are numbers of, by its name and their check digits.

    Parameters
    ----------
    name
        The column's name: one that says it counts where half of the numbers fit, or nearly all have the right length.
    cells
        Sampled cells; blank ones don't matter.
    """
    different = {cell.strip() for cell in cells} - {""}
    if not different:
        return ""
    few = list(different)[:_LOOKED_AT]
    if said := _said_points(name, few):
        return said
    if sum(map(is_mpan, few)) >= _SHARE * len(few):
        return "mpan"
    is_long = all(len(text) >= 8 for text in few)  # shorter numbers are anything
    are_mprns = len(few) >= _CHANCE and is_long and sum(map(is_mprn, few)) >= _SHARE * len(few)
    return "mprn" if are_mprns and _may_identify(re.sub(r"[^0-9A-Za-z]+", " ", name)) else ""


def _said_points(name: str, texts: Sequence[str]) -> PointKind:
    """What a heading says that numbers are: believed where half of them have the right check digits, or nearly all the
    right length, as numbers may be mistyped or made up."""
    words = re.sub(r"[^0-9A-Za-z]+", " ", name)
    named: list[tuple[PointKind, bool, Callable[[str], bool]]] = [
        ("mpan", _MPAN_NAMED.search(words) is not None, is_mpan),
        ("mprn", _MPRN_NAMED.search(words) is not None, is_mprn),
    ]
    for kind, is_named, is_right in named:
        if not is_named:
            continue
        long = sum(is_as_long(text, kind) for text in texts)
        if sum(map(is_right, texts)) * 2 >= len(texts) or long >= _SHARE * len(texts):
            return kind
    return ""


def is_as_long(text: str, kind: PointKind) -> bool:
    """Whether a text has the digits of a meter point's number, whatever its check digits say."""
    bare = text.strip().translate(_SEPARATORS).upper()
    if kind == "mprn":
        return "." not in text and _MPRN_SAID.fullmatch(bare) is not None
    return bool(re.fullmatch(r"[0-9]{13}", bare) or _FULL_NUMBER.fullmatch(bare))


def _fail_check(kind: PointKind, cells: Iterable[str]) -> bool:
    different = {cell.strip() for cell in cells} - {""}
    return sum(map(is_mpan if kind == "mpan" else is_mprn, different)) * 2 < len(different)


def _may_identify(words: str) -> bool:
    return bool(re.search(r"\b(id|ids|meter|point|site|supply|gas|ref|reference|number|no)\b", words, re.IGNORECASE))


def names_person(name: str) -> bool:
    """Whether a column's name says that it holds whose the readings are: a customer, an address."""
    words = re.sub(r"[^0-9A-Za-z]+", " ", name)
    return bool(_NAMED.search(words)) and not _OF_DEVICES.search(words)


def _are_small(cells: Iterable[str]) -> bool:
    """Whether cells hold nothing but small numbers: of phases under a misspelled heading, and of nobody's phone."""
    filled = {cell.strip() for cell in cells} - {""}
    return bool(filled) and all(cell.isdigit() and len(cell) <= _SMALL for cell in filled)


def _tells_people(layout: Layout, names: Sequence[str], column: int) -> bool:
    if names_person(names[column]):
        return not _are_small(layout.cells(column))
    few = {cell.strip() for cell in layout.cells(column)[:_SOME]} - {""}
    if not few or not any(text[0].isalnum() and " " in text for text in few):
        return False
    if 2 * sum(_TITLED.match(text) is not None for text in few) >= len(few):  # Mrs J Smith
        return True
    if not any(names_person(name) for n, name in enumerate(names) if n != column):
        return False
    patterns = [_ADDRESS, _PERSON] if _PEOPLE.search(re.sub(r"[^0-9A-Za-z]+", " ", names[column])) else [_ADDRESS]
    return 2 * sum(any(p.fullmatch(text) for p in patterns) for text in few) >= len(few)  # beside a postcode


def _are_lost(name: str, cells: Sequence[str]) -> bool:
    """Whether numbers of meter points have lost their last digits: 1.01235E+12."""
    words = re.sub(r"[^0-9A-Za-z]+", " ", name)
    if not (_MPAN_NAMED.search(words) or _MPRN_NAMED.search(words)):
        return False
    few = {cell.strip() for cell in cells} - {""}
    return bool(few) and sum(_LOST.fullmatch(text) is not None for text in few) >= _SHARE * len(few)


def find_personal(
    layout: Layout,
    names: Sequence[str],
    *,
    taken: Sequence[int] = (),
    series_column: int | None = None,
    series_parts: Sequence[int] = (),
) -> Personal:
    """Find the columns that say whose readings they are.

    Parameters
    ----------
    layout, names
        The sampled rows and the columns' names.
    taken
        Columns of the times: thirteen digits may be milliseconds.
    series_column, series_parts
        The column of the series, where there is one, and further ones whose cells are parts of the series' names.
    """
    kinds: dict[int, PointKind] = {}
    others: list[int] = []
    for column, name in enumerate(names):
        if column in taken:
            continue
        kind = kind_of_points(name, layout.cells(column))
        if kind:
            kinds[column] = kind
        elif column != series_column and (
            _tells_people(layout, names, column) or _are_lost(name, layout.cells(column))
        ):
            others.append(column)
    columns = tuple(sorted({*others, *(c for c in kinds if c != series_column)}))
    series_kind: PointKind = kinds.get(series_column, "") if series_column is not None else ""
    whose = () if series_column is None else (series_column, *series_parts)
    if not series_kind and any(_tells_people(layout, names, column) for column in whose):
        series_kind = "person"
    unchecked = tuple(sorted(c for c, kind in kinds.items() if _fail_check(kind, layout.cells(c))))
    return Personal(series_kind, columns, tuple(sorted(kinds)), unchecked)


def people_columns(layout: Layout, names: Sequence[str]) -> frozenset[int]:
    """Positions of the columns that hold names of people, addresses or the like."""
    return frozenset(column for column in range(len(names)) if _tells_people(layout, names, column))


def people_findings(layout: Layout, names: Sequence[str], *, has_readings: bool) -> list[Finding]:
    """A warning where columns hold names, addresses or the like; of readings they say whose these are."""
    said = [
        f"‘{conceal_text(name)}’"
        for column, name in enumerate(names)
        if _tells_people(layout, names, column) and not kind_of_points(name, layout.cells(column))
    ]
    lost = [f"‘{name}’" for column, name in enumerate(names) if _are_lost(name, layout.cells(column))]
    found = [Finding(code=LOST_NUMBERS, count=len(lost), where=tuple(lost[:10]), message=_LOST_SAID)] if lost else []
    if not said:
        return found
    what = f"{', '.join(said[:5])} hold{'s' if len(said) == 1 else ''} names, addresses or the like."
    then = "The file is kept as it is, with them: publish it only where everybody in it may be named."
    if has_readings:
        then = (
            "They say whose readings these are, so the data are treated as personal: such columns become no channels, "
            "other names stand for meters called so, and the original file stays with its provider."
        )
    return [*found, Finding(code=PERSONAL_COLUMNS, count=len(said), where=tuple(said[:10]), message=f"{what} {then}")]


def columns_with_points(layout: Layout, *, taken: Sequence[int] = ()) -> tuple[int, ...]:
    """Positions of the columns in whose sampled cells MPANs stand, alone or among other words.

    Parameters
    ----------
    taken
        Columns to leave out: thirteen digits may be milliseconds.
    """
    return tuple(c for c in range(layout.columns) if c not in taken and hold_mpans(layout.cells(c)))


def hold_mpans(texts: Iterable[str]) -> bool:
    """Whether MPANs stand in some texts: most of the different numbers that are written like one have the right
    check digit, as a wrong one passes once in eleven."""
    shaped = {match[0] for text in set(texts) if len(text) >= _CORE for match in _INSIDE.finditer(text)}
    return 2 * sum(map(is_mpan, shaped)) > len(shaped)


def points_finding(
    names: Sequence[str],
    personal: Personal,
    *,
    inside: Sequence[int] = (),
    in_names: bool = False,
    above: bool = False,
    in_file_name: bool = False,
) -> Finding | None:
    """A warning where a file holds numbers of meter points; the numbers themselves are not in it.

    Parameters
    ----------
    names, personal
        The columns' names, and which of them are numbers of meter points.
    inside
        Further columns, in whose texts they stand.
    in_names, above, in_file_name
        Whether headings, lines above the table, or the file's name hold one.
    """
    columns = sorted({*personal.points, *inside})
    said = [f"‘{conceal_text(names[column])}’" for column in columns[:3]]
    places = ((in_names, "the headings"), (above, "the lines above the table"), (in_file_name, "the file’s name"))
    said += [what for is_there, what in places if is_there]
    if not said:
        return None
    is_one = len(said) == 1 and not in_names and not above
    found = said_points(
        f"{', '.join(said)} hold{'s' if is_one else ''}", channel=conceal_text(names[columns[0]]) if columns else ""
    )
    if not personal.unchecked:
        return found
    wrong = ", ".join(f"‘{conceal_text(names[column])}’" for column in personal.unchecked[:3])
    message = f"{found.message} Most check digits in {wrong} don’t hold: numbers may be mistyped or cut."
    return found.model_copy(update={"message": message})


def said_points(who_holds: str, *, channel: str = "", count: int = 1, where: Sequence[str] = ()) -> Finding:
    """The warning that something (‘Note’ holds, say) has numbers of meter points."""
    return Finding(
        code=METER_POINTS,
        channel=channel,
        count=count,
        where=tuple(where),
        message=f"{who_holds[:1].upper()}{who_holds[1:]} the numbers of meter points (MPAN or MPRN), which point to "
        "homes and businesses. The data are treated as personal, and other names stand for the numbers in what is "
        "shared.",
    )


def is_named_for_mprns(name: str) -> bool:
    """Whether a column's name says that it holds MPRNs, which their check digits alone would not."""
    return bool(_MPRN_NAMED.search(re.sub(r"[^0-9A-Za-z]+", " ", name)))


def holds_mpan(text: str) -> bool:
    """Whether a text, a heading perhaps, holds an MPAN."""
    return any(is_mpan(match[0]) for match in _INSIDE.finditer(text))


def conceal_text(text: str, pseudonym: Callable[[str], str] | None = None) -> str:
    """A text with other names in the place of the MPANs in it.

    Parameters
    ----------
    pseudonym
        What stands for a number; without it every number becomes the same words.
    """

    def replaced(match: re.Match[str]) -> str:
        if not is_mpan(match[0]):
            return match[0]
        return pseudonym(bare_number(match[0])) if pseudonym is not None else "[meter point]"

    return _INSIDE.sub(replaced, text)


def bare_number(text: str) -> str:
    """The number of a meter point without blanks, and without an MPAN's top line: what a pseudonym is made from."""
    bare = text.strip().translate(_SEPARATORS).upper()
    return bare[-_CORE:] if _FULL_NUMBER.fullmatch(bare) else bare
