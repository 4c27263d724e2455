"""Looking at restricted data is noted like a download: once an hour, and never in a page's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from fairwatt.records.models import AuditEvent, Dataset
from fairwatt.services import viewings
from fairwatt.services.actors import Actor
from fairwatt.services.readings import get_window
from fairwatt.services.viewings import note_viewing
from tests.services import stock
from tests.services.stock import DAY, NOW
from tests.waiting import PATIENCE_S

POWER = "active_power_l1_kw"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _new_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has noted nothing yet."""
    monkeypatch.setattr(viewings, "_writer", viewings._Writer())


@pytest.fixture
def shared(db: None) -> Dataset:
    dataset = stock.dataset(release={"partner": NOW - DAY}, provider=stock.organization("GRID"))
    stock.half_hours(stock.file(dataset))
    return dataset


@pytest.fixture
def partner(db: None) -> Actor:
    return Actor(user=stock.person("pat", organization=stock.organization("TCC")), address="192.0.2.1")


def seen() -> list[tuple[str, str, Any]]:
    events = AuditEvent.objects.filter(verb="readings.viewed").order_by("pk")
    return [(event.actor_label, event.dataset_key, event.at) for event in events]


def test_a_window_of_shared_data_is_noted_once_an_hour(
    shared: Dataset, partner: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    later = Actor(user=partner.user, address="192.0.2.99")
    with django_capture_on_commit_callbacks(execute=True):
        for actor, at in (
            (partner, NOW),
            (partner, NOW + 59 * MINUTE),
            (later, NOW + 59 * MINUTE),
            (partner, NOW + 60 * MINUTE),
        ):
            get_window(actor=actor, dataset_key=shared.key, fields=[POWER], at=at)

    assert seen() == [("pat", shared.key, NOW), ("pat", shared.key, NOW + 60 * MINUTE)]


def test_another_process_in_the_same_hour_notes_it_no_second_time(
    shared: Dataset, partner: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        note_viewing(actor=partner, dataset=shared, at=NOW)
    monkeypatch.setattr(viewings, "_writer", viewings._Writer())
    with django_capture_on_commit_callbacks(execute=True):
        note_viewing(actor=partner, dataset=shared, at=NOW + MINUTE)

    assert seen() == [("pat", shared.key, NOW)]


def test_what_is_open_a_draft_or_the_platforms_own_is_not_noted(
    shared: Dataset, partner: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    draft = stock.dataset(state="draft", published_at=None)
    opened = stock.dataset(release={"public": NOW})
    with django_capture_on_commit_callbacks(execute=True):
        note_viewing(actor=partner, dataset=opened, at=NOW)
        note_viewing(actor=partner, dataset=draft, at=NOW)
        note_viewing(actor=Actor.system(), dataset=shared, at=NOW)
        note_viewing(actor=Actor.anonymous(), dataset=shared, at=NOW)
        assert seen() == []
        note_viewing(actor=partner, dataset=opened, at=NOW - MINUTE)  # before its embargo was lifted

    assert seen() == [("pat", opened.key, NOW - MINUTE)]


def test_what_was_rolled_back_is_not_noted_and_the_next_look_is(
    shared: Dataset, partner: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with transaction.atomic():
        note_viewing(actor=partner, dataset=shared, at=NOW)
        transaction.set_rollback(True)
    assert seen() == []

    with django_capture_on_commit_callbacks(execute=True):
        note_viewing(actor=partner, dataset=shared, at=NOW + MINUTE)
    assert seen() == [("pat", shared.key, NOW + MINUTE)]


@pytest.fixture
def behind(transactional_db: None, settings: Any) -> Iterator[viewings._Writer]:
    """The thread that writes, as a server has it; all is written before the tables are emptied."""
    settings.FAIRWATT_WRITE_BEHIND = True
    writer = viewings._writer
    yield writer
    assert writer.finish(PATIENCE_S)


def test_a_page_does_not_wait_until_it_is_written(
    behind: viewings._Writer, shared: Dataset, partner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write = threading.Event()
    write = viewings._Writer._write
    late = staticmethod(lambda viewing: may_write.wait(PATIENCE_S) and write(viewing))
    monkeypatch.setattr(viewings._Writer, "_write", late)
    note_viewing(actor=partner, dataset=shared, at=NOW)
    assert seen() == []  # and yet it came back
    assert not behind.finish(wait_s=0.01)

    may_write.set()

    assert behind.finish(PATIENCE_S)
    assert seen() == [("pat", shared.key, NOW)]


def test_one_that_could_not_be_written_is_noted_the_next_time(
    behind: viewings._Writer, shared: Dataset, partner: Actor, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def fail(viewing: object) -> None:
        raise OSError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(viewings._Writer, "_write", staticmethod(fail))
        note_viewing(actor=partner, dataset=shared, at=NOW)
        assert behind.finish(PATIENCE_S)
    assert f"a viewing of {shared.key} could not be noted" in caplog.text

    note_viewing(actor=partner, dataset=shared, at=NOW + MINUTE)

    assert behind.finish(PATIENCE_S)
    assert seen() == [("pat", shared.key, NOW + MINUTE)]


def test_several_processes_at_once_note_it_once(behind: viewings._Writer, shared: Dataset, partner: Actor) -> None:
    ready = threading.Barrier(4)

    def process() -> None:
        ready.wait()
        writer = viewings._Writer()
        writer._write(viewings._Viewing(partner, shared, NOW))
        connection.close()

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen() == [("pat", shared.key, NOW)]
