"""Write tables as plain text: UTF-8, commas, one row a line."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from fairwatt.core.errors import TooLarge

MOST_BYTES = 64 << 30  # of one written table: a file of records can name its fields a million times


class Row(Protocol):
    """Writes one row."""

    def __call__(self, cells: Sequence[str], /) -> object:
        """Write a row of texts."""


@contextmanager
def text_writer(path: Path) -> Iterator[Row]:
    """Open a table for writing; each call writes one row on one line."""
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        yield writer.writerow


def one_line(text: str) -> str:
    """A cell's text without line ends and what no reader takes."""
    return " ".join(text.replace("\0", "").split()) if any(c < " " for c in text) else text


def read_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a written table."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def write_rows(path: Path, rows: Iterable[Sequence[str]], *, name: str, most: int | None = None) -> int:
    """Write rows; return how many.

    Raises
    ------
    TooLarge
        Where there are more than ``most``.
    """
    count = 0
    with text_writer(path) as write:
        for count, cells in enumerate(rows, start=1):
            if most is not None and count > most:
                raise TooLarge(f"{name} holds more than {most:,} rows.", where={"file": name})
            write(cells)
    return count
