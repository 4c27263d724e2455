"""The pages that say what went wrong: what happened, where, what to do next; never more than the reader may know."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from fairwatt.core.errors import FairwattError, NotSignedIn, Overloaded, StoreAway, TooManyRequests
from fairwatt.services.links import dataset_path

# Keys that help a person find the place; the rest of ``where`` is for programs.
_PLACES = {
    "dataset": "Dataset",
    "file": "File",
    "line": "Line",
    "row": "Row",
    "channel": "Channel",
    "period": "Period",
    "field": "Field",
    "deposit": "Deposit",
    "entry": "Entry",
    "format": "Format",
}
_REFUSALS = {401, 403, 410}
_KEY = re.compile(r"^[a-z0-9]{6,20}$")
_TITLES = {
    400: "This request can’t be understood",
    401: "Sign in to see this",
    403: "You don’t have access to this",
    404: "There is nothing at this address",
    409: "It has changed in the meantime",
    410: "This has been withdrawn",
    413: "This is too large",
    422: "This can’t be used as it is",
    429: "Too many requests for the moment",
    503: "A store or source did not answer",
    507: "There is no room left",
}
_TITLES_OF = {"damaged-data": "A stored file is damaged", "gone": "This is not kept any more"}


def error_page(request: HttpRequest, error: FairwattError) -> HttpResponse:
    """Answer with a page for an error of the house, with its own status."""
    places = ((label, error.where.get(key)) for key, label in _PLACES.items())
    own = _TITLES_OF.get(error.code)
    context: dict[str, object] = {
        **({"title": own} if own else {}),
        "message": error.message,
        "where": [(label, value) for label, value in places if value not in {None, ""}],
        "next_step": error.next_step,
        "dataset_page": _dataset_page(error),
    }
    response = _page(request, error.http_status, context)
    if isinstance(error, NotSignedIn):
        response["WWW-Authenticate"] = 'Bearer realm="fairwatt"'
    if isinstance(error, TooManyRequests | StoreAway | Overloaded):
        response["Retry-After"] = str(error.retry_after_s)
    return response


def _dataset_page(error: FairwattError) -> str:
    """Lead to the dataset whose data were refused: its page stays open to whoever may know of it."""
    key = str(error.where.get("dataset", ""))
    return dataset_path(key) if error.http_status in _REFUSALS and _KEY.match(key) else ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to read."""
    del exception
    message = "What your browser sent is not a request that this site knows."
    return _page(request, 400, {"message": message, "next_step": "Go back and try again."})


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer where somebody may not do this."""
    message = str(exception) or "This page is not for everyone, and your account is not among those it is for."
    return _page(request, 403, {"message": message})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer where an address leads nowhere."""
    del exception
    message = (
        "The address may be mistyped, or what it named was never here. "
        "Published datasets never disappear: a withdrawn one keeps its page."
    )
    return _page(request, 404, {"message": message})


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer where something broke; the page needs no database, and says nothing of the inside."""
    del request
    return HttpResponse(render_to_string("portal/errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer where a form came without its token: an old page, or cookies refused."""
    del reason
    return _page(
        request,
        403,
        {
            "title": "This form is out of date",
            "message": (
                "Your browser sent this form without the token that shows it came from this site. Nothing was changed."
            ),
            "next_step": (
                "Go back, load the page again and send the form once more. "
                "If it happens again, allow cookies for this site."
            ),
        },
    )


def _page(request: HttpRequest, status: int, context: dict[str, object]) -> HttpResponse:
    sign_in = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}"
    context = {"title": _TITLES.get(status, "This can’t be done"), "status": status, "sign_in": sign_in, **context}
    response = render(request, "portal/errors/error.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
