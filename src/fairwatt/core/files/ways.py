"""Words in cells that say which way something flows: Import and Export by turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairwatt.core.files.directions import find_flow
from fairwatt.core.files.meaning import words_of

_SHORT = ({"i", "e"}, {"imp", "exp"}, {"+", "-"}, {"+ve", "-ve"}, {"in", "out"}, {"forward", "reverse"}, {"fwd", "rev"})
_LONGEST = 24  # of a way's name
_WAYS = frozenset({"import", "export"})


def say_ways(cells: Iterable[str]) -> bool:
    """Whether words or signs say both ways of flow, and nothing else.

    Examples
    --------
    >>> say_ways(["Import", "Export", "Import"]), say_ways(["Import", "Import"]), say_ways(["On", "Off"])
    (True, False, False)
    """
    texts = {cell.strip().casefold() for cell in cells} - {""}
    if texts in _SHORT:
        return True
    if not 1 < len(texts) <= len(_WAYS) or any(len(text) > _LONGEST for text in texts):
        return False
    return {find_flow(text, words_of(text)).direction for text in texts} == _WAYS


def name_ways(cells: Sequence[str]) -> bool:
    """Whether texts say both ways of flow and can name channels; a minus alone stands for a missing word."""
    return say_ways(cells) and not any(cell.strip() == "-" for cell in cells)
