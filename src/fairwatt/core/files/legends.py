"""What stands beside a table of its cells: units, in a legend below it or before its header; and marks for nought."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fairwatt.core.files.cells import is_missing_word, is_null, is_number
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_identity, read_name, time_rank
from fairwatt.core.findings import Finding
from fairwatt.core.units import QUANTITIES, UNITS, Unit, find_unit

_BRACKETED = r"\s*[:=]\s[^:]*[(\[](?P<unit>[^()\[\]]{1,30})[)\]]\W*$"  # T2m: 2-m air temperature (degree Celsius)
_IN = r" in (?P<unit>[^,;.]{1,30})"  # temperature in deg C
_LONG_NAME = r"[, ].*?[, ](?P<unit>[^, ]{1,20})$"  # long_name,air_temperature,air temperature,degC
_OF_ALL = re.compile(
    r"(?:all )?(?:the )?(?:units?( of measure(ment)?)?|values|figures|numbers|data|amounts|quantities)"
    r"(?: (?:is|are))?(?: (?:in|measured in|given in|shown in|expressed in))?\s*[:=]?\s*(?P<unit>[^\s:=].{0,20})",
    re.IGNORECASE,
)
_MARKED = re.compile(
    r"(?:^|[\s;,(])[\"'‘“]?(?P<mark>-|–|—|\.\.|:|\*|x|z)[\"'’”]?\s*"
    r"(?:=|:|means|is|denotes|indicates|represents|stands for)?\s+"
    r"(?P<what>(?:nil|zero|nought|negligible|less than half)\b[^;,)]{0,40})",
    re.IGNORECASE,
)


def with_legend(layout: Layout) -> Layout:
    """The layout with the units that lines beside the table tell of its columns, as a units row would."""
    if layout.units or not layout.names or not layout.notes:
        return layout
    units = tuple(_unit_beside(name.strip(), layout.notes) for name in layout.names)
    if not any(units) and (of_all := unit_of_all(layout.notes)) is not None:
        texts = ((name, layout.cells(column)) for column, name in enumerate(layout.names))
        units = tuple(of_all[1] if _may_be_in(of_all[0], name, cells) else "" for name, cells in texts)
    return replace(layout, units=units) if any(units) else layout


def _unit_beside(name: str, notes: Sequence[str]) -> str:
    """The unit of one column; "" where no line tells it, or several tell different ones."""
    if not name:
        return ""
    here = re.escape(name)
    patterns = (rf"^\W*{here}{_BRACKETED}", rf"(?:^|[,;:]\s*){here}{_IN}", rf"^long_name[, ]+{here}{_LONG_NAME}")
    found = {
        match["unit"].strip()
        for note in notes
        for pattern in patterns
        if (match := re.search(pattern, note.strip())) is not None and find_unit(match["unit"].strip()) is not None
    }
    return found.pop() if len(found) == 1 else ""


def unit_of_all(notes: Sequence[str]) -> tuple[Unit, str] | None:
    """The one unit that lines beside the table give for all of it: ‘Units: GWh’, or GWh in a line of its own."""
    found: dict[str, tuple[Unit, str]] = {}
    for note in notes:
        text = note.strip(" \t,;|()[]\"'#*.")
        match = _OF_ALL.fullmatch(text)
        text = match["unit"].strip(" \t,;()[]\"'") if match else text
        unit = find_unit(text) if match or len(text) > 1 else None
        if unit is not None and unit.quantity != "duration":
            found[unit.code] = (unit, text)
    return next(iter(found.values())) if len(found) == 1 else None


def _may_be_in(unit: Unit, name: str, cells: Sequence[str]) -> bool:
    """Whether a column may be in the unit of the whole table: numbers that no name gives another meaning."""
    meaning = read_name(name)
    if meaning.unit or time_rank(name) > 0 or is_identity(name):
        return False
    if meaning.quantity and UNITS[QUANTITIES[meaning.quantity].default_unit].dimension != unit.dimension:
        return False
    filled = [cell for cell in cells if not is_null(cell) and not is_missing_word(cell)]
    return 2 * sum(is_number(cell) for cell in filled) > len(filled)  # most of them


def nil_finding(layout: Layout) -> Finding | None:
    """What to tell where a line beside the table says that a mark in its cells means nought, and cells hold it."""
    for note in layout.notes:
        match = _MARKED.search(note)
        if match is None:
            continue
        count = sum(cell.strip() == match["mark"] for segment in layout.segments for row in segment for cell in row)
        if count:
            said = f"A line beside the table says that ‘{match['mark']}’ means {match['what'].strip()}."
            return Finding(
                code="marks-for-nought",
                count=count,
                message=f"{said} Such cells are kept as missing values, and not as 0.",
            )
    return None
