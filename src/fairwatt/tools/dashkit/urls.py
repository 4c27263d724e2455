"""The addresses of a tool, which is imported when somebody first calls it."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

if TYPE_CHECKING:
    from fairwatt.tools.dashkit.app import PortalDash

_lock = threading.Lock()
_modules: list[str] = []  # of the tools that have an address


def tool_urls(route: str, module: str, *, name: str) -> list[URLPattern]:
    """Give a tool its address ``route`` and what lies below.

    Parameters
    ----------
    route
        Below the tools', with a slash at its end.
    module
        The module whose ``app`` is the tool's :class:`~fairwatt.tools.dashkit.app.PortalDash`.
    name
        The name of the tool's page, for ``reverse``.
    """

    _modules.append(module)

    def serve(request: HttpRequest, rest: str = "") -> HttpResponseBase:
        return load_tool(module).routes_of_tool.serve(request, rest)

    return [path(route, serve, name=name), path(f"{route}<path:rest>", serve)]


def load_tools() -> None:
    """Import and prepare all tools, so that nobody waits for it: call it in a thread of its own after the start."""
    for module in _modules:
        load_tool(module).prepare()


def load_tool(module: str) -> PortalDash:
    """Import a tool; two first visitors at once get the same whole one."""
    with _lock:
        app: PortalDash = import_module(module).app
    return app
