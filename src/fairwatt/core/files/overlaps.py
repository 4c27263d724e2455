"""Files of one logger that tell of the same time twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fairwatt.core.findings import Finding, Severity

OVERLAPPING = "overlapping-files"
_PLACES = 10


@dataclass(frozen=True, slots=True)
class Span:
    """What one file tells of.

    Attributes
    ----------
    name
        The file's, as people know it.
    first, last
        Start of its first and of its last reading.
    series
        Its meters; "" among them where the file names none.
    fields
        Its channels' columns.
    """

    name: str
    first: datetime
    last: datetime
    series: frozenset[str] = frozenset({""})
    fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Overlap:
    """The time that two files both tell of; ``shared`` counts the readings' times that are in both, where counted."""

    other: str
    first: datetime
    last: datetime
    shared: int | None = None


def common_time(own: Span, other: Span) -> tuple[datetime, datetime] | None:
    """From when to when both files have readings of a meter and a channel that both have; None where they don't."""
    if not own.series & other.series or not own.fields & other.fields:
        return None
    first, last = max(own.first, other.first), min(own.last, other.last)
    return (first, last) if first <= last else None


def find_overlaps(own: Span, others: Iterable[Span]) -> list[Overlap]:
    """The files that tell of a time that this one tells of as well, in the order of time."""
    found = [Overlap(other.name, *common) for other in others if (common := common_time(own, other)) is not None]
    return sorted(found, key=lambda overlap: (overlap.first, overlap.other))


def overlap_finding(overlaps: Iterable[Overlap]) -> Finding | None:
    """Say with which files a file shares time, and which; None where there are none."""
    found = list(overlaps)
    if not found:
        return None
    where = tuple(f"“{one.other}”, {_say(one.first)} to {_say(one.last)}" for one in found[:_PLACES])
    counted = [one.shared for one in found if one.shared is not None]
    times = f" {sum(counted):,} times of readings are in both." if counted and len(counted) == len(found) else ""
    others = f"“{found[0].other}”" if len(found) == 1 else f"{len(found):,} other files"
    return Finding(
        code=OVERLAPPING,
        severity=Severity.WARNING,
        count=len(found),
        where=where,
        message=f"Readings of the same channels and the same time are in {others} as well.{times} Both are kept; "
        "take one of them out where it is the same measurement twice.",
    )


def _say(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
