"""The time axis: ticks at round local times, written so that nobody has to guess day or zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fairwatt.core.periods import Period

MOST_TICKS = 7
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)
_MINUTES = (1, 2, 5, 10, 15, 30)
_HOURS = (1, 2, 3, 6, 12)
_STEPS_S = (*_SECONDS, *(60 * m for m in _MINUTES), *(3600 * h for h in _HOURS))
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
_DAY_S = 86_400
_MONTH_S = 30.4 * _DAY_S


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis and its label, two lines at most."""

    at: datetime
    label: str


def most_ticks(span_s: float) -> int:
    """How many labels fit beside each other on a phone: fewer where they are longer."""
    if span_s < 7:  # noqa: PLR2004 - labels with thousandths of a second
        return 4
    if span_s < 7 * 60:
        return 5  # with seconds
    return MOST_TICKS if span_s <= 3 * _DAY_S else MOST_TICKS - 1


def make_ticks(window: Period, zone: ZoneInfo) -> list[Tick]:
    """Ticks at round times of ``zone``'s clock, their day or year said where it changes.

    The axis itself runs in UTC, so that the hour which the clocks repeat is drawn once each time.
    """
    span_s = window.duration.total_seconds()
    moments = [m for m in _moments(window, zone, span_s / most_ticks(span_s)) if window.contains(m.astimezone(UTC))]
    ticks: list[Tick] = []
    before: datetime | None = None
    for moment in moments:
        ticks.append(Tick(moment.astimezone(UTC), _label(moment, before, span_s)))
        before = moment
    return _without_crowded_year(ticks)


def _without_crowded_year(ticks: list[Tick]) -> list[Tick]:
    """Take the year from the first label where the next one's date would run into it; the heading says it too."""
    second_line, year = "<br>", 4
    if len(ticks) > 1 and second_line in ticks[1].label and ticks[0].label[-year:].isdigit():
        clock, _, date = ticks[0].label.partition(second_line)
        if " " in date:
            ticks[0] = Tick(ticks[0].at, f"{clock}{second_line}{date.rpartition(' ')[0]}")
    return ticks


def _moments(window: Period, zone: ZoneInfo, least_s: float) -> Iterator[datetime]:
    step_s = next((s for s in _STEPS_S if s >= least_s), None)
    if step_s is not None:
        return _clock_moments(window, zone, step_s)
    days = next((d for d in _DAYS if d * _DAY_S >= least_s), None)
    if days is not None:
        return _day_moments(window, zone, days)
    months = next((m for m in _MONTHS if m * _MONTH_S >= least_s), _MONTHS[-1])
    return _month_moments(window, zone, months)


def _clock_moments(window: Period, zone: ZoneInfo, step_s: float) -> Iterator[datetime]:
    """Every ``step_s`` of the wall clock, counted from local midnight, once for each time it is shown."""
    step = timedelta(seconds=step_s)
    first = window.start.astimezone(zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    since = (first.replace(tzinfo=None) - midnight.replace(tzinfo=None)) // step
    wall = midnight.replace(tzinfo=None) + since * step
    # where the clocks go back within the window, its last wall time is not its greatest
    last = max(window.end.astimezone(zone).replace(tzinfo=None), first.replace(tzinfo=None) + window.duration)
    while wall <= last:
        yield from _times_shown(wall, zone)
        wall += step


def _times_shown(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which ``zone``'s clock shows ``wall``: one, two where it goes back, none where it skips."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall:
        yield first
        if second.utcoffset() != first.utcoffset():
            yield second


def _day_moments(window: Period, zone: ZoneInfo, days: int) -> Iterator[datetime]:
    """Local midnights; weeks begin on Monday."""
    day = window.start.astimezone(zone).date()
    week = 7
    day -= timedelta(days=day.weekday() if days >= week else 0)
    last = window.end.astimezone(zone).date()
    while day <= last:
        yield datetime(day.year, day.month, day.day, tzinfo=zone)
        day += timedelta(days=days)


def _month_moments(window: Period, zone: ZoneInfo, months: int) -> Iterator[datetime]:
    first = window.start.astimezone(zone)
    count = (first.year * 12 + first.month - 1) // months * months
    last = window.end.astimezone(zone)
    while count <= last.year * 12 + last.month - 1:
        yield datetime(count // 12, count % 12 + 1, 1, tzinfo=zone)
        count += months


def _label(moment: datetime, before: datetime | None, span_s: float) -> str:
    """The time of day or the date; on a second line what it belongs to, where that is new."""
    is_new_day = before is None or before.date() != moment.date()
    is_new_year = before is None or before.year != moment.year
    if span_s > 60 * _DAY_S * MOST_TICKS:
        return f"{moment:%Y}" if moment.month == 1 and span_s > 5 * 365 * _DAY_S else f"{moment:%b}<br>{moment:%Y}"
    if span_s > 2 * _DAY_S * MOST_TICKS or (_is_midnight(moment) and span_s > 3 * _DAY_S):
        return f"{moment.day} {moment:%b}" + (f"<br>{moment:%Y}" if is_new_year else "")
    clock = _clock(moment)
    return clock + (f"<br>{moment.day} {moment:%b}" + (f" {moment:%Y}" if before is None else "") if is_new_day else "")


def _is_midnight(moment: datetime) -> bool:
    return not (moment.hour or moment.minute or moment.second or moment.microsecond)


def _clock(moment: datetime) -> str:
    if moment.microsecond:
        return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def say_zone(window: Period, zone: ZoneInfo) -> str:
    """The axis's title: which clock it shows, with the abbreviations that fall into the window."""
    if zone.key == "UTC":
        return "Time in UTC"
    names = list(
        dict.fromkeys(
            moment.astimezone(zone).tzname() or ""
            for moment in (window.start, window.start + window.duration / 2, window.end)
        )
    )
    return f"Local time in {zone.key.rpartition('/')[2].replace('_', ' ')} ({' and '.join(names)})"
