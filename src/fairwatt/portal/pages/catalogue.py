"""The catalogue: search with facets, and Project LEO's two tables, for people and for programs."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from fairwatt.api.authentication import authenticate
from fairwatt.api.catalogues import write_catalogue
from fairwatt.core.spreadsheets import harmless_cell
from fairwatt.portal.pages.landing import refuse_form
from fairwatt.portal.pages.negotiating import accepts_one_of, preferred_type
from fairwatt.portal.pages.signed_in import actor_of
from fairwatt.services.catalogue_queries import SORTS, CatalogueQuery
from fairwatt.services.catalogues import (
    TABLE_COLUMNS,
    CataloguePage,
    Facet,
    TableRow,
    catalogue_table,
    count_catalogues,
    search_catalogue,
)

_FIRST_VALUES = 6  # of a facet; the others unfold
_FORMS = {
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdf",
    "application/atom+xml": "atom",
}
_TABLE_ROWS = 500  # on a page
_OFFERED: dict[str, str | None] = {  # as a dataset's page: the page's first, which wins where all are welcome
    "text/html": None,
    **_FORMS,
    "application/json": "jsonld",
    "application/xhtml+xml": None,  # the page by another name; who takes any application/* is a program
}
_TEXTS = {
    "foreground": "Data that the project itself produced, mostly in its trials.",
    "background": "Data from elsewhere that the project works with.",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was asked for, and the address without it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """A facet as the page draws it: what is seen at once, and what unfolds."""

    facet: Facet
    first: tuple[Any, ...]
    more: tuple[Any, ...]


@require_safe
@vary_on_headers("HX-Request", "Accept")
def show_catalogue(request: HttpRequest) -> HttpResponse:
    """Find datasets by words and facets; an address with the whole question in it can be sent to anyone."""
    if (ending := _wanted_form(request)) is not None:
        return write_catalogue(request, authenticate(request, "read", bulk=True), "", ending, at=timezone.now())
    if not accepts_one_of(request, _OFFERED):
        return refuse_form(_OFFERED)
    query = CatalogueQuery.from_params(dict(request.GET.lists()))
    found = search_catalogue(actor=actor_of(request), query=query, at=timezone.now())
    context = {
        "page": "catalogue",
        "stem": "/catalogue",
        "query": query,
        "found": found,
        "groups": [_group(facet) for facet in found.facets if facet.values],
        "chips": list(_chips(query, found)),
        "sorts": [(name, label) for name, label in SORTS.items() if name != "relevance" or query.text],
        "start_text": _first(query, "period_start"),
        "end_text": _first(query, "period_end"),
        "next_address": _address(query, cursor=found.next) if found.next else "",
        "previous_address": _address(query, cursor=found.previous) if found.previous else "",
    }
    is_part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "found"
    response = render(request, f"portal/catalogue/{'found' if is_part else 'list'}.html", context)
    if is_part:
        response["HX-Push-Url"] = _address(query)
    return response


@require_safe
@vary_on_headers("Accept")
def show_table(request: HttpRequest, origin: str) -> HttpResponse:
    """Show one of LEO's two catalogues, one row a dataset."""
    if (ending := _wanted_form(request)) is not None:
        return write_catalogue(request, authenticate(request, "read", bulk=True), origin, ending, at=timezone.now())
    if not accepts_one_of(request, _OFFERED):
        return refuse_form(_OFFERED)
    actor, at = actor_of(request), timezone.now()
    total = count_catalogues(actor=actor, at=at)[origin]
    pages = Paginator(range(total), _TABLE_ROWS).get_page(request.GET.get("page"))
    start = max(0, pages.start_index() - 1)
    context = {
        "page": "catalogue",
        "stem": f"/catalogue/{origin}",
        "origin": origin,
        "text": _TEXTS[origin],
        "columns": TABLE_COLUMNS[origin],
        "rows": catalogue_table(actor=actor, origin=origin, at=at, start=start, most=_TABLE_ROWS),
        "total": total,
        "pages": pages,
        "other": "background" if origin == "foreground" else "foreground",
    }
    return render(request, "portal/catalogue/table.html", context)


@require_safe
def download_table(request: HttpRequest, origin: str, ending: str) -> HttpResponse:
    """Hand out one of LEO's two catalogues as CSV or JSON."""
    rows = catalogue_table(actor=authenticate(request, "read", bulk=True), origin=origin, at=timezone.now())
    if ending == "json":
        items = [_as_object(row, origin) for row in rows]
        response: HttpResponse = JsonResponse({"catalogue": origin, "count": len(items), "items": items})
    else:
        response = HttpResponse(_as_csv(rows, origin), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{origin}-catalogue.{ending}"'
    return response


def _wanted_form(request: HttpRequest) -> str | None:
    """The form that programs ask for by what they accept; None for the page, wherever that is as welcome."""
    return _OFFERED.get(preferred_type(request, _OFFERED) or "")


def _as_csv(rows: list[TableRow], origin: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*TABLE_COLUMNS[origin], "Page"])
    for row in rows:
        writer.writerow([*map(harmless_cell, row.cells(origin)), f"{settings.BASE_URL}{row.path}"])
    return out.getvalue()


def _as_object(row: TableRow, origin: str) -> dict[str, object]:
    about: dict[str, object] = {"data_id": row.data_id, "title": row.title}
    if origin == "foreground":
        about |= {"file_count": row.file_count, "formats": row.formats, "procedures": row.procedures}
    else:
        about |= {"provider": row.provider, "receiver": row.receiver, "formats": row.formats}
    return about | {"key": row.key, "landing_page": f"{settings.BASE_URL}{row.path}"}


def _group(facet: Facet) -> FacetGroup:
    ahead = [value for value in facet.values if value.selected]
    ahead += [value for value in facet.values if not value.selected][: max(0, _FIRST_VALUES - len(ahead))]
    shown = {value.value for value in ahead}
    first = tuple(value for value in facet.values if value.value in shown)
    return FacetGroup(facet, first, tuple(value for value in facet.values if value.value not in shown))


def _chips(query: CatalogueQuery, found: CataloguePage) -> list[Chip]:
    chips = [Chip(f"“{query.text}”", _address(query, text="", cursor=""))] if query.text else []
    for facet in found.facets:
        for value in facet.values:
            if value.selected:
                rest = tuple(other for other in query.values(facet.name) if other != value.value)
                chips.append(Chip(f"{facet.label}: {value.label}", _address(query, **{facet.name: rest}, cursor="")))
    if start := _first(query, "period_start"):
        chips.append(Chip(f"from {start}", _address(query, period_start=None, cursor="")))
    if end := _first(query, "period_end"):
        chips.append(Chip(f"to {end}", _address(query, period_end=None, cursor="")))
    return chips


def _address(query: CatalogueQuery, **changes: Any) -> str:
    if query.sort == CatalogueQuery(text=query.text).order:
        changes = {"sort": "", **changes}  # what is meant anyway need not be said
    params = urlencode(query.to_params(**changes))
    return f"{reverse('catalogue')}?{params}" if params else reverse("catalogue")


def _first(query: CatalogueQuery, name: str) -> str:
    return dict(query.to_params()).get(name, "")
