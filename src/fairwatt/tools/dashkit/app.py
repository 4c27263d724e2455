"""A Dash app in the portal's own frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dash import Dash
from dash.fingerprint import check_fingerprint
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from fairwatt.core.errors import FairwattError
from fairwatt.tools.dashkit.bundles import compress_bundle
from fairwatt.tools.dashkit.dispatch import show_error
from fairwatt.tools.dashkit.requests import current_request
from fairwatt.tools.dashkit.server import DjangoServer, ToolRoutes

TEMPLATE = "portal/tool.html"
VENDOR = Path(__file__).parent / "vendor"
PLOTLY = "plotly-basic.min.js"  # scatter and bar: 1.2 MB where all of Plotly is 4.8
UNUSED_SCRIPTS = ("/dash_table/", "/dash_bootstrap_components/")
_BUNDLE = re.compile(r'src="[^"]*/_dash-component-suites/([^/"]+)/([^"?]+)')
_SCRIPT = re.compile(r"<script(?=[\s>])")


class PortalDash(Dash):  # type: ignore[misc,unused-ignore]
    """A Dash app that renders inside the portal's template, under its session, CSRF check and policy.

    Parameters
    ----------
    name
        The tool's module, beside which its ``assets`` folder lies.
    prefix
        The tool's address, with a slash at both ends.
    title, description
        What the page is about, for its heading and for search engines.
    template
        Receives ``title``, ``description`` and ``dash`` with ``css``, ``app_entry``, ``config``, ``scripts``
        and ``renderer``.
    check_address
        Raises the error that the page's answer is to bear the status of, by the address's query; its words are left
        to the tool itself.
    """

    def __init__(
        self,
        name: str,
        *,
        prefix: str,
        title: str,
        description: str = "",
        template: str = TEMPLATE,
        check_address: Callable[[str], object] = lambda _search: None,
        **kwargs: Any,
    ) -> None:
        self._template = template
        self._check_address = check_address
        super().__init__(
            name,
            backend=DjangoServer,
            routes_pathname_prefix="/",
            requests_pathname_prefix=prefix,
            title=title,
            description=description,
            update_title="",
            csrf_token_name="csrftoken",  # noqa: S106 - the cookie's name
            csrf_header_name="X-CSRFToken",
            serve_locally=True,
            compress=False,
            add_log_handler=False,
            suppress_callback_exceptions=True,
            on_error=show_error,
            enable_mcp=False,
            **kwargs,
        )

    @property
    def routes_of_tool(self) -> ToolRoutes:
        """The tool's addresses."""
        routes: ToolRoutes = self.server
        return routes

    def _setup_server(self) -> None:
        """Add the smaller Plotly to what may be served."""
        super()._setup_server()
        self.registered_paths[__package__].add(f"vendor/{PLOTLY}")

    def index(self, *args: Any, **kwargs: Any) -> Any:
        """Serve the page; where its address asks for what the person may not have, as a real refusal."""
        status = 200
        try:
            self._check_address(current_request().META.get("QUERY_STRING", ""))
        except FairwattError as error:
            status = error.http_status
        return HttpResponse(super().index(*args, **kwargs), status=status)

    def prepare(self) -> None:
        """Compress the page's scripts ahead of the tool's first visitor."""
        scripts = keep_used([self._plotly_script(), *self._generate_scripts_html().splitlines()])
        for package, file in _BUNDLE.findall(scripts):
            compress_bundle(package, check_fingerprint(file)[0])

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """Render the portal's template around the app, with the page's nonce on every script."""
        request = current_request()
        nonce = str(getattr(request, "csp_nonce", ""))  # its bool() is False until it is used
        parts["scripts"] = f"{self._plotly_script()}\n{keep_used(parts['scripts'].splitlines())}"
        for key in ("config", "scripts", "renderer"):
            parts[key] = add_nonce(parts[key], nonce)
        safe = {key: mark_safe(value) for key, value in parts.items()}  # noqa: S308 - Dash's own markup
        context = {"dash": safe, "title": self.title, "description": self.config.description}
        return render_to_string(self._template, context, request=request)

    def _plotly_script(self) -> str:
        """The script element of the smaller Plotly; dcc.Graph then doesn't load the whole of it."""
        changed = int((VENDOR / PLOTLY).stat().st_mtime)
        stem, _, ending = PLOTLY.partition(".")
        prefix = self.config.requests_pathname_prefix
        source = f"{prefix}_dash-component-suites/{__package__}/vendor/{stem}.v1m{changed}.{ending}"
        return f'<script src="{source}"></script>'


def keep_used(lines: Iterable[str]) -> str:
    """Drop the script elements that no tool of ours needs."""
    return "\n".join(line for line in lines if not any(unused in line for unused in UNUSED_SCRIPTS))


def add_nonce(markup: str, nonce: str) -> str:
    """Put the page's nonce on every script element."""
    return _SCRIPT.sub(f'<script nonce="{nonce}"', markup) if nonce else markup
