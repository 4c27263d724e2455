"""A graph as RDF/XML 1.1 (https://www.w3.org/TR/rdf-syntax-grammar/)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from fairwatt.core.metadata.rdf.nodes import MOST_KEPT, PREFIXES, Iri, Literal, Node, Value, expand, flatten

_SPECIAL = re.compile(r"[&<>\r]")


def to_rdf_xml(roots: Iterable[Node]) -> str:
    """Write a graph as RDF/XML."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<rdf:RDF"]
    lines += [f"  xmlns:{name}={quoteattr(address)}" for name, address in PREFIXES.items()]
    lines[-1] += ">"
    for iri, said in flatten(roots).items():
        lines += [f"  <rdf:Description rdf:about={_quoted(iri)}>", *_said(said, depth=2), "  </rdf:Description>"]
    return "\n".join([*lines, "</rdf:RDF>", ""])


def _said(said: Iterable[tuple[str, Value]], *, depth: int) -> list[str]:
    lines: list[str] = []
    for predicate, value in said:
        lines += _statement(predicate, value, depth=depth)
    return lines


def _statement(predicate: str, value: Value, *, depth: int) -> list[str]:
    indent = "  " * depth
    if isinstance(value, Iri):
        return [f"{indent}<{predicate} rdf:resource={_quoted(value)}/>"]
    if isinstance(value, Literal):
        return [f"{indent}<{predicate}{_kind(value)}>{_escaped(value.text)}</{predicate}>"]
    return [
        f"{indent}<{predicate}>",
        f"{indent}  <rdf:Description>",
        *_said(value.statements, depth=depth + 2),
        f"{indent}  </rdf:Description>",
        f"{indent}</{predicate}>",
    ]


@lru_cache(MOST_KEPT)
def _quoted(address: str) -> str:
    return quoteattr(address)


def _escaped(words: str) -> str:
    return escape(words, {"\r": "&#13;"}) if _SPECIAL.search(words) else words


def _kind(literal: Literal) -> str:
    if literal.language:
        return f" xml:lang={quoteattr(literal.language)}"
    return f" rdf:datatype={_quoted(expand(literal.datatype))}" if literal.datatype else ""
