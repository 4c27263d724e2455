"""What every address of the API has in common: problems for errors, HEAD, OPTIONS, and who may read from afar.

Cross-origin reading (CORS) is allowed for what anybody may read: a GET or HEAD that carries neither token nor
session answers with ``Access-Control-Allow-Origin: *``. Requests with credentials never do, so a page of
another site can't read with a visitor's rights.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from fairwatt.api.problems import problem_from_answer, problem_of

View = Callable[..., HttpResponseBase]

EXPOSED = "Accept-Ranges, Content-Disposition, Content-Range, ETag, Link, Repr-Digest, Retry-After"


def api_view(view: View) -> View:
    """Wrap a view of the API: whatever happens inside, the answer is one a program can read.

    The view checks CSRF itself (:mod:`fairwatt.api.authentication`): a bearer token needs none.
    """

    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        _refuse_nul(request)
        return view(request, *args, **kwargs)

    return _wrapped(wraps(view)(checked), problem_from_answer)


def protocol_view(view: View) -> View:
    """Wrap a view that follows a protocol with errors of its own: what it answers is left as it is.

    It refuses a NUL itself, as its protocol wants that to be said.
    """
    return _wrapped(view, lambda answer: answer)


def _wrapped(view: View, tidy: Callable[[HttpResponseBase], HttpResponseBase]) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return _share(request, _options(request))
        try:
            response = _call(view, request, args, kwargs)
        except Exception as error:  # the API's one place that turns errors into answers
            response = problem_of(error)
        response = tidy(response)
        response.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
        return _share(request, response)

    return csrf_exempt(answer)


def is_anonymous(request: HttpRequest) -> bool:
    """Say whether a request carries no credentials at all."""
    return "Authorization" not in request.headers and settings.SESSION_COOKIE_NAME not in request.COOKIES


def _refuse_nul(request: HttpRequest) -> None:
    """Refuse addresses that hold a NUL: no name has one, and PostgreSQL can't be asked about it."""
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        raise BadRequest("the address holds a NUL")


def _call(view: View, request: HttpRequest, args: tuple[object, ...], kwargs: dict[str, object]) -> HttpResponseBase:
    response = view(request, *args, **kwargs)
    if request.method != "HEAD":
        return response
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        request.method = "GET"
        try:
            response = view(request, *args, **kwargs)
        finally:
            request.method = "HEAD"
    return _without_body(response)


def _without_body(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, HttpResponse):
        response.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
        return response
    response.close()
    bare = StreamingHttpResponse((), status=response.status_code)  # whose length nobody adds
    for name, value in response.items():
        bare[name] = value
    return bare


def _options(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    if "Access-Control-Request-Method" in request.headers:
        response["Access-Control-Allow-Methods"] = "GET, HEAD"
        response["Access-Control-Allow-Headers"] = "Accept, If-Match, If-None-Match, If-Range, Range"
        response["Access-Control-Max-Age"] = "86400"
    return response


def _share(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if request.method in {"GET", "HEAD", "OPTIONS"} and is_anonymous(request):
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = EXPOSED
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
