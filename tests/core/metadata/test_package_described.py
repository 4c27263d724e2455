"""A package in every form of certificates: valid by each one's own validator, and read back out of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from datacite import schema45
from frictionless import Package
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import DCTERMS, RDF, Graph, Namespace, URIRef

from fairwatt.core.metadata import Audience, Certificate, Licensing, find_licensing
from fairwatt.core.metadata.certificate import Catalogue, Party, TrialEntry, Validity, Withdrawal
from fairwatt.core.metadata.data_package import to_data_package
from fairwatt.core.metadata.datacite import to_datacite, to_datacite_xml
from fairwatt.core.metadata.dublin_core import to_erc
from fairwatt.core.metadata.forms import FORMS, find_form, forms_of, typed_links
from fairwatt.core.metadata.linkset import SIGNATURE
from fairwatt.core.metadata.oemetadata import to_oemetadata
from fairwatt.core.metadata.package_certificate import PackageCertificate, PackagedDataset
from fairwatt.core.metadata.package_described import PackageStanding, describe_package
from fairwatt.core.metadata.ro_crate import to_ro_crate
from fairwatt.core.metadata.schema_org import to_schema_org
from fairwatt.core.project.audiences import PLAIN_WORDS
from tests.core.metadata.examples import texts
from tests.core.metadata.test_dcat import broken, graph_of
from tests.core.metadata.test_forms import OEMETADATA, crate_faults, errors
from tests.core.metadata.test_round_trips import decide_by_policy, edges, faults

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 7, 1, tzinfo=UTC)
BASE = "https://portal.example"
PID, PAGE = "ark:/99999/0000000pack", f"{BASE}/trials/A1/packages/0000000pack/"
ZIP = f"{PAGE.rstrip('/')}.zip"
DCAT, PROV = Namespace("http://www.w3.org/ns/dcat#"), Namespace("http://www.w3.org/ns/prov#")
GRID = Party(code="BGN", name="Brackendale Grid Networks", homepage="https://grid.example/")
SCHOOL = Party(code="SCH", name="The school")


def packaged(name: str, **fields: Any) -> PackagedDataset:
    said: dict[str, Any] = {
        "pid": f"ark:/99999/{name}",
        "pid_url": f"{BASE}/ark:/99999/{name}",
        "title": f"Load of {name}",
        "version": 1,
        "certificate_sha256": "ab" * 32,
        "licence": "CC-BY-4.0",
        "has_data": True,
    }
    return PackagedDataset(**{**said, **fields})


def package(**fields: Any) -> PackageCertificate:
    said: dict[str, Any] = {
        "pid": PID,
        "pid_url": f"{BASE}/{PID}",
        "url": f"{BASE}/trials/A1/",
        "title": "Data package of trial A1: Sustain peak management",
        "description": "A school's battery is discharged in the evening peak, and its substation watched.",
        "trial": TrialEntry(code="A1", title="Sustain peak management"),
        "audience": "public",
        "access": "This package holds what everyone may have of the trial.",
        "date_of_data_validity": Validity(start=AT.replace(year=2020), end=AT.replace(year=2021)),
        "providers": (GRID, SCHOOL),
        "datasets": (packaged("one"), packaged("two")),
        "catalogue": Catalogue(name="P", url=BASE, publisher="Testshire", contact="a@b.example"),
        "issued_at": AT,
    }
    return PackageCertificate(**{**said, **fields})


def licence(code: str) -> Licensing:
    return find_licensing(code) or Licensing(code=code, title=code)


def described(*, erased_at: datetime | None = None, withdrawal: Withdrawal | None = None, **fields: Any) -> Certificate:
    standing = PackageStanding(page=PAGE, size=36_900_000, erased_at=erased_at, withdrawal=withdrawal)
    return describe_package(package(**fields), standing, find_licence=licence)


GONE = Withdrawal(at=LATER, reason="“Load of one”, which is in it, was withdrawn. A meter was wrong.")
STATES = {
    "whole": described(),
    "owners alone": described(audience="owners"),
    "several licences": described(datasets=(packaged("one"), packaged("two", licence="DSA"))),
    "nothing known": described(providers=(), datasets=(), description="", date_of_data_validity=Validity()),
    "erased from": described(erased_at=LATER),
    "withdrawn from": described(withdrawal=GONE),
}


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(Path(__file__).parent / "shapes" / "dcat_ap_3_0_1.ttl")


@pytest.mark.parametrize("state", STATES)
def test_every_validator_takes_it(state: str, shapes: Graph) -> None:
    one = STATES[state]

    assert broken(graph_of(one), shapes) == ""
    assert faults(to_datacite_xml(one, at=AT)) == []
    assert errors(schema45.validator, to_datacite(one, at=AT)) == []
    assert errors(OEMETADATA, to_oemetadata(one, at=AT)) == []
    assert [str(found) for found in Package.metadata_validate(to_data_package(one))] == []
    assert crate_faults(to_ro_crate(one, at=AT)) == []


@settings(max_examples=10)
@given(texts.filter(bool), texts, st.lists(texts, max_size=3), st.sampled_from(["public", "partner", "owners"]))
def test_whatever_it_is_called_each_form_leads_to_it_and_to_its_datasets(
    title: str, description: str, names: list[str], audience: str
) -> None:
    datasets = tuple(packaged(str(number), title=name) for number, name in enumerate(names))
    one = described(title=title, description=description, datasets=datasets, audience=audience)

    held = {f"ark:/99999/{number}" for number in range(len(names))}
    for form in forms_of(one):
        if form.as_hashed:  # that of a package is its own document, see test_package_certificate
            continue
        text = form.write(one, AT, PLAIN_WORDS)
        assert form.media_type.endswith(("xml", "turtle")) or json.loads(text)
        if form.ending not in {"oai_dc.xml", "datacite.json", "datacite.xml"}:  # which name no downloads
            assert ZIP in text, form.ending
        if form.ending not in {"linkset.json", "oemetadata.json"}:
            assert {pid for pid in held if pid not in text} == set(), form.ending


def test_it_is_a_collection_of_its_datasets_had_as_one_zip_of_known_size() -> None:
    graph, this = graph_of(STATES["whole"]), URIRef(f"{BASE}/{PID}")
    (way,) = graph.objects(this, DCAT.distribution)

    assert {str(part) for part in graph.objects(this, DCTERMS.hasPart)} == {
        f"{BASE}/ark:/99999/one",
        f"{BASE}/ark:/99999/two",
    }
    assert set(graph.objects(this, PROV.wasDerivedFrom)) == set(graph.objects(this, DCTERMS.hasPart))
    assert (str(graph.value(way, DCAT.downloadURL)), graph.value(way, DCAT.byteSize).toPython()) == (ZIP, 36_900_000)
    assert str(graph.value(graph.value(this, PROV.wasGeneratedBy), PROV.endedAtTime).toPython()) == str(AT)
    assert len(list(graph.objects(this, DCTERMS.creator))) == len(list(graph.objects(this, PROV.wasAttributedTo))) == 2
    told = to_schema_org(STATES["whole"], at=AT)
    assert [one["name"] for one in told["prov:wasAttributedTo"]] == ["Brackendale Grid Networks", "The school"]
    assert told["prov:wasGeneratedBy"] == {
        "@type": "prov:Activity",
        "name": "Put together as the data package of a trial",
        "prov:endedAtTime": "2026-06-01T12:00:00Z",
        "prov:used": [{"@id": f"{BASE}/ark:/99999/{name}", "@type": "prov:Entity"} for name in ("one", "two")],
    }
    assert (this, RDF.type, DCAT.Dataset) in graph
    record = to_datacite(STATES["whole"], at=AT)
    assert record["types"] == {"resourceType": "Data package of a trial", "resourceTypeGeneral": "Collection"}
    assert [one["name"] for one in record["creators"]] == ["Brackendale Grid Networks", "The school"]
    assert record["sizes"] == ["36900000 B"]
    root = ET.fromstring(to_datacite_xml(STATES["whole"], at=AT).encode())
    assert len(root.findall(".//{*}creator")) == 2


@pytest.mark.parametrize(
    ("audience", "allowed"),
    [
        ("public", {"public", "external", "partner"}),
        ("external", {"external", "partner"}),
        ("partner", {"partner"}),
        ("owners", set()),
    ],
)
def test_its_terms_are_those_of_its_audience_from_its_making_on(audience: str, allowed: set[str]) -> None:
    terms = described(audience=audience).access

    assert {one.value for one in Audience if terms.is_available(one, at=AT)} == allowed
    assert not any(terms.is_available(one, at=AT.replace(year=2025)) for one in Audience)


@settings(max_examples=25)
@given(st.sampled_from(["public", "external", "partner", "owners"]), edges, edges, st.booleans())
def test_a_machine_that_reads_its_policy_decides_as_its_terms_do(
    audience: str, made: datetime, at: datetime, gone: bool
) -> None:
    one = described(audience=audience, issued_at=made, withdrawal=GONE if gone else None)
    form = find_form("dcat.jsonld")
    assert form is not None
    text = form.write(one, at, PLAIN_WORDS)
    widest = ["public", "external", "partner", "owners"].index(audience)

    for place, who in enumerate(Audience):
        may = not gone and widest <= place and at >= made
        assert (decide_by_policy(text, who, at), one.access.is_available(who, at=at)) == (may, may)


def test_one_licence_is_that_of_the_whole_and_several_are_named() -> None:
    whole, several = (to_schema_org(STATES[name], at=AT)["license"] for name in ("whole", "several licences"))

    assert whole == "https://creativecommons.org/licenses/by/4.0/"
    assert several["name"] == "Each dataset has its own licence: Creative Commons Attribution 4.0, DSA"
    assert to_schema_org(described(datasets=(packaged("one", has_data=False),)), at=AT).get("license") is None


@pytest.mark.parametrize("state", ["erased from", "withdrawn from"])
def test_what_can_not_be_had_any_more_is_offered_nowhere_and_every_form_says_why(state: str) -> None:
    one = STATES[state]
    why = "Parts were erased on 1 Jul 2026" if state == "erased from" else "Withdrawn on 1 Jul 2026"

    for form in forms_of(one):
        text = form.write(one, LATER, PLAIN_WORDS)
        assert ZIP not in text
        assert why in text or form.ending in {"linkset.json", "certificate.json"}
    assert not any(one.access.is_available(audience, at=LATER) for audience in Audience)
    relations = {link.rel for link in typed_links(one)}
    assert "item" not in relations
    assert (SIGNATURE in relations) == (state == "withdrawn from")  # a package with less in it is certified no more


def test_it_has_no_form_that_tells_of_tables() -> None:
    missing = {form.ending for form in FORMS} - {form.ending for form in forms_of(STATES["whole"])}

    assert missing == {"csv-metadata.json", "croissant.json"}


def test_its_identifier_tells_who_what_when_and_where() -> None:
    assert to_erc(STATES["whole"]).splitlines()[:5] == [
        "erc:",
        "who: Brackendale Grid Networks; The school",
        "what: Data package of trial A1: Sustain peak management",
        "when: 20260601",
        f"where: {BASE}/{PID}",
    ]
