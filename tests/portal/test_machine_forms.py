"""Landing pages for machines: every form by address and by negotiation, links by header, nothing withheld told."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import extruct
import pytest
from django.test import Client
from frictionless import Resource
from rdflib import Graph, Namespace, URIRef
from signposting import linkset
from signposting.linkheader import find_signposting_http_link
from signposting.signpost import AbsoluteURI, LinkRel

from fairwatt.core.metadata import Audience, parse_certificate
from fairwatt.core.metadata.forms import FORMS
from fairwatt.core.metadata.linkset import SIGNATURE
from fairwatt.core.metadata.odrl import is_permitted, policy_of
from fairwatt.services.access import terms_of
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_channels import store_dataset_channels
from tests.portal.pages_stock import OPEN, PARTNERS_ONLY, file_of, published
from tests.services import stock

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"
DCAT = Namespace("http://www.w3.org/ns/dcat#")


def test_every_form_comes_by_its_ending_and_by_format(client: Client) -> None:
    dataset = published()
    file = file_of(dataset)

    for form in FORMS:
        for page in (f"/datasets/{dataset.key}", f"/files/{file.key}"):
            by_ending = client.get(f"{page}.{form.ending}")
            by_format = client.get(f"{page}/", {"format": form.ending})
            assert (by_ending.status_code, by_ending.content) == (200, by_format.content), form.ending
            assert by_ending["Content-Type"].partition(";")[0] == form.media_type
            assert by_ending["Access-Control-Allow-Origin"] == "*"
            assert f'<{BASE}{page}/>; rel="describes"' in by_ending["Link"]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/ld+json"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("text/turtle;q=0.5, application/rdf+xml", "application/rdf+xml"),
        ("application/vnd.datacite.datacite+json", "application/vnd.datacite.datacite+json"),
        ("application/linkset+json", "application/linkset+json"),
        ("application/ld+json, text/html;q=0.9", "application/ld+json"),
        ('application/ld+json; profile="https://w3id.org/ro/crate/1.2"', "application/ld+json"),
        ('application/ld+json; profile="https://unknown.example/"', "application/ld+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/*", "text/html; charset=utf-8"),
        ("application/pdf, */*;q=0.1", "text/html; charset=utf-8"),
        ("application/*", "application/ld+json"),
        ("image/gif, *; q=.2, */*; q=.2", "text/html; charset=utf-8"),
        ("*", "text/html; charset=utf-8"),
        ("application/*, application/ld+json;q=0", "application/rdf+xml"),
        ("application/*;q=0.5, text/turtle", "text/turtle; charset=utf-8"),
        ("text/html;q=0.5, application/*;q=0.9", "application/ld+json"),
        ("text/html;q=0, */*", "application/ld+json"),
        ("*/*;q=0.1, application/*;q=0.3, application/rdf+xml;q=0.2", "application/ld+json"),
        ("application/xhtml+xml, application/*;q=0.8", "text/html; charset=utf-8"),
        ("", "text/html; charset=utf-8"),
    ],
)
def test_the_form_is_the_one_that_is_accepted_most(client: Client, accept: str, content_type: str) -> None:
    dataset = published()

    answer = client.get(f"/datasets/{dataset.key}/", headers={"accept": accept})

    assert (answer.status_code, answer["Content-Type"]) == (200, content_type)
    assert "Accept" in answer["Vary"]
    assert ("@graph" in answer.content.decode()) == ("ro/crate" in accept)


@pytest.mark.parametrize("page", ["", "certificate/"], ids=["page", "certificate"])
@pytest.mark.parametrize("kind", ["datasets", "files"])
def test_who_accepts_nothing_that_there_is_is_told_what_there_is(client: Client, kind: str, page: str) -> None:
    dataset = published()
    key = dataset.key if kind == "datasets" else file_of(dataset).key
    answer = client.get(f"/{kind}/{key}/{page}", headers={"accept": "application/pdf"})
    for welcome in ("*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ""):
        shown = client.get(f"/{kind}/{key}/{page}", headers={"accept": welcome})
        assert (shown.status_code, shown["Content-Type"]) == (200, "text/html; charset=utf-8")

    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")
    assert "Accept" in answer["Vary"].split(", ")
    assert "text/turtle" in answer.json()["media_types"]


def test_a_reader_of_signposts_finds_the_same_in_header_page_and_linkset(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = published()
    page = f"{BASE}/datasets/{dataset.key}/"
    answer = client.get(f"/datasets/{dataset.key}/")
    sent = client.get(f"/datasets/{dataset.key}.linkset.json")
    document = linkset.LinksetJSON(sent.content.decode(), sent["Content-Type"], page, AbsoluteURI(page))
    monkeypatch.setattr(linkset, "_get_linkset", lambda *_: document)

    found = linkset.find_signposting_linkset(f"{page[:-1]}.linkset.json").for_context(page)
    in_header = find_signposting_http_link([answer["Link"]], page)

    assert str(found.citeAs.target) == f"{BASE}/ark:/99999/{dataset.key}"
    assert str(found.license.target) == "https://creativecommons.org/licenses/by/4.0/"
    assert {str(item.target): str(item.type) for item in found.items} == {
        f"{BASE}/files/{file_of(dataset).key}/original": "text/csv"
    }
    assert {str(described.type) for described in found.describedBy} >= {"text/turtle", "application/ld+json"}
    signposts = {(str(one.rel), str(one.target)) for one in found.signposts if str(one.context) == page}
    assert {(str(one.rel), str(one.target)) for one in in_header.signposts} == signposts
    assert (SIGNATURE, f"{BASE}/datasets/{dataset.key}.certificate.jws") in signposts
    head = set(re.findall(r'<link rel="([^"]+)" href="([^"]+)"', answer.content.decode()))
    assert {(rel, href) for rel, href in head if rel in {*(known.value for known in LinkRel), SIGNATURE}} == signposts


def test_the_links_of_a_dataset_of_many_files_leave_room_for_other_headers(client: Client) -> None:
    dataset = published()
    for number in range(40):
        stock.file(dataset, f"day-{number}.csv")

    answer = client.get(f"/datasets/{dataset.key}/")
    draft = client.get(f"/datasets/{dataset.key}.linkset.json").json()

    assert len(answer["Link"]) <= 2_600
    assert 'rel="linkset"' in answer["Link"]
    assert len(draft["linkset"]) == 2  # as issued: one file


def test_a_reader_of_embedded_metadata_finds_json_ld_and_dublin_core(client: Client) -> None:
    dataset = published()

    page = client.get(f"/datasets/{dataset.key}/").content.decode()
    found: dict[str, Any] = extruct.extract(page, base_url=BASE, syntaxes=["json-ld", "dublincore"])

    assert found["json-ld"][0]["@id"] == f"{BASE}/ark:/99999/{dataset.key}"
    elements = {(element.get("name"), element.get("content")) for element in found["dublincore"][0]["elements"]}
    assert ("DC.title", "School load") in elements
    assert ("DC.identifier", f"{BASE}/ark:/99999/{dataset.key}") in elements


def test_the_readings_are_as_the_data_package_and_csvw_say(client: Client, tmp_path: Any) -> None:
    dataset = published()
    table = b"".join(client.get(f"/datasets/{dataset.key}/readings.csv"))
    (tmp_path / "readings.csv").write_bytes(table)

    package = client.get(f"/datasets/{dataset.key}.datapackage.json").json()
    csvw = client.get(f"/datasets/{dataset.key}.csv-metadata.json").json()

    described = {**package["resources"][0], "path": "readings.csv"}
    assert Resource.from_descriptor(described, basepath=str(tmp_path)).validate().valid
    heading = next(csv.reader(io.StringIO(table.decode())))
    assert [column["titles"] for column in csvw["tableSchema"]["columns"]] == heading


def test_restricted_data_are_described_in_every_form_and_the_policy_says_who_may(client: Client) -> None:
    dataset = published(release=PARTNERS_ONLY)

    graph = Graph().parse(data=client.get(f"/datasets/{dataset.key}.ttl").content, format="turtle")
    certificate = parse_certificate(dataset.versions.get().certificate)
    policy = policy_of(certificate.model_copy(update={"access": terms_of(dataset)}))

    assert (None, None, URIRef("http://publications.europa.eu/resource/authority/access-right/RESTRICTED")) in graph
    assert [is_permitted(policy, audience, at=stock.NOW) for audience in Audience] == [False, False, True]


def test_withdrawn_data_are_permitted_to_nobody_any_more(client: Client) -> None:
    dataset = published(release=OPEN)
    type(dataset).objects.filter(pk=dataset.pk).update(state="withdrawn", withdrawn_at=stock.NOW)

    answer = client.get(f"/datasets/{dataset.key}.ttl")

    assert answer.status_code == 200
    assert "odrl:Prohibition" in answer.content.decode()
    assert "odrl:Permission" not in answer.content.decode()


def test_what_is_withheld_is_in_no_form(client: Client) -> None:
    dataset = published(metadata_withheld=True)
    keys = [(f"/datasets/{dataset.key}", form.ending) for form in FORMS]
    keys += [(f"/files/{file_of(dataset).key}", form.ending) for form in FORMS]

    assert {client.get(f"{page}.{ending}").status_code for page, ending in keys} == {404}


def test_a_dataset_without_readings_has_no_csv_on_the_web(client: Client) -> None:
    dataset = published()
    certificate = parse_certificate(dataset.versions.get().certificate)
    stored = json.loads(certificate.model_copy(update={"readings": 0}).model_dump_json())
    dataset.versions.update(certificate=stored)

    assert client.get(f"/datasets/{dataset.key}.csv-metadata.json").status_code == 404
    assert "csv-metadata.json" not in client.get(f"/datasets/{dataset.key}/").content.decode()


@pytest.mark.parametrize("spelling", ["ark:/99999/", "ark:99999/"])
def test_both_spellings_of_an_ark_lead_to_the_page_and_say_what_it_is(client: Client, spelling: str) -> None:
    dataset = published()

    led = client.get(f"/{spelling}{dataset.key}")
    told = client.get(f"/{spelling}{dataset.key}?info")

    assert (led.status_code, led["Location"]) == (302, f"/datasets/{dataset.key}/")
    assert told["Content-Type"] == "text/plain; charset=utf-8"
    assert told.content.decode().startswith("erc:\nwho: ")
    assert f"where: {BASE}/ark:/99999/{dataset.key}" in told.content.decode()


def test_an_older_version_says_so_in_every_form(client: Client) -> None:
    dataset = published()
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="Second")
    first = client.get(f"/datasets/{dataset.key}.ttl", {"version": "1"})

    graph = Graph().parse(data=first.content, format="turtle")
    versions = [str(value) for value in graph.objects(URIRef(f"{BASE}/ark:/99999/{dataset.key}"), DCAT.version)]
    assert versions == ["1"]


def test_values_of_readings_leave_every_form_when_the_data_are_not_open_any_more(client: Client) -> None:
    dataset = published()
    file_of(dataset).channels.update(minimum=4711.25, mean=4713.75, maximum=4715.5)
    store_dataset_channels(dataset)
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="With values")

    def telling() -> list[str]:
        texts = {form.ending: client.get(f"/datasets/{dataset.key}.{form.ending}").content.decode() for form in FORMS}
        return [ending for ending, text in texts.items() if re.search(r"471[135]\.", text)]

    assert telling() == ["jsonld", "certificate.json"]
    dataset.release_rules.all().delete()
    assert telling() == []
