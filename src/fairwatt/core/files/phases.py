"""Names that differ in their phase, statistic or number alone: what such channels share, and which phase one is of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from fairwatt.core.files.meaning import STATISTICS, words_of
from fairwatt.core.files.obis import find_obis

_PHASE_WORD = re.compile(r"l[1-4]n?|l[1-3]l[1-3]|n|neutral|[abc]|[ryb]n?|ry|yb|br|red|yellow|blue|ph\w?|phase|[1-4]")
# Places of a recorder, each of which may hold another kind of thing.
_SLOT = re.compile(
    r"points?|channels?|ch|tags?|trends?|signals?|items?|inputs?|ai|ao|analogu?e?|registers?|variables?|vars?"
    r"|parameters?|objects?|fields?|columns?|values?|data|series"
)
_LETTER = re.compile(r"\d{0,3}[a-z]\d{0,3}")
_FAMILY = 4  # things of one kind: three are phases
_LETTERED = {"a": "1", "b": "2", "c": "3", "r": "1", "y": "2", "red": "1", "yellow": "2", "blue": "3"} | {
    number: number for number in "123"
}


def group_of(name: str) -> str:
    """What channels that must share a unit share: their name without phase, statistic and number."""
    if (obis := find_obis(name)) is not None:
        return f"obis {obis.quantity}"
    if re.fullmatch(r"Column \d+", name):  # it has no name of its own, and nothing in common with its neighbours
        return name
    words = [w for w in words_of(name).split() if w not in STATISTICS and w not in {"total", "primary", "secondary"}]
    kept = [
        re.sub(r"\d+$", "", word)
        for before, word in zip(["", *words], words, strict=False)
        if before == "thd" or not re.fullmatch(_PHASE_WORD, word)
    ]
    rest = [word for word in kept if word]
    return name if rest and all(_SLOT.fullmatch(word) for word in rest) else " ".join(rest)


def groups_of(names: Sequence[str]) -> list[str]:
    """What each name shares with others: as :func:`group_of`, and things of one kind told apart by letters (Flat A to
    Flat X) where there are several; a name that shares nothing stands for itself."""
    stems = [_stem_of(name) for name in names]
    lettered = Counter(stem for stem in stems if stem)
    pairs = zip(names, stems, strict=True)
    return [f"{stem} …" if lettered[stem] >= _FAMILY else group_of(name) or name for name, stem in pairs]


def _stem_of(name: str) -> str:
    """A name without the letter at its end that tells a thing from others of its kind; "" where there is none."""
    stem, _, letter = words_of(name).rpartition(" ")
    return stem if _LETTER.fullmatch(letter) and len(stem) > 1 else ""


def phase_of(name: str) -> str:
    """The phase a name is of: ``1``, ``2``, ``3``, ``n``, ``total``, or "" where it says none."""
    words = words_of(name).split()
    for before, word in zip(["", *words], words, strict=False):
        if match := re.fullmatch(r"(?:[lvui]|ph|phase)([123])n?", word):
            return match[1]
        if before in {"phase", "ph"} and word in _LETTERED:
            return _LETTERED[word]
        if word in {"total", "n", "neutral"}:
            return word[:1] if word == "neutral" else word
    colours = [_LETTERED[word] for word in words if word in {"r", "y", "b", "red", "yellow", "blue"}]
    return colours[0] if len(colours) == 1 else ""
