"""A column of names (which meter a row is of) as codes, for whole columns at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.words import WORD, Mask, Positions, Text, Words, own_bytes

LONGEST = 64  # bytes of a name
_FEW = 8  # rows a run of equal names, at least, where runs are worth it
_SPREAD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xFF51AFD7ED558CCD)


@dataclass(frozen=True, slots=True)
class Codes:
    """For each row the place of its name among ``names``."""

    codes: NDArray[np.int32]
    names: tuple[str, ...]

    def of(self, rows: Mask) -> Codes:
        """Those of some rows alone."""
        return Codes(self.codes[rows], self.names)


def read_names(
    text: Text, starts: Positions, ends: Positions, trim: Callable[[str], str] | None = None
) -> Codes | None:
    """Read a column of names, blanks around them stripped (by ``trim``, if given); None where one is too long."""
    lengths = ends - starts
    most = int(lengths.max(initial=0))
    if most > LONGEST:
        return None
    words = [
        text.word_before(ends - at) & own_bytes(np.clip(lengths - at, 0, WORD)) for at in range(0, max(most, 1), WORD)
    ]
    words.append(lengths.astype(np.uint64))
    changed = np.zeros(len(lengths), dtype=np.bool_)
    changed[:1] = True
    for word in words:
        changed[1:] |= word[1:] != word[:-1]
    heads = np.flatnonzero(changed)
    if len(heads) * _FEW <= len(lengths):
        codes, names = _named(text, starts[heads], ends[heads], trim or trimmed)
        return Codes(np.repeat(codes, np.diff(heads, append=len(lengths))), names)
    firsts, inverse = _distinct(words)
    codes, names = _named(text, starts[firsts], ends[firsts], trim or trimmed)
    return Codes(codes[inverse], names)


def _distinct(words: list[Words]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first row of each distinct name, and for each row which of those it equals."""
    mixed = np.zeros(len(words[0]), dtype=np.uint64)
    for place, word in enumerate(words):
        mixed ^= mixed >> np.uint64(29)
        mixed += word
        mixed *= np.uint64(_SPREAD[place % len(_SPREAD)])
    _, firsts, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if any((word[firsts][inverse] != word).any() for word in words):  # two names that mix to the same
        _, firsts, inverse = np.unique(np.stack(words), axis=1, return_index=True, return_inverse=True)
    return firsts, inverse.reshape(-1)


def _named(
    text: Text, starts: Positions, ends: Positions, trim: Callable[[str], str]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    known: dict[str, int] = {}
    codes = np.empty(len(starts), dtype=np.int32)
    for at, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        name = trim(text.data[start:end].tobytes().decode())
        codes[at] = known.setdefault(name, len(known))
    return codes, tuple(known)


def trimmed(name: str) -> str:
    """A name without the blanks around it, as SQL's ``trim`` has it: every separator of kind space, and no tab."""
    begin, end = 0, len(name)
    while begin < end and unicodedata.category(name[begin]) == "Zs":
        begin += 1
    while begin < end and unicodedata.category(name[end - 1]) == "Zs":
        end -= 1
    return name[begin:end]
