"""What changed when in the catalogues, and reading them page by page in that order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairwatt.records.models import Dataset, Listing, ReleaseRule
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import issue_version
from fairwatt.services.harvests import Entry, Harvest, earliest_change, find_entry, harvest, latest_change
from fairwatt.services.listings import note_change, note_what_is_behind
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()
HOUR = timedelta(hours=1)


def listed(title: str, changed_at: datetime = NOW, **fields: object) -> Dataset:
    """A published dataset with its first version, which came at ``changed_at``."""
    fields = {"release": {"public": NOW - DAY}} | fields
    row = stock.dataset(title, published_at=changed_at, **fields)
    issue_version(actor=Actor.system(), dataset=row, at=changed_at)
    return row


def read(actor: Actor = NOBODY, **asked: object) -> list[Entry]:
    """Every entry that is answered, page after page."""
    found: list[Entry] = []
    wanted = Harvest(**asked)
    while True:
        page = harvest(actor=actor, asked=wanted, at=NOW)
        found += page.entries
        if page.next is None:
            return found
        wanted = Harvest(**(asked | {"after": page.next}))


def titles(entries: list[Entry]) -> list[str]:
    return [entry.dataset.title for entry in entries]


def test_entries_come_in_the_order_of_their_changes_whatever_the_pages() -> None:
    for number in (3, 1, 2, 2, 0):
        listed(f"Changed {number}", NOW - number * HOUR)
    earliest_first = ["Changed 3", "Changed 2", "Changed 2", "Changed 1", "Changed 0"]
    for limit in (1, 2, 3, 5, 9):
        assert titles(read(limit=limit)) == earliest_first
        assert titles(read(limit=limit, newest_first=True)) == earliest_first[::-1]
    assert titles(read(since=NOW - 2 * HOUR, until=NOW)) == ["Changed 2", "Changed 2", "Changed 1"]
    assert (earliest_change(actor=NOBODY), latest_change(actor=NOBODY)) == (NOW - 3 * HOUR, NOW)


def test_a_change_between_two_pages_moves_a_dataset_to_the_end_and_loses_none() -> None:
    rows = [listed(f"Dataset {number}", NOW - (9 - number) * HOUR) for number in range(4)]
    first = harvest(actor=NOBODY, asked=Harvest(limit=2), at=NOW)
    note_change(rows[2], at=NOW)
    rest = read(limit=2, after=first.next)
    assert titles(list(first.entries) + rest) == ["Dataset 0", "Dataset 1", "Dataset 3", "Dataset 2"]


def test_a_page_costs_the_same_queries_however_many_datasets_there_are() -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            harvest(actor=NOBODY, asked=Harvest(counts=True, with_gone=True), at=NOW)
        return len(queries)

    listed("One")
    alone = count()
    for number in range(5):
        listed(f"Another {number}")
    assert count() == alone <= 8


def test_what_was_never_public_is_in_no_page_and_no_total_while_its_own_people_see_it() -> None:
    listed("Open")
    listed("Withheld", metadata_withheld=True)
    own = Actor(user=stock.person(organization=stock.organization("TCC")))
    other = Actor(user=stock.person(organization=stock.organization("NWS")))
    for with_gone in (True, False):
        asked = Harvest(with_gone=with_gone, counts=True)
        for actor in (NOBODY, other):
            page = harvest(actor=actor, asked=asked, at=NOW)
            assert (titles(list(page.entries)), page.total) == (["Open"], 1)
        page = harvest(actor=own, asked=asked, at=NOW)
        assert (titles(list(page.entries)), page.total) == (["Open", "Withheld"], 2)


def test_what_was_public_and_is_withheld_now_is_said_to_have_gone_and_nothing_else_of_it() -> None:
    row = listed("Was open")
    Dataset.objects.filter(pk=row.pk).update(metadata_withheld=True)
    assert read() == []
    (entry,) = read(with_gone=True)
    assert (entry.dataset.key, entry.is_gone, entry.certificate) == (row.key, True, None)
    assert find_entry(actor=NOBODY, key=row.key, at=NOW) is None


def test_a_withdrawn_dataset_has_gone_with_its_description_kept_and_its_data_open_to_nobody() -> None:
    row = listed("Withdrawn soon")
    Dataset.objects.filter(pk=row.pk).update(state="withdrawn", withdrawn_at=NOW)
    assert read() == []
    (entry,) = read(with_gone=True)
    assert entry.is_gone
    assert entry.certificate is not None
    assert (entry.certificate.title, entry.certificate.access.releases) == ("Withdrawn soon", ())


def test_drafts_are_never_told_of() -> None:
    row = stock.dataset("Draft", state="draft", published_at=None)
    note_change(row, at=NOW)
    assert not Listing.objects.exists()
    assert read(actor=Actor.system(), with_gone=True) == []


def test_the_end_of_an_embargo_is_a_change_that_is_noted_once() -> None:
    row = listed("Embargoed", NOW - 5 * DAY, release={"public": NOW - HOUR, "partner": NOW - 9 * DAY})
    assert note_what_is_behind(at=NOW - 2 * HOUR) == 0
    assert note_what_is_behind(at=NOW) == 1
    assert Listing.objects.get(dataset=row).changed_at == NOW
    assert note_what_is_behind(at=NOW + HOUR) == 0
    ReleaseRule.objects.filter(dataset=row).update(available_from=None)
    assert note_what_is_behind(at=NOW + HOUR) == 0


def test_changes_that_nobody_noted_are_found() -> None:
    unnoted = stock.dataset("Never noted")
    withdrawn = listed("Withdrawn behind our back", NOW - DAY)
    Dataset.objects.filter(pk=withdrawn.pk).update(state="withdrawn", withdrawn_at=NOW)
    assert note_what_is_behind(at=NOW + HOUR) == 2
    assert dict(Listing.objects.values_list("dataset", "changed_at")) == {
        unnoted.pk: NOW + HOUR,
        withdrawn.pk: NOW + HOUR,
    }
    assert note_what_is_behind(at=NOW + 2 * HOUR) == 0


def test_what_happens_to_a_dataset_that_is_withheld_is_told_to_data_managers_alone() -> None:
    row = listed("Withheld since")
    stranger, manager = stock.actor(stock.person()), stock.actor(stock.person(is_manager=True))
    Dataset.objects.filter(pk=row.pk).update(metadata_withheld=True)
    row.refresh_from_db()
    note_change(row, at=NOW + HOUR)
    withheld = [entry.changed_at for entry in read(NOBODY, with_gone=True)]

    issue_version(actor=Actor.system(), dataset=row, at=NOW + 2 * HOUR, note="Second")

    assert withheld == [NOW + HOUR]
    for asker in (NOBODY, stranger):
        assert [(entry.changed_at, entry.certificate) for entry in read(asker, with_gone=True)] == [(NOW + HOUR, None)]
        assert read(asker, with_gone=True, since=NOW + 2 * HOUR) == []
        assert latest_change(actor=asker) == NOW + HOUR
    assert [entry.changed_at for entry in read(manager, since=NOW + 2 * HOUR)] == [NOW + 2 * HOUR]

    Dataset.objects.filter(pk=row.pk).update(metadata_withheld=False)
    row.refresh_from_db()
    note_change(row, at=NOW + 3 * HOUR)
    assert [(entry.changed_at, entry.is_gone) for entry in read(NOBODY)] == [(NOW + 3 * HOUR, False)]


def test_of_one_that_never_was_public_its_owner_is_told_at_once() -> None:
    row = listed("Never public", metadata_withheld=True)
    owner = stock.actor(stock.person(organization=row.provider))

    issue_version(actor=Actor.system(), dataset=row, at=NOW + HOUR, note="Second")

    assert [entry.changed_at for entry in read(owner)] == [NOW + HOUR]
    assert read(NOBODY, with_gone=True) == []
