"""What was noticed of a channel's values when the file was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairwatt.core.files.profile import ChannelRule, Kind
from fairwatt.core.files.sentinels import Sentinel
from fairwatt.core.findings import Finding, Severity

_SURE = 0.95  # a number that is surely a mark for missing values


def findings_of_channel(
    rule: ChannelRule, sentinels: Sequence[Sentinel], unit_text: str, *, has_odd_digits: bool
) -> Iterator[Finding]:
    """Tell what a person should know of how a channel is read.

    Parameters
    ----------
    rule
        The channel.
    sentinels
        Its marks for missing values.
    unit_text
        Its unit as the header spells it.
    has_odd_digits
        Whether its numbers are written with digits of another script, and so are no numbers here.
    """
    if abs(rule.multiplier) != 1.0:
        said = f"The header says {unit_text}: numbers are multiplied by {abs(rule.multiplier):g}."
        yield Finding(code="scaled-values", severity=Severity.INFO, channel=rule.name, message=said)
    if rule.multiplier < 0:
        said = "The header says that plus is what is fed in. The signs are turned: here plus is what is taken."
        yield Finding(code="turned-signs", severity=Severity.INFO, channel=rule.name, message=said)
    if "brackets" in rule.notation or "minus_after" in rule.notation:
        said = "Numbers in brackets, or with the minus after them, are read as negative."
        yield Finding(code="minus-as-in-accounts", severity=Severity.INFO, channel=rule.name, message=said)
    if has_odd_digits:
        said = f"‘{rule.name}’ writes its numbers with digits of another script (full-width, for example), so they are "
        said += "kept as text. Export the file with ordinary digits to have them read as numbers."
        yield Finding(code="odd-digits", channel=rule.name, message=said)
    if sure := [one for one in sentinels if one.confidence >= _SURE]:
        yield Finding(
            code="sentinel-values",
            severity=Severity.INFO,
            channel=rule.name,
            count=sum(one.count for one in sure),
            message=f"{' '.join(one.why for one in sure)} Read as missing; the original file keeps all.",
        )


def mixed_units_finding(rule: ChannelRule, units: Sequence[str]) -> Iterator[Finding]:
    """Tell of a column whose cells have different units; none where there are none."""
    if units:
        said = f"The cells of ‘{rule.name}’ are in different units ({', '.join(units)}), so they are kept as text. "
        said += "Write all of them in one unit, or the number and its unit in columns of their own."
        yield Finding(code="mixed-units", channel=rule.name, count=len(units), message=said)


def mixed_marks_finding(rule: ChannelRule, count: int) -> Iterator[Finding]:
    """Tell of a column that has two decimal marks; none where it has one."""
    if count and rule.kind is Kind.TEXT:
        said = (
            f"Some numbers of ‘{rule.name}’ have a decimal comma, others commas between thousands. The column is kept "
        )
        said += "as text. Write all of its numbers in one way."
        yield Finding(code="mixed-decimal-marks", channel=rule.name, count=count, message=said)
    elif count:
        said = (
            f"Numbers of ‘{rule.name}’ have two decimal marks, commas and points. Both are read as decimal marks, but "
        )
        said += "for three digits behind the rarer one, which could be thousands: such cells are kept as missing."
        yield Finding(code="mixed-decimal-marks", channel=rule.name, count=count, message=said)
