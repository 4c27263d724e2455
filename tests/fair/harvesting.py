"""Reads a page as F-UJI does (https://github.com/pangaea-data-publisher/fuji): what it looks at, in its order.

It was written after F-UJI 3.5's own rules: the embedded JSON-LD first, then Dublin Core, then what is negotiated, then
what typed links lead to; the first value found of each element is the one that counts.
"""

from __future__ import annotations

import io
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import extruct
import idutils
import lxml.html
from python_calamine import CalamineWorkbook
from rdflib import DC, DCTERMS, FOAF, RDF, Graph, Namespace
from rdflib.term import Node

from tests.fair.visiting import Answer, Visits

SDO, DCAT = Namespace("https://schema.org/"), Namespace("http://www.w3.org/ns/dcat#")
ACCEPTED = {  # what is asked for by name, once the page is read
    "xml": "application/xml, text/xml;q=0.5",
    "json-ld": "application/ld+json",
    "turtle": "text/turtle, application/turtle, application/x-turtle;q=0.8, application/rdf+xml, text/n3;q=0.9",
    "datacite": "application/vnd.datacite.datacite+json",
}
_DUBLIN_CORE = re.compile(
    r'<\s*meta\s*[^>]*name\s*=\s*"(?:DC|DCTERMS)\.([A-Za-z]+)(?:\.[A-Za-z]+)?".*?content\s*=\s*"(.*?)"'
)
_OF_DUBLIN_CORE = {
    "identifier": "identifier", "creator": "creator", "title": "title", "contributor": "contributor",
    "publisher": "publisher", "date": "published", "description": "summary", "subject": "keywords", "type": "type",
    "rights": "access", "relation": "related", "source": "related", "language": "language",
}  # fmt: skip
_SIZE = re.compile(r"([0-9]+(?:[.,][0-9]+)*)\s*([kMGTP]?)")
_FOLLOWED = re.compile(r"[/+](rdf(\+xml)?|(?:x-)?turtle|ttl|n3|n-triples|ld\+json)$")
_THOUSANDS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e12}  # as there, petabytes too
_EACH_TYPE = 5  # files of one type that are looked into
Fields = dict[str, Any]


@dataclass(frozen=True)
class Offer:
    """Metadata that were found in one place: how they were offered, by which standard, what they say."""

    method: str
    standard: str
    fields: Fields
    namespaces: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Content:
    """A link to data: what is claimed of it, and what came when it was fetched."""

    url: str
    claimed_type: str
    claimed_size: float | None
    status: int
    media_type: str
    size: int
    text: str = field(repr=False)

    @property
    def schemes(self) -> list[str]:
        """What kinds of identifier its address is."""
        return list(idutils.detect_identifier_schemes(self.url))


@dataclass(frozen=True)
class Harvest:
    """All that was found from one identifier."""

    asked: str
    landing: str
    status: int
    offers: tuple[Offer, ...]
    pids: dict[str, tuple[int, ...]]
    contents: tuple[Content, ...]

    @property
    def merged(self) -> Fields:
        """Each element as it was found first."""
        found: Fields = {}
        for offer in self.offers:
            for name, value in offer.fields.items():
                if value and name not in found:
                    found[name] = value
        return found

    @property
    def namespaces(self) -> frozenset[str]:
        """The vocabularies of all metadata."""
        return frozenset().union(*(offer.namespaces for offer in self.offers))

    @property
    def related(self) -> list[str]:
        """Everything that it is said to be related to, wherever that is said."""
        return [other for offer in self.offers for other in offer.fields.get("related", [])]


def harvest(visits: Visits, address: str) -> Harvest:
    """Read everything that leads on from an identifier."""
    landing, statuses, page = visits.follow(address)
    pids = {address: statuses} if _is_pid(address) else {}
    if page.status != 200 or page.media_type != "text/html":
        return Harvest(address, landing, page.status, (), pids, ())
    offers = [*_embedded(page.text, landing), *_negotiated(visits, landing), *_linked(visits, page.text, landing)]
    for named in (name for offer in offers for name in offer.fields.get("identifier", [])):
        if _is_pid(named) and named not in pids:
            pids[named] = visits.follow(named)[1]
    claims = next((offer.fields["content"] for offer in offers if offer.fields.get("content")), [])
    return Harvest(address, landing, page.status, tuple(offers), pids, tuple(_contents(visits, claims)))


def is_pid(text: str) -> bool:
    """Whether it is of a persistent kind, as an address too."""
    return _is_pid(text)


def _is_pid(text: str) -> bool:
    known = idutils.detect_identifier_schemes(text.replace("https:", "http:") if "/ark:" in text else text)
    return bool({"ark", "doi", "handle", "urn", "purl"} & set(known))


def _embedded(html: str, landing: str) -> Iterator[Offer]:
    """What stands in the page: JSON-LD, and Dublin Core's tags."""
    found = extruct.extract(html.encode(), syntaxes=["json-ld"], encoding="utf-8")["json-ld"]
    if found:
        yield from _of_json_ld("json_in_html", json.dumps(found), landing)
    tags: dict[str, list[str]] = {}
    for element, content in _DUBLIN_CORE.findall(html):
        if element in _OF_DUBLIN_CORE:
            tags.setdefault(_OF_DUBLIN_CORE[element], []).append(content)
    if tags:
        yield Offer("meta_tag", "dublin-core", tags, frozenset({"http://purl.org/dc/elements/1.1"}))


def _negotiated(visits: Visits, landing: str) -> Iterator[Offer]:
    """What comes when it is asked for by its media type."""
    way = "content_negotiation"
    xml = visits.follow(landing, ACCEPTED["xml"])[2]
    if xml.status == 200 and xml.media_type.endswith("xml"):
        yield _of_xml(way, xml.body)
    for name in ("json-ld", "turtle"):
        answer = visits.follow(landing, ACCEPTED[name])[2]
        if answer.status == 200 and "html" not in answer.media_type:
            yield from _of_rdf(way, answer.text, answer.media_type, landing)
    datacite = visits.follow(landing, ACCEPTED["datacite"])[2]
    if datacite.status == 200 and datacite.media_type == ACCEPTED["datacite"]:
        yield Offer(way, "datacite", {"title": json.loads(datacite.body)["titles"]})


def _linked(visits: Visits, html: str, landing: str) -> Iterator[Offer]:
    """What typed links of the page lead to, where it can be read."""
    for link in lxml.html.fromstring(html.encode()).xpath("/*/head/link[@rel='describedby']"):
        if not _FOLLOWED.search(link.get("type", "")):
            continue
        answer = visits.follow(link.get("href"), link.get("type"))[2]
        if answer.status == 200:
            yield from _of_rdf("typed_links", answer.text, answer.media_type, landing)


def _of_xml(method: str, document: bytes) -> Offer:
    namespace = "{http://purl.org/dc/elements/1.1/}"
    fields: Fields = {}
    for element in ET.fromstring(document):
        name = _OF_DUBLIN_CORE.get(element.tag.removeprefix(namespace))
        if name:
            fields.setdefault(name, []).append(element.text)
    return Offer(method, "dublin-core", fields, frozenset({"http://purl.org/dc/elements/1.1"}))


def _of_rdf(method: str, text: str, media_type: str, landing: str) -> Iterator[Offer]:
    if media_type.endswith("json"):
        yield from _of_json_ld(method, text, landing)
        return
    graph = Graph().parse(data=text, format="turtle" if media_type == "text/turtle" else "xml", publicID=landing)
    yield Offer(method, "dcat", _dcat_fields(graph), _namespaces(graph))


def _of_json_ld(method: str, text: str, landing: str) -> Iterator[Offer]:
    if '"https://w3id.org/ro/crate' in text:
        return  # its context would have to be fetched from another host
    with warnings.catch_warnings():  # rdflib's reader of JSON-LD uses what rdflib itself has given up
        warnings.simplefilter("ignore", DeprecationWarning)
        graph = Graph().parse(data=text, format="json-ld", publicID=landing)
    main = _main_entity(graph)
    if main is None:
        return
    if any(str(kind).startswith(SDO) for kind in graph.objects(main, RDF.type)):
        yield Offer(method, "schemaorg", _schema_fields(graph, main), _namespaces(graph))
    else:
        yield Offer(method, "dcat", _dcat_fields(graph), _namespaces(graph))


def _main_entity(graph: Graph) -> Node | None:
    """What a graph is about: the thing that most is said of, and that least else names."""
    typed = list(dict.fromkeys(graph.subjects(RDF.type)))
    if not typed:
        return None
    said = {one: len(list(graph.objects(one))) for one in typed}
    named = {one: len(list(graph.subjects(None, one))) for one in typed}
    most_said, most_named = max(said.values()), max(named.values()) or 1
    return max(typed, key=lambda one: said[one] / most_said + 0.25 * (1 - named[one] / most_named))


def _namespaces(graph: Graph) -> frozenset[str]:
    used = set(graph.predicates()) | set(graph.objects(None, RDF.type))
    found = {str(term).rpartition("#" if "#" in str(term) else "/")[0] for term in used}
    named = {str(term) for term in (*graph.objects(), *graph.subjects()) if str(term).startswith("http")}
    return frozenset(found | {address.rstrip("/#").rpartition("#" if "#" in address else "/")[0] for address in named})


def _schema_fields(graph: Graph, main: Node) -> Fields:
    """The elements of schema.org's terms, by F-UJI's preferences."""

    def one(term: str, of: Node = main) -> str:
        value = graph.value(of, SDO[term])
        return "" if value is None else str(value)

    def names(term: str) -> list[str]:
        return [one("name", found) or str(found) for found in graph.objects(main, SDO[term])]

    identifiers = [*graph.objects(main, SDO.identifier), *graph.objects(main, SDO.url)]
    relations = ("isPartOf", "includedInDataCatalog", "subjectOf", "isBasedOn", "sameAs", "citation")
    return {
        "type": [re.split(r"[/#]", str(kind))[-1].lower() for kind in graph.objects(main, RDF.type)],
        "identifier": [str(graph.value(found, SDO.value) or found) for found in identifiers],
        "title": one("name"),
        "summary": one("description"),
        "published": one("datePublished") or one("dateCreated"),
        "publisher": names("publisher"),
        "creator": names("creator"),
        "contributor": names("contributor"),
        "keywords": [str(found) for found in graph.objects(main, SDO.keywords)],
        "license": one("license"),
        "access": one("conditionsOfAccess"),
        "access_free": one("isAccessibleForFree"),
        "modified": one("dateModified"),
        "related": [one(term) for term in relations if one(term)],
        "variables": names("variableMeasured"),
        "content": [
            {
                "url": one("contentUrl", found) or one("url", found) or str(found),
                "type": one("encodingFormat", found),
                "size": one("contentSize", found),
            }
            for found in graph.objects(main, SDO.distribution)
        ],
    }


def _dcat_fields(graph: Graph) -> Fields:
    """The elements of DCAT's terms: of the first dataset that is described."""
    main = next(graph.subjects(RDF.type, DCAT.Dataset), None)
    if main is None:
        return {}

    def texts(*terms: Any) -> list[str]:
        return [str(found) for term in terms for found in graph.objects(main, term)]

    def agents(term: Any) -> list[str]:
        return [str(graph.value(agent, FOAF.name) or agent) for agent in graph.objects(main, term)]

    return {
        "type": ["dataset"],
        "identifier": texts(DC.identifier, DCTERMS.identifier),
        "title": next(iter(texts(DCTERMS.title)), ""),
        "summary": next(iter(texts(DCTERMS.description)), ""),
        "published": next(iter(texts(DCTERMS.issued)), ""),
        "publisher": agents(DCTERMS.publisher),
        "creator": agents(DCTERMS.creator),
        "keywords": texts(DCAT.keyword, DCTERMS.subject),
        "license": next(iter(texts(DCTERMS.license)), ""),
        "access": next(iter(texts(DCTERMS.accessRights, DCTERMS.rights)), ""),
        "related": texts(DCTERMS.source, DCTERMS.isPartOf, DCTERMS.hasPart, DCTERMS.hasVersion),
        "content": [
            {
                "url": str(graph.value(way, DCAT.accessURL) or graph.value(way, DCAT.downloadURL)),
                "type": "/".join(str(graph.value(way, DCAT.mediaType)).split("/")[-2:]),
                "size": str(graph.value(way, DCAT.byteSize) or ""),
            }
            for way in graph.objects(main, DCAT.distribution)
        ],
    }


def _contents(visits: Visits, claims: list[dict[str, str]]) -> Iterator[Content]:
    """Fetch what is claimed to be data, a few of each type."""
    taken: dict[str, int] = {}
    for claim in sorted(claims, key=lambda claim: _bytes_of(claim["size"]) or float("inf")):
        kind = claim["type"]
        taken[kind] = taken.get(kind, 0) + 1
        if taken[kind] > _EACH_TYPE or not urlsplit(claim["url"]).scheme:
            continue
        answer = visits.follow(claim["url"])[2]
        is_there = answer.status == 200
        yield Content(
            url=claim["url"],
            claimed_type=kind,
            claimed_size=_bytes_of(claim["size"]),
            status=answer.status,
            media_type=answer.media_type if is_there else "",
            size=len(answer.body) if is_there else 0,
            text=re.sub(r"\s+", " ", _read(answer)) if is_there else "",
        )


def _read(answer: Answer) -> str:
    """The text of a file: of a workbook that of its cells, as F-UJI's reader of files has it."""
    if not answer.media_type.endswith("spreadsheetml.sheet"):
        return answer.text
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.body))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    return " ".join(str(cell) for sheet in sheets for row in sheet for cell in row)


def _bytes_of(size: str) -> float | None:
    match = _SIZE.search(size)
    return float(match[1]) * _THOUSANDS[match[2]] if match else None
