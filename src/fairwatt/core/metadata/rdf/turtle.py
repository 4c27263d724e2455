"""A graph as Turtle 1.1 (https://www.w3.org/TR/turtle/)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from fairwatt.core.metadata.rdf.nodes import MOST_KEPT, PREFIXES, Iri, Literal, Node, Value, flatten

_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r'[\\"\n\r\t\x00-\x1f\x7f-\x9f]')


def to_turtle(roots: Iterable[Node]) -> str:
    """Write a graph as Turtle, with the prefixes that it uses."""
    blocks = [
        f"{_address(iri)}\n{_predicates(said, depth=1)} ."
        for iri, said in flatten(roots).items()
    ]  # fmt: skip
    body = "\n\n".join(blocks)
    used = [f"@prefix {name}: <{address}> ." for name, address in PREFIXES.items() if f"{name}:" in body]
    return "\n".join([*used, "", body, ""])


def _predicates(said: Iterable[tuple[str, Value]], *, depth: int) -> str:
    grouped: dict[str, list[str]] = {}
    for predicate, value in said:
        grouped.setdefault(predicate, []).append(_value(value, depth=depth))
    indent = "  " * depth
    lines = [
        f"{indent}{'a' if predicate == 'rdf:type' else predicate} {', '.join(values)}"
        for predicate, values in grouped.items()
    ]
    return " ;\n".join(lines)


def _value(value: Value, *, depth: int) -> str:
    if isinstance(value, Iri):
        return _address(value)
    if isinstance(value, Literal):
        return _literal(value)
    return f"[\n{_predicates(value.statements, depth=depth + 1)}\n{'  ' * depth}]"


def _literal(literal: Literal) -> str:
    written = '"' + _ESCAPED.sub(lambda found: _ESCAPES.get(found[0], f"\\u{ord(found[0]):04X}"), literal.text) + '"'
    if literal.language:
        return f"{written}@{literal.language}"
    return f"{written}^^{literal.datatype}" if literal.datatype else written


@lru_cache(MOST_KEPT)
def _address(iri: Iri) -> str:
    for name, address in PREFIXES.items():
        if iri.startswith(address) and _LOCAL.fullmatch(iri[len(address) :]):
            return f"{name}:{iri[len(address) :]}"
    return f"<{iri}>"
