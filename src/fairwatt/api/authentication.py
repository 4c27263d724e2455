"""Who asks: a bearer token, the portal's session, or nobody in particular."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone

from fairwatt.api.ratelimits import limits
from fairwatt.core.errors import NotAllowed, NotSignedIn
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import authenticate_token

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def client_address(request: HttpRequest) -> str | None:
    """The address that asks: the connection's, or what our own proxy says where there is one."""
    if settings.SECURE_PROXY_SSL_HEADER:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if hops[-1]:
            return hops[-1]
    return request.META.get("REMOTE_ADDR") or None


def authenticate(
    request: HttpRequest, *scopes: str, required: bool = False, key: str = "", bulk: bool = False
) -> Actor:
    """Find out who asks, and count the request.

    A ``Authorization: Bearer fwt_…`` header counts before the session. With the session, methods that
    change something need Django's CSRF token (``X-CSRFToken``).

    Parameters
    ----------
    scopes
        ``read``, ``deposit`` or ``manage``: of which the token must allow one; any token will do where none is named.
    required
        Whether nobody in particular is refused.
    key
        A token that came otherwise than as a bearer's, by the rules of another protocol.
    bulk
        Whether this is how whole catalogues are read, a request for each dataset: that may be asked more often.

    Raises
    ------
    NotSignedIn
        Where the token is unknown, expired or revoked, or nobody has signed in and ``required``.
    NotAllowed
        Where the token lacks the scopes, or the CSRF token is missing.
    TooManyRequests
        Where the asker has used up its share.
    """
    address = client_address(request)
    header = f"Bearer {key}" if key else request.headers.get("Authorization", "")
    if header:
        limits.refusals.check(address or "unknown")
        actor = _by_token(header, scopes, address=address)
    else:
        actor = _by_session(request, address=address)
    (limits.harvests if bulk else limits.requests).take(f"user:{actor.user.pk}" if actor.user else f"address:{address}")
    if required and not actor.is_signed_in:
        raise NotSignedIn(
            "This needs a token or a signed-in session.",
            next_step="Make a token on your account page and send it as 'Authorization: Bearer fwt_…'.",
        )
    return actor


class Caller:
    """A door for ninja: asks who calls, with a token of any of the scopes (none: of whichever).

    >>> Caller("read", "deposit", required=True).scopes
    ('read', 'deposit')
    """

    def __init__(self, *scopes: str, required: bool = False) -> None:
        self.scopes = scopes
        self.required = required

    def __call__(self, request: HttpRequest) -> Actor:
        """Return the actor; ninja keeps it as ``request.auth``."""
        return authenticate(request, *self.scopes, required=self.required)


def actor_of(request: HttpRequest) -> Actor:
    """The actor that a :class:`Caller` found."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):  # pragma: no cover - an operation was declared without its Caller
        raise TypeError("this operation has no Caller")
    return actor


def _by_token(header: str, scopes: Sequence[str], *, address: str | None) -> Actor:
    scheme, _, secret = header.partition(" ")
    try:
        if scheme.lower() != "bearer" or not secret.strip():
            raise NotSignedIn(
                "The Authorization header is not a bearer token.",
                next_step="Send it as 'Authorization: Bearer fwt_…'.",
            )
        return authenticate_token(secret=secret.strip(), at=timezone.now(), scopes=scopes, address=address)
    except NotSignedIn:
        limits.refusals.take(address or "unknown")
        raise


def _by_session(request: HttpRequest, *, address: str | None) -> Actor:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Actor.anonymous(address=address)
    if request.method not in _SAFE and _lacks_csrf_token(request):
        raise NotAllowed(
            "The CSRF token is missing or wrong.",
            next_step="Send the csrftoken cookie's value as X-CSRFToken, or use a bearer token.",
        )
    return Actor(user=user, address=address)


class _Check(CsrfViewMiddleware):
    """Django's own check, saying no instead of rendering a page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        del request
        return HttpResponse(reason, status=403)


def _checked_view(request: HttpRequest) -> HttpResponseBase:  # pragma: no cover - never called
    del request
    return HttpResponse()


def _lacks_csrf_token(request: HttpRequest) -> bool:
    check = _Check(_checked_view)
    vars(request).pop("csrf_processing_done", None)
    check.process_request(request)
    return check.process_view(request, _checked_view, (), {}) is not None
