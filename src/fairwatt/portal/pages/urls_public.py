"""The addresses of pages that need no account."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from fairwatt.portal.pages import catalogue, home

urlpatterns: list[URLPattern] = [
    path("", home.show_home, name="home"),
    path("catalogue/", catalogue.show_catalogue, name="catalogue"),
    path("catalogue/foreground/", catalogue.show_table, {"origin": "foreground"}, name="catalogue_foreground"),
    path("catalogue/background/", catalogue.show_table, {"origin": "background"}, name="catalogue_background"),
    re_path(
        r"^catalogue/(?P<origin>foreground|background)\.(?P<ending>csv|json)$",
        catalogue.download_table,
        name="catalogue_download",
    ),
    path("about/", home.show_about, name="about"),
    path("accessibility/", home.show_accessibility, name="accessibility"),
]
