"""Samples taken while a text passes by are places of that text, whatever the chunks it comes in."""

from __future__ import annotations

import random

import pytest

from fairwatt.lake.passing import PassingSample
from fairwatt.lake.sampling import HEAD_BYTES, MIDDLE_BYTES, MIDDLES, TAIL_BYTES


def passed(data: bytes, sizes: list[int]) -> PassingSample:
    passing, at = PassingSample(), 0
    for number in range(len(data)):
        size = sizes[number % len(sizes)]
        if at >= len(data):
            break
        passing.add(data[at : at + size])
        at += size
    return passing


@pytest.mark.parametrize("sizes", [[1 << 20], [70_001, 5, 300_000], [40 << 20]], ids=["even", "uneven", "at-once"])
def test_samples_are_pieces_of_the_text_in_their_places(sizes: list[int]) -> None:
    data = random.Random(1).randbytes(30_000_003)
    sample = passed(data, sizes).finish()
    assert (sample.head, sample.tail) == (data[:HEAD_BYTES], data[-TAIL_BYTES:])
    assert (sample.size, sample.complete) == (len(data), False)
    assert all(data[at : at + MIDDLE_BYTES] == piece for at, piece in sample.middles)
    places = [at for at, _ in sample.middles]
    assert places == list(range(4 << 20, 29_900_000, 4 << 20))
    assert MIDDLES <= len(places) <= 2 * MIDDLES


def test_a_text_as_long_as_the_head_is_whole() -> None:
    data = random.Random(2).randbytes(HEAD_BYTES)
    sample = passed(data, [1000]).finish()
    assert (sample.head, sample.tail, sample.middles, sample.complete) == (data, b"", (), True)


def test_the_tail_of_a_short_text_begins_where_the_head_ends() -> None:
    data = random.Random(3).randbytes(HEAD_BYTES + 100)
    sample = passed(data, [4096]).finish()
    assert (sample.head + sample.tail, sample.middles) == (data, ())


def test_a_text_of_which_a_part_has_passed_has_no_tail() -> None:
    data = random.Random(4).randbytes(3 << 20)
    sample = passed(data, [1 << 20]).finish(900 << 20)
    assert (sample.size, sample.tail, sample.complete) == (900 << 20, b"", False)
    assert [at for at, _ in sample.middles] == [1 << 20, 2 << 20]
