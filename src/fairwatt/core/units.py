"""Quantities and units of energy data: the registries, reading a unit's name, and converting.

Power and energy are different quantities and never converted into each other without an interval. Units are
converted within one dimension only; money of one currency is not another's. Kinds of quantity and unit
addresses follow QUDT (https://qudt.org); a unit QUDT doesn't have carries an empty address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from fairwatt.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a channel measures. ``qudt_kind`` is the address of QUDT's quantity kind, or ""."""

    code: str
    label: str
    default_unit: str
    qudt_kind: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure.

    A value ``x`` in this unit is ``x * to_base + offset`` in the base unit of its ``dimension``; only units of
    one dimension can be converted into each other.
    """

    code: str
    label: str
    symbol: str
    quantity: str
    to_base: Decimal = Decimal(1)
    qudt_uri: str = ""
    dimension: str = ""
    offset: Decimal = Decimal(0)
    names: tuple[str, ...] = ()  # other spellings


_KIND = "http://qudt.org/vocab/quantitykind/"
_UNIT = "http://qudt.org/vocab/unit/"


def _quantity(code: str, label: str, unit: str, kind: str = "") -> Quantity:
    return Quantity(code, label, unit, _KIND + kind if kind else "")


QUANTITIES: dict[str, Quantity] = {
    q.code: q
    for q in (
        _quantity("power", "Active power", "kw", "ActivePower"),
        _quantity("reactive_power", "Reactive power", "kvar", "ReactivePower"),
        _quantity("apparent_power", "Apparent power", "kva", "ApparentPower"),
        _quantity("distortion_power", "Distortion power", "kvar"),
        _quantity("energy", "Energy", "kwh", "Energy"),
        _quantity("reactive_energy", "Reactive energy", "kvarh"),
        _quantity("apparent_energy", "Apparent energy", "kvah"),
        _quantity("voltage", "Voltage", "v", "Voltage"),
        _quantity("current", "Current", "a", "ElectricCurrent"),
        _quantity("charge", "Electric charge", "ah", "ElectricCharge"),
        _quantity("frequency", "Frequency", "hz", "Frequency"),
        _quantity("power_factor", "Power factor", "fraction", "PowerFactor"),
        _quantity("cos_phi", "Displacement power factor (cos φ)", "fraction", "PowerFactor"),
        _quantity("harmonic_distortion", "Total harmonic distortion", "percent", "TotalHarmonicDistortion"),
        _quantity("harmonic_distortion_current", "Harmonic current", "a"),
        _quantity("phase_angle", "Phase angle", "deg", "Phase"),
        _quantity("temperature", "Temperature", "degc", "Temperature"),
        _quantity("irradiance", "Irradiance", "w_per_m2", "Irradiance"),
        _quantity("irradiation", "Irradiation", "kwh_per_m2", "RadiantExposure"),
        _quantity("wind_speed", "Wind speed", "m_per_s", "WindSpeed"),
        _quantity("wind_direction", "Wind direction", "deg", "Angle"),
        _quantity("humidity", "Relative humidity", "percent", "RelativeHumidity"),
        _quantity("pressure", "Pressure", "hpa", "Pressure"),
        _quantity("precipitation", "Precipitation", "mm", "LengthPercipitation"),
        _quantity("length", "Length", "m", "Length"),
        _quantity("area", "Area", "m2", "Area"),
        _quantity("volume", "Volume", "m3", "Volume"),
        _quantity("volume_flow", "Volume flow", "m3_per_h", "VolumeFlowRate"),
        _quantity("mass", "Mass", "kg", "Mass"),
        _quantity("illuminance", "Illuminance", "lux", "Illuminance"),
        _quantity("concentration", "Concentration", "ppm", "DimensionlessRatio"),
        _quantity("rotation", "Rotational speed", "rpm", "RotationalVelocity"),
        _quantity("apparent_power_price", "Price of capacity (kVA)", "p_per_kva_per_day"),
        _quantity("daily_charge", "Standing charge", "p_per_day"),
        _quantity("calorific_value", "Calorific value", "mj_per_m3"),
        _quantity("emissions", "Greenhouse gas emissions", "kgco2"),
        _quantity("carbon_intensity", "Carbon intensity", "gco2_per_kwh"),
        _quantity("price", "Price of energy", "gbp_per_mwh"),
        _quantity("capacity_price", "Price of capacity", "gbp_per_kw_per_h"),
        _quantity("money", "Money", "gbp", "Currency"),
        _quantity("state_of_charge", "State of charge", "percent", "StateOfCharge"),
        _quantity("fraction", "Share", "fraction", "DimensionlessRatio"),
        _quantity("count", "Number", "one", "Count"),
        _quantity("duration", "Duration", "s", "Time"),
    )
}


# code | label | symbol | quantity | factor to the base unit | QUDT | other spellings | dimension | offset
_TABLE = """
w | watt | W | power | 1 | W | wp we wth
kw | kilowatt | kW | power | 1e3 | KiloW | kwatt kwatts kwe kwp kwth kwt kwh/h kwh/hr
mw | megawatt | MW | power | 1e6 | MegaW | mwe mwelec mwp mwth mwt mwh/h mwh/hr
milliw | milliwatt | mW | power | 0.001 | MilliW
gw | gigawatt | GW | power | 1e9 | GigaW
kwh_per_day | kilowatt-hour per day | kWh/d | power | 41.6666666666666666667 |  | kwh/day
mwh_per_day | megawatt-hour per day | MWh/d | power | 41666.6666666666666667 |  | mwh/day
gwh_per_day | gigawatt-hour per day | GWh/d | power | 41666666.6666666666667 |  | gwh/day
var | volt-ampere reactive | var | reactive_power | 1 | V-A_Reactive | vars
kvar | kilovolt-ampere reactive | kvar | reactive_power | 1e3 | KiloV-A_Reactive | kvars kvar(r)
mvar | megavolt-ampere reactive | Mvar | reactive_power | 1e6 | MegaV-A_Reactive | mvars mvar(r)
gvar | gigavolt-ampere reactive | Gvar | reactive_power | 1e9 |  | gvars
va | volt-ampere | VA | apparent_power | 1 | V-A
kva | kilovolt-ampere | kVA | apparent_power | 1e3 | KiloV-A
mva | megavolt-ampere | MVA | apparent_power | 1e6 | MegaV-A
j | joule | J | energy | 1 | J
kj | kilojoule | kJ | energy | 1e3 | KiloJ
mj | megajoule | MJ | energy | 1e6 | MegaJ
gj | gigajoule | GJ | energy | 1e9 | GigaJ
tj | terajoule | TJ | energy | 1e12 | TeraJ
ws | watt-second | Ws | energy | 1 | W-SEC | watt.s
kws | kilowatt-second | kWs | energy | 1e3 |  | kwsec
therm | therm | thm | energy | 105505585.257348 | THERM_EC | therms
btu | British thermal unit | Btu | energy | 1055.05585262 | BTU_IT | btus
kbtu | thousand Btu | kBtu | energy | 1055055.85262 | KiloBTU_IT | kbtus mbh
mmbtu | million Btu | MMBtu | energy | 1055055852.62 | MegaBTU_IT | mmbtus
twh | terawatt-hour | TWh | energy | 3.6e15 | TeraW-HR | terawatthour terawatthours
wh | watt-hour | Wh | energy | 3600 | W-HR | watthour watthours w.h w-h whr whrs
kwh | kilowatt-hour | kWh | energy | 3.6e6 | KiloW-HR | kilowatthour kilowatthours kw.h kw-h kwhs kwhr kwhrs
mwh | megawatt-hour | MWh | energy | 3.6e9 | MegaW-HR | megawatthour megawatthours mw.h mw-h mwhr mwhrs
gwh | gigawatt-hour | GWh | energy | 3.6e12 | GigaW-HR | gigawatthour gigawatthours
varh | var-hour | varh | reactive_energy | 1 | V-A_Reactive-HR | varhr varhrs
kvarh | kilovar-hour | kvarh | reactive_energy | 1e3 | KiloV-A_Reactive-HR | kvarhr kvarhrs kvar(h) kvah(r) kvahr
mvarh | megavar-hour | Mvarh | reactive_energy | 1e6 | MegaV-A_Reactive-HR
vah | volt-ampere-hour | VAh | apparent_energy | 1 | V-A-HR
kvah | kilovolt-ampere-hour | kVAh | apparent_energy | 1e3 | KiloV-A-HR
mvah | megavolt-ampere-hour | MVAh | apparent_energy | 1e6 | MegaV-A-HR
v | volt | V | voltage | 1 | V | vac vdc vrms v(rms) v.rms
mv | millivolt | mV | voltage | 0.001 | MilliV
kv | kilovolt | kV | voltage | 1e3 | KiloV | kvac kvdc kvrms
a | ampere | A | current | 1 | A | amp amps aac adc arms a(rms) a.rms
ka | kiloampere | kA | current | 1e3 | KiloA | kiloamp kiloamps
ma | milliampere | mA | current | 0.001 | MilliA | milliamp milliamps
ua | microampere | µA | current | 0.000001 | MicroA | microamp microamps
kah | kiloampere-hour | kAh | charge | 1e3 | KiloA-HR
mah | milliampere-hour | mAh | charge | 0.001 | MilliA-HR
ah | ampere-hour | Ah | charge | 1 | A-HR
hz | hertz | Hz | frequency | 1 | HZ | cps
mhz | millihertz | mHz | frequency | 0.001 | MilliHZ
rpm | revolution per minute | rpm | rotation | 1 | REV-PER-MIN | r/min rev/min
degc | degree Celsius | °C | temperature | 1 | DEG_C | ℃ c deg.c |  | 273.15
degf | degree Fahrenheit | °F | temperature | 0.55555555555555555556 | DEG_F | ℉ deg.f |  | 255.372222222222222222
k | kelvin | K | temperature | 1 | K
w_per_m2 | watt per square metre | W/m² | irradiance | 1 | W-PER-M2 | wm-2 w.m-2 w*m-2 watt/m2 watts/m2 wm2 w/sqm
kw_per_m2 | kilowatt per square metre | kW/m² | irradiance | 1e3 | KiloW-PER-M2 | kwm-2 kwm2 kw/sqm
wh_per_m2 | watt-hour per square metre | Wh/m² | irradiation | 1 | W-HR-PER-M2 | whm-2 whm2
j_per_m2 | joule per square metre | J/m² | irradiation | 0.000277777777777777778 | J-PER-M2 | jm-2
kj_per_m2 | kilojoule per square metre | kJ/m² | irradiation | 0.277777777777777778 | KiloJ-PER-M2 | kjm-2
mj_per_m2 | megajoule per square metre | MJ/m² | irradiation | 277.777777777777778 | MegaJ-PER-M2 | mjm-2
kwh_per_m2 | kilowatt-hour per square metre | kWh/m² | irradiation | 1e3 | KiloW-HR-PER-M2 | kwhm-2 kwhm2
m_per_s | metre per second | m/s | wind_speed | 1 | M-PER-SEC | ms-1 m.s-1 mps m/sec
km_per_h | kilometre per hour | km/h | wind_speed | 0.2777777777777777777777778 | KiloM-PER-HR | kmh kph kmh-1 km/hr
mi_per_h | mile per hour | mph | wind_speed | 0.44704 | MI-PER-HR
kn | knot | kn | wind_speed | 0.5144444444444444444444444 | KN | kt kts
deg | degree | ° | wind_direction | 1 | DEG | degs | angle
pa | pascal | Pa | pressure | 1 | PA
hpa | hectopascal | hPa | pressure | 1e2 | HectoPA | mbar millibar millibars mb
kpa | kilopascal | kPa | pressure | 1e3 | KiloPA
bar | bar | bar | pressure | 1e5 | BAR | bars barg bara
psi | pound per square inch | psi | pressure | 6894.757293168361 | PSI
mm | millimetre | mm | precipitation | 0.001 | MilliM | millimeter | length
m | metre | m | length | 1 | M
km | kilometre | km | length | 1e3 | KiloM
m2 | square metre | m² | area | 1 | M2 | sqm
l | litre | l | volume | 0.001 | L | liter liters ltr ltrs
m3 | cubic metre | m³ | volume | 1 | M3 | cum cu.m cu_m cbm nm3 sm3
ft3 | cubic foot | ft³ | volume | 0.028316846592 | FT3 | cu.ft cuft cu_ft
hcf | hundred cubic feet | hcf | volume | 2.8316846592 |  | ccf
m3_per_h | cubic metre per hour | m³/h | volume_flow | 1 | M3-PER-HR | m3h-1 m3/hr cmh
m3_per_s | cubic metre per second | m³/s | volume_flow | 3600 | M3-PER-SEC | m3s-1 m3/sec cumecs cumec
l_per_min | litre per minute | l/min | volume_flow | 0.06 | L-PER-MIN | lpm
l_per_s | litre per second | l/s | volume_flow | 3.6 | L-PER-SEC | lps l/sec
l_per_h | litre per hour | l/h | volume_flow | 0.001 | L-PER-HR | l/hr lph
kg | kilogram | kg | mass | 1 | KiloGM | kgs kilogramme kilogrammes
g | gram | g | mass | 0.001 | GM
t | tonne | t | mass | 1e3 | TONNE | tonnes
lux | lux | lx | illuminance | 1 | LUX
klux | kilolux | klx | illuminance | 1e3
ppm | part per million | ppm | concentration | 1 | PPM | ppmv
ppb | part per billion | ppb | concentration | 0.001 | PPB | ppbv
mj_per_m3 | megajoule per cubic metre | MJ/m³ | calorific_value | 1 | MegaJ-PER-M3 | mjm-3
gco2 | gram CO₂e | gCO₂e | emissions | 0.001 |  | gco2eq gco2 gco2-e
kgco2 | kilogram CO₂e | kgCO₂e | emissions | 1 |  | kgco2eq kgco2 kgco2-e
tco2 | tonne CO₂e | tCO₂e | emissions | 1e3 |  | tco2eq tco2 tco2-e
gco2_per_kwh | gram CO₂e per kWh | gCO₂e/kWh | carbon_intensity | 1 |  | gco2/kwh gco2eq/kwh g/kwh kgco2/mwh kgco2e/mwh
kgco2_per_kwh | kilogram CO₂e per kWh | kgCO₂e/kWh | carbon_intensity | 1e3 |  | kgco2/kwh tco2/mwh tco2e/mwh kg/kwh
gbp_per_mwh | pound per megawatt-hour | £/MWh | price | 1 |  | poundspermwh pounds/mwh £mwh-1 | gbp_per_energy
gbp_per_kwh | pound per kilowatt-hour | £/kWh | price | 1e3 |  | pounds/kwh £kwh-1 | gbp_per_energy
p_per_kwh | penny per kilowatt-hour | p/kWh | price | 10 |  | pence/kwh gbx/kwh p.kwh-1 pkwh-1 | gbp_per_energy
p_per_therm | penny per therm | p/therm | price | 0.341214163314 |  | pence/therm p/thm | gbp_per_energy
eur_per_mwh | euro per megawatt-hour | €/MWh | price | 1 |  | euro/mwh euros/mwh | eur_per_energy
eur_per_kwh | euro per kilowatt-hour | €/kWh | price | 1e3 |  | euro/kwh euros/kwh | eur_per_energy
ct_per_kwh | euro cent per kilowatt-hour | ct/kWh | price | 10 |  | eurocent/kwh | eur_per_energy
gbp_per_kw_per_h | pound per kW and hour | £/kW/h | capacity_price | 1 |  | gbp/kw/h £/kw/hr gbp/kw/hr | gbp_per_kw
gbp_per_mw_per_h | pound per MW and hour | £/MW/h | capacity_price | 0.001 |  | gbp/mw/h £/mw/hr gbp/mw/hr | gbp_per_kw
p_per_kva_per_day | penny per kVA and day | p/kVA/day | apparent_power_price | 1 |  | pence/kva/day
p_per_day | penny per day | p/day | daily_charge | 0.01 |  | pence/day p/d | gbp_per_time
gbp_per_day | pound per day | £/day | daily_charge | 1 |  | pounds/day £/d | gbp_per_time
gbp | pound sterling | £ | money | 1 | CCY_GBP | pounds gbp£ | gbp
p | penny | p | money | 0.01 |  | pence gbx | gbp
eur | euro | € | money | 1 | CCY_EUR |  | eur
fraction | share of one |  | fraction | 1 | UNITLESS | p.u. pu perunit 0-1
percent | per cent | % | fraction | 0.01 | PERCENT | pct percentage %rh rh% %soc %age %vol prozent
one | number |  | count | 1 | UNITLESS | # count no.
ms | millisecond | ms | duration | 0.001 | MilliSEC | msec millisec
s | second | s | duration | 1 | SEC | sec secs
min | minute | min | duration | 60 | MIN | mins
h | hour | h | duration | 3600 | HR | hr hrs
d | day | d | duration | 86400 | DAY
"""


def _units(table: str) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for line in table.strip().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        code, label, symbol, quantity, factor, uri, names, dimension, offset = cells + [""] * (9 - len(cells))
        found[code] = Unit(
            code=code,
            label=label,
            symbol=symbol,
            quantity=quantity,
            to_base=Decimal(factor),
            qudt_uri=_UNIT + uri if uri else "",
            dimension=dimension or quantity,
            offset=Decimal(offset or "0"),
            names=tuple(names.split()),
        )
    return found


UNITS: dict[str, Unit] = _units(_TABLE)

# Spellings that mean two things, a million or a thousand apart: a person must say which.
_AMBIGUOUS = frozenset({"mW", "mWh", "mVA", "mVar", "mVAr", "mVAR", "mVARh", "mVArh", "mVAh", "mJ", "mWp", "mWe"})
_NO_UNITS = frozenset({"kN"})  # kilonewtons, no knots
_LONGEST_NAME = 60

_PER = re.compile(r"(?<=[a-z0-9£€])per(?=[a-z])")
_DEGREES = re.compile(r"degrees?|°(?=[cf])")
_HALF_HOUR = r"hh|½\s*h|half[\s-]?hour(?:ly)?"
_PER_INTERVAL = re.compile(
    rf"\(?\s*(?:/|per)\s*(?:{_HALF_HOUR}|settlement period|sp|interval|\d+\s*min(?:ute)?s?)\s*\)?", re.IGNORECASE
)
_SIGNS = str.maketrans("²³₂−–⁻¹º·", "232---1°.", "^_ \u00a0")


def _folded(text: str) -> str:
    plain = _DEGREES.sub("deg", text.replace("**", "^").translate(_SIGNS).casefold())
    return _PER.sub("/", plain.replace("celsius", "c").replace("fahrenheit", "f"))


# Spellings of electricity and heat, of hours apart, and of what is said rather than written.
_FURTHER = {
    "wh": "watt-hr watt-hrs watthrs",
    "kwh": "kwhe kwhel kwhth kwht kwhelec kwatthour kwatthours kwatthr kwatthrs kilowatthrs kw-hr kw-hrs",
    "mwh": "mwhe mwhel mwhth mwht mwhelec mwatthour mwatthours megawatthrs mw-hr mw-hrs",
    "gwh": "gwhe gwhel gwhth gwht gwhelec gw-h",
    "varh": "var-h var.h var-hr",
    "kvarh": "kvar-h kvar.h kvar-hr",
    "mvarh": "mvar-h mvar.h mvarhr mvarhrs mvar-hr",
    "kvah": "kva-h kva.h kvahrs kva-hr",
    "va": "voltamp voltamps volt-amp volt-amps volt-amperes",
    "kva": "kilovoltamp kilovoltamps kilovolt-amps",
    "p_per_kwh": "ppkwh",
}


def _spellings() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit in UNITS.values():
        for name in (
            unit.code,
            unit.symbol,
            unit.label,
            f"{unit.label}s",
            *unit.names,
            *_FURTHER.get(unit.code, "").split(),
        ):
            if name:
                found.setdefault(_folded(name), unit)
    found[_folded("mHz")] = UNITS["mhz"]
    return found


_SPELLINGS = _spellings()


_QUDT = {unit.qudt_uri.removeprefix(_UNIT).casefold(): unit for unit in UNITS.values() if unit.qudt_uri}


def _find_qudt(text: str) -> Unit | None:
    """A unit by its code of QUDT: as an address, ``unit:V``, or alone where it is longer than a letter."""
    code = text.removeprefix(_UNIT).removeprefix("unit:").removeprefix("qudt:")
    return _QUDT.get(code.casefold()) if len(code) > 1 or code != text else None


def find_unit(text: str) -> Unit | None:
    """Read a unit as people write it: ``kW``, ``KWH/hh (per half hour)``, ``£/MWh``, ``Wm-2``, ``°C``, QUDT's codes.

    Parameters
    ----------
    text
        The unit alone, brackets allowed; blanks, case and the way powers are written don't matter.

    Returns
    -------
    Unit | None
        None where no unit is meant, or where two could be (``mW``: milli or mega).

    Examples
    --------
    >>> find_unit("(kWh/hh)").code
    'kwh'
    >>> find_unit("mW") is None
    True
    """
    bare = _PER_INTERVAL.sub("", _PER_INTERVAL.sub("", text.strip())).strip().strip("()[]{}").strip()
    if not bare or bare in _AMBIGUOUS | _NO_UNITS or len(bare) > _LONGEST_NAME:
        return None
    return _SPELLINGS.get(_folded(bare)) or _find_qudt(bare)


# A factor before or after a unit: "x10 kW", "kW*1000", "Wh x 0.1", "[0.01 kWh]", "'000 kWh", "10^3 kW".
_FACTOR = r"(?P<{0}>\d+(?:\.\d+)?(?:e[+-]?\d+)?|10\^[+-]?\d+)"
_TIMES = r"(?:x|×|\*)"
_THOUSANDS = r"(?P<d>['’]?000s?|thousands?)"
_BEFORE = re.compile(
    rf"(?:{_TIMES}\s*{_FACTOR.format('a')}|{_FACTOR.format('b')}\s*{_TIMES}|(?P<c>0\.0*1|10\^3|1e3|1000(?:000)?)|{_THOUSANDS})"
    r"\s*(?P<unit>\D.*)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?P<unit>.+?)\s*(?:\(?\s*{_TIMES}\s*{_FACTOR.format('a')}\s*\)?|\s\(?{_THOUSANDS}\)?)", re.IGNORECASE
)


def find_scaled_unit(text: str) -> tuple[Unit, float] | None:
    """Read a unit with the factor that its numbers are to be multiplied by.

    Returns
    -------
    tuple[Unit, float] | None
        The factor is 1 where the text has none; None where no unit is meant.

    Examples
    --------
    >>> unit, factor = find_scaled_unit("Wh x 0.1")
    >>> unit.code, factor
    ('wh', 0.1)
    """
    if (unit := find_unit(text)) is not None:
        return unit, 1.0
    bare = text.strip().strip("()[]{}").strip()
    if len(bare) > _LONGEST_NAME:
        return None
    for pattern in (_BEFORE, _AFTER):
        match = pattern.fullmatch(bare)
        unit = find_unit(match["unit"]) if match else None
        if match and unit is not None and unit.quantity != "duration":
            return unit, _factor(match.groupdict())
    return None


def _factor(parts: dict[str, str | None]) -> float:
    if parts.get("d"):
        return 1e3
    text = next(part for name in "abc" if (part := parts.get(name)))
    base, _, power = text.partition("^")
    return float(f"1e{power}") if power else float(base)


def is_ambiguous(text: str) -> bool:
    """Whether a text is a unit that could be milli or mega: ``mW``."""
    return text.strip().strip("()[]{}").strip() in _AMBIGUOUS


def units_of(quantity: str) -> tuple[Unit, ...]:
    """All units a quantity may be in, its default unit first; empty for an unknown quantity."""
    known = QUANTITIES.get(quantity)
    if known is None:
        return ()
    default = UNITS[known.default_unit]
    others = (
        u for u in UNITS.values() if u is not default and (u.dimension == default.dimension or u.quantity == quantity)
    )
    return (default, *others)


def get_unit(code: str) -> Unit:
    """The unit of this code.

    Raises
    ------
    InvalidInput
        Where there is none.
    """
    try:
        return UNITS[code]
    except KeyError:
        raise InvalidInput(
            f"There is no unit '{code}'.",
            where={"unit": code},
            next_step="Use one of the codes in docs/nomenclature.md.",
        ) from None


def convert(value: Decimal | float, unit_from: str, unit_to: str) -> Decimal | float:
    """Convert a value between two units of one dimension.

    Parameters
    ----------
    value
        A Decimal stays one (exact but for units whose factor has no end in decimals); a float stays one.
    unit_from, unit_to
        Codes of units.

    Raises
    ------
    InvalidInput
        Where a unit is unknown, or the two measure different things: power is not energy, pounds are not euros.

    Examples
    --------
    >>> convert(Decimal("1.5"), "mwh", "kwh")
    Decimal('1500')
    """
    source, target = get_unit(unit_from), get_unit(unit_to)
    if source.dimension != target.dimension:
        raise InvalidInput(
            f"{source.label.capitalize()} can't be converted to {target.label}: they measure different things.",
            where={"unit": f"{unit_from} to {unit_to}"},
            next_step=_way_out(source, target),
        )
    if source is target:
        return value
    if isinstance(value, Decimal):
        exact = (value * source.to_base + source.offset - target.offset) / target.to_base
        return Decimal(f"{exact.normalize():f}")
    factor = float(source.to_base / target.to_base)
    return value * factor + float((source.offset - target.offset) / target.to_base)


def _way_out(source: Unit, target: Unit) -> str:
    if {source.quantity, target.quantity} == {"power", "energy"}:
        return "Power and energy need an interval: use energy_of_power or power_of_energy."
    return "Choose a unit of the same quantity."


def energy_of_power(power_kw: Decimal | float, interval_s: float) -> Decimal | float:
    """Energy [kWh] of a mean power [kW] held over an interval [s].

    Raises
    ------
    InvalidInput
        Where the interval is not positive.
    """
    hours = _hours(interval_s)
    return power_kw * hours if isinstance(power_kw, Decimal) else power_kw * float(hours)


def power_of_energy(energy_kwh: Decimal | float, interval_s: float) -> Decimal | float:
    """Mean power [kW] of an energy [kWh] that flowed in an interval [s].

    Raises
    ------
    InvalidInput
        Where the interval is not positive.
    """
    hours = _hours(interval_s)
    return energy_kwh / hours if isinstance(energy_kwh, Decimal) else energy_kwh / float(hours)


def _hours(interval_s: float) -> Decimal:
    if not interval_s > 0:
        raise InvalidInput(
            f"An interval of {interval_s:g} seconds has no energy.", next_step="Give the length of the interval [s]."
        )
    return Decimal(str(interval_s)) / 3600
