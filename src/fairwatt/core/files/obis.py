"""Codes by which meters name their registers: OBIS (IEC 62056-61), ``1-0:1.8.0*255`` or ``1.8.0`` for short."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_CODE = re.compile(
    r"(?<![0-9.:])(?:(?P<a>[0-9])-[0-9]{1,2}[:.])?(?P<c>[0-9]{1,2})\.(?P<d>[0-9]{1,2})\.[0-9]{1,3}"
    r"(?:[*&.][0-9]{1,3})?(?![0-9.])"
)
_ELECTRICITY, _GAS, _HEAT = "1", "7", "6"
_PHASES = {0: "", 20: "1", 40: "2", 60: "3"}
_NEUTRAL_CURRENT = 91
_Flow = Literal["", "import", "export", "net"]
_Statistic = Literal["", "min", "mean", "max", "sum", "last"]
# What flows, by the code's third number less its phase: (quantity of power, quantity of energy, direction).
_FLOWS: dict[int, tuple[str, str, _Flow]] = {
    1: ("power", "energy", "import"),
    2: ("power", "energy", "export"),
    3: ("reactive_power", "reactive_energy", "import"),
    4: ("reactive_power", "reactive_energy", "export"),
    5: ("reactive_power", "reactive_energy", ""),
    6: ("reactive_power", "reactive_energy", ""),
    7: ("reactive_power", "reactive_energy", ""),
    8: ("reactive_power", "reactive_energy", ""),
    9: ("apparent_power", "apparent_energy", "import"),
    10: ("apparent_power", "apparent_energy", "export"),
    15: ("power", "energy", ""),
    16: ("power", "energy", "net"),
}
_STATES = {11: "current", 12: "voltage", 13: "power_factor", 14: "frequency"}
_REGISTERS, _INTERVALS = {8, 17, 18}, {9, 19, 29, 30}
_MEANS, _MOST, _LEAST, _NOW = {4, 5, 14, 15, 24, 25, 27, 28}, {2, 6, 16, 26}, {1, 3, 13, 23}, {7}


@dataclass(frozen=True, slots=True)
class Obis:
    """What a code says. ``is_register`` is None where it is no energy."""

    code: str
    quantity: str
    direction: _Flow
    statistic: _Statistic
    is_register: bool | None
    phase: str


def find_obis(name: str) -> Obis | None:
    """Find a code in a column's name, or None.

    Examples
    --------
    >>> found = find_obis("1-0:2.8.0 (kWh)")
    >>> found.quantity, found.direction, found.is_register
    ('energy', 'export', True)
    """
    match = _CODE.search(name)
    if match is None:
        return None
    medium, what, how = match["a"] or _ELECTRICITY, int(match["c"]), int(match["d"])
    if medium in {_GAS, _HEAT}:
        quantity = "volume" if medium == _GAS else "energy"
        return Obis(match[0], quantity, "", "last", True, "") if how in _REGISTERS | {0, 2} else None
    if medium != _ELECTRICITY or how not in _REGISTERS | _INTERVALS | _MEANS | _MOST | _LEAST | _NOW:
        return None
    return _of_electricity(match[0], what, how)


def _of_electricity(code: str, what: int, how: int) -> Obis | None:
    if what == _NEUTRAL_CURRENT:
        return Obis(code, "current", "", _statistic(how), None, "n")
    base = what % 20 if what < 80 else 0  # twenty numbers a phase
    phase = _PHASES.get(what - base, "")
    if base in _STATES:
        return Obis(code, _STATES[base], "", _statistic(how), None, phase)
    if base not in _FLOWS:
        return None
    power, energy, direction = _FLOWS[base]
    if how in _REGISTERS | _INTERVALS:
        is_register = how in _REGISTERS
        return Obis(code, energy, direction, "last" if is_register else "sum", is_register, phase)
    return Obis(code, power, direction, _statistic(how), None, phase)


def _statistic(how: int) -> _Statistic:
    kinds: tuple[tuple[set[int], _Statistic], ...] = ((_MEANS, "mean"), (_MOST, "max"), (_LEAST, "min"))
    return next((kind for numbers, kind in kinds if how in numbers), "")
