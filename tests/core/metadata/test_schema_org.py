"""Certificates as JSON-LD: what assessors and search engines look for, and safe inside a page."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser

from hypothesis import given

from fairwatt.core.metadata import Certificate, Licensing, Provenance, assess_provenance, to_schema_org, to_script_json
from tests.core.metadata.examples import BASE, FILE, NOW, certificate, certificates, file_certificate, texts

PAGE = f"{BASE}/datasets/0000000gnp8/"


def test_a_dataset_is_described_in_full_with_its_context_inside() -> None:
    document = to_schema_org(certificate(), at=NOW)
    assert document["@context"] == {"@vocab": "https://schema.org/", "prov": "http://www.w3.org/ns/prov#"}
    assert document["@type"] == ["Dataset", "prov:Entity"]
    assert document["@id"] == f"{BASE}/ark:/99999/0000000gnp8"
    assert [entry["value"] for entry in document["identifier"]] == [
        f"{BASE}/ark:/99999/0000000gnp8",
        f"{BASE}/ark:/99999/000000vers2",
        "MVSA1.2.1",
    ]
    assert document["temporalCoverage"] == "2019-11-18T11:45:43Z/2019-11-18T14:56:58Z"
    assert document["temporalResolution"] == "PT5S"
    assert document["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert document["isAccessibleForFree"] is True
    assert document["conditionsOfAccess"][0].endswith("/access-right/PUBLIC")
    assert document["includedInDataCatalog"] == {
        "@type": "DataCatalog",
        "@id": BASE,
        "name": "Testshire Local Energy",
        "url": BASE,
    }
    assert document["isBasedOn"] == [f"urn:sha256:{'a' * 64}"]
    assert document["prov:wasRevisionOf"] == {"@id": f"{BASE}/ark:/99999/000000vers1"}
    assert document["prov:wasGeneratedBy"]["name"] == "A1.2.1 P11: Run the event"
    assert (document["datePublished"], document["dateModified"]) == ("2025-01-02T00:00:00Z", "2026-06-01T12:00:00Z")


def test_each_file_is_a_download_with_type_size_and_checksum() -> None:
    download, *_ = to_schema_org(certificate(), at=NOW)["distribution"]
    assert download == {
        "@type": "DataDownload",
        "@id": f"{BASE}/files/0000000file/#distribution",
        "identifier": "MVSA1_2_1_P11_LCH_01092020_LEOD041F06",
        "name": "MVSA1_2_1_P11_LCH_01092020_LEOD041F06.txt",
        "contentUrl": f"{BASE}/files/0000000file/original",
        "url": f"{BASE}/files/0000000file/",
        "encodingFormat": "text/tab-separated-values",
        "contentSize": "3456789 B",
        "sha256": "a" * 64,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "conditionsOfAccess": "http://publications.europa.eu/resource/authority/access-right/PUBLIC",
    }


def test_readings_are_downloads_too_and_what_stays_elsewhere_is_led_to() -> None:
    _, *readings = to_schema_org(certificate(), at=NOW)["distribution"]
    assert [(way["@id"], way["contentUrl"], way["encodingFormat"]) for way in readings] == [
        (f"{PAGE}#readings-csv", f"{PAGE}readings.csv", "text/csv"),
        (f"{PAGE}#readings-parquet", f"{PAGE}readings.parquet", "application/vnd.apache.parquet"),
    ]
    source = Provenance(source="https://elsewhere.example/wards")
    (elsewhere,) = to_schema_org(certificate(files=(), readings=0, data_provenance=source), at=NOW)["distribution"]
    assert (elsewhere["@id"], elsewhere["url"]) == (f"{PAGE}#elsewhere", "https://elsewhere.example/wards")
    assert "contentUrl" not in elsewhere


def test_data_without_keywords_or_provider_are_found_by_what_was_measured_and_have_a_maker() -> None:
    bare = to_schema_org(certificate(keywords=(" ",), provider=None), at=NOW)
    assert bare["keywords"] == ["Active power", "energy"]
    assert (
        bare["creator"]
        == bare["publisher"]
        == {
            "@type": "Organization",
            "name": "Testshire County Council",
            "url": BASE,
        }
    )


def test_each_channel_is_a_variable_with_its_unit() -> None:
    (variable,) = to_schema_org(certificate(), at=NOW)["variableMeasured"]
    assert variable == {
        "@type": "PropertyValue",
        "name": "Active Power L1N Avg",
        "alternateName": "active_power_l1n_avg_kw",
        "description": "mean import Active power",
        "propertyID": "http://qudt.org/vocab/quantitykind/ActivePower",
        "unitText": "kW",
        "unitCode": "http://qudt.org/vocab/unit/KiloW",
        "minValue": 0.5,
        "maxValue": 9.0,
    }


def test_a_map_says_where_it_lies_and_what_its_features_have() -> None:
    west = FILE.model_copy(update={"bounds": (-1.5, 51.5, -1.25, 51.75), "attributes": ("feeder", "customers")})
    east = FILE.model_copy(update={"bounds": (-1.25, 51.625, -1.125, 52.0), "attributes": ("feeder",)})
    document = to_schema_org(certificate(files=(west, east), channels=()), at=NOW)
    assert document["spatialCoverage"] == {
        "@type": "Place",
        "name": "Rose Hill, Oxford",
        "geo": {"@type": "GeoShape", "box": "51.5 -1.5 52 -1.125"},
    }
    assert [entry["name"] for entry in document["variableMeasured"]] == ["feeder", "customers"]
    hidden = to_schema_org(certificate(files=(west,), place="").without_values(), at=NOW)
    assert "spatialCoverage" not in hidden


def test_access_is_that_of_the_moment() -> None:
    before = to_schema_org(certificate(), at=NOW - timedelta(seconds=1))
    assert before["conditionsOfAccess"] == [
        "http://publications.europa.eu/resource/authority/access-right/RESTRICTED",
        "Anyone may download these data from 1 June 2026.",
        "Not before the trial's report.",
    ]


def test_a_file_says_which_dataset_it_is_part_of() -> None:
    document = to_schema_org(file_certificate(), at=NOW)
    assert document["isPartOf"]["@id"] == f"{BASE}/ark:/99999/0000000gnp8"
    assert document["distribution"][0]["@id"] == f"{BASE}/files/0000000file/#distribution"
    assert document["distribution"][0]["url"] == document["url"]


def test_columns_of_a_table_without_readings_and_a_maps_geometry_are_described_by_name() -> None:
    costs = FILE.model_copy(update={"kind": "table", "columns": ("Item", "Cost in pounds")})
    points = FILE.model_copy(update={"kind": "spatial"})
    written = certificate(files=(costs, points), channels=())

    assert [one["name"] for one in to_schema_org(written, at=NOW)["variableMeasured"]] == [
        "Item",
        "Cost in pounds",
        "geometry",
    ]
    hidden = to_schema_org(written.without_values(), at=NOW)
    assert [one["name"] for one in hidden["variableMeasured"]] == ["geometry"]  # what stands first may be a value
    assert certificate(files=(costs,)).tells_values


def test_a_licence_without_an_address_is_a_work_with_a_name() -> None:
    document = to_schema_org(certificate(licensing=Licensing(code="DSA", title="Data Sharing Agreement")), at=NOW)
    work = {"@type": "CreativeWork", "@id": f"{BASE}/datasets/0000000gnp8/#licence", "name": "Data Sharing Agreement"}

    assert document["license"] == document["distribution"][0]["license"] == work
    assert "license" not in to_schema_org(certificate(licensing=Licensing()), at=NOW)


@given(certificates())
def test_no_certificate_breaks_it_and_nothing_unknown_is_written(written: Certificate) -> None:
    document = to_schema_org(written, at=NOW)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert len(document["description"]) >= 50 or written.data_description

    def check(value: object) -> None:
        assert value not in ("", None)
        assert value != {}
        assert value != []
        for entry in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(entry)

    check(document)
    assert assess_provenance(written).level in range(5)


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(texts)
def test_no_text_can_end_the_script_it_stands_in(text: str) -> None:
    for wicked in (text, f"</script><img src=x>{text}", f"<!--<script>{text}"):
        written = to_script_json({"name": wicked})
        parser = _Scripts()
        parser.feed(f'<script type="application/ld+json">{written}</script><p>after</p>')
        parser.close()
        assert parser.tags == ["script", "p"]
        assert json.loads(written) == {"name": wicked}
