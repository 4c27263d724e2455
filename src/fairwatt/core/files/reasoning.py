"""Work out units that a logger's header leaves out, by physics between its channels and by magnitude.

Voltage times current is apparent power; active power is at most that; energy is power over time. Where those hold
between sampled values, the unit is certain to a factor of a thousand, and that is all there is to choose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.units import UNITS

Values = NDArray[np.float64]

_PREFIXES = {1.0: "", 1e-3: "k", 1e-6: "m"}
_BASES = {
    "power": "w",
    "apparent_power": "va",
    "reactive_power": "var",
    "distortion_power": "var",
    "energy": "wh",
    "reactive_energy": "varh",
}
_POWERS = frozenset({"power", "apparent_power", "reactive_power", "distortion_power"})
_SCALES = {"w": 1.0, "kw": 1e3, "mw": 1e6, "var": 1.0, "kvar": 1e3, "mvar": 1e6}
_HOUR_S = 3600.0
_ROW = "(row|line|record|sample|entry|obs|observation|seq|sequence)"
_ROWS_NAMED = re.compile(  # as programs and people head a column that numbers rows
    rf"column 1|unnamed: 0|#|({_ROW}[ _]?)?(no\.?|nr\.?|n|num|number|id|idx|index)|{_ROW}s?|rn|count|counter|i|k",
    re.IGNORECASE,
)
_PERIOD = re.compile(r"settlement[ _]?period|^sp$", re.IGNORECASE)
_NUMBERS_OF_PERIODS = frozenset(float(number) for number in range(1, 51))
_ALWAYS_IN = frozenset({"current"})  # whose unit no value speaks for
_DAY_S = 86_400
_COUNTED_ROWS = 10  # rows that are needed to tell
_COUNTED = 0.95  # share of the rows that follow each other by one in a column that counts them


@dataclass(frozen=True, slots=True)
class Sampled:
    """A channel's sampled numbers (nan where missing) and what its name says."""

    name: str
    quantity: str
    unit: str
    statistic: str
    phase: str
    group: str
    values: Values


@dataclass(frozen=True, slots=True)
class Reason:
    """A unit, why it is taken to be that, and how sure (0-1). ``is_guess`` where a person had better say;
    ``is_register`` where the reason shows that it is a running total."""

    unit: str
    why: str
    confidence: float
    is_guess: bool = False
    is_register: bool = False


def reason_units(channels: Sequence[Sampled], step_s: float | None) -> dict[str, Reason]:
    """Find the units of groups of channels whose names tell the quantity but no unit.

    Parameters
    ----------
    channels
        All numeric channels, as sampled; values of one segment of the file in file order.
    step_s
        The usual step [s].

    Returns
    -------
    dict[str, Reason]
        By group of channels.
    """
    found: dict[str, Reason] = {}
    powers = _volt_amperes(channels)
    prefix = _known_prefix(channels)
    open_groups = {c.group: c.quantity for c in channels if not c.unit and c.quantity in _BASES}
    for group, quantity in open_groups.items():
        members = [c for c in channels if c.group == group]
        if quantity in {"power", "apparent_power"} and powers and (ratio := _ratio_to(members, powers, quantity)):
            prefix = prefix or ratio[0]
            found[group] = Reason(_unit(ratio[0], quantity), ratio[1], 0.95)
    for group, quantity in open_groups.items():
        members = [c for c in channels if c.group == group]
        if group not in found and quantity in {"energy", "reactive_energy"} and step_s:
            reason = _by_integral(members, channels, found, step_s)
            if reason:
                found[group] = reason
    for group, quantity in open_groups.items():
        if group not in found and prefix is not None and quantity in _POWERS:
            unit = _unit(prefix, quantity)
            found[group] = Reason(unit, "The file's other powers have units of this size.", 0.85)
    return found


def _unit(prefix: str, quantity: str) -> str:
    return prefix + _BASES[quantity]


def _volt_amperes(channels: Sequence[Sampled]) -> dict[str, Values]:
    """Voltage times current [VA] by phase, where both are there in volts and amperes."""
    means = _means(channels)
    volts = {c.phase: c.values for c in means if c.quantity == "voltage" and c.unit == "v"}
    amperes = {c.phase: c.values for c in means if c.quantity == "current" and c.unit == "a"}
    found = {p: volts[p] * amperes[p] for p in volts.keys() & amperes.keys() - {"n", "total"}}
    phases = [found[p] for p in ("1", "2", "3") if p in found]
    if len(phases) == 3:  # three phases
        found["total"] = np.sum(phases, axis=0)
    return found


def _means(channels: Sequence[Sampled]) -> list[Sampled]:
    return [c for c in channels if c.statistic in {"", "mean"}]


def _ratio_to(members: Sequence[Sampled], powers: Mapping[str, Values], quantity: str) -> tuple[str, str] | None:
    for member in _means(members):
        product = powers.get(member.phase)
        if product is None:
            continue
        loaded = (np.abs(product) > 1) & np.isfinite(member.values)
        if loaded.sum() < 3:  # too few to tell
            continue
        ratio = float(np.median(np.abs(member.values[loaded]) / np.abs(product[loaded])))
        low, high = (0.02, 1.1) if quantity == "power" else (0.8, 1.25)
        for factor, prefix in _PREFIXES.items():
            if low * factor <= ratio <= high * factor:
                size = float(np.median(product[loaded]))
                mean = float(np.median(np.abs(member.values[loaded])))
                why = f"Voltage times current is about {size:,.0f} VA where {member.name} is about {mean:,.5g}."
                return prefix, why
    return None


def _known_prefix(channels: Sequence[Sampled]) -> str | None:
    units = {c.unit for c in channels if c.quantity in _BASES and c.unit}
    bases = ("w", "va", "var")
    prefixes = {unit.removesuffix(base) for unit in units for base in bases if unit in {base, f"k{base}", f"m{base}"}}
    return prefixes.pop() if len(prefixes) == 1 else None


def _by_integral(
    members: Sequence[Sampled], channels: Sequence[Sampled], found: Mapping[str, Reason], step_s: float
) -> Reason | None:
    """Energy that grows by power times step: a register; its unit follows from the power's."""
    for member in _means(members):
        wanted = "power" if member.quantity == "energy" else "reactive_power"
        growth = np.diff(member.values)
        for power in _means(channels):
            if power.quantity != wanted or power.phase != member.phase:
                continue
            unit = power.unit or (found[power.group].unit if power.group in found else "")
            scale = _SCALES.get(unit, 1.0 if wanted == "reactive_power" else 0.0)
            expected = power.values[1:] * scale * step_s / _HOUR_S
            good = np.isfinite(growth) & np.isfinite(expected) & (np.abs(expected) > 1e-9)
            if not scale or good.sum() < 3:
                continue
            ratio = float(np.median(growth[good] / expected[good]))
            for factor, prefix in _PREFIXES.items():
                if 0.8 * factor <= ratio <= 1.25 * factor:
                    why = f"It grows from row to row by what {power.name} adds up to: it is a running total."
                    return Reason(_unit(prefix, member.quantity), why, 0.95, is_register=True)
    return None


def reason_by_size(channel: Sampled, *, file_name_unit: str = "", step_s: float | None = None) -> Reason | None:
    """Guess one channel's unit by the size of its values.

    Parameters
    ----------
    channel
        The channel, as sampled.
    file_name_unit
        A unit that the file's own name holds.
    step_s
        The usual time between rows [s], or None.
    """
    values = np.abs(channel.values[np.isfinite(channel.values)])
    if file_name_unit and channel.quantity in {"", "power", "energy"}:
        return Reason(file_name_unit, f"The file's name says {UNITS[file_name_unit].symbol}.", 0.75, is_guess=True)
    if not len(values):
        return None
    high, middle = float(values.max()), float(np.median(values))
    if _ROWS_NAMED.fullmatch(channel.name.strip()) and len(values) >= _COUNTED_ROWS and _count_rows(channel.values):
        return Reason("one", "It goes up by one from row to row: it counts them.", 0.9)
    if not channel.quantity and _PERIOD.search(channel.name) and set(values) <= _NUMBERS_OF_PERIODS:
        return Reason("one", "It numbers the half-hours of a day.", 0.9)
    if not channel.quantity:
        return _of_nameless(values, step_s)
    return _of_named(channel.quantity, high, middle)


def _count_rows(values: Values) -> bool:
    """Whether whole numbers go up by one from row to row, and fall only to begin anew at 0 or 1."""
    steps = np.diff(values)
    falls = steps < 0
    is_whole = bool((values == np.rint(values)).all())
    return is_whole and float((steps == 1).mean()) >= _COUNTED and bool(np.isin(values[1:][falls], (0.0, 1.0)).all())


def _of_named(quantity: str, high: float, middle: float) -> Reason | None:
    """The unit of a known quantity by its largest and its middle value."""
    by_size = _SIZES.get(quantity)
    found = by_size(high, middle) if by_size is not None else None
    if found is not None and not high and quantity not in _ALWAYS_IN:
        return Reason(found.unit, "All values are 0, which says nothing of their unit.", 0.4, is_guess=True)
    return found


def _of_nameless(values: Values, step_s: float | None) -> Reason | None:
    """What values alone tell: a state, a network's frequency or voltage, or what is often written without decimals."""
    found = _state_of(values) or _network_of(values)
    high = float(values.max())
    if found is None and high > 50 and (values == np.rint(values)).all():  # more than a flag
        if step_s is not None and step_s >= _DAY_S:
            why = f"Whole numbers up to {high:,.0f} of days, months or longer are mostly amounts, in kilowatt-hours."
            return Reason("kwh", why, 0.4, is_guess=True)
        return Reason("w", f"Whole numbers up to {high:,.0f} without a name are often watts.", 0.3, is_guess=True)
    return found


def _state_of(values: Values) -> Reason | None:
    """Noughts and ones are likely a state, though amounts may look so; noughts alone, or ones, tell nothing."""
    if len(values) < _COUNTED_ROWS or set(values.tolist()) != {0.0, 1.0}:
        return None
    why = "It holds nothing but 0 and 1: likely whether something is so. Small amounts without decimals look so too."
    return Reason("one", why, 0.6, is_guess=True)


def _network_of(values: Values) -> Reason | None:
    """What a nameless column is whose values never leave the narrow bands in which a network is kept."""
    low, high = float(values.min()), float(values.max())
    if len(values) < _COUNTED_ROWS:
        return None
    if 49 <= low < high <= 51:  # the band that the statutes allow is 49.5 to 50.5
        return Reason("hz", f"Values lie between {low:.5g} and {high:.5g}, as a network's frequency does.", 0.7, True)
    for unit, least, most in (("v", 207.0, 264.5), ("v", 360.0, 460.0)):
        if least <= low < high <= most:
            return Reason(unit, f"Values lie between {low:.5g} and {high:.5g}, as a supply's voltage does.", 0.6, True)
    return None


def _size_of_voltage(high: float, middle: float) -> Reason:
    if 50 <= middle <= 1_000:  # low voltage
        return Reason("v", f"Values are about {middle:,.0f}, as volts in a low-voltage network are.", 0.95)
    unit = "kv" if high < 500 and middle >= 3 else "v"  # 6.6 to 400 kV
    return Reason(unit, f"Values are about {middle:,.4g}: likely {UNITS[unit].label}s.", 0.5, is_guess=True)


def _size_of_power(high: float, _middle: float) -> Reason:
    if high > 1_000:  # a kilowatt in watts
        return Reason("w", f"Values go up to {high:,.6g}: likely watts.", 0.6, is_guess=True)
    return Reason("kw", f"Values go up to {high:,.4g}: likely kilowatts, perhaps megawatts.", 0.4, is_guess=True)


def _size_of_energy(high: float, _middle: float) -> Reason:
    if high > 200:  # a building's half hour
        return Reason("wh", f"Values go up to {high:,.6g}: likely watt-hours.", 0.5, is_guess=True)
    return Reason("kwh", f"Values go up to {high:,.4g}: likely kilowatt-hours.", 0.6, is_guess=True)


def _size_of_share(high: float, _middle: float) -> Reason:
    if high <= 1.0:
        return Reason("fraction", "Values lie between 0 and 1.", 0.85)
    return Reason("percent", f"Values go up to {high:,.4g}: per cent, as no share is above 1.", 0.8)


def _size_of_distortion(high: float, _middle: float) -> Reason:
    return Reason("percent", f"Distortion is usually given in per cent; values go up to {high:,.4g}.", 0.8)


def _size_of_temperature(high: float, middle: float) -> Reason:
    if high < 70:  # hotter panels are rare
        return Reason("degc", f"Values go up to {high:,.4g}, as degrees Celsius do.", 0.85)
    if middle > 200:  # no weather is that hot
        return Reason("k", "Values are too high for degrees Celsius.", 0.6, is_guess=True)
    return Reason("degc", f"Values go up to {high:,.4g}: likely degrees Celsius.", 0.5, is_guess=True)


def _size_of_irradiance(high: float, _middle: float) -> Reason:
    if 2 < high <= 1_500:  # the sun's own 1,361 W/m² and some glare
        return Reason("w_per_m2", f"Values go up to {high:,.4g}, as watts per square metre do.", 0.8)
    unit = "kw_per_m2" if high <= 2 else "w_per_m2"
    return Reason(unit, f"Values go up to {high:,.4g}: perhaps {UNITS[unit].label}s.", 0.4, is_guess=True)


def _size_of_price(high: float, _middle: float) -> Reason:
    if high > 10:  # wholesale prices
        return Reason(
            "gbp_per_mwh", f"Values go up to {high:,.4g}: likely pounds per megawatt-hour.", 0.5, is_guess=True
        )
    return Reason("gbp_per_kwh", f"Values go up to {high:,.4g}: likely pounds per kilowatt-hour.", 0.4, is_guess=True)


def _size_of_carbon(high: float, _middle: float) -> Reason:
    unit, said = ("gco2_per_kwh", "grams") if high > 3 else ("kgco2_per_kwh", "kilograms")  # coal has about 1 kg
    return Reason(unit, f"Values go up to {high:,.4g}: likely {said} of CO₂ per kilowatt-hour.", 0.6, is_guess=True)


def _size_of_current(_high: float, _middle: float) -> Reason:
    return Reason("a", "Currents are given in amperes.", 0.9)


def _size_of_frequency(_high: float, middle: float) -> Reason:
    if 45 <= middle <= 65:  # all the world's networks
        return Reason("hz", f"Values are about {middle:.4g}, as hertz in a network are.", 0.98)
    return Reason("hz", f"Values are about {middle:.4g}, though a network has about 50 Hz.", 0.5, is_guess=True)


_SIZES: dict[str, Callable[[float, float], Reason]] = {
    "voltage": _size_of_voltage,
    "current": _size_of_current,
    "frequency": _size_of_frequency,
    "power": _size_of_power,
    "energy": _size_of_energy,
    "power_factor": _size_of_share,
    "cos_phi": _size_of_share,
    "state_of_charge": _size_of_share,
    "humidity": _size_of_share,
    "harmonic_distortion": _size_of_distortion,
    "temperature": _size_of_temperature,
    "irradiance": _size_of_irradiance,
    "price": _size_of_price,
    "carbon_intensity": _size_of_carbon,
}
