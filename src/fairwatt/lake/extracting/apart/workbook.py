"""Write every sheet of a workbook as text: ``python workbook.py FILE FOLDER MOST_CELLS MOST_BYTES LARGE``.

For sheet *n* it writes ``n.csv`` with the cells from the sheet's first row on, one line a row, and ``n.kinds`` with a
letter a cell: ``T`` time, ``N`` number, ``S`` text, a blank for none. ``manifest.json`` names the sheets.

A workbook of more than ``LARGE`` bytes of XML is read a slice at a time (:mod:`fairwatt.lake.slicing`), of its sheets
together about ``MOST_BYTES``; the others are held as wholes, and ``MOST_CELLS`` of them are the most.

Errors that formulas left (#N/A, #DIV/0!) are blank cells to the library; in XLSX, XLSM, XLSB and XLS their texts are
looked up, so that they count as missing values for a reason.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from fairwatt.lake.binary_faults import COMPOUND, Faults, faults_in_xls, faults_in_xlsb
from fairwatt.lake.inflating import INFLATE_ERRORS
from fairwatt.lake.slicing import LargeBook, OddBookError, Slice, column_of, parts_of_sheets

DECIDING_ROWS, DECIDING_CELLS = 5_000, 2_000_000  # by which a column's times are all written alike
_SHORT = 15  # characters, so that no digit is one too many
MOST_SLICED = 400_000_000  # cells of a large workbook's sheet
MOST_MERGED = 100_000
LEAST_BEGINNING = 256 << 10  # of each sheet
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
_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*?\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_UNSAVED = re.compile(  # a formula whose value no program has worked out yet; one that gives "" is of type str
    rb"<(?:\w+:)?c\s(?![^>]*\bt=)([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>(?P<formula>[^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_UNSAVED_ENDS = (b"<v></v></c>", b"<v/></c>", b"<v /></c>", b"</f></c>")
_SHOWN_FORMULA = 30
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>(#[^<]{1,20})</")
_NO_FAULTS: Mapping[int, str] = {}
_NOT_GONE_THROUGH: tuple[type[Exception], ...] = (
    *INFLATE_ERRORS,
    zipfile.BadZipFile,
    struct.error,
    IndexError,
    KeyError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)
_FAULTS: tuple[type[Exception], ...] = (
    *INFLATE_ERRORS,
    CalamineError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)
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
    text = repr(cell)
    if len(text) <= _SHORT and "e" not in text and text != "-0.0":
        return text.removesuffix(".0")
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


class SheetText:
    """Writes a sheet's rows as text and as letters, from above to below; use as a context manager."""

    def __init__(self, folder: Path, number: int) -> None:
        self._text = (folder / f"{number}.csv").open("w", encoding="utf-8", newline="")
        self._kinds = (folder / f"{number}.kinds").open("w", encoding="ascii")
        self._write = csv.writer(self._text, lineterminator="\n").writerow
        self._columns: list[Column] = []
        self._first: list[tuple[Sequence[Cell], Mapping[int, str]]] = []
        self._is_decided = False
        self.rows = self.cells = 0

    def add(self, cells: Sequence[Cell], faults: Mapping[int, str] = _NO_FAULTS) -> None:
        """Write the next row, with the errors in its cells by their places."""
        self.rows += 1
        self.cells += len(cells)
        if self._is_decided:
            self._put(cells, faults)
            return
        self._first.append((cells, faults))
        if len(self._first) >= DECIDING_ROWS or self.cells >= DECIDING_CELLS:
            self._decide()

    def skip(self, rows: int) -> None:
        """Leave some rows blank."""
        for _ in range(rows):
            self.add(())

    def _decide(self) -> None:
        self._is_decided = True
        self._columns = _columns([cells for cells, _ in self._first])
        for cells, faults in self._first:
            self._put(cells, faults)
        self._first = []

    def _put(self, cells: Sequence[Cell], faults: Mapping[int, str]) -> None:
        self._columns += [Column() for _ in range(len(cells) - len(self._columns))]
        told = [column.write(cell) for column, cell in zip(self._columns, cells, strict=False)]
        for at, text_of_fault in faults.items():
            if 0 <= at < len(told) and not told[at][1]:
                told[at] = ("S" if text_of_fault.startswith("=") else " ", text_of_fault)
        self._write(_whole_line([cell for _, cell in told]))
        self._kinds.write("".join([kind for kind, _ in told]).rstrip() + "\n")

    def __enter__(self) -> SheetText:
        return self

    def __exit__(self, *_: object) -> None:
        with self._text, self._kinds:
            self._decide()


def write_sheet(sheet: CalamineSheet, folder: Path, number: int, most_cells: int, faults: Faults) -> dict[str, object]:
    """Write one sheet; return how it is found."""
    if sheet.start is None or sheet.end is None:
        return {"rows": 0}
    begin = sheet.start[1]
    height, width = sheet.end[0] + 1, sheet.end[1] - begin + 1
    if height * width > most_cells:
        raise TooManyCellsError(sheet.name, height, width)
    with SheetText(folder, number) as text:
        for row, cells in enumerate(sheet.iter_rows()):
            text.add(cells, {column - begin: fault for column, fault in faults.get(row, _NO_FAULTS).items()})
    return {"rows": text.rows, "cells": height * width, "first_column": begin, "merged": _merged(sheet)}


def write_slices(book: LargeBook, name: str, folder: Path, number: int, most: int | None) -> dict[str, object]:
    """Write one sheet of a large workbook a slice at a time; return how it is found."""
    found, xml = book.slices(name, most)
    with SheetText(folder, number) as text:
        for one in found:
            _write_slice(one, name, text)
            if text.cells > MOST_SLICED:
                raise TooManyCellsError(name, text.rows, text.cells // text.rows)
    told: dict[str, object] = {"rows": text.rows, "first_column": 0, "merged": xml.merged[:MOST_MERGED]}
    return told if xml.is_whole else told | {"beginning": xml.read, "share": xml.read / book.size_of(name)}


def _write_slice(one: Slice, name: str, text: SheetText) -> None:
    with CalamineWorkbook.from_filelike(io.BytesIO(one.book)) as book:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is None:
            return
        faults: Faults = {}
        _note_all(one.xml, faults)
        first, begin = sheet.start
        before: list[Cell] = [""] * begin
        text.skip(max(0, one.offset + first - text.rows))
        for row, cells in enumerate(sheet.to_python(skip_empty_area=True), start=first):
            text.add([*before, *cells] if begin else cells, faults.get(row, _NO_FAULTS))


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
    return [(first[0], last[0], first[1]) for first, last in islice(found, MOST_MERGED)]


class TooManyCellsError(Exception):
    """A sheet holds more cells than are read."""


def sheets_of(book: CalamineWorkbook) -> Iterator[tuple[str, bool]]:
    """Names of the sheets of cells, and whether each is hidden."""
    for one in book.sheets_metadata:
        if str(one.typ).endswith(("WorkSheet", "MacroSheet")):
            yield one.name, not str(one.visible).endswith(".Visible")


def faults_of(path: str) -> dict[str, Faults]:
    """By sheet, row and column (from 0), the errors in a workbook's cells; none where it can't be gone through."""
    try:
        with Path(path).open("rb") as file:
            if file.read(len(COMPOUND)) == COMPOUND:
                return faults_in_xls(Path(path))
        with zipfile.ZipFile(path) as book:
            if "xl/workbook.bin" in book.namelist():
                return faults_in_xlsb(book)
            return {name: found for name, part in parts_of_sheets(book) if (found := _faults_in(book, part))}
    except _NOT_GONE_THROUGH:
        return {}


def _faults_in(book: zipfile.ZipFile, part: str) -> Faults:
    found: Faults = {}
    count, read, held = 0, 0, b""
    with book.open(part) as file:
        while (chunk := file.read(CHUNK_BYTES)) and read < MOST_SCANNED:
            held += chunk
            read += len(chunk)
            end, noted = _note_all(held, found)
            count += noted
            if count > MOST_FAULTS:
                return found
            held = held[max(end, len(held) - _LONGEST_CELL) :]
    return found


def _note_all(rows: bytes, found: Faults) -> tuple[int, int]:
    """Take note of errors, and of formulas without a value; return where the last of them ends, and their number."""
    end = count = 0
    for cell in _CELL.finditer(rows) if b't="e"' in rows else ():
        value = _VALUE.search(cell[2])
        end = cell.end()
        count += _note(cell, value[1].decode("ascii", errors="replace") if value else "", found)
    for cell in _UNSAVED.finditer(rows) if b"<f" in rows and any(one in rows for one in _UNSAVED_ENDS) else ():
        formula = html.unescape((cell["formula"] or b"").decode("utf-8", errors="replace"))
        end = max(end, cell.end())
        count += _note(cell, f"={formula[:_SHOWN_FORMULA]}", found)
    return end, count


def _note(cell: re.Match[bytes], text: str, found: Faults) -> int:
    place = _PLACE.search(cell[1])
    if place is None or not text:
        return 0
    found.setdefault(int(place[2]) - 1, {})[column_of(place[1])] = text
    return 1


def main(path: str, folder: Path, most_cells: int, most_bytes: int, large: int) -> dict[str, object]:
    """Write all sheets; return the manifest."""
    try:
        if (sliced := in_slices(path, folder, most_bytes, large)) is not None:
            return sliced
    except OddBookError:  # its own library may know better
        pass
    found: list[dict[str, object]] = []
    faults = faults_of(path)
    with CalamineWorkbook.from_path(path) as book:
        for number, (name, is_hidden) in enumerate(sheets_of(book)):
            told = write_sheet(book.get_sheet_by_name(name), folder, number, most_cells, faults.get(name, {}))
            found.append({"name": name, "is_hidden": is_hidden, "file": f"{number}.csv", **told})
            most_cells -= int(str(told.get("cells", 0)))
    return {"sheets": found}


def in_slices(path: str, folder: Path, most_bytes: int, large: int) -> dict[str, object] | None:
    """Write the sheets of a large workbook of XML parts; None where it is another."""
    try:
        book = LargeBook(Path(path), folder)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
        return None
    with book:
        if book.size <= large or not book.parts:
            return None
        with CalamineWorkbook.from_filelike(io.BytesIO(book.without_rows())) as empty:
            sheets = list(sheets_of(empty))
        if any(name not in book.parts for name, _ in sheets):
            raise OddBookError("not all sheets are found")
        most = None if most_bytes == sys.maxsize else max(LEAST_BEGINNING, most_bytes // max(1, len(sheets)))
        found = [
            {"name": name, "is_hidden": hidden, "file": f"{n}.csv", **write_slices(book, name, folder, n, most)}
            for n, (name, hidden) in enumerate(sheets)
        ]
    return {"sheets": found}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder = arguments[0], Path(arguments[1])
    try:
        manifest = main(path, folder, *map(int, arguments[2:]))
    except PasswordError:
        manifest = {"error": "locked"}
    except TooManyCellsError as error:
        manifest = {"error": "too-large", "detail": "sheet ‘{}’ spans {:,} rows and {:,} columns".format(*error.args)}
    except MemoryError:
        manifest = {"error": "too-large", "detail": "opening it takes more memory than it may"}
    except _FAULTS as error:
        manifest = {"error": "damaged", "detail": str(error)[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
