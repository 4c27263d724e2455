"""The catalogue as CKAN's harvester of DCAT reads it: each field is right, from each form, the same each time."""

from __future__ import annotations

import warnings
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from rdflib import BNode, Graph, URIRef

from fairwatt.core.metadata import Validity
from fairwatt.core.metadata.catalogue_dcat import CataloguePage, to_catalogue
from fairwatt.core.metadata.rdf import to_turtle
from tests.core.metadata.examples import BASE, END, FILE, NOW, START, certificate
from tests.fair.ckan_harvesting import next_page, read_datasets, unstable
from tests.portal.pages_stock import OPEN
from tests.services.test_listings import HOUR, listed

EU = "http://publications.europa.eu/resource/authority"
PARSERS = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}
PAGE, PID = f"{BASE}/datasets/0000000gnp8/", f"{BASE}/ark:/99999/0000000gnp8"


def graph_of(**changes: Any) -> Graph:
    """A catalogue of one dataset."""
    one = certificate(**changes)
    page = CataloguePage(
        address=f"{BASE}/catalogue/",
        title="All",
        description="All data.",
        publisher=one.catalogue,
        page=f"{BASE}/catalogue.ttl",
        first=f"{BASE}/catalogue.ttl",
        next="",
        total=1,
        size=100,
        certificates=[one],
    )
    return Graph().parse(data=to_turtle(to_catalogue(page, at=NOW)), format="turtle")


def iso(at: datetime) -> str:
    return at.isoformat()


def test_every_field_of_a_dataset_is_read() -> None:
    (dataset,) = read_datasets(graph_of()).values()
    resources = dataset.pop("resources")

    assert dataset == {
        "title": "School load during an event",
        "notes": "Load of a primary school, logged every 5 seconds during a flexibility event.",
        "url": PAGE,
        "version": "2",
        "version_notes": "Longer.",
        "identifier": PID,
        "alternate_identifier": [f"{PAGE}#identifier-ark", f"{PAGE}#identifier-leo"],
        "uri": PID,
        "tags": ["school", "flexibility"],
        "issued": "2025-01-02T00:00:00+00:00",
        "modified": iso(NOW),
        "temporal_start": iso(START),
        "temporal_end": iso(END),
        "temporal_resolution": "PT5S",
        "spatial_text": "Rose Hill, Oxford",
        "publisher_uri": f"{BASE}/about/#publisher",
        "publisher_name": "Testshire County Council",
        "publisher_email": "a@b.example",
        "publisher_url": BASE,
        "creator_uri": f"{BASE}/about/#organisation-LCH",
        "creator_name": "Low Carbon Hub",
        "creator_url": "https://lch.example/",
        "contact_name": "Testshire County Council",
        "contact_email": "a@b.example",
        "access_rights": f"{EU}/access-right/PUBLIC",
        "theme": [f"{EU}/data-theme/ENER"],
        "language": [f"{EU}/language/ENG"],
        "dcat_type": f"{EU}/dataset-type/STATISTICAL",
        "documentation": [f"{PAGE}certificate/"],
        "provenance": "Logged at the incomer with a three-phase meter.",
    }
    assert [resource["format"] for resource in resources] == ["TSV", "CSV", "Parquet"]
    assert resources[0] == {
        "name": FILE.name,
        "url": FILE.download_url,
        "access_url": FILE.url,
        "download_url": FILE.download_url,
        "issued": "2020-09-01T09:00:00+00:00",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "mimetype": "https://www.iana.org/assignments/media-types/text/tab-separated-values",
        "format": "TSV",
        "size": 3_456_789,
        "hash": "a" * 64,
        "hash_algorithm": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
    }


def test_data_that_still_grow_are_said_to_be_updated_continuously() -> None:
    (dataset,) = read_datasets(graph_of(date_of_data_validity=Validity(start=START))).values()

    assert dataset["frequency"] == f"{EU}/frequency/UPDATE_CONT"
    assert "temporal_end" not in dataset


def test_where_maps_lie_is_read_as_a_geometry() -> None:
    lies = FILE.model_copy(update={"bounds": (-1.5, 51.5, -1.25, 51.75)})
    (dataset,) = read_datasets(graph_of(files=(lies,))).values()

    box = "POLYGON((-1.5 51.5,-1.25 51.5,-1.25 51.75,-1.5 51.75,-1.5 51.5))"
    assert (dataset["spatial"], dataset["spatial_bbox"], dataset["spatial_text"]) == (box, box, "Rose Hill, Oxford")


def test_nothing_that_is_kept_has_another_name_at_the_next_harvest() -> None:
    unnamed = certificate().licensing.model_copy(update={"code": "DSA", "url": ""})
    for changes in ({}, {"licensing": unnamed}, {"provider": None}):
        (dataset,) = read_datasets(graph_of(**changes)).values()
        assert unstable(dataset) == []


def test_a_blank_node_and_a_field_that_is_gone_are_noticed() -> None:
    graph = graph_of()
    blank, named = BNode(), URIRef(f"{PAGE}#provenance")
    for subject, predicate, _ in list(graph.triples((None, None, named))):
        graph.remove((subject, predicate, named))
        graph.add((subject, predicate, blank))
    graph.remove((None, URIRef("http://www.w3.org/2002/07/owl#versionInfo"), None))

    (dataset,) = read_datasets(graph).values()

    assert unstable(dataset) == ["provenance"]
    assert "version" not in dataset


@pytest.mark.django_db
def test_every_form_of_the_catalogue_is_walked_to_the_same_datasets(client: Client) -> None:
    for number in range(3):
        listed(f"Dataset {number}", NOW - number * HOUR, release=OPEN, keywords=["load"])

    found = {}
    for ending, parser in PARSERS.items():
        address, datasets = f"/catalogue.{ending}?limit=2", {}
        while address:
            with warnings.catch_warnings():  # rdflib's reader of JSON-LD uses what rdflib itself has given up
                warnings.simplefilter("ignore", DeprecationWarning)
                page = Graph().parse(data=client.get(address).content, format=parser)
            datasets |= read_datasets(page)
            address = (next_page(page) or "").removeprefix("http://127.0.0.1:8000")
        found[ending] = datasets

    assert sorted(one["title"] for one in found["ttl"].values()) == ["Dataset 0", "Dataset 1", "Dataset 2"]
    assert found["ttl"] == found["rdf"] == found["jsonld"]
    assert [unstable(one) for one in found["ttl"].values()] == [[], [], []]
