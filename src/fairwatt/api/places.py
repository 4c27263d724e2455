"""Where the next page of a harvest begins, as a sealed text: nothing is kept on the server between two pages.

It is encrypted, not only signed: a row's number would tell how many datasets there are that nobody may know of.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from fairwatt.core.errors import InvalidInput
from fairwatt.services.harvests import Place

_LONGEST = 2_000


def sign_place(place: Place, *, salt: str, **also: Any) -> str:
    """Write a place, with whatever else the next page has to know, so that nobody can read it or write another."""
    seconds = place.changed_at.astimezone(UTC).isoformat()
    written = json.dumps([seconds, place.row, also], separators=(",", ":"))
    return _seal(salt).encrypt(written.encode()).decode().rstrip("=")


def read_place(token: str, *, salt: str) -> tuple[Place, dict[str, Any]]:
    """Read what :func:`sign_place` wrote.

    Raises
    ------
    InvalidInput
        Where it is not ours, was changed, or belongs to another kind of list.
    """
    try:
        if len(token) > _LONGEST:
            raise InvalidToken
        padded = token + "=" * (-len(token) % 4)
        instant, row, also = json.loads(_seal(salt).decrypt(padded.encode("ascii")))
        return Place(datetime.fromisoformat(instant), int(row)), dict(also)
    except (InvalidToken, ValueError, TypeError) as error:
        raise InvalidInput(
            "This cursor belongs to no page of this list.",
            where={"field": "cursor"},
            next_step="Begin again with the first page: leave the cursor out.",
        ) from error


def _seal(salt: str) -> MultiFernet:
    """The cipher of one kind of list, with earlier secrets for what they sealed."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [salted_hmac(f"fairwatt.{salt}", "cursor", secret, algorithm="sha256").digest() for secret in secrets]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])
