"""What changed between two versions: on a page for people, as JSON for programs, no more than the asker may know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.dataset_totals import update_totals
from tests.portal.pages_stock import PARTNERS_ONLY, published, signed_in
from tests.services import stock

pytestmark = pytest.mark.django_db


def _grown(**fields: Any) -> Dataset:
    """A dataset to which a second file and another title came with version 2."""
    dataset = published(**fields)
    update_totals(dataset, at=stock.NOW)
    second = stock.file(dataset, "second.csv")
    stock.half_hours(second, begin=datetime(2020, 7, 1, tzinfo=UTC))
    dataset.title = "School load, longer"
    dataset.save()
    update_totals(dataset, at=stock.NOW)
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="A day in July was added.")
    return dataset


def test_programs_are_told_rows_channels_and_fields(client: Client) -> None:
    dataset = _grown()
    told = client.get(f"/datasets/{dataset.key}/changes/?format=json").json()
    assert (told["from"]["number"], told["to"]["number"], told["to"]["note"]) == (1, 2, "A day in July was added.")
    assert told["readings"] == {
        "added": 48,
        "removed": 0,
        "changed": 0,
        "channels": {"active_power_l1_kw": 48},
        "months": [
            {"month": "2020-07", "added": 48, "removed": 0, "changed": 0, "channels": {"active_power_l1_kw": 48}}
        ],
    }
    by_field = {change["field"]: change for change in told["metadata"]}
    assert by_field["title"] == {
        "field": "title", "label": "Title", "before": "School load", "after": "School load, longer", "kind": "changed",
    }  # fmt: skip
    assert [change["label"] for change in told["metadata"] if change["kind"] == "added"] == ["File second.csv"]
    assert (by_field["rows"]["before"], by_field["rows"]["after"]) == (48, 96)


def test_people_read_the_same_on_a_page_that_the_versions_lead_to(client: Client) -> None:
    dataset = _grown()
    link = f"/datasets/{dataset.key}/changes/?from=1&amp;to=2"
    assert link in client.get(f"/datasets/{dataset.key}/").content.decode()
    page = client.get(link.replace("&amp;", "&")).content.decode()
    for words in ("A day in July was added.", "2020-07", "Active Power L1", "School load, longer"):
        assert words in page
    for number in (1, 2):
        assert f'?version={number}">The page of version {number}</a>' in page
    assert '<th scope="rowgroup" colspan="2" class="border-0 pb-0">Title</th>' in page  # a line of its own


def test_who_may_not_have_the_data_is_told_of_the_metadata_alone(client: Client) -> None:
    told = client.get(f"/datasets/{_grown(release=PARTNERS_ONLY).key}/changes/?format=json").json()
    assert (told["readings"], told["reason"]) == (None, "Only project partners may download these data.")
    assert "title" in {change["field"] for change in told["metadata"]}


def test_a_change_of_words_alone_leaves_the_readings_the_same(client: Client) -> None:
    dataset = published()
    Dataset.objects.filter(pk=dataset.pk).update(title="Other")
    dataset.refresh_from_db()
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="Another title.")
    assert client.get(f"/datasets/{dataset.key}/changes/?format=json").json()["readings"] == {
        "added": 0, "removed": 0, "changed": 0, "channels": {}, "months": [],
    }  # fmt: skip
    assert "The readings are the same, row by row." in client.get(f"/datasets/{dataset.key}/changes/").content.decode()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2&to=1", 422),
        ("from=1&to=3", 404),
        ("from=x", 404),
        ("to=1", 404),
        (f"from={'9' * 5_000}", 404),
        ("", 200),
    ],
    ids=["backwards", "too-late", "no-number", "the-first", "endless", "latest"],
)
def test_only_versions_that_there_are_can_be_compared(client: Client, query: str, status: int) -> None:
    dataset = _grown()
    assert client.get(f"/datasets/{dataset.key}/changes/?{query}").status_code == status


def test_old_versions_stay_citable_under_their_own_address(client: Client) -> None:
    dataset = _grown()
    first = dataset.versions.get(number=1)
    answer = client.get(f"/ark:99999/{first.key}", follow=True)
    assert answer.redirect_chain == [(f"/datasets/{dataset.key}/?version=1", 302)]
    assert client.get(f"/datasets/{dataset.key}.jsonld?version=1").json()["name"] == "School load"


def test_of_what_is_withheld_there_is_no_difference_to_be_seen(client: Client) -> None:
    dataset = _grown(metadata_withheld=True)
    assert client.get(f"/datasets/{dataset.key}/changes/").status_code == 404
    assert client.get(f"/datasets/{dataset.key}/changes/?format=json").status_code == 404
    browser = signed_in(client, stock.person("mo", is_manager=True))
    assert browser.get(f"/datasets/{dataset.key}/changes/").status_code == 200


def test_a_later_version_needs_a_note() -> None:
    dataset = published()
    with pytest.raises(InvalidInput, match="needs a note"):
        issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note=" ")
    assert dataset.versions.count() == 1
