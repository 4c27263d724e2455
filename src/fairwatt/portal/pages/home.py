"""The first page, and the pages about the platform itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.services.catalogue_queries import CatalogueQuery
from fairwatt.services.catalogues import count_catalogues, search_catalogue

_NEWEST = 5


@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """Show what this is, a search, the two catalogues and what is new."""
    actor, at = actor_of(request), timezone.now()
    newest = search_catalogue(actor=actor, query=CatalogueQuery(sort="newest", limit=_NEWEST), at=at, facets=False)
    context = {"counts": count_catalogues(actor=actor, at=at), "newest": newest.items, "total": newest.total}
    return render(request, "portal/home.html", context)


@require_safe
def show_about(request: HttpRequest) -> HttpResponse:
    """Say what the platform is, whose it is, and under which licence."""
    return render(request, "portal/about.html")


@require_safe
def show_accessibility(request: HttpRequest) -> HttpResponse:
    """State what has been done so that everyone can use the portal."""
    return render(request, "portal/accessibility.html")
