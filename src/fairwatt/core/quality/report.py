"""The health report: how complete, valid, regular and plausible readings are, and where they are not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from fairwatt.core.findings import Finding, Severity
from fairwatt.core.quality.codes import Aspect

SCHEMA_VERSION: Final = 1
STRIP_PARTS: Final = 60


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Score(_Frozen):
    """A share of the data: ``good`` of ``total``; the share is None where there is nothing to say it of."""

    good: int = Field(ge=0)
    total: int = Field(ge=0)
    share: float | None = Field(default=None, ge=0, le=1)

    @classmethod
    def of(cls, good: int, total: int) -> Score:
        """A score; never below nought."""
        good = max(0, min(good, total))
        return cls(good=good, total=total, share=good / total if total else None)


class Scores(_Frozen):
    """The four scores.

    Attributes
    ----------
    completeness
        Values that are there, of those that there should be from the first to the last row of each series; not judged
        where a series has no even step.
    validity
        Values that are no outlier, stuck value or mark of a missing one, of those that are there.
    regularity
        Rows on an even grid of times without repeats, of all rows; those of series without an even step aren't judged.
    plausibility
        Values that contradict neither physics nor each other, of those that a check could be made of.
    """

    completeness: Score
    validity: Score
    regularity: Score
    plausibility: Score


class Day(_Frozen):
    """A day (UTC) of the calendar of coverage: the share of its values that are there."""

    day: date
    share: float = Field(ge=0, le=1)


class ChannelHealth(_Frozen):
    """One channel over all series.

    Attributes
    ----------
    strip
        The whole period in equal parts: the share of the expected values that each holds; None where none is expected.
    doubted
        Values that count against validity, each once: outliers, stuck values and marks of missing ones.
    implausible
        Values that count against plausibility, each once.
    """

    field: str
    name: str
    quantity: str
    unit: str
    expected: int
    present: int
    doubted: int
    implausible: int
    minimum: float | None
    mean: float | None
    maximum: float | None
    scores: Scores
    strip: tuple[float | None, ...]


class Class(_Frozen):
    """Runs of missing readings of one of LEO's classes."""

    name: Literal["1-2", "3-10", ">10"]
    blocks: int
    count: int


class Block(_Frozen):
    """A place: the period [start, end) in UTC, its series, how many values, and how much speaks for it.

    Attributes
    ----------
    value
        The value that is meant, of several the one with most evidence; None where the code is about no value.
    """

    series: str
    start: datetime
    end: datetime
    row: int
    rows: int
    count: int
    evidence: float
    value: float | None = None


class HealthFinding(_Frozen):
    """All places of one code in one channel ("" where rows are meant).

    Attributes
    ----------
    count
        Values or rows concerned.
    blocks
        Runs of them.
    share
        Of the values (or rows) that there are, or should be.
    classes
        Of missing readings: by length.
    places
        The runs in the order of series and time; ``cut`` tells whether there are more.
    """

    code: str
    title: str
    severity: Severity
    aspect: Aspect
    channel: str
    name: str
    count: int
    blocks: int
    share: float
    message: str
    evidence_is: str
    threshold: str
    classes: tuple[Class, ...] = ()
    places: tuple[Block, ...] = ()
    cut: bool = False


class HealthReport(_Frozen):
    """What the scan found; the same readings give the same report.

    Attributes
    ----------
    start, end
        The first row's time, and the end of the last one's interval; None without rows.
    step_s
        The usual step [s] of most series; None where there is none.
    reading
        What was found while the file was read, and what of it was left out: of this the readings hold nothing.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str
    rows: int
    series: int
    start: datetime | None
    end: datetime | None
    step_s: float | None
    scores: Scores
    channels: tuple[ChannelHealth, ...]
    findings: tuple[HealthFinding, ...]
    calendar: tuple[Day, ...]
    reading: tuple[Finding, ...] = ()
