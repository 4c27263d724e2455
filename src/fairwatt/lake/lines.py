"""Which line of a text file a row stands in, exactly, as an editor counts: blank lines, rejected rows and all."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CHUNK_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class LineMap:
    """From rows (counted from 0, rejected ones left out) to lines (counted from 1).

    ``steps`` holds pairs (row, line): from that row on, lines count up from that line. Where a row of the file becomes
    several rows of the stage, ``rows_a_line`` says how many; where they come one after the other instead, as those of
    a table with a day a column, ``cycle`` says after how many rows the lines begin anew.
    """

    steps: tuple[tuple[int, int], ...]
    rows_a_line: int = 1
    cycle: int = 0

    def line_of(self, row: int) -> int:
        """The line in which a row begins."""
        row = row % self.cycle if self.cycle else row // self.rows_a_line
        at = bisect.bisect_right(self.steps, (row, 1 << 62)) - 1
        first_row, first_line = self.steps[at]
        return first_line + row - first_row

    def lines_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The lines in which some rows begin."""
        firsts, lines = np.array(self.steps, dtype=np.int64).T
        own = rows % self.cycle if self.cycle else rows // self.rows_a_line
        at = np.searchsorted(firsts, own, side="right") - 1
        return np.asarray(lines[at] + own - firsts[at], dtype=np.int64)


def count_lines(path: Path, *, upto: int | None = None) -> int:
    """Count the line ends among a file's first ``upto`` bytes, or in all of it."""
    count, left = 0, upto
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left)):
            count += chunk.count(b"\n")
            if left is not None:
                left -= len(chunk)
    return count


def line_at(path: Path, byte: int) -> int:
    """The line of the first text at or after a byte, as an editor counts."""
    with path.open("rb") as file:
        file.seek(byte)
        ahead = file.read(CHUNK_BYTES)
    blank = len(ahead) - len(ahead.lstrip(b"\r\n"))
    return count_lines(path, upto=byte + blank) + 1


def has_open_end(path: Path) -> bool:
    """Whether a file's last line lacks its line end."""
    size = path.stat().st_size
    if not size:
        return False
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1) != b"\n"


def map_lines(
    path: Path, *, first_line: int, rows: int, rejected: list[tuple[int, int]], quote: str, delimiter: str
) -> LineMap:
    """Work out where each row stands.

    Parameters
    ----------
    first_line
        The line of the first row of data.
    rows
        How many rows were read.
    rejected
        (line, first byte) of each row that was not.
    """
    lines = count_lines(path) + has_open_end(path)
    if lines == first_line - 1 + rows + len(rejected):
        return map_without(first_line, sorted(line for line, _ in rejected))
    return _walk(path, first_line=first_line, rejected={byte for _, byte in rejected}, quote=quote, delimiter=delimiter)


def map_without(first_line: int, left_out: Iterable[int]) -> LineMap:
    """The lines of the rows that begin in ``first_line``, where each line is a row but some (ascending)."""
    steps = [(0, first_line)]
    for number, line in enumerate(left_out):
        row = line - first_line - number
        if steps[-1][0] == row:
            steps.pop()
        steps.append((row, line + 1))
    return LineMap(tuple(steps))


def _walk(path: Path, *, first_line: int, rejected: set[int], quote: str, delimiter: str) -> LineMap:
    """Go through the file line by line, as blank lines or cells over several lines make it necessary."""
    mark, comma = quote.encode(), delimiter.encode()
    steps: list[tuple[int, int]] = []
    row, expected, is_rejected = 0, -1, False
    with path.open("rb") as file:
        for _ in range(first_line - 1):
            file.readline()
        line, at = first_line, file.tell()
        while text := file.readline():
            begin, began = at, line
            at, line = at + len(text), line + 1
            while mark and _is_open(text, mark, comma) and (more := file.readline()):
                text, at, line = text + more, at + len(more), line + 1
            # Behind a blank line, the engine counts a line end of two bytes as if its second began the next line.
            is_rejected = is_rejected or begin in rejected or begin - 1 in rejected
            if not text.strip(b"\r\n"):
                continue  # the rejected row's first byte may be that of the blank lines before it
            if is_rejected:
                is_rejected = False
                continue
            if began != expected:
                steps.append((row, began))
            row, expected = row + 1, began + 1
    return LineMap(tuple(steps) or ((0, first_line),))


def _is_open(text: bytes, mark: bytes, comma: bytes) -> bool:
    """Whether a record's last quoted cell still lacks its closing quote."""
    if text.count(mark) % 2 == 0:
        return False
    return text.startswith(mark) or comma + mark in text
