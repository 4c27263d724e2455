"""Workbooks: every sheet's tables come out as the text that a person sees in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files import apply_answers
from fairwatt.core.files.profile import TableRule
from fairwatt.lake.extracting import extract_table, running, workbook
from fairwatt.lake.looking import FileLook

Look = Callable[..., FileLook]
Texts = Callable[..., dict[str, list[str]]]
START = datetime(2021, 1, 1)


def book(fill: Callable[[Any, dict[str, Any]], object]) -> bytes:
    """A workbook that ``fill`` writes, with some formats of times at hand."""
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    forms = {
        name: made.add_format({"num_format": form})
        for name, form in {
            "moment": "dd/mm/yyyy hh:mm",
            "clock": "hh:mm",
            "duration": "[h]:mm",
            "day": "dd/mm/yyyy",
            "percent": "0%",
        }.items()
    }
    fill(made, forms)
    made.close()
    return buffer.getvalue()


def half_hours(
    sheet: Any, forms: dict[str, Any], *, row: int = 0, column: int = 0, count: int = 48, **more: Any
) -> None:
    """A table of times and kWh at a place of a sheet."""
    start, header = more.get("start", START), more.get("header", ("Time", "kWh"))
    for at, name in enumerate(header):
        sheet.write(row, column + at, name)
    for number in range(count):
        sheet.write_datetime(row + 1 + number, column, start + number * timedelta(minutes=30), forms["moment"])
        for at in range(1, len(header)):
            sheet.write_number(row + 1 + number, column + at, number / 2)


def test_cells_are_written_as_they_are_meant(texts: Texts) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        sheet.write_row(0, 0, ["When", "Day", "Clock", "Run", "Sum", "Share", "Big", "On", "Bad", "Note"])
        summed = 44197.0
        for row in range(1, 98):
            sheet.write_number(row, 0, summed, forms["moment"])
            sheet.write_number(row, 1, 44196 + row, forms["day"])
            sheet.write_number(row, 2, row % 48 / 48, forms["clock"])
            sheet.write_number(row, 3, row / 48 + 1, forms["duration"])
            sheet.write_number(row, 4, 0.1 + 0.2)
            sheet.write_number(row, 5, 0.25, forms["percent"])
            sheet.write_number(row, 6, 1_012_345_678_901)
            sheet.write_boolean(row, 7, row % 2 == 0)
            sheet.write_formula(row, 8, "=NA()", None, "#N/A")
            sheet.write_string(row, 9, "two\nlines, and a comma")
            summed += 1 / 48

    [lines] = texts(book(fill), "a.xlsx").values()
    assert lines[0] == "When,Day,Clock,Run,Sum,Share,Big,On,Bad,Note"
    assert (
        lines[1]
        == '2021-01-01 00:00:00,2021-01-01,00:30:00,24:30:00,0.3,0.25,1012345678901,false,#N/A,"two lines, and a comma"'
    )
    # Half-hours that were summed up as fractions of days still stand on the half-hour; midnight keeps its clock.
    assert [line.partition(",")[0][11:] for line in lines[47:51]] == ["23:00:00", "23:30:00", "00:00:00", "00:30:00"]


def test_hundredths_of_a_second_are_kept(texts: Texts) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        sheet.write_row(0, 0, ["time", "V"])
        for row in range(1, 60):
            sheet.write_datetime(row, 0, START + row * timedelta(milliseconds=40), forms["moment"])
            sheet.write_number(row, 1, 230)

    [lines] = texts(book(fill), "a.xlsx").values()
    assert lines[1:4] == ["2021-01-01 00:00:00.040,230", "2021-01-01 00:00:00.080,230", "2021-01-01 00:00:00.120,230"]


def test_a_title_a_key_and_its_value_and_notes_are_no_rows(look: Look) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        sheet.merge_range(0, 0, 0, 3, "Half-hourly report")
        sheet.write_row(1, 0, ["Meter", 12345678])
        half_hours(sheet, forms, row=3, header=("Time", "Import kWh", "Export kWh"))
        sheet.write_row(52, 0, ["Total", 564, 564])
        sheet.write(54, 0, "Estimated values are included.")

    found = look(book(fill), "a.xlsx")
    [table] = found.tables
    lines = table.table.path.read_text().splitlines()
    assert (lines[0], lines[1], lines[-1], len(lines)) == (
        "Time,Import kWh,Export kWh",
        "2021-01-01 00:00:00,0,0",
        "2021-01-01 23:30:00,23.5,23.5",
        49,
    )
    assert table.table.notes == (
        "Half-hourly report",
        "Meter 12345678",
        "Total 564 564",
        "Estimated values are included.",
    )
    assert table.table.rule == TableRule(parts=("Data",), first_row=3, columns=3, rows=49)
    assert table.table.place_of(2) == "row 5"
    assert (found.format, found.description) == ("XLSX", {"sheets": ["Data"]})
    assert table.inspection.profile is not None
    assert [c.unit for c in table.inspection.profile.channels] == ["kwh", "kwh"]


def test_heads_of_two_rows_with_merged_groups_are_joined(look: Look) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        sheet.merge_range(0, 1, 0, 2, "Meter A")
        sheet.merge_range(0, 3, 0, 4, "Meter B")
        half_hours(sheet, forms, row=1, header=("Time", "kWh", "kVA", "kWh", "kVA"))

    [table] = look(book(fill), "a.xlsx").tables
    assert table.inspection.columns == ("Time", "Meter A kWh", "Meter A kVA", "Meter B kWh", "Meter B kVA")


def test_a_date_merged_over_its_rows_holds_for_each_of_them(texts: Texts) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        sheet.write_row(0, 0, ["Date", "Time", "kWh"])
        for day in range(2):
            sheet.merge_range(1 + 48 * day, 0, 48 + 48 * day, 0, 44197 + day, forms["day"])
            for number in range(48):
                sheet.write_number(1 + 48 * day + number, 1, number / 48, forms["clock"])
                sheet.write_number(1 + 48 * day + number, 2, 1.5)

    [lines] = texts(book(fill), "a.xlsx").values()
    assert (lines[1], lines[48], lines[49], lines[96]) == (
        "2021-01-01,00:00:00,1.5",
        "2021-01-01,23:30:00,1.5",
        "2021-01-02,00:00:00,1.5",
        "2021-01-02,23:30:00,1.5",
    )


def test_a_sheet_a_month_is_one_table_in_the_order_of_time(look: Look) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        made.add_worksheet("Cover").write(0, 0, "Data of 2021")
        for month in (3, 1, 2):
            sheet = made.add_worksheet(f"Month {month}")
            sheet.write(0, 0, "Site 7")
            half_hours(sheet, forms, row=2, start=START.replace(month=month))
        made.add_worksheet("Empty").hide()

    found = look(book(fill), "a.xlsx")
    [table] = found.tables
    assert (table.title, table.table.rule.parts, table.table.rule.is_named) == (
        "Month 1 … Month 3",
        ("Month 1", "Month 2", "Month 3"),
        False,
    )
    lines = table.table.path.read_text().splitlines()
    assert (len(lines), lines[0], lines[1], lines[49]) == (
        145,
        "Time,kWh",
        "2021-01-01 00:00:00,0",
        "2021-02-01 00:00:00,0",
    )
    assert (table.table.place_of(2), table.table.place_of(50)) == ("sheet ‘Month 1’, row 4", "sheet ‘Month 2’, row 4")
    assert found.description == {
        "sheets": ["Cover", "Month 3", "Month 1", "Month 2", "Empty"],
        "hidden_sheets": ["Empty"],
    }


def test_sheets_of_the_same_days_are_told_apart_by_their_names(look: Look) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        for meter in ("A", "B"):
            half_hours(made.add_worksheet(f"Meter {meter}"), forms)

    [table] = look(book(fill), "a.xlsx").tables
    lines = table.table.path.read_text().splitlines()
    assert (lines[0], lines[1], lines[49]) == (
        "series,Time,kWh",
        "Meter A,2021-01-01 00:00:00,0",
        "Meter B,2021-01-01 00:00:00,0",
    )
    assert table.table.rule.is_named
    assert table.inspection.profile is not None
    assert (table.inspection.profile.series_column, table.inspection.profile.timestamp.columns) == (0, (1,))


@pytest.mark.parametrize(
    ("captions", "names"),
    [(("Mill Lane", "Church Road"), {"Mill Lane", "Church Road"}), (("", ""), {"Data 1", "Data 2"})],
)
def test_tables_of_one_form_side_by_side_are_told_apart_by_their_captions(
    look: Look, captions: tuple[str, str], names: set[str]
) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        for place, caption in enumerate(captions):
            sheet.write(0, 3 * place, caption)
            half_hours(sheet, forms, row=1, column=3 * place)

    [table] = look(book(fill), "a.xlsx").tables
    lines = table.table.path.read_text().splitlines()
    assert {line.partition(",")[0] for line in lines[1:]} == names


def test_tables_side_by_side_and_below_one_another_are_asked_about(look: Look) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        half_hours(sheet, forms, header=("Time", "Import kWh"), count=60)
        half_hours(sheet, forms, column=3, header=("Time", "Export kWh"))
        half_hours(sheet, forms, row=64, header=("Time", "Temperature °C", "Sun W/m2"), count=20)

    found = look(book(fill), "a.xlsx")
    assert [(one.title, one.inspection.columns[1]) for one in found.tables] == [
        ("Data", "Import kWh"),
        ("Data (2)", "Export kWh"),
        ("Data (3)", "Temperature °C"),
    ]
    question = found.inspection.questions[0]
    assert (question.id, question.guess, [value for value, _ in question.choices]) == (
        "table",
        "Data",
        ["Data", "Data (2)", "Data (3)"],
    )
    chosen = found.chosen({"table": "Data (2)"})
    assert chosen is not None
    assert chosen.table.rule == TableRule(parts=("Data",), first_column=3, columns=2, rows=49)
    assert chosen.table.place_of(3) == "sheet ‘Data’, row 3"


def test_a_blank_column_inside_a_table_does_not_part_it(look: Look) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        half_hours(sheet, forms)
        sheet.write(0, 3, "kVA")
        for row in range(1, 49):
            sheet.write_number(row, 3, row)

    [table] = look(book(fill), "a.xlsx").tables
    assert table.table.rule.columns == 4
    assert table.inspection.profile is not None
    assert [c.name for c in table.inspection.profile.channels] == ["kWh", "kVA"]


def test_the_same_table_comes_out_again_by_the_profile(look: Look, tmp_path: Path) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        half_hours(made.add_worksheet("Import"), forms, header=("Time", "Import kWh"))
        half_hours(made.add_worksheet("Export"), forms, header=("Time", "Export kWh"))

    data = book(fill)
    chosen = look(data, "a.xlsx").chosen({"table": "Export"})
    assert chosen is not None
    assert chosen.inspection.profile is not None
    profile = apply_answers(chosen.inspection.profile, {"time_zone": "UTC"})
    (tmp_path / "again").mkdir()
    again = extract_table(tmp_path / "received", profile=profile, work=tmp_path / "again", name="a.xlsx")
    assert again.rule == chosen.table.rule
    assert again.path.read_bytes() == chosen.table.path.read_bytes()


def test_an_open_document_is_a_workbook_too(look: Look) -> None:
    names = {"office": "office:1.0", "table": "table:1.0", "text": "text:1.0"}
    spaces = " ".join(f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{v}"' for k, v in names.items())
    head = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("Time", "kWh")
    )
    cells = "".join(
        f'<table:table-row><table:table-cell office:value-type="date" office:date-value="2021-01-01T{n // 2:02}:'
        f'{n % 2 * 30:02}:00"/><table:table-cell office:value-type="float" office:value="{n / 2}"/></table:table-row>'
        for n in range(48)
    )
    rest = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    content = (
        f'<office:document-content {spaces} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Data"><table:table-row>{head}</table:table-row>{cells}{rest}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"/>')
    found = look(buffer.getvalue(), "a.ods")
    [table] = found.tables
    lines = table.table.path.read_text().splitlines()
    assert (found.format, found.media_type, lines[0], lines[2], lines[48], len(lines)) == (
        "ODS", kind, "Time,kWh", "2021-01-01 00:30:00,0.5", "2021-01-01 23:30:00,23.5", 49,
    )  # fmt: skip


@pytest.mark.parametrize("cut", [100, 2_000, 4_000])
def test_a_workbook_cut_off_is_told(look: Look, cut: int) -> None:
    data = book(lambda made, forms: half_hours(made.add_worksheet("Data"), forms))
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(data[:-cut], "a.xlsx")


def test_a_locked_workbook_is_told(look: Look) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000) + "EncryptedPackage".encode("utf-16-le") + bytes(3_000)
    with pytest.raises(UnreadableFile, match=r"a\.xlsx is a workbook locked with a password"):
        look(data, "a.xlsx")


def test_a_cell_at_the_far_corner_takes_no_memory_of_ours(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LEAST_S", 8.0)

    def fill(made: Any, forms: dict[str, Any]) -> None:
        sheet = made.add_worksheet("Data")
        sheet.write(0, 0, 1)
        sheet.write(1_048_575, 16_383, 1)

    with pytest.raises(TooLarge, match=r"a\.xlsx is too large to be opened"):
        look(book(fill), "a.xlsx")


def test_more_cells_than_are_read_are_told(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_CELLS", 50)
    with pytest.raises(TooLarge, match="sheet ‘Data’ spans 49 rows and 2 columns"):
        look(book(lambda made, forms: half_hours(made.add_worksheet("Data"), forms)), "a.xlsx")


def test_a_workbook_without_tables_is_kept(look: Look) -> None:
    found = look(book(lambda made, forms: made.add_worksheet("Data")), "a.xlsx")
    assert (found.main, found.inspection.kind, found.inspection.format) == (None, "table", "XLSX")


@pytest.mark.real_data
def test_the_bid_workbook_of_leo(look: Look, real_data: Path) -> None:
    found = look((real_data / "leo/Utilisation_hours_profit.xlsx").read_bytes(), "Utilisation_hours_profit.xlsx")
    bids, estimates = found.tables
    assert bids.table.notes == ("Battery",)
    assert bids.inspection.columns[:5] == (
        "Actual Utilisation Hours",
        "Energy (kWh)",
        "Marginal cost of utilisation (£)",
        "Fixed participation cost",
        "Operational Cost",
    )
    lines = bids.table.path.read_text().splitlines()
    assert len(lines) == 3 + 11
    assert lines[3].split(",")[:8] == ["0", "0", "0", "2.5", "2.5", "0.045", "14.4", "11.9"]
    assert lines[13].startswith("10,160,30.8573333333333,2.5,33.3573333333333,0.045,14.4,-18.9573333333333,")
    assert estimates.table.path.read_text().splitlines()[1] == "Total contract value (TCV),,0.3,,0.3,"


@pytest.mark.real_data
def test_the_profile_classes_of_elexon(look: Look, real_data: Path) -> None:
    found = look((real_data / "excel/elexon_profile_classes.xlsx").read_bytes(), "elexon_profile_classes.xlsx")
    [table] = found.tables
    lines = table.table.path.read_text().splitlines()
    assert (table.title, len(lines)) == ("class1 + class2", 1 + 2 * 48)
    assert lines[0].startswith("series,Settlement_period,WinterWknd,WinterWkd,")
    assert lines[1].startswith("class1,00:30:00,0.389065578038182,")
    assert lines[48].startswith("class1,00:00:00,0.433375755473098,")
    assert lines[49].startswith("class2,00:30:00,0.57528")
    assert table.table.place_of(50) == "sheet ‘class2’, row 2"


@pytest.mark.real_data
def test_the_power_stations_of_britain(look: Look, real_data: Path) -> None:
    found = look((real_data / "excel/DUKES_5.11_2025.xlsx").read_bytes(), "DUKES_5.11_2025.xlsx")
    stations = {one.title: one for one in found.tables}["5.11 Full list"]
    assert stations.inspection.columns[:3] == ("Company Name [note 30]", "Site Name", "Technology")
    lines = stations.table.path.read_text().splitlines()
    assert lines[1].startswith("Anesco,Puriton,Solar,PV,No,Solar,,4.56768,LV,England,South West,TA64TG,")
    assert (stations.table.rule.first_row, stations.table.rule.columns) == (5, 17)


def test_a_hidden_sheet_is_joined_to_none_that_is_seen(look: Look) -> None:
    def fill(made: Any, forms: dict[str, Any]) -> None:
        for month in (1, 2):
            sheet = made.add_worksheet(f"Month {month}")
            sheet.write_row(0, 0, ["Time", "kWh"])
            half_hours(sheet, forms, row=1, start=START.replace(month=month))
        sheet.hide()

    found = look(book(fill), "a.xlsx")
    assert [table.title for table in found.tables] == ["Month 1", "Month 2 (hidden)"]
    assert found.inspection.questions[0].id == "table"
