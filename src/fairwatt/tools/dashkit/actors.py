"""Who works with a tool: the person of the current request."""

from __future__ import annotations

from fairwatt.records.models import User
from fairwatt.services.actors import Actor
from fairwatt.tools.dashkit.requests import current_request


def current_actor() -> Actor:
    """The person behind the layout function or callback that is running now; nobody where none has signed in."""
    request = current_request()
    user = request.user if isinstance(request.user, User) else None
    return Actor(user=user, address=request.META.get("REMOTE_ADDR") or None)
