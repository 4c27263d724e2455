"""Nodes, addresses and literals, and the flat list of statements that they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from fairwatt.core.metadata.words import iso_instant

PREFIXES: dict[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "ib1": "https://registry.core.trust.ib1.org/ns/1.0#",
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]")
_KEPT = "!#$%&'()*+,/:;=?@[]~-._"  # what an address may hold beside letters and digits
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Iri(str):
    """The address of something, written in full."""

    __slots__ = ()


class Literal(NamedTuple):
    """A text, maybe with a language or the datatype (``xsd:date``) that it is to be read as."""

    text: str
    datatype: str = ""
    language: str = ""


class Node(NamedTuple):
    """Something that statements are made of: with an address, or blank where it has none."""

    iri: Iri | None
    statements: tuple[tuple[str, Iri | Literal | Node], ...]


Value = Iri | Literal | Node
_VALUES = (Iri, Literal, Node)
_SINGLE = (str, Literal, Node)
MOST_KEPT = 4096  # addresses that are the same in many certificates: of classes, licences, pages of a long dataset
Given = Value | str | None | Iterable["Value | str | None"]
Flat = dict[Iri, dict[tuple[str, Value], None]]  # of each address what is said, each thing once, in order


def node(iri: str | None, types: str | Iterable[str], said: Mapping[str, Given]) -> Node:
    """Make a node; what is unknown ("" or None) is left out.

    Parameters
    ----------
    iri
        Its address; None for a blank node, and an address that is none makes one.
    types
        Its classes, as ``dcat:Dataset``.
    said
        What is said of it: one value or several for each predicate; bare texts become plain literals.
    """
    names = [types] if isinstance(types, str) else list(types)
    statements: list[tuple[str, Value]] = [("rdf:type", expand(name)) for name in names]
    for predicate, given in said.items():
        several = [given] if given is None or isinstance(given, _SINGLE) else list(given)
        statements += [(predicate, _value(value)) for value in several if value is not None and value != ""]
    return Node(find_iri(iri) if iri else None, tuple(statements))


@lru_cache(MOST_KEPT)
def expand(name: str) -> Iri:
    """Write a name in full: ``dcat:Dataset`` → ``http://www.w3.org/ns/dcat#Dataset``."""
    prefix, _, local = name.partition(":")
    return Iri(PREFIXES[prefix] + local)


@lru_cache(MOST_KEPT)
def find_iri(given: str) -> Iri | None:
    """Make an address out of a text: what may not stand in one is written as %XX; None where it is no address.

    >>> find_iri("https://a.example/x y"), find_iri("a.example")
    ('https://a.example/x%20y', None)
    """
    stripped = given.strip()
    return Iri(quote(stripped, safe=_KEPT)) if _ABSOLUTE.match(stripped) else None


def text(words: str, *, language: str = "en") -> Literal | None:
    """Words in a language; None where there are none."""
    kept = plain(words)
    return Literal(kept, language=language) if kept.strip() else None


def typed(value: datetime | float | str | None, datatype: str = "") -> Literal | None:
    """A literal that a program reads: an instant, a number, or a text of the ``datatype``; None where unknown."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return Literal(iso_instant(value), datatype or "xsd:dateTime")
    if isinstance(value, int):
        return Literal(str(value), datatype or "xsd:integer")
    if isinstance(value, float):
        return Literal(repr(value), datatype or "xsd:double")
    return Literal(plain(value), datatype)


def plain(words: str) -> str:
    """Leave out the characters that no XML document may hold, so that all forms say the same."""
    return _NOT_XML.sub("", words).replace("\r\n", "\n").replace("\r", "\n")


def flatten(roots: Iterable[Node]) -> Flat:
    """List what is said of each address; nodes inside others stand for themselves, save blank ones."""
    flat: Flat = {}
    kept, seen = list(roots), set[int]()  # a node that many others name is looked at once
    for root in kept:
        _gather(root, flat, seen)
    return flat


def _value(value: Value | str) -> Value:
    return value if isinstance(value, _VALUES) else Literal(plain(value))


def _gather(found: Node, flat: Flat, seen: set[int]) -> Value:
    if found.iri is None:
        return Node(None, tuple((predicate, _named(value, flat, seen)) for predicate, value in found.statements))
    if id(found) not in seen:
        seen.add(id(found))
        said = flat.setdefault(found.iri, {})
        for predicate, value in found.statements:
            said[predicate, _named(value, flat, seen)] = None
    return found.iri


def _named(value: Value, flat: Flat, seen: set[int]) -> Value:
    return _gather(value, flat, seen) if isinstance(value, Node) else value
