"""Where the next page of a harvest begins, as a signed text: nothing is kept on the server between two pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core import signing

from fairwatt.core.errors import InvalidInput
from fairwatt.services.harvests import Place

_LONGEST = 2_000


def sign_place(place: Place, *, salt: str, **also: Any) -> str:
    """Write a place, with whatever else the next page has to know, so that nobody can write another."""
    seconds = place.changed_at.astimezone(UTC).isoformat()
    return signing.dumps([seconds, place.row, also], salt=f"fairwatt.{salt}", compress=True)


def read_place(token: str, *, salt: str) -> tuple[Place, dict[str, Any]]:
    """Read what :func:`sign_place` wrote.

    Raises
    ------
    InvalidInput
        Where it is not ours, was changed, or belongs to another kind of list.
    """
    try:
        if len(token) > _LONGEST:
            raise signing.BadSignature("too long")
        instant, row, also = signing.loads(token, salt=f"fairwatt.{salt}")
        return Place(datetime.fromisoformat(instant), int(row)), dict(also)
    except (signing.BadSignature, ValueError, TypeError, UnicodeError) as error:
        raise InvalidInput(
            "This cursor belongs to no page of this list.",
            where={"field": "cursor"},
            next_step="Begin again with the first page: leave the cursor out.",
        ) from error
