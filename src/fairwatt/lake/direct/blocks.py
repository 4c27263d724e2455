"""A file in blocks of whole lines, and a block's cells: where each begins and ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.words import PAD, Positions, Text

LONGEST_LINE = 4 << 20
_MOST_STRAYS = 200  # lines of another length in a block: a file with more is written by other rules
_LINE_END, _RETURN, _QUOTE = 0x0A, 0x0D, 0x22
_ASCII = 0x80


class Unplain(Exception):  # noqa: N818 - a way out, not an error
    """The file holds something that only the way by text can read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file's lines are told apart into cells: the bytes that stand between them and around them."""

    columns: int
    delimiter: int
    quote: int | None


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines of ``size`` bytes: each cell's first byte and the byte after its last, a row of the arrays a
    column.

    ``firsts`` and ``lasts`` are the places of each row's first byte and of its end. ``strays`` are the lines that are
    no rows, as they have another number of cells, or none: the number of each among the block's lines, its first byte
    and its end. ``at`` is the place of the block's first byte in the file.
    """

    text: Text
    size: int
    starts: Positions
    ends: Positions
    firsts: Positions
    lasts: Positions
    strays: tuple[tuple[int, int, int], ...] = ()
    at: int = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.starts.shape[1])

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return self.rows + len(self.strays)

    def numbers(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of some rows among the block's lines."""
        before = np.array([number - place for place, (number, _, _) in enumerate(self.strays)], dtype=np.intp)
        return rows + np.searchsorted(before, rows, side="right")

    def place_of(self, byte: int) -> int:
        """The place in the file of a byte of the text."""
        return self.at + byte - PAD

    def lines(self, rows: NDArray[np.intp]) -> bytes:
        """The bytes of some lines, with their ends."""
        data = self.text.data
        return b"".join(data[self.firsts[row] : self.lasts[row] + 1].tobytes() for row in rows)


def read_blocks(handle: int, begin: int, end: int, layout: Layout, *, size: int) -> Iterator[Block]:
    """Read the bytes [begin, end) of a file, which are whole lines (the last one's end may lack), block by block.

    A block is over when the next one is asked for: its bytes are written over.

    Raises
    ------
    Unplain
        Where the lines do not all have the same number of cells, or need more than looking for marks.
    """
    at, room = begin, np.zeros(0, dtype=np.uint8)
    while at < end:
        wanted = min(size, end - at)
        if len(room) < wanted + 1 + 2 * PAD:
            room = np.zeros(_round_up(wanted + 1 + 2 * PAD), dtype=np.uint8)
        body = memoryview(room)[PAD : PAD + wanted]  # type: ignore[arg-type]
        if os.preadv(handle, [body], at) != wanted:
            raise Unplain("the file has become shorter")
        length = wanted
        if at + wanted < end:
            length = _last_line_end(room[PAD : PAD + wanted]) + 1
            if not length:
                if wanted >= LONGEST_LINE:
                    raise Unplain("a line is too long")
                size = LONGEST_LINE
                continue
        elif room[PAD + wanted - 1] != _LINE_END:
            room[PAD + wanted] = _LINE_END
            length += 1
        room[PAD + length : 2 * PAD + length] = 0
        yield _cells(room, length, layout, at)
        at += length


def block_of(line: bytes, layout: Layout) -> Block:
    """A block of one line, its end included; raises Unplain."""
    if not line.endswith(b"\n"):
        raise Unplain("a line is too long")
    room = np.zeros(_round_up(len(line) + 2 * PAD), dtype=np.uint8)
    room[PAD : PAD + len(line)] = np.frombuffer(line, dtype=np.uint8)
    return _cells(room, len(line), layout, 0)


def _round_up(size: int) -> int:
    return (size + 7) // 8 * 8


def _last_line_end(data: NDArray[np.uint8]) -> int:
    """The place of the last line end, -1 where there is none."""
    tail = 4_096
    while True:
        found = data[-tail:].tobytes().rfind(b"\n")
        if found >= 0:
            return max(0, len(data) - tail) + found
        if tail >= len(data):
            return -1
        tail *= 16


def _cells(room: NDArray[np.uint8], length: int, layout: Layout, at: int) -> Block:
    data = room[PAD : PAD + length]
    places, kinds = _marks(data, layout)
    if layout.quote is not None:
        places, kinds = _without_quoted(places, kinds, layout)
    rows = int(np.count_nonzero(kinds == _LINE_END))
    others = _NO_MARKS
    if len(places) - rows - int(np.count_nonzero(kinds == layout.delimiter)):
        own = (kinds == _LINE_END) | (kinds == layout.delimiter)
        others = _Marks(places[~own], kinds[~own])
        places, kinds = places[own], kinds[own]
        if (others.kinds == 0).any():
            raise Unplain("a byte of zero")
    strays: tuple[tuple[int, int, int], ...] = ()
    firsts: Positions | None = None
    if len(places) != rows * layout.columns or not (kinds[layout.columns - 1 :: layout.columns] == _LINE_END).all():
        places, firsts, strays, others = _without_strays(_Marks(places, kinds), others, layout)
        rows -= len(strays)
    ends = np.ascontiguousarray((places + PAD).reshape(rows, layout.columns).T)
    starts = np.empty_like(ends)
    np.add(ends[:-1], 1, out=starts[1:])
    starts[0, 0] = PAD
    np.add(ends[-1, :-1], 1, out=starts[0, 1:])
    if firsts is not None:
        starts[0] = firsts + PAD
    firsts, lasts = starts[0].copy(), ends[-1].copy()
    if len(others.kinds):
        _leave_returns(room, int(np.count_nonzero(others.kinds == _RETURN)), ends, rows)
        if layout.quote is not None:
            _leave_quotes(room, layout.quote, int(np.count_nonzero(others.kinds == layout.quote)), starts, ends)
    _refuse_other_text(data)
    if layout.columns == 1 and (starts == ends).any():
        raise Unplain("a blank line")
    return Block(Text(room), length, starts, ends, firsts, lasts, strays, at)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Bytes that are marks, or may be: their places in a block, and which they are."""

    places: Positions
    kinds: NDArray[np.uint8]


_NO_MARKS = _Marks(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8))


def _without_strays(
    own: _Marks, others: _Marks, layout: Layout
) -> tuple[Positions, Positions, tuple[tuple[int, int, int], ...], _Marks]:
    """The marks of the lines that have as many cells as they should, their first bytes, the other lines, and the other
    bytes that are not of those.

    Raises
    ------
    Unplain
        Where there are too many other lines, or quotes or line ends may be why they are so.
    """
    at = np.flatnonzero(own.kinds == _LINE_END)
    counts = np.diff(at, prepend=-1)
    is_row = counts == layout.columns
    if len(is_row) - int(np.count_nonzero(is_row)) > _MOST_STRAYS or not is_row.any():
        raise Unplain("lines of different lengths")
    lasts = own.places[at]
    firsts = np.concatenate(([0], lasts[:-1] + 1))
    lines = np.searchsorted(lasts, others.places)
    of_row = is_row[lines]
    strange, before = others.kinds[~of_row], lasts[lines[~of_row]] - 1
    has_returns = bool((others.kinds[of_row] == _RETURN).any())
    returns = strange == _RETURN
    is_even = int(np.count_nonzero(returns)) == (int(np.count_nonzero(~is_row)) if has_returns else 0)
    if not is_even or (others.places[~of_row][returns] != before[returns]).any():
        raise Unplain("line ends of two kinds")
    if layout.quote is not None and (strange == layout.quote).any():
        raise Unplain("quotes in a line of another length")
    numbers = np.flatnonzero(~is_row).tolist()
    strays = tuple((number, int(firsts[number]) + PAD, int(lasts[number]) + PAD) for number in numbers)
    kept = own.places[: len(counts) and at[-1] + 1][np.repeat(is_row, counts)]
    return kept, firsts[is_row], strays, _Marks(others.places[of_row], others.kinds[of_row])


def _marks(data: NDArray[np.uint8], layout: Layout) -> tuple[Positions, NDArray[np.uint8]]:
    """The places of all bytes up to a quote's, which stand in no number, and of the delimiter; and those bytes."""
    marks = data <= _QUOTE
    for mark in (layout.delimiter, layout.quote or 0):
        if mark > _QUOTE:
            marks |= data == mark
    places = np.flatnonzero(marks)
    return places, data[places]


def _without_quoted(places: Positions, kinds: NDArray[np.uint8], layout: Layout) -> tuple[Positions, NDArray[np.uint8]]:
    """The marks without the delimiters that stand between two quotes.

    Which quotes open a cell is told by counting. That they all stand around whole cells is asked later, by
    :func:`_leave_quotes`: where one does not, the count is wrong, and nothing of the block is believed.

    Raises
    ------
    Unplain
        Where a line ends between two quotes.
    """
    quotes = kinds == layout.quote
    if not quotes.any():
        return places, kinds
    is_inside = np.logical_xor.accumulate(quotes)
    if (is_inside & (kinds == _LINE_END)).any():
        raise Unplain("a line end within quotes")
    is_inside &= kinds == layout.delimiter
    if not is_inside.any():
        return places, kinds
    return places[~is_inside], kinds[~is_inside]


def _leave_returns(room: NDArray[np.uint8], count: int, ends: Positions, rows: int) -> None:
    """Take the carriage return off each line, where all have one before their end and nowhere else."""
    if not count:
        return
    if count != rows or not (room[ends[-1] - 1] == _RETURN).all():
        raise Unplain("line ends of two kinds")
    ends[-1] -= 1


def _leave_quotes(room: NDArray[np.uint8], quote: int, count: int, starts: Positions, ends: Positions) -> None:
    """Take the quotes off cells that are whole in them; no other quote may be there."""
    if not count:
        return
    around = (room[starts] == quote) & (room[ends - 1] == quote) & (ends - starts > 1)
    if count != 2 * int(np.count_nonzero(around)):
        raise Unplain("quotes within cells")
    starts += around
    ends -= around


def _refuse_other_text(data: NDArray[np.uint8]) -> None:
    """Bytes that are no UTF-8 are mended first, which is done elsewhere."""
    if int(data.max()) >= _ASCII:
        try:
            str(memoryview(data), "utf-8")  # type: ignore[arg-type]
        except UnicodeDecodeError as error:
            raise Unplain("not UTF-8") from error
