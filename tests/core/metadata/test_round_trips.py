"""What a form says can be read back out of it: by readers that know the form alone, for any certificate."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from datacite import schema45
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import RDF

from fairwatt.core.metadata import (
    AccessTerms,
    Audience,
    Certificate,
    Release,
    canonical_json,
    parse_certificate,
    to_dublin_core,
    to_oai_dc,
    to_schema_org,
)
from fairwatt.core.metadata.certificate import Withdrawal
from fairwatt.core.metadata.croissant import to_croissant
from fairwatt.core.metadata.data_package import to_data_package
from fairwatt.core.metadata.datacite import to_datacite, to_datacite_xml
from fairwatt.core.metadata.forms import find_form
from fairwatt.core.metadata.rdf.nodes import plain
from fairwatt.core.project.audiences import PLAIN_WORDS
from tests.core.metadata.examples import FILE, NOW, certificate, certificates, file_certificate

KERNEL = "{http://datacite.org/schema/kernel-4}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "shapes" / "datacite-4.5.xsd"))
SDO = Namespace("https://schema.org/")
WITH_DOI = certificate(doi_url="https://doi.org/10.5072/0000000gnp8")
FULL = [
    certificate(),
    file_certificate(),
    WITH_DOI,
    certificate(withdrawal=Withdrawal(at=NOW, reason="A meter was wrong.", decided_by="Dana")),
]


# --- DataCite ------------------------------------------------------------------------------------------------


def faults(text: str) -> list[str]:
    """What the schema says against a record."""
    SCHEMA.validate(etree.fromstring(text.encode()))
    return [str(error.message) for error in SCHEMA.error_log]


@pytest.mark.parametrize("number", range(len(FULL)), ids=["dataset", "file", "doi", "withdrawn"])
def test_datacites_xml_keeps_to_the_schema(number: int) -> None:
    assert faults(to_datacite_xml(FULL[number], at=NOW)) == []


BROKEN = {
    "no-creator": ("<creators>", "<creators/><ignored>", "</creators>", "</ignored>"),
    "relation": ('relationType="HasVersion"', 'relationType="Resembles"'),
    "year": ("<publicationYear>2025<", "<publicationYear>soon<"),
    "date-type": ('dateType="Collected"', 'dateType="Measured"'),
    "language": ("<language>en-GB<", "<language>English, of course<"),
    "no-identifier": ("<identifier ", "<pid ", "</identifier>", "</pid>"),
    "blank-title": ("School load during an event<", " <"),
}


@pytest.mark.parametrize("case", list(BROKEN))
def test_the_schema_refuses_a_broken_record(case: str) -> None:
    text = to_datacite_xml(certificate(), at=NOW)
    words = BROKEN[case]
    for old, new in zip(words[::2], words[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    assert faults(text) != []


def read_datacite(text: str) -> dict[str, Any]:
    """Read DataCite's XML into DataCite's JSON, knowing nothing but the two."""
    root = ET.fromstring(text.encode())
    identifier = root.find(f"{KERNEL}identifier")
    assert identifier is not None
    resource = root.find(f"{KERNEL}resourceType")
    assert resource is not None
    found: dict[str, Any] = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceType": resource.text, **resource.attrib},
        "creators": [_named(one, "creator") for one in root.iter(f"{KERNEL}creator")],
        "contributors": [{**_named(one, "contributor"), **one.attrib} for one in root.iter(f"{KERNEL}contributor")],
        "publisher": {"name": root.findtext(f"{KERNEL}publisher")},
        **{name: root.findtext(KERNEL + name) for name in ("publicationYear", "language", "version")},
        **{name: [one.text for one in root.iter(KERNEL + name[:-1])] for name in ("sizes", "formats")},
        "geoLocations": [{"geoLocationPlace": one.text} for one in root.iter(f"{KERNEL}geoLocationPlace")],
    }
    if identifier.get("identifierType") == "DOI":
        found["doi"] = identifier.text
    for many, one, text_key in (
        ("titles", "title", "title"), ("subjects", "subject", "subject"), ("dates", "date", "date"),
        ("alternateIdentifiers", "alternateIdentifier", "alternateIdentifier"), ("rightsList", "rights", "rights"),
        ("relatedIdentifiers", "relatedIdentifier", "relatedIdentifier"),
        ("descriptions", "description", "description"),
    ):  # fmt: skip
        found[many] = [{text_key: entry.text or "", **_attributes(entry)} for entry in root.iter(KERNEL + one)]
    return {name: value for name, value in found.items() if value}


def _named(element: ET.Element, kind: str) -> dict[str, str | None]:
    name = element.find(f"{KERNEL}{kind}Name")
    assert name is not None
    return {"name": name.text, **name.attrib}


def _attributes(element: ET.Element) -> dict[str, str]:
    names = {LANG: "lang", "schemeURI": "schemeUri", "valueURI": "valueUri", "rightsURI": "rightsUri"}
    return {names.get(name, name): value for name, value in element.attrib.items()}


def _as_xml_can(value: Any) -> Any:
    """JSON as far as XML can hold it: without signs that it has not, and without entries that are blank."""
    if isinstance(value, dict):
        return {name: _as_xml_can(entry) for name, entry in value.items()}
    if isinstance(value, list):
        kept = [_as_xml_can(entry) for entry in value]
        return [one for one in kept if not isinstance(one, dict) or _says(one)]
    return plain(value).replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _says(entry: dict[str, str]) -> bool:
    return bool(entry.get("rightsUri")) or bool(next(iter(entry.values())).strip())


def test_datacites_xml_says_what_its_json_says() -> None:
    for written in FULL:
        document = to_datacite(written, at=NOW)
        read = read_datacite(to_datacite_xml(written, at=NOW))
        assert read == {name: value for name, value in document.items() if name != "url"}
        assert list(schema45.validator.iter_errors(read)) == []


@settings(max_examples=20)
@given(certificates())
def test_any_record_keeps_to_the_schema_and_reads_back(written: Certificate) -> None:
    text = to_datacite_xml(written, at=NOW)
    read, document = read_datacite(text), _as_xml_can(to_datacite(written, at=NOW))

    for name in ("dates", "relatedIdentifiers", "alternateIdentifiers", "types", "publicationYear", "contributors"):
        assert _entries(read.get(name)) == _entries(document.get(name)), name
    if written.title.strip() and plain(written.title).strip():
        assert faults(text) == []


def _entries(value: Any) -> Any:
    return [dict(sorted(one.items())) for one in value] if isinstance(value, list) else value


# --- other forms ---------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(certificates())
def test_the_certificate_itself_comes_back_whole(written: Certificate) -> None:
    form = find_form("certificate.json")
    assert form is not None
    read = parse_certificate(form.write(written, NOW, PLAIN_WORDS))
    assert (read, canonical_json(read), read.checksum) == (written, canonical_json(written), written.checksum)


@settings(max_examples=20)
@given(certificates())
def test_dublin_core_in_xml_has_the_elements_of_the_page(written: Certificate) -> None:
    root = ET.fromstring(to_oai_dc(written, at=NOW).encode())
    read = [(f"DC.{one.tag.rpartition('}')[2]}", one.text or "") for one in root]
    said = [
        (name, plain(text).replace("\r\n", "\n").replace("\r", "\n")) for name, text in to_dublin_core(written, at=NOW)
    ]
    assert read == said


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD
@settings(max_examples=5, deadline=None)
@given(certificates())
def test_json_ld_that_is_expanded_without_a_network_names_the_dataset_and_its_files(written: Certificate) -> None:
    about = _expanded(to_schema_org(written, at=NOW))
    assert URIRef(written.pid_url) in set(about.subjects(RDF.type, SDO.Dataset))
    for graph in (about, _expanded(to_croissant(written))):
        assert FILE.download_url in {str(found) for found in graph.objects(None, SDO.contentUrl)}
        assert FILE.sha256 in {str(found) for found in graph.objects(None, SDO.sha256)}


def _expanded(document: dict[str, Any]) -> Graph:
    return Graph().parse(data=json.dumps(document), format="json-ld")


@settings(max_examples=20)
@given(certificates())
def test_a_data_package_names_each_file_with_the_hash_and_size_that_are_certified(written: Certificate) -> None:
    package = json.loads(json.dumps(to_data_package(written)))
    read = {(one["path"], one["hash"], one["bytes"]) for one in package["resources"] if "hash" in one}
    assert read == {(file.download_url, f"sha256:{file.sha256}", file.size) for file in written.files}
    fields = [field["name"] for field in package["resources"][0]["schema"]["fields"]]
    assert fields[-len(written.channels) :] == [channel.field for channel in written.channels]


# --- ODRL ----------------------------------------------------------------------------------------------------

ODRL = "http://www.w3.org/ns/odrl/2/"
MEMBER_OF = {  # whoever belongs to an audience belongs to these collections of people
    Audience.PUBLIC: {"public"},
    Audience.EXTERNAL: {"public", "external"},
    Audience.PARTNER: {"public", "external", "partner"},
}
EDGES = [  # UK and US clock changes, ends of years and months, a leap day: in UTC
    datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC), NOW,
]  # fmt: skip
STEPS = [timedelta(0), timedelta(microseconds=1), timedelta(milliseconds=999), timedelta(seconds=1), timedelta(hours=1)]
steps = st.builds(lambda step, sign: sign * step, st.sampled_from(STEPS), st.sampled_from([-1, 1]))
edges = st.builds(lambda at, step: at + step, st.sampled_from(EDGES), steps)
zoned = st.builds(lambda at, zone: at.astimezone(zone), edges, st.timezones())
releases = st.dictionaries(st.sampled_from(Audience), st.none() | zoned).map(
    lambda chosen: tuple(Release(audience=one, available_from=chosen[one]) for one in Audience if one in chosen)
)


def decide_by_policy(text: str, audience: Audience, at: datetime) -> bool:
    """Decide as a machine does that has the DCAT document in JSON-LD, and has read ODRL's information model.

    Permitted where a permission applies whose constraints all hold, and no prohibition applies; else not.
    """
    document = json.loads(text)
    nodes = {one["@id"]: one for one in document["@graph"] if "@id" in one}
    (policy,) = [one for one in document["@graph"] if "odrl:Policy" in _several(one.get("@type"))]

    def applies(rule: dict[str, Any]) -> bool:
        if _id(rule["odrl:action"]) != f"{ODRL}use":
            return False
        party = _id(rule["odrl:assignee"])
        assert "odrl:PartyCollection" in _several(nodes[party]["@type"])
        constraints = [_resolve(one, nodes) for one in _several(rule.get("odrl:constraint"))]
        return party.rpartition("#audience-")[2] in MEMBER_OF[audience] and all(_holds(one, at) for one in constraints)

    permitted = [_resolve(rule, nodes) for rule in _several(policy.get("odrl:permission"))]
    forbidden = [_resolve(rule, nodes) for rule in _several(policy.get("odrl:prohibition"))]
    return any(map(applies, permitted)) and not any(map(applies, forbidden))


def _holds(constraint: dict[str, Any], at: datetime) -> bool:
    assert _id(constraint["odrl:leftOperand"]) == f"{ODRL}dateTime"
    right = constraint["odrl:rightOperand"]
    assert right["@type"].endswith("dateTime")
    compared = {"gteq": datetime.__ge__, "lt": datetime.__lt__}[_id(constraint["odrl:operator"]).removeprefix(ODRL)]
    return bool(compared(at, datetime.fromisoformat(right["@value"])))


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _id(value: Any) -> str:
    return str(value["@id"])


def _resolve(value: dict[str, Any], nodes: dict[str, Any]) -> dict[str, Any]:
    return nodes[value["@id"]] if set(value) == {"@id"} else value


@settings(max_examples=80)
@given(releases, edges)
@example((Release(audience=Audience.PUBLIC, available_from=NOW + timedelta(microseconds=1)),), NOW)
@example((Release(audience=Audience.EXTERNAL, available_from=NOW), Release(audience=Audience.PARTNER)), NOW)
@example((), NOW)
def test_a_machine_that_reads_the_policy_decides_as_the_portal_does(chosen: tuple[Release, ...], at: datetime) -> None:
    terms = AccessTerms(releases=chosen)
    form = find_form("dcat.jsonld")
    assert form is not None
    text = form.write(certificate(access=terms, files=(), channels=()), NOW, PLAIN_WORDS)
    for audience in Audience:
        for moment in (at, at - timedelta(microseconds=1), at + timedelta(microseconds=1)):
            assert decide_by_policy(text, audience, moment) == terms.is_available(audience, at=moment)


def test_the_reader_of_policies_is_no_rubber_stamp() -> None:
    terms = AccessTerms(releases=(Release(audience=Audience.EXTERNAL, available_from=NOW),))
    form = find_form("dcat.jsonld")
    assert form is not None
    text = form.write(certificate(access=terms, files=(), channels=()), NOW, PLAIN_WORDS)
    assert [decide_by_policy(text, one, NOW) for one in Audience] == [False, True, True]
    later = text.replace("2026-06-01T12:00:00", "2026-06-01T12:00:01")
    assert [decide_by_policy(later, one, NOW) for one in Audience] == [False, False, False]
    wider = text.replace("#audience-external", "#audience-public")
    assert decide_by_policy(wider, Audience.PUBLIC, NOW)
    assert not decide_by_policy(text.replace("odrl:permission", "odrl:prohibition"), Audience.PARTNER, NOW)
