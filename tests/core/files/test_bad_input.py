"""Bad input: each is told in one clear message, and none is a crash."""

from __future__ import annotations

import gzip

import pytest

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files import recognise_kind
from tests.core.files.samples import csv, half_hours, inspect


@pytest.mark.parametrize("data", [b"", b"\n\n  \r\n", b"\xef\xbb\xbf", b"\x00" * 100])
def test_an_empty_file_is_told(data: bytes) -> None:
    with pytest.raises(UnreadableFile) as refused:
        inspect(data)
    assert refused.value.message == "meter.csv is empty."
    assert refused.value.next_step == "Check the file where it came from and upload it again."


@pytest.mark.parametrize("header", ["time,power_kw", "Date\tTime\tVoltage", "LCLid;tstp;energy(kWh/hh)"])
def test_a_file_with_only_a_header_is_told(header: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        inspect(csv(header))
    assert refused.value.message == "meter.csv has a header but no rows of data."
    assert refused.value.where == {"file": "meter.csv", "line": 1}


def test_junk_named_csv_is_told() -> None:
    junk = bytes((i * 7919 + i * i) % 256 for i in range(5000))
    with pytest.raises(UnreadableFile) as refused:
        inspect(junk)
    assert refused.value.message == "meter.csv does not hold text: its bytes are not those of a CSV file."


def test_junk_of_another_name_is_kept_as_unknown() -> None:
    found = inspect(bytes((i * 7919 + i * i) % 256 for i in range(5000)), "meter.bin")
    assert (found.kind, found.format, found.media_type) == ("unknown", "unknown", "application/octet-stream")
    assert [f.code for f in found.findings] == ["unrecognised-format"]


def test_twenty_thousand_columns_are_refused() -> None:
    row = ",".join(["1.5"] * 20_000)
    with pytest.raises(TooLarge) as refused:
        inspect(csv(",".join(f"c{i}" for i in range(20_000)), row, row))
    assert refused.value.message == "meter.csv has 20,000 columns; at most 4,000 can be read."
    assert refused.value.where == {"file": "meter.csv", "columns": 20_000}
    assert refused.value.http_status == 413


def test_as_many_columns_as_are_allowed_are_read() -> None:
    names = ",".join(["time", *(f"kW {i}" for i in range(99))])
    found = inspect(csv(names, *half_hours(20, cells=["1"] * 99)), max_columns=100)
    assert found.profile is not None
    assert len(found.profile.channels) == 99


def test_repeated_column_names_are_told_apart() -> None:
    found = inspect(csv("time,kW,kW,kW", *half_hours(20, cells=["1", "2", "3"])))
    assert found.profile is not None
    assert [(c.name, c.field) for c in found.profile.channels] == [("kW", "kw"), ("kW (2)", "kw_2"), ("kW (3)", "kw_3")]
    (finding,) = found.findings
    assert (finding.code, finding.count, finding.where) == ("repeated-columns", 1, ("‘kW’",))


@pytest.mark.parametrize(
    ("header", "cells", "more"),
    [("time,kW", ["13", "3"], "1 cell"), ("time,kW,kVA", ["-13", "3", "15", "12"], "2 cells")],
    ids=["one channel", "two channels"],
)
def test_commas_in_numbers_and_between_cells_are_told(header: str, cells: list[str], more: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        inspect(csv(header, *half_hours(40, cells=cells)))
    assert refused.value.message == (
        f"The rows of meter.csv have {more} more than its header has names: {cells[0]},{cells[1]} in line 2 may be one "
        "number with a decimal comma, or two numbers."
    )


def test_a_column_that_numbers_the_rows_needs_no_name() -> None:
    rows = [f"{at},{row}" for at, row in enumerate(half_hours(40, cells=["12", "5"]))]
    found = inspect(csv("time,kW,kVA", *rows))
    assert found.profile is not None
    assert [(c.name, c.column) for c in found.profile.channels if c.column > 1] == [("kW", 2), ("kVA", 3)]


def test_mixed_delimiters_are_told_with_their_lines() -> None:
    rows = half_hours(40)
    mixed = [row.replace(",", ";") if i % 2 else row for i, row in enumerate(rows)]
    with pytest.raises(UnreadableFile) as refused:
        inspect(csv("time,kW", *mixed))
    assert refused.value.message == (
        "meter.csv is separated in two ways: by commas as in line 1, and by semicolons as in line 3."
    )
    assert refused.value.next_step == "Save it with one separator throughout and upload it again."


def test_a_date_column_that_is_none_makes_a_table() -> None:
    found = inspect(csv("date,kW", *[f"monday {i},1.5" for i in range(20)]))
    assert found.kind == "table"
    (finding,) = found.findings
    assert (finding.code, finding.severity, finding.channel) == ("no-times", "warning", "date")
    assert finding.message == (
        "The column ‘date’ is named as a time, but holds none that can be read (‘monday 0’, for example). The file is "
        "kept and shown as a table; write times such as 2020-09-01 16:30 to have it read as readings."
    )


def test_times_of_which_some_say_their_zone_make_a_table() -> None:
    cells = ["2024-05-20T00:00:00Z", "2024-05-20T00:30:00", "2024-05-20T01:00:00Z", "2024-05-20T01:30:00"]
    found = inspect(csv("time,kW", *(f"{cell},1.5" for cell in cells)))
    (finding,) = found.findings
    assert (found.kind, finding.code) == ("table", "no-times")
    assert finding.message.startswith(
        "Some times of ‘time’ say their zone (‘2024-05-20T00:00:00Z’) and others do not (‘2024-05-20T00:30:00’)"
    )


def test_a_leap_second_among_few_rows_is_left_out_alone() -> None:
    cells = ["2016-12-31 23:59:58", "2016-12-31 23:59:59", "2016-12-31 23:59:60", "2017-01-01 00:00:00"]
    found = inspect(csv("time (UTC),W", *(f"{cell},{n}.5" for n, cell in enumerate(cells))))
    assert found.kind == "readings"
    assert found.profile is not None
    assert found.profile.resolution_s == 1


def test_a_web_page_named_as_a_spreadsheet_is_told() -> None:
    page = b"<html><body><table><tr><td>Time</td><td>kW</td></tr></table></body></html>"
    said = {finding.code: finding.message for finding in inspect(page, "export.xls").findings}
    assert said["other-than-named"].startswith("export.xls is named as a spreadsheet, but is a web page")
    assert "other-than-named" not in {finding.code for finding in inspect(page, "export.html").findings}


def test_a_list_without_times_is_a_table_and_no_fault() -> None:
    (finding,) = inspect(csv("site,kW", *[f"school {i},1.5" for i in range(20)])).findings
    assert (finding.code, finding.severity, finding.channel) == ("no-times", "info", "")
    assert (
        finding.message == "No column holds dates or times, so the file is kept and shown as a table, not as readings."
    )


def test_dates_that_jump_about_make_a_table() -> None:
    days = [f"20{10 + (i * 7) % 13}-0{1 + (i * 5) % 9}-1{i % 9},{i}" for i in range(60)]
    found = inspect(csv("commissioned,mw", *days))
    assert (found.kind, [f.code for f in found.findings]) == ("table", ["times-without-order"])
    assert "‘commissioned’" in found.findings[0].message


def test_a_file_of_one_row_is_read() -> None:
    found = inspect(csv("time,power_kw", "2021-01-04 00:00:00,1.5"))
    assert found.profile is not None
    assert (found.kind, found.profile.resolution_s, found.rows) == ("readings", None, (("2021-01-04 00:00:00", "1.5"),))


def test_a_single_row_without_header_or_line_end_is_read() -> None:
    found = inspect(b"2021-01-04 00:00:00,1.5")
    assert found.profile is not None
    assert found.profile.dialect.header_lines == 0


@pytest.mark.parametrize(
    ("data", "form", "media_type"),
    [
        (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "HTML", "text/html"),
        (b"  <html><body onload=x()>", "HTML", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>', "SVG", "image/svg+xml"),
        (b'<?xml version="1.0"?><svg><script/></svg>', "SVG", "image/svg+xml"),
    ],
)
def test_pages_with_scripts_are_documents_that_are_never_shown(data: bytes, form: str, media_type: str) -> None:
    found = inspect(data, "harmless.csv")
    assert (found.kind, found.format, found.media_type, found.rows) == ("document", form, media_type, ())
    assert [f.code for f in found.findings] == ["not-read", "active-content", "other-than-named"]
    assert [f.code for f in inspect(data, "harmless.html").findings] == ["not-read", "active-content"]
    assert "the portal never shows them" in found.findings[1].message


def test_a_gzip_is_known_by_its_bytes() -> None:
    assert recognise_kind(gzip.compress(b"a,b\n1,2\n")) == ("gzip", "application/gzip")


def test_rows_of_other_lengths_are_told_of_a_table() -> None:
    rows = [f"site {i},1.5" for i in range(60)]
    rows[30] = "site 30,1,2,3"
    found = inspect(csv("site,mva", *rows))
    assert [(f.code, f.count, f.where) for f in found.findings] == [
        ("ragged-row", 1, ("line 32",)),
        ("no-times", 1, ()),
    ]


def test_rows_of_other_lengths_do_not_hide_readings() -> None:
    rows = half_hours(60)
    rows[30] = "2021-01-04 15:00:00,1,2,3"
    assert inspect(csv("time,power_kw", *rows)).kind == "readings"


def test_a_quote_that_never_closes_does_not_swallow_the_reader() -> None:
    rows = half_hours(60)
    rows[10] = '"' + rows[10]
    inspect(csv("time,power_kw", *rows))


def test_half_hours_side_by_side_without_a_date_are_a_table() -> None:
    names = ["Site", *(f"{m // 60:02}:{m % 60:02}" for m in range(0, 1440, 30))]
    found = inspect(csv(",".join(names), *["School," + ",".join(["0.5"] * 48) for _ in range(20)]))
    assert (found.kind, [f.code for f in found.findings]) == ("table", ["no-times"])


def test_meter_point_numbers_are_told_and_not_repeated() -> None:
    found = inspect(csv("MPAN,time,kWh", *[f"1012345678903,{row}" for row in half_hours(30)]))
    finding = next(f for f in found.findings if f.code == "meter-point-numbers")
    assert finding.channel == "MPAN"
    assert "1012345678903" not in finding.message + "".join(finding.where)


def test_rows_that_a_stray_quotation_mark_swallows_are_told_with_their_line() -> None:
    rows = half_hours(200, cells=("1.25", "ok"))
    rows[40] = rows[40].replace("ok", '"open')
    rows[90] = rows[90].replace("ok", 'closed"')
    found = inspect(csv("time,kWh,Note", *rows))
    told = [finding for finding in found.findings if finding.code == "rows-in-a-cell"]
    assert [(finding.count, finding.where) for finding in told] == [(49, ("line 42",))]


def test_a_note_of_several_lines_holds_no_rows() -> None:
    rows = half_hours(60, cells=("1.25", "ok"))
    rows[20] = rows[20].replace("ok", '"meter changed,\nread twice,\nchecked"')
    found = inspect(csv("time,kWh,Note", *rows))
    assert "rows-in-a-cell" not in {finding.code for finding in found.findings}
