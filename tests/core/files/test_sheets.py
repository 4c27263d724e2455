"""The tables in a sheet, found by the kinds of its cells alone."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.sheets import Region, find_regions


def regions(*rows: str, texts: Sequence[Sequence[str]] = ()) -> list[Region]:
    return find_regions(rows, lambda row: texts[row] if row < len(texts) else ["x"] * len(rows[row]))


def test_a_heading_and_its_data() -> None:
    assert regions("SS", "TN", "TN", "TN") == [Region(0, 4, 0, 2, 1)]


def test_a_table_that_begins_further_down_and_to_the_right() -> None:
    assert regions("", "", "  SS", "  TN", "  TN") == [Region(2, 3, 2, 2, 1)]


def test_data_without_a_heading() -> None:
    assert regions("TN", "TN", "TN") == [Region(0, 3, 0, 2, 0)]


def test_titles_keys_and_notes_stand_outside() -> None:
    assert regions("S", "SN", "", "SSS", "TNN", "TNN", "SNN", "", "S") == [
        Region(3, 3, 0, 3, 1, notes=(0, 1, 6, 8), is_last=False)
    ]


def test_a_heading_of_groups_names_and_units() -> None:
    texts = [["", "Meter A", ""], ["Time", "Power", "Voltage"], ["", "kW", "V"]]
    assert regions(" S ", "SSS", " SS", "TNN", "TNN", texts=texts) == [Region(0, 5, 0, 3, 3)]


def test_a_key_right_above_the_names_is_none_of_them() -> None:
    texts = [["Unit", "kW"], ["time", "kW"]]
    assert regions("SS", "SS", "TN", "TN", texts=texts) == [Region(1, 3, 0, 2, 1, notes=(0,))]


def test_tables_beside_one_another_have_times_of_their_own() -> None:
    rows = ["SS SS", *["TN TN"] * 5]
    assert regions(*rows) == [Region(0, 6, 0, 2, 1), Region(0, 6, 3, 2, 1)]


def test_a_blank_column_does_not_part_one_table() -> None:
    rows = ["SS S", *["TN N"] * 5]
    assert regions(*rows) == [Region(0, 6, 0, 4, 1)]


def test_tables_below_one_another_have_headings_of_their_own() -> None:
    texts = [["a", "b"], *[[]] * 4, ["c", "d", "e"]]
    rows = ["SS", "TN", "TN", "TN", "", "SSS", "TNN", "TNN"]
    assert regions(*rows, texts=texts) == [Region(0, 4, 0, 2, 1, is_last=False), Region(5, 3, 0, 3, 1)]


def test_a_key_above_each_of_several_tables_is_no_table() -> None:
    texts = [["MPAN", "1"], ["Time", "kWh"], *[["", ""]] * 4, ["MPAN", "2"], ["Time", "kWh"]]
    rows = ["SN", "SS", "TN", "TN", "TN", "", "SN", "SS", "TN", "TN", "TN"]
    assert regions(*rows, texts=texts) == [
        Region(1, 4, 0, 2, 1, notes=(0,), is_last=False),
        Region(7, 4, 0, 2, 1, notes=(6,)),
    ]


def test_blank_rows_between_groups_of_rows_do_not_part_them() -> None:
    rows = ["SSN"[:2] + "S", "SSN", "SSN", "", "SSN", " SN", "", "SSN"]
    assert regions(*rows) == [Region(0, 8, 0, 3, 1)]


def test_words_alone_are_a_table_too() -> None:
    assert regions("S", "", "SSS", "SSS", "SSS") == [Region(2, 3, 0, 3, 1, notes=(0,))]


def test_an_empty_sheet_holds_nothing() -> None:
    assert regions() == []
    assert regions("", "S", "") == []


@given(st.lists(st.text(alphabet="TNS  ", max_size=8), max_size=30))
def test_any_sheet_gives_regions_inside_it(rows: list[str]) -> None:
    for region in regions(*rows):
        assert 0 <= region.first_row < region.first_row + region.rows <= len(rows)
        assert 0 <= region.first_column < region.first_column + region.columns <= max(map(len, rows))
        assert region.header_rows <= region.rows
