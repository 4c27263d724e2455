"""Units that lines beside a table tell."""

from __future__ import annotations

import pytest

from fairwatt.core.files import FileSample, inspect_file

TIMES = [f"2022-06-0{1 + n // 24} {n % 24:02}:00" for n in range(96)]


def rows(*values: str) -> list[str]:
    return [",".join([time, *values]) for time in TIMES]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ([], ["", "P: PV system power (W)", "G(i): Global irradiance on the plane of the array (W/m2)",
              "T2m: 2-m air temperature (degree Celsius)"]),
        (["# Units: time in UTC, P in W, G(i) in W/m2, T2m in deg C"], []),
        (["long_name,P,output of the system,W", "long_name,G(i),irradiance,W/m2", "long_name,T2m,temperature,degC",
          "data"], ["end data"]),
    ],
    ids=["a legend below", "a line above", "the lines of a data centre"],
)  # fmt: skip
def test_units_beside_the_table_are_those_of_its_columns(above: list[str], below: list[str]) -> None:
    lines = [*above, "start time (UTC),P,G(i),T2m", *rows("650.5", "710.2", "15.3"), *below]
    found = inspect_file(FileSample.of("\n".join(lines).encode()), name="model.csv")
    assert found.profile is not None
    assert {c.name: c.unit for c in found.profile.channels} == {"P": "w", "G(i)": "w_per_m2", "T2m": "degc"}
    assert [question.id for question in found.questions] == []


def test_two_different_units_beside_a_table_are_no_answer() -> None:
    lines = ["# load in kW, losses in MW", "# load in MW", "time (UTC),load", *rows("650.5")]
    found = inspect_file(FileSample.of("\n".join(lines).encode()), name="load.csv")
    assert "unit:load" in [question.id for question in found.questions]


YEARS = [f"{year},{100_000 - 3_000 * n if n < 9 else '-'},{'..' if n < 4 else 7 * n % 9 + 1}"
         for n, year in enumerate(range(2008, 2020))]  # fmt: skip


@pytest.mark.parametrize("said", ["Units: GWh", "GWh,,", "All figures are in GWh", "Unit of measure = GWh"])
def test_one_unit_for_the_whole_table_is_that_of_its_bare_numbers(said: str) -> None:
    lines = ["Electricity supplied", said, "", "Year,Coal,Tidal", *YEARS]
    found = inspect_file(FileSample.of("\n".join(lines).encode()), name="supply.csv")
    assert found.profile is not None
    assert {c.name: (c.quantity, c.unit) for c in found.profile.channels} == dict.fromkeys(
        ("Coal", "Tidal"), ("energy", "gwh")
    )
    assert [question.id for question in found.questions if question.id.startswith("unit")] == []


@pytest.mark.parametrize("said", ["- means nil", "Note: “-” denotes nil or less than half the last digit", "- = nil"])
def test_a_mark_that_means_nought_by_the_tables_own_legend_is_told_of(said: str) -> None:
    lines = ["Electricity supplied, GWh", said, "Year,Coal (GWh),Tidal (GWh)", *YEARS]
    found = inspect_file(FileSample.of("\n".join(lines).encode()), name="supply.csv")
    told = [finding for finding in found.findings if finding.code == "marks-for-nought"]
    assert [(one.count, "‘-’ means nil" in one.message) for one in told] == [(3, True)]


def test_a_mark_whose_legend_says_nothing_of_nought_is_plainly_missing() -> None:
    lines = ["- means not available", "Year,Coal (GWh),Tidal (GWh)", *YEARS]
    found = inspect_file(FileSample.of("\n".join(lines).encode()), name="supply.csv")
    assert "marks-for-nought" not in {finding.code for finding in found.findings}
