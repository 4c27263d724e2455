"""What every page for signed-in people has in common: who asks, and what to say when it is nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from fairwatt.core.errors import NotAllowed
from fairwatt.records.models import User
from fairwatt.services.actors import Actor

P = ParamSpec("P")


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request, with the address the audit log keeps."""
    user = request.user if isinstance(request.user, User) else None
    return Actor(user=user, address=request.META.get("REMOTE_ADDR"))


def signed_in(
    view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Ask for a sign-in first, keep the page out of caches, and hand the view its actor."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, actor_of(request), *args, **kwargs)

    return never_cache(login_required(answer))


def require_manager(actor: Actor) -> None:
    """Refuse whoever is no data manager.

    Raises
    ------
    NotAllowed
        For everyone but managers.
    """
    if not actor.is_manager:
        raise NotAllowed(
            "This page is for the project's data managers.",
            next_step="If you should be one, ask a data manager to make you one.",
        )
