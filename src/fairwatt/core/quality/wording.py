"""What a finding says, in plain English."""

from __future__ import annotations

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
    "sentinel-values": "{n} values are numbers that stand for a missing one (without sign, up to {e:.10g}).",
    "outliers": "{n} values in {b} stand out over their neighbours as nothing else in this channel does.",
    "not-finite": "{n} values are infinite.",
    "level-shift": "The level shifts at once and stays, {b}. It may be real: another use, another setting.",
    "unit-slip": "{b} hold values a thousand times larger or smaller than usual: another unit (W for kW).",
    "sign-flip": "{b} hold values of the other sign and the usual size: import and export may be swapped there.",
    "register-reset": "The running total falls {n} times. Take no difference over these places for an amount.",
    "quantisation-change": "The values are rounded otherwise from here on, {b}.",
    "out-of-range": "{n} values in {b} are outside what is allowed or usual (by up to {e:.3g}).",
    "impossible-value": "{n} values in {b} are physically impossible (by up to {e:.3g}).",
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
                      ("1 place differ ", "1 place differs "), ("1 place repeat ", "1 place repeats "),
                      ("1 place show ", "1 place shows "), ("1 place contradict:", "1 place contradicts:"),
                      ("numbers that stand", "a number that stands"), ("falls 1 times", "falls once"),
                      ("In 1 rows", "In 1 row")):  # fmt: skip
        text = text.replace(many, one)
    return text
