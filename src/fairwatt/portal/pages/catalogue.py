"""The catalogue: search, facets, and the two tables of foreground and background data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def show_catalogue(request: HttpRequest) -> HttpResponse:
    """Show what the catalogue holds."""
    return render(request, "portal/catalogue/list.html", {"page": "catalogue"})
