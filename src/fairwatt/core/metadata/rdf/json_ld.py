"""A graph as JSON-LD 1.1 whose context is written out: nothing has to be fetched to read it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from fairwatt.core.metadata.rdf.nodes import MOST_KEPT, PREFIXES, Iri, Literal, Node, Value, flatten


def to_json_ld(roots: Iterable[Node]) -> dict[str, Any]:
    """Write a graph as a flat JSON-LD document: a context of prefixes, and ``@graph``."""
    graph = [{"@id": iri, **_said(said)} for iri, said in flatten(roots).items()]
    return {"@context": dict(PREFIXES), "@graph": graph}


def _said(said: Iterable[tuple[str, Value]]) -> dict[str, Any]:
    grouped: dict[str, list[Any]] = {}
    for predicate, value in said:
        if predicate == "rdf:type" and isinstance(value, Iri):
            grouped.setdefault("@type", []).append(_short(value))
        else:
            grouped.setdefault(predicate, []).append(_value(value))
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def _value(value: Value) -> Any:
    if isinstance(value, Iri):
        return {"@id": str(value)}
    if isinstance(value, Node):
        return _said(value.statements)
    return _literal(value)


def _literal(literal: Literal) -> Any:
    if literal.language:
        return {"@language": literal.language, "@value": literal.text}
    return {"@type": literal.datatype, "@value": literal.text} if literal.datatype else literal.text


@lru_cache(MOST_KEPT)
def _short(iri: Iri) -> str:
    return next((f"{name}:{iri[len(at) :]}" for name, at in PREFIXES.items() if iri.startswith(at)), str(iri))
