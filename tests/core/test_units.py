"""Quantities and units: reading their names, and converting."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import InvalidInput
from fairwatt.core.units import (
    QUANTITIES,
    UNITS,
    convert,
    energy_of_power,
    find_scaled_unit,
    find_unit,
    is_ambiguous,
    power_of_energy,
    units_of,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kW", "kw"),
        ("KWH/hh (per half hour)", "kwh"),
        ("kWh/hh", "kwh"),
        ("kWh per half hour", "kwh"),
        ("(V)", "v"),
        ("[kW]", "kw"),
        ("£/MWh", "gbp_per_mwh"),
        ("GBP per MWh", "gbp_per_mwh"),
        ("pence/kWh", "p_per_kwh"),
        ("W/m²", "w_per_m2"),
        ("Wm-2", "w_per_m2"),
        ("W m-2", "w_per_m2"),
        ("W/m^2", "w_per_m2"),
        ("°C", "degc"),
        ("deg C", "degc"),
        ("degrees Celsius", "degc"),
        ("ºC", "degc"),
        ("mw", "mw"),
        ("MWelec", "mw"),
        ("Mvar", "mvar"),
        ("kvarh", "kvarh"),
        ("gCO2/kWh", "gco2_per_kwh"),
        ("kgCO2/MWh", "gco2_per_kwh"),
        ("%", "percent"),
        ("m/s", "m_per_s"),
        ("kilowatt-hours", "kwh"),
        ("£/kW/h", "gbp_per_kw_per_h"),
        ("KW", "kw"),
        ("Kwh", "kwh"),
        ("kWhr", "kwh"),
        ("kWh/h", "kw"),
        ("kVArh", "kvarh"),
        ("kVAr", "kvar"),
        ("KVA", "kva"),
        ("mV", "mv"),
        ("mA", "ma"),
        ("W/sqm", "w_per_m2"),
        ("lux", "lux"),
        ("lx", "lux"),
        ("ppm", "ppm"),
        ("l/min", "l_per_min"),
        ("l/s", "l_per_s"),
        ("m³", "m3"),
        ("therms", "therm"),
        ("GJ", "gj"),
        ("MJ", "mj"),
        ("BTU", "btu"),
        ("p/therm", "p_per_therm"),
        ("pence per kWh", "p_per_kwh"),
        ("p.kWh-1", "p_per_kwh"),
        ("€/MWh", "eur_per_mwh"),
        ("kgCO2e", "kgco2"),
        ("kWh/15 min", "kwh"),
        ("hPa", "hpa"),
        ("mbar", "hpa"),
        ("rpm", "rpm"),
        ("unit:KiloW-HR", "kwh"),
        ("unit:V", "v"),
        ("http://qudt.org/vocab/unit/W-PER-M2", "w_per_m2"),
        ("KiloV-A_Reactive", "kvar"),
    ],
)
def test_units_are_read_as_people_write_them(text: str, code: str) -> None:
    unit = find_unit(text)
    assert unit is not None
    assert unit.code == code


@pytest.mark.parametrize("text", ["", "  ", "()", "/hh", "value", "mW", "mWh", "x" * 500, "L1N Avg"])
def test_what_is_no_unit_or_could_be_two_is_not_guessed(text: str) -> None:
    assert find_unit(text) is None


@pytest.mark.parametrize(
    ("text", "code", "factor"),
    [
        ("x10 kW", "kw", 10.0),
        ("kW*1000", "kw", 1000.0),
        ("Wh x 0.1", "wh", 0.1),
        ("[0.01 kWh]", "kwh", 0.01),
        ("0.1 V", "v", 0.1),
        ("'000 kWh", "kwh", 1000.0),
        ("kWh (000s)", "kwh", 1000.0),
        ("10^3 kW", "kw", 1000.0),
        ("×10 kW", "kw", 10.0),
        ("kW", "kw", 1.0),
    ],
)
def test_a_factor_beside_the_unit_is_read(text: str, code: str, factor: float) -> None:
    found = find_scaled_unit(text)
    assert found is not None
    assert (found[0].code, found[1]) == (code, factor)


@pytest.mark.parametrize("text", ["10 min", "100 kW", "3 x", "x", "", "30 minutes"])
def test_a_length_of_time_or_a_size_is_no_factor(text: str) -> None:
    assert find_scaled_unit(text) is None


@pytest.mark.parametrize("code", UNITS)
def test_every_unit_is_found_by_its_code_its_symbol_and_its_label(code: str) -> None:
    unit = UNITS[code]
    texts = [t for t in (unit.code, unit.symbol, unit.label) if t and not is_ambiguous(t)]
    assert [find_unit(t) for t in texts] == [unit] * len(texts)


def test_every_quantity_has_a_default_unit_of_its_dimension_first() -> None:
    for quantity in QUANTITIES.values():
        units = units_of(quantity.code)
        assert units[0].code == quantity.default_unit
        assert len({u.dimension for u in units} | {units[0].dimension}) <= 2
    assert units_of("nothing") == ()


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (Decimal("1.5"), "mwh", "kwh", Decimal(1500)),
        (Decimal(20), "degc", "k", Decimal("293.15")),
        (Decimal(5), "percent", "fraction", Decimal("0.05")),
        (Decimal(55), "gbp_per_mwh", "p_per_kwh", Decimal("5.5")),
        (Decimal(1), "kwh", "mj", Decimal("3.6")),
        (Decimal(0), "kw", "mw", Decimal(0)),
    ],
)
def test_decimals_convert_exactly(value: Decimal, source: str, target: str, expected: Decimal) -> None:
    assert convert(value, source, target) == expected


def test_fahrenheit_boils_at_212() -> None:
    assert convert(100.0, "degc", "degf") == pytest.approx(212)


@given(st.sampled_from(sorted(UNITS)), st.data(), st.floats(-1e9, 1e9))
def test_a_value_converted_there_and_back_is_the_same(code: str, data: st.DataObject, value: float) -> None:
    same = sorted(u.code for u in UNITS.values() if u.dimension == UNITS[code].dimension)
    other = data.draw(st.sampled_from(same))
    there = convert(value, code, other)
    assert convert(there, other, code) == pytest.approx(value, rel=1e-9, abs=1e-6)


@given(st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_units_of_different_dimensions_never_convert(source: str, target: str) -> None:
    if UNITS[source].dimension == UNITS[target].dimension:
        convert(1.0, source, target)
        return
    with pytest.raises(InvalidInput, match="measure different things"):
        convert(1.0, source, target)


def test_power_is_no_energy_without_an_interval() -> None:
    with pytest.raises(InvalidInput) as refused:
        convert(1.0, "kw", "kwh")
    assert refused.value.message == "Kilowatt can't be converted to kilowatt-hour: they measure different things."
    assert refused.value.next_step == "Power and energy need an interval: use energy_of_power or power_of_energy."


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(InvalidInput, match="There is no unit 'furlong'") as refused:
        convert(1.0, "furlong", "m")
    assert refused.value.where == {"unit": "furlong"}


def test_energy_is_power_times_hours() -> None:
    assert energy_of_power(Decimal(3), 1800) == Decimal("1.5")
    assert power_of_energy(Decimal("1.5"), 1800) == Decimal(3)
    assert energy_of_power(2.0, 900) == 0.5


@pytest.mark.parametrize("interval_s", [0, -1, float("nan")])
def test_no_interval_has_no_energy(interval_s: float) -> None:
    with pytest.raises(InvalidInput, match="has no energy"):
        energy_of_power(1.0, interval_s)
