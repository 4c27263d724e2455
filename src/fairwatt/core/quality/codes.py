"""The codes of the health scan: what each means, how serious it is, what its evidence says and where it begins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fairwatt.core.findings import Severity


class Aspect(StrEnum):
    """Which score a code counts against; NONE tells only."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    REGULARITY = "regularity"
    PLAUSIBILITY = "plausibility"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem.

    Attributes
    ----------
    title
        What it is, in a few words.
    evidence
        What a block's evidence says, with its unit.
    threshold
        From where on something is told of.
    source
        Where method and threshold come from, "" where they are the scan's own.
    """

    code: str
    title: str
    severity: Severity
    aspect: Aspect
    evidence: str
    threshold: str
    source: str = ""


_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

CODES: dict[str, Code] = {
    one.code: one
    for one in (
        Code("missing-rows", "Missing rows", _WARNING, Aspect.COMPLETENESS, "rows that are missing in a run",
             "a step of one and a half usual steps", "classes 1-2, 3-10, >10: Project LEO's cleaning tool"),
        Code("missing-values", "Missing values", _WARNING, Aspect.COMPLETENESS, "values that are missing in a run",
             "a row without a value", "classes as above"),
        Code("empty-channel", "A channel without values", _ERROR, Aspect.COMPLETENESS, "rows", "no value at all"),
        Code("duplicate-rows", "Rows that say the same again", _WARNING, Aspect.REGULARITY, "rows of one time",
             "a time that the row before has, with the same values"),
        Code("conflicting-rows", "Rows of one time with different values", _ERROR, Aspect.REGULARITY,
             "rows of one time", "a time that the row before has, with another value"),
        Code("irregular-steps", "Steps off the grid", _WARNING, Aspect.REGULARITY, "seconds off the grid",
             "5 % of a step off the grid of the rows before"),
        Code("far-stamps", "Rows years away from all others", _WARNING, Aspect.REGULARITY, "years away",
             "at most 1 % of the rows, three years from all others: left out of all other counts"),
        Code("no-even-step", "No even step", _INFO, Aspect.NONE, "median step [s]",
             "too few steps alike"),
        Code("clock-change-fault", "A clock change done wrong", _WARNING, Aspect.NONE,
             "rows: missing are negative, doubled positive",
             "exactly the hour is missing, or there twice, at which the zone's clocks change"),
        Code("clock-drift", "The logger's clock drifts", _WARNING, Aspect.NONE, "parts per million; + is slow",
             "a second in all, five times the scatter of the steps, in one direction"),
        Code("stuck-values", "Stuck values", _WARNING, Aspect.VALIDITY, "equal values in a run",
             "a run that the channel's own repetitions don't explain, 5 values at least"),
        Code("constant-channel", "All values are the same", _INFO, Aspect.NONE, "values", "20 values"),
        Code("sentinel-values", "Numbers that stand for missing values", _WARNING, Aspect.VALIDITY,
             "the number's size",
             "declared, or one that programs write for missing, apart from all others"),
        Code("outliers", "Outliers", _WARNING, Aspect.VALIDITY, "height over both sides, in usual heights there",
             "beyond the tail of the channel's own excursions, or an empty range twice as wide as others reach",
             "Hampel 1974; Pickands 1975; Benjamini & Hochberg 1995"),
        Code("not-finite", "Numbers without end", _ERROR, Aspect.VALIDITY, "values", "infinite"),
        Code("level-shift", "A shift of level", _INFO, Aspect.NONE, "size of the shift in usual changes",
             "medians of ten days on either side differ by 5 usual changes, by 20 % of the level or twice as far as a "
             "day's upper values are above its middle, and at once"),
        Code("unit-slip", "A stretch a thousand times larger or smaller", _ERROR, Aspect.PLAUSIBILITY,
             "the factor", "four values and more that fit the channel's own far better divided by 1,000, or times it",
             "CUSUM: Page 1954"),
        Code("sign-flip", "A stretch of the other sign", _WARNING, Aspect.PLAUSIBILITY,
             "the factor", "as unit-slip, for an hour at least; 98 % of a week or more are on one side",
             "CUSUM: Page 1954"),
        Code("register-reset", "A running total falls", _WARNING, Aspect.NONE, "the fall, in the channel's unit",
             "a value below the one before"),
        Code("quantisation-change", "Values are rounded otherwise", _INFO, Aspect.NONE, "decimals lost (+) or won (-)",
             "three days (or parts) with other decimals than the three before"),
        Code("out-of-range", "Outside what is allowed", _WARNING, Aspect.PLAUSIBILITY,
             "how far outside, in the channel's unit", "its quantity's limits; a voltage's by its nominal one",
             "voltage: ESQCR 2002 reg. 27 (230 V +10 %/-6 %); frequency: 50 Hz ±1 %"),
        Code("impossible-value", "Physically impossible", _ERROR, Aspect.PLAUSIBILITY,
             "how far outside, in the channel's unit", "its quantity's limits; a voltage's by its nominal one"),
        Code("negative-flow", "A negative amount in one direction", _WARNING, Aspect.PLAUSIBILITY,
             "the value", "below 0 in a channel of import or of export, by 0.5 % of its usual high or more"),
        Code("generation-at-night", "Solar generation at night", _WARNING, Aspect.PLAUSIBILITY,
             "share of the channel's usual high", "2 % of it at times of day that are dark"),
        Code("min-mean-max", "Least, mean and most contradict", _ERROR, Aspect.PLAUSIBILITY,
             "by how much, in the channel's unit", "more than the last digit"),
        Code("power-triangle", "P, Q and S contradict", _WARNING, Aspect.PLAUSIBILITY,
             "share of S", "5 % where the relation holds elsewhere; |P| above S by 2 %", "IEEE 1459-2010"),
        Code("voltage-unbalance", "Phases are unbalanced", _WARNING, Aspect.NONE,
             "largest deviation from the phases' mean, as a share", "2 %", "Engineering Recommendation P29"),
        Code("power-energy", "Power and energy contradict", _WARNING, Aspect.PLAUSIBILITY,
             "energy over power times time", "10 % where they agree elsewhere; a factor of all"),
        Code("meters-disagree", "Two meters disagree", _WARNING, Aspect.PLAUSIBILITY,
             "difference in usual differences", "10 usual differences and 2 % of the value"),
    )
}  # fmt: skip
