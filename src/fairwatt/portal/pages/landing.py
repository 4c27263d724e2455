"""What a landing page tells machines: JSON-LD, Dublin Core, typed links, and other forms on request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString, mark_safe

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.metadata import Certificate, to_dublin_core, to_schema_org, to_script_json
from fairwatt.core.metadata.addresses import page_of
from fairwatt.core.metadata.forms import FORMS, JSON_LD, Form, find_form, forms_of, typed_links
from fairwatt.core.metadata.linkset import Link
from fairwatt.portal.pages.negotiating import accepts_one_of, preferred_type, takes_any
from fairwatt.records.models import Dataset
from fairwatt.services.projects import get_project
from fairwatt.services.standing import as_it_stands

_MOST_ITEMS = 30  # files named in the head of a page; the linkset names them all
_HEADER_BYTES = 2_600  # proxies commonly take 4 kB of headers, and there are others
_MEDIA_TYPES = ("text/html", *(form.media_type for form in FORMS))
_OTHER_TYPES = {  # further media types that a form is asked for by
    "application/json": "jsonld",
    "application/vnd.schemaorg.ld+json": "jsonld",
    "application/x-turtle": "ttl",
    "application/turtle": "ttl",
    "application/linkset": "linkset.json",
    "application/x-datacite+json": "datacite.json",
    "application/x-datacite+xml": "datacite.xml",
}


def describe(certificate: Certificate, *, at: datetime) -> dict[str, Any]:
    """Give a page's template what machines read: ``json_ld``, ``dublin_core``, ``typed_links`` and ``forms``.

    Like all that is told to machines here, it is made of a certificate as it stands.
    """
    words = get_project().audiences.words
    document = to_schema_org(certificate, at=at, words=words)
    return {
        "json_ld": script_of(document),
        "dublin_core": to_dublin_core(certificate, at=at, words=words),
        "typed_links": _few_items(typed_links(certificate)),
        "forms": [(form.label, form.link(certificate).href) for form in forms_of(certificate)],
    }


def script_of(document: dict[str, Any]) -> SafeString:
    """Write a document for a page's ``script`` element."""
    return mark_safe(to_script_json(document))  # noqa: S308 - every sign that could end the element is escaped


def _few_items(links: Iterable[Link]) -> list[Link]:
    kept, items = [], 0
    for link in links:
        items += link.rel == "item"
        if link.rel != "item" or items <= _MOST_ITEMS:
            kept.append(link)
    return kept


def link_header(links: Iterable[Link], *, most: int = _HEADER_BYTES) -> str:
    """Write links as the value of a ``Link`` header (RFC 8288) of at most ``most`` bytes: the first that have room.

    >>> link_header([Link("item", "http://x/a", "text/csv")])
    '<http://x/a>; rel="item"; type="text/csv"'
    """
    parts: list[str] = []
    for link in links:
        written = f'<{_plain(link.href)}>; rel="{link.rel}"'
        written += "".join(f'; {name}="{_plain(said)}"' for name, said in _said(link) if said)
        if sum(map(len, parts)) + 2 * len(parts) + len(written) <= most:
            parts.append(written)
    return ", ".join(parts)


def _said(link: Link) -> tuple[tuple[str, str], ...]:
    return (("type", link.type), ("profile", link.profile))


def _plain(text: str) -> str:
    return "".join(sign for sign in text if " " <= sign <= "~" and sign not in '<>"\\')


def wanted_form(request: HttpRequest) -> Form | None:
    """Find the form that is asked for: by ``?format=``, or by an Accept header that prefers one to HTML.

    Browsers, ``*/*`` and those who say nothing get the page: None.

    Raises
    ------
    InvalidInput
        Where ``format`` names something else.
    """
    named = request.GET.get("format", "")
    if not named:
        return _negotiated(request)
    form = find_form(named)
    if form is None and named.lower() != "html":
        raise InvalidInput(
            f"This page has no format '{named[:40]}'.",
            where={"format": named[:40]},
            next_step=f"Ask for format={', '.join(known.ending for known in FORMS)}, or leave it out.",
        )
    return form


def get_form(ending: str) -> Form:
    """The form that addresses end with so.

    Raises
    ------
    NotFound
        Where there is none.
    """
    form = find_form(ending)
    if form is None:
        raise NotFound(f"There is no form '{ending}'.", next_step="The page lists the forms that there are.")
    return form


def accepts_a_page(request: HttpRequest) -> bool:
    """Whether the asker takes any form that there is, the page among them."""
    return accepts_one_of(request, _offered())


def refuse_form(offered: Iterable[str] = _MEDIA_TYPES) -> HttpResponse:
    """Answer that nothing of what is accepted is there, and what is."""
    response = JsonResponse(
        {
            "type": "about:blank",
            "title": "Not acceptable",
            "status": 406,
            "detail": "This page comes in none of the media types that the Accept header names.",
            "next": "Ask for one of them, or leave the header out.",
            "media_types": sorted(set(offered)),
        },
        status=406,
        content_type="application/problem+json",
    )
    patch_vary_headers(response, ["Accept"])
    return response


def _offered() -> dict[str, Form | None]:
    """Every media type that can be asked for, the page's first: which comes first wins where all are welcome.

    XHTML is the page by another name, and the last: who takes any ``application/*`` is a program.
    """
    offered: dict[str, Form | None] = {"text/html": None}
    for form in FORMS:
        offered.setdefault(form.media_type, form)
    for media_type, ending in _OTHER_TYPES.items():
        offered[media_type] = find_form(ending)
    for form in FORMS:
        if form.profile:
            offered[f'{form.media_type}; profile="{form.profile}"'] = form
    return {**offered, "application/xhtml+xml": None}


def _negotiated(request: HttpRequest) -> Form | None:
    if takes_any(request):
        return None
    offered = _offered()
    preferred = preferred_type(request, offered)
    return None if preferred is None else offered[preferred]


def answer_form(certificate: Certificate, dataset: Dataset, form: Form, *, at: datetime) -> HttpResponse:
    """Answer with the certificate in another form.

    Raises
    ------
    NotFound
        Where the form describes readings, and there are none.
    """
    standing = as_it_stands(certificate, dataset)
    certificate = certificate if form.as_hashed else standing
    return send_form(write_form(certificate, form, at=at), standing, form, key=dataset.key)


def write_form(certificate: Certificate, form: Form, *, at: datetime) -> str:
    """Write a certificate in another form.

    Raises
    ------
    NotFound
        Where it can't be written in that one.
    """
    if not form.is_of(certificate):
        raise NotFound(
            f"There is no {form.label} of this: it describes tables of readings, and there are none here.",
            where={"dataset": certificate.title},
            next_step="Its page lists the forms that there are.",
        )
    return form.write(certificate, at, get_project().audiences.words)


def send_form(text: str, standing: Certificate, form: Form, *, key: str) -> HttpResponse:
    """Answer with what was written in a form, and with what it leads to; ``key`` names the download."""
    charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
    response = HttpResponse(text, content_type=form.media_type + charset)
    name = f"{key}.{form.ending}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    response["Access-Control-Allow-Origin"] = "*"  # public descriptions may be read by any page
    described = [Link("describes", page_of(standing), "text/html")]
    if form.profile:
        described.append(Link("profile", form.profile))
    response["Link"] = link_header([*described, *typed_links(standing)])
    patch_vary_headers(response, ["Accept"])
    return response


def point_ways(response: HttpResponse, standing: Certificate) -> HttpResponse:
    """Add the typed links to an answer's headers."""
    response["Link"] = link_header(typed_links(standing))
    patch_vary_headers(response, ["Accept"])
    return response


def point_back(response: HttpResponseBase, *, page: str, pid_url: str, dataset: str) -> None:
    """Add to a download's headers where it is described, how it is cited, and what it is part of."""
    response["Link"] = link_header(
        [
            Link("describedby", f"{page}?format=jsonld", JSON_LD),
            Link("cite-as", pid_url),
            Link("collection", dataset, "text/html"),
        ]
    )
