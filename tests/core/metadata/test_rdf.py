"""RDF without a library: what is written as Turtle, RDF/XML and JSON-LD is read back as the same graph by one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from fairwatt.core.metadata.rdf import Node, find_iri, node, text, to_json_ld, to_rdf_xml, to_turtle, typed
from tests.core.metadata.examples import NOW, texts

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD


def read(roots: list[Node]) -> list[Graph]:
    """The graph as each of the three forms says it."""
    return [
        Graph().parse(data=to_turtle(roots), format="turtle"),
        Graph().parse(data=to_rdf_xml(roots), format="xml"),
        Graph().parse(data=json.dumps(to_json_ld(roots)), format="json-ld"),
    ]


@settings(max_examples=25)
@given(st.lists(texts, min_size=3, max_size=3))
def test_any_text_says_the_same_in_all_three_forms(given_texts: list[str]) -> None:
    first, second, third = given_texts
    inner = node(None, "dct:Location", {"rdfs:label": text(second), "dct:title": third})
    roots = [node("https://a.example/x", "dcat:Dataset", {"dct:title": text(first), "dct:spatial": inner})]

    turtle, xml, json_ld = read(roots)

    assert isomorphic(turtle, xml)
    assert isomorphic(turtle, json_ld)


def test_what_several_nodes_say_of_one_address_is_said_once() -> None:
    agent = node("https://a.example/#me", "foaf:Agent", {"foaf:name": text("Me")})
    roots = [node("https://a.example/x", "dcat:Dataset", {"dct:creator": agent, "dct:publisher": agent})]

    (turtle, *_) = read(roots)

    assert len(turtle) == 5
    assert to_turtle(roots).count("Me") == 1


def test_numbers_instants_and_signs_keep_their_types() -> None:
    said = {"dct:extent": [typed(3), typed(0.5), typed("ab", "xsd:hexBinary"), typed(NOW), typed(None), text(" ")]}
    roots = [node("https://a.example/x", "dcat:Dataset", {**said, "dct:title": 'a "b" \\ \n\t\x01 <&>'})]

    for graph in read(roots):
        found = {str(value): str(value.datatype or "") for value in graph.objects() if not isinstance(value, URIRef)}
        assert found == {
            "3": "http://www.w3.org/2001/XMLSchema#integer",
            "0.5": "http://www.w3.org/2001/XMLSchema#double",
            "ab": "http://www.w3.org/2001/XMLSchema#hexBinary",
            "2026-06-01T12:00:00+00:00": "http://www.w3.org/2001/XMLSchema#dateTime",  # as rdflib writes it
            'a "b" \\ \n\t <&>': "",
        }


def test_an_address_is_made_safe_or_is_none() -> None:
    assert find_iri(' https://a.example/a b<c>"d" ') == "https://a.example/a%20b%3Cc%3E%22d%22"
    assert find_iri("https://a.example/süd?q=1#x") == "https://a.example/s%C3%BCd?q=1#x"
    assert find_iri("mailto:a@b.example") == "mailto:a@b.example"
    assert [find_iri(words) for words in ("", "a.example", "/path", "see page 4: there")] == [None] * 4


def test_only_the_prefixes_that_are_used_are_declared() -> None:
    written = to_turtle([node("https://a.example/x", "dcat:Dataset", {"dct:title": text("T")})])

    assert written == (
        "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n"
        "@prefix dct: <http://purl.org/dc/terms/> .\n\n"
        '<https://a.example/x>\n  a dcat:Dataset ;\n  dct:title "T"@en .\n'
    )
