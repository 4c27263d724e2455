"""Cells are read in SQL exactly as the inspection reads them, and every number comes back as it was written."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwatt.core.files.cells import Writing, plain_number
from fairwatt.core.files.profile import ChannelRule, Dialect
from fairwatt.lake.cells import number_text
from fairwatt.lake.engine import literal

ENGINE = duckdb.connect()
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


def in_sql(text: str, writing: Writing) -> str | None:
    """The plain number that the lake's SQL makes of a cell, None where a cast would not take it."""
    dialect = Dialect(decimal_mark=writing.mark, thousands_mark=writing.thousands)
    rule = ChannelRule(name="x", column=0, field="x", affixes=writing.affixes, notation=writing.notation)
    sql = number_text("cell", dialect, rule)
    query = (
        f"SELECT CASE WHEN regexp_full_match(trim(text, {literal(' 	')}), {literal(NUMBER)}) "
        f"THEN trim(text, {literal(' 	')}) END FROM (SELECT {sql} AS text FROM (SELECT $cell::VARCHAR AS cell))"
    )
    found = ENGINE.execute(query, {"cell": text}).fetchall()[0][0]
    return None if found is None else str(found)


WRITINGS = [
    Writing(),
    Writing(thousands=","),
    Writing(",", "."),
    Writing(",", " "),
    Writing(".", " "),
    Writing(".", "'"),
    Writing(".", "_"),
    Writing(affixes=("kW", "KW")),
    Writing(affixes=("", "£"), thousands=","),
    Writing(affixes=("%",), mark=","),
    Writing(affixes=("m3",), notation=("minus_after", "brackets", "minus_sign", "blanks")),
    Writing(notation=("brackets", "minus_sign", "blanks"), thousands=","),
    Writing(notation=("minus_after",)),
    Writing(notation=("other_mark",)),
    Writing(",", notation=("blanks", "other_mark")),
    Writing(notation=("swapped_marks",)),
    Writing(",", ".", notation=("swapped_marks", "brackets")),
    Writing(notation=("groups", "brackets")),
    Writing(",", affixes=("", "kW"), notation=("groups",)),
]


@pytest.mark.parametrize(
    ("text", "writing", "number"),
    [
        ("1,234", Writing(thousands=","), "1234"),
        ("1.234", Writing(notation=("swapped_marks",)), "1234"),
        ("899", Writing(notation=("swapped_marks",)), "899"),
        ("1.234,5", Writing(notation=("swapped_marks",)), "1234.5"),
        ("12.5", Writing(notation=("swapped_marks",)), None),
        ("50.012", Writing(",", ".", notation=("swapped_marks",)), "50.012"),
        ("1,234,567.50", Writing(thousands=","), "1234567.50"),
        ("1,234.5", Writing(notation=("groups",)), "1234.5"),
        ("1 234.5", Writing(notation=("groups",)), "1234.5"),
        ("1.234,5", Writing(",", notation=("groups",)), "1234.5"),
        ("(1,234)", Writing(notation=("groups", "brackets")), "-1234"),
        ("0,26", Writing(notation=("groups",)), None),
        ("12,34.5", Writing(notation=("groups",)), None),
        ("12,34", Writing(thousands=","), None),
        ("1_234.5", Writing(thousands="_"), "1234.5"),
        ("1_2", Writing(thousands="_"), None),
        ("1,23,456", Writing(thousands=","), "123456"),
        ("12,34,56,789.5", Writing(thousands=","), "123456789.5"),
        ("1,23,45", Writing(thousands=","), None),
        ("1.5", Writing(",", notation=("other_mark",)), "1.5"),
        ("1,5", Writing(",", notation=("other_mark",)), "1.5"),
        ("1.234", Writing(",", notation=("other_mark",)), None),
        ("0.234", Writing(",", notation=("other_mark",)), "0.234"),
        ("-1,5", Writing(notation=("other_mark",)), "-1.5"),
        ("1.234,5", Writing(",", notation=("other_mark",)), None),
        ("0,123", Writing(thousands=","), None),
        ("1.234,5", Writing(",", "."), "1234.5"),
        ("1.5", Writing(",", ""), None),
        ("0,5", Writing(",", ""), "0.5"),
        ("12 345,6", Writing(",", " "), "12345.6"),
        ("12\u00a0345", Writing(".", " "), "12345"),
        ("12\u202f345.25", Writing(".", " "), "12345.25"),
        ("1’234.5", Writing(".", "'"), "1234.5"),
        ("+5.5", Writing(), "+5.5"),
        ("1.5E-3", Writing(), "1.5E-3"),
        ("12.5 kW", Writing(affixes=("kW",)), "12.5"),
        ("12.5", Writing(affixes=("kW",)), None),
        ("12.5 W", Writing(affixes=("kW",)), None),
        ("£12.34", Writing(affixes=("£",)), "12.34"),
        ("-£12.34", Writing(affixes=("£",)), "-12.34"),
        ("£-12.34", Writing(affixes=("£",)), "-12.34"),
        ("(£1,250.50)", Writing(thousands=",", affixes=("£",), notation=("brackets",)), "-1250.50"),
        ("12p", Writing(affixes=("p",)), "12"),
        ("45%", Writing(affixes=("%",)), "45"),
        ("12 m3", Writing(affixes=("m3",)), "12"),
        ("7-", Writing(notation=("minus_after",)), "-7"),
        ("−7.5", Writing(notation=("minus_sign",)), "-7.5"),
        ("\u00a07.5\u00a0", Writing(notation=("blanks",)), "7.5"),
        ("１２", Writing(), None),
        ("１２ kW", Writing(affixes=("kW",)), None),
        ("--5", Writing(notation=("minus_after",)), None),
        ("", Writing(thousands=","), None),
        ("n/a", Writing(thousands=","), None),
    ],
)  # fmt: skip
def test_numbers_are_read_the_same_in_both_places(text: str, writing: Writing, number: str | None) -> None:
    assert plain_number(text, writing) == number
    assert in_sql(text, writing) == number


CELLS = st.text(alphabet="0123456789.,+-eE ()£kWpm3%'’\u00a0\u202f\u2212\tn/a", max_size=14)


@settings(max_examples=400, deadline=None)
@given(CELLS, st.sampled_from(WRITINGS))
def test_any_text_is_the_same_number_in_both_places(text: str, writing: Writing) -> None:
    assert in_sql(text, writing) == plain_number(text, writing)


def written(value: Decimal, writing: Writing) -> str:
    """A number as a program with these habits writes it."""
    writing = writing.own
    whole, _, part = f"{abs(value):f}".partition(".")
    if writing.thousands and len(whole) > 3:
        mark = {"'": "’", " ": "\u00a0"}.get(writing.thousands, writing.thousands)
        head = len(whole) % 3 or 3
        whole = mark.join([whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))])
    text = f"{whole}{writing.mark}{part}" if part else whole
    affix = next((a for a in writing.affixes if a), "")
    text = f"{affix}{text}" if affix == "£" else f"{text} {affix}".strip()
    if value >= 0:
        return text
    if "brackets" in writing.notation:
        return f"({text})"
    return f"{text}-" if "minus_after" in writing.notation and not affix else f"-{text}"


@settings(max_examples=300, deadline=None)
@given(
    st.decimals(min_value=Decimal(-(10**8)), max_value=Decimal(10**8), places=3, allow_nan=False),
    st.sampled_from(WRITINGS),
)
def test_every_number_comes_back_as_it_was_written(value: Decimal, writing: Writing) -> None:
    text = written(value, writing)
    found = plain_number(text, writing)
    assert found is not None
    assert Decimal(found) == value
    assert in_sql(text, writing) == found


@pytest.mark.parametrize("text", ["1_2", "12_5.5"])
def test_what_the_engine_would_take_for_a_number_and_nobody_else_is_none(text: str) -> None:
    assert ENGINE.execute(f"SELECT TRY_CAST({literal(text)} AS DOUBLE) IS NULL").fetchall() == [(False,)]
    sql = number_text(literal(text), Dialect())
    assert ENGINE.execute(f"SELECT TRY_CAST({sql} AS DOUBLE)").fetchall() == [(None,)]
