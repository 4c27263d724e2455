"""Points and commas that mean one thing in a column and another in the next are asked of it, and read as answered."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fairwatt.core.files import Inspection, apply_answers
from fairwatt.core.files.cells import Writing, plain_number
from fairwatt.core.files.correcting import answer_of
from fairwatt.core.files.disputing import find_disputes
from tests.core.files.samples import csv, half_hours, inspect

AMOUNTS = [310 + 37 * (i * 7 % 41) for i in range(60)]  # 310 to 1790
LARGE = [1_100 + 137 * (i % 43) for i in range(60)]
TENTHS = [Decimal(10 + i * 3 % 290) / 10 for i in range(60)]


def pointed(value: int, mark: str = ".") -> str:
    return f"{value:,}".replace(",", mark)


def commaed(value: Decimal) -> str:
    return f"{value:.1f}".replace(".", ",")


def file_of(heads: str, *columns: list[str], delimiter: str = ";") -> bytes:
    stamps = [row.split(",")[0] for row in half_hours(60)]
    rows = [delimiter.join(cells) for cells in zip(stamps, *columns, strict=True)]
    return csv(f"time{delimiter}{heads}", *rows)


def values(found: Inspection, answers: dict[str, str], column: int) -> list[Decimal]:
    """The values of a column, as its cells in the first rows are read after the answers."""
    assert found.profile is not None
    profile = apply_answers(found.profile, answers, found.questions)
    rule, dialect = profile.channels[column], profile.dialect
    writing = Writing(dialect.decimal_mark, dialect.thousands_mark, rule.affixes, rule.notation)
    return [Decimal(plain_number(row[rule.column], writing) or "nan") for row in found.rows]


def decimals_asked(found: Inspection) -> dict[str, str]:
    return {question.id: question.guess for question in found.questions if question.id.startswith("decimal")}


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_points_between_thousands_are_asked_beside_a_column_of_true_decimals(delimiter: str) -> None:
    heads = delimiter.join(("Site A (kW)", "Site B (kW)"))
    data = file_of(heads, [pointed(v) for v in AMOUNTS], [f"{v:.1f}" for v in TENTHS], delimiter=delimiter)
    found = inspect(data)
    assert decimals_asked(found) == {"decimal:site_a_kw": ","}
    shown = len(found.rows)
    assert values(found, {"decimal:site_a_kw": ","}, 0) == AMOUNTS[:shown]
    assert values(found, {"decimal:site_a_kw": "."}, 0) == [
        Decimal(v) / 1000 if v >= 1000 else v for v in AMOUNTS[:shown]
    ]
    assert values(found, {"decimal:site_a_kw": ","}, 1) == TENTHS[:shown]


def test_points_before_three_digits_beside_decimal_commas_are_asked_where_nothing_below_a_thousand_tells() -> None:
    data = file_of("A (Wh);B (kW);C (Hz)", [pointed(v) for v in AMOUNTS], [commaed(v) for v in TENTHS],
                   [f"50.{100 + i % 20}" for i in range(60)])  # fmt: skip
    found = inspect(data)
    assert decimals_asked(found) == {"decimal:c_hz": ","}  # A has 310 beside 1.050: those can't be fractions
    answer = {"decimal:c_hz": "."}
    shown = len(found.rows)
    assert values(found, answer, 0) == AMOUNTS[:shown]
    assert values(found, answer, 1) == TENTHS[:shown]
    assert values(found, answer, 2) == [50 + Decimal(100 + i % 20) / 1000 for i in range(shown)]


def test_an_answer_for_the_file_and_one_for_a_column_are_both_kept_in_any_order() -> None:
    data = file_of("A (kW);B (Hz)", [pointed(v) for v in AMOUNTS], [f"50.{100 + i % 20}" for i in range(60)])
    found = inspect(data)
    assert decimals_asked(found) == {"decimal": ",", "decimal:b_hz": ","}
    shown = len(found.rows)
    for first, second in (("decimal", "decimal:b_hz"), ("decimal:b_hz", "decimal")):
        answers = {"decimal": ",", "decimal:b_hz": "."}
        ordered = {first: answers[first], second: answers[second]}
        assert values(found, ordered, 0) == AMOUNTS[:shown]
        assert values(found, ordered, 1) == [50 + Decimal(100 + i % 20) / 1000 for i in range(shown)]
        assert found.profile is not None
        said = apply_answers(found.profile, ordered, found.questions)
        assert {key: answer_of(said, key) for key in answers} == answers


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(([f"{v / 1000:.3f}" for v in LARGE], [f"{v:.1f}" for v in TENTHS]), id="three decimals"),
        pytest.param(([f"{v / 1000:g}" for v in AMOUNTS], [f"{v:.1f}" for v in TENTHS]), id="decimals as they come"),
        pytest.param((["0" if i % 3 else f"1.{100 + i}" for i in range(60)], ["2.5"] * 60), id="noughts beside"),
        pytest.param(([pointed(v) for v in AMOUNTS], [commaed(v) for v in TENTHS]), id="thousands and decimal commas"),
        pytest.param(([f"{v}" for v in AMOUNTS], [commaed(v) for v in TENTHS]), id="whole and decimal commas"),
    ],
)
def test_nothing_is_asked_of_columns_whose_marks_can_only_mean_one_thing(columns: tuple[list[str], list[str]]) -> None:
    assert decimals_asked(inspect(file_of("A (kW);B (kW)", *columns))) == {}


def test_a_saved_profile_is_asked_about_points_that_its_first_file_did_not_have() -> None:
    plain = inspect(file_of("A (kW);B (kW)", [str(v % 900) for v in AMOUNTS], [f"{v:.1f}" for v in TENTHS]))
    pointy = inspect(file_of("A (kW);B (kW)", [pointed(v) for v in AMOUNTS], [f"{v:.1f}" for v in TENTHS]))
    assert plain.profile is not None
    assert pointy.profile is not None
    assert "decimal:a_kw" in {question.id for question in find_disputes(plain.profile, pointy)}
    known = apply_answers(pointy.profile, {"decimal:a_kw": ","}, pointy.questions)
    assert "decimal:a_kw" not in {question.id for question in find_disputes(known, pointy)}
