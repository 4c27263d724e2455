"""A table written out as text, and where each of its lines came from."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from pathlib import Path

from fairwatt.core.files.profile import TableRule
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.findings import Finding
from fairwatt.lake.sampling import sample_file


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run of lines of a written table came from.

    Attributes
    ----------
    line
        The first of the lines, from 1.
    row
        The row (line, record) of the part that it holds, as the container's own programs count; those of the lines
        after it follow one by one.
    part
        The sheet, member or layer as a person would name it, such as ``sheet ‘Feb’``; "" where there is one only.
    word
        What the part's programs call a row.
    """

    line: int
    row: int
    part: str = ""
    word: str = "row"

    def say(self, line: int) -> str:
        """The place of one of the run's lines in words."""
        row = f"{self.word} {self.row + line - self.line:,}"
        return f"{self.part}, {row}" if self.part else row


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as text.

    Attributes
    ----------
    path
        The text; a temporary file, or the received file itself where that is plain text.
    rule
        Which of the container's tables it is.
    title
        What a person would call it: the sheet's or member's name; "" where the file is the table.
    dialect_is_plain
        Whether it was written by the extraction: UTF-8, commas, one row a line, one line end.
    places
        Where its lines came from, in the order of lines; empty for a file that is the table itself.
    notes
        Lines that stand before or after the table in its part: titles, key and value, footnotes.
    findings
        What was noticed while it was written out.
    rows_in_all, rows
        Where the text is an excerpt: how many rows the whole table has, and how many of them it holds.
    beginning
        Where it is one of a file's beginning alone: how many of its bytes.
    taken
        Samples of the whole text, where only its beginning stands at ``path``.
    """

    path: Path
    rule: TableRule = field(default_factory=TableRule)
    title: str = ""
    dialect_is_plain: bool = False
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    rows: int = 0
    rows_in_all: int | None = None
    beginning: int = 0
    taken: FileSample | None = None

    def sample(self) -> FileSample:
        """Samples of the text."""
        return self.taken or sample_file(self.path)

    def place_at(self, line: int) -> Place:
        """The run of lines that a line (from 1) belongs to."""
        at = bisect.bisect_right(self.places, line, key=lambda place: place.line) - 1
        return self.places[at] if at >= 0 else Place(line=1, row=1, word="line")

    def place_of(self, line: int) -> str:
        """Where a line (from 1) stands in the received file: ``sheet ‘Feb’, row 12``, or ``line 12``."""
        return self.place_at(line).say(line)


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a container holds: its tables as text, and what it says of itself."""

    tables: list[TextTable] = field(default_factory=list)
    description: dict[str, object] = field(default_factory=dict)
