"""The addresses under /api/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path

from fairwatt.api import tus
from fairwatt.api.edge import api_view
from fairwatt.api.problems import not_found
from fairwatt.api.v1.api import api
from fairwatt.api.v1.reference import index, reference
from fairwatt.api.v2 import influx


def _nothing_here(request: HttpRequest) -> HttpResponse:
    return not_found(request.path)


_operations, _app_name, _namespace = api.urls
for _pattern in _operations:
    if _pattern.callback is not None:
        _pattern.callback = api_view(_pattern.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", api_view(index), name="api"),
    path("v1/docs", reference, name="api-docs"),  # a page for people, in the portal's own frame
    path("v1/", include((_operations, _app_name), namespace=_namespace)),
    path("v2/write", influx.write, name="influx-write"),
    path("uploads/", tus.collection, name="tus-uploads"),
    path("uploads/<uuid:upload_id>", tus.resource, name="tus-upload"),
    re_path("", api_view(_nothing_here)),
]
