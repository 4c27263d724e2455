"""Texts that are no plain table yet: columns parted by blanks, and several tables below or beside one another."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fairwatt.core.files.aligned import find_gap, split_line
from fairwatt.core.files.cells import STANDARD_NULLS
from fairwatt.core.files.encodings import decode_piece, find_encoding
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.profile import TableRule
from fairwatt.core.files.sampling import FileSample
from fairwatt.core.files.sheets import Region, find_regions, names_of_parts, used_columns
from fairwatt.core.units import find_unit
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.calendar_texts import as_plain_calendar
from fairwatt.lake.extracting.flow_texts import extract_flow
from fairwatt.lake.extracting.joining import MOST_COLUMNS, Part, join_parts
from fairwatt.lake.extracting.line_texts import extract_lines
from fairwatt.lake.extracting.paired_texts import as_one_table
from fairwatt.lake.extracting.published_texts import extract_published
from fairwatt.lake.extracting.tables import Extraction, Place, TextTable
from fairwatt.lake.extracting.writing import one_line, text_writer
from fairwatt.lake.sampling import sample_file

ALIGNED = "blanks"
STACKED = "text"
CALENDAR = "calendar"
PAIRS = "pairs"
UNQUOTED = "quotes"
_QUOTED_LINES = 200
_LEAST_ROWS = 3
_CHECKED_LINES = 100_000
_NOTE = 500
_COMMENTS = ("#", "//", "!")  # of a logger among its rows
_NO_VALUES = frozenset(STANDARD_NULLS)


def extract_texts(path: Path, *, work: Path, name: str, patient: Patient) -> Extraction:
    """Write out the tables of a text that is no plain table; none where it is one, or prose."""
    sample = sample_file(path)
    layout = find_layout(sample, name=name, max_columns=MOST_COLUMNS)
    return tables_of_text(path, sample, layout, work=work, patient=patient)


def tables_of_text(
    path: Path, sample: FileSample, layout: Layout | None, *, work: Path, patient: Patient
) -> Extraction:
    """As :func:`extract_texts`, of a text whose layout is known: None where it is no plain table."""
    known = extract_flow(path, sample, work=work, patient=patient)
    known = known or extract_published(path, sample, work=work, patient=patient)
    if known := known or extract_lines(path, sample, work=work):
        return Extraction(known)
    if layout is None:
        return Extraction(_unquoted(path, sample, work, patient) or _aligned(path, sample, work, patient))
    whole = TextTable(path, TableRule(parts=(PAIRS,)), places=(Place(1, 1, "", "line"),), taken=sample)
    if (paired := as_one_table(whole, work / "pairs.txt", layout)) is not None:
        return Extraction([replace(paired, taken=None)])
    if not sample.complete:
        return Extraction()
    lines = _lines(decode_piece(sample.head, layout.dialect.encoding, is_first=True), layout.dialect.line_end)
    return Extraction(_stacked(lines, layout.dialect.delimiter, work) or _of_calendar(path, layout, work))


def _of_calendar(path: Path, layout: Layout, work: Path) -> list[TextTable]:
    """The table of statistics whose periods are written in words."""
    whole = TextTable(path, TableRule(parts=(CALENDAR,)), places=(Place(1, 1, "", "line"),))
    found = as_plain_calendar(whole, work / "calendar.txt", layout)
    return [] if found is None else [found]


def _lines(text: str, line_end: str) -> list[str]:
    return text.split("\r") if line_end == "\r" else [line.rstrip("\r") for line in text.split("\n")]


def _unquoted(path: Path, sample: FileSample, work: Path, patient: Patient) -> list[TextTable]:
    """The table of a text whose lines stand in quotes as wholes, so that each looks like a single cell."""
    encoding = find_encoding(sample)
    lines = [line.strip() for line in _lines(decode_piece(sample.head, encoding, is_first=True), "\n")]
    look = [line for line in lines if line][:_QUOTED_LINES]
    if len(look) < _LEAST_ROWS or not all(len(line) > 2 and line[0] == line[-1] == '"' for line in look[:-1]):
        return []
    target = work / "unquoted.txt"
    with (
        path.open(encoding=encoding, errors="replace", newline=None) as file,
        target.open("w", encoding="utf-8", errors="replace", newline="") as written,
    ):
        for number, line in enumerate(file):
            bare = line.removeprefix("\ufeff").strip().replace("\0", "")
            if len(bare) > 1 and bare[0] == bare[-1] == '"':
                bare = bare[1:-1].replace('""', '"')
            written.write(bare + "\n")
            if number % _CHECKED_LINES == 0:
                patient.check(0.0, "Taking its lines out of their quotes")
    return [TextTable(target, TableRule(parts=(UNQUOTED,)))]


def _aligned(path: Path, sample: FileSample, work: Path, patient: Patient) -> list[TextTable]:
    encoding = find_encoding(sample)
    gap = find_gap(_lines(decode_piece(sample.head, encoding, is_first=True), "\n"))
    if gap is None:
        return []
    target, columns = work / "aligned.txt", _usual_count(sample, encoding, gap)
    with path.open(encoding=encoding, errors="replace", newline=None) as file, text_writer(target) as write:
        for number, line in enumerate(file):
            bare = line.removeprefix("\ufeff").strip().replace("\0", "")
            cells = [one_line(cell) for cell in split_line(bare, gap)] if bare else []
            write(_as_units(cells, columns) if 1 < len(cells) < columns else cells)
            if number % _CHECKED_LINES == 0:
                patient.check(0.0, "Parting its columns")
    table = TextTable(target, TableRule(parts=(ALIGNED,)), dialect_is_plain=True)
    return [as_plain_calendar(table, work / "aligned.calendar") or table]


def _usual_count(sample: FileSample, encoding: str, gap: re.Pattern[str]) -> int:
    lines = _lines(decode_piece(sample.head, encoding, is_first=True), "\n")[:_QUOTED_LINES]
    return Counter(len(split_line(line.strip(), gap)) for line in lines if line.strip()).most_common(1)[0][0]


def _as_units(cells: list[str], columns: int) -> list[str]:
    """A row of units alone: the first columns, of the time, have none."""
    are_units = all(find_unit(cell) is not None for cell in cells)
    return [*[""] * (columns - len(cells)), *cells] if are_units else cells


def _stacked(lines: list[str], delimiter: str, work: Path) -> list[TextTable]:
    """The tables of a text with several that have times each."""
    rows, numbers = _rows(lines, delimiter)
    kinds = ["".join(map(_letter_of, cells)).rstrip() for cells in rows]
    regions = [region for region in find_regions(kinds, lambda n: rows[n]) if _has_times(region, kinds)]
    if len(regions) < 2:  # one table is a plain text
        return []
    page = _Page(rows, numbers, kinds, delimiter)
    tables = [_write(region, page, work / f"part-{n}.txt") for n, region in enumerate(regions)]
    names = names_of_parts(kinds, regions, lambda n: rows[n], "Table")
    parts = [Part(table, name.text, names_meter=name.is_meter) for table, name in zip(tables, names, strict=True)]
    return join_parts(parts, work=work, word="table")


@dataclass(frozen=True, slots=True)
class _Page:
    """A text's records, the lines (from 1) that they begin in, and the letters of their cells."""

    rows: list[list[str]]
    numbers: list[int]
    kinds: list[str]
    delimiter: str


def _letter_of(cell: str) -> str:
    """A cell's letter by its first character and its marks: enough to find where another table begins."""
    if not cell or cell in _NO_VALUES:
        return " "
    if not (cell[0].isdigit() or cell[0] in "+-."):
        return "S"
    return "T" if ":" in cell or cell.count("-") > 1 or cell.count("/") > 1 else "N"


def _rows(lines: list[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The records, blank lines too, and the lines (from 1) that they begin in."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    has_data = False
    for number, cells in _records(lines, delimiter):
        if has_data and cells and cells[0].startswith(_COMMENTS):
            continue
        has_data = has_data or any(_letter_of(cell) == "T" for cell in cells)
        rows.append(cells)
        numbers.append(number)
    return rows, numbers


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
    began = 1
    while True:
        try:
            cells = [one_line(cell).strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            cells = []
        yield began, cells
        began = reader.line_num + 1


def _has_times(region: Region, kinds: list[str]) -> bool:
    first = region.first_row + region.header_rows
    end = region.first_column + region.columns
    body = [kinds[n][region.first_column : end] for n in range(first, region.first_row + region.rows)]
    timed = sum("T" in row and len(row.strip()) > 1 for row in body)
    return region.header_rows > 0 and timed >= max(_LEAST_ROWS, len(body) // 2)


def _write(region: Region, page: _Page, target: Path) -> TextTable:
    rows, numbers, delimiter = page.rows, page.numbers, page.delimiter
    begin, used = region.first_column, used_columns(page.kinds, region)
    places: list[Place] = []
    line = 1
    with text_writer(target, delimiter) as write:
        for number in range(region.first_row, region.first_row + region.rows):
            kept = [rows[number][column] if column < len(rows[number]) else "" for column in used]
            if not any(kept):
                continue
            write(kept)
            if not places or places[-1].row + line - places[-1].line != numbers[number]:
                places.append(Place(line, numbers[number], "", "line"))
            line += 1
    rule = TableRule(
        parts=(STACKED,),
        first_row=region.first_row,
        first_column=begin,
        columns=region.columns,
        rows=0 if region.is_last else region.rows,
    )
    notes = tuple(" ".join(cell for cell in rows[n] if cell)[:_NOTE] for n in region.notes)
    above = [n for n in region.notes if n < region.first_row]
    title = " ".join(cell for cell in rows[above[-1]] if cell)[:100] if above else ""
    where = f"line {numbers[region.first_row]:,}"
    return TextTable(target, rule, title or where, dialect_is_plain=delimiter == ",", places=tuple(places), notes=notes)
