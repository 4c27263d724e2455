"""Large workbooks are read in slices, and every cell reads as it does in the whole."""

from __future__ import annotations

import csv
import io
import random
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from fairwatt.lake import slicing
from fairwatt.lake.extracting import workbook
from fairwatt.lake.extracting.apart import workbook as program
from fairwatt.lake.looking import look_at_file

Rows = list[list[str]]
ALL = sys.maxsize
START = datetime(2024, 1, 1)
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices so small that a sheet of some hundred rows makes many."""
    monkeypatch.setattr(slicing, "SLICE_BYTES", 9_000)
    monkeypatch.setattr(slicing, "SLICE_CELLS", 2_000)
    monkeypatch.setattr(slicing, "_FEW_TEXTS", 500)
    monkeypatch.setattr(program, "DECIDING_ROWS", 60)


def written(path: Path, folder: Path, *, large: int) -> tuple[dict[str, Any], list[tuple[Rows, list[str]]]]:
    """What the program says of a workbook, and each sheet's rows and letters as they stand from its first column."""
    folder.mkdir()
    told = program.main(str(path), folder, 10**8, ALL, large)
    found: list[tuple[Rows, list[str]]] = []
    sheets: Any = told["sheets"]
    for sheet in sheets:
        if not sheet["rows"]:
            found.append(([], []))
            continue
        before = int(sheet["first_column"])
        with (folder / sheet["file"]).open(newline="") as file:
            rows = [bare([""] * before + row) for row in csv.reader(file)]
        kinds = (folder / sheet["file"]).with_suffix(".kinds").read_text().splitlines()
        found.append((rows, [(" " * before + row).rstrip() for row in kinds]))
    return told, found


def bare(row: list[str]) -> list[str]:
    """A row without the blank cells at its end."""
    while row and not row[-1]:
        row.pop()
    return row


def of_all_kinds(path: Path) -> None:
    """A workbook of two sheets with every kind of cell, gaps, a far column and merged cells, and a hidden third."""
    chance = random.Random(5)
    with xlsxwriter.Workbook(str(path)) as made:
        moment, clock = (made.add_format({"num_format": one}) for one in ("dd/mm/yyyy hh:mm", "hh:mm"))
        for name in ("Data & <more>", "Two"):
            sheet = made.add_worksheet(name)
            sheet.merge_range(0, 1, 0, 3, "A title")
            for row in range(2, 500):
                at = row if row < 300 else row + 2_000
                if row % 97 == 0:
                    continue
                sheet.write_number(at, 1, 45292 + row / 48, moment)
                sheet.write_number(at, 2, row % 48 / 48, clock)
                sheet.write_number(at, 3, chance.random() * 1000 if row % 3 else row)
                sheet.write_string(at, 5, f"text {chance.randrange(200)} é <&> ☀")
                if row % 20 == 0:
                    sheet.write_formula(at, 6, "=NA()", None, "#N/A")
                    sheet.write_boolean(at, 7, chance.random() < 0.5)
                    sheet.write_formula(at, 8, '="a"&"b"', None, "ab")
                if row % 190 == 0:
                    sheet.write_string(at, 60, "far")
            sheet.merge_range(10, 10, 14, 10, "down")
        made.add_worksheet("Empty").hide()


@pytest.mark.usefixtures("small_slices")
def test_a_workbook_reads_the_same_in_slices_and_as_a_whole(tmp_path: Path) -> None:
    of_all_kinds(tmp_path / "a.xlsx")
    whole, cells_of_whole = written(tmp_path / "a.xlsx", tmp_path / "whole", large=ALL)
    sliced, cells = written(tmp_path / "a.xlsx", tmp_path / "sliced", large=0)
    assert cells == cells_of_whole
    assert [len(rows) for rows, _ in cells] == [2_500, 2_500, 0]
    assert "cells" not in sliced["sheets"][0], "it was read in slices"
    for name in ("name", "is_hidden", "rows"):
        assert [one[name] for one in sliced["sheets"]] == [one[name] for one in whole["sheets"]]
    assert [one.get("merged") for one in sliced["sheets"]] == [[(10, 14, 10)], [(10, 14, 10)], []]


@pytest.mark.parametrize("size", range(61, 101, 3))
def test_merged_cells_are_told_once_wherever_the_sheet_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("One")
        for column in range(3):
            sheet.merge_range(2, column, 4, column, "down")
    monkeypatch.setattr(slicing, "SLICE_BYTES", size)
    with slicing.LargeBook(path, tmp_path) as book:
        slices, xml = book.slices("One")
        assert sum(1 for _ in slices) > 0
    assert xml.merged == [(2, 4, 0), (2, 4, 1), (2, 4, 2)]


def rewritten(path: Path, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> None:
    """Change the XML of a workbook's part."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, data)


def plain(path: Path, *, rows: int = 400) -> None:
    """A workbook with times, numbers and texts."""
    with xlsxwriter.Workbook(str(path)) as made:
        moment = made.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        sheet = made.add_worksheet("Data")
        sheet.write_row(0, 0, ["Time", "kWh", "Note"])
        for row in range(1, rows):
            sheet.write_datetime(row, 0, START + row * timedelta(minutes=30), moment)
            sheet.write_number(row, 1, row / 4)
            sheet.write_string(row, 2, f"note {row % 90}")


def with_prefix(xml: str) -> str:
    """The same with a name before every tag, as some programs write it."""
    head, _, body = xml.partition("<worksheet")
    body = "<worksheet" + body
    body = body.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    return head + body.replace("<x:worksheet xmlns=", "<x:worksheet xmlns:x=", 1)


def without_numbers(xml: str) -> str:
    """The same without the places of rows and cells, which then follow one another."""
    return "".join(
        piece if not piece.startswith(("<row", "<c ")) else piece.partition(' r="')[0] + after_place(piece)
        for piece in split_tags(xml)
    )


def after_place(tag: str) -> str:
    """What stands in a tag behind its place."""
    return tag.partition(' r="')[2].partition('"')[2]


def split_tags(xml: str) -> list[str]:
    """A text cut before each tag."""
    return [piece if not number else "<" + piece for number, piece in enumerate(xml.split("<"))]


def upside_down(xml: str) -> str:
    """The same with its last two rows the other way round."""
    before, above, below = xml.rpartition("</row>")[0].rsplit("<row", 2)
    return f"{before}<row{below}</row><row{above}{END}"


@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize("change", [with_prefix, without_numbers, upside_down], ids=lambda one: one.__name__)
def test_sheets_written_in_other_ways_read_the_same(change: Callable[[str], str], tmp_path: Path) -> None:
    plain(tmp_path / "a.xlsx")
    _, [(truth, kinds)] = written(tmp_path / "a.xlsx", tmp_path / "truth", large=ALL)
    assert truth[1] == ["2024-01-01 00:30:00", "0.25", "note 1"]
    assert truth[399] == ["2024-01-09 07:30:00", "99.75", "note 39"]
    rewritten(tmp_path / "a.xlsx", change)
    _, cells = written(tmp_path / "a.xlsx", tmp_path / "sliced", large=0)
    assert cells == [(truth, kinds)]


@pytest.mark.usefixtures("small_slices")
def test_rows_far_below_and_columns_far_to_the_right_take_what_they_hold_and_not_what_they_span(tmp_path: Path) -> None:
    plain(tmp_path / "a.xlsx", rows=30)
    far = '<row r="90001"><c r="A90001"><v>1</v></c><c r="XFD90001"><v>2</v></c></row>'
    rewritten(tmp_path / "a.xlsx", lambda xml: xml.replace("</sheetData>", f"{far}</sheetData>"))
    told, [(rows, _)] = written(tmp_path / "a.xlsx", tmp_path / "sliced", large=0)
    assert (told["sheets"][0]["rows"], len(rows)) == (90_001, 90_001)
    assert (rows[29][1:], rows[30], rows[-1][0], rows[-1][16_383], len(rows[-1])) == (
        ["7.25", "note 29"], [], "1", "2", 16_384,
    )  # fmt: skip


@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2]),
        ("xl/sharedStrings.xml", lambda xml: xml.replace("<si><t>note 7", "<t>note 7")),
    ],
    ids=["cut off", "a text too few"],
)
def test_a_damaged_workbook_is_refused_and_never_read_in_part(
    part: str, change: Callable[[str], str], tmp_path: Path
) -> None:
    plain(tmp_path / "a.xlsx")
    rewritten(tmp_path / "a.xlsx", change, part)
    (tmp_path / "out").mkdir()
    program.run([str(tmp_path / "a.xlsx"), str(tmp_path / "out"), "100000000", str(ALL), "0"])
    assert '"error": "damaged"' in (tmp_path / "out" / "manifest.json").read_text()


def test_a_large_workbook_is_looked_at_by_its_beginning_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "LARGE_BYTES", 300_000)
    monkeypatch.setattr(workbook, "EXCERPT_BYTES", 1_000)
    plain(tmp_path / "a.xlsx", rows=6_000)
    with look_at_file(tmp_path / "a.xlsx", name="a.xlsx", work=tmp_path / "work", is_excerpt=True) as found:
        assert found.main is not None
        table, codes = found.main.table, [finding.code for finding in found.findings]
        lines = table.path.read_text().splitlines()
    assert codes == ["beginning-looked-at"]
    assert lines[:2] == ["Time,kWh,Note", "2024-01-01 00:30:00,0.25,note 1"]
    assert 1_000 < table.rows < 4_000
    assert table.rows_in_all == pytest.approx(6_000, rel=0.05)
    with look_at_file(tmp_path / "a.xlsx", name="a.xlsx", work=tmp_path / "work") as found:
        assert found.main is not None
        assert (len(found.main.table.path.read_text().splitlines()), found.findings) == (6_000, ())


def test_what_comes_out_of_a_sheet_is_never_more_than_its_workbook_says(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", HEAD + '<row r="1"><c r="A1"><v>1</v></c></row>' + END)
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    with zipfile.ZipFile(tmp_path / "a.zip") as book:
        book.getinfo("xl/worksheets/sheet1.xml").file_size = 10
        xml = slicing.SheetXml(book, "xl/worksheets/sheet1.xml", None)
        with pytest.raises((zipfile.BadZipFile, EOFError)):
            list(xml.blocks())
