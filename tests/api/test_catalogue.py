"""Finding datasets: pages, filters, certificates."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fairwatt.core.metadata import parse_certificate
from fairwatt.records.models import Dataset, Doi
from fairwatt.records.search import index_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from tests.services import stock


@pytest.fixture
def many(db: None) -> list[Dataset]:
    rows = [
        stock.dataset(
            f"Load {number}",
            published_at=stock.NOW - number * stock.DAY,
            origin="foreground" if number % 2 else "background",
            release={"public": stock.NOW - stock.DAY} if number % 3 else {},
        )
        for number in range(1, 8)
    ]
    index_datasets()
    return rows


def titles(page: dict[str, Any]) -> list[str]:
    return [item["title"] for item in page["items"]]


def test_the_catalogue_comes_in_pages_that_follow_each_other(ask: Client, many: list[Dataset]) -> None:
    seen: list[str] = []
    address: str | None = "/api/v1/datasets?limit=3&sort=newest"
    sizes = []
    while address:
        page = ask.get(address.removeprefix("http://testserver")).json()
        assert page["total"] == len(many)
        seen += titles(page)
        sizes.append(len(page["items"]))
        address = page["next"]
    assert seen == [f"Load {number}" for number in range(1, 8)]
    assert sizes == [3, 3, 1]


def test_each_item_says_what_it_is_and_where_to_look(ask: Client, many: list[Dataset]) -> None:
    item = ask.get("/api/v1/datasets?sort=newest&limit=1").json()["items"][0]
    assert item == {
        "id": many[0].key,
        "ark": f"ark:/99999/{many[0].key}",
        "identifier": "",
        "title": "Load 1",
        "origin": "foreground",
        "access": "open",
        "access_label": "Open",
        "landing_page": f"http://127.0.0.1:8000/datasets/{many[0].key}/",
        "trial": "",
        "procedures": [],
        "provider": {"code": "TCC", "name": "The TCC organisation"},
        "licence": "CC-BY-4.0",
        "quantities": [],
        "formats": [],
        "period_start": None,
        "period_end": None,
        "resolution": None,
        "rows": 0,
        "readings": 0,
        "bytes": 0,
        "files": 0,
        "published_at": "2026-05-31T12:00:00Z",
    }


def test_facets_narrow_and_are_counted_where_asked_for(ask: Client, many: list[Dataset]) -> None:
    page = ask.get("/api/v1/datasets?origin=foreground&access=open&facets=true").json()
    assert sorted(titles(page)) == ["Load 1", "Load 5", "Load 7"]
    counts = {facet["name"]: facet["values"] for facet in page["facets"]}
    assert {value["value"]: value["count"] for value in counts["access"]} == {"open": 3, "closed": 1}
    assert "facets" in page
    assert ask.get("/api/v1/datasets").json()["facets"] is None


def test_words_are_looked_for(ask: Client, many: list[Dataset]) -> None:
    assert titles(ask.get("/api/v1/datasets?q=load+5").json()) == ["Load 5"]
    assert ask.get("/api/v1/datasets?q=nonsense").json() == {
        "items": [],
        "next": None,
        "total": 0,
        "facets": None,
    }


def test_a_page_takes_the_same_queries_however_long_it_is(
    ask: Client, many: list[Dataset], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(9):
        ask.get("/api/v1/datasets?limit=2")
    with django_assert_max_num_queries(9):
        ask.get("/api/v1/datasets?limit=7")


def test_withheld_and_unpublished_datasets_do_not_exist_for_others(ask: Client, db: None) -> None:
    hidden = [
        stock.dataset("Withheld", metadata_withheld=True),
        stock.dataset("Draft", state="draft", published_at=None),
    ]
    assert ask.get("/api/v1/datasets").json()["items"] == []
    for dataset in hidden:
        for path in ("", "/certificate", "/files", "/channels", "/readings"):
            answer = ask.get(f"/api/v1/datasets/{dataset.key}{path}")
            assert answer.status_code == 404, path
            assert dataset.title not in answer.content.decode()


def test_an_embargo_is_told_with_its_end(ask: Client, db: None) -> None:
    dataset = stock.dataset("Embargoed", release={"public": stock.NOW + 3650 * stock.DAY})
    found = ask.get(f"/api/v1/datasets/{dataset.key}").json()
    assert (found["access"], found["may_read"]) == ("embargoed", False)
    assert found["access_label"].startswith("Embargoed until ")
    assert found["opens_at"] == "2036-05-29T12:00:00Z"
    assert found["audiences"][0] == {
        "audience": "public",
        "label": "Everyone",
        "description": "Everybody, without an account.",
        "available_from": "2036-05-29T12:00:00Z",
        "is_available": False,
    }


def test_a_certificate_is_json_ld_or_the_model_itself(ask: Client, open_dataset: Dataset) -> None:
    path = f"/api/v1/datasets/{open_dataset.key}/certificate"
    linked = ask.get(path)
    assert linked["Content-Type"] == "application/ld+json"
    assert linked.json()["name"] == "School load"
    assert isinstance(linked.json()["@context"], dict)
    assert 'rel="cite-as"' in linked["Link"]
    model = ask.get(path, headers={"Accept": "application/json"})
    assert model["Content-Type"] == "application/json"
    assert parse_certificate(model.json()).title == "School load"
    refused = ask.get(path, headers={"Accept": "text/turtle"})
    assert refused.status_code == 406
    assert "application/ld+json" in refused.json()["next"]


def test_an_issued_certificate_stays_as_it_was_issued(ask: Client, open_dataset: Dataset) -> None:
    version = issue_version(actor=Actor.system(), dataset=open_dataset, at=stock.NOW, note="First.")
    Dataset.objects.filter(pk=open_dataset.pk).update(title="Another title")
    model = ask.get(f"/api/v1/datasets/{open_dataset.key}/certificate", headers={"Accept": "application/json"}).json()
    assert model["title"] == "School load"
    found = ask.get(f"/api/v1/datasets/{open_dataset.key}").json()
    assert found["versions"] == [
        {
            "number": 1,
            "ark": f"ark:/99999/{version.key}",
            "doi": "",
            "published_at": "2026-06-01T12:00:00Z",
            "note": "First.",
        }
    ]


def test_a_dataset_and_its_versions_tell_their_dois_and_are_cited_by_them(ask: Client, open_dataset: Dataset) -> None:
    version = issue_version(actor=Actor.system(), dataset=open_dataset, at=stock.NOW, note="First.")
    Doi.objects.create(dataset=open_dataset, name="10.5072/whole", registered_at=stock.NOW)
    Doi.objects.create(dataset=open_dataset, version=version, name="10.5072/first", registered_at=stock.NOW)
    found = ask.get(f"/api/v1/datasets/{open_dataset.key}").json()

    assert (found["doi"], [one["doi"] for one in found["versions"]]) == ("10.5072/whole", ["10.5072/first"])
    assert found["citation"].endswith("https://doi.org/10.5072/whole")
    Doi.objects.update(registered_at=None)  # nobody can follow it yet
    assert ask.get(f"/api/v1/datasets/{open_dataset.key}").json()["doi"] == ""


def test_json_ld_of_what_was_withdrawn_leads_to_no_data_and_says_why(ask: Client, open_dataset: Dataset) -> None:
    issue_version(actor=Actor.system(), dataset=open_dataset, at=stock.NOW, note="First.")
    Dataset.objects.filter(pk=open_dataset.pk).update(
        state="withdrawn", withdrawn_at=stock.NOW, withdrawal_reason="A meter was wrong."
    )
    addresses = (f"datasets/{open_dataset.key}", f"files/{open_dataset.files.get().key}")
    for told in (ask.get(f"/api/v1/{address}/certificate").json() for address in addresses):
        assert told["creativeWorkStatus"] == "Withdrawn"
        assert "A meter was wrong." in told["description"]
        assert [way for way in told.get("distribution", []) if "contentUrl" in way] == []


def test_files_come_in_pages_too(ask: Client, open_dataset: Dataset) -> None:
    for number in range(2, 6):
        stock.file(open_dataset, f"meter-{number}.csv")
    names: list[str] = []
    address: str | None = f"/api/v1/datasets/{open_dataset.key}/files?limit=2"
    while address:
        page = ask.get(address.removeprefix("http://testserver")).json()
        names += [item["name"] for item in page["items"]]
        address = page["next"]
    assert names == ["meter.csv", *(f"meter-{number}.csv" for number in range(2, 6))]
    gone = ask.get(f"/api/v1/datasets/{open_dataset.key}/files?cursor=nonsense")
    assert gone.status_code == 422
