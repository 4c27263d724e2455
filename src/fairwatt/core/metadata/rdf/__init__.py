"""RDF in little: a graph as a tree of nodes, written as Turtle, RDF/XML and JSON-LD without a library.

A certificate's graph has some hundred statements. Writing them takes a few milliseconds this way; a general library
would cost each process of a server 21 MB, see docs/decisions/0007. The tests read all three forms back with one.
"""

from __future__ import annotations

from fairwatt.core.metadata.rdf.json_ld import to_json_ld
from fairwatt.core.metadata.rdf.nodes import PREFIXES, Iri, Literal, Node, find_iri, node, text, typed
from fairwatt.core.metadata.rdf.rdf_xml import to_rdf_xml
from fairwatt.core.metadata.rdf.turtle import to_turtle

__all__ = [
    "PREFIXES",
    "Iri",
    "Literal",
    "Node",
    "find_iri",
    "node",
    "text",
    "to_json_ld",
    "to_rdf_xml",
    "to_turtle",
    "typed",
]
