"""Instants in addresses: ISO 8601 with an offset, never without."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fairwatt.core.errors import InvalidInput

_LOST_PLUS = re.compile(r"(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) (\d{2}:?\d{2})$", re.ASCII)


def parse_instant(text: str, *, field: str) -> datetime:
    """Parse an instant.

    A ``+`` that an address lost to a blank is put back.

    Parameters
    ----------
    text
        ISO 8601 with date, time and offset.
    field
        The parameter's name, for the error.

    Returns
    -------
    The instant in UTC.

    Raises
    ------
    InvalidInput
        Where it is no instant, or its zone is not said.

    >>> parse_instant("2019-11-18T01:00:00+01:00", field="start").isoformat()
    '2019-11-18T00:00:00+00:00'
    """
    text = _LOST_PLUS.sub(r"\1+\2", text.strip())
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"{field}: '{text[:60]}' is not an instant.",
            where={"field": field},
            next_step="Write it in ISO 8601 with an offset: 2019-11-18T00:00:00Z.",
        ) from error
    if at.tzinfo is None:
        raise InvalidInput(
            f"{field}: '{text[:60]}' does not say its time zone.",
            where={"field": field},
            next_step=f"Add Z for UTC or an offset: {at.isoformat()}Z or {at.isoformat()}+01:00.",
        )
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput(f"{field}: '{text[:60]}' lies outside the calendar.", where={"field": field}) from error


def parse_period(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """Parse a half-open period whose ends may be left out.

    Raises
    ------
    InvalidInput
        Where an end is no instant, or the period does not run forward.
    """
    first = parse_instant(start, field="start") if start else None
    last = parse_instant(end, field="end") if end else None
    if first is not None and last is not None and last <= first:
        raise InvalidInput(
            "The period must end after it starts.",
            where={"field": "end", "start": start, "end": end},
            next_step="Swap the two; the end is not part of the period.",
        )
    return first, last


def check_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises
    ------
    InvalidInput
        Where there is no such zone.

    >>> check_zone("Europe/London")
    'Europe/London'
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"There is no time zone '{name[:60]}'.",
            where={"field": "zone"},
            next_step="Write it as Europe/London or UTC.",
        ) from error
    return name
