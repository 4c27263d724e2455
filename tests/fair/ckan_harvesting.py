"""Reads a catalogue as CKAN's harvester of DCAT does: ckanext-dcat's rules for DCAT-AP 3 (euro_dcat_ap_3).

Written after its profiles (https://github.com/ckan/ckanext-dcat): of single values it keeps the first, of texts the one
in its own language before others, and of anything else the label or the name, which for a blank node is another at each
reading. That its own parser reads the same is in test_official_validators.
"""

from __future__ import annotations

from typing import Any

from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

DCAT, ADMS = Namespace("http://www.w3.org/ns/dcat#"), Namespace("http://www.w3.org/ns/adms#")
OWL, VCARD = Namespace("http://www.w3.org/2002/07/owl#"), Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX, LOCN = Namespace("http://spdx.org/rdf/terms#"), Namespace("http://www.w3.org/ns/locn#")
HYDRA, GSP = Namespace("http://www.w3.org/ns/hydra/core#"), Namespace("http://www.opengis.net/ont/geosparql#")
_OWN_LANGUAGE = "en"
_ONE = {
    "title": DCTERMS.title, "notes": DCTERMS.description, "url": DCAT.landingPage, "version": OWL.versionInfo,
    "issued": DCTERMS.issued, "modified": DCTERMS.modified, "identifier": DCTERMS.identifier,
    "version_notes": ADMS.versionNotes, "frequency": DCTERMS.accrualPeriodicity, "provenance": DCTERMS.provenance,
    "dcat_type": DCTERMS.type, "temporal_resolution": DCAT.temporalResolution,
}  # fmt: skip
_LISTS = {
    "language": DCTERMS.language, "theme": DCAT.theme, "alternate_identifier": ADMS.identifier,
    "conforms_to": DCTERMS.conformsTo, "documentation": FOAF.page, "source": DCTERMS.source,
}  # fmt: skip
_OF_RESOURCE = {
    "name": DCTERMS.title, "access_url": DCAT.accessURL, "download_url": DCAT.downloadURL, "issued": DCTERMS.issued,
    "license": DCTERMS.license, "rights": DCTERMS.rights,
}  # fmt: skip


def read_datasets(graph: Graph) -> dict[str, dict[str, Any]]:
    """Every dataset of a page, by its address."""
    return {str(found): _dataset(graph, found) for found in graph.subjects(RDF.type, DCAT.Dataset)}


def next_page(graph: Graph) -> str | None:
    """Where the harvester goes on."""
    for page in graph.subjects(RDF.type, HYDRA.PagedCollection):
        for term in (HYDRA.next, HYDRA.nextPage):
            for address in graph.objects(page, term):
                return str(address)
    return None


def unstable(dataset: dict[str, Any]) -> list[str]:
    """The fields that hold a blank node's name: harvested again, they would look changed."""
    texts = [(key, str(value)) for entry in (dataset, *dataset["resources"]) for key, value in entry.items()]
    return [key for key, value in texts if "blank node " in value]


def _dataset(graph: Graph, found: Node) -> dict[str, Any]:
    said = {key: value for key, term in _ONE.items() if (value := _one(graph, found, term))}
    said |= {key: values for key, term in _LISTS.items() if (values := _all(graph, found, term))}
    keywords = [keyword.strip() for words in _all(graph, found, DCAT.keyword) for keyword in words.split(",")]
    said |= _agent(graph, found, DCTERMS.publisher, "publisher") | _agent(graph, found, DCTERMS.creator, "creator")
    said |= _contact(graph, found) | _period(graph, found) | _place(graph, found)
    said["tags"], said["uri"], said["access_rights"] = keywords, str(found), _statement(graph, found)
    said["resources"] = [_resource(graph, way) for way in graph.objects(found, DCAT.distribution)]
    return said


def _resource(graph: Graph, found: Node) -> dict[str, Any]:
    said: dict[str, Any] = {key: v for key, term in _OF_RESOURCE.items() if (v := _one(graph, found, term))}
    said["url"] = said.get("download_url") or said.get("access_url")
    media_type, label = _one(graph, found, DCAT.mediaType), ""
    kind = graph.value(found, DCTERMS.format)
    if isinstance(kind, Literal):
        label = str(kind)
    elif kind is not None and next(graph.objects(kind, RDF.type), None) == DCTERMS.IMT:
        label = _one(graph, kind, RDFS.label)
    elif isinstance(kind, URIRef):
        label = str(kind)
    said["mimetype"], said["format"] = media_type, label or media_type
    size = _one(graph, found, DCAT.byteSize)
    if size:
        said["size"] = int(float(size))
    for checksum in graph.objects(found, SPDX.checksum):
        said["hash"] = _one(graph, checksum, SPDX.checksumValue)
        said["hash_algorithm"] = _one(graph, checksum, SPDX.algorithm)
    return said


def _agent(graph: Graph, found: Node, term: URIRef, role: str) -> dict[str, str]:
    for agent in graph.objects(found, term):
        told = {
            "uri": _name(agent) if isinstance(agent, URIRef) else "",
            "name": _one(graph, agent, FOAF.name),
            "email": _one(graph, agent, FOAF.mbox).replace("mailto:", ""),
            "url": _one(graph, agent, FOAF.homepage),
            "type": _one(graph, agent, DCTERMS.type),
        }
        return {f"{role}_{key}": value for key, value in told.items() if value}
    return {}


def _contact(graph: Graph, found: Node) -> dict[str, str]:
    for contact in graph.objects(found, DCAT.contactPoint):
        told = {
            "name": _one(graph, contact, VCARD.fn) or _one(graph, contact, VCARD.hasFN),
            "email": _one(graph, contact, VCARD.hasEmail).replace("mailto:", ""),
            "url": _one(graph, contact, VCARD.hasURL),
        }
        return {f"contact_{key}": value for key, value in told.items() if value}
    return {}


def _period(graph: Graph, found: Node) -> dict[str, str]:
    for period in graph.objects(found, DCTERMS.temporal):
        told = {"start": _one(graph, period, DCAT.startDate), "end": _one(graph, period, DCAT.endDate)}
        return {f"temporal_{key}": value for key, value in told.items() if value}
    return {}


def _place(graph: Graph, found: Node) -> dict[str, str]:
    said: dict[str, str] = {}
    for place in graph.objects(found, DCTERMS.spatial):
        if isinstance(place, URIRef):
            said["spatial_uri"] = str(place)
        if (place, RDF.type, DCTERMS.Location) in graph:
            for label in (*graph.objects(place, SKOS.prefLabel), *graph.objects(place, RDFS.label)):
                said["spatial_text"] = str(label)
            for key, term in (("spatial", LOCN.geometry), ("spatial_bbox", DCAT.bbox)):
                for shape in graph.objects(place, term):
                    if isinstance(shape, Literal) and shape.datatype == GSP.wktLiteral:
                        said[key] = str(shape)
    return said


def _statement(graph: Graph, found: Node) -> str:
    rights = graph.value(found, DCTERMS.accessRights)
    return _one(graph, rights, RDFS.label) if isinstance(rights, BNode) else str(rights or "")


def _one(graph: Graph, found: Node, term: URIRef) -> str:
    fallback = ""
    for value in graph.objects(found, term):
        if not isinstance(value, Literal):
            return str(next(graph.objects(value, RDFS.label), _name(value)))
        if value.language == _OWN_LANGUAGE:
            return str(value)
        fallback = fallback or str(value)
    return fallback


def _all(graph: Graph, found: Node, term: URIRef) -> list[str]:
    return [_name(value) for value in graph.objects(found, term)]


def _name(value: Node) -> str:
    return f"blank node {value}" if isinstance(value, BNode) else str(value)
