"""Dash's server, which is Django: routes become views, and there is no second web framework."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from dash import Dash
from dash._validate import validate_js_path
from dash.backends.base_server import BaseDashServer
from dash.exceptions import DependencyException, InvalidResourceError
from dash.fingerprint import check_fingerprint
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, path
from django.urls.resolvers import RegexPattern, URLResolver
from django.utils.cache import patch_cache_control
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.static import serve as serve_static

from fairwatt.tools.dashkit.bundles import YEAR_S, serve_bundle
from fairwatt.tools.dashkit.dispatch import make_dispatcher
from fairwatt.tools.dashkit.requests import DjangoRequest, DjangoResponse, current_request, has_request, serving

View = Callable[..., HttpResponseBase]
SERVED = {  # of the routes that Dash registers, what a tool needs
    "",
    "_dash-layout",
    "_dash-dependencies",
    "_dash-update-component",
    "_dash-component-suites/<str:package_name>/<path:fingerprinted_path>",
    "assets/<path:file>",
}


class ToolRoutes:
    """What Dash calls its server: the addresses of one tool, below the tool's own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.patterns: list[URLPattern] = []
        self.before: list[Callable[[], object]] = []
        self._is_ready = False
        self._lock = threading.Lock()

    @cached_property
    def secret_key(self) -> str:
        """Signs Dash's page tokens: derived from the portal's key, never the key itself."""
        return salted_hmac("fairwatt.tools", self.name, algorithm="sha256").hexdigest()

    @cached_property
    def _resolver(self) -> URLResolver:
        return URLResolver(RegexPattern(r"^"), self.patterns)

    def serve(self, request: HttpRequest, rest: str = "") -> HttpResponseBase:
        """Answer ``request`` for the address ``rest`` below the tool's.

        Raises
        ------
        Http404
            For an address that the tool doesn't have.
        """
        match = self._resolver.resolve(rest)
        response: HttpResponseBase = match.func(request, **match.kwargs)
        return response

    def prepare(self) -> None:
        """Run what Dash wants to run before its first request, once, whichever thread comes first."""
        if self._is_ready:
            return
        with self._lock:
            if not self._is_ready:
                for func in self.before:
                    func()
                self._is_ready = True

    def __call__(self, *args: object, **kwargs: object) -> None:
        """Refuse to be a WSGI application: Django is."""
        raise RuntimeError("this tool is served by Django: see fairwatt.tools.urls")


class DjangoServer(BaseDashServer[ToolRoutes]):  # type: ignore[misc,unused-ignore]
    """Serves a Dash app as Django views."""

    server_type = "django"
    request_adapter = DjangoRequest
    response_adapter = DjangoResponse

    @staticmethod
    def create_app(name: str = "__main__", config: Any = None) -> ToolRoutes:
        """Make the routes that Dash will fill."""
        return ToolRoutes(name)

    def add_url_rule(
        self, rule: str, view_func: Callable[..., Any], endpoint: str | None = None, methods: list[str] | None = None
    ) -> None:
        """Turn a route of Dash into a view; those that a tool doesn't need stay closed."""
        route = rule.lstrip("/")
        if route not in SERVED:
            return
        allowed = sorted({*(methods or ["GET"]), *(["HEAD"] if "GET" in (methods or ["GET"]) else [])})

        def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            with serving(request):
                self.server.prepare()
                try:
                    result = view_func(**kwargs)
                except (InvalidResourceError, DependencyException) as error:
                    raise Http404("The tool has no such file.") from error
            return result if isinstance(result, HttpResponseBase) else HttpResponse(result)

        self.server.patterns.append(path(route, _as_page(view) if route == "" else view))

    def register_assets_blueprint(self, blueprint_name: str, assets_url_path: str, assets_folder: str) -> None:
        """Serve the tool's own style sheet and scripts; Dash puts their change time into the address."""
        if not Path(assets_folder).is_dir():
            return

        def assets(file: str) -> HttpResponseBase:
            response = serve_static(current_request(), file, document_root=assets_folder)
            patch_cache_control(response, public=True, max_age=YEAR_S if "m" in current_request().GET else 0)
            return response

        self.add_url_rule("assets/<path:file>", assets)

    def setup_component_suites(self, dash_app: Dash) -> str:
        """Serve the scripts of Dash and of registered component packages, and nothing else."""

        def suite(package_name: str, fingerprinted_path: str) -> HttpResponse:
            file, is_fingerprinted = check_fingerprint(fingerprinted_path)
            validate_js_path(dash_app.registered_paths, package_name, file)
            try:
                return serve_bundle(current_request(), package_name, file, immutable=is_fingerprinted)
            except FileNotFoundError as error:
                raise Http404("The tool has no such file.") from error

        route = "_dash-component-suites/<str:package_name>/<path:fingerprinted_path>"
        self.add_url_rule(route, suite)
        return route

    def serve_callback(self, dash_app: Dash) -> Callable[[], HttpResponse]:
        """The view that answers callbacks."""
        return make_dispatcher(dash_app)

    def setup_index(self, dash_app: Dash) -> None:
        """Serve the tool's page."""
        self.add_url_rule("", dash_app.index)

    def setup_catchall(self, dash_app: Dash) -> None:
        """Leave other addresses to Django's 404."""

    def before_request(self, func: Callable[[], object]) -> None:
        """Remember what is to run before the first request."""
        self.server.before.append(func)

    def after_request(self, func: Callable[[Any], object]) -> None:
        """Refuse: what is to happen after requests is Django middleware."""
        raise NotImplementedError("use Django middleware")

    def has_request_context(self) -> bool:
        """Whether a view of a tool is running."""
        return has_request()

    def make_response(
        self, data: Any, mimetype: str | None = None, content_type: str | None = None, status: int | None = None
    ) -> HttpResponse:
        """Make a Django response."""
        response = HttpResponse(data, content_type=content_type or mimetype, status=status or 200)
        patch_cache_control(response, private=True, no_cache=True)  # a layout may depend on who asks
        return response

    def jsonify(self, obj: Any) -> JsonResponse:
        """Make a Django response of JSON."""
        return JsonResponse(obj, safe=False)

    def register_callback_api_routes(self, callback_api_paths: dict[str, Callable[..., Any]]) -> None:
        """Refuse: programs have the API, which asks for tokens and scopes."""
        if callback_api_paths:
            raise NotImplementedError("callbacks are no API: see fairwatt.api")

    def register_error_handlers(self) -> None:
        """Leave errors to Django."""

    def register_prune_error_handler(self, secret: str, prune_errors: bool) -> None:
        """Leave errors to Django."""

    def register_timing_hooks(self, first_run: bool) -> None:
        """Leave timing to Django."""

    def enable_compression(self) -> None:
        """Leave it: bundles and callbacks are compressed already."""

    def run(self, dash_app: Dash, host: str, port: int, debug: bool, **kwargs: Any) -> None:
        """Refuse: Django's server runs it."""
        raise RuntimeError("run the Django server instead")


def _as_page(view: View) -> View:
    """A view whose page may call back (CSRF cookie) and style itself (Dash and Plotly write style elements)."""
    return ensure_csrf_cookie(csp_replace({"style-src": [SELF, UNSAFE_INLINE]})(view))
