"""A file in blocks of whole lines, and a block's cells: where each begins and ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.lake.direct.words import PAD, Positions, Text

LONGEST_LINE = 4 << 20
_LINE_END, _RETURN = 0x0A, 0x0D
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

    ``firsts`` and ``lasts`` are the places of each line's first byte and of its end.
    """

    text: Text
    size: int
    starts: Positions
    ends: Positions
    firsts: Positions
    lasts: Positions

    @property
    def rows(self) -> int:
        """How many lines there are."""
        return int(self.starts.shape[1])

    def lines(self, rows: NDArray[np.intp]) -> bytes:
        """The bytes of some lines, with their ends."""
        data = self.text.data
        return b"".join(data[self.firsts[row] : self.lasts[row] + 1].tobytes() for row in rows)


def read_blocks(handle: int, begin: int, end: int, layout: Layout, *, size: int) -> Iterator[Block]:
    """Read the bytes [begin, end) of a file, which are whole lines (the last one's end may lack), block by block.

    Raises
    ------
    Unplain
        Where the lines do not all have the same number of cells, or need more than looking for marks.
    """
    at = begin
    while at < end:
        wanted = min(size, end - at)
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
        room[PAD + length :] = 0
        yield _cells(room, length, layout)
        at += length


def block_of(line: bytes, layout: Layout) -> Block:
    """A block of one line, its end included; raises Unplain."""
    if not line.endswith(b"\n"):
        raise Unplain("a line is too long")
    room = np.zeros(_round_up(len(line) + 2 * PAD), dtype=np.uint8)
    room[PAD : PAD + len(line)] = np.frombuffer(line, dtype=np.uint8)
    return _cells(room, len(line), layout)


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


def _cells(room: NDArray[np.uint8], length: int, layout: Layout) -> Block:
    data = room[PAD : PAD + length]
    line_ends = data == _LINE_END
    rows = int(np.count_nonzero(line_ends))
    marks = data == layout.delimiter
    marks |= line_ends
    places = np.flatnonzero(marks)
    if len(places) != rows * layout.columns:
        raise Unplain("lines of different lengths")
    table = places.reshape(rows, layout.columns)
    if not line_ends[table[:, -1]].all():
        raise Unplain("lines of different lengths")
    ends = np.ascontiguousarray(table.T)
    ends += PAD
    starts = np.empty_like(ends)
    np.add(ends[:-1], 1, out=starts[1:])
    starts[0, 0] = PAD
    np.add(ends[-1, :-1], 1, out=starts[0, 1:])
    firsts, lasts = starts[0].copy(), ends[-1].copy()
    _leave_returns(room, data, ends, rows)
    _leave_quotes(room, data, starts, ends, layout)
    _refuse_strange(data)
    if layout.columns == 1 and (starts == ends).any():
        raise Unplain("a blank line")
    return Block(Text(room), length, starts, ends, firsts, lasts)


def _leave_returns(room: NDArray[np.uint8], data: NDArray[np.uint8], ends: Positions, rows: int) -> None:
    """Take the carriage return off each line, where all have one before their end and nowhere else."""
    returns = int(np.count_nonzero(data == _RETURN))
    if not returns:
        return
    if returns != rows or not (room[ends[-1] - 1] == _RETURN).all():
        raise Unplain("line ends of two kinds")
    ends[-1] -= 1


def _leave_quotes(
    room: NDArray[np.uint8], data: NDArray[np.uint8], starts: Positions, ends: Positions, layout: Layout
) -> None:
    """Take the quotes off cells that are whole in them; no other quote may be there."""
    if layout.quote is None:
        return
    count = int(np.count_nonzero(data == layout.quote))
    if not count:
        return
    around = (room[starts] == layout.quote) & (room[ends - 1] == layout.quote) & (ends - starts > 1)
    if count != 2 * int(np.count_nonzero(around)):
        raise Unplain("quotes within cells")
    starts += around
    ends -= around


def _refuse_strange(data: NDArray[np.uint8]) -> None:
    """Bytes that are no text are mended first, which is done elsewhere."""
    if int(data.min()) == 0:
        raise Unplain("a byte of zero")
    if int(data.max()) >= _ASCII:
        try:
            str(memoryview(data), "utf-8")  # type: ignore[arg-type]
        except UnicodeDecodeError as error:
            raise Unplain("not UTF-8") from error
