"""What names and numbers say of factors and units, and what is asked of what can be meant in two ways."""

from __future__ import annotations

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import apply_answers
from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.profile import How, Kind
from fairwatt.core.files.scales import find_scale, without_remarks
from tests.core.files.samples import csv, inspect, profile_of


@pytest.mark.parametrize(
    ("name", "unit", "factor"),
    [
        ("Boiler kWh x 100", "kwh", 100.0),
        ("Boiler kWh × 100", "kwh", 100.0),
        ("Boiler kWh '000", "kwh", 1000.0),
        ("Boiler kWh 000s", "kwh", 1000.0),
        ("Demand MW (x100)", "mw", 100.0),
        ("Energy kWh (in thousands)", "kwh", 1000.0),
        ("Value (million kWh)", "kwh", 1e6),
        ("Total million kWh", "kwh", 1e6),
        ("Value (0.1 kWh)", "kwh", 0.1),
        ("Value (1000 kWh)", "kwh", 1000.0),
    ],
)
def test_a_sign_of_multiplication_or_a_word_for_many_is_a_factor(name: str, unit: str, factor: float) -> None:
    meaning = read_name(name)
    assert (meaning.unit, meaning.factor, meaning.scales) == (unit, factor, ())


@pytest.mark.parametrize(
    ("name", "unit", "likely_first"),
    [
        ("Value (10 Wh)", "wh", (10.0, 1.0)),
        ("Battery (100 kWh)", "kwh", (1.0, 100.0)),
        ("Site 1000 kWh", "kwh", (1000.0, 1.0)),
        ("Energy (kWh/10)", "kwh", (0.1, 10.0, 1.0)),
        ("Demand (kW (÷10))", "kw", (0.1, 10.0, 1.0)),
    ],
)
def test_a_bare_number_or_a_division_is_left_open(name: str, unit: str, likely_first: tuple[float, ...]) -> None:
    meaning = read_name(name)
    assert (meaning.unit, meaning.factor, meaning.scales) == (unit, likely_first[0], likely_first)


@pytest.mark.parametrize(
    "name",
    [
        "Flat 12 kWh",
        "Meter 10 kWh",
        "EV charger 7 kW",
        "p/kWh",
        "kWh/day",
        "kWh/m2",
        "kWh per customer",
        "Energy 30 min kWh",
    ],
)
def test_numbers_of_things_and_units_of_ratios_are_no_factors(name: str) -> None:
    assert find_scale(name) is None
    assert read_name(name).factor == 1.0


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Heat (kWh(th))", "Heat (kWh)"),
        ("Pressure bar(g)", "Pressure bar"),
        ("Import (kWh*)", "Import (kWh)"),
        ("Import kWh [1]", "Import kWh"),
        ("Load (kW (15 min avg))", "Load (kW) 15 min avg"),
        ("Load (A)", "Load (A)"),
        ("Voltage V (A)", "Voltage V (A)"),
        ("Area (m²)", "Area (m²)"),
    ],
)
def test_remarks_behind_a_unit_are_no_part_of_it(name: str, plain: str) -> None:
    assert without_remarks(name) == plain


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Value (Kwatt hours)", "kwh"),
        ("Value (ppkWh)", "p_per_kwh"),
        ("Value (kVAr-h)", "kvarh"),
        ("Value (˚C)", "degc"),
        ("Value (bar(g))", "bar"),
        ("Boiler kWhth", "kwh"),
        ("Value (MWhe)", "mwh"),
        ("Volt-amps", "va"),
        ("Value (dkWh)", ""),
    ],
)
def test_rarer_spellings_of_units_are_read_and_strange_ones_are_not(name: str, unit: str) -> None:
    assert read_name(name).unit == unit


@pytest.mark.parametrize("name", ["Boiler imp/kWh", "1000 imp/kWh", "Pulses per kWh"])
def test_pulses_for_each_unit_are_no_energy(name: str) -> None:
    meaning = read_name(name)
    assert (meaning.quantity, meaning.unit) == ("", "")


_ROWS = "".join(f"2026-01-14 {h:02}:{m:02}:00Z,{(7 * h + m) % 13 + 1}\n" for h in range(24) for m in (0, 30))


def test_a_factor_that_is_open_is_asked_and_the_answer_is_what_numbers_are_multiplied_by() -> None:
    inspection = inspect(f"Time,Value (10 Wh)\n{_ROWS}".encode())
    question = next(q for q in inspection.questions if q.id.startswith("scale:"))
    assert question.text == "What does 1 mean in ‘Value (10 Wh)’?"
    assert question.choices == (("10", "10 Wh"), ("1", "1 Wh"))
    assert inspection.profile is not None
    told = apply_answers(inspection.profile, {question.id: "1"}, inspection.questions)
    assert (told.channels[0].unit, told.channels[0].multiplier) == ("wh", 1.0)
    with pytest.raises(InvalidInput, match="nothing to multiply by"):
        apply_answers(inspection.profile, {question.id: "-2"}, inspection.questions)


def test_whole_numbers_of_months_are_guessed_to_be_kilowatt_hours_and_those_of_seconds_watts() -> None:
    months = profile_of(csv("Month,Town Hall", *(f"2025-{m:02}-01,{4_000 + 731 * m}" for m in range(1, 13))))
    seconds = profile_of(csv("Time (UTC),Kitchen", *(f"2026-06-01 00:00:{s:02},{200 + 7 * s % 90}" for s in range(60))))
    assert [(c.unit, c.how) for c in (*months.channels, *seconds.channels)] == [
        ("kwh", How.GUESSED),
        ("w", How.GUESSED),
    ]


def test_another_programs_delimiter_at_the_end_of_each_row_is_no_part_of_its_last_number() -> None:
    rows = (f"22/01/2026 {h:02}:00;1.{h:03};0.{h:03}," for h in range(24))
    profile = profile_of(csv("Time;Import kWh;Export kWh,", *rows))
    assert [(c.field, c.kind, c.unit, c.direction) for c in profile.channels] == [
        ("import_kwh", Kind.NUMBER, "kwh", "import"),
        ("export_kwh", Kind.NUMBER, "kwh", "export"),
    ]
