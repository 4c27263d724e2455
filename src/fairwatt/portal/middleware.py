"""The portal's own middleware: errors of the house become pages, and every answer carries its headers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from fairwatt.api.problems import problem_of
from fairwatt.core.errors import FairwattError
from fairwatt.portal.pages.errors import error_page
from fairwatt.services.access import asking_once

_HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_FOR_PROGRAMS = {"download_original", "download_readings", "file_readings", "dataset_signature", "file_signature"}

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Arrivals:
    """Say where a request comes from, and turn away addresses that no page can have.

    Behind a proxy of ours the connection's address is the proxy's, for everyone: sign-in limits would shut out all
    for one, and the audit log would name the proxy. The last hop of ``X-Forwarded-For`` is what our proxy saw.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_PROXY_SSL_HEADER:
            with suppress(ValueError):
                last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
                request.META["REMOTE_ADDR"] = str(ip_address(last))
        has_nul = "\0" in request.path or "%00" in request.META.get("QUERY_STRING", "")
        if has_nul and not request.path.startswith(("/api/", "/oai")):  # which say so in words of their own
            raise BadRequest("The address holds a NUL.")
        return self._get_response(request)


class OneLook:
    """Let a request that only shows ask once who somebody is, however many of its parts need to know."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"}:
            return self._get_response(request)
        with asking_once():
            return self._get_response(request)


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
    """Set the headers that Django leaves out, and keep pages out of shared caches.

    Pages of people who have not signed in, too: what anybody may see today may be withdrawn or erased in an hour.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
