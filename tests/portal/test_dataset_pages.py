"""Landing pages of datasets and files: for people, for machines, and for whoever may not have the data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from fairwatt.records.models import AuditEvent, Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from tests.portal.pages_stock import CLOSED, OPEN, PARTNERS_ONLY, file_of, own_words, published, signed_in
from tests.services import stock

pytestmark = pytest.mark.django_db


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def json_ld(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert match is not None
    document: dict[str, Any] = json.loads(match[1])
    return document


def test_an_open_dataset_shows_its_picture_its_files_and_its_code(client: Client) -> None:
    dataset = published()
    file = file_of(dataset)

    page = page_of(client, f"/datasets/{dataset.key}/")

    assert "Anyone may download these data, without an account." in page
    assert 'class="chart__mean"' in page
    assert "All 48 readings shown." in page
    for address in (
        f"/datasets/{dataset.key}/readings.csv",
        f"/datasets/{dataset.key}/readings.parquet",
        f"/files/{file.key}/original",
        f"/datasets/{dataset.key}/certificate/",
        f"/tools/explore/?dataset={dataset.key}",
    ):
        assert f'href="{address}"' in page
    for language in ("curl", "pandas", "polars", "R", "Power Query"):
        assert f"<summary>{language}</summary>" in page
    assert f"http://127.0.0.1:8000/api/v1/datasets/{dataset.key}/readings.csv" in page
    assert "active_power_l1_kw" in page
    assert "@dataset{" in page


def test_the_page_tells_machines_what_it_tells_people(client: Client) -> None:
    dataset = published()

    answer = client.get(f"/datasets/{dataset.key}/")
    page = answer.content.decode()
    document = json_ld(page)

    assert document["name"] == "School load"
    assert document["@context"]["@vocab"] == "https://schema.org/"
    assert document["distribution"][0]["contentSize"]
    assert '<meta name="DC.title" content="School load">' in page
    links = answer["Link"]
    assert f'<http://127.0.0.1:8000/ark:/99999/{dataset.key}>; rel="cite-as"' in links
    assert 'rel="license"' in links
    assert f'/files/{file_of(dataset).key}/original>; rel="item"; type="text/csv"' in links
    assert f'/datasets/{dataset.key}.jsonld>; rel="describedby"; type="application/ld+json"' in links


@pytest.mark.parametrize("how", [{"data": {"format": "jsonld"}}, {"headers": {"accept": "application/ld+json"}}])
def test_json_ld_comes_by_address_and_by_negotiation(client: Client, how: dict[str, Any]) -> None:
    dataset = published()

    answer = client.get(f"/datasets/{dataset.key}/", **how)

    assert answer["Content-Type"] == "application/ld+json"
    assert answer.json()["name"] == "School load"
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize("accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", ""])
def test_browsers_and_those_who_do_not_say_get_the_page(client: Client, accept: str) -> None:
    dataset = published()

    answer = client.get(f"/datasets/{dataset.key}/", headers={"accept": accept} if accept else {})

    assert answer["Content-Type"].startswith("text/html")


def test_a_format_that_there_is_not_is_refused_with_those_there_are(client: Client) -> None:
    dataset = published()

    answer = client.get(f"/datasets/{dataset.key}/", {"format": "marc21"})

    assert answer.status_code == 422
    assert "Ask for format=jsonld" in answer.content.decode()


def test_words_of_a_partner_can_not_leave_the_json_of_the_page(client: Client) -> None:
    dataset = published("</script><script>alert(1)</script>", description="<!-- <script>")

    page = page_of(client, f"/datasets/{dataset.key}/")

    assert "<script>alert" not in page
    assert json_ld(page)["name"] == "</script><script>alert(1)</script>"


def test_who_may_not_have_the_data_sees_the_description_but_no_reading(client: Client) -> None:
    dataset = published(release=PARTNERS_ONLY)

    page = page_of(client, f"/datasets/{dataset.key}/")

    assert "Only project partners may download these data." in page
    assert "You can’t download this" in page
    assert "chart__plot" not in page
    assert f"/files/{file_of(dataset).key}/original" not in re.sub(
        r'<script type="application/ld.*?</script>|<link[^>]*>', "", page
    )
    assert "active_power_l1_kw" in page


def test_a_partner_sees_the_picture_that_others_do_not(client: Client) -> None:
    dataset = published(release=PARTNERS_ONLY)
    partner = stock.person(organization=stock.organization("LCH"))

    page = page_of(signed_in(client, partner), f"/datasets/{dataset.key}/")

    assert "chart__plot" in page
    assert "FAIRWATT_TOKEN" in page


def test_the_first_rows_of_a_file_are_data_too(client: Client) -> None:
    dataset = published(release=CLOSED)
    file = file_of(dataset)
    file.sample = {"columns": ["Time"], "rows": [["SECRET-ROW"]]}
    file.save()

    assert "SECRET-ROW" not in page_of(client, f"/files/{file.key}/")
    manager = stock.person("manager", is_manager=True)
    assert "SECRET-ROW" in page_of(signed_in(client, manager), f"/files/{file.key}/")


def test_a_file_says_how_it_was_read_and_what_was_noticed(client: Client) -> None:
    dataset = published()
    file = file_of(dataset)
    stock.finding(file, message="Eight cells say 'n/a'; they are kept as missing.", where=["line 53,886"])

    page = page_of(client, f"/files/{file.key}/")

    assert "Eight cells say &#x27;n/a&#x27;; they are kept as missing." in page
    assert "at line 53,886" in page
    assert file.sha256 in page
    assert "UTC, written as <code>%Y-%m-%d %H:%M</code>" in page


def test_another_channel_is_drawn_in_place(client: Client) -> None:
    dataset = published()

    answer = client.get(
        f"/datasets/{dataset.key}/", {"channel": "active_power_l1_kw"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="preview"
    )

    page = answer.content.decode()
    assert page.lstrip().startswith('<section id="preview"')
    assert "Active Power L1 [kW]" in page


def test_an_old_version_says_that_it_is_old_and_keeps_its_words(client: Client) -> None:
    dataset = published("First title")
    Dataset.objects.filter(pk=dataset.pk).update(title="Second title")
    dataset.refresh_from_db()
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="Mended the title")

    old = page_of(client, f"/datasets/{dataset.key}/?version=1")
    new = page_of(client, f"/datasets/{dataset.key}/")

    assert "<h1>First title</h1>" in old
    assert "Version 1, not the latest" in old
    assert "<h1>Second title</h1>" in new
    assert "Mended the title" in new
    assert [f"/ark:/99999/{version.key}" in new for version in dataset.versions.all()] == [True, True]
    assert client.get(f"/datasets/{dataset.key}/?version=9").status_code == 404


def test_a_withdrawn_dataset_keeps_its_page_with_the_reason(client: Client) -> None:
    dataset = published()
    Dataset.objects.filter(pk=dataset.pk).update(
        state="withdrawn", withdrawn_at=stock.NOW, withdrawal_reason="The clock was wrong by an hour."
    )

    page = page_of(client, f"/datasets/{dataset.key}/")

    assert "Withdrawn on" in page
    assert "The clock was wrong by an hour." in page
    assert "chart__plot" not in page
    assert "Anyone may download" not in page
    assert json_ld(page)["isAccessibleForFree"] is False


def test_a_draft_is_there_for_its_own_people_only(client: Client) -> None:
    dataset = stock.dataset(state="draft", published_at=None)
    manager = stock.person("manager", is_manager=True)

    assert client.get(f"/datasets/{dataset.key}/").status_code == 404
    assert "Draft" in page_of(signed_in(client, manager), f"/datasets/{dataset.key}/")


def test_a_dataset_that_is_only_a_link_leads_there(client: Client) -> None:
    dataset = stock.dataset(origin="background", link="https://carbon.example/api", release={"public": stock.NOW})

    page = page_of(client, f"/datasets/{dataset.key}/")

    assert 'href="https://carbon.example/api"' in page


@pytest.mark.parametrize("spelling", ["/ark:/99999/{key}", "/ark:99999/{key}"])
def test_both_spellings_of_an_ark_lead_to_the_page(client: Client, spelling: str) -> None:
    dataset = published()
    version = dataset.versions.get()
    file = file_of(dataset)

    assert client.get(spelling.format(key=dataset.key))["Location"] == f"/datasets/{dataset.key}/"
    assert client.get(spelling.format(key=version.key))["Location"] == f"/datasets/{dataset.key}/?version=1"
    assert client.get(spelling.format(key=file.key))["Location"] == f"/files/{file.key}/"
    assert client.get(spelling.format(key=dataset.key)).status_code == 302


def test_a_mistyped_ark_is_told(client: Client) -> None:
    answer = client.get("/ark:/99999/zzzzzzzzzzz")

    assert answer.status_code == 404
    assert "mistyped" in answer.content.decode()


def test_a_page_costs_a_fixed_number_of_queries_and_counts_nothing(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    dataset = published()
    for number in range(5):
        stock.channel(stock.file(dataset, f"more{number}.csv"), field=f"power_{number}_kw")
    client.get(f"/datasets/{dataset.key}/")

    with django_assert_max_num_queries(13):
        page_of(client, f"/datasets/{dataset.key}/")

    client.force_login(stock.person("mel", is_manager=True), backend="django.contrib.auth.backends.ModelBackend")
    with django_assert_max_num_queries(17):
        page_of(client, f"/datasets/{dataset.key}/")


def test_looking_at_a_page_is_no_download(client: Client) -> None:
    dataset = published()
    before = AuditEvent.objects.count()

    page_of(client, f"/datasets/{dataset.key}/")

    assert AuditEvent.objects.count() == before


def test_pages_machines_and_the_api_call_audiences_as_the_project_does(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    dataset = published(release=PARTNERS_ONLY)
    own_words(settings, tmp_path)

    page = page_of(client, f"/datasets/{dataset.key}/")
    certificate = page_of(client, f"/datasets/{dataset.key}/certificate/")
    told = client.get(f"/api/v1/datasets/{dataset.key}").json()

    sentence = "Only LEO partners may download these data."
    assert sentence in page
    assert sentence in certificate
    assert told["access_sentence"] == sentence
    assert sentence in json_ld(page)["conditionsOfAccess"]
    assert '<abbr title="Everybody on the web.">The public</abbr>: not shared' in page
    assert "LEO data stewards, and the provider’s own people: always" in page
    assert [(row["audience"], row["label"], row["description"]) for row in told["audiences"]] == [
        ("public", "The public", "Everybody on the web."),
        ("external", "Signed-in people", "Whoever has made an account here."),
        ("partner", "LEO partners", "People of the organisations that make up the project."),
    ]
    about = page_of(client, "/about/")
    assert "the public, signed-in people, or LEO partners may have them" in about
    assert "<dt>LEO data stewards</dt>" in about
    answer = client.get(f"/api/v1/datasets/{dataset.key}/readings")
    assert answer.json()["detail"] == sentence


def test_bounds_are_told_to_some_ten_metres(client: Client) -> None:
    dataset = stock.dataset("Feeder areas", release={"public": stock.NOW - stock.DAY})
    bounds = [-1.404312, 51.45956, -0.870123, 52.1682]
    file = stock.file(dataset, "areas.geojson", kind="spatial", format="GeoJSON", extent={"bounds": bounds})

    assert "-1.4043, 51.4596, -0.8701, 52.1682" in page_of(client, f"/files/{file.key}/")


@pytest.mark.parametrize("path", ["/datasets/{dataset}/", "/files/{file}/"])
def test_looking_at_restricted_readings_is_noted_even_where_the_picture_was_kept(
    client: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    path: str,
) -> None:
    dataset = published(release=PARTNERS_ONLY, provider=stock.organization("GRID"))
    address = path.format(dataset=dataset.key, file=file_of(dataset).key)
    with django_capture_on_commit_callbacks(execute=True):
        client.get(address)  # sees no picture
        signed_in(client, stock.person("mia", is_manager=True)).get(address)
        partner = stock.person("pat", organization=stock.organization("TCC"))
        for _ in range(2):
            signed_in(client, partner).get(address)

    events = AuditEvent.objects.filter(verb="readings.viewed").order_by("pk")
    assert [(event.actor_label, event.dataset_key) for event in events] == [
        ("mia", dataset.key),
        ("pat", dataset.key),
    ]


def test_a_page_without_chart_or_refusal_keeps_no_room_for_one(client: Client) -> None:
    dataset = published()
    file = stock.file(dataset, "areas.geojson", kind="spatial", format="GeoJSON", rows=0)

    page = client.get(f"/files/{file.key}/").content.decode()

    assert '<div class="split__main"></div>' in page  # which the style sheet hides: it must hold no blank even


def test_values_have_no_columns_where_the_reader_may_not_know_them(client: Client) -> None:
    told = "Lowest, mean and highest values are shown to those who may have the readings."
    for release, is_told in ((OPEN, False), (CLOSED, True)):
        page = client.get(f"/datasets/{published(release=release, identifier=f'D-{is_told}').key}/").content.decode()
        assert (told in page, ">Lowest</th>" in page) == (is_told, not is_told)
