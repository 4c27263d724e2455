"""Units that stand beside a table: in a legend below it, or in lines before its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fairwatt.core.files.layout import Layout
from fairwatt.core.units import find_unit

_BRACKETED = r"\s*[:=]\s[^:]*[(\[](?P<unit>[^()\[\]]{1,30})[)\]]\W*$"  # T2m: 2-m air temperature (degree Celsius)
_IN = r" in (?P<unit>[^,;.]{1,30})"  # temperature in deg C
_LONG_NAME = r"[, ].*?[, ](?P<unit>[^, ]{1,20})$"  # long_name,air_temperature,air temperature,degC


def with_legend(layout: Layout) -> Layout:
    """The layout with the units that lines beside the table tell of its columns, as a units row would."""
    if layout.units or not layout.names or not layout.notes:
        return layout
    units = tuple(_unit_beside(name.strip(), layout.notes) for name in layout.names)
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
