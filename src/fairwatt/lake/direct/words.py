"""The bytes of a text as words of eight, and arithmetic on the digits in them, for many cells at once.

A word holds its first character in its lowest byte. All of it is whole-array arithmetic on 64-bit integers: a cell
costs a few nanoseconds, where a parser that goes through it character by character takes ten times as long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Positions = NDArray[np.int64]
Mask = NDArray[np.bool_]

WORD = 8
PAD = 64  # bytes before and after a text, so that words around its ends can be read


def repeated(byte: int) -> np.uint64:
    """A word of eight equal bytes."""
    return np.uint64(byte * 0x0101010101010101)


ZEROS = repeated(0x30)
_LOW = repeated(0x7F)
_TOP = repeated(0x80)
_BEYOND_NINE = repeated(0x76)
_ONE, _TEN, _EIGHT = np.uint64(1), np.uint64(10), np.uint64(8)
_SEVEN = np.uint64(7)
_BYTE = np.uint64(0xFF)
_PAIRS, _FOURS, _EIGHTS = (np.uint64(m) for m in (0x00FF00FF00FF00FF, 0x0000FFFF0000FFFF, 0x00000000FFFFFFFF))
# By how many of a word's last characters belong to a cell: those bytes set.
_OWN = np.array([((1 << 8 * n) - 1) << 8 * (WORD - n) for n in range(WORD + 1)], dtype=np.uint64)


class Text:
    """A block of bytes with :data:`PAD` bytes of room around it; positions count from the room's first byte."""

    def __init__(self, data: Bytes) -> None:
        self.data = data
        self._words: Words = data[: len(data) // WORD * WORD].view(np.uint64)

    def word_before(self, ends: Positions) -> Words:
        """The eight characters before each position."""
        first = ends - WORD
        at = first >> 3
        shift = ((first & 7) << 3).astype(np.uint64)
        low: Words = self._words[at]
        low >>= shift
        at += 1
        high = self._words[at]
        np.subtract(np.uint64(64), shift, out=shift)
        high <<= shift  # by 64 bits: nothing is left
        low |= high
        return low


def own_bytes(lengths: Positions) -> Words:
    """The bytes of the words before cells' ends that belong to cells of these lengths (0 to 8)."""
    return np.asarray(_OWN[lengths], dtype=np.uint64)


def where_byte(words: Words, byte: int) -> Words:
    """The lowest bit of each byte that equals ``byte``, and no other bit."""
    odd = words ^ repeated(byte)
    found = odd & _LOW
    found += _LOW
    found |= odd
    found |= _LOW
    np.invert(found, out=found)
    found >>= _SEVEN
    return found


def not_digits(digits: Words) -> Words:
    """Bits in each byte that is no number from 0 to 9; 0 where all of a word are."""
    found = digits & _LOW
    found += _BEYOND_NINE
    found |= digits
    found &= _TOP
    return found


def without_point(words: Words, points: Words) -> Words:
    """Words of digits whose one point (``points`` as :func:`where_byte` gives it) is taken out, a 0 put in front."""
    has_point = (points != 0).astype(np.uint64)
    before = points - has_point
    kept = points * _BYTE
    kept |= before
    np.invert(kept, out=kept)
    kept &= words
    before &= words
    before <<= _EIGHT
    kept |= before
    has_point *= np.uint64(0x30)
    kept |= has_point
    return kept


def decimals_after(points: Words) -> NDArray[np.int64]:
    """How many characters of each word stand after its point; 0 where there is none."""
    has_point = points != 0
    before = np.bitwise_count(points - has_point.astype(np.uint64)) >> 3
    return np.asarray((7 - before.astype(np.int64)) * has_point, dtype=np.int64)


def value_of(digits: Words) -> Words:
    """The number that eight digits (bytes of 0 to 9) make; ``digits`` is consumed."""
    step = digits >> _EIGHT
    digits *= _TEN
    digits += step
    digits &= _PAIRS
    np.right_shift(digits, np.uint64(16), out=step)
    digits *= np.uint64(100)
    digits += step
    digits &= _FOURS
    np.right_shift(digits, np.uint64(32), out=step)
    digits *= np.uint64(10_000)
    digits += step
    digits &= _EIGHTS
    return digits
