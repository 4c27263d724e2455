"""Scales and units that a file tells beside its table, or in a column of their own: asked about, never dropped."""

from __future__ import annotations

import pytest

from fairwatt.core.files import FileSample, ImportProfile, Inspection, Question, apply_answers, inspect_file
from fairwatt.core.files.disputing import find_disputes
from fairwatt.core.files.fitting import fit_profile
from fairwatt.core.files.said_scales import find_said_scale
from tests.core.files.samples import csv, half_hours, inspect


def _below(line: str, head: str = "Import kWh", cells: tuple[str, ...] = ("1.732",)) -> Inspection:
    return inspect(csv("Site,Depot", line, "", f"Time (UTC),{head}", *half_hours(60, cells=list(cells))))


def _asked(found: Inspection) -> dict[str, Question]:
    assert found.profile is not None, found.findings
    return {one.id: one for one in found.questions if one.id.startswith("scale")}


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        ("Multiplier,10", ["1", "10"]),
        ("Meter multiplier: x10", ["1", "10"]),
        ("CT ratio,200/5", ["1", "40"]),
        ("Scale factor,0.1", ["1", "0.1"]),
        ("Pulse value,0.1 kWh", ["1", "0.1"]),
        ("All values in thousands", ["1000", "1"]),
        ("Values x1000", ["1000", "1"]),
        ("Units: '000 kWh", ["1000", "1"]),
        ("Multiply readings by 40", ["40", "1"]),
        ("Divide values by 10", ["0.1", "1"]),
        ("kWh values multiplied by 100", ["0.01", "1", "100"]),
    ],
)
def test_a_scale_in_a_line_beside_the_table_is_asked_about(line: str, choices: list[str]) -> None:
    question = _asked(_below(line))["scale:import_kwh"]
    assert [value for value, _ in question.choices] == choices
    assert question.guess == choices[0]
    assert question.why.startswith("A line beside the table says ‘")


@pytest.mark.parametrize(
    "line",
    ["Multiplier,1", "Power factor: 0.95", "Scale 1:1", "Load factor,0.4", "Emission factor: 0.207 kgCO2/kWh", "Values",
     "Meter multiplier", "Correction factor,1.02264", "Conversion factor: 3.6", "Number of meters: 10"],
)  # fmt: skip
def test_lines_that_say_another_thing_ask_nothing(line: str) -> None:
    assert _asked(_below(line)) == {}


def test_the_answer_multiplies_what_meters_count_and_nothing_else() -> None:
    found = _below("CT ratio,200/5", "P (kW),I (A),U (V),T (°C)", ("1.5", "2.5", "230.1", "19.5"))
    assert found.profile is not None
    assert list(_asked(found)) == ["scale"]
    settled = apply_answers(found.profile, {"scale": "40"}, found.questions)
    assert [c.multiplier for c in settled.channels] == [40.0, 40.0, 1.0, 1.0]
    assert apply_answers(found.profile, {"scale": "1"}, found.questions).channels == found.profile.channels


def test_a_column_of_one_factor_is_asked_about_once() -> None:
    found = inspect(csv("Time (UTC),kWh,Multiplier", *half_hours(60, cells=["1.732", "10"])))
    question = _asked(found)["scale:kwh"]
    assert [value for value, _ in question.choices] == ["1", "10"]
    assert not [one.id for one in found.questions if one.id.startswith("unit")]


def test_factors_that_change_from_row_to_row_leave_no_answer_but_that_they_are_multiplied_already() -> None:
    rows = [f"{row},{10 if n % 2 else 1}" for n, row in enumerate(half_hours(60))]
    question = _asked(inspect(csv("Time (UTC),kWh,Factor", *rows)))["scale:kwh"]
    assert [value for value, _ in question.choices] == ["1"]
    assert "changes from row to row" in question.why


def test_a_unit_of_all_that_a_head_denies_is_asked_about() -> None:
    found = _below("All figures in MWh")
    question = next(one for one in found.questions if one.id == "unit:import_kwh")
    assert (question.guess, question.why) == ("kwh", "The header says kWh. But a line beside the table says MWh.")
    assert {"kwh", "mwh"} <= {value for value, _ in question.choices}
    assert not [one.id for one in _below("All figures in kWh").questions if one.id.startswith("unit")]


def test_no_scale_is_found_where_nothing_is_divided_by() -> None:
    assert find_said_scale(["CT ratio: 200/0", "Divide values by 0", "Multiplier: 0"]) is None


def _file(line: str) -> Inspection:
    rows = [f"2021-06-{1 + n // 48:02d} {n // 2 % 24:02d}:{n % 2 * 30:02d},{n % 7}.25" for n in range(96)]
    text = "\n".join([*([line, ""] if line else []), "Time (UTC),Import kWh", *rows, ""])
    return inspect_file(FileSample.of(text.encode()), name="meter.csv")


def _saved(line: str) -> ImportProfile:
    first = _file(line)
    assert first.profile is not None
    guesses = {one.id: one.guess for one in first.questions}
    return apply_answers(first.profile, {**guesses, **({"scale:import_kwh": "10"} if line else {})})


@pytest.mark.parametrize(
    ("first", "following", "why"),
    [
        ("Multiplier,10", "Multiplier,10", ""),
        ("Multiplier,10", "", ""),
        ("Multiplier,10", "Multiplier,40", "But the saved profile says ‘Multiplier 10’."),
        ("", "Multiplier,10", "But the saved profile says nothing of it."),
    ],
)
def test_a_saved_profile_is_asked_about_where_the_next_file_says_another_scale(
    first: str, following: str, why: str
) -> None:
    profile = _saved(first)
    disputes = {one.id: one.why for one in find_disputes(profile, _file(following))}
    assert list(disputes) == (["scale:import_kwh"] if why else [])
    assert all(said.endswith(why) for said in disputes.values())
    assert fit_profile(profile, _file(following), name="next.csv").channels[0].multiplier == (10.0 if first else 1.0)


def test_a_profile_without_a_scale_keeps_the_digest_it_had() -> None:
    profile = _saved("")
    without = profile.model_dump(exclude={"scale_said"})
    assert ImportProfile.model_validate(without).digest == profile.digest
    assert profile.digest != _saved("Multiplier,10").digest
