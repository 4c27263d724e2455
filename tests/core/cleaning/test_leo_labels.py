"""LEO's labels: five characters a column, errors by the length of gaps, solutions by either of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.cleaning import DONE, CleanedChannel, CleanedWindow
from fairwatt.core.cleaning.leo_labels import (
    ERRORS,
    SOLUTIONS,
    Table,
    Tally,
    counted,
    labeled,
    parse_label,
    write_label,
)

_FOUND = ("", "missing-values", "missing-rows", "not-a-number", "outliers", "sentinel-values", "voltage-unbalance")
_BITS = st.tuples(*[st.booleans()] * 5)


def _window(cells: dict[str, list[tuple[str, str]]], first: int = 0, series: str = "") -> CleanedWindow:
    """Rows of (finding, fix) by channel; raw values are missing where the finding says so."""
    channels = {}
    size = len(next(iter(cells.values())))
    for name, pairs in cells.items():
        raw = np.array([np.nan if found.startswith(("missing", "not-a")) else 7.0 for found, _ in pairs])
        channels[name] = CleanedChannel(
            raw=raw,
            cleaned=np.where([fix in {"nulled", "refused"} for _, fix in pairs], np.nan, 7.0),
            finding=np.array([_FOUND.index(found) for found, _ in pairs], dtype=np.uint8),
            fix=np.array([DONE.index(fix) for _, fix in pairs], dtype=np.uint8),
            p10=np.full(size, np.nan),
            p90=np.full(size, np.nan),
        )
    rows = np.arange(first, first + size, dtype=np.int64)
    dropped = np.array([fix == "dropped" for _, fix in next(iter(cells.values()))])
    return CleanedWindow(series, first, rows * 60_000_000, rows, dropped, 60_000_000, channels, _FOUND)


def _labels(windows: list[CleanedWindow], table: Table = Table.CODE) -> tuple[list[str], list[str], Tally]:
    tally = Tally()
    found = list(labeled(windows, table, tally))
    errors = [text for one in found for text in one.texts(one.errors)]
    return errors, [text for one in found for text in one.texts(one.solutions)], tally


def _gap(length: int, fix: str) -> list[tuple[str, str]]:
    return [("missing-values", fix)] * length


@given(st.lists(_BITS, max_size=6))
def test_bits_written_as_a_label_are_read_back(columns: list[tuple[bool, ...]]) -> None:
    text = write_label(columns)

    assert len(text) == 5 * len(columns)
    assert parse_label(text) == columns


@pytest.mark.parametrize("wrong", ["0", "000", "00002", "0000a", "0.0e5"])
def test_a_text_that_is_no_label_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no label"):
        parse_label(wrong)


@pytest.mark.parametrize(
    ("length", "label"),
    [(1, "10000"), (2, "10000"), (3, "01000"), (10, "01000"), (11, "00010"), (40, "00010")],
)
def test_gaps_are_labelled_by_their_length(length: int, label: str) -> None:
    errors, _, tally = _labels([_window({"kw": [("", ""), *_gap(length, "linear"), ("", "")]})])

    assert errors == ["00000", *[label] * length, "00000"]
    assert [tally.errors[name] for name in ERRORS] == [int(bit) for bit in label]


def test_each_column_owns_its_five_characters() -> None:
    cells = {
        "a": [("", ""), ("outliers", "spline"), ("", "")],
        "b": [("missing-rows", "same-week"), ("", ""), ("not-a-number", "linear")],
        "c": [("", ""), ("", ""), ("voltage-unbalance", "marked")],
    }

    errors, solutions, tally = _labels([_window(cells)])

    assert errors == ["000001000000000", "001000000000000", "000001000100000"]
    assert solutions == ["000000001000000", "010000000000000", "000001000100000"]
    assert tally.errors == {"miss_val": 2, "mul_miss_val": 0, "outlier": 1, "large_gap": 0, "fmt_err": 1}


@pytest.mark.parametrize(
    ("fix", "code", "printed"),
    [
        ("linear", "10000", "10000"),
        ("regression", "10000", "10000"),
        ("spline", "01000", "01000"),
        ("kriging", "01000", "01000"),
        ("same-hour", "00100", "00010"),
        ("same-day", "00100", "00010"),
        ("same-week", "00010", "00001"),
        ("blend", "01100", "01010"),
        ("refused", "00000", "00000"),
    ],
)
def test_fills_are_labelled_by_either_of_leo_s_tables(fix: str, code: str, printed: str) -> None:
    window = _window({"kw": [("", ""), *_gap(3, fix)]})

    assert _labels([window], Table.CODE)[1] == ["00000", *[code] * 3]
    assert _labels([window], Table.PRINTED)[1] == ["00000", *[printed] * 3]


def test_the_printed_table_says_what_was_taken_away_and_the_code_s_what_was_no_number() -> None:
    window = _window({"kw": [("outliers", "linear"), ("sentinel-values", "nulled"), ("not-a-number", "linear")]})

    assert _labels([window], Table.PRINTED)[1] == ["10100", "00100", "10000"]
    assert _labels([window], Table.CODE)[1] == ["10000", "00000", "10001"]


def test_an_outlier_that_only_was_marked_is_an_error_without_a_solution() -> None:
    errors, solutions, _ = _labels([_window({"kw": [("outliers", "marked")]})])

    assert (errors, solutions) == (["00100"], ["00000"])


def test_dropped_rows_are_in_no_label_and_part_no_gap() -> None:
    rows = [("missing-values", "linear"), ("", "dropped"), ("missing-values", "linear"), ("missing-values", "linear")]

    errors, _, tally = _labels([_window({"kw": rows})])

    assert errors == ["01000"] * 3
    assert tally.errors["mul_miss_val"] == 1


@st.composite
def _cut_columns(draw: st.DrawFn) -> tuple[list[bool], list[int]]:
    missing = [
        bit
        for length, bit in draw(st.lists(st.tuples(st.integers(1, 14), st.booleans()), min_size=1))
        for bit in [bit] * length
    ]
    return missing, sorted(draw(st.sets(st.integers(1, max(1, len(missing) - 1)), max_size=3)))


@given(_cut_columns())
def test_windows_change_no_label_and_no_count(made: tuple[list[bool], list[int]]) -> None:
    missing, cuts = made
    rows = [("missing-values", "linear") if gone else ("", "") for gone in missing]
    edges = [0, *[cut for cut in cuts if cut < len(rows)], len(rows)]

    whole = _labels([_window({"kw": rows})])
    parts = _labels([_window({"kw": rows[a:b]}, a) for a, b in pairwise(edges)])

    assert (parts[0], parts[2].errors) == (whole[0], whole[2].errors)


def test_a_gap_at_the_end_of_one_meter_does_not_go_on_in_the_next() -> None:
    windows = [_window({"kw": _gap(2, "linear")}, 0, "M1"), _window({"kw": _gap(2, "linear")}, 2, "M2")]

    errors, _, tally = _labels(windows)

    assert errors == ["10000"] * 4
    assert tally.errors["miss_val"] == 2


def test_windows_pass_through_the_count_as_they_are_the_dropped_rows_too() -> None:
    windows = [
        _window({"kw": [("", "dropped")] * 2}),
        _window({"kw": [("", ""), *_gap(2, "linear")]}, 2),
        _window({"kw": [("", "dropped")]}, 5),
    ]

    def given_ones() -> Iterator[CleanedWindow]:
        yield from windows

    tally = Tally()
    assert list(counted(given_ones(), Table.CODE, tally)) == windows
    assert tally.errors["miss_val"] == 1
    assert list(tally.solutions) == list(SOLUTIONS[Table.CODE])
