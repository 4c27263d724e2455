"""A package's certificate for machines: every form by address and by negotiation, and what is left of it at its end."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone
from signposting.linkheader import find_signposting_http_link

from fairwatt.core.metadata.forms import FORMS
from fairwatt.records.models import Dataset, TrialPackage
from tests.portal.test_downloads import body
from tests.services import stock
from tests.services.trial_stock import CODE, logged

pytestmark = pytest.mark.django_db
HOST = "http://127.0.0.1:8000"


@pytest.fixture
def page(client: Client) -> str:
    """The page of a package of one open dataset."""
    logged()
    body(client.get(f"/trials/{CODE}/package.zip"))
    return f"/trials/{CODE}/packages/{TrialPackage.objects.get().key}/"


def test_every_form_comes_by_its_ending_and_by_format(client: Client, page: str) -> None:
    stem = page.rstrip("/")
    for form in FORMS:
        by_ending, by_format = client.get(f"{stem}.{form.ending}"), client.get(page, {"format": form.ending})
        if form.ending in {"csv-metadata.json", "croissant.json"}:  # which describe tables
            assert (by_ending.status_code, by_format.status_code) == (404, 404)
            continue
        assert (by_ending.status_code, by_ending.content) == (200, by_format.content), form.ending
        assert by_ending["Content-Type"].partition(";")[0] == form.media_type
        assert f'<{HOST}{page}>; rel="describes"' in by_ending["Link"]
        assert "Accept" in by_ending["Vary"]
        assert by_ending["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/vnd.datacite.datacite+xml", "application/vnd.datacite.datacite+xml"),
        ("application/*", "application/ld+json"),
        ("*/*", "text/html; charset=utf-8"),
        ("image/png", "application/problem+json"),
    ],
)
def test_its_identifier_is_negotiated(client: Client, page: str, accept: str, content_type: str) -> None:
    key = page.rstrip("/").rpartition("/")[2]
    answer = client.get(f"/ark:/99999/{key}", headers={"accept": accept}, follow=True)

    assert answer["Content-Type"] == content_type
    assert answer.status_code == (406 if accept == "image/png" else 200)
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize("question", ["?info", "??"])
def test_its_identifier_says_what_it_names(client: Client, page: str, question: str) -> None:
    key = page.rstrip("/").rpartition("/")[2]
    said = client.get(f"/ark:/99999/{key}{question}")

    assert said["Content-Type"] == "text/plain; charset=utf-8"
    assert f"where: {HOST}/ark:/99999/{key}\n" in said.content.decode()


def test_a_reader_of_signposts_finds_the_same_in_header_and_linkset(client: Client, page: str) -> None:
    stem = f"{HOST}{page.rstrip('/')}"
    header = find_signposting_http_link([client.get(page)["Link"]], HOST + page)
    (context,) = [
        one for one in client.get(f"{page.rstrip('/')}.linkset.json").json()["linkset"] if one["anchor"] == HOST + page
    ]

    assert {(str(one.rel), str(one.target)) for one in header.signposts} == {
        (relation, target["href"]) for relation in context if relation != "anchor" for target in context[relation]
    }
    assert str(header.citeAs.target).startswith(f"{HOST}/ark:/99999/")
    assert str(header.license.target) == "https://creativecommons.org/licenses/by/4.0/"
    assert {str(item.target): str(item.type) for item in header.items} == {f"{stem}.zip": "application/zip"}


def test_where_a_dataset_was_withdrawn_the_package_is_described_and_offered_no_more(client: Client, page: str) -> None:
    Dataset.objects.update(state="withdrawn", withdrawn_at=timezone.now(), withdrawal_reason="A wrong meter.")
    told = client.get(f"{page.rstrip('/')}.jsonld").json()

    assert "distribution" not in told
    assert told["creativeWorkStatus"] == "Withdrawn"
    assert "was withdrawn. A wrong meter." in told["description"]
    assert client.get(f"{page.rstrip('/')}.certificate.json").status_code == 200
    assert client.get(page).status_code == 200


def test_where_parts_were_erased_its_forms_say_so_and_its_certificate_is_gone(client: Client, page: str) -> None:
    TrialPackage.objects.update(erased_at=stock.NOW + stock.DAY)
    stem = page.rstrip("/")
    told, answer = client.get(f"{stem}.jsonld").json(), client.get(page)

    assert "Parts were erased on" in told["description"]
    assert "distribution" not in told
    assert [client.get(f"{stem}.certificate.{ending}").status_code for ending in ("json", "jws")] == [410, 410]
    assert client.get(page, {"format": "certificate.json"}).status_code == 410
    assert "certificate.json" not in answer["Link"]
    assert f"{stem}.certificate.json" not in answer.content.decode()


def test_a_package_of_the_past_is_described_and_offered_no_more(client: Client, page: str) -> None:
    stem = page.rstrip("/")
    logged("Another load")

    assert client.get(f"{stem}.zip").status_code == 404
    assert "distribution" not in client.get(f"{stem}.jsonld").json()
    assert [f"{stem}.zip" in client.get(f"{stem}.{ending}").content.decode() for ending in ("ttl", "linkset.json")] == [
        False,
        False,
    ]
    assert f"{stem}.zip" not in client.get(page)["Link"]
    body(client.get(f"/trials/{CODE}/package.zip"))
    later = TrialPackage.objects.exclude(key=stem.rpartition("/")[2]).get()
    assert f"{later.key}.zip" in client.get(f"/trials/{CODE}/packages/{later.key}/")["Link"]


def test_a_package_for_others_is_named_and_refused_as_such(client: Client, page: str) -> None:
    logged("Partners load", release={"partner": stock.NOW - stock.DAY})
    member = Client()
    member.force_login(stock.person("max", is_manager=True))
    body(member.get(f"/trials/{CODE}/package.zip"))
    stem = f"/trials/{CODE}/packages/{TrialPackage.objects.exclude(key=page.split('/')[-2]).get().key}"

    assert [asker.get(f"{stem}.zip").status_code for asker in (client, member)] == [401, 200]
    signed = Client()
    signed.force_login(stock.person("eve"))
    assert signed.get(f"{stem}.zip").status_code == 403
    for asker in (client, signed, member):
        assert f"{HOST}{stem}.zip" in asker.get(f"{stem}.jsonld").content.decode()


def test_each_address_of_the_portal_in_its_dcat_answers(client: Client, page: str) -> None:
    said = client.get(f"{page.rstrip('/')}.ttl").content.decode()
    named = {one.partition("#")[0] for one in re.findall(rf"<{HOST}(/[^>]*)>", said)}

    assert page in named
    assert {one: code for one in named if (code := client.get(one, follow=True).status_code) != 200} == {}
