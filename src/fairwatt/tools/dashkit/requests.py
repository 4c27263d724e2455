"""What Dash asks of "the request" and "the response", answered by Django's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from dash.backends.base_server import RequestAdapter, ResponseAdapter
from django.http import HttpRequest, HttpResponse

_request: ContextVar[HttpRequest | None] = ContextVar("fairwatt_tool_request", default=None)


def current_request() -> HttpRequest:
    """The Django request behind the layout function or callback that is running now.

    Raises
    ------
    RuntimeError
        Where no view of a tool is running.
    """
    request = _request.get()
    if request is None:
        raise RuntimeError("no Django request: this runs outside every view of a tool")
    return request


def has_request() -> bool:
    """Whether a view of a tool is running."""
    return _request.get() is not None


@contextmanager
def serving(request: HttpRequest) -> Iterator[None]:
    """Make ``request`` the current one, also for the threads' copies of this context."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


class DjangoRequest(RequestAdapter):  # type: ignore[misc,unused-ignore]
    """The current Django request, in Dash's words."""

    @property
    def context(self) -> HttpRequest:
        """The request itself."""
        return current_request()

    @property
    def root(self) -> str:
        """The address of the host."""
        return current_request().build_absolute_uri("/")

    @property
    def args(self) -> Any:
        """The parameters after the question mark."""
        return current_request().GET

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON."""
        return current_request().content_type == "application/json"

    def get_json(self) -> Any:
        """The body, parsed."""
        return json.loads(current_request().body or b"null")

    @property
    def cookies(self) -> Any:
        """Cookies by name."""
        return current_request().COOKIES

    @property
    def headers(self) -> Any:
        """Headers by name, in any case."""
        return current_request().headers

    @property
    def full_path(self) -> str:
        """Path and parameters."""
        return current_request().get_full_path()

    @property
    def url(self) -> str:
        """The whole address."""
        return current_request().build_absolute_uri()

    @property
    def remote_addr(self) -> str | None:
        """Who calls."""
        return current_request().META.get("REMOTE_ADDR")

    @property
    def origin(self) -> str | None:
        """The page that calls, where the browser says so."""
        return current_request().headers.get("Origin")

    @property
    def path(self) -> str:
        """The path alone."""
        return current_request().path


class DjangoResponse(ResponseAdapter):  # type: ignore[misc,unused-ignore]
    """The response that a callback fills."""

    def __init__(self) -> None:
        super().__init__()
        self._response = HttpResponse(content_type="application/json")

    @property
    def callback_response(self) -> HttpResponse:
        """The Django response."""
        return self._response

    def set_cookie(self, key: str, value: str = "", **kwargs: Any) -> None:
        """Set a cookie on it."""
        self._response.set_cookie(key, value, **kwargs)

    def append_header(self, key: str, value: str) -> None:
        """Set a header on it."""
        self._response[key] = value

    def set_header(self, key: str, value: str) -> None:
        """Set a header on it."""
        self._response[key] = value

    def set_response(self, **kwargs: Any) -> HttpResponse:
        """Fill it, and hand it back."""
        self._response.content = kwargs.get("data", "")
        return self._response
