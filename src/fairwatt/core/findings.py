"""A data problem is not an exception but a finding: a code, a severity, and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

# What is said of findings that quote values, or words of cells, to those who may not have the readings themselves.
WITHOUT_VALUES = {
    "constant-column": "All values of a channel are the same.",
    "not-a-number": "Cells in a column of numbers hold something else. They are kept as missing. Nothing was dropped.",
    "null-texts": "Words stand among numbers and are read as missing values.",
    "possible-sentinel": "A number lies far outside all others and may stand for a missing value. Kept as a value.",
    "sentinel-values": "Numbers stand for missing values, and are read as missing; the original file keeps all.",
}


_BY_CHANNEL = frozenset({"sentinel-values"})


class Severity(StrEnum):
    """How much a finding matters to whoever uses the data."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Finding(BaseModel):
    """One kind of problem in one file or channel, with its evidence.

    Attributes
    ----------
    code
        Stable, documented, in kebab-case: ``missing-values``, ``duplicate-stamps``, ``off-grid-stamps``…
    severity
        How much it matters.
    channel
        The channel's name as the file spells it, or "" where the whole file is meant.
    count
        How many readings, rows or places are concerned.
    where
        The first places, at most ten, as a person would look them up: ``line 53,886``,
        ``2012-12-18 15:13:41``.
    message
        What was found, what was done about it, what to do next: plain English.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    severity: Severity = Severity.WARNING
    channel: str = ""
    count: int = Field(default=1, ge=0)
    where: tuple[str, ...] = Field(default=(), max_length=10)
    message: str


def without_repeats(findings: Sequence[Finding], later: Sequence[Finding]) -> tuple[Finding, ...]:
    """Leave out the findings that ``later`` ones say again, who have looked at more and say how often and where."""
    said = {_told(finding) for finding in later}
    return tuple(finding for finding in findings if _told(finding) not in said)


def _told(finding: Finding) -> tuple[str, str, str]:
    """What makes two findings the same: their words, or their channel where all rows tell what samples summed up."""
    is_summed = finding.code in _BY_CHANNEL and finding.channel != ""
    return finding.code, finding.channel if is_summed else "", "" if is_summed else finding.message
