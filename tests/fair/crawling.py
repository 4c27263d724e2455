"""Goes through a portal as an outsider does: from robots.txt to the sitemaps, the pages, all that these lead to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import lxml.html

from tests.fair.visiting import BASE, Answer, Visits

_ADDRESS = re.compile(r"https?://[^\s<>\"'\\`{}|^]+")
_ENDS = ".,;)"  # what may stand behind an address in a text
_LINK = re.compile(r'<([^>]+)>((?:\s*;\s*[a-z]+="[^"]*")*)')
CATALOGUES = tuple(
    f"{BASE}{path}"
    for path in (
        "/catalogue.ttl",
        "/catalogue.rdf",
        "/catalogue.jsonld",
        "/catalogue.atom",
        "/catalogue/background.jsonld",
        "/oai?verb=ListRecords&metadataPrefix=oai_dc",
        "/api/3/action/package_search?rows=100",
    )
)
_NOT_FOLLOWED = ("/accounts/", "/tools/", "/static/", "/share/", "/account/")  # for people with a browser


class Promise(NamedTuple):
    """A typed link: what it is for, where it leads, and what is said to be there."""

    rel: str
    address: str
    media_type: str


def pages_of(visits: Visits) -> list[str]:
    """Every page that the sitemaps name, which robots.txt names."""
    robots = visits.get(f"{BASE}/robots.txt").text
    maps = re.findall(r"(?im)^sitemap:\s*(\S+)", robots)
    inner = [found for one in maps for found in _locations(visits.get(one))]
    return [page for one in inner for page in _locations(visits.get(one))]


def addresses_in(answer: Answer) -> set[str]:
    """Every address that stands in metadata of any form."""
    return set(_addresses(answer.text)) if answer.media_type != "application/octet-stream" else set()


def links_in(page: str, answer: Answer) -> set[str]:
    """Where a page leads those who read it."""
    html = lxml.html.fromstring(answer.body)
    return {urljoin(page, found.get("href")) for found in html.xpath("//a[@href] | //link[@href]")}


def promises_of(answer: Answer) -> list[Promise]:
    """The typed links of an answer's header."""
    return [
        Promise(parameters.get("rel", ""), address, parameters.get("type", ""))
        for address, told in _LINK.findall(answer.headers.get("Link", ""))
        for parameters in [dict(re.findall(r'([a-z]+)="([^"]*)"', told))]
    ]


def promises_of_linkset(answer: Answer) -> list[Promise]:
    """The typed links of a linkset."""
    return [
        Promise(rel, target["href"], target.get("type", ""))
        for context in json.loads(answer.body)["linkset"]
        for rel, targets in context.items()
        if rel != "anchor"
        for target in targets
    ]


def dead_anchors(visits: Visits, page: str, answer: Answer) -> list[str]:
    """Places within pages that are led to and are not there."""
    dead = []
    for address in links_in(page, answer):
        target, _, fragment = address.partition("#")
        if fragment and is_ours(target) and not is_for_browsers(target):
            there = answer if target == page.partition("#")[0] else visits.follow(target)[2]
            if there.media_type == "text/html" and f'id="{fragment}"' not in there.text:
                dead.append(address)
    return sorted(dead)


def is_ours(address: str) -> bool:
    """Whether an address is of this portal."""
    return address.startswith(f"{BASE}/") or address == BASE


def is_for_browsers(address: str) -> bool:
    """Whether it leads to forms, tools or the page's own looks rather than to data or metadata."""
    return urlsplit(address).path.startswith(_NOT_FOLLOWED)


def embedded(answer: Answer) -> list[dict[str, Any]]:
    """The JSON-LD of a page."""
    html = lxml.html.fromstring(answer.body)
    return [json.loads(found.text) for found in html.xpath("//script[@type='application/ld+json']")]


def _locations(answer: Answer) -> list[str]:
    return re.findall(r"<loc>\s*([^<\s]+)\s*</loc>", answer.text)


def _addresses(text: str) -> Iterator[str]:
    for found in _ADDRESS.findall(text.replace("&amp;", "&")):
        yield found.rstrip(_ENDS)


def outside(addresses: Iterable[str]) -> set[str]:
    """The hosts, save this portal's own."""
    return {urlsplit(one).netloc for one in addresses if one.startswith("http") and not is_ours(one)}


class Crawl(NamedTuple):
    """All that was come by: the pages, the documents on them, what names each address, and what each led to."""

    pages: dict[str, Answer]
    documents: dict[str, Answer]
    named: dict[str, set[str]]
    reached: dict[str, Answer]


def crawl(visits: Visits, also: Iterable[str] = ()) -> Crawl:
    """Go through everything that is on the sitemaps, and through the pages ``also``.

    Parameters
    ----------
    also
        Identifiers of pages that no sitemap names, as of what is withdrawn.
    """
    led = [visits.follow(address)[0] for address in also]
    pages = {page: visits.follow(page)[2] for page in dict.fromkeys((*pages_of(visits), *led))}
    documents = {address: visits.get(address) for address in CATALOGUES}
    for answer in pages.values():
        for promise in promises_of(answer):
            if promise.rel == "linkset":
                documents[promise.address] = visits.get(promise.address)
                for other in promises_of_linkset(documents[promise.address]):
                    if other.rel == "describedby":
                        documents[other.address] = visits.get(other.address)
    named: dict[str, set[str]] = {}
    for source, answer in (*pages.items(), *documents.items()):
        for address in _named_by(source, answer):
            named.setdefault(address, set()).add(source)
    followed = {address.partition("#")[0] for address in named if is_ours(address) and not is_for_browsers(address)}
    return Crawl(pages, documents, named, {address: visits.follow(address)[2] for address in sorted(followed)})


def _named_by(source: str, answer: Answer) -> set[str]:
    """The addresses that a document names; of a page those of its links and of what it tells machines."""
    if answer.media_type != "text/html":
        return addresses_in(answer)
    told = {found for document in embedded(answer) for found in _addresses(json.dumps(document, ensure_ascii=False))}
    return told | links_in(source, answer) | {promise.address for promise in promises_of(answer)}


def refusals(found: Crawl) -> list[tuple[str, int]]:
    """What is named and can't be had, with the status."""
    return [(address, answer.status) for address, answer in found.reached.items() if answer.status != 200]


def missed_promises(visits: Visits, found: Crawl) -> list[tuple[str, str, str, str]]:
    """Typed links that lead to something of another type: for what, where, what was promised, what came."""
    missed = set()
    for answer in (*found.pages.values(), *found.documents.values()):
        is_linkset = answer.media_type == "application/linkset+json"
        for rel, address, promised in promises_of(answer) + (promises_of_linkset(answer) if is_linkset else []):
            came = visits.follow(address)[2].media_type if promised and is_ours(address) else promised
            if came != promised:
                missed.add((rel, address, promised, came))
    return sorted(missed)
