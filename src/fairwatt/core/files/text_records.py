"""The records of a delimited text: lines cut into cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairwatt.core.files.cells import is_number
from fairwatt.core.files.encodings import LineEnd
from fairwatt.core.files.stamp_columns import is_stamp

Row = tuple[str, ...]
_RULE = re.compile(r"[-=+|:_\s\u2500-\u257f]*(?:-{3}|={3}|_{3}|\u2500{3})[-=+|:_\s\u2500-\u257f]*")


@dataclass(frozen=True, slots=True)
class Record:
    """One record and where it begins."""

    line: int  # its first line, from 1
    cells: Row


def split_lines(text: str, line_end: LineEnd) -> list[str]:
    """A text's lines, without their ends."""
    if line_end == "\r":
        return text.split("\r")
    return [line.rstrip("\r") for line in text.split("\n")]


def read_records(lines: Sequence[str], delimiter: str, *, limit: int) -> list[Record]:
    """Records of some lines; blank lines are left out, quoted cells may hold line ends."""
    found: list[Record] = []
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
    line = 1
    for cells in _safely(reader):
        if any(cell.strip() for cell in cells):
            found.append(Record(line, tuple(cells)))
            if len(found) >= limit:
                break
        line = reader.line_num + 1
    return found


def _safely(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Go on after a record that can't be parsed, such as a quote that is never closed."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield []


def is_rule(record: Record) -> bool:
    """Whether a record is a line drawn with characters, as databases frame their tables."""
    return _RULE.fullmatch("".join(record.cells)) is not None


def datum_kind(cell: str) -> str:
    """``number`` or ``time`` where a cell holds a datum, else ""."""
    if is_number(cell) or is_number(cell, ","):
        return "number"
    return "time" if is_stamp(cell) else ""
