"""Workbooks: XLSX, XLSM, XLSB, XLS and ODS. Every sheet is looked through for its tables."""

from __future__ import annotations

import csv
import sys
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO

from fairwatt.core.errors import TooLarge
from fairwatt.core.files.profile import TableRule
from fairwatt.core.files.sheets import Region, find_regions, names_of_parts, used_columns
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.calendar_texts import as_plain_calendar
from fairwatt.lake.extracting.joining import Part, join_parts
from fairwatt.lake.extracting.paired_texts import as_one_table
from fairwatt.lake.extracting.running import locked_file, run_apart
from fairwatt.lake.extracting.tables import Extraction, Place, TextTable
from fairwatt.lake.extracting.writing import read_rows, text_writer
from fairwatt.lake.inflating import ZIP_ERRORS
from fairwatt.lake.opening import room_of

MOST_CELLS = 15_000_000  # of a workbook that has to be held as a whole
MOST_RATIO = 200
LARGE_BYTES = 24 << 20  # of XML: smaller workbooks are held as wholes
EXCERPT_BYTES = 4 << 20  # of a large workbook's XML, where its beginning will do
_MOST_SHEETS = 500
_KEPT_CELLS = 400_000  # of a sheet's first rows, whose texts are kept to be asked for
_STEP_ROWS = 1_000  # at which the further rows are found again
_NOTE = 500
_LOOKED_AT = 1 << 20
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the part that holds the workbook, as an old Office file names it


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    path: Path
    first_column: int
    merged: tuple[tuple[int, int, int], ...]
    is_hidden: bool = False
    beginning: int = 0  # bytes, where only its beginning was read, which is a share of it
    share: float = 1.0


def extract_workbook(path: Path, *, work: Path, name: str, patient: Patient, is_excerpt: bool = False) -> Extraction:
    """Write out the tables of a workbook; see :func:`fairwatt.lake.extracting.extract_tables`."""
    if _is_locked(path):
        raise locked_file(name, "workbook")
    _refuse_bomb(path, name)
    folder = work / "workbook"
    most = (str(MOST_CELLS), str(EXCERPT_BYTES if is_excerpt else sys.maxsize), str(LARGE_BYTES))
    told = run_apart("workbook", path, folder, *most, name=name, kind="workbook", patient=patient)
    sheets = [
        _Sheet(
            str(sheet["name"]),
            folder / str(sheet["file"]),
            int(sheet.get("first_column", 0)),
            tuple((int(a), int(b), int(c)) for a, b, c in sheet.get("merged", ())),
            is_hidden=bool(sheet["is_hidden"]),
            beginning=int(sheet.get("beginning", 0)),
            share=float(sheet.get("share", 1.0)),
        )
        for sheet in told["sheets"][:_MOST_SHEETS]
        if sheet["rows"]
    ]
    parts: list[Part] = []
    beside: list[TextTable] = []  # nobody who looks at the workbook sees what is hidden: it is joined to nothing
    for sheet in sheets:
        patient.check(0.0, "Looking through the sheets")
        found = _tables_of(sheet, is_only=len(sheets) == 1)
        if sheet.is_hidden and not all(one.is_hidden for one in sheets):
            beside += [replace(part.table, title=f"{part.name} (hidden)") for part in found]
        else:
            parts += found
    description: dict[str, object] = {"sheets": [str(sheet["name"]) for sheet in told["sheets"]]}
    if hidden := [str(sheet["name"]) for sheet in told["sheets"] if sheet["is_hidden"]]:
        description["hidden_sheets"] = hidden
    return Extraction([*join_parts(parts, work=work, word="sheet"), *beside], description)


def _is_locked(path: Path) -> bool:
    """Whether an old Office file holds a workbook behind a password; its list of parts may stand far from its head."""
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
        if not head.startswith(_COMPOUND):
            return False
        size = 1 << min(20, int.from_bytes(head[30:32], "little"))
        file.seek((int.from_bytes(head[48:52], "little") + 1) * size)
        return _ENCRYPTED in head or _ENCRYPTED in file.read(_LOOKED_AT)


def _refuse_bomb(path: Path, name: str) -> None:
    """Raise TooLarge where the parts of a workbook say themselves that they unpack to far more than honest ones do."""
    try:
        with zipfile.ZipFile(path) as parts:
            claimed = sum(part.file_size for part in parts.infolist())
    except ZIP_ERRORS:
        return  # no zip, or a damaged one: its reader says so
    if claimed > (room := room_of(path, MOST_RATIO)):
        raise TooLarge(
            f"{name} unpacks to more than {room / 1e6:,.0f} MB, far more than its size allows for.",
            where={"file": name},
            next_step="Export its table as CSV and upload that.",
        )


def _tables_of(sheet: _Sheet, *, is_only: bool) -> list[Part]:
    kinds = _read_kinds(sheet.path.with_suffix(".kinds"))
    texts = _Texts(sheet.path)
    regions = find_regions(kinds, texts.row)
    tables = [
        _write(sheet, region, number, texts, kinds, is_only=is_only and len(regions) == 1)
        for number, region in enumerate(regions)
    ]
    names = names_of_parts(kinds, regions, texts.row, sheet.name)
    return [
        Part(
            as_plain_calendar(table, table.path.with_suffix(".calendar"))
            or as_one_table(table, table.path.with_suffix(".pairs"))
            or table,
            name.text,
            names_meter=name.is_meter,
        )
        for table, name in zip(tables, names, strict=True)
    ]


def _read_kinds(path: Path) -> list[str]:
    """The rows' letters; most rows share theirs, which are kept once."""
    shared: dict[str, str] = {}
    with path.open(encoding="ascii") as file:
        return [shared.setdefault(line, line) for line in (text.rstrip("\n") for text in file)]


class _Texts:
    """The texts of some rows of a sheet, read when they are asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: list[list[str]] = []
        self._steps: array[int] = array("Q")  # where every thousandth row begins: each stands on a line of its own

    def row(self, number: int) -> Sequence[str]:
        """One row's texts, from 0."""
        if not self._first:
            cells = 0
            for row in read_rows(self._path):
                self._first.append(row)
                if (cells := cells + len(row)) > _KEPT_CELLS:
                    break
        if number < len(self._first):
            return self._first[number]
        with self._path.open("rb") as file:
            if not self._steps:
                self._steps.extend(_steps(file))
            step = min(number // _STEP_ROWS, len(self._steps) - 1)
            file.seek(self._steps[step])
            line = next(islice(file, number - step * _STEP_ROWS, None), b"")
        return next(csv.reader([line.decode()]), [])


def _steps(file: IO[bytes]) -> Iterator[int]:
    at = 0
    for number, line in enumerate(file):
        if number % _STEP_ROWS == 0:
            yield at
        at += len(line)


def _write(
    sheet: _Sheet, region: Region, number: int, texts: _Texts, kinds: Sequence[str], *, is_only: bool
) -> TextTable:
    target = sheet.path.with_name(f"{sheet.path.stem}-{number}.txt")
    begin, used = region.first_column, used_columns(kinds, region)
    places: list[Place] = []
    line = 1
    with text_writer(target) as write:
        for row, cells in _filled_rows(sheet, region):
            kept = [cells[column] if column < len(cells) else "" for column in used]
            if not any(kept):
                continue
            write(kept)
            if not places or places[-1].row + line - places[-1].line != row + 1:
                places.append(Place(line, row + 1, "" if is_only else f"sheet ‘{sheet.name}’"))
            line += 1
    rule = TableRule(
        parts=(sheet.name,),
        first_row=region.first_row,
        first_column=begin + sheet.first_column,
        columns=region.columns,
        rows=0 if region.is_last else region.rows,
    )
    notes = tuple(" ".join(cell for cell in texts.row(n) if cell)[:_NOTE] for n in region.notes)
    table = TextTable(target, rule, sheet.name, dialect_is_plain=True, places=tuple(places), notes=notes)
    if not sheet.beginning:
        return table
    rows = line - 1
    return replace(table, beginning=sheet.beginning, rows=rows, rows_in_all=round(rows / sheet.share))


def _filled_rows(sheet: _Sheet, region: Region) -> Iterator[tuple[int, list[str]]]:
    """The region's rows, with the value of cells merged downwards in each of their rows."""
    first, last = region.first_row, region.first_row + region.rows
    down = _merged_downwards(sheet, region)
    carried: dict[int, tuple[str, int]] = {}
    for row, cells in enumerate(islice(read_rows(sheet.path), last)):
        for column, until in down.get(row, ()):
            if column < len(cells) and cells[column]:
                carried[column] = (cells[column], until)
        for column, (text, until) in list(carried.items()):
            if row > until:
                del carried[column]
                continue
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = cells[column] or text
        if row >= first:
            yield row, cells


def _merged_downwards(sheet: _Sheet, region: Region) -> dict[int, list[tuple[int, int]]]:
    """Merged cells among the data: by first row, the columns and the last rows."""
    found: dict[int, list[tuple[int, int]]] = {}
    for first, last, column in sheet.merged:
        if first >= region.first_row + region.header_rows:
            found.setdefault(first, []).append((column - sheet.first_column, last))
    return found
