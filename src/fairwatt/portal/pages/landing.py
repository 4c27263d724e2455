"""What a landing page tells machines: JSON-LD, Dublin Core, typed links, and other formats on request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString, mark_safe

from fairwatt.core.errors import InvalidInput
from fairwatt.core.metadata import Certificate, to_dublin_core, to_schema_org, to_script_json
from fairwatt.records.models import Dataset
from fairwatt.services.projects import get_project

JSON_LD = "application/ld+json"
_MOST_ITEMS = 30  # files named in Link headers; the JSON-LD names them all


def as_it_stands(certificate: Certificate, dataset: Dataset) -> Certificate:
    """Take from a certificate the access that its data have lost by being withdrawn.

    What was issued never changes; what is said of it now does.
    """
    if dataset.state != Dataset.State.WITHDRAWN:
        return certificate
    return certificate.model_copy(update={"access": certificate.access.model_copy(update={"releases": ()})})


def describe(certificate: Certificate, dataset: Dataset, *, at: datetime) -> dict[str, Any]:
    """Give a page's template what machines read: ``json_ld``, ``dublin_core`` and ``typed_links``."""
    certificate = as_it_stands(certificate, dataset)
    words = get_project().audiences.words
    document = to_schema_org(certificate, at=at, words=words)
    return {
        "json_ld": _script(document),
        "dublin_core": to_dublin_core(certificate, at=at, words=words),
        "typed_links": typed_links(certificate),
    }


def _script(document: dict[str, Any]) -> SafeString:
    return mark_safe(to_script_json(document))  # noqa: S308 - every sign that could end the element is escaped


def typed_links(certificate: Certificate) -> list[dict[str, str]]:
    """List the links of signposting (https://signposting.org), each with its ``rel``, ``href`` and maybe ``type``."""
    page = certificate.files[0].url if certificate.kind == "file" else certificate.dataset_url
    links = [
        {"rel": "cite-as", "href": certificate.pid_url},
        {"rel": "type", "href": "https://schema.org/AboutPage"},
        {"rel": "type", "href": "https://schema.org/Dataset"},
        {"rel": "describedby", "href": f"{page}?format=jsonld", "type": JSON_LD},
    ]
    if certificate.licensing.address:
        links.append({"rel": "license", "href": certificate.licensing.address})
    if certificate.provider and certificate.provider.homepage:
        links.append({"rel": "author", "href": certificate.provider.homepage})
    if certificate.part_of:
        links.append({"rel": "collection", "href": certificate.part_of.url, "type": "text/html"})
    links += [
        {"rel": "item", "href": file.download_url, "type": file.media_type}
        for file in certificate.files[:_MOST_ITEMS]
        if file.download_url
    ]
    return links


def link_header(links: list[dict[str, str]]) -> str:
    """Write links as the value of a ``Link`` header (RFC 8288).

    >>> link_header([{"rel": "item", "href": "http://x/a", "type": "text/csv"}])
    '<http://x/a>; rel="item"; type="text/csv"'
    """
    parts = []
    for link in links:
        kind = f'; type="{link["type"]}"' if link.get("type") else ""
        parts.append(f'<{_plain(link["href"])}>; rel="{link["rel"]}"{_plain(kind)}')
    return ", ".join(parts)


def _plain(text: str) -> str:
    return "".join(sign for sign in text if " " <= sign <= "~" and sign not in "<>")


def wants_json_ld(request: HttpRequest) -> bool:
    """Whether the asker wants JSON-LD: by ``?format=jsonld``, or by an Accept header that prefers it to HTML.

    Raises
    ------
    InvalidInput
        Where ``format`` names something else.
    """
    named = request.GET.get("format", "")
    if named:
        if named.lower() not in {"jsonld", "json-ld", "html"}:
            raise InvalidInput(
                f"This page has no format '{named[:40]}'.",
                where={"format": named[:40]},
                next_step="Ask for format=jsonld, or leave it out.",
            )
        return named.lower() != "html"
    if "Accept" not in request.headers:
        return False
    return request.get_preferred_type(["text/html", JSON_LD, "application/json"]) in {JSON_LD, "application/json"}


def answer_json_ld(certificate: Certificate, dataset: Dataset, *, at: datetime) -> HttpResponse:
    """Answer with the certificate as JSON-LD."""
    words = get_project().audiences.words
    document = to_schema_org(as_it_stands(certificate, dataset), at=at, words=words)
    response = JsonResponse(document, content_type=JSON_LD, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Access-Control-Allow-Origin"] = "*"  # public descriptions may be read by any page
    return point_ways(response, certificate)


def point_ways(response: HttpResponse, certificate: Certificate) -> HttpResponse:
    """Add the typed links to an answer's headers."""
    response["Link"] = link_header(typed_links(certificate))
    patch_vary_headers(response, ["Accept"])
    return response


def point_back(response: HttpResponseBase, *, page: str, pid_url: str, dataset: str) -> None:
    """Add to a download's headers where it is described, how it is cited, and what it is part of."""
    response["Link"] = link_header(
        [
            {"rel": "describedby", "href": f"{page}?format=jsonld", "type": JSON_LD},
            {"rel": "cite-as", "href": pid_url},
            {"rel": "collection", "href": dataset, "type": "text/html"},
        ]
    )
