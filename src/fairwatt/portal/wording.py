"""How values and names are written, for template tags and for pictures alike."""

from __future__ import annotations

import math

from fairwatt.core.periods import say_duration

THIN = "\u202f"  # narrow, and never broken across lines
_SIGNIFICANT = 4


def write_value(value: float, significant: int = _SIGNIFICANT) -> str:
    """Write a float with so many significant figures, never in exponent notation between 1e-6 and 1e15."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if not -7 < size < 15:  # noqa: PLR2004 - beyond these, zeros say less than an exponent
        return f"{value:.{significant - 1}e}".replace("-", "−")
    text = f"{value:,.{max(0, significant - 1 - size)}f}"
    whole, dot, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}{dot if decimals else ''}{decimals}".replace(",", THIN).replace("-", "−")


def name_with_unit(name: str, unit: str) -> str:
    """Write a channel's name with its unit, once: many loggers write it into the name themselves.

    >>> name_with_unit("Voltage L1", "V"), name_with_unit("KWH/hh (per half hour)", "kWh"), name_with_unit("I [A]", "A")
    ('Voltage L1 [V]', 'KWH/hh (per half hour) [kWh]', 'I [A]')
    """
    said = f"[{unit}]" in name or f"({unit})" in name
    return name if said or not unit else f"{name} [{unit}]"


def each_step(seconds: float) -> str:
    """Say a step after the word "every": ``hour``, ``30 minutes``.

    >>> each_step(3600), each_step(1800), each_step(3661)
    ('hour', '30 minutes', '1 hour 1 minute')
    """
    said = say_duration(seconds)
    return said.removeprefix("1 ") if said.count(" ") == 1 else said
