"""The addresses of the open standards, beside the API's own."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from fairwatt.api import catalogues, oai

_ENDINGS = "|".join(catalogues.ENDINGS)

urlpatterns: list[URLPattern] = [
    re_path(rf"^catalogue\.(?P<ending>{_ENDINGS})$", catalogues.send_catalogue, name="catalogue_form"),
    re_path(
        rf"^catalogue/(?P<origin>foreground|background)\.(?P<ending>{_ENDINGS})$",
        catalogues.send_catalogue,
        name="catalogue_origin_form",
    ),
    re_path(r"^oai/?$", oai.answer, name="oai"),
]
