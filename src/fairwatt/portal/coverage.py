"""Draw the coverage of a period as a thin strip: full where every reading is there, empty where none is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_HEIGHT = 24
_FULL = 0.9995


def say_coverage(parts: Sequence[float]) -> str:
    """Say a coverage in words: its share, and how many of the parts are empty.

    >>> say_coverage([1, 1, 0, 0.5])
    'Readings cover 62.5 % of the period; 1 of its 4 parts has none.'
    """
    if not parts:
        return ""
    mean = sum(parts) / len(parts)
    empty = sum(1 for part in parts if part <= 0)
    said = "all" if mean >= _FULL else f"{mean:.1%}".replace("%", " %")
    text = f"Readings cover {said} of the period"
    return f"{text}; {empty} of its {len(parts)} parts {'has' if empty == 1 else 'have'} none." if empty else f"{text}."


def draw_coverage(parts: Sequence[float], *, label: str = "") -> SafeString | str:
    """Draw shares of 0 to 1, one for each equal part of the period; nothing where there are none."""
    if not parts:
        return ""
    bars = []
    position = 0
    for level, run in groupby(min(max(float(part), 0.0), 1.0) for part in parts):
        width = len(list(run))
        if level > 0:
            height = max(2.0, round(level * _HEIGHT, 1))
            bars.append((position, round(_HEIGHT - height, 1), width, height))
        position += width
    rects = format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"/>', bars)
    return format_html(
        '<svg class="coverage" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        len(parts),
        _HEIGHT,
        label or say_coverage(parts),
        rects,
    )
