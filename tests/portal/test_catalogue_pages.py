"""The catalogue's pages: what is found, counted, filtered, turned over and written as LEO's tables."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fairwatt.portal.pages import catalogue
from fairwatt.records.search import index_dataset
from tests.portal.pages_stock import CLOSED, OPEN, signed_in
from tests.services import stock

pytestmark = pytest.mark.django_db


def listed(title: str, **fields: Any) -> None:
    """A published dataset that is in the index."""
    release = fields.pop("release", OPEN)
    index_dataset(stock.dataset(title, release=release, **fields))


def titles(page: str) -> list[str]:
    """The titles of the results on a page, in order."""
    return re.findall(r'<h3><a href="/datasets/[^"]+">([^<]*)</a>', page)


def test_words_find_datasets_and_the_count_is_said(client: Client) -> None:
    listed("Substation power quality")
    listed("School battery")

    page = client.get("/catalogue/", {"q": "substation"}).content.decode()

    assert titles(page) == ["Substation power quality"]
    assert ">1 dataset<" in page
    assert 'value="substation"' in page


def test_a_facet_narrows_the_list_and_can_be_taken_away(client: Client) -> None:
    listed("Open data")
    listed("Closed data", release=CLOSED)

    page = client.get("/catalogue/", {"access": "closed"}).content.decode()

    assert titles(page) == ["Closed data"]
    assert 'name="access" value="closed" id="f-access-closed" checked' in page
    assert 'href="/catalogue/"><span class="visually-hidden">Remove filter </span>Access: Closed' in page


def test_an_address_with_every_part_of_the_question_can_be_sent(client: Client) -> None:
    listed("Long ago", period_start=stock.NOW - 900 * stock.DAY, period_end=stock.NOW - 800 * stock.DAY)
    question = {"origin": "foreground", "period_start": "2023-01-01", "period_end": "2024-12-31", "sort": "title"}

    page = client.get("/catalogue/", question).content.decode()

    assert titles(page) == ["Long ago"]
    assert 'id="period_start" name="period_start" value="2023-01-01"' in page
    assert '<option value="title" selected>' in page


def test_pages_are_turned_by_links_that_keep_the_question(client: Client) -> None:
    for number in range(25):
        listed(f"Meter {number:02d}")

    first = client.get("/catalogue/", {"q": "meter", "sort": "title"}).content.decode()
    address = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(address).content.decode()

    assert titles(first) == [f"Meter {number:02d}" for number in range(20)]
    assert titles(second) == [f"Meter {number:02d}" for number in range(20, 25)]
    assert 'rel="prev"' in second
    assert 'value="meter"' in second


def test_nothing_found_says_what_to_do(client: Client) -> None:
    listed("Substation")

    page = client.get("/catalogue/", {"q": "zebra"}).content.decode()

    assert "Nothing answers to all of that" in page
    assert titles(page) == []


def test_an_empty_catalogue_says_what_will_be_here(client: Client) -> None:
    page = client.get("/catalogue/").content.decode()

    assert ">0 datasets<" in page
    assert "No dataset is published yet" in page


def test_a_script_gets_only_the_part_that_changes_and_the_tidy_address(client: Client) -> None:
    listed("Substation")

    answer = client.get(
        "/catalogue/",
        {"q": "substation", "sort": "relevance", "period_end": ""},
        HTTP_HX_REQUEST="true",
        HTTP_HX_TARGET="found",
    )

    assert answer["HX-Push-Url"] == "/catalogue/?q=substation"
    assert answer.content.decode().lstrip().startswith('<div id="found"')
    assert "HX-Request" in answer["Vary"]


def test_what_cannot_be_asked_is_answered_with_what_can(client: Client) -> None:
    answer = client.get("/catalogue/", {"sort": "colour"})

    assert answer.status_code == 422
    assert "can&#x27;t be sorted by &#x27;colour&#x27;" in answer.content.decode()


def test_a_withheld_dataset_is_listed_for_its_own_people_only(client: Client) -> None:
    owner = stock.person("owner", organization=stock.organization())
    listed("Secret trial", metadata_withheld=True)

    assert titles(client.get("/catalogue/").content.decode()) == []
    assert titles(signed_in(client, owner).get("/catalogue/").content.decode()) == ["Secret trial"]


@pytest.mark.parametrize("count", [1, 20])
def test_the_number_of_queries_does_not_grow_with_the_catalogue(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count):
        listed(f"Meter {number:02d}", trial=stock.trial(), provider=stock.organization(f"ORG{number}"))

    with django_assert_max_num_queries(12):
        client.get("/catalogue/")


def test_titles_of_partners_can_not_break_the_page(client: Client) -> None:
    listed("<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")

    page = client.get("/catalogue/").content.decode()

    assert "<script>alert" not in page
    assert "<img" not in page


def test_the_foreground_table_has_leos_columns_as_page_csv_and_json(client: Client) -> None:
    trial = stock.trial()
    listed(
        "School load", identifier="MVSA1.2.1", trial=trial, procedures=tuple(trial.procedures.all()),
        formats=["CSV"], file_count=2,
    )  # fmt: skip
    listed("Prices", origin="background", identifier="BKG1.1.1")

    page = client.get("/catalogue/foreground/").content.decode()
    rows = list(csv.reader(io.StringIO(client.get("/catalogue/foreground.csv").content.decode())))
    document = client.get("/catalogue/foreground.json").json()

    for column in ("Data ID", "Number of files", "Associated formats", "Associated MVS procedures"):
        assert f">{column}</th>" in page
    assert "Prices" not in page
    assert rows[1][:5] == ["MVSA1.2.1", "School load", "2", "CSV", "A1.2.1 P1"]
    assert document["items"][0] | {"key": "", "landing_page": ""} == {
        "data_id": "MVSA1.2.1", "title": "School load", "file_count": 2, "formats": ["CSV"],
        "procedures": ["A1.2.1 P1"], "key": "", "landing_page": "",
    }  # fmt: skip


def test_a_long_table_is_shown_a_page_at_a_time_and_its_csv_has_all(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "_TABLE_ROWS", 2)
    trial = stock.trial()
    for number in range(5):
        listed(f"Load {number}", identifier=f"LEOD{number}", trial=trial, procedures=tuple(trial.procedures.all()))
    address, shown = "/catalogue/foreground/", []
    while address:
        page = client.get(address).content.decode()
        shown += re.findall(r"LEOD\d(?=</a></th>)", page)
        following = re.search(r'href="(\?page=\d+)" rel="next"', page)
        address = f"/catalogue/foreground/{following[1]}" if following else ""
    assert shown == [f"LEOD{number}" for number in range(5)]
    assert ("5 to 5 of 5 datasets" in page, page.count("A1.2.1 P1")) == (True, 1)
    assert len(client.get("/catalogue/foreground.csv").content.decode().splitlines()) == 6


def test_the_background_table_names_provider_and_receiver(client: Client) -> None:
    listed(
        "Prices", origin="background", identifier="BKG1.1.1", provider=stock.organization("MET", name="Weather"),
        receiver=stock.organization("TCC", name="County"), formats=["CSV"],
    )  # fmt: skip

    document = client.get("/catalogue/background.json").json()

    assert [(i["data_id"], i["provider"], i["receiver"], i["formats"]) for i in document["items"]] == [
        ("BKG1.1.1", "Weather", "County", ["CSV"])
    ]


def test_a_title_that_looks_like_a_formula_is_harmless_in_a_spreadsheet(client: Client) -> None:
    listed('=HYPERLINK("http://elsewhere.example")', identifier="MVS1")

    rows = list(csv.reader(io.StringIO(client.get("/catalogue/foreground.csv").content.decode())))

    assert rows[1][1].startswith("'=")


def test_the_first_page_counts_both_catalogues_and_shows_the_newest(client: Client) -> None:
    listed("School load")
    listed("Prices", origin="background")

    page = client.get("/").content.decode()

    assert titles(page) == ["Prices", "School load"]
    assert page.count('<span class="home__count">1</span>') == 2
    assert "Open data for local energy in Testshire" in page
