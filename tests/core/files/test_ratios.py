"""Units that are only part of a ratio are not the unit of what is measured."""

from __future__ import annotations

import pytest

from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.ratios import without_ratios


@pytest.mark.parametrize(
    "name",
    ["Reading (kWh per HDD)", "Use kWh per degree day", "Reading (kN)", "Tariff p/kWh/h", "x (£/MWh/h)", "x (m3/kWh)",
     "Range (mi/kWh)", "Loss (kWh/K)", "x (£/kW)", "Ramp (kW/s)", "Ramp (MW/min)", "x (kWh/HDD)"],
)  # fmt: skip
def test_what_is_measured_per_something_is_in_none_of_the_ratios_units(name: str) -> None:
    found = read_name(name)
    assert (found.unit, found.statistic, found.quantity in {"energy", "power"}) == ("", "", False)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Grid import (kWh/hh)", "kwh"),
        ("Import kWh per half hour", "kwh"),
        ("x (kWh per 30 minutes)", "kwh"),
        ("Use (kWh per day)", "kwh_per_day"),
        ("ssrd (J m**-2)", "j_per_m2"),
        ("GHI (W m**-2)", "w_per_m2"),
        ("Wind (kn)", "kn"),
        ("Cost (£ per kWh)", "gbp_per_kwh"),
        ("Import/Export kWh", "kwh"),
        ("Power L1/L2 (W)", "w"),
        ("Flow (m3/h)", "m3_per_h"),
        ("Grid (kW import)", "kw"),
    ],
)
def test_units_of_intervals_and_known_ratios_stay(name: str, unit: str) -> None:
    assert read_name(name).unit == unit


@pytest.mark.parametrize("name", ["In/Out energy", "Import/Export", "Active and reactive", "Load per house"])
def test_words_with_a_stroke_are_no_ratios(name: str) -> None:
    assert without_ratios(name) == name
