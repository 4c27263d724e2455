"""DCAT-AP 3.0.1: valid by its shapes whatever the certificate, and refused by them where something is broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyshacl
import pytest
from hypothesis import Phase, given, settings
from rdflib import DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef

from fairwatt.core.metadata import AccessTerms, Audience, Certificate, Licensing, Party, Provenance, Validity
from fairwatt.core.metadata.dcat import to_dcat
from fairwatt.core.metadata.odrl import is_permitted, policy_of
from fairwatt.core.metadata.rdf import to_turtle
from tests.core.metadata.examples import BASE, NOW, START, certificate, certificates, file_certificate, instants, terms
from tests.core.metadata.test_making import CLEAN

DCAT, SPDX, IB1, PROV = (
    Namespace("http://www.w3.org/ns/dcat#"),  # rdflib's own lacks the terms of version 3
    Namespace("http://spdx.org/rdf/terms#"),
    Namespace("https://registry.core.trust.ib1.org/ns/1.0#"),
    Namespace("http://www.w3.org/ns/prov#"),
)
THIS = URIRef(f"{BASE}/ark:/99999/0000000gnp8")
DISTRIBUTION = URIRef(f"{BASE}/files/0000000file/#distribution")
BARE = certificate(
    licensing=Licensing(),
    date_of_data_validity=Validity(start=START),
    data_description="",
    data_provenance=Provenance(source="https://elsewhere.example/a b"),
    keywords=(),
    place="",
    provider=None,
    receiver=Party(name="Someone", homepage="not an address"),
    trial=None,
    procedures=(),
    channels=(),
    files=(),
    readings=0,
    access=AccessTerms(sensitivity="IB1-C", sensitivity_reason="A school."),
    version=certificate().versions[1],
    issued_at=None,
)


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(Path(__file__).parent / "shapes" / "dcat_ap_3_0_1.ttl")


def graph_of(*described: Certificate, at: datetime = NOW) -> Graph:
    """What the certificates say together, as a harvester would put it."""
    graph = Graph()
    for one in described:
        graph.parse(data=to_turtle(to_dcat(one, at=at)), format="turtle")
    return graph


def broken(graph: Graph, shapes: Graph) -> str:
    conforms, _, report = pyshacl.validate(graph, shacl_graph=shapes)
    return "" if conforms else str(report)


def test_a_dataset_with_its_file_and_one_that_knows_next_to_nothing_are_valid(shapes: Graph) -> None:
    assert broken(graph_of(certificate(), file_certificate()), shapes) == ""
    assert broken(graph_of(BARE), shapes) == ""


def test_one_with_dois_and_one_that_a_recipe_made_are_valid(shapes: Graph) -> None:
    versions = tuple(
        version.model_copy(update={"doi_url": f"https://doi.org/10.5072/v{version.number}"})
        for version in certificate().versions
    )
    with_dois = certificate(doi_url="https://doi.org/10.5072/all", version=versions[0], versions=versions)
    assert [broken(graph_of(one), shapes) for one in (with_dois, CLEAN)] == ["", ""]


def test_a_title_of_control_characters_alone_gives_way_to_the_pid() -> None:
    assert str(graph_of(certificate(title="\x01")).value(THIS, DCTERMS.title)) == "ark:/99999/0000000gnp8"


@settings(max_examples=5, phases=[Phase.generate])  # shrinking would take minutes
@given(written=certificates())
def test_no_certificate_is_invalid(written: Certificate, shapes: Graph) -> None:
    assert broken(graph_of(written), shapes) == ""


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda graph: graph.remove((THIS, DCTERMS.title, None)), "title"),
        (lambda graph: graph.remove((DISTRIBUTION, DCAT.accessURL, None)), "accessURL"),
        (lambda graph: graph.add((THIS, DCAT.version, Literal("3"))), "version"),
        (lambda graph: graph.remove((None, RDF.type, DCTERMS.LinguisticSystem)), "LinguisticSystem"),
        (lambda graph: graph.remove((None, SPDX.checksumValue, None)), "checksumValue"),
        (lambda graph: graph.remove((None, FOAF.name, None)), "name"),
        (lambda graph: graph.set((THIS, DCTERMS.issued, Literal("yesterday"))), "issued"),
    ],
    ids=["no-title", "no-access", "two-versions", "no-language", "no-checksum", "no-name", "no-date"],
)
def test_the_shapes_refuse_what_is_broken(spoil: Callable[[Graph], object], complaint: str, shapes: Graph) -> None:
    graph = graph_of(certificate())
    spoil(graph)

    assert complaint in broken(graph, shapes)


def test_leos_fields_access_and_checksums_are_in_the_graph() -> None:
    graph = graph_of(certificate())

    assert {str(value) for value in graph.objects(THIS, DCTERMS.identifier)} == {str(THIS), "MVSA1.2.1"}
    assert graph.value(THIS, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert str(graph.value(THIS, DCTERMS.accessRights)).endswith("/access-right/PUBLIC")
    assert graph.value(THIS, IB1.sensitivityClass) == IB1["IB1-O"]
    assert graph.value(DISTRIBUTION, DCAT.byteSize).toPython() == 3_456_789
    assert str(graph.value(graph.value(DISTRIBUTION, SPDX.checksum), SPDX.checksumValue)) == "a" * 64
    assert {str(value) for value in graph.objects(THIS, DCAT.distribution)} == {
        str(DISTRIBUTION),
        f"{BASE}/datasets/0000000gnp8/#readings-csv",
        f"{BASE}/datasets/0000000gnp8/#readings-parquet",
    }
    assert {str(value) for value in graph.objects(THIS, DCAT.hasVersion)} == {
        f"{BASE}/ark:/99999/000000vers1",
        f"{BASE}/ark:/99999/000000vers2",
    }
    assert graph.value(THIS, DCAT.previousVersion) == URIRef(f"{BASE}/ark:/99999/000000vers1")
    activity = graph.value(THIS, PROV.wasGeneratedBy)
    assert {str(value) for value in graph.objects(activity, PROV.used)} == {
        f"urn:sha256:{'a' * 64}",
        f"urn:sha256:{'b' * 64}",
    }


def test_a_file_is_part_of_its_dataset_and_has_no_versions_of_its_own() -> None:
    graph, file = graph_of(file_certificate()), URIRef(f"{BASE}/ark:/99999/0000000file")

    assert graph.value(file, DCTERMS.isPartOf) == THIS
    assert list(graph.objects(file, DCAT.hasVersion)) == []
    assert str(graph.value(file, DCAT.landingPage)) == f"{BASE}/files/0000000file/"


@given(terms, instants)
def test_the_policy_decides_as_the_portal_does(chosen: AccessTerms, at: datetime) -> None:
    policy = policy_of(BARE.model_copy(update={"access": chosen}))

    for audience in Audience:
        start = chosen.available_from(audience)
        for moment in (at, *([start] if start else [])):
            assert is_permitted(policy, audience, at=moment) == chosen.is_available(audience, at=moment)


def test_a_policy_that_permits_nobody_forbids() -> None:
    policy = policy_of(certificate(access=AccessTerms()))

    assert [predicate for predicate, _ in policy.statements if predicate.startswith("odrl:p")] == ["odrl:prohibition"]
