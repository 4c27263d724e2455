"""Interoperable: each kind of entry passes F-UJI's metrics I1 to I3."""

from __future__ import annotations

import pytest

from tests.fair.conftest import KINDS
from tests.fair.harvesting import Harvest
from tests.fair.metrics import failed
from tests.fair.visiting import BASE

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.mark.parametrize("kind", KINDS)
def test_every_metric_of_working_together_is_met(harvests: dict[str, Harvest], kind: str) -> None:
    found = harvests[kind]

    assert failed(found, "0.8", principle="I") == set()
    assert failed(found, "0.5", principle="I") == set()


@pytest.mark.parametrize("kind", KINDS)
def test_metadata_come_in_each_way_and_all_ways_agree(harvests: dict[str, Harvest], kind: str) -> None:
    offers = harvests[kind].offers

    assert {(offer.method, offer.standard) for offer in offers} == {
        ("json_in_html", "schemaorg"),
        ("meta_tag", "dublin-core"),
        ("content_negotiation", "dublin-core"),
        ("content_negotiation", "schemaorg"),
        ("content_negotiation", "dcat"),
        ("content_negotiation", "datacite"),
        ("typed_links", "schemaorg"),
        ("typed_links", "dcat"),
    }
    told = [offer for offer in offers if offer.standard in {"schemaorg", "dcat"}]
    assert len({offer.fields["title"] for offer in told}) == 1
    assert len({offer.fields["license"] for offer in told}) == 1
    assert len({offer.fields["access"] for offer in told} - {""}) == 1  # Croissant has no term for it
    assert len({offer.fields["published"].replace("Z", "+00:00") for offer in told}) == 1


def test_relations_lead_to_addresses(harvests: dict[str, Harvest]) -> None:
    of_file = harvests["file"].offers[0].fields["related"]

    assert BASE in of_file  # the catalogue that it is in
    assert any(other.startswith(f"{BASE}/ark:/99999/") for other in of_file)  # the dataset that it is part of
    assert any(other.startswith("urn:sha256:") for other in of_file)  # the bytes that it is made of
    assert harvests["background"].offers[0].fields["related"] == [BASE, "https://elsewhere.example/wards"]
