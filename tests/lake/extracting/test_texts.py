"""Texts that are no plain table: columns of blanks, and several tables in one file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fairwatt.lake.looking import FileLook
from tests.lake.extracting.conftest import Read

Look = Callable[..., FileLook]
TIMES = [f"2021-01-0{1 + n // 48} {n % 48 // 2:02}:{n % 2 * 30:02}" for n in range(96)]


def rows(*values: str) -> list[str]:
    return [",".join([time, *values]) for time in TIMES]


def text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def test_columns_of_blanks_are_parted(look: Look) -> None:
    lines = [f"{time}  {n / 2:6.1f}   {230 + n % 3}" for n, time in enumerate(TIMES)]
    found = look(text("Date       Time   kW    Volt", *lines), "logger.txt")
    [table] = found.tables
    assert table.table.path.read_text().splitlines()[:2] == ["Date,Time,kW,Volt", "2021-01-01,00:00,0.0,230"]
    profile = table.inspection.profile
    assert profile is not None
    assert (found.format, profile.format, profile.timestamp.columns, [c.name for c in profile.channels]) == (
        "Text", "Text", (0, 1), ["kW", "Volt"],
    )  # fmt: skip
    assert table.table.place_of(3) == "line 3"


def test_names_with_blanks_stand_over_columns_parted_by_two(look: Look) -> None:
    lines = [f"{time}   {n / 2:10.1f}" for n, time in enumerate(TIMES)]
    [table] = look(text("Read at            Active power (kW)", *lines), "logger.txt").tables
    assert table.inspection.columns == ("Read at", "Active power (kW)")


def test_prose_stays_a_document(look: Look) -> None:
    found = look(text(*["Meter swapped on Monday 4 January 2021.", "All has been well since."] * 20), "notes.txt")
    assert (found.main, found.inspection.kind, found.description["words"]) == (None, "document", 240)


def test_two_tables_one_below_the_other_are_asked_about(look: Look) -> None:
    found = look(
        text("Import", "time,kWh in", *rows("1.5"), "", "Export", "time,kWh out", *rows("2.5")[:50]), "both.csv"
    )
    first, second = found.tables
    assert (first.title, first.inspection.columns, second.title, second.inspection.columns) == (
        "Import", ("time", "kWh in"), "Export", ("time", "kWh out"),
    )  # fmt: skip
    assert found.inspection.questions[0].id == "table"
    assert second.table.path.read_text().splitlines()[1] == "2021-01-01 00:00,2.5"
    assert (first.table.place_of(2), second.table.place_of(2)) == ("line 3", "line 102")
    assert (found.format, first.inspection.format) == ("CSV", "CSV")


@pytest.mark.parametrize("marks", [(",", "1.5"), (";", "1,5")])
def test_two_tables_side_by_side_are_asked_about(look: Look, marks: tuple[str, str]) -> None:
    delimiter, value = marks
    lines = [delimiter.join([time, value, "", time, value]) for time in TIMES]
    found = look(text(delimiter.join(["time", "kWh in", "", "time", "kWh out"]), *lines), "both.csv")
    assert [one.inspection.columns for one in found.tables] == [("time", "kWh in"), ("time", "kWh out")]
    for one in found.tables:
        assert one.inspection.profile is not None
        assert one.inspection.profile.dialect.decimal_mark == value[1]


def test_a_header_once_more_is_no_other_table(look: Look) -> None:
    [table] = look(text("time,kWh", *rows("1.5")[:40], "time,kWh", *rows("1.5")[40:]), "dump.csv").tables
    assert table.inspection.columns == ("time", "kWh")
    assert table.table.path.read_text().count("time") == 2


def test_lines_that_stand_in_quotes_as_wholes_are_taken_out_of_them(look: Look) -> None:
    lines = [f'"{time},{n / 2:.1f},""Mill Lane, 3"""' for n, time in enumerate(TIMES)]
    [table] = look(text('"Time,kW,Site"', *lines), "export.csv").tables
    assert table.table.path.read_text().splitlines()[:2] == ["Time,kW,Site", f'{TIMES[0]},0.0,"Mill Lane, 3"']
    profile = table.inspection.profile
    assert profile is not None
    assert (profile.table.parts, profile.columns) == (("quotes",), 3)


@pytest.mark.parametrize("mark", ["#", "//", "!"])
def test_a_loggers_comments_among_the_rows_begin_no_table(look: Look, mark: str) -> None:
    lines = rows("1.5", "230")
    lines[40:40] = [f"{mark} battery low, check"]
    [table] = look(text("Time,kW,V", *lines), "logger.csv").tables
    assert table.inspection.columns == ("Time", "kW", "V")


def test_meters_below_one_another_are_told_apart_by_the_captions_over_their_tables(read: Callable[..., Read]) -> None:
    head = "Time (UTC),Import (kWh)"
    found = read(text("Mill Lane", head, *rows("1.5"), "", "Church Road", head, *rows("2.5")), "both.csv")
    assert (len(found.rows), found.codes & {"conflicting-duplicates"}) == (192, set())
    assert {row[0]: row[2] for row in found.rows} == {"Mill Lane": 1.5, "Church Road": 2.5}


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (["1200023305967"], ["1200023305976"], {"1200023305967", "1200023305976"}),
        (["MPAN,1200023305967", "Unit,kWh"], ["MPAN,1200023305976", "Unit,kWh"], {"1200023305967", "1200023305976"}),
        (["Meter,12345", ""], ["", "Meter,12346", ""], {"12345", "12346"}),
        (["Meter: 12345"], ["Meter: 12346"], {"Meter: 12345", "Meter: 12346"}),
        (["12345,"], ["12346,"], {"12345", "12346"}),
        (["Total,12.5", "", "Meter,1"], ["Total,12.5", "", "Meter,2"], {"1", "2"}),
    ],
    ids=["number", "keys", "blanks", "colon", "padded", "totals"],
)
def test_what_names_a_meter_above_its_rows_names_its_series(
    read: Callable[..., Read], first: list[str], second: list[str], names: set[str]
) -> None:
    head = "Time (UTC),Import (kWh)"
    found = read(text(*first, head, *rows("1.5"), *second, head, *rows("2.5")), "both.csv")
    assert (len(found.rows), set(found.column(0)), "meters" in found.asked) == (192, names, False)
    assert found.codes & {"conflicting-duplicates", "bad-stamp"} == set()


def test_meters_of_different_days_are_two_where_their_captions_name_them(read: Callable[..., Read]) -> None:
    head = "Time (UTC),Import (kWh)"
    found = read(text("Meter,12345", head, *rows("1.5")[:48], "Meter,12346", head, *rows("2.5")[48:]), "both.csv")
    assert {row[0]: row[2] for row in found.rows} == {"12345": 1.5, "12346": 2.5}


@pytest.mark.parametrize("answer", ["several", "one"])
def test_meters_without_a_word_between_them_are_what_somebody_says(read: Callable[..., Read], answer: str) -> None:
    lines = [*rows("1.5"), "Time (UTC),Import (kWh)", *rows("2.5")]
    found = read(text("Time (UTC),Import (kWh)", *lines), "both.csv", meters=answer)
    named = {(row[0], row[2]) for row in found.rows}
    assert named == ({("1", 1.5), ("2", 2.5)} if answer == "several" else {("", 1.5), ("", 2.5)})
    assert (len(found.rows), "conflicting-duplicates" in found.codes) == (192, answer == "one")


def wide(value: str) -> list[str]:
    return [f"2021-01-{day:02}," + ",".join([value] * 48) for day in range(1, 21)]


def tall(first: str, second: str, *, in_turns: bool) -> list[str]:
    one, two = ([f"{time},{label},{value}" for time in TIMES] for label, value in (("kWh", first), ("Volt", second)))
    return [line for pair in zip(one, two, strict=True) for line in pair] if in_turns else [*one, *two]


@pytest.mark.parametrize(
    "lines",
    [
        ["Date," + ",".join(f"HH{n}" for n in range(1, 49)), *wide("1.5"), *wide("2.5")],
        ["Time (UTC),Name,Value", *tall("1.5", "240", in_turns=True), *tall("2.5", "241", in_turns=True)],
        ["Time (UTC),Name,Value", *tall("1.5", "240", in_turns=False), *tall("2.5", "241", in_turns=False)],
    ],
    ids=["days", "values-in-turns", "values-in-blocks"],
)
def test_meters_in_any_shape_of_table_are_not_run_together(read: Callable[..., Read], lines: list[str]) -> None:
    found = read(text(*lines), "export.csv", time_zone="UTC")
    assert "meters" in found.asked
    assert {(row[0], row[2]) for row in found.rows} == {("1", 1.5), ("2", 2.5)}
    assert found.codes & {"conflicting-duplicates", "duplicate-stamps"} == set()


def test_a_heading_once_more_without_a_caption_of_its_own_goes_on_with_the_table(look: Look) -> None:
    head = "Time (UTC),Import (kWh)"
    [table] = look(text("Mill Lane", head, *rows("1.5")[:48], "", "Mill Lane", head, *rows("1.5")[48:]), "a.csv").tables
    assert table.inspection.profile is not None
    assert table.inspection.profile.series_column is None
