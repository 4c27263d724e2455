"""Every other form, held against the official schema or reader of its format, which is shown to refuse a broken one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from datacite import schema45
from frictionless import Package, Resource
from hypothesis import given, settings
from oemetadata.latest.schema import OEMETADATA_LATEST_SCHEMA

from fairwatt.core.metadata import AccessTerms, Audience, Certificate, Release, canonical_json, to_erc, to_oai_dc
from fairwatt.core.metadata.croissant import to_croissant
from fairwatt.core.metadata.csvw import to_csvw
from fairwatt.core.metadata.data_package import to_data_package
from fairwatt.core.metadata.datacite import to_datacite, to_datacite_xml
from fairwatt.core.metadata.forms import FORMS, find_form, forms_of, typed_links
from fairwatt.core.metadata.oemetadata import to_oemetadata
from fairwatt.core.metadata.ro_crate import to_ro_crate
from fairwatt.core.project.audiences import PLAIN_WORDS
from tests.core.metadata.examples import BASE, FILE, NOW, certificate, certificates, file_certificate

OEMETADATA = jsonschema.Draft202012Validator(OEMETADATA_LATEST_SCHEMA, format_checker=jsonschema.FormatChecker())
DATACITE = "{http://datacite.org/schema/kernel-4}"
PAGE = f"{BASE}/datasets/0000000gnp8/"


def errors(validator: Any, document: dict[str, Any]) -> list[str]:
    """What a JSON schema complains of."""
    return [f"{found.json_path}: {found.message[:80]}" for found in validator.iter_errors(document)]


@settings(max_examples=20)
@given(certificates())
def test_no_certificate_breaks_a_form(written: Certificate) -> None:
    for form in FORMS:
        text = form.write(written, NOW, PLAIN_WORDS)
        if form.media_type.endswith("json"):
            assert json.loads(text)
        elif form.media_type.endswith("xml"):
            assert len(ET.fromstring(text.encode()))
    assert errors(schema45.validator, to_datacite(written, at=NOW)) == []
    assert errors(OEMETADATA, to_oemetadata(written, at=NOW)) == []


def test_datacites_schema_takes_datasets_and_files_and_refuses_one_without_a_creator() -> None:
    documents = [to_datacite(certificate(), at=NOW), to_datacite(file_certificate(), at=NOW)]

    assert [errors(schema45.validator, document) for document in documents] == [[], []]
    assert errors(schema45.validator, documents[0] | {"creators": []}) != []


def test_datacite_says_period_access_and_parts() -> None:
    document = to_datacite(certificate(), at=NOW)

    assert document["dates"][0] == {
        "date": "2019-11-18T11:45:43Z/2019-11-18T14:56:58Z",
        "dateType": "Collected",
        "dateInformation": "The period that the readings cover",
    }
    assert document["alternateIdentifiers"][0] == {
        "alternateIdentifier": "ark:/99999/0000000gnp8",
        "alternateIdentifierType": "ARK",
    }
    assert [right.get("rightsUri", "").rpartition("/")[2] for right in document["rightsList"][1:3]] == [
        "PUBLIC",
        "c_abf2",
    ]
    assert document["rightsList"][0]["rightsIdentifier"] == "CC-BY-4.0"
    assert {"HasPart", "HasVersion", "IsNewVersionOf", "HasMetadata"} == {
        related["relationType"] for related in document["relatedIdentifiers"]
    }


def test_datacites_xml_has_its_mandatory_elements_once() -> None:
    root = ET.fromstring(to_datacite_xml(certificate(), at=NOW).encode())

    assert root.tag == f"{DATACITE}resource"
    mandatory = ["identifier", "creators", "titles", "publisher", "publicationYear", "resourceType"]
    assert [len(root.findall(DATACITE + name)) for name in mandatory] == [1] * 6
    identifier = root.find(f"{DATACITE}identifier")
    assert identifier is not None
    assert (identifier.text, identifier.attrib) == ("ark:/99999/0000000gnp8", {"identifierType": "ARK"})


def test_frictionless_takes_the_data_package_and_refuses_a_licence_in_bare_words() -> None:
    document = to_data_package(certificate(files=(FILE, FILE)))

    assert [str(found) for found in Package.metadata_validate(document)] == []
    assert [resource["name"] for resource in document["resources"]] == [
        "readings",
        "mvsa1_2_1_p11_lch_01092020_leod041f06.txt",
        "mvsa1_2_1_p11_lch_01092020_leod041f06.txt-2",
    ]
    assert (document["resources"][1]["hash"], document["resources"][1]["bytes"]) == (f"sha256:{'a' * 64}", 3_456_789)
    assert list(Package.metadata_validate({**document, "licenses": "CC-BY-4.0"})) != []


@pytest.mark.parametrize(("series", "row"), [(1, "2020-06-01T00:00:00Z,4.7"), (2, "2020-06-01T00:00:00Z,A,")])
def test_frictionless_reads_the_readings_by_the_schema(tmp_path: Path, series: int, row: str) -> None:
    described = certificate(series_count=series)
    schema = to_data_package(described)["resources"][0]["schema"]
    heading = ",".join(field["name"] for field in schema["fields"])
    table = tmp_path / "readings.csv"

    def validated(cells: str) -> bool:
        table.write_text(f"{heading}\r\n{cells}\r\n", newline="")
        resource = Resource.from_descriptor(
            {"name": "readings", "path": "readings.csv", "schema": schema}, basepath=str(tmp_path)
        )
        return bool(resource.validate().valid)

    assert validated(row)
    assert not validated(row.replace("2020-06-01T00:00:00Z", "yesterday"))
    assert not validated(f"{row},1")


def test_csvw_describes_each_column_with_its_unit() -> None:
    document = to_csvw(certificate(series_count=3))

    assert document["@context"][0] == "http://www.w3.org/ns/csvw"
    assert document["url"] == f"{PAGE}readings.csv"
    assert document["tableSchema"]["columns"] == [
        {
            "name": "start",
            "titles": "start",
            "datatype": "dateTime",
            "required": True,
            "dc:title": "Start",
            "dc:description": "Start of the interval, in UTC.",
        },
        {
            "name": "series",
            "titles": "series",
            "datatype": "string",
            "required": True,
            "dc:title": "Series",
            "dc:description": "Which meter or place the reading is of.",
        },
        {
            "name": "active_power_l1n_avg_kw",
            "titles": "active_power_l1n_avg_kw",
            "datatype": "number",
            "dc:title": "Active Power L1N Avg",
            "dc:description": "mean import Active power",
            "schema:unitText": "kW",
            "schema:unitCode": {"@id": "http://qudt.org/vocab/unit/KiloW"},
            "schema:propertyID": {"@id": "http://qudt.org/vocab/quantitykind/ActivePower"},
        },
    ]


def test_oemetadatas_schema_takes_datasets_and_refuses_a_field_without_a_type() -> None:
    document = to_oemetadata(certificate(), at=NOW)

    assert errors(OEMETADATA, document) == []
    assert document["resources"][0]["schema"]["fields"][1]["unit"] == "kW"
    del document["resources"][0]["schema"]["fields"][1]["type"]
    assert errors(OEMETADATA, document) == ["$.resources[0].schema.fields[1]: 'type' is a required property"]


def test_oemetadata_is_identified_by_the_doi_where_there_is_one() -> None:
    named = [to_oemetadata(certificate(doi_url=doi), at=NOW)["@id"] for doi in ("", "https://doi.org/10.5072/x")]

    assert named == [f"{BASE}/ark:/99999/0000000gnp8", "https://doi.org/10.5072/x"]


def test_oemetadata_says_until_when_data_are_embargoed() -> None:
    later = AccessTerms(releases=(Release(audience=Audience.PUBLIC, available_from=NOW.replace(year=2027)),))
    resource = to_oemetadata(certificate(access=later), at=NOW)["resources"][0]

    assert resource["embargoPeriod"] == {"start": "2025-01-02", "end": "2027-06-01", "isActive": True}


def crate_faults(crate: dict[str, Any]) -> list[str]:
    """What breaks the rules of RO-Crate 1.2 on the descriptor, the root, and that every entity named is there."""
    by_id = {entity["@id"]: entity for entity in crate["@graph"]}
    faults = [] if len(by_id) == len(crate["@graph"]) else ["an entity is there twice"]
    descriptor = by_id.get("ro-crate-metadata.json", {})
    root = by_id.get(descriptor.get("about", {}).get("@id"), {})
    if descriptor.get("conformsTo") != {"@id": "https://w3id.org/ro/crate/1.2"}:
        faults.append("no descriptor")
    faults += [f"no {name}" for name in ("name", "description", "datePublished", "license") if not root.get(name)]
    for part in root.get("hasPart", []):
        if by_id.get(part["@id"], {}).get("@type") not in {"File", "Dataset"}:
            faults.append(f"{part['@id']} is no data of the crate")
    for name in ("author", "publisher", "license", "contributor"):
        named = root.get(name, [])
        if any(one["@id"] not in by_id for one in (named if isinstance(named, list) else [named])):
            faults.append(f"{name} is not in the crate")
    return faults


def test_an_ro_crate_holds_root_files_and_an_action_for_each_procedure() -> None:
    crate = to_ro_crate(certificate(), at=NOW)
    actions = [entity for entity in crate["@graph"] if entity["@type"] == "CreateAction"]

    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    assert crate_faults(crate) == []
    assert [action["name"] for action in actions] == ["A1.2.1 P11: Run the event", "A1.2.1 P11: Run the event"]
    assert actions[0]["result"] == [{"@id": f"{BASE}/files/0000000file/original"}]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda graph: [entity for entity in graph if entity["@type"] != "File"],
        lambda graph: [{key: entity[key] for key in entity if key != "datePublished"} for entity in graph],
        lambda graph: graph[1:],
    ],
    ids=["no-files", "no-date", "no-descriptor"],
)
def test_a_broken_crate_is_found(spoil: Callable[[list[Any]], list[Any]]) -> None:
    crate = to_ro_crate(certificate(), at=NOW)

    assert crate_faults({**crate, "@graph": spoil(crate["@graph"])}) != []


def test_croissant_names_files_by_checksum_and_a_field_for_each_column() -> None:
    document = to_croissant(certificate())
    table, file = document["distribution"]
    (records,) = document["recordSet"]

    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert (file["sha256"], file["@id"]) == ("a" * 64, f"{BASE}/ark:/99999/0000000file")
    assert table["contentUrl"] == f"{PAGE}readings.csv"
    assert document["isLiveDataset"] is True
    assert [(field["name"], field["dataType"]) for field in records["field"]] == [
        ("start", "sc:DateTime"),
        ("active_power_l1n_avg_kw", ["sc:Float", "http://qudt.org/vocab/quantitykind/ActivePower"]),
    ]
    assert all(" " not in entry["@id"] for entry in (table, file, records, *records["field"]))


def test_dublin_core_has_all_fifteen_elements() -> None:
    background = certificate(
        data_provenance=certificate().data_provenance.model_copy(update={"source": "https://x.example"})
    )
    root = ET.fromstring(to_oai_dc(background, at=NOW).encode())

    assert root.tag == "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"
    assert {child.tag.removeprefix("{http://purl.org/dc/elements/1.1/}") for child in root} == {
        "title", "creator", "subject", "description", "publisher", "contributor", "date", "type",
        "format", "identifier", "source", "language", "relation", "coverage", "rights",
    }  # fmt: skip


def test_an_ark_with_info_says_who_what_when_and_where() -> None:
    assert to_erc(certificate(title="Two\nlines")).splitlines()[:5] == [
        "erc:",
        "who: Low Carbon Hub",
        "what: Two lines",
        "when: 20260601",
        f"where: {BASE}/ark:/99999/0000000gnp8",
    ]


def test_the_certificate_itself_is_the_text_that_is_hashed() -> None:
    form = find_form("certificate.json")

    assert form is not None
    assert form.write(certificate(), NOW, PLAIN_WORDS) == canonical_json(certificate())
    assert "series_count" not in canonical_json(certificate())  # as when checksums were first given
    assert '"series_count":2' in canonical_json(certificate(series_count=2))


def test_forms_are_found_by_ending_and_by_other_names() -> None:
    assert [
        find_form(name) and find_form(name).ending for name in ("TTL", "turtle", "datacite", "ro-crate", "marc")
    ] == [
        "ttl",
        "ttl",
        "datacite.json",
        "ro-crate-metadata.json",
        None,
    ]
    assert {form.ending for form in FORMS} - {form.ending for form in forms_of(certificate(readings=0))} == {
        "csv-metadata.json"
    }


def test_an_older_version_leads_to_the_forms_of_its_own_and_to_its_neighbours() -> None:
    older = certificate(version=certificate().versions[1])
    links = {link.rel: link.href for link in typed_links(older)}

    assert links["describedby"].endswith("?version=1")
    assert links["successor-version"] == links["latest-version"] == f"{BASE}/ark:/99999/000000vers2"
    assert "predecessor-version" not in links


def test_croissant_ends_each_sentence_once_and_tells_the_hash_of_readings_that_are_as_certified() -> None:
    settled = to_croissant(certificate(series_count=2, readings_sha256="c" * 64, version=certificate().versions[0]))
    growing = to_croissant(certificate(series_count=2))

    described = [field["description"] for field in settled["recordSet"][0]["field"]]
    assert described == [
        "Start: Start of the interval, in UTC.",
        "Series: Which meter or place the reading is of.",
        "Active Power L1N Avg: mean import Active power. In kW.",
    ]
    assert (settled["isLiveDataset"], settled["distribution"][0]["sha256"]) == (False, "c" * 64)
    assert (growing["isLiveDataset"], growing["distribution"][0].get("sha256")) == (True, None)


def test_the_hash_of_an_older_versions_readings_is_not_told_of_those_of_today() -> None:
    older = to_croissant(certificate(readings_sha256="c" * 64, version=certificate().versions[1]))

    assert (older["isLiveDataset"], older["distribution"][0].get("sha256")) == (True, None)
