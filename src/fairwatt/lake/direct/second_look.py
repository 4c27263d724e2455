"""Cells that are no plain digits, looked at once more: words for missing values, blanks and units around numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.numbers import Cells, Numbers, read_numbers
from fairwatt.lake.direct.words import WORD, Mask, Positions, Text, Words, own_bytes

_LONGEST = 2 * WORD  # bytes of a word for a missing value
_LONGEST_UNIT = WORD
_NUMBERLIKE = "0123456789+-.,_'\""  # a unit that begins or ends so could be taken for a part of its number
_MOST_BLANKS = 16  # on each side of a cell
_BLANK, _PLUS, _MINUS = 0x20, 0x2B, 0x2D
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_PLACES = 10
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Told:
    """A word for a missing value in a channel: in how many cells it stands, and the first rows.

    ``at`` is the channel's place among the file's.
    """

    at: int
    text: str
    count: int
    rows: tuple[int, ...]

    def later(self, rows: int) -> Told:
        """The same, so many rows further on."""
        return replace(self, rows=tuple(row + rows for row in self.rows))


def added_up(told: Iterable[Told]) -> tuple[Told, ...]:
    """One for each word and channel, of those of following rows."""
    found: dict[tuple[int, str], Told] = {}
    for one in told:
        before = found.get((one.at, one.text), Told(one.at, one.text, 0, ()))
        rows = (*before.rows, *one.rows)[:_PLACES]
        found[one.at, one.text] = Told(one.at, one.text, before.count + one.count, rows)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Marks:
    """Words for missing values, in an order in which a cell's bytes are quickly found.

    ``low`` and ``high`` are each word's last eight bytes and those before, ``keys`` is made of both.
    """

    texts: tuple[str, ...]
    keys: Words
    low: Words
    high: Words

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Those of some texts that are short enough."""
        kept = {text: text.encode().rjust(_LONGEST, b"\0") for text in texts if 0 < len(text.encode()) <= _LONGEST}
        words = np.frombuffer(b"".join(kept.values()), dtype=np.uint64).reshape(-1, 2)
        high, low = words[:, 0], words[:, 1]
        keys = _mixed(low, high)
        order = np.argsort(keys)
        names = tuple(kept)
        return cls(tuple(names[at] for at in order), keys[order], low[order], high[order])

    def find(self, text: Text, ends: Positions, lengths: Positions) -> Places:
        """The place among the words that each cell is, -1 where it is none."""
        found = np.full(len(ends), -1, dtype=np.intp)
        if not self.texts:
            return found
        low = text.word_before(ends) & own_bytes(np.minimum(lengths, WORD))
        high = text.word_before(ends - WORD) & own_bytes(np.clip(lengths - WORD, 0, WORD))
        at = np.minimum(np.searchsorted(self.keys, _mixed(low, high)), len(self.keys) - 1)
        same = (self.low[at] == low) & (self.high[at] == high) & (lengths <= _LONGEST)
        found[same] = at[same]
        return found


def _mixed(low: Words, high: Words) -> Words:
    return np.asarray((low * _SPREAD) ^ high, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Met:
    """Where words for missing values stand in a block: the column, the row and the word of each."""

    columns: Places
    rows: Places
    words: Places

    def apart_from(self, odd: Mask | None, untimed: Mask | None) -> Met:
        """Those outside of ``odd`` rows; rows count without those that are ``untimed``."""
        own = slice(None) if odd is None else ~odd[self.rows]
        rows = self.rows[own]
        if untimed is not None:
            rows = rows - np.cumsum(untimed)[rows]
        return Met(self.columns[own], rows, self.words[own])

    def told(self, marks: Marks, places: list[int], first: int) -> list[Told]:
        """What there is to tell, where the block's first row has the number ``first`` and columns are of channels."""
        kinds = self.columns * len(marks.texts) + self.words
        order = np.argsort(kinds, kind="stable")  # column by column they come, and each one's rows stay in theirs
        kinds, rows = kinds[order], self.rows[order]
        heads = np.flatnonzero(np.diff(kinds, prepend=-1))
        found = []
        for head, count in zip(heads.tolist(), np.diff(heads, append=len(kinds)).tolist(), strict=True):
            column, word = divmod(int(kinds[head]), len(marks.texts))
            firsts = tuple((rows[head : head + min(count, _PLACES)] + first).tolist())
            found.append(Told(places[column], marks.texts[word], count, firsts))
        return found


@dataclass(frozen=True, slots=True)
class Units:
    """What stands before or after the numbers of a column; ``is_needed`` where a number alone is none."""

    texts: tuple[bytes, ...] = ()
    is_needed: bool = False

    @classmethod
    def of(cls, affixes: tuple[str, ...]) -> Self | None:
        """Those of a channel; None where they need more than a look at the ends of cells."""
        texts = sorted({affix.encode() for affix in affixes if affix}, key=len, reverse=True)
        sure = all(not {affix[0], affix[-1]} & set(_NUMBERLIKE) for affix in affixes if affix)
        if not sure or any(len(text) > _LONGEST_UNIT or text != text.strip() for text in texts):
            return None
        return cls(tuple(texts), is_needed=bool(texts) and "" not in affixes)

    def without(self, text: Text, begins: Positions, stops: Positions) -> tuple[Positions, Positions]:
        """Where cells begin and end without one of the units and the blanks beside it."""
        found = np.zeros(len(begins), dtype=np.bool_)
        first, last = begins, stops
        for unit in self.texts:
            size, word = len(unit), np.frombuffer(unit.rjust(WORD, b"\0"), dtype=np.uint64)[0]
            own = own_bytes(np.array([size]))[0]
            fits = ~found & (stops - begins > size)
            behind = fits & ((text.word_before(stops) & own) == word)
            ahead = fits & ~behind & ((text.word_before(begins + size) & own) == word)
            first, last = first + ahead * size, last - behind * size
            found |= behind | ahead
        return _without_blanks(text, first, last)


def needing_units(cells: Cells, units: list[Units]) -> Cells:
    """The cells, those odd too that have a number without the unit that their column needs."""
    needed = [column for column, one in enumerate(units) if one.is_needed]
    if not needed:
        return cells
    odd = np.zeros(cells.numbers.shape, dtype=np.bool_) if cells.odd is None else cells.odd
    odd[needed] = True if cells.missing is None else ~cells.missing[needed]
    return replace(cells, odd=odd)


def look_again(
    text: Text, starts: Positions, ends: Positions, cells: Cells, marks: Marks, *, units: list[Units], point: int
) -> tuple[Cells, Met | None]:
    """Read the odd ones of some columns' cells anew, without blanks, units and a plus, where they are no words for
    nothing.

    Parameters
    ----------
    starts, ends
        Those that ``cells`` were read from, which are changed.
    units
        Each column's.
    point
        The byte of the decimal mark.

    Returns
    -------
    tuple
        The cells, and where words for missing values stand; None where none does.
    """
    if cells.odd is None:
        return cells, None
    columns, rows = np.nonzero(cells.odd)
    begins, stops = _without_blanks(text, starts[columns, rows], ends[columns, rows])
    words = marks.find(text, stops, stops - begins)
    is_gone = (begins == stops) | (words >= 0)
    numbers, lasts = begins.copy(), stops.copy()
    for column, one in enumerate(units):
        if one.texts:
            own = columns == column
            numbers[own], lasts[own] = one.without(text, begins[own], stops[own])
    lacking = np.array([one.is_needed for one in units])[columns] & (lasts - numbers == stops - begins)
    numbers = _without_plus(text, numbers)
    is_other = lasts - numbers < (ends - starts)[columns, rows]
    again = np.flatnonzero(~is_gone & is_other & ~lacking & (numbers < lasts))
    missing = np.zeros(cells.odd.shape, dtype=np.bool_) if cells.missing is None else cells.missing
    odd = cells.odd
    gone = columns[is_gone], rows[is_gone]
    missing[gone], odd[gone] = True, False
    cells.numbers[gone] = cells.decimals[gone] = 0
    minus = cells.minus
    if len(again):
        there = columns[again], rows[again]
        found = read_numbers(text, numbers[again][None], lasts[again][None], point=point)
        cells.numbers[there], cells.decimals[there] = found.numbers[0], found.decimals[0]
        odd[there] = False if found.odd is None else found.odd[0]
        minus = np.zeros(odd.shape, dtype=np.bool_) if minus is None else minus
        minus[there] = False if found.minus is None else found.minus[0]
    is_word = words >= 0
    met = Met(columns[is_word], rows[is_word], words[is_word]) if is_word.any() else None
    return Cells(cells.numbers, cells.decimals, missing, odd if odd.any() else None, minus), met


def _without_blanks(text: Text, begins: Positions, stops: Positions) -> tuple[Positions, Positions]:
    for _ in range(_MOST_BLANKS):
        blank = (text.data[begins] == _BLANK) & (begins < stops)
        behind = (text.data[stops - 1] == _BLANK) & (begins + blank < stops)
        if not (blank.any() or behind.any()):
            break
        begins, stops = begins + blank, stops - behind
    return begins, stops


def _without_plus(text: Text, begins: Positions) -> Numbers:
    """Where the cells' digits begin: behind a plus that no minus follows."""
    has_plus = (text.data[begins] == _PLUS) & (text.data[begins + 1] != _MINUS)
    return np.asarray(begins + has_plus, dtype=np.int64)
