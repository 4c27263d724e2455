"""The catalogues for programs: pages of DCAT-AP that harvesters walk through, and Atom feeds of what changed."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyshacl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rdflib import DCTERMS, RDF, Graph, Namespace, URIRef

from fairwatt.records.models import Dataset
from tests.portal.pages_stock import signed_in
from tests.services import stock
from tests.services.stock import DAY, NOW
from tests.services.test_listings import HOUR, listed

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"
DCAT, HYDRA = Namespace("http://www.w3.org/ns/dcat#"), Namespace("http://www.w3.org/ns/hydra/core#")
PARSERS = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld"}
SHAPES = Path(__file__).parents[1] / "core" / "metadata" / "shapes" / "dcat_ap_3_0_1.ttl"
ATOM, TOMBSTONE = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"


def graph(client: Client, address: str) -> Graph:
    answer = client.get(address.removeprefix(BASE))
    assert answer.status_code == 200, answer.content
    ending = address.partition("?")[0].rpartition(".")[2]
    with warnings.catch_warnings():  # rdflib's reader of JSON-LD uses what rdflib itself has given up
        warnings.simplefilter("ignore", DeprecationWarning)
        return Graph().parse(data=answer.content, format=PARSERS[ending])


def next_page(page: Graph) -> str | None:
    """Find the next page as ckanext-dcat's harvester does."""
    for found in page.subjects(RDF.type, HYDRA.PagedCollection):
        for address in page.objects(found, HYDRA.next):
            return str(address)
    return None


def walk(client: Client, address: str) -> list[Graph]:
    pages, following = [], address
    while following:
        pages.append(graph(client, following))
        following = next_page(pages[-1]) or ""
    return pages


def titles(page: Graph) -> list[str]:
    return sorted(str(page.value(found, DCTERMS.title)) for found in page.subjects(RDF.type, DCAT.Dataset))


@pytest.mark.parametrize("ending", PARSERS)
def test_a_catalogue_is_walked_page_by_page_in_each_form(client: Client, ending: str) -> None:
    for number in range(5):
        listed(f"Dataset {number}", NOW - number * HOUR, origin="background" if number == 4 else "foreground")

    pages = walk(client, f"{BASE}/catalogue/foreground.{ending}?limit=3")
    assert [titles(page) for page in pages] == [["Dataset 1", "Dataset 2", "Dataset 3"], ["Dataset 0"]]
    assert {int(str(total)) for page in pages for total in page.objects(None, HYDRA.totalItems)} == {4}
    assert {str(found) for page in pages for found in page.subjects(RDF.type, DCAT.Catalog)} == {
        f"{BASE}/catalogue/foreground/#catalogue"
    }
    assert titles(graph(client, f"/catalogue.{ending}")) == [f"Dataset {number}" for number in range(5)]


def test_the_three_forms_say_the_same_and_are_valid_dcat_ap(client: Client) -> None:
    row = listed("School load", link="https://elsewhere.example/original", description="Load of a school.")
    stock.channel(stock.file(row))
    linked = listed("Wards", link="https://elsewhere.example/wards")
    turtle = graph(client, "/catalogue.ttl")
    (way,) = turtle.objects(URIRef(f"{BASE}/ark:/99999/{linked.key}"), DCAT.distribution)
    assert str(turtle.value(way, DCAT.accessURL)) == "https://elsewhere.example/wards"
    assert len(turtle) == len(graph(client, "/catalogue.rdf")) == len(graph(client, "/catalogue.jsonld"))
    shapes = Graph().parse(SHAPES)
    conforms, _, report = pyshacl.validate(turtle, shacl_graph=shapes)
    assert conforms, report
    turtle.remove((None, DCTERMS.description, None))
    conforms, _, report = pyshacl.validate(turtle, shacl_graph=shapes)
    assert not conforms
    assert "description" in report


def test_only_what_changed_since_is_sent_with_what_has_gone(client: Client) -> None:
    listed("Old", NOW - 5 * DAY)
    listed("New", NOW)
    gone = listed("Gone", NOW - HOUR)
    Dataset.objects.filter(pk=gone.pk).update(state="withdrawn", withdrawn_at=NOW)
    pid = URIRef(f"{BASE}/ark:/99999/{gone.key}")
    prov = Namespace("http://www.w3.org/ns/prov#")

    everything = graph(client, "/catalogue.ttl")
    assert titles(everything) == ["New", "Old"]
    assert (pid, None, None) not in everything
    for since in ("2026-05-31", "2026-05-31T00:00:00Z", "2026-05-31T01:00:00+01:00"):
        changed = graph(client, f"/catalogue.ttl?modified_since={since.replace('+', '%2B')}")
        assert titles(changed) == ["New"]
        assert str(changed.value(pid, prov.invalidatedAtTime)) == "2026-06-01T11:00:00+00:00"
    assert titles(graph(client, "/catalogue.ttl?modified_since=2030-01-01")) == []


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("/catalogue.ttl?modified_since=yesterday", "modified_since"),
        ("/catalogue.ttl?modified_since=2026-13-45", "modified_since"),
        ("/catalogue.ttl?limit=0", "limit"),
        ("/catalogue.ttl?limit=101", "limit"),
        ("/catalogue.atom?limit=²", "limit"),
        ("/catalogue.ttl?cursor=guessed", "cursor"),
        ("/catalogue.ttl?lmit=3", "lmit"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(client: Client, address: str, named: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    assert answer.json()["where"]["field"] == named


def test_a_cursor_of_one_list_is_none_of_another(client: Client) -> None:
    for number in range(3):
        listed(f"Dataset {number}", NOW - number * HOUR)
    following = next_page(graph(client, "/catalogue/foreground.ttl?limit=1")) or ""
    cursor = following.partition("cursor=")[2]
    assert client.get(f"/catalogue/foreground.ttl?cursor={cursor}").status_code == 200
    assert client.get(f"/catalogue/background.ttl?cursor={cursor}").status_code == 422
    assert client.get(f"/catalogue/foreground.atom?cursor={cursor}").status_code == 422
    assert client.get(f"/catalogue/foreground.ttl?cursor={cursor[:-1]}").status_code == 422


def feed(client: Client, address: str) -> ET.Element:
    answer = client.get(address.removeprefix(BASE))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    return ET.fromstring(answer.content)


def test_the_feed_tells_the_latest_change_first_with_ids_that_stay_and_tombstones(client: Client) -> None:
    listed("Older", NOW - 3 * DAY)
    newer = listed("Newer", NOW - DAY, keywords=["Battery"])
    gone = listed("Gone", NOW - 2 * DAY)
    Dataset.objects.filter(pk=gone.pk).update(state="withdrawn", withdrawn_at=NOW, withdrawal_reason="Wrong meter.")

    root = feed(client, "/catalogue.atom")
    assert root.findtext(f"{ATOM}updated") == "2026-05-31T12:00:00Z"
    assert [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")] == ["Newer", "Older"]
    (entry, _) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"{BASE}/ark:/99999/{newer.key}"
    assert entry.findtext(f"{ATOM}updated") == "2026-05-31T12:00:00Z"
    assert [found.get("term") for found in entry.iter(f"{ATOM}category")] == ["foreground", "Battery"]
    (end,) = root.findall(f"{TOMBSTONE}deleted-entry")
    assert (end.get("ref"), end.get("when")) == (f"{BASE}/ark:/99999/{gone.key}", "2026-05-30T12:00:00Z")
    assert end.findtext(f"{TOMBSTONE}comment") == "Wrong meter."
    assert [child.tag.rpartition("}")[2] for child in root][-3:] == ["entry", "deleted-entry", "entry"]


def test_a_feed_is_walked_by_its_next_links(client: Client) -> None:
    for number in range(5):
        listed(f"Dataset {number}", NOW - number * HOUR)
    found, address = [], "/catalogue/foreground.atom?limit=2"
    while address:
        root = feed(client, address)
        found += [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]
        links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
        assert links["self"] == f"{BASE}{address.removeprefix(BASE)}"
        address = links.get("next") or ""
    assert found == [f"Dataset {number}" for number in range(5)]


@pytest.mark.parametrize("ending", ["ttl", "atom"])
def test_a_page_costs_a_fixed_number_of_queries(client: Client, ending: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/catalogue.{ending}")
        return len(queries)

    listed("One")
    alone = count()
    for number in range(4):
        listed(f"Another {number}", trial=stock.trial("A1.2.1"))
    assert count() <= alone + 1  # procedures are asked for where there is a trial


def test_what_is_withheld_is_in_the_catalogues_of_its_own_people_alone(client: Client) -> None:
    listed("Open")
    listed("Withheld", metadata_withheld=True)
    for address in ("/catalogue.ttl", "/catalogue.ttl?modified_since=2020-01-01"):
        assert titles(graph(client, address)) == ["Open"]
    assert b"Withheld" not in client.get("/catalogue.atom").content
    member = stock.person(organization=stock.organization("TCC"))
    own: Any = signed_in(Client(), member)
    assert titles(graph(own, "/catalogue.ttl")) == ["Open", "Withheld"]


@pytest.mark.parametrize("page", ["/", "/catalogue/", "/catalogue/foreground/", "/catalogue/background/"])
def test_pages_say_in_their_heads_where_programs_find_the_same(client: Client, page: str) -> None:
    listed("School load")
    html = client.get(page).content.decode()
    links = dict(re.findall(r'<link rel="alternate" type="([^"]+)"[^>]* href="([^"]+)"', html))
    origin = page.removeprefix("/catalogue").strip("/")
    wanted = {"text/turtle", "application/ld+json", "application/rdf+xml", "application/atom+xml"}
    assert set(links) == wanted | ({"text/csv"} if origin else set())
    for media_type, address in links.items():
        answer = client.get(address.removeprefix(BASE))
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, media_type)
        assert address.startswith(f"{BASE}/catalogue{f'/{origin}' if origin else ''}.")


def test_a_catalogues_page_is_given_in_the_form_that_is_accepted(client: Client) -> None:
    for page in ("/catalogue/", "/catalogue/foreground/"):
        for accepted, given in (
            ("text/turtle", "text/turtle"),
            ("application/ld+json", "application/ld+json"),
            ("application/rdf+xml, text/turtle;q=0.5", "application/rdf+xml"),
            ("application/atom+xml", "application/atom+xml"),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
            ("*/*", "text/html"),
            ("application/*", "application/ld+json"),
            ('application/ld+json; profile="https://example.org/"', "application/ld+json"),
            ("text/turtle; charset=utf-8", "text/turtle"),
            ("text/turtle;q=0;charset=utf-8, application/atom+xml; x=1", "application/atom+xml"),
            ("", "text/html"),
            ("application/json", "application/ld+json"),
            ("text/turtle;q=0, application/atom+xml", "application/atom+xml"),
            ("application/x-nope", "application/problem+json"),
            ("text/turtle;q=0", "application/problem+json"),
        ):
            answer = client.get(page, headers={"accept": accepted})
            assert answer["Content-Type"].partition(";")[0] == given, (page, accepted)
            assert "Accept" in answer["Vary"].split(", ")
            assert answer.status_code == (406 if given == "application/problem+json" else 200)
        assert client.get(page)["Content-Type"].partition(";")[0] == "text/html"
