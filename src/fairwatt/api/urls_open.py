"""The addresses of the open standards, beside the API's own."""

from __future__ import annotations

from django.urls import URLPattern, re_path

from fairwatt.api import catalogues, oai
from fairwatt.api.ckan import views as ckan

_ENDINGS = "|".join(catalogues.ENDINGS)

urlpatterns: list[URLPattern] = [
    re_path(rf"^catalogue\.(?P<ending>{_ENDINGS})$", catalogues.send_catalogue, name="catalogue_form"),
    re_path(
        rf"^catalogue/(?P<origin>foreground|background)\.(?P<ending>{_ENDINGS})$",
        catalogues.send_catalogue,
        name="catalogue_origin_form",
    ),
    re_path(r"^oai/?$", oai.answer, name="oai"),
    re_path(r"^api/(?:3/)?action/(?P<action>[a-z_]+)/?$", ckan.answer, name="ckan-action"),
    re_path(r"^api/3/?$", ckan.version, name="ckan-version"),
    re_path(r"^dataset/?$", ckan.lead_to_catalogue, name="ckan-datasets"),
    re_path(
        r"^dataset/(?P<key>[a-z0-9]+)(?:\.(?P<ending>ttl|rdf|xml|jsonld)|/?)$",
        ckan.lead_to_dataset,
        name="ckan-dataset",
    ),
    re_path(
        r"^dataset/(?P<key>[a-z0-9]+)/resource/(?P<resource>[a-z0-9-]+)/?$", ckan.lead_to_resource, name="ckan-resource"
    ),
]
