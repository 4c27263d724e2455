"""What search engines and other crawlers are told: robots.txt, and the maps of the pages that anybody may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpResponse
from django.http.request import HttpRequest
from django.views.decorators.http import require_safe

from fairwatt.api.edge import protocol_view
from fairwatt.core.metadata.words import iso_instant
from fairwatt.services.actors import Actor
from fairwatt.services.harvests import latest_change
from fairwatt.services.site_maps import KINDS, list_blocks, list_pages

_XML = "application/xml; charset=utf-8"
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_PAGES = ("/", "/catalogue/", "/catalogue/foreground/", "/catalogue/background/", "/about/")
_FOR_PEOPLE_AT_WORK = (
    "/accounts/", "/account/", "/share/", "/review/", "/notifications/", "/people/", "/invitations/", "/audit/",
    "/upkeep/", "/jobs/", "/api/uploads/", "/tools/", "/catalogue/?",
)  # fmt: skip


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Let everybody read what is public, and say where its map is."""
    del request
    refused = "\n".join(f"Disallow: {path}" for path in _FOR_PEOPLE_AT_WORK)
    text = f"User-agent: *\n{refused}\nAllow: /\n\nSitemap: {settings.BASE_URL}/sitemap.xml\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@protocol_view
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the maps: of the portal's own pages, of datasets and of files."""
    del request
    maps = [("/sitemaps/pages.xml", latest_change(actor=Actor.anonymous()))]
    for kind in KINDS:
        maps += [(f"/sitemaps/{kind}-{block}.xml", changed_at) for block, changed_at in list_blocks(kind)]
    return _write("sitemapindex", "sitemap", maps)


@protocol_view
@require_safe
def pages(request: HttpRequest) -> HttpResponse:
    """Map the portal's own pages."""
    del request
    return _write("urlset", "url", [(path, None) for path in _PAGES])


@protocol_view
@require_safe
def block(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Map a block of datasets or files; one that has no public page is an empty map, whyever that is so."""
    del request
    return _write("urlset", "url", list_pages(kind, int(number)))


def _write(root: str, each: str, entries: Iterable[tuple[str, datetime | None]]) -> HttpResponse:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{_SPACE}">']
    for path, changed_at in entries:
        changed = f"<lastmod>{iso_instant(changed_at.replace(microsecond=0))}</lastmod>" if changed_at else ""
        lines.append(f"<{each}><loc>{escape(settings.BASE_URL + path)}</loc>{changed}</{each}>")
    return HttpResponse("\n".join([*lines, f"</{root}>", ""]), content_type=_XML)
