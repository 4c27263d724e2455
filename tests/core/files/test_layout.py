"""Dialects: encodings, line ends, delimiters, preambles, header rows, marks and null texts."""

from __future__ import annotations

import pytest

from fairwatt.core.files import Dialect, FileSample
from fairwatt.core.files.encodings import find_encoding
from tests.core.files.samples import csv, half_hours, inspect, profile_of


def dialect_of(data: bytes) -> Dialect:
    return profile_of(data).dialect


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    rows = half_hours(30, cells=["1.5", "2"], delimiter=delimiter)
    assert dialect_of(csv(delimiter.join(["time", "kW", "kVA"]), *rows)).delimiter == delimiter


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
def test_line_ends_are_found(end: str) -> None:
    found = dialect_of(csv("time,kW", *half_hours(30), end=end))
    assert (found.line_end, found.skip_lines, found.header_lines) == (end, 0, 1)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_encodings_are_found(encoding: str, found: str) -> None:
    profile = profile_of(csv("time,Price (£/MWh)", *half_hours(60), encoding=encoding))
    assert (profile.dialect.encoding, profile.channels[0].unit) == (found, "gbp_per_mwh")


def test_another_encoding_is_detected() -> None:
    text = "Подстанция,Мощность,Напряжение трансформатора\n" * 40
    assert find_encoding(FileSample.of(text.encode("cp1251"))) == "cp1251"


def test_a_sign_beyond_the_head_still_decides_the_encoding() -> None:
    data = b"a,b\n" * 300 + "£,1\n".encode("cp1252")
    sample = FileSample(head=data[:400], tail=data[-40:], size=len(data), complete=False)
    assert find_encoding(sample) == "cp1252"


def test_a_piece_cut_inside_a_character_is_utf_8_all_the_same() -> None:
    data = "£".encode() * 500
    sample = FileSample(head=data[:101], tail=data[501:], middles=((301, data[301:402]),), size=1000, complete=False)
    assert find_encoding(sample) == "utf-8"


def test_lines_before_the_header_are_skipped() -> None:
    data = csv("Site: Rose Hill", "Logger 4711,serial", "", "time,kW,kVA", *half_hours(30, cells=["1", "2"]))
    found = dialect_of(data)
    assert (found.skip_lines, found.header_lines) == (3, 1)


def test_a_spreadsheets_note_of_its_separator_is_skipped() -> None:
    profile = profile_of(csv("sep=;", "time;kW", *half_hours(30, delimiter=";")))
    assert (profile.dialect.skip_lines, profile.channels[0].name) == (1, "kW")


def test_a_column_that_counts_the_rows_is_not_asked_about() -> None:
    found = inspect(csv("No.,start time,kW", *[f"{i},{row}" for i, row in enumerate(half_hours(96))]))
    assert found.profile is not None
    assert [(c.name, c.quantity) for c in found.profile.channels] == [("No.", "count"), ("kW", "power")]
    assert [q.id for q in found.questions] == ["time_zone"]


def test_a_row_of_units_under_the_header_is_read() -> None:
    profile = profile_of(csv("time,Demand,Outside", "-,kW,°C", *half_hours(30, cells=["1", "2"])))
    assert profile.dialect.header_lines == 2
    assert [(c.name, c.quantity, c.unit) for c in profile.channels] == [
        ("Demand", "power", "kw"),
        ("Outside", "temperature", "degc"),
    ]


def test_two_rows_of_names_are_joined() -> None:
    profile = profile_of(csv("Time,Meter A,,Meter B,", ",kW,V,kW,V", *half_hours(30, cells=["1", "230", "2", "231"])))
    assert profile.dialect.header_lines == 2
    assert [c.unit for c in profile.channels] == ["kw", "v", "kw", "v"]


def test_decimal_commas_and_thousands_are_found() -> None:
    found = dialect_of(csv("Zeit;kW", *half_hours(30, cells=["1.234,5"], delimiter=";", form="%d.%m.%Y %H:%M")))
    assert (found.delimiter, found.decimal_mark, found.thousands_mark) == (";", ",", ".")


def test_quoted_thousands_are_found() -> None:
    found = profile_of(csv("time,kW", *half_hours(30, cells=['"1,234.5"'])))
    assert (found.dialect.decimal_mark, found.dialect.thousands_mark, found.channels[0].decimals) == (".", ",", 1)


def test_quoted_cells_may_hold_the_delimiter() -> None:
    profile = profile_of(csv('"time","place, room",kW', *half_hours(30, cells=['"attic, left"', "2.5"])))
    assert (profile.columns, profile.channels[-1].unit) == (3, "kw")


def test_words_among_numbers_are_null_texts() -> None:
    rows = half_hours(60)
    rows[40] = "2021-01-04 20:00:00,No Data"
    rows[41] = "2021-01-04 20:30:00,n/a"
    found = inspect(csv("time,power_kw", *rows))
    assert found.profile is not None
    assert {"No Data", "n/a", "Null", "-"} <= set(found.profile.dialect.null_texts)
    (finding,) = found.findings
    assert (finding.code, finding.where) == ("null-texts", ("‘No Data’",))


def test_a_delimiter_at_the_end_of_each_row_makes_no_channel() -> None:
    rows = [f"{row}," for row in half_hours(30)]
    with_names = profile_of(csv("time,kW", *rows))
    assert (with_names.columns, [c.name for c in with_names.channels]) == (3, ["kW"])


def test_text_without_columns_is_a_document() -> None:
    found = inspect(b"Meter swapped on Monday.\nAll well since.\n", "notes.txt")
    assert (found.kind, found.format, found.media_type) == ("document", "Text", "text/plain")


def test_words_of_state_at_even_steps_are_readings() -> None:
    profile = profile_of(csv("TariffDateTime,Tariff", *half_hours(48, cells=["Normal"])))
    assert [(c.kind, c.quantity) for c in profile.channels] == [("text", "")]


def test_several_meters_in_one_file_are_series() -> None:
    by_time = [f"M{m},{row}" for row in half_hours(50) for m in range(3)]
    by_meter = [f"M{m},{row}" for m in range(3) for row in half_hours(50)]
    for rows in (by_time, by_meter):
        profile = profile_of(csv("meter,time,kWh", *rows))
        assert (profile.series_column, profile.resolution_s, len(profile.channels)) == (0, 1800.0, 1)
    unnamed = profile_of(csv("what,time,kWh", *by_time))
    assert unnamed.series_column == 0


@pytest.mark.parametrize(
    "keys",
    [
        ["Meter,12345678", "Unit,kW"],
        ["Meter,12345678", "Installed,2020-01-01"],
        ["Unit,kW"],
        ["# site, Rose Hill", "# logger, 17"],
        ["Half-hourly report, produced on 1 January 2021, for a school"],
    ],
)
def test_keys_with_their_values_are_no_header(keys: list[str]) -> None:
    profile = profile_of(csv(*keys, "time,kW", *half_hours(30)))
    assert (profile.dialect.skip_lines, profile.dialect.header_lines) == (len(keys), 1)
    assert [(c.name, c.unit) for c in profile.channels] == [("kW", "kw")]


def test_a_header_written_as_a_comment_is_the_header() -> None:
    found = inspect(csv("# logger 17", "# time,kW", *half_hours(30)))
    assert found.columns == ("time", "kW")


def test_a_data_loggers_rows_of_units_and_statistics_name_the_columns() -> None:
    heads = (
        '"TOA5","station","CR1000","1234","os","program","1","Table1"',
        '"TIMESTAMP","RECORD","Power","Volt"',
        '"TS","RN","kW","V"',
        '"","","Avg","Smp"',
    )
    rows = [f"{row.replace(',', f',{n},')},230" for n, row in enumerate(half_hours(60))]
    profile = profile_of(csv(*heads, *rows))
    assert (profile.dialect.skip_lines, profile.dialect.header_lines) == (1, 3)
    assert [(c.name, c.unit) for c in profile.channels if c.unit != "one"] == [("Power Avg", "kw"), ("Volt Smp", "v")]


def test_the_header_once_more_among_the_rows_is_told_and_no_null_text() -> None:
    rows = half_hours(60)
    found = inspect(csv("time,kW", *rows[:40], "time,kW", *rows[40:], "time,kW"))
    assert [(f.code, f.count, f.where) for f in found.findings] == [("repeated-header", 2, ("line 42", "line 63"))]
    assert found.profile is not None
    assert "kW" not in found.profile.dialect.null_texts


def test_another_heading_among_the_rows_is_told() -> None:
    rows = half_hours(60, cells=["1", "2"])
    found = inspect(csv("time,kW,kVA", *rows[:40], "time,kVA,kW", *rows[40:]))
    assert [(f.code, f.severity, f.where) for f in found.findings] == [("other-heading", "warning", ("line 42",))]


def test_a_first_row_without_its_time_is_a_row() -> None:
    rows = half_hours(30)
    profile = profile_of(csv("time,kW", "n/a,1.5", *rows))
    assert (profile.dialect.skip_lines, profile.dialect.header_lines) == (0, 1)


@pytest.mark.parametrize(
    ("name", "cells"), [("kW", ["1.5"] * 30), ("time", [row.split(",")[0] for row in half_hours(30)])]
)
def test_a_single_column_is_a_table(name: str, cells: list[str]) -> None:
    found = inspect(csv(name, *cells))
    assert (found.kind, found.format, found.columns, len(found.rows)) == ("table", "CSV", (name,), 20)


HALF_HOURS = [row[:-5] for row in half_hours(60)]


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (["time,Import kWh,Export kWh,"], ["Import kWh", "Export kWh"]),
        (["time,Import kWh,Export kWh,,,"], ["Import kWh", "Export kWh"]),
        (["Mill Lane", "time,Import kWh,Export kWh,"], ["Import kWh", "Export kWh"]),
        (["time,Active import,Active export", "time,kWh,MWh"], ["Active import", "Active export"]),
        ([",House A,House B", ",Import kWh,Export kWh", "time,,"], ["House A Import kWh", "House B Export kWh"]),
    ],
    ids=["a delimiter too many", "several", "below a note", "merged down over units", "an index below"],
)
def test_names_are_kept_whatever_their_rows_look_like(head: list[str], names: list[str]) -> None:
    found = inspect(csv(*head, *[f"{stamp},{i % 7 / 4},{i % 5 / 4}" for i, stamp in enumerate(HALF_HOURS)]))
    assert found.profile is not None, found.findings
    assert [channel.name for channel in found.profile.channels] == names
    assert [channel.direction for channel in found.profile.channels] == ["import", "export"]


@pytest.mark.parametrize("setting", ["# setting {0} = {0}", "Parameter {0},{0},x"])
def test_a_table_below_hundreds_of_lines_of_settings_is_found(setting: str) -> None:
    settings = [setting.format(n) for n in range(250)]
    rows = [f"{d}/01/2026 {h:02}:{m:02},1.{h:02},0.{m:02}" for d in range(22, 29) for h in range(24) for m in (0, 30)]
    profile = profile_of(csv(*settings, "Time,Import kWh,Export kWh", *rows))
    assert [channel.field for channel in profile.channels] == ["import_kwh", "export_kwh"]
    assert profile.dialect.skip_lines == len(settings)


RULED = {
    "mysql": ("+---------------------+-------+", "| time                | kwh   |", "| {} | {} |"),
    "psql": ("", "          time          |  kwh  ", " {} | {}"),
    "markdown": ("", "| time | kwh |", "| {} | {} |"),
}
RULES = {
    "mysql": "+---------------------+-------+",
    "psql": "------------------------+-------",
    "markdown": "|---|---:|",
}


@pytest.mark.parametrize("kind", ["mysql", "psql", "markdown"])
def test_lines_drawn_between_rows_are_neither_names_nor_readings(kind: str) -> None:
    above, head, form = RULED[kind]
    rows = [form.format(*row.split(",")) for row in half_hours(60, cells=("1.25",))]
    lines = [*([above] if above else []), head, RULES[kind], *rows, *([above] if above else [])]
    profile = profile_of(csv(*lines))
    assert [(channel.name, channel.unit) for channel in profile.channels] == [("kwh", "kwh")]
    assert profile.dialect.skip_lines + profile.dialect.header_lines == lines.index(rows[0])
