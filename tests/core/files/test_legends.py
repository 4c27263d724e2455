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
    lines = [*above, "time (UTC),P,G(i),T2m", *rows("650.5", "710.2", "15.3"), *below]
    found = inspect_file(FileSample.of("\n".join(lines).encode()), name="model.csv")
    assert found.profile is not None
    assert {c.name: c.unit for c in found.profile.channels} == {"P": "w", "G(i)": "w_per_m2", "T2m": "degc"}
    assert [question.id for question in found.questions] == []


def test_two_different_units_beside_a_table_are_no_answer() -> None:
    lines = ["# load in kW, losses in MW", "# load in MW", "time (UTC),load", *rows("650.5")]
    found = inspect_file(FileSample.of("\n".join(lines).encode()), name="load.csv")
    assert "unit:load" in [question.id for question in found.questions]
