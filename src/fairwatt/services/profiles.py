"""What people say of themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import User
from fairwatt.services.actors import Actor, require_user
from fairwatt.services.audit import record_event

LONGEST_NAME = 150


@transaction.atomic
def rename_person(*, actor: Actor, name: str, at: datetime) -> User:
    """Change the actor's own name; empty takes it away, and their address stands in for it.

    Raises
    ------
    NotSignedIn
        Where nobody is.
    InvalidInput
        Where the name is longer than 150 characters.
    """
    user = require_user(actor)
    name = " ".join(name.replace("\0", "").split())
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"A name has at most {LONGEST_NAME} characters.", where={"field": "name"})
    if name != user.name:
        before, user.name = user.name, name
        user.save(update_fields=["name"])
        record_event(actor=actor, verb="person.renamed", subject=user, at=at, detail={"before": before, "after": name})
    return user
