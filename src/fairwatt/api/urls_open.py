"""The addresses of the open standards, beside the API's own."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from fairwatt.api import catalogues, crawlers, oai
from fairwatt.api.ckan import views as ckan

_ENDINGS = "|".join(catalogues.ENDINGS)

urlpatterns: list[URLPattern] = [
    re_path(rf"^catalogue\.(?P<ending>{_ENDINGS})$", catalogues.send_catalogue, name="catalogue_form"),
    re_path(
        rf"^catalogue/(?P<origin>foreground|background)\.(?P<ending>{_ENDINGS})$",
        catalogues.send_catalogue,
        name="catalogue_origin_form",
    ),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.index, name="sitemap"),
    path("sitemaps/pages.xml", crawlers.pages, name="sitemap_pages"),
    re_path(r"^sitemaps/(?P<kind>datasets|files)-(?P<number>[0-9]{1,12})\.xml$", crawlers.block, name="sitemap_block"),
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
