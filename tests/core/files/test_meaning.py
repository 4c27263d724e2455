"""What names say, and what physics and size add."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.among import read_among
from fairwatt.core.files.fields import make_fields, make_names
from fairwatt.core.files.meaning import is_identity, read_name
from fairwatt.core.files.phases import group_of, phase_of
from fairwatt.core.files.privacy import is_mpan
from fairwatt.core.files.profile import ChannelRule
from tests.core.files.samples import csv, half_hours, profile_of


@pytest.mark.parametrize(
    ("name", "quantity", "unit", "statistic", "direction"),
    [
        ("demand_MW", "power", "mw", "", ""),
        ("irradiance_Wm-2", "irradiance", "w_per_m2", "", ""),
        ("Outdoor temp (F)", "temperature", "degf", "", ""),
        ("Leistung/kW", "power", "kw", "", ""),
        ("U_L1/V", "voltage", "v", "", ""),
        ("I L1 in A", "current", "a", "", ""),
        ("Import/kWh", "energy", "kwh", "", "import"),
        ("Price/MWh", "price", "", "", ""),
        ("Intensity/kWh", "", "", "", ""),
        ("load (unit:KiloW)", "power", "kw", "", ""),
        ("AI (active import)", "energy", "", "", "import"),
        ("Import kVAh", "apparent_energy", "kvah", "", "import"),
        ("pv_power_mw", "power", "mw", "", ""),
        ("panel_temp_C", "temperature", "degc", "", ""),
        ("energy(kWh/hh)", "energy", "kwh", "sum", ""),
        ("KWH/hh (per half hour)", "energy", "kwh", "sum", ""),
        ("Price (£/MWh)", "price", "gbp_per_mwh", "", ""),
        ("kwh_hh", "energy", "kwh", "sum", ""),
        ("Power, kW", "power", "kw", "", ""),
        ("Voltage L1N Min", "voltage", "", "min", ""),
        ("Peak Voltage L1N Avg", "voltage", "", "mean", ""),
        ("Cos Phi Classic Total Max", "cos_phi", "", "max", ""),
        ("VAR Classic L1N Avg", "reactive_power", "", "mean", ""),
        ("THD A N Max", "harmonic_distortion", "", "max", ""),
        ("Import kWh", "energy", "kwh", "", "import"),
        ("Grid export [kW]", "power", "kw", "", "export"),
        ("total_consumption_active_import", "energy", "wh", "sum", "import"),
        ("State of charge (%)", "state_of_charge", "percent", "", ""),
        ("Wind direction (°)", "wind_direction", "deg", "", ""),
        ("Active energy Wh (A)", "energy", "wh", "", ""),
        ("Voltage V (A)", "voltage", "v", "", ""),
        ("Load (A)", "current", "a", "", ""),
        ("value", "", "", "", ""),
        ("phase_a", "", "", "", ""),
        ("time", "", "", "", ""),
    ],
)
def test_names_are_read(name: str, quantity: str, unit: str, statistic: str, direction: str) -> None:
    meaning = read_name(name)
    assert (meaning.quantity, meaning.unit, meaning.statistic, meaning.direction) == (
        quantity,
        unit,
        statistic,
        direction,
    )


def test_columns_without_names_share_nothing() -> None:
    assert group_of("Column 1") != group_of("Column 3")


def test_channels_of_one_kind_share_a_group() -> None:
    assert group_of("Active Power L1N Min") == group_of("Active Power Total Max") == "active power"
    assert group_of("THD A L1 Min") != group_of("THD V L1N Min")
    assert [phase_of(n) for n in ("Voltage L2N Avg", "Current N Min", "Active Power Total Max", "kW")] == [
        "2",
        "n",
        "total",
        "",
    ]


@given(st.lists(st.text(max_size=80), max_size=30))
def test_fields_are_unique_and_fit_a_table(names: list[str]) -> None:
    fields = make_fields(names)
    assert len(set(fields)) == len(fields) == len(names)
    for field in fields:
        ChannelRule(name="x", column=0, field=field)
    assert not set(fields) & {"start", "series", "end"}


@given(st.lists(st.sampled_from(["kW", "", "kW (2)", "V"]), min_size=1, max_size=12))
def test_names_become_unique(names: list[str]) -> None:
    unique, _ = make_names(names, len(names))
    assert len(set(unique)) == len(names)


@given(st.text(max_size=80))
def test_any_name_may_be_read(name: str) -> None:
    read_name(name)
    group_of(name)


def logger(scale: float) -> list[str]:
    """A three-phase logger's rows: voltage, current, apparent and active power, and their energy, in VA × scale."""
    rng = np.random.default_rng(3)
    rows, total = [], 0.0
    stamps = [row.split(",")[0] for row in half_hours(60, minutes=1)]
    for stamp in stamps:
        volts, amperes = 240 + rng.normal(), 40 + 5 * rng.normal()
        apparent = volts * amperes
        active = 0.95 * apparent
        total += active / 60
        rows.append(
            f"{stamp},{volts:.3f},{amperes:.3f},{apparent * scale:.6f},{active * scale:.6f},{total * scale:.6f}"
        )
    return rows


@pytest.mark.parametrize(("scale", "prefix"), [(1.0, ""), (1e-3, "k")])
def test_units_follow_from_voltage_times_current(scale: float, prefix: str) -> None:
    header = "time,Voltage L1N,Current L1,Apparent Power L1,Active Power L1,Active Energy L1"
    channels = profile_of(csv(header, *logger(scale))).channels
    assert [c.unit for c in channels] == ["v", "a", f"{prefix}va", f"{prefix}w", f"{prefix}wh"]
    assert all(c.how == "inferred" and c.confidence >= 0.85 for c in channels)
    assert channels[3].why.startswith("Voltage times current is about 9,")
    assert channels[4].why == "It grows from row to row by what Active Power L1 adds up to: it is a running total."


def test_a_unit_in_the_file_name_is_a_guess() -> None:
    (channel,) = profile_of(csv("time,value", *half_hours(50)), "geevor_half_hourly_mw.csv").channels
    assert (channel.quantity, channel.unit, channel.how, channel.why) == (
        "power",
        "mw",
        "guessed",
        "The file's name says MW.",
    )


@pytest.mark.parametrize(
    ("name", "cell", "unit", "how"),
    [
        ("Voltage", "241.2", "v", "inferred"),
        ("Voltage", "33.1", "kv", "guessed"),
        ("Frequency", "49.98", "hz", "inferred"),
        ("PF", "0.97", "fraction", "inferred"),
        ("Temp", "12.5", "degc", "inferred"),
        ("Active Power", "8000", "w", "guessed"),
        ("Demand", "2.1", "kw", "guessed"),
    ],
)
def test_size_tells_or_guesses_a_unit(name: str, cell: str, unit: str, how: str) -> None:
    (channel,) = profile_of(csv(f"time,{name}", *half_hours(50, cells=[cell]))).channels
    assert (channel.unit, channel.how) == (unit, how)


def test_decimals_are_kept_as_logged_and_long_ones_as_doubles() -> None:
    rows = half_hours(50, cells=["1.250", "1.5167178466666666", "3", "1e-5"])
    channels = profile_of(csv("time,a_kw,b_kw,c_kw,d_kw", *rows)).channels
    assert [c.decimals for c in channels] == [3, None, 0, None]


def test_a_meter_point_number_has_a_check_digit() -> None:
    assert is_mpan("1012345678903")
    assert not is_mpan("1012345678904")
    assert not is_mpan("1612137600000x")


@pytest.mark.parametrize(
    ("name", "units_row", "expected"),
    [
        ("Current L1 Avg", "A", ("current", "a", "mean")),
        ("Current L1 Max", "A", ("current", "a", "max")),
        ("V L1", "", ("voltage", "", "")),
        ("V L1 L2", "", ("voltage", "", "")),
        ("HH consumption kWh (30 min)", "", ("energy", "kwh", "sum")),
        ("Current Phase 1 Min", "A", ("current", "a", "min")),
        ("Current L1 Min", "", ("current", "", "min")),
        ("Day ahead", "", ("", "", "")),
        ("V_min", "", ("voltage", "", "min")),
        ("P_avg", "", ("power", "", "mean")),
        ("Meter reading", "", ("energy", "", "")),
        ("Gas (MWh/d)", "", ("power", "mwh_per_day", "")),
        ("Gas demand kWh/day", "", ("power", "kwh_per_day", "")),
        ("A Vrms (min)", "", ("voltage", "v", "min")),
        ("Journey time (min)", "", ("duration", "min", "")),
        ("G(h)", "", ("irradiance", "w_per_m2", "")),
        ("import_w", "", ("power", "w", "")),
        ("interval_s", "", ("duration", "s", "")),
        ("IFA_FLOW", "", ("power", "mw", "")),
        ("EMBEDDED_SOLAR_GENERATION", "", ("power", "mw", "")),
        ("a_total_act_energy", "", ("energy", "wh", "sum")),
        ("b_max_aprt_power", "", ("apparent_power", "va", "max")),
        ("PowerReal_PAC_Sum (W)", "", ("power", "w", "")),
        ("energy.import.day", "", ("energy", "", "")),
        ("power.consumption.power", "", ("power", "", "")),
        ("intensity.forecast", "", ("carbon_intensity", "", "")),
        ("Customers", "", ("count", "", "")),
        ("Solar", "", ("", "", "")),
        ("Solar radiation", "", ("irradiance", "", "")),
        ("Home-EV (kWhs)", "", ("energy", "kwh", "")),
    ],
)
def test_a_name_says_what_it_says(name: str, units_row: str, expected: tuple[str, str, str]) -> None:
    found = read_name(name, units_row=units_row)
    assert (found.quantity, found.unit, found.statistic) == expected


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("LCLid", True), ("deviceid", True), ("MPxN", True), ("Inverter SN", True), ("Grid", False), ("Valid", False)],
)
def test_a_name_that_ends_in_id_is_not_always_a_number(name: str, is_one: bool) -> None:
    assert is_identity(name) == is_one


def test_a_factor_before_the_unit_counts_without_brackets_too() -> None:
    found = read_name("Power x1000 W")
    assert (found.quantity, found.unit, found.factor) == ("power", "w", 1000.0)


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("Reactive import (kWh)", "The header says kWh, and speaks of reactive energy."),
        ("Apparent power kW", "The header says kW, and speaks of apparent power."),
        ("Reactive import (kvarh)", ""),
        ("Active import (kWh)", ""),
    ],
)
def test_a_unit_that_is_not_that_of_what_the_name_speaks_of_is_doubted(name: str, doubt: str) -> None:
    assert read_name(name).doubt == doubt


def test_a_day_is_no_unit_by_itself() -> None:
    assert (read_name("Day").unit, read_name("Duration (days)").unit) == ("", "d")


def test_meters_numbered_with_an_m_are_no_areas() -> None:
    assert [read_among(name, ["m1", "m2", "m3"]).unit for name in ("m2", "m3")] == ["", ""]
    assert [read_among(name, ["m2", "m3"]).unit for name in ("m2", "m3")] == ["m2", "m3"]
    assert read_among("m2", ["m1", "m2"], units_row="kWh").unit == "kwh"
