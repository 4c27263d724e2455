"""The period of a file's readings: where it ends, the months it leaves out, and whether it has yet to come."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from fairwatt.core.files.local_time import load_zone
from fairwatt.core.findings import Finding

_PLACES = 10
_CLOCKS_DIFFER = timedelta(hours=14)  # between the zones of the world: no fault of a file's


def end_of(last: datetime, *, resolution_s: float | None, months: int = 0, zone: str = "UTC") -> datetime:
    """The end of the last interval, the first instant after it.

    Parameters
    ----------
    last
        Its start, aware.
    resolution_s, months
        Its length [s], or in months of the calendar of ``zone``; without either it is an instant.

    Examples
    --------
    >>> end_of(datetime(2021, 2, 28, 23, tzinfo=UTC), resolution_s=None, months=1, zone="Europe/Paris").isoformat()
    '2021-03-31T22:00:00+00:00'
    """
    if resolution_s:
        return last + timedelta(seconds=resolution_s)
    if not months:
        return last + timedelta(microseconds=1)
    local = last.astimezone(load_zone(zone))
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def month_gaps(series: Mapping[str, Sequence[int]], *, months: int) -> Finding | None:
    """The finding ``gaps`` of readings that come every so many months.

    Parameters
    ----------
    series
        By series, the months that are there, counted from year 0, sorted.
    months
        How many months lie between two readings.
    """
    gaps = [
        (before, (after - before) // months - 1)
        for found in series.values()
        for before, after in pairwise(found)
        if after - before > months
    ]
    if not gaps:
        return None
    missing = sum(count for _, count in gaps)
    unit = {1: "month", 3: "quarter", 12: "year"}.get(months, f"{months} months")
    word = "is 1 gap" if len(gaps) == 1 else f"are {len(gaps):,} gaps"
    places = [f"after {before // 12}-{before % 12 + 1:02} ({count:,} missing)" for before, count in gaps[:_PLACES]]
    return Finding(
        code="gaps",
        count=len(gaps),
        where=tuple(places),
        message=f"There {word} in the readings: with one a {unit}, "
        f"{missing:,} {'is' if missing == 1 else 'are'} missing. Charts show gaps as breaks; nothing was filled in.",
    )


def future_finding(last: datetime, *, at: datetime) -> Finding | None:
    """The finding ``future-stamps``, where a file's last reading is later than its receipt.

    Parameters
    ----------
    last
        The start of the last reading.
    at
        When the file was received. Both aware.
    """
    if last <= at + _CLOCKS_DIFFER:
        return None
    return Finding(
        code="future-stamps",
        where=(f"{last:%Y-%m-%d %H:%M} UTC",),
        message=f"The readings go on to {last:%Y-%m-%d %H:%M} UTC, which had yet to come when the file was received: a "
        "forecast, a logger whose clock is wrong, or day and month the wrong way round. They are kept.",
    )
