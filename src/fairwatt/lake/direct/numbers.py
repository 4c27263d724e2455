"""Cells of plain digits as exact scaled whole numbers, for whole columns at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.words import (
    WORD,
    ZEROS,
    Mask,
    Positions,
    Text,
    Words,
    decimals_after,
    not_digits,
    own_bytes,
    value_of,
    where_byte,
    without_point,
)

LONGEST = 16  # characters: what is longer is read by its text
_MINUS = 0x2D
_DIGITS = 18
_SURE = 1 << 53  # whole numbers up to here are floats, and their quotient by a power of ten is rounded once
_POWERS = np.array([10**n for n in range(_DIGITS + 1)], dtype=np.int64)
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """What the cells of some columns hold, a row of each array a column.

    ``numbers`` are whole numbers, ``decimals`` says how many of their digits stand after the point; they say nothing
    where ``missing`` or ``odd``. ``missing`` and ``odd`` are None where no cell is so; odd cells are those that have to
    be read by their text. ``minus`` tells of numbers with a minus, None where there are none.
    """

    numbers: Numbers
    decimals: Numbers
    missing: Mask | None
    odd: Mask | None
    minus: Mask | None

    def scaled(self, scales: Numbers) -> tuple[Numbers, Mask | None]:
        """The numbers as whole numbers of each column's decimals, and the odd cells: those that don't fit too.

        The cells' own numbers are consumed.
        """
        numbers, odd = self.numbers, self.odd
        short = scales[:, None] - self.decimals
        if short.any():
            unfit = (short < 0) | _overflows(numbers, short)
            if self.missing is not None:
                unfit &= ~self.missing
            odd = _some(unfit if odd is None else odd | unfit)
            np.multiply(numbers, _POWERS[np.maximum(short, 0)], out=numbers)
        if self.minus is not None:
            np.negative(numbers, out=numbers, where=self.minus)
        return numbers, odd

    def floats(self) -> tuple[NDArray[np.float64], Mask | None]:
        """The numbers as floats, each the nearest there is to its text, and the odd cells: those too long for that."""
        unsure = (self.numbers > _SURE) | (self.decimals >= len(_POWERS))
        if self.missing is not None:
            unsure &= ~self.missing
        odd = _some(unsure if self.odd is None else self.odd | unsure)
        floats = self.numbers / _POWERS[np.minimum(self.decimals, len(_POWERS) - 1)].astype(np.float64)
        if self.minus is not None:
            np.negative(floats, out=floats, where=self.minus)
        return floats, odd


def read_numbers(text: Text, starts: Positions, ends: Positions, *, point: int) -> Cells:
    """Read the cells ``[starts, ends)`` of some columns.

    Parameters
    ----------
    starts, ends
        A row a column.
    point
        The byte of the decimal mark.
    """
    lengths = ends - starts
    missing = _some(lengths == 0)
    has_minus = None
    if (text.data == _MINUS).any():
        minus = text.data[starts] == _MINUS
        has_minus = _some(minus if missing is None else minus & ~missing)
    if has_minus is not None:
        lengths -= has_minus
    most = int(lengths.max(initial=0))
    too_long = lengths > LONGEST if most > LONGEST else None
    if too_long is not None:
        lengths = np.minimum(lengths, LONGEST)
    read = _read_short if most <= WORD else _read_long
    values, decimals, points, bad = read(text, ends, lengths, point)
    odd = np.asarray(bad != 0)
    if int(lengths.min(initial=0)) < int(decimals.max(initial=0)) + 2 or not decimals.all():
        odd = odd | _is_unfinished(lengths, decimals, points)
    if missing is not None:
        odd = odd & ~missing
    if too_long is not None:
        odd = odd | too_long
    return Cells(values.view(np.int64), decimals, missing, _some(odd), has_minus)


def _some(mask: Mask) -> Mask | None:
    return mask if mask.any() else None


def _is_unfinished(lengths: Positions, decimals: Numbers, points: Mask) -> Mask:
    """Whether digits lack before the point or after it, or at all."""
    return np.asarray((lengths - decimals - points < 1) | (points & (decimals == 0)))


def _overflows(numbers: Numbers, short: Numbers) -> Mask | np.bool_:
    if int(short.max()) + LONGEST <= _DIGITS:
        return np.False_
    return numbers >= _POWERS[np.clip(_DIGITS - short, 0, _DIGITS)]


def _digits_of(words: Words, lengths: Positions, point: int) -> tuple[Words, Words]:
    """The words with what is not the cell's made 0, their points taken out, as digits; and where the points were."""
    own = own_bytes(lengths)
    words ^= ZEROS
    words &= own
    words ^= ZEROS
    points = where_byte(words, point)
    if points.any():
        words = without_point(words, points)
    words ^= ZEROS
    return words, points


def _read_short(text: Text, ends: Positions, lengths: Positions, point: int) -> tuple[Words, Numbers, Mask, Words]:
    digits, points = _digits_of(text.word_before(ends), lengths, point)
    bad = not_digits(digits)
    decimals = decimals_after(points)
    return value_of(digits), decimals, points != 0, bad


def _read_long(text: Text, ends: Positions, lengths: Positions, point: int) -> tuple[Words, Numbers, Mask, Words]:
    """Cells of up to sixteen characters, from two words."""
    low, low_points = _digits_of(text.word_before(ends), np.minimum(lengths, WORD), point)
    high, high_points = _digits_of(text.word_before(ends - WORD), np.maximum(lengths - WORD, 0), point)
    bad = not_digits(low)
    bad |= not_digits(high)
    in_low, in_high = low_points != 0, high_points != 0
    bad |= in_low & in_high
    decimals = decimals_after(low_points)
    decimals += in_high * (decimals_after(high_points) + WORD)
    value = value_of(high)
    value *= np.where(in_low, np.uint64(10**7), np.uint64(10**8))
    value += value_of(low)
    return value, decimals, in_low | in_high, bad
