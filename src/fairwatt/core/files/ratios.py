"""Units that are only part of a ratio: ``kWh`` in ``kWh per HDD``, ``p/kWh/h``, ``MW/min``, is not what is measured."""

from __future__ import annotations

import re

from fairwatt.core.units import find_unit

_OF_TIME = r"(?:(?:half|quarter)[ -]?)?(?:hours?|h|hh|intervals?|periods?|\d+|minutes?|mins?)\b"
_AFTER = re.compile(rf"\s*(?:per\b(?!\s+{_OF_TIME})|/)|\s*[a-zA-Z]+(?:\*\*|\^)-\d|\s+[a-zA-Z]-\d", re.IGNORECASE)
_BEFORE = re.compile(r"(?:\bper\s*|/\s*)$", re.IGNORECASE)
_RATIO = re.compile(r"[^\s()\[\],;]+(?:\s*/\s*[^\s()\[\],;]+)+")
_PER = re.compile(rf"\S+\s+per\s+(?!{_OF_TIME})[^\s()\[\],;]+(?:\s+days?\b)?", re.IGNORECASE)


def is_part_of_ratio(text: str, place: int, length: int) -> bool:
    """Whether the unit at a place of a text is divided by something, or divides it.

    Examples
    --------
    >>> is_part_of_ratio("kWh per HDD", 0, 3), is_part_of_ratio("kW import", 0, 2)
    (True, False)
    """
    return _AFTER.match(text, place + length) is not None or _BEFORE.search(text[:place]) is not None


def without_ratios(name: str) -> str:
    """A name without ratios that have a unit in them: what is left is what it says of the measurement.

    Examples
    --------
    >>> without_ratios("Tariff (p/kWh/h)"), without_ratios("In/Out energy")
    ('Tariff (  )', 'In/Out energy')
    """
    return _PER.sub(_dropped, _RATIO.sub(_dropped, name))


def _dropped(match: re.Match[str]) -> str:
    parts = re.split(r"\s*/\s*|\s+", match[0].strip("()[]"))
    words = [part for part in parts if find_unit(part) is None]
    return match[0] if len(words) == len(parts) else f" {' '.join(words)} "  # Price/MWh is a price
