"""What a finding says, in plain English."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.units import UNITS

_KINDS_SHOWN = 5
_HELD_AGAINST = {"out-of-range", "impossible-value"}
_WHAT = {
    "missing-rows": "{n} rows are missing in {b}. Nothing was filled in.",
    "missing-values": "{n} values are missing in {b}. Missing stays missing: nothing was filled in.",
    "empty-channel": "There is no value at all. Check that the logger fills this column.",
    "duplicate-rows": "{n} rows have a time that the row before has, and say the same.",
    "conflicting-rows": "{n} rows have a time that the row before has, and say something else. Only one can be right.",
    "irregular-steps": "{n} rows lie off the grid of times.",
    "far-stamps": "{n} rows have a time years away from all others (up to {e:,.0f} years): a logger whose clock was "
    "not set. They are left out of all that follows.",
    "no-even-step": "The rows have no even step, so that missing rows can't be told.",
    "clock-change-fault": "In {b}, an hour is missing, or there twice, exactly where clocks change: local time was "
    "probably taken for UTC.",
    "clock-drift": "The stamps creep along the grid by up to {e:.0f} parts per million: the logger's clock is wrong.",
    "stuck-values": "{n} values in {b} repeat one value for longer than this channel does by itself (the longest: "
    "{e:,.0f} values).",
    "constant-channel": "All values are the same. Check that the channel is connected.",
    "sentinel-values": "{n} values are numbers that stand for a missing one.",
    "outliers": "{n} values in {b} stand out over their neighbours as nothing else in this channel does.",
    "not-finite": "{n} values are infinite.",
    "level-shift": "The level shifts at once and stays, {b}. It may be real: another use, another setting.",
    "unit-slip": "{b} hold values a thousand times larger or smaller than usual: another unit (W for kW).",
    "sign-flip": "{b} hold values of the other sign and the usual size: import and export may be swapped there.",
    "register-reset": "The running total falls {n} times. Take no difference over these places for an amount.",
    "quantisation-change": "The values are rounded otherwise from here on, {b}.",
    "out-of-range": "{n} values in {b} are outside what is allowed or usual.",
    "impossible-value": "{n} values in {b} are physically impossible.",
    "negative-flow": "{n} values in {b} are negative, in a channel of one direction.",
    "generation-at-night": "{n} values in {b} show sun where it is night (up to {e:.0%} of the usual high).",
    "min-mean-max": "{n} values in {b} contradict: the least is above the mean or the most.",
    "power-triangle": "{n} values in {b} contradict: active, reactive and apparent power don't fit each other.",
    "voltage-unbalance": "In {n} rows a phase's voltage is up to {e:.1%} away from the mean of the three.",
    "power-energy": "{n} values in {b} contradict: the energy is {e:.3g} times the power over its time.",
    "meters-disagree": "{n} values in {b} differ from a channel that elsewhere shows the same.",
}


def say(code: str, *, count: int, blocks: int, evidence: float) -> str:
    """The sentence of a finding.

    Examples
    --------
    >>> say("missing-rows", count=3, blocks=2, evidence=2.0)
    '3 rows are missing in 2 places. Nothing was filled in.'
    >>> say("missing-values", count=1, blocks=1, evidence=1.0)
    '1 value is missing in 1 place. Missing stays missing: nothing was filled in.'
    """
    places = "1 place" if blocks == 1 else f"{blocks:,} places"
    text = _WHAT[code].format(n=f"{count:,}", b=places, e=evidence)
    return _single(text) if count == 1 else text


def _single(text: str) -> str:
    for many, one in (("1 values are", "1 value is"), ("1 rows are", "1 row is"), ("1 rows have", "1 row has"),
                      ("1 rows lie", "1 row lies"), ("1 values in 1 place are", "1 value in 1 place is"),
                      ("1 values in", "1 value in"), ("1 place stand out", "1 place stands out"),
                      ("over their neighbours", "over its neighbours"),
                      ("1 place differ ", "1 place differs "), ("1 place repeat ", "1 place repeats "),
                      ("1 place show ", "1 place shows "), ("1 place contradict:", "1 place contradicts:"),
                      ("numbers that stand", "a number that stands"), ("falls 1 times", "falls once"),
                      ("In 1 rows", "In 1 row")):  # fmt: skip
        text = text.replace(many, one)
    return text


def say_values(code: str, values: NDArray[np.float64], unit: str, band: tuple[float, float] | None) -> str:
    """Which values are meant, in a sentence that goes on; "" where a code is about none.

    Examples
    --------
    >>> say_values("out-of-range", np.array([254.0, 260.0]), "v", (216.2, 253.0))
    ' Found: 254 to 260 V; allowed: 216.2 to 253 V.'
    >>> say_values("sentinel-values", np.array([-999.0, -999.0]), "v", None)
    ' The number: -999.'
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return ""
    sign = f" {UNITS[unit].symbol}" if unit in UNITS and UNITS[unit].symbol else ""
    kinds = np.unique(known)
    if code == "sentinel-values":
        more = " and others" if len(kinds) > _KINDS_SHOWN else ""
        numbers = ", ".join(_number(value) for value in kinds[:_KINDS_SHOWN])
        return f" The number{'s' if len(kinds) > 1 else ''}: {numbers}{more}."
    shows_band = code in _HELD_AGAINST and band is not None and np.isfinite(band).any()
    allowed = f"; allowed: {_range(*band)}{sign}" if band is not None and shows_band else ""
    return f" Found: {_range(float(kinds[0]), float(kinds[-1]))}{sign}{allowed}."


def _number(value: float) -> str:
    return f"{value:.6g}"


def _range(low: float, high: float) -> str:
    if low == high:
        return _number(low)
    if not np.isfinite(low):
        return f"at most {_number(high)}"
    return f"{_number(low)} to {_number(high)}" if np.isfinite(high) else f"at least {_number(low)}"
