"""The portal's own middleware: errors of the house become pages, and every answer carries its headers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from fairwatt.api.problems import problem_of
from fairwatt.core.errors import FairwattError
from fairwatt.portal.pages.errors import error_page

_HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_FOR_PROGRAMS = {"download_original", "download_readings", "file_readings"}

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ErrorPages:
    """Turn an error of the house into an HTML page: what happened, where, what was kept, what next.

    The one place where the portal maps errors; the API maps them to problem+json by itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a FairwattError; anything else is Django's to handle.

        Programs that fetch data, and say nothing of HTML, get the problem as JSON.
        """
        if not isinstance(exception, FairwattError):
            return None
        match = request.resolver_match
        if match and match.view_name in _FOR_PROGRAMS and "text/html" not in request.headers.get("Accept", ""):
            return problem_of(exception)
        return error_page(request, exception)


class SecurityHeaders:
    """Set the headers that Django leaves out, and keep pages of signed-in people out of shared caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" in response.headers:
            return response  # it said so itself; asking who looks would vary public scripts by cookie
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers["Cache-Control"] = "private, no-cache"
        return response
