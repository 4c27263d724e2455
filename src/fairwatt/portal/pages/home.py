"""The first page, and the pages about the platform itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    """Show what this is, a search, the two catalogues and what is new."""
    return render(request, "portal/home.html")


@require_safe
def show_about(request: HttpRequest) -> HttpResponse:
    """Say what the platform is, whose it is, and under which licence."""
    return render(request, "portal/about.html")


@require_safe
def show_accessibility(request: HttpRequest) -> HttpResponse:
    """State what has been done so that everyone can use the portal."""
    return render(request, "portal/accessibility.html")
