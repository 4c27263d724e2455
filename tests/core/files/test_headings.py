"""Headings as loggers, meters, suppliers and people write them: what each says, and what none of them may say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.phases import phase_of
from fairwatt.core.units import QUANTITIES, UNITS, Unit

# heading | quantity | unit | direction | statistic | factor
_HEADINGS = """
Power (kW) | power | kw | | |
Power [kW] | power | kw | | |
Power {kW} | power | kw | | |
Power, kW | power | kw | | |
Power in kW | power | kw | | |
Power kW | power | kw | | |
power_kw | power | kw | | |
POWER_KW | power | kw | | |
PowerKW | power | kw | | |
ActivePowerkW | power | kw | | |
kW | power | kw | | |
KW | power | kw | | |
Kw | power | kw | | |
kw_total | power | kw | | |
Demand (MW) | power | mw | | |
demand_mw | power | mw | | |
Site Load - kW | power | kw | | |
Active Power (W) | power | w | | |
W | power | w | | |
P (W) | power | w | | |
P_L1 (W) | power | w | | |
P total [kW] | power | kw | | |
Max Demand (kW) | power | kw | | max |
MD kW | power | kw | | max |
Average kW | power | kw | | mean |
kW Avg | power | kw | | mean |
kW Min | power | kw | | min |
kWMax | power | kw | | max |
Mean Power (kW) | power | kw | | mean |
Energy (kWh) | energy | kwh | | |
Energy [kWh] | energy | kwh | | |
kWh | energy | kwh | | |
KWH | energy | kwh | | |
Kwh | energy | kwh | | |
energy_kwh | energy | kwh | | |
kWh/hh | energy | kwh | | sum |
KWH/hh (per half hour) | energy | kwh | | sum |
energy(kWh/hh) | energy | kwh | | sum |
kWh per half hour | energy | kwh | | sum |
HH kWh | energy | kwh | | sum |
Half Hourly kWh | energy | kwh | | sum |
Consumption (kWh) | energy | kwh | import | |
Usage kWh | energy | kwh | import | |
Electricity consumption [MWh] | energy | mwh | import | |
Import kWh | energy | kwh | import | |
Export kWh | energy | kwh | export | |
Imp kWh | energy | kwh | import | |
Exp kWh | energy | kwh | export | |
kWh Import | energy | kwh | import | |
kWh_import_L1 | energy | kwh | import | |
Grid Import (kW) | power | kw | import | |
Grid Export (kW) | power | kw | export | |
grid_export_kw | power | kw | export | |
Feed-in (kWh) | energy | kwh | export | |
Fed in kWh | energy | kwh | export | |
From grid (kW) | power | kw | import | |
To Grid (kW) | power | kw | export | |
A+ (kWh) | energy | kwh | import | |
A- (kWh) | energy | kwh | export | |
+A kWh | energy | kwh | import | |
P+ [kW] | power | kw | import | |
P- [kW] | power | kw | export | |
R+ (kvarh) | reactive_energy | kvarh | import | |
R- (kvarh) | reactive_energy | kvarh | export | |
AI | energy | | import | |
AE | energy | | export | |
RI | reactive_energy | | import | |
RE | reactive_energy | | export | |
AI (kWh) | energy | kwh | import | |
kWh AE | energy | kwh | export | |
RI kvarh | reactive_energy | kvarh | import | |
Active Import kWh | energy | kwh | import | |
Reactive Export kvarh | reactive_energy | kvarh | export | |
Delivered kWh | energy | kwh | import | |
Received kWh | energy | kwh | export | |
Demand MW (x100) | power | mw | | | 100
Demand MW (x100) import | power | mw | import | | 100
Power (kW) (x10) | power | kw | | | 10
Power '000 kW | power | kw | | | 1000
Energy kWh ('000) | energy | kwh | | | 1000
Energy (1000 kWh) | energy | kwh | | | 1000
Power 10^3 kW | power | kw | | | 1000
50Hz inverter kW | power | kw | | |
Feeder 33kV MW | power | mw | | |
2MW battery SOC | state_of_charge | | | |
13.5kWh battery SOC | state_of_charge | | | |
100 kW turbine output | | | | |
5kW PV | | | | |
Meter 1 kWh | energy | kwh | | |
M2 | | | | |
M3 | | | | |
m3 | volume | m3 | | |
Uptime min | duration | min | | |
Meter read | energy | | | |
Voltage (min) | voltage | | | min |
PV (kW) | power | kw | | |
PV Generation (kWh) | energy | kwh | | |
Solar generation (kW) | power | kw | | |
generation_mw | power | mw | | |
Net (kW) | power | kw | net | |
Net import kWh | energy | kwh | net | |
Net export (kW) | power | kw | net | |
Import/Export (kW) | power | kw | net | |
1.8.0 | energy | | import | last |
2.8.0 | energy | | export | last |
3.8.0 | reactive_energy | | import | last |
4.8.0 (kvarh) | reactive_energy | kvarh | export | last |
1-0:1.8.0 | energy | | import | last |
1-0:1.8.0*255 (kWh) | energy | kwh | import | last |
1-1:1.29.0 (kWh) | energy | kwh | import | sum |
1-1:2.29.0 [kWh] | energy | kwh | export | sum |
1.7.0 | power | | import | |
16.7.0 (kW) | power | kw | net | |
1.5.0 | power | | import | mean |
1.6.0 | power | | import | max |
32.7.0 | voltage | | | |
52.7.0 (V) | voltage | v | | |
31.7.0 | current | | | |
14.7.0 | frequency | | | |
7-0:3.8.0 (m3) | volume | m3 | | last |
Apparent Power (kVA) | apparent_power | kva | | |
kVA | apparent_power | kva | | |
S [kVA] | apparent_power | kva | | |
MVA | apparent_power | mva | | |
Reactive Power (kvar) | reactive_power | kvar | | |
Q (kVAr) | reactive_power | kvar | | |
kVAr | reactive_power | kvar | | |
kvarh | reactive_energy | kvarh | | |
kVArh | reactive_energy | kvarh | | |
kVAh | apparent_energy | kvah | | |
Voltage (V) | voltage | v | | |
Voltage L1N Min | voltage | | | min |
Voltage L1N Avg | voltage | | | mean |
Min Voltage (V) | voltage | v | | min |
VoltageL1Max | voltage | | | max |
V | voltage | v | | |
V1 | voltage | | | |
Va | voltage | | | |
VA | apparent_power | va | | |
VL1 | voltage | | | |
U_L1 [V] | voltage | v | | |
Busbar voltage (kV) | voltage | kv | | |
Sensor (mV) | voltage | mv | | |
Current (A) | current | a | | |
I (A) | current | a | | |
I L1 [A] | current | a | | |
I1 | current | | | |
Current L2 Max | current | | | max |
R Phase Current (A) | current | a | | |
Leakage current (mA) | current | ma | | |
Frequency (Hz) | frequency | hz | | |
Freq | frequency | | | |
GridFreqHz | frequency | hz | | |
Power Factor | power_factor | | | |
PF L1 | power_factor | | | |
Cos Phi | cos_phi | | | |
THD V L1N Avg | harmonic_distortion | | | mean |
THD I (%) | harmonic_distortion | percent | | |
Price (£/MWh) | price | gbp_per_mwh | | |
Price £/MWh | price | gbp_per_mwh | | |
Day-ahead price [GBP/MWh] | price | gbp_per_mwh | | |
Unit rate (p/kWh) | price | p_per_kwh | | |
Tariff (pence per kWh) | price | p_per_kwh | | |
Spot (€/MWh) | price | eur_per_mwh | | |
SSP (£/MWh) | price | gbp_per_mwh | | |
Cost (£) | money | gbp | | |
Standing charge (p/day) | daily_charge | p_per_day | | |
Carbon intensity (gCO2/kWh) | carbon_intensity | gco2_per_kwh | | |
gCO2/kWh | carbon_intensity | gco2_per_kwh | | |
Emissions (kgCO2e) | emissions | kgco2 | | |
Irradiance (W/m²) | irradiance | w_per_m2 | | |
Irradiance W/m2 | irradiance | w_per_m2 | | |
GHI (Wm-2) | irradiance | w_per_m2 | | |
POA [W/m^2] | irradiance | w_per_m2 | | |
irradiance_Wm-2 | irradiance | w_per_m2 | | |
Irradiation (kWh/m2) | irradiation | kwh_per_m2 | | |
Temperature (°C) | temperature | degc | | |
Temp (degC) | temperature | degc | | |
Temp deg C | temperature | degc | | |
Outside temp. (deg C) | temperature | degc | | |
panel_temp_C | temperature | degc | | |
Flow Temp ℃ | temperature | degc | | |
Temperature (°F) | temperature | degf | | |
Temperature (K) | temperature | k | | |
Wind speed (m/s) | wind_speed | m_per_s | | |
WindSpeed [mph] | wind_speed | mi_per_h | | |
Wind direction (°) | wind_direction | deg | | |
Pressure (hPa) | pressure | hpa | | |
Humidity (%) | humidity | percent | | |
RH % | humidity | percent | | |
State of charge (%) | state_of_charge | percent | | |
SoC [%] | state_of_charge | percent | | |
Rainfall (mm) | precipitation | mm | | |
Light level (lux) | illuminance | lux | | |
CO2 (ppm) | concentration | ppm | | |
Flow rate (l/min) | volume_flow | l_per_min | | |
Flow (l/s) | volume_flow | l_per_s | | |
Gas (m3) | volume | m3 | | |
Gas volume (m³) | volume | m3 | | |
Heat (GJ) | energy | gj | | |
Heat (MJ) | energy | mj | | |
Gas (therms) | energy | therm | | |
Heat BTU | energy | btu | | |
Pump speed (rpm) | rotation | rpm | | |
Power (x10 kW) | power | kw | | | 10
Load (kW*1000) | power | kw | | | 1000
Energy (Wh x 0.1) | energy | wh | | | 0.1
Energy (kWh) x 10 | energy | kwh | | | 10
Voltage (0.1 V) | voltage | v | | | 0.1
Consumption ('000 kWh) | energy | kwh | import | | 1000
mains_w | power | w | | |
ct1_w | power | w | | |
circuit_3_w | power | w | | |
L1_v | voltage | v | | |
tariff_p_kwh | price | p_per_kwh | | |
gbp_mwh | price | gbp_per_mwh | | |
wind_m_s | wind_speed | m_per_s | | |
ghi_w_m2 | irradiance | w_per_m2 | | |
P1 kWh | energy | kwh | | |
P kWh | energy | kwh | | |
P_kWh | energy | kwh | | |
g kWh | energy | kwh | | |
house_w | power | w | | |
Meter 1 (V) | voltage | v | | |
Channel 2 (A) | current | a | | |
Building (W) | power | w | | |
intensity_gco2 | carbon_intensity | | | |
Price (kWh) | price | | | |
Day rate kWh | energy | kwh | | |
"""
_NOTHING = """
Phase (A) | Feeder (B) | Zone [C] | Site (M) | House (V) | value | Value | reading | x | Column 4 | status | Quality
Flag | phase_a | roof_w | site_w | wing W | Sample 10 min | site id | serial | Comment | Name
Building W | Building V | Flat V | Room 2 V | House W | Tower W
"""
HEADINGS = [tuple((*(part.strip() for part in line.split("|")), "", "")[:6]) for line in _HEADINGS.strip().splitlines()]


@pytest.mark.parametrize(("name", "quantity", "unit", "direction", "statistic", "factor"), HEADINGS)
def test_a_heading_says_what_it_says(  # noqa: PLR0917 - the columns of the table
    name: str, quantity: str, unit: str, direction: str, statistic: str, factor: str
) -> None:
    found = read_name(name)
    assert (found.quantity, found.unit, found.direction, found.statistic, found.factor) == (
        quantity,
        unit,
        direction,
        statistic,
        float(factor or 1),
    )


@pytest.mark.parametrize("name", [name.strip() for line in _NOTHING.strip().splitlines() for name in line.split("|")])
def test_a_heading_that_says_nothing_is_not_read_as_a_unit(name: str) -> None:
    assert (read_name(name).quantity, read_name(name).unit) == ("", "")


@pytest.mark.parametrize(
    ("name", "is_register"),
    [
        ("Cumulative kWh", True),
        ("Meter reading (kWh)", True),
        ("Import register [kWh]", True),
        ("Lifetime energy (MWh)", True),
        ("1.8.0", True),
        ("kWh/hh", False),
        ("Interval kWh", False),
        ("1-1:1.29.0", False),
        ("kWh", None),
        ("Power (kW)", None),
    ],
)
def test_a_heading_may_say_whether_it_is_a_running_total(name: str, is_register: bool | None) -> None:
    assert read_name(name).is_register is is_register


@pytest.mark.parametrize("text", ["mW", "mWh", "mVA", "mVAr"])
def test_milli_or_mega_is_left_open(text: str) -> None:
    found = read_name(f"Load ({text})")
    assert (found.is_two_ways, found.unit) == (True, text.lower().replace("mvar", "mvar"))


def test_phases_are_told_however_they_are_called() -> None:
    names = ["Voltage L1", "Phase 2 current", "Current Phase B", "V3", "Red phase", "Y Current", "Neutral current"]
    assert [phase_of(name) for name in names] == ["1", "2", "2", "3", "1", "2", "n"]


_UNITS = [u for u in UNITS.values() if len(u.symbol) > 1 and u.quantity != "duration"]
_WORDS = ["Site", "Main incomer", "Building 4", "Kitchen", "Channel"]
_BRACKETS = ["{w} ({u})", "{w} [{u}]", "{w} <{u}>"]
_WORDLIKE = {"bar", "mm", "kn", "ah"}  # too like words to be units without brackets


def _fits(quantity: str, unit: str) -> bool:
    known = UNITS[QUANTITIES[quantity].default_unit]
    return UNITS[unit].quantity == quantity or known.dimension == UNITS[unit].dimension


@pytest.mark.parametrize("code", [u.code for u in _UNITS])
def test_a_units_symbol_is_read_from_any_form_of_heading(code: str) -> None:
    forms = _BRACKETS if code in _WORDLIKE else [*_BRACKETS, "{w}, {u}", "{w} in {u}", "{w} {u}", "{u}"]
    for form in forms:
        found = read_name(form.format(w="Site", u=UNITS[code].symbol))
        if code == "milliw":  # or mega: left open
            assert (found.unit, found.is_two_ways) == ("mw", True)
        else:
            assert (form, found.unit) == (form, code)
            assert _fits(found.quantity, found.unit)


@given(st.sampled_from(_WORDS), st.sampled_from(_UNITS), st.sampled_from(_BRACKETS))
def test_a_quantity_always_fits_its_unit(word: str, unit: Unit, form: str) -> None:
    found = read_name(form.format(w=word, u=unit.symbol))
    assert _fits(found.quantity, found.unit)
