"""Write every sheet of a workbook as text: ``python workbook.py FILE FOLDER MOST_CELLS``.

For sheet *n* it writes ``n.csv`` with the cells from the sheet's first row on, one line a row, and ``n.kinds`` with a
letter a cell: ``T`` time, ``N`` number, ``S`` text, a blank for none. ``manifest.json`` names the sheets.

Errors that formulas left (#N/A, #DIV/0!) are blank cells to the library; in workbooks of XML parts (XLSX, XLSM) their
texts are looked up, so that they count as missing values for a reason.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from html import unescape
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

DECIDING_ROWS = 5_000  # rows by which a column's times are all written alike
_SNAP_US = 10_000  # so far from a whole second, the fraction comes of a sum of floats [µs]
_SECOND = 1_000_000
_DATE_TEXT = re.compile(
    r"\d{1,4}[-/.]\w{1,9}[-/.]\d{2,4}\b.*|\d{1,2}:\d\d.*|\d{1,2} [A-Za-z]{3,9},? \d{2,4}\b.*|\d{1,2}[-/][A-Za-z]{3,9}"
)
_NUMBER_TEXT = re.compile(r"[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?%?")
_LAST_DAY_ZERO = date(1900, 1, 1)  # how a library shows the serial number 1 where a time of day stands: 24:00
MOST_FAULTS = 200_000
CHUNK_BYTES = 1 << 20
_LONGEST_CELL = 64 << 10  # a cell with its formula
MOST_SCANNED = 2 << 30  # bytes of a sheet
_MOST_PART = 16 << 20  # of the lists of sheets
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*?\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>(#[^<]{1,20})</")
Faults = dict[int, dict[int, str]]
Cell = int | float | str | bool | time | date | datetime | timedelta


class Column:
    """How a column's times are written, decided by its first rows."""

    def __init__(self) -> None:
        self.has_clock = False
        self.has_fraction = False
        self.is_clock = False

    def learn(self, cell: Cell) -> None:
        """Take note of one cell."""
        if isinstance(cell, datetime):
            self.has_clock = True
            self.has_fraction |= _SNAP_US < cell.microsecond < _SECOND - _SNAP_US
        elif isinstance(cell, time):
            self.is_clock = True
            self.has_fraction |= _SNAP_US < cell.microsecond < _SECOND - _SNAP_US

    def write(self, cell: Cell) -> tuple[str, str]:
        """A cell's kind and its text."""
        if isinstance(cell, bool):
            return "N", "true" if cell else "false"
        if isinstance(cell, int | float):
            return "N", _number(cell)
        if isinstance(cell, str):
            text = " ".join(cell.split())
            return _kind_of(text), text
        if isinstance(cell, timedelta):
            return "T", _duration(cell)
        if isinstance(cell, time):
            return "T", self._clock(cell)
        return "T", self._moment(cell)

    def _moment(self, cell: date) -> str:
        if self.is_clock and not self.has_clock and cell == _LAST_DAY_ZERO:
            return "24:00:00"
        if not isinstance(cell, datetime):
            return f"{cell.isoformat()} 00:00:00" if self.has_clock else cell.isoformat()
        return _rounded(cell, keep=self.has_fraction).isoformat(" ", "milliseconds" if self.has_fraction else "seconds")

    def _clock(self, cell: time) -> str:
        anchor = datetime(2000, 1, 1, cell.hour, cell.minute, cell.second, cell.microsecond)
        moment = _rounded(anchor, keep=self.has_fraction)
        if moment.day > 1:
            return "24:00:00"
        return moment.time().isoformat("milliseconds" if self.has_fraction else "seconds")


def _rounded(moment: datetime, *, keep: bool) -> datetime:
    """To the millisecond where a column has fractions of a second, else to the second."""
    unit = 1_000 if keep else _SECOND
    odd = moment.microsecond % unit
    return moment + timedelta(microseconds=unit - odd if odd * 2 >= unit else -odd)


def _duration(cell: timedelta) -> str:
    total = round(cell.total_seconds())
    sign, total = ("-", -total) if total < 0 else ("", total)
    return f"{sign}{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}"


def _number(cell: float) -> str:
    """A number with the fifteen digits that a spreadsheet shows, without an exponent where it can be read so."""
    if cell != cell or cell in {float("inf"), float("-inf")}:  # noqa: PLR0124 - nan
        return ""
    value = float(f"{cell:.15g}")
    if value.is_integer() and abs(value) < 1e15:  # all digits hold
        return str(int(value))
    return repr(value)


def _kind_of(text: str) -> str:
    if not text:
        return " "
    if not text[0].isdigit() and text[0] not in "+-.":
        return "S"
    if _NUMBER_TEXT.fullmatch(text):
        return "N"
    return "T" if _DATE_TEXT.fullmatch(text) else "S"


def write_sheet(sheet: CalamineSheet, folder: Path, number: int, most_cells: int, faults: Faults) -> dict[str, object]:
    """Write one sheet; return how it is found."""
    if sheet.start is None or sheet.end is None:
        return {"rows": 0}
    height, width = sheet.end[0] + 1, sheet.end[1] - sheet.start[1] + 1
    if height * width > most_cells:
        raise TooManyCellsError(sheet.name, height, width)
    rows = iter(sheet.iter_rows())
    first = list(islice(rows, DECIDING_ROWS))
    columns = _columns(first)
    written = 0
    with (
        (folder / f"{number}.csv").open("w", encoding="utf-8", newline="") as text,
        (folder / f"{number}.kinds").open("w", encoding="ascii") as kinds,
    ):
        writer = csv.writer(text, lineterminator="\n")
        for cells in chain(first, rows):
            told = [column.write(cell) for column, cell in zip(columns, cells, strict=False)]
            for place, text_of_fault in faults.get(written, {}).items():
                at = place - sheet.start[1]
                if 0 <= at < len(told) and not told[at][1]:
                    told[at] = (" ", text_of_fault)
            writer.writerow(_whole_line([cell for _, cell in told]))
            kinds.write("".join(kind for kind, _ in told).rstrip() + "\n")
            written += 1
    return {"rows": written, "cells": height * width, "first_column": sheet.start[1], "merged": _merged(sheet)}


def _whole_line(cells: list[str]) -> list[str]:
    """A row of one blank cell would be a blank line of no cells: the same, and no quotes."""
    return cells if any(cells) else []


def _columns(rows: Sequence[Sequence[Cell]]) -> list[Column]:
    width = max((len(row) for row in rows), default=0)
    columns = [Column() for _ in range(width)]
    for row in rows:
        for column, cell in zip(columns, row, strict=False):
            column.learn(cell)
    return columns


def _merged(sheet: CalamineSheet) -> list[tuple[int, int, int]]:
    """Cells merged downwards: (first row, last row, column)."""
    found = ((first, last) for first, last in sheet.merged_cell_ranges or [] if last[0] > first[0])
    return [(first[0], last[0], first[1]) for first, last in islice(found, 100_000)]


class TooManyCellsError(Exception):
    """A sheet holds more cells than are read."""


def sheets_of(book: CalamineWorkbook) -> Iterator[tuple[str, bool]]:
    """Names of the sheets of cells, and whether each is hidden."""
    for one in book.sheets_metadata:
        if str(one.typ).endswith(("WorkSheet", "MacroSheet")):
            yield one.name, not str(one.visible).endswith(".Visible")


def faults_of(path: str) -> dict[str, Faults]:
    """By sheet, row and column (from 0), the errors in a workbook's cells; none where it has no XML parts."""
    try:
        with zipfile.ZipFile(path) as book:
            return {name: found for name, part in _parts(book) if (found := _faults_in(book, part))}
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
        return {}


def _parts(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Each sheet's name and the name of its part."""
    names = set(book.namelist())
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return
    targets = {
        _attribute(tag, "Id"): _attribute(tag, "Target")
        for tag in _RELATION.findall(_text(book, "xl/_rels/workbook.xml.rels"))
    }
    for tag in _SHEET.findall(_text(book, "xl/workbook.xml")):
        target = targets.get(_attribute(tag, r"\w+:id"), "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if target and part in names:
            yield _attribute(tag, "name"), part


def _text(book: zipfile.ZipFile, part: str) -> str:
    with book.open(part) as file:
        return file.read(_MOST_PART).decode("utf-8", errors="replace")


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(match[1]) if match else ""


def _faults_in(book: zipfile.ZipFile, part: str) -> Faults:
    found: Faults = {}
    count, read, held = 0, 0, b""
    with book.open(part) as file:
        while (chunk := file.read(CHUNK_BYTES)) and read < MOST_SCANNED:
            held += chunk
            read += len(chunk)
            end = 0
            if b't="e"' in held:
                for cell in _CELL.finditer(held):
                    end = cell.end()
                    count += _note(cell, found)
            if count > MOST_FAULTS:
                return found
            held = held[max(end, len(held) - _LONGEST_CELL) :]
    return found


def _note(cell: re.Match[bytes], found: Faults) -> int:
    place, value = _PLACE.search(cell[1]), _VALUE.search(cell[2])
    if place is None or value is None:
        return 0
    column = 0
    for letter in place[1]:
        column = column * 26 + letter - 64
    found.setdefault(int(place[2]) - 1, {})[column - 1] = value[1].decode("ascii", errors="replace")
    return 1


def main(path: str, folder: Path, most_cells: int) -> dict[str, object]:
    """Write all sheets; return the manifest."""
    found: list[dict[str, object]] = []
    faults = faults_of(path)
    with CalamineWorkbook.from_path(path) as book:
        for number, (name, is_hidden) in enumerate(sheets_of(book)):
            told = write_sheet(book.get_sheet_by_name(name), folder, number, most_cells, faults.get(name, {}))
            found.append({"name": name, "is_hidden": is_hidden, "file": f"{number}.csv", **told})
            most_cells -= int(str(told.get("cells", 0)))
    return {"sheets": found}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder, most = arguments[0], Path(arguments[1]), int(arguments[2])
    try:
        manifest = main(path, folder, most)
    except PasswordError:
        manifest = {"error": "locked"}
    except TooManyCellsError as error:
        manifest = {"error": "too-large", "detail": "sheet ‘{}’ spans {:,} rows and {:,} columns".format(*error.args)}
    except MemoryError:
        manifest = {"error": "too-large", "detail": "opening it takes more memory than it may"}
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        manifest = {"error": "damaged", "detail": str(error)[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
