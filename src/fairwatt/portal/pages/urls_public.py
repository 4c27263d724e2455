"""The addresses of pages that need no account."""

from __future__ import annotations

from django.urls import URLPattern, path

from fairwatt.portal.pages import catalogue, home

urlpatterns: list[URLPattern] = [
    path("", home.show_home, name="home"),
    path("catalogue/", catalogue.show_catalogue, name="catalogue"),
    path("catalogue/foreground/", catalogue.show_catalogue, name="catalogue_foreground"),
    path("catalogue/background/", catalogue.show_catalogue, name="catalogue_background"),
    path("about/", home.show_about, name="about"),
    path("accessibility/", home.show_accessibility, name="accessibility"),
]
