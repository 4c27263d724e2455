"""The API's pages for people: an index of its addresses, and the reference."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fairwatt.api.v1.declaring import absolute
from fairwatt.api.v1.describing import describe_api


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Lead people to the reference, and programs to the addresses to begin with."""
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        return HttpResponseRedirect(reverse("api-docs"))
    names = ("datasets", "deposits", "limits", "me")
    links = {name: absolute(request, reverse(f"v1:{name}")) for name in names}
    links["openapi"] = absolute(request, reverse("v1:openapi-json"))
    links["docs"] = absolute(request, reverse("api-docs"))
    links["uploads"] = absolute(request, reverse("tus-uploads"))
    return JsonResponse(links)


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show the reference in the portal's own frame."""
    context = {
        "page": "api",
        "reference": describe_api(),
        "root": absolute(request, reverse("api")).rstrip("/"),
    }
    return render(request, "portal/api_reference.html", context)
