"""Numbers that stand for a missing value and lie among the others, and what else only a look at the text tells."""

from __future__ import annotations

import pytest

from fairwatt.core.files import Inspection
from tests.core.files.samples import csv, half_hours, inspect


def file_of(heading: str, *columns: list[str], delimiter: str = ",") -> Inspection:
    rows = [delimiter.join([row.split(",")[0], *cells]) for row, *cells in zip(half_hours(96), *columns, strict=True)]
    return inspect(csv(f"start time{delimiter}{heading}", *rows))


def wave(low: float, high: float, *, mark: str = "", at: tuple[int, ...] = ()) -> list[str]:
    values = [f"{low + (high - low) * (n * 37 % 96) / 95:.2f}" for n in range(96)]
    return [mark if n in at else value for n, value in enumerate(values)]


def asked(found: Inspection) -> set[str]:
    return {q.id for q in found.questions if q.id != "time_zone"}


def test_a_mark_among_the_values_is_asked_about_as_it_is_written_without_decimals() -> None:
    found = file_of("Price (£/MWh)", wave(-30, 180, mark="-1", at=(20, 50)))
    assert asked(found) == {"null_values:price_gbp_per_mwh"}


def test_a_number_written_as_the_others_are_is_one_of_them() -> None:
    assert asked(file_of("Price (£/MWh)", wave(-30, 180, mark="-1.00", at=(20,)))) == set()
    whole = [f"{n * 37 % 96 - 40}" for n in range(96)]
    assert asked(file_of("Price (£/MWh)", whole)) == set()


def test_a_mark_that_one_column_may_have_is_asked_about_in_all_that_hold_it() -> None:
    whole = [f"{20 + n * 37 % 1480}" for n in range(95)]
    found = file_of("Usage (Wh),Demand (MW)", [*whole, "999"], wave(5, 90, mark="999", at=(3, 95)))
    assert asked(found) == {"null_values:usage_wh", "null_values:demand_mw"}


def test_one_minus_is_enough_to_ask_what_an_import_below_nothing_is() -> None:
    assert asked(file_of("Import (kW)", wave(0, 4, mark="-1.50", at=(9,)))) == {"direction:import_kw"}
    assert asked(file_of("Import (kW)", wave(0, 4, mark="-0.01", at=(9,)))) == set()  # an instrument's noise


@pytest.mark.parametrize(("mark", "delimiter"), [(".", ","), (",", ";")])
def test_thousands_may_be_grouped_by_low_lines(mark: str, delimiter: str) -> None:
    cells = [f"{1 + n // 40}_{n * 37 % 900 + 100}{mark}{n % 10}" for n in range(96)]
    found = file_of("Power (W)", cells, delimiter=delimiter)
    assert found.profile is not None
    dialect = found.profile.dialect
    assert (found.profile.channels[0].kind, dialect.thousands_mark, dialect.decimal_mark) == ("number", "_", mark)


def test_a_single_99_9_is_a_value_and_a_single_999_9_is_asked_about() -> None:
    assert asked(file_of("Power (kW)", wave(2, 36, mark="99.90", at=(40,)))) == set()
    assert asked(file_of("Power (kW)", wave(2, 36, mark="999.90", at=(40,)))) == {"null_values:power_kw"}


def test_a_number_with_the_other_mark_is_no_word_for_a_missing_value() -> None:
    """1,234.5 shows what commas are; 999,5 is no word, and its column stays text."""
    found = file_of("kW", ["1,234.5" if n % 9 == 0 else "999,5" for n in range(96)], delimiter=";")
    assert found.profile is not None
    assert (found.profile.channels[0].kind, "999,5" in found.profile.dialect.null_texts) == ("text", False)
    [warning] = [f for f in found.findings if f.code == "mixed-decimal-marks"]
    assert warning.count == 85
