"""Write tables as plain text: UTF-8, commas, one row a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Row(Protocol):
    """Writes one row."""

    def __call__(self, cells: Sequence[str], /) -> object:
        """Write a row of texts."""


@contextmanager
def text_writer(path: Path, delimiter: str = ",") -> Iterator[Row]:
    """Open a table for writing; each call writes one row on one line.

    A table taken out of a text keeps its delimiter, as a decimal comma is known by it.
    """
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        yield writer.writerow


def one_line(text: str) -> str:
    """A cell's text without line ends and what no reader takes."""
    return " ".join(text.replace("\0", "").split()) if any(c < " " for c in text) else text


def read_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a written table."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)
