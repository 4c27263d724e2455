"""Clock changes done wrong: local time taken for UTC leaves out an hour in spring and has one twice in autumn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from fairwatt.core.quality.detections import Detections, Place

ZONE = "Europe/London"
_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_SHARE = 0.8  # of the hour's rows


def changes_between(first: int, last: int, zone: str = ZONE) -> list[tuple[int, int]]:
    """The instants [µs] at which a zone's clocks change, and by how much [µs].

    Examples
    --------
    >>> year = 1_546_300_800_000_000  # 2019
    >>> [(t // 10**6, by // 10**6) for t, by in changes_between(year, year + 366 * 86_400_000_000)]
    [(1553994000, 3600), (1572138000, -3600)]
    """
    local = ZoneInfo(zone)
    found = []
    day = _EPOCH + timedelta(microseconds=first)
    end = _EPOCH + timedelta(microseconds=last)
    while day < end:
        later = day + timedelta(days=1)
        before, after = (moment.astimezone(local).utcoffset() or timedelta() for moment in (day, later))
        if before != after:
            found.append((_instant(day, later, local), (after - before) // timedelta(microseconds=1)))
        day = later
    return found


def _instant(low: datetime, high: datetime, local: ZoneInfo) -> int:
    offset = low.astimezone(local).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        if middle.astimezone(local).utcoffset() == offset:
            low = middle
        else:
            high = middle
    exact = high.replace(second=0, microsecond=0)
    return (exact - _EPOCH) // timedelta(microseconds=1)


def check_clock_changes(place: Place, zone: str = ZONE) -> Detections:
    """Find the hours that are missing, or there twice, exactly where the zone's clocks change."""
    rows: list[tuple[int, int, int, int, float]] = []
    times = place.times
    if len(times) and place.step and place.step <= _HOUR:
        wanted = _HOUR // place.step
        for at, by in changes_between(int(times[0]) - _HOUR, int(times[-1]) + _HOUR, zone):
            begins = (at, at + _HOUR) if by > 0 else (at - _HOUR, at, at + _HOUR)
            for begin in begins:
                one = _judged(place, begin, wanted, is_spring=by > 0)
                if one is not None:
                    rows.append(one)
                    break
    table = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4)
    return Detections(
        "clock-change-fault", place.series, "", table[:, 0], table[:, 0] + _HOUR, table[:, 1], table[:, 2],
        table[:, 3], np.array([row[4] for row in rows], dtype=np.float64),
    )  # fmt: skip


def _judged(place: Place, begin: int, wanted: int, *, is_spring: bool) -> tuple[int, int, int, int, float] | None:
    """The block of an hour, where it is missing in spring or there twice in autumn."""
    times = place.times
    first, behind = (int(i) for i in np.searchsorted(times, (begin, begin + _HOUR)))
    there = behind - first
    has_sides = first > 0 and behind < len(times)
    if not has_sides or times[first - 1] < begin - 2 * place.step or times[behind] > begin + _HOUR + 2 * place.step:
        return None
    if is_spring and there == 0:
        return begin, first + place.first_row, 0, wanted, float(-wanted)
    extra = there - wanted
    if not is_spring and extra >= _LEAST_SHARE * wanted and not _is_doubled(times, begin - _HOUR):
        return begin, first + place.first_row, there, extra, float(extra)
    return None


def _is_doubled(times: np.ndarray[tuple[int], np.dtype[np.int64]], begin: int) -> bool:
    """Whether the hour from ``begin`` on has repeats too: then it is no matter of the clock."""
    first, behind = np.searchsorted(times, (begin, begin + _HOUR))
    return bool((np.diff(times[first:behind]) == 0).any())
