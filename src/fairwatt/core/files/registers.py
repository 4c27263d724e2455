"""Whether a channel is a running total, as a meter's dial shows, or what flowed in each interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

ENERGIES = frozenset({"energy", "reactive_energy", "apparent_energy"})
_TOTALLED = ENERGIES | {"volume"}
_ADDED = _TOTALLED | {"charge", ""}
_POWERS = frozenset({"power", "reactive_power", "apparent_power"})
_FEW, _SOME, _MANY, _VERY_MANY = 5, 10, 48, 200  # steps up
_FAR_UP = 50.0  # times its usual step that a dial shows
_GLITCHES = 0.002  # share of steps down that a bad reading may cause
_SLIPS = 0.05  # share of steps down up to which a person is asked
_MOST_OF_ALL = 2  # steps up beside one down
_DIAL = 1_000.0  # what a dial shows that stands still, and hardly an interval
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
    base: float  # the lowest first value in usual steps
    begins_late: bool  # whether it began at half of where it ended, or higher
    largest: float
    reached: float  # the largest value in usual steps
    runs: int  # with a value

    @property
    def is_far_up(self) -> bool:
        """Whether what it reached is many of its steps, as a dial's is."""
        return self.reached >= _FAR_UP or (self.begins_late and self.ups >= _FEW + 1)

    @property
    def never_falls(self) -> bool:
        return self.drops == self.resets == 0


def judge_register(runs: Sequence[Values], quantity: str, said: bool | None, *, has_cycle: bool = True) -> Verdict:
    """Judge whether a channel's values are a running total.

    Parameters
    ----------
    runs
        Values of one series each, in order of time, without missing ones.
    quantity
        The channel's quantity, "" where unknown.
    said
        What its name says; None where it says nothing.
    has_cycle
        Whether the rows span a day (a year, where each is of a day or longer): in that time the energy of intervals
        goes down again, as the sun, and people, do.
    """
    steps = _count(runs)
    rises = steps.ups >= _FEW and steps.drops <= _GLITCHES * steps.ups and steps.ups >= _STEPS_PER_RESET * steps.resets
    is_high = steps.height >= _FAR_UP or (steps.resets > 0 and steps.ups >= _MANY)
    if said is not None:
        return _as_said(steps, said=said, rises=rises, is_high=is_high)
    if rises and steps.rows >= _ROWS_PER_RESET * steps.resets:
        return _by_rise(steps, quantity, is_high=is_high, has_cycle=has_cycle)
    if rises:
        return _by_waves(steps, quantity)
    return _by_few(steps, quantity) or _by_fall(runs, steps, quantity) or _by_slips(steps, quantity, is_high=is_high)


def _as_said(steps: _Steps, *, said: bool, rises: bool, is_high: bool) -> Verdict:
    """What the name says; asked where the values speak against it."""
    if said:
        if rises or steps.ups + steps.drops < _FEW:
            return Verdict(True, "The name says that it is a running total.", 0.95)
        return Verdict(True, "The name says a running total, but the values also go down.", 0.6)
    is_high = is_high and steps.rows >= _ROWS_PER_RESET * steps.resets
    if rises and is_high and steps.ups >= _SOME:
        return Verdict(True, "The name says an amount for each interval, but the values only ever go up.", 0.6)
    return Verdict(False, "The name says that it is an amount for each interval.", 0.95)


def _by_few(steps: _Steps, quantity: str) -> Verdict | None:
    """A person is asked where a few values go up and never down, or a high one stays the same."""
    if quantity not in _TOTALLED or steps.rows < 2:  # a single row has no step
        return _by_single(steps) if quantity in _TOTALLED else None
    if steps.drops + steps.resets == 1 and _MOST_OF_ALL <= steps.ups < _SOME and steps.is_far_up:
        return Verdict(
            True, "It goes up from row to row but once, and stands high; there are too few steps to tell.", 0.6
        )
    if not steps.never_falls:
        return None
    if steps.ups:
        why = "The values never go down, but there are too few steps up to tell."
        return Verdict(steps.height >= _FAR_UP or steps.begins_late, why, 0.6)
    if steps.largest >= _DIAL:
        return Verdict(False, f"All values are {steps.largest:,.10g}: a dial that stands still shows that too.", 0.6)
    return None


def _by_single(steps: _Steps) -> Verdict | None:
    """A person is asked of meters that were read once each, and of a single high value."""
    if steps.runs > 1:
        return Verdict(True, "There is one reading of each meter, which shows no steps.", 0.6)
    if steps.largest >= _DIAL:
        return Verdict(True, f"There is one reading, {steps.largest:,.10g}, which shows no steps.", 0.6)
    return None


def _by_fall(runs: Sequence[Values], steps: _Steps, quantity: str) -> Verdict | None:
    """A person is asked where values only ever go down: a total written with a minus, or a credit that is used up."""
    turned = _count([-values for values in runs])
    if quantity in _TOTALLED and turned.never_falls and turned.ups >= _SOME and turned.height >= _FAR_UP:
        return Verdict(True, "It goes down from row to row and never up.", 0.6)
    return None


def _by_waves(steps: _Steps, quantity: str) -> Verdict:
    """A person is asked where values rise and fall back to nothing every few rows: hardly a dial, but who knows."""
    is_asked = quantity in _TOTALLED
    return Verdict(
        False,
        f"It goes up from row to row, but begins anew {steps.resets} times, more often than a day's dial would.",
        0.6 if is_asked else 0.9,
    )


def _by_slips(steps: _Steps, quantity: str, *, is_high: bool) -> Verdict:
    """A person is asked where hardly a step goes down: bad readings of a dial, another meter, or corrections."""
    hardly = steps.ups >= _FEW and steps.drops + steps.resets <= max(1, _SLIPS * steps.ups)
    if hardly and is_high and quantity in _TOTALLED:
        falls = f"{steps.drops + steps.resets} of {steps.ups + steps.drops + steps.resets} steps go down"
        return Verdict(True, f"It stands high and goes up from row to row, but {falls}.", 0.6)
    return Verdict(False, "The values go up and down.", 0.95)


def _by_rise(steps: _Steps, quantity: str, *, is_high: bool, has_cycle: bool) -> Verdict:
    times = "once" if steps.resets == 1 else f"{steps.resets} times"
    why = f"It goes up from row to row and never down{f', and begins anew {times}' if steps.resets else ''}."
    if quantity in _TOTALLED:
        if (has_cycle and is_high and steps.ups >= _SOME) or (steps.base >= _FAR_UP and steps.ups >= _MANY):
            return Verdict(True, why, 0.95)
        doubt = "" if has_cycle else " But in so short a time the amounts of intervals may do so too."
        return Verdict(is_high or steps.begins_late or has_cycle, why + doubt, 0.7 if steps.ups >= _SOME else 0.6)
    if quantity in _ADDED and is_high:
        return Verdict(True, why, 0.6)
    if quantity in _POWERS and steps.height >= _FAR_UP and steps.ups >= _VERY_MANY:
        return Verdict(True, f"{why} Power would not.", 0.6)
    return Verdict(False, "", 0.9)


def _count(runs: Sequence[Values]) -> _Steps:
    ups = drops = resets = rows = 0
    heights: list[float] = []
    bases: list[float] = []
    late: list[bool] = []
    reached: list[float] = []
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
            bases.append(float(np.abs(values[0]) / np.median(rising)))
            reached.append(float(np.abs(values).max() / np.median(rising)))
            late.append(bool(np.abs(values[0]) >= np.abs(values[-1]) / 2))
    return _Steps(
        ups=ups,
        drops=drops,
        resets=resets,
        rows=rows,
        height=float(np.median(heights)) if heights else 0.0,
        base=min(bases, default=0.0),
        begins_late=all(late),
        reached=max(reached, default=0.0),
        runs=sum(len(values) > 0 for values in runs),
        largest=max((float(np.abs(values).max()) for values in runs if len(values)), default=0.0),
    )
