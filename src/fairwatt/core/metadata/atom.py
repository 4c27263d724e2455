"""What changed in a catalogue, as an Atom feed (RFC 4287) with tombstones (RFC 6721) and pages (RFC 5005)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

from fairwatt.core.metadata.access import say_access
from fairwatt.core.metadata.addresses import first_issue, form_of, page_of
from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.rdf.nodes import find_iri, plain
from fairwatt.core.metadata.saying import creator_of, describe
from fairwatt.core.metadata.words import iso_instant
from fairwatt.core.project.audiences import PLAIN_WORDS, AudienceWords

ATOM = "http://www.w3.org/2005/Atom"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Change:
    """A dataset that is new or has changed, under the address of its PID: the entry's id for ever."""

    certificate: Certificate
    at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """A dataset that has gone; ``reason`` where it may be told."""

    pid_url: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A page of a feed: its own addresses by their relation (self, first, next, alternate), and what it tells."""

    id: str
    title: str
    author: str
    updated: datetime
    links: Mapping[str, tuple[str, str]]  # relation: address, media type
    entries: Iterable[Change | End]


def to_atom(feed: Feed, *, at: datetime, words: AudienceWords = PLAIN_WORDS) -> str:
    """Write a page of a feed; ``at`` is the instant for which access is described."""
    root = ET.Element("feed", {"xmlns": ATOM, "xmlns:at": TOMBSTONES, "xml:lang": "en-GB"})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", iso_instant(feed.updated))
    _add(ET.SubElement(root, "author"), "name", feed.author)
    for relation, (address, media_type) in feed.links.items():
        ET.SubElement(root, "link", {"rel": relation, "href": address, "type": media_type})
    for entry in feed.entries:
        if isinstance(entry, End):
            _add_end(root, entry)
        else:
            _add_change(root, entry, at=at, words=words)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_change(root: ET.Element, change: Change, *, at: datetime, words: AudienceWords) -> None:
    certificate = change.certificate
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", certificate.pid_url)
    _add(entry, "title", certificate.title or certificate.pid)
    _add(entry, "updated", iso_instant(change.at))
    if (issued := first_issue(certificate)) is not None:
        _add(entry, "published", iso_instant(issued))
    _add(ET.SubElement(entry, "author"), "name", creator_of(certificate))
    ET.SubElement(entry, "link", {"rel": "alternate", "href": page_of(certificate), "type": "text/html"})
    for ending, media_type in (("jsonld", "application/ld+json"), ("ttl", "text/turtle")):
        described = {"rel": "describedby", "href": form_of(certificate, ending), "type": media_type}
        ET.SubElement(entry, "link", described)
    if (licence := find_iri(certificate.licensing.address)) is not None:
        ET.SubElement(entry, "link", {"rel": "license", "href": licence})
    for term in dict.fromkeys((certificate.origin, *certificate.keywords)):
        if plain(term).strip():
            ET.SubElement(entry, "category", {"term": plain(term)})
    _add(entry, "summary", describe(certificate))
    _add(entry, "rights", say_access(certificate.access, at=at, zone=certificate.time_zone, words=words))


def _add_end(root: ET.Element, end: End) -> None:
    gone = ET.SubElement(root, "at:deleted-entry", {"ref": end.pid_url, "when": iso_instant(end.at)})
    if end.reason:
        _add(gone, "at:comment", end.reason)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = plain(text)
