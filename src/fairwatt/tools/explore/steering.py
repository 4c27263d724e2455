"""Moves through time: what a button, a drag or a typed time makes of the window. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fairwatt.core.errors import InvalidInput
from fairwatt.core.periods import Period

SPANS = ("all", "year", "month", "week", "day", "hour")
MOVES = ("earlier", "later", "closer", "wider")
SHORTEST = timedelta(milliseconds=10)
ROUNDED_FROM = timedelta(minutes=10)
_MOST_MONTH_DAYS = 31


def choose_span(window: Period, whole: Period, span: str, zone: ZoneInfo) -> Period | None:
    """The last year, month, week, day or hour of what is shown; None for the whole period.

    A day is a day of the calendar in ``zone``: 23 or 25 hours long when the clocks change.
    """
    if span == "all":
        return None
    start = _step_back(window.end, span, zone)
    if start >= window.start and window.duration <= window.end - start:
        return _fit(window, whole)
    return _fit(Period(start, window.end), whole)


def _step_back(moment: datetime, span: str, zone: ZoneInfo) -> datetime:
    if span == "hour":
        return moment - timedelta(hours=1)
    local = moment.astimezone(zone)
    if span in {"day", "week"}:
        return (local - timedelta(days=1 if span == "day" else 7)).astimezone(UTC)
    months = 1 if span == "month" else 12
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    for day in range(local.day, local.day - _MOST_MONTH_DAYS, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)
        except ValueError:  # that month has no such day
            continue
    raise AssertionError("every month has a first day")


def move_window(window: Period, whole: Period, move: str) -> Period:
    """Go earlier or later by the window's own length, or closer and wider by half around its middle.

    The result stays within the whole period.
    """
    length = window.duration
    if move in {"earlier", "later"}:
        by = -length if move == "earlier" else length
        return _slide(window, by, whole)
    if move == "closer":
        quarter = max(length / 4, timedelta(0))
        if length / 2 < SHORTEST:
            return window
        return Period(window.start + quarter, window.end - quarter)
    return _fit(Period(_plus(window.start, -length / 2), _plus(window.end, length / 2)), whole)


def _slide(window: Period, by: timedelta, whole: Period) -> Period:
    """Move by ``by``, or up to the edge of the whole period, the length kept."""
    none = timedelta(0)
    room_before, room_after = min(whole.start - window.start, none), max(whole.end - window.end, none)
    by = max(by, room_before) if by < none else min(by, room_after)
    return Period(window.start + by, window.end + by)


def _fit(window: Period, whole: Period) -> Period:
    """The window cut to the whole period; the whole where they don't touch."""
    start, end = max(window.start, whole.start), min(window.end, whole.end)
    return Period(start, end) if start < end else whole


def _plus(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def read_drag(relayout: object) -> tuple[str, Period | None]:
    """What a drag on the chart means.

    Plotly reports much that is none (its size at first, for one): only a new range or a reset counts.

    Returns
    -------
    tuple[str, Period | None]
        ``("window", period)``, ``("whole", None)`` or ``("", None)`` for nothing.
    """
    if not isinstance(relayout, Mapping):
        return "", None
    if relayout.get("xaxis.autorange") is True:
        return "whole", None
    ends = relayout.get("xaxis.range[0]"), relayout.get("xaxis.range[1]")
    if None in ends and isinstance(pair := relayout.get("xaxis.range"), list) and len(pair) == len(ends):
        ends = pair[0], pair[1]
    try:
        start, end = (_axis_instant(end) for end in ends)
    except (ValueError, TypeError, OverflowError):
        return "", None
    if end - start >= ROUNDED_FROM:  # nobody can drag to a fraction of a second, and addresses are read by people
        start, end = (moment + timedelta(microseconds=500_000) for moment in (start, end))
        start, end = (moment.replace(microsecond=0) for moment in (start, end))
    return ("window", Period(start, end)) if end - start >= SHORTEST else ("", None)


def _axis_instant(text: object) -> datetime:
    """A place on the chart's axis, which always runs in UTC: ``2019-11-18 11:45:43.5`` or milliseconds."""
    if isinstance(text, int | float):
        return datetime.fromtimestamp(text / 1000, UTC)
    if not isinstance(text, str):
        raise TypeError("neither text nor number")
    date, _, clock = text.partition(" ")
    whole, _, fraction = clock.partition(".")
    moment = datetime.fromisoformat(f"{date}T{whole}" if whole else date)
    micros = round(float(f"0.{fraction or 0}") * 1e6)
    return moment.replace(tzinfo=UTC) + timedelta(microseconds=micros)


def read_typed(text: str, zone: ZoneInfo, *, name: str) -> datetime:
    """Read what a date-and-time field holds, ``2019-11-18T11:45:43``, in ``zone``.

    An hour that the clocks repeat is taken the first time; one that they skip, as if they had not.

    Raises
    ------
    InvalidInput
        Where it is no date and time; ``name`` says which field.
    """
    try:
        local = datetime.fromisoformat(text.strip())
        return local.astimezone(UTC) if local.tzinfo else local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"“{text[:40]}” is no date and time.",
            where={"field": name},
            next_step=f"Choose when the window {name}, for example 18/11/2019 11:45.",
        ) from error


def write_typed(moment: datetime, zone: ZoneInfo) -> str:
    """Write an instant as a date-and-time field holds it."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")


def make_window(start: datetime, end: datetime) -> Period:
    """The window between two typed times.

    Raises
    ------
    InvalidInput
        Where it doesn't run forward.
    """
    if end - start < SHORTEST:
        raise InvalidInput(
            "The window must end after it starts.",
            where={"field": "ends"},
            next_step="What you see is the window before. Choose a later end or an earlier start.",
        )
    return Period(start, end)
