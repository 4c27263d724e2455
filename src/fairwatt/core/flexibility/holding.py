"""What a dataset holds of an event's hours, in one word: all of its readings, some, none, or nobody has counted yet."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from fairwatt.core.flexibility.counting import SeriesCount, Window


class Holding(StrEnum):
    """How much of an event's hours a dataset has readings of; of several of its series, the worst counts."""

    NONE = "none"
    NOT_COUNTED = "not-counted"
    NO_NUMBERS = "no-numbers"
    TOO_COARSE = "too-coarse"
    GAPS = "gaps"
    PART = "part"
    UNEVEN = "uneven"
    WHOLE = "whole"

    @property
    def label(self) -> str:
        """What pages say of it."""
        return _LABELS[self]

    @property
    def is_good(self) -> bool:
        """Whether nothing is known to be missing."""
        return self in {Holding.WHOLE, Holding.UNEVEN}


_LABELS = {
    Holding.NONE: "no readings of these hours",
    Holding.NOT_COUNTED: "not counted yet",
    Holding.NO_NUMBERS: "no numbers that could be counted",
    Holding.TOO_COARSE: "its readings are further apart than these hours are long",
    Holding.GAPS: "some readings are missing",
    Holding.PART: "readings of a part of these hours",
    Holding.UNEVEN: "readings at no steady step",
    Holding.WHOLE: "all readings",
}


def touches(period: Window | None, window: Window) -> bool:
    """Whether a dataset's period and an event's hours have anything in common."""
    return period is not None and period.start < window.end and period.end > window.start


def holding_of(period: Window | None, window: Window, rows: Sequence[SeriesCount] | None) -> Holding:
    """Say how much of an event's hours a dataset holds.

    Parameters
    ----------
    period
        From the dataset's first reading to its last.
    window
        The event's hours.
    rows
        What was counted of each of its series; None where nothing was counted yet.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> begin = datetime(2025, 11, 18, 17, tzinfo=UTC)
    >>> event = Window(begin, begin + timedelta(hours=2))
    >>> holding_of(Window(begin - timedelta(days=9), begin), event, None).label
    'no readings of these hours'
    """
    if period is None or not touches(period, window):
        return Holding.NONE
    if rows is None:
        return Holding.NOT_COUNTED
    if not rows:
        return Holding.NO_NUMBERS
    return _of_counts(rows, is_inside=period.start <= window.start and window.end <= period.end)


def _of_counts(rows: Sequence[SeriesCount], *, is_inside: bool) -> Holding:
    if any(row.gaps for row in rows):
        return Holding.GAPS
    if any(row.expected == 0 for row in rows):
        return Holding.TOO_COARSE
    if all(row.expected for row in rows):
        return Holding.WHOLE
    return Holding.UNEVEN if is_inside else Holding.PART
