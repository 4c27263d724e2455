"""What the period of a file says: that it overlaps with another file's, or lies in the future."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fairwatt.core.findings import Finding
from fairwatt.core.periods import Period

_PLACES = 10
_CLOCKS_DIFFER = timedelta(hours=14)  # between the zones of the world: no fault of a file's


def overlap_finding(period: Period, others: Mapping[str, Period]) -> Finding | None:
    """The finding ``overlaps-other-file``, where a file's readings share a time with those of others.

    Parameters
    ----------
    period
        Of the file's readings.
    others
        Of the readings of other files of the same logger, by their names.

    Examples
    --------
    >>> from datetime import UTC
    >>> days = [datetime(2021, 3, day, tzinfo=UTC) for day in (1, 3, 5)]
    >>> overlap_finding(Period(days[0], days[2]), {"march.csv": Period(days[1], days[2])}).where
    ('march.csv (2021-03-03 00:00 to 2021-03-05 00:00 UTC)',)
    """
    shared = {
        name: Period(max(period.start, other.start), min(period.end, other.end))
        for name, other in others.items()
        if period.overlaps(other)
    }
    if not shared:
        return None
    files = "another file" if len(shared) == 1 else f"{len(shared):,} other files"
    places = [f"{name} ({part.start:%Y-%m-%d %H:%M} to {part.end:%Y-%m-%d %H:%M} UTC)" for name, part in shared.items()]
    return Finding(
        code="overlaps-other-file",
        count=len(shared),
        where=tuple(places[:_PLACES]),
        message=f"There are readings of {files} for the same times. All are kept; cleaning can choose between them.",
    )


def future_finding(last: datetime, *, at: datetime) -> Finding | None:
    """The finding ``future-stamps``, where a file's last reading is later than now.

    Parameters
    ----------
    last
        The start of the last reading.
    at
        Now. Both aware.
    """
    if last <= at + _CLOCKS_DIFFER:
        return None
    return Finding(
        code="future-stamps",
        where=(f"{last:%Y-%m-%d %H:%M} UTC",),
        message=f"The readings go on to {last:%Y-%m-%d %H:%M} UTC, which has yet to come: a forecast, a logger "
        "whose clock is wrong, or day and month the wrong way round. They are kept.",
    )
