"""Errors that formulas left in binary workbooks are missing values with their text, as in those of XML."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fairwatt.lake.binary_faults import faults_in_xls, faults_in_xlsb
from fairwatt.lake.extracting.apart import workbook

MADE = Path(__file__).parent / "extracting" / "made"
CODES = {"#DIV/0!": 0x07, "#N/A": 0x2A}


def with_fault_in_xls(data: bytes, text: str) -> tuple[bytes, int, int]:
    """A workbook whose first number is an error instead, and that cell's row and column."""
    begin = 512
    while begin + 4 < len(data):
        kind, size = struct.unpack_from("<HH", data, begin)
        if kind == 0x0203 and size == 14:  # a number
            break
        begin += 1
    row, column, style = struct.unpack_from("<HHH", data, begin + 4)
    fault = struct.pack("<HHHHHBB", 0x0205, 8, row, column, style, CODES[text], 1)
    rest = struct.pack("<HHH", 0x00FE, 2, 0)  # of no meaning
    return data[:begin] + fault + rest + data[begin + 18 :], row, column


def with_fault_in_xlsb(path: Path, target: Path, text: str) -> tuple[int, int]:
    """Write a workbook whose first number is an error instead; return that cell's row and column."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    data, at, row = parts["xl/worksheets/sheet1.bin"], 0, 0
    while True:
        kind, after = data[at] & 0x7F, at + 1
        if data[at] >= 0x80:
            kind, after = kind | data[at + 1] << 7, at + 2
        size, begin = data[after], after + 1
        if size >= 0x80:
            size, begin = (size & 0x7F) | data[after + 1] << 7, after + 2
        if kind == 0:
            row = struct.unpack_from("<I", data, begin)[0]
        if kind == 5 and size == 16:  # a number
            break
        at = begin + size
    column = struct.unpack_from("<I", data, begin)[0]
    fault = bytes([3, 9]) + data[begin : begin + 8] + bytes([CODES[text]])
    rest = bytes([0xFF, 0x3F, 4]) + bytes(4)  # of no meaning
    parts["xl/worksheets/sheet1.bin"] = data[:at] + fault + rest + data[begin + 16 :]
    with zipfile.ZipFile(target, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return row, column


@pytest.mark.parametrize("text", CODES)
@pytest.mark.parametrize("form", ["xls", "xlsb"])
def test_an_error_of_a_formula_is_found_where_it_stands(form: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{form}"
    if form == "xls":
        data, row, column = with_fault_in_xls((MADE / "half_hours.xls").read_bytes(), text)
        path.write_bytes(data)
        found = faults_in_xls(path)
    else:
        row, column = with_fault_in_xlsb(MADE / "half_hours.xlsb", path, text)
        with zipfile.ZipFile(path) as book:
            found = faults_in_xlsb(book)
    [(sheet, faults)] = found.items()
    assert faults == {row: {column: text}}
    assert workbook.faults_of(str(path)) == {sheet: faults}
    out = tmp_path / "out"
    out.mkdir()
    sheets: Any = workbook.main(str(path), out, 100_000, 100_000, 100_000)["sheets"]
    [one] = sheets
    lines = (out / "0.csv").read_text().splitlines()
    assert one["name"] == sheet
    assert lines[row].split(",")[column - one["first_column"]] == text


@pytest.mark.parametrize("form", ["xls", "xlsb"])
def test_a_workbook_without_errors_has_none_and_a_damaged_one_says_nothing(form: str, tmp_path: Path) -> None:
    assert workbook.faults_of(str(MADE / f"half_hours.{form}")) == {}
    data = (MADE / f"half_hours.{form}").read_bytes()
    for cut in range(0, len(data), max(1, len(data) // 25)):
        (tmp_path / "cut").write_bytes(data[:cut] + b"\xff" * (len(data) - cut))
        assert isinstance(workbook.faults_of(str(tmp_path / "cut")), dict), "it raises nothing"
