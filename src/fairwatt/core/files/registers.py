"""Whether a channel is a running total, as a meter's dial shows, or what flowed in each interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

ENERGIES = frozenset({"energy", "reactive_energy", "apparent_energy"})
_ADDED = ENERGIES | {"volume", "charge", ""}
_POWERS = frozenset({"power", "reactive_power", "apparent_power"})
_FEW, _MANY, _VERY_MANY = 5, 48, 200  # steps up
_FAR_UP = 50.0  # times its usual step that a dial shows
_GLITCHES = 0.002  # share of steps down that a bad reading may cause
_SLIPS = 0.05  # share of steps down up to which a person is asked
_RESET = 0.02  # of what was reached, below which a dial has begun anew
_STEPS_PER_RESET = 3
_ROWS_PER_RESET = 20  # a dial that begins anew more often is doubtful: a day has 24 hours


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is a running total, why, and how sure (0-1)."""

    is_register: bool
    why: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Steps:
    ups: int
    drops: int
    resets: int
    rows: int
    height: float  # the middle value in usual steps


def judge_register(runs: Sequence[Values], quantity: str, said: bool | None) -> Verdict:
    """Judge whether a channel's values are a running total.

    Parameters
    ----------
    runs
        Values of one series each, in order of time, without missing ones.
    quantity
        The channel's quantity, "" where unknown.
    said
        What its name says; None where it says nothing.
    """
    steps = _count(runs)
    rises = steps.ups >= _FEW and steps.drops <= _GLITCHES * steps.ups and steps.ups >= _STEPS_PER_RESET * steps.resets
    is_high = steps.height >= _FAR_UP or (steps.resets > 0 and steps.ups >= _MANY)
    if said is True:
        if rises or steps.ups + steps.drops < _FEW:
            return Verdict(True, "The name says that it is a running total.", 0.95)
        return Verdict(True, "The name says a running total, but the values also go down.", 0.6)
    if said is False:
        is_high = is_high and steps.rows >= _ROWS_PER_RESET * steps.resets
        if rises and is_high and steps.ups >= _MANY:
            return Verdict(True, "The name says an amount for each interval, but the values only ever go up.", 0.6)
        return Verdict(False, "The name says that it is an amount for each interval.", 0.95)
    if not rises:
        return _by_slips(steps, quantity, is_high=is_high)
    is_wave = steps.rows < _ROWS_PER_RESET * steps.resets
    return _by_waves(steps, quantity) if is_wave else _by_rise(steps, quantity, is_high=is_high)


def _by_waves(steps: _Steps, quantity: str) -> Verdict:
    """A person is asked where values rise and fall back to nothing every few rows: hardly a dial, but who knows."""
    is_asked = quantity in ENERGIES | {"volume"}
    return Verdict(
        False,
        f"It goes up from row to row, but begins anew {steps.resets} times, more often than a day's dial would.",
        0.6 if is_asked else 0.9,
    )


def _by_slips(steps: _Steps, quantity: str, *, is_high: bool) -> Verdict:
    """A person is asked where hardly a step goes down: bad readings of a dial, or corrections."""
    hardly = steps.ups >= _MANY and steps.drops + steps.resets <= _SLIPS * steps.ups
    if hardly and is_high and quantity in ENERGIES | {"volume"}:
        falls = f"{steps.drops} of {steps.ups + steps.drops} steps go down"
        return Verdict(True, f"It stands high and goes up from row to row, but {falls}.", 0.6)
    return Verdict(False, "The values go up and down.", 0.95)


def _by_rise(steps: _Steps, quantity: str, *, is_high: bool) -> Verdict:
    resets = f", and begins anew {steps.resets} times" if steps.resets else ""
    why = f"It goes up from row to row and never down{resets}."
    if quantity in ENERGIES | {"volume"}:
        sure = 0.95 if is_high else 0.7
        return Verdict(True, why, sure if steps.ups >= _FEW * 2 or is_high else 0.6)
    if quantity in _ADDED and is_high and steps.ups >= _FEW * 4:
        return Verdict(True, why, 0.6)
    if quantity in _POWERS and steps.height >= _FAR_UP and steps.ups >= _VERY_MANY:
        return Verdict(True, f"{why} Power would not.", 0.6)
    return Verdict(False, "", 0.9)


def _count(runs: Sequence[Values]) -> _Steps:
    ups = drops = resets = rows = 0
    heights: list[float] = []
    for values in runs:
        if len(values) < 2:  # no step
            continue
        rows += len(values)
        change = np.diff(values)
        rising = change[change > 0]
        falls = np.flatnonzero(change < 0)
        before, after = values[falls], values[falls + 1]
        anew = (np.abs(after) <= _RESET * np.abs(before)) & (before > 0)
        ups, resets, drops = ups + len(rising), resets + int(anew.sum()), drops + int((~anew).sum())
        if len(rising):
            heights.append(float(np.median(np.abs(values)) / np.median(rising)))
    return _Steps(ups, drops, resets, rows, float(np.median(heights)) if heights else 0.0)
