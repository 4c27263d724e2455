"""Cells read by whole arrays are what Python reads in them; what is beyond doubt is read, and nothing else is."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fairwatt.core.files.profile import TimestampRule
from fairwatt.lake.direct.names import read_names, trimmed
from fairwatt.lake.direct.numbers import read_numbers
from fairwatt.lake.direct.stamps import forms_of, read_stamps
from fairwatt.lake.direct.words import PAD, Positions, Text

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
EPOCH = datetime(1970, 1, 1)
NUMBERS = st.from_regex(r"-?[0-9]{1,14}(\.[0-9]{1,6})?", fullmatch=True)
ODD = st.one_of(
    st.text("0123456789.-+e /", min_size=1, max_size=20),
    st.sampled_from(["-", ".", "5.", ".5", "1e3", "-.", "--1", " 1", "1.2.3", "1/2", "é", "nan", "12345678901234567"]),
)


def text_of(cells: list[str]) -> tuple[Text, Positions, Positions]:
    """Cells in one text, as a column of them would stand there."""
    data, starts, ends = bytearray(b"\n" * PAD), [], []
    for cell in cells:
        starts.append(len(data))
        data += cell.encode()
        ends.append(len(data))
        data += b","
    data += b"\n" * (PAD + 8 - len(data) % 8)
    return Text(np.frombuffer(bytes(data), dtype=np.uint8)), np.array([starts]), np.array([ends])


@given(cells=st.lists(st.one_of(NUMBERS, NUMBERS, ODD, st.just("")), min_size=1, max_size=30), scale=st.integers(0, 9))
def test_decimals_are_exact_or_left_to_their_text(cells: list[str], scale: int) -> None:
    read = read_numbers(*text_of(cells), point=ord("."))
    numbers, odd = read.scaled(np.array([scale]))
    for at, cell in enumerate(cells):
        is_odd = odd is not None and bool(odd[0, at])
        assert (read.missing is not None and bool(read.missing[0, at])) == (cell == "")
        assert is_odd == (cell != "" and not _fits(cell, scale)), cell
        if cell and not is_odd:
            assert Decimal(int(numbers[0, at])).scaleb(-scale) == Decimal(cell)


def _fits(cell: str, scale: int) -> bool:
    if PLAIN.fullmatch(cell) is None or not cell.isascii() or len(cell.removeprefix("-")) > 16:
        return False
    decimals = len(cell.partition(".")[2])
    return decimals <= scale and abs(Decimal(cell)) * 10**scale < 10**18


@given(cells=st.lists(st.one_of(NUMBERS, ODD), min_size=1, max_size=30))
@example(cells=["e. 5555e+. +5-5 0"])
def test_floats_are_the_nearest_to_their_text(cells: list[str]) -> None:
    floats, odd = read_numbers(*text_of(cells), point=ord(".")).floats()
    for at, cell in enumerate(cells):
        if odd is None or not odd[0, at]:
            assert repr(float(floats[0, at])) == repr(float(cell))
        else:
            assert PLAIN.fullmatch(cell) is None or len(cell.removeprefix("-").replace(".", "")) > 15


FORMS = [
    ("%d/%m/%Y %H:%M:%S", 2), ("%d/%m/%Y %H:%M:%S", 1), ("%Y-%m-%d %H:%M:%S", 1), ("%Y-%m-%dT%H:%M:%S.%f%z", 1),
    ("%Y-%m-%d", 1), ("%Y%m%d%H%M", 1), ("%m/%d/%Y %H:%M", 2), ("%H:%M:%S %d.%m.%Y", 2), ("%Y %m %d %H:%M:%S", 4),
    ("%Y-%m-%dT%H:%M:%SZ", 1),
]  # fmt: skip
CHANGES = st.one_of(st.none(), st.tuples(st.integers(0, 40), st.sampled_from("0123456789/:-.Tx")))
TIMES = st.tuples(
    st.integers(-59 * 365 * 86_400_000_000, 220 * 365 * 86_400_000_000).map(
        lambda n: EPOCH + timedelta(microseconds=n)
    ),
    CHANGES,
)


@pytest.mark.parametrize(("form", "columns"), FORMS)
@given(times=st.lists(TIMES, min_size=1, max_size=20))
def test_times_of_full_width_are_read_and_no_others(
    form: str, columns: int, times: list[tuple[datetime, tuple[int, str] | None]]
) -> None:
    forms = forms_of(TimestampRule(columns=tuple(range(columns)), format=form, time_zone="UTC"))
    assert forms is not None
    written = [_written(moment, form, change) for moment, change in times]
    parts = [text.split(" ") if columns > 1 else [text] for text in written]
    text, starts, ends = text_of([part for row in parts for part in row])
    cells = [(starts[0, at::columns], ends[0, at::columns]) for at in range(columns)]
    micros, odd = read_stamps(text, cells, forms)
    for at, one in enumerate(written):
        meant = _meant(one, form)
        assert (odd is not None and bool(odd[at])) == (meant is None), one
        if meant is not None:
            assert int(micros[at]) == (meant - EPOCH) // timedelta(microseconds=1)


def _written(moment: datetime, form: str, change: tuple[int, str] | None) -> str:
    text = moment.strftime(form.replace("%z", "Z"))
    if change is None:
        return text
    at = change[0] % len(text)
    return text if text[at] == " " else text[:at] + change[1] + text[at + 1 :]


def _meant(text: str, form: str) -> datetime | None:
    """What Python reads where it would write the very same text."""
    form = form.replace("%z", "Z")
    try:
        meant = datetime.strptime(text, form)  # noqa: DTZ007 - as the cells: without a zone
    except ValueError:
        return None
    return meant if meant.strftime(form) == text and 1903 <= meant.year <= 2197 else None


@pytest.mark.parametrize("form", ["%d %b %Y", "%y-%m-%d", "%I:%M %p", "%H:%M", "epoch_s", "%Y-%m-%d %H:%M:%S%f", "%Z"])
def test_other_forms_are_left_to_the_engine(form: str) -> None:
    assert forms_of(TimestampRule(columns=(0,), format=form, time_zone="UTC")) is None


@given(
    names=st.lists(
        st.sampled_from(["a", "b", "", " c", "a meter of many words", "é", "abcdefgh", "abcdefghi"]), min_size=1
    ),
    repeats=st.integers(1, 12),
)
def test_names_keep_their_rows(names: list[str], repeats: int) -> None:
    rows = [name for name in names for _ in range(repeats)]
    text, starts, ends = text_of(rows)
    found = read_names(text, starts[0], ends[0])
    assert found is not None
    assert [found.names[code] for code in found.codes] == [trimmed(name) for name in rows]
    assert len(set(found.names)) == len(found.names)


def test_a_name_longer_than_words_are_compared_is_left_to_the_engine() -> None:
    text, starts, ends = text_of(["x" * 65])
    assert read_names(text, starts[0], ends[0]) is None


def test_names_are_trimmed_as_the_engine_trims_them() -> None:
    blanks = [chr(code) for code in (9, 10, 11, 12, 13, 32, 133, 160, 5760, 8192, 8202, 8232, 8239, 8287, 12288, 65279)]
    with duckdb.connect() as connection:
        for blank in blanks:
            name = f"{blank}a{blank}b{blank}"
            assert connection.execute("SELECT trim(?)", [name]).fetchall() == [(trimmed(name),)]
