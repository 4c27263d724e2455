"""Workbooks of every form are read alike, and errors that formulas left in cells are told as what they are.

``made/half_hours.xls`` and ``.xlsb`` hold twelve half-hours from midnight of 1 January 2021 with 0.0, 0.5, 1.0… kWh.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from fairwatt.core.errors import TooLarge
from fairwatt.core.files.cells import is_null
from fairwatt.lake.looking import FileLook

Look = Callable[..., FileLook]
Texts = Callable[..., dict[str, list[str]]]
MADE = Path(__file__).parent / "made"
START = datetime.fromisoformat("2021-01-01")
ROWS = [f"{START + n * timedelta(minutes=30)},{n / 2:g}" for n in range(12)]


@pytest.mark.parametrize("form", ["xls", "xlsb"])
def test_older_and_binary_workbooks_are_read(look: Look, form: str) -> None:
    found = look((MADE / f"half_hours.{form}").read_bytes(), f"book.{form}")
    [table] = found.tables
    assert (found.format, table.inspection.kind) == (form.upper(), "readings")
    assert table.table.path.read_text().splitlines() == ["Time,kWh", *ROWS]


def with_faults(*, macros: str = "") -> bytes:
    """A workbook of two sheets in whose cells formulas failed."""
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    moment = made.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    made.add_worksheet("Notes & more").write(0, 0, "Nothing here")
    sheet = made.add_worksheet("Data")
    sheet.write_row(3, 2, ["Time", "kWh", "kW"])
    for n in range(12):
        sheet.write_datetime(4 + n, 2, START + n * timedelta(minutes=30), moment)
        sheet.write_number(4 + n, 3, n / 2)
        sheet.write_number(4 + n, 4, 2.5)
    for row, column, text in ((6, 3, "#N/A"), (7, 3, "#DIV/0!"), (8, 4, "#REF!"), (9, 4, "#VALUE!")):
        sheet.write_formula(row, column, "=1/0", None, text)
    made.close()
    return with_macros(buffer.getvalue(), macros) if macros else buffer.getvalue()


def with_macros(book: bytes, macros: str) -> bytes:
    """The same workbook as one with macros."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "[Content_Types].xml":
                data = data.replace(
                    b"openxmlformats-officedocument.spreadsheetml.sheet", b"ms-excel.sheet.macroEnabled"
                )
            new.writestr(name, data)
        new.writestr("xl/vbaProject.bin", macros)
    return buffer.getvalue()


@pytest.mark.parametrize("macros", ["", "a macro"])
def test_errors_in_cells_are_kept_as_texts_that_mean_missing(texts: Texts, macros: str) -> None:
    name = "book.xlsm" if macros else "book.xlsx"
    lines = texts(with_faults(macros=macros), name)["Data"]
    cells = [line.split(",") for line in lines[1:]]
    assert [row[1] for row in cells] == ["0", "0.5", "#N/A", "#DIV/0!", "2", "2.5", "3", "3.5", "4", "4.5", "5", "5.5"]
    assert [row[2] for row in cells] == ["2.5", "2.5", "2.5", "2.5", "#REF!", "#VALUE!", *["2.5"] * 6]
    assert all(is_null(text) for row in cells for text in row[1:] if text.startswith("#"))


def test_errors_in_cells_part_no_table(look: Look) -> None:
    found = look(with_faults(), "book.xlsx")
    profile = found.inspection.profile
    assert profile is not None
    assert [(c.name, c.unit, c.kind.value) for c in profile.channels] == [
        ("kWh", "kwh", "number"), ("kW", "kw", "number"),
    ]  # fmt: skip


def test_a_workbook_that_says_itself_that_it_is_a_bomb_is_not_opened(look: Look) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(with_faults())) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        with new.open("xl/worksheets/sheet9.xml", "w") as part:
            for _ in range(90):
                part.write(b" " * (1 << 20))
    with pytest.raises(TooLarge, match=r"book\.xlsx unpacks to more than 67 MB"):
        look(buffer.getvalue(), "book.xlsx")


def _without_values(column: int) -> bytes:
    """A workbook that a program wrote, and no spreadsheet program has worked out: formulas without values."""
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = made.add_worksheet("Data")
    sheet.write_row(0, 0, ["Time (UTC)", "kWh", "kW"])
    for n in range(12):
        sheet.write_datetime(1 + n, 0, START + n * timedelta(minutes=30), made.add_format({"num_format": 22}))
        sheet.write_row(1 + n, 1, [n / 2, 2.5])
        if n:
            sheet.write_formula(1 + n, column, f"={'ABC'[column]}{n + 1}+1/48", None, 987654)
    made.close()
    unsaved = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(unsaved, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>987654</v>", b"<v></v>"))
    return unsaved.getvalue()


def test_times_that_are_formulas_without_a_value_are_said_to_be_so_and_no_row_is_lost(look: Look) -> None:
    [table] = look(_without_values(0), "book.xlsx").tables
    assert len(table.table.path.read_text().splitlines()) == 13
    assert table.inspection.kind == "table"
    assert "‘=A2+1/48’, for example" in " ".join(one.message for one in table.inspection.findings)


def test_values_that_are_formulas_without_a_value_stand_as_their_formulas(texts: Texts) -> None:
    lines = texts(_without_values(1), "book.xlsx")["Data"]
    assert [line.split(",")[1] for line in lines[1:4]] == ["0", "=B2+1/48", "=B3+1/48"]
