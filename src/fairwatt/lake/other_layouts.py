"""A block of rows with another number of cells than the header: another table below the first, not left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from fairwatt.core.errors import UnreadableFile
from fairwatt.lake.lines import line_at
from fairwatt.lake.staging import Reject, Stage

_LEAST_ROWS = 48  # a day of half-hours
_LEAST_SHARE = 0.01  # of the file's rows
_LOOKED_AT = 20
_ALIKE = 0.8  # share of them that begin as the rows above do
_LONGEST = 1 << 16  # characters of a line


def refuse_other_layout(stage: Stage, *, name: str) -> None:
    """Refuse a file that goes on with rows of another number of cells, as loggers write once a channel was added.

    Raises
    ------
    UnreadableFile
        Where many rows in a row are so, and begin as the others do: left out, a part of the record would be gone.
    """
    block = _longest_block(stage.rejects)
    if len(block) < max(_LEAST_ROWS, _LEAST_SHARE * (stage.rows + len(stage.rejects))):
        return
    some = block[:: max(1, len(block) // _LOOKED_AT)][:_LOOKED_AT]
    above = _form_of(_line(stage.path, _first_byte(stage)), stage)
    below = [_form_of(_line(stage.path, one.byte), stage) for one in some]
    if not above or sum(one == above for one in below) < _ALIKE * len(below):
        return
    line = line_at(stage.path, block[0].byte)
    raise UnreadableFile(
        f"From line {line:,} of {name} on, {len(block):,} rows do not have the {stage.profile.columns} cells that its "
        "header and the other rows have: two tables stand one below the other.",
        where={"file": name, "line": line},
        next_step="Split the file there, and give each part with a header of its own.",
    )


def _longest_block(rejects: Sequence[Reject]) -> list[Reject]:
    """The longest run of rejected rows that follow each other line by line."""
    longest: list[Reject] = []
    block: list[Reject] = []
    for reject in sorted(rejects, key=lambda one: one.line):
        if block and reject.line - block[-1].line > 1:
            block = []
        block.append(reject)
        longest = block if len(block) >= len(longest) else longest
    return longest


def _first_byte(stage: Stage) -> int:
    """Where the first row of data begins."""
    dialect = stage.profile.dialect
    with stage.path.open("rb") as file:
        return sum(len(line) for line in islice(file, dialect.skip_lines + dialect.header_lines))


def _line(path: Path, byte: int) -> str:
    with path.open("rb") as file:
        file.seek(byte)
        text = file.readline(_LONGEST) or b""
        while text and not text.strip():  # blank lines stand right before it
            text = file.readline(_LONGEST)
    return text.decode(errors="replace")


def _form_of(line: str, stage: Stage) -> str:
    """How the first cell is written: digits as 9; "" where it holds none."""
    cell = line.split(stage.profile.dialect.delimiter, 1)[0].strip(" \t\r\n\"'")
    return re.sub(r"\d", "9", cell) if re.search(r"\d", cell) else ""
