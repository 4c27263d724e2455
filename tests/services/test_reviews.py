"""The back office: the queue, publishing, returning, editing, and two managers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.db import connections

from fairwatt.core.errors import Conflict, FairwattError, InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.records.models import AuditEvent, Dataset, DatasetVersion, Deposit, File, Membership, Notification
from fairwatt.services import certificates, deposits, reviews
from fairwatt.services.actors import Actor
from fairwatt.services.reviews import approve_deposit, edit_metadata, list_queue, return_deposit
from tests.services import entries, stock
from tests.services.entries import AT, BACKGROUND, HOUR
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.django_db
NAMED = "MVSA1_2_1_P11_LCH_01092020_LEOD041F06.csv"


@pytest.fixture
def actor() -> Actor:
    return entries.partner()


@pytest.fixture
def manager() -> Actor:
    return entries.manager()


def _link(actor: Actor, at: datetime = AT, **parties: str) -> Deposit:
    """A background entry with a link, waiting for review."""
    answers = {**BACKGROUND, "parties": {**BACKGROUND["parties"], **parties}}
    deposit = entries.entry(actor, answers)
    return deposits.submit_deposit(actor=actor, code=deposit.code, at=at)


def test_the_queue_has_what_waits_the_longest_waiting_first(actor: Actor, manager: Actor) -> None:
    second, first = _link(actor, AT + HOUR), _link(actor, AT)
    deposits.start_deposit(actor=actor, at=AT)
    assert list_queue(actor=manager) == [first, second]


def test_only_managers_review(actor: Actor, manager: Actor) -> None:
    deposit = _link(actor)
    calls: list[Callable[[Actor], object]] = [
        lambda who: list_queue(actor=who),
        lambda who: approve_deposit(actor=who, code=deposit.code, at=AT),
        lambda who: return_deposit(actor=who, code=deposit.code, comment="No.", at=AT),
        lambda who: edit_metadata(actor=who, dataset_key=deposit.dataset.key, changes={"title": "Mine"}, at=AT),
    ]
    for call in calls:
        with pytest.raises(NotSignedIn):
            call(Actor.anonymous())
        for who in (actor, Actor(user=stock.person()), Actor(user=manager.user, scopes=frozenset({"read", "deposit"}))):
            with pytest.raises(NotAllowed):
                call(who)
    assert Deposit.objects.get().state == "submitted"


def test_approving_publishes_version_one_and_tells_the_depositor_and_the_stewards(
    actor: Actor, manager: Actor, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    steward = entries.partner(name="stella", role="steward")
    deposit = entries.submitted(actor, name=NAMED)
    with django_capture_on_commit_callbacks(execute=True):
        approve_deposit(actor=manager, code=deposit.code, at=AT + 2 * HOUR)
    dataset = Dataset.objects.get()
    assert (dataset.state, dataset.published_at) == ("published", AT + 2 * HOUR)
    assert dataset.identifier == "MVSA1.2.1-P1-P11-LCH-D041"
    version = DatasetVersion.objects.get()
    assert (version.dataset, version.number, version.note) == (dataset, 1, "First version")
    assert version.certificate
    assert File.objects.get().certificate
    row = Deposit.objects.get()
    assert (row.state, row.decided_at, row.decided_by) == ("approved", AT + 2 * HOUR, manager.user)
    assert {"deposit.approved", "dataset.published"} <= set(AuditEvent.objects.values_list("verb", flat=True))
    told = Notification.objects.filter(url=f"/datasets/{dataset.key}/")
    assert {n.recipient for n in told} == {actor.user, steward.user}
    mails = {message.to[0]: message for message in mail.outbox}
    assert set(mails) >= {actor.user.email, steward.user.email}
    assert f"{settings.BASE_URL}/datasets/{dataset.key}/" in mails[actor.user.email].body
    assert list_queue(actor=manager) == []


def test_an_entry_is_decided_once(actor: Actor, manager: Actor) -> None:
    deposit = _link(actor)
    approve_deposit(actor=manager, code=deposit.code, at=AT)
    for call in (
        lambda: approve_deposit(actor=manager, code=deposit.code, at=AT),
        lambda: return_deposit(actor=manager, code=deposit.code, comment="No.", at=AT),
    ):
        with pytest.raises(Conflict, match="does not wait for review: published"):
            call()
    for call in (
        lambda: approve_deposit(actor=manager, code="D-NONE", at=AT),
        lambda: edit_metadata(actor=manager, dataset_key="none", changes={"title": "x"}, at=AT),
    ):
        with pytest.raises(NotFound):
            call()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["approve", "return"])
def test_of_two_decisions_at_once_one_wins_and_one_is_told(other: str) -> None:
    actor, one, two = entries.partner(), entries.manager(), entries.manager()
    deposit = _link(actor)
    barrier, outcomes = threading.Barrier(2), []

    def decide(who: Actor, how: str) -> None:
        barrier.wait()
        try:
            if how == "approve":
                approve_deposit(actor=who, code=deposit.code, at=AT)
            else:
                return_deposit(actor=who, code=deposit.code, comment="Once more.", at=AT)
            outcomes.append("done")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=decide, args=pair) for pair in ((one, "approve"), (two, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(outcomes) == ["conflict", "done"]
    assert DatasetVersion.objects.count() == (1 if Deposit.objects.get().state == "approved" else 0)


@pytest.mark.django_db(transaction=True)
def test_two_entries_published_at_once_get_different_identifiers() -> None:
    actor, manager = entries.partner(), entries.manager()
    codes = [_link(actor).code for _ in range(4)]
    barrier = threading.Barrier(len(codes))
    faults: list[Exception] = []

    def approve(code: str) -> None:
        barrier.wait()
        try:
            approve_deposit(actor=manager, code=code, at=AT)
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert faults == []
    assert sorted(Dataset.objects.values_list("identifier", flat=True)) == ["BKG1.1", "BKG1.2", "BKG1.3", "BKG1.4"]


def test_identifiers_count_by_trial_and_by_provider(actor: Actor, manager: Actor) -> None:
    waiting = (
        entries.submitted(actor, content=entries.READABLE, name=NAMED),
        entries.submitted(actor, content=entries.READABLE.replace(b"2020", b"2021"), name=NAMED),
        entries.submitted(actor, content=entries.READABLE.replace(b"2020", b"2022")),
        _link(actor),
        _link(actor, provider="GRID"),
        _link(actor),
    )
    names = [approve_deposit(actor=manager, code=entry.code, at=AT + HOUR).identifier for entry in waiting]
    assert names == [
        "MVSA1.2.1-P1-P11-LCH-D041",
        "MVSA1.2.1-P1-P11-LCH-D042",
        "MVSA1.2.1-P1-P11-LCH-D043",
        "BKG1.1",
        "BKG2.1",
        "BKG1.2",
    ]


@pytest.mark.parametrize("state", ["received", "reading", "questions", "failed"])
def test_nothing_is_published_before_every_file_is_read(actor: Actor, manager: Actor, state: str) -> None:
    deposit = entries.submitted(actor)
    File.objects.update(state=state)
    with pytest.raises(Conflict, match=r"Not every file has been read: meter\.csv"):
        approve_deposit(actor=manager, code=deposit.code, at=AT)
    File.objects.all().delete()
    with pytest.raises(Conflict, match="neither a file nor a link"):
        approve_deposit(actor=manager, code=deposit.code, at=AT)
    assert Dataset.objects.get().state == "draft"


def test_publishing_that_fails_half_way_changes_nothing(
    actor: Actor, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit = _link(actor)

    def fail(**_fields: object) -> None:
        raise FairwattError("The certificate could not be written.")

    monkeypatch.setattr(certificates, "issue_version", fail)
    with pytest.raises(FairwattError, match="could not be written"):
        approve_deposit(actor=manager, code=deposit.code, at=AT)
    dataset = Dataset.objects.get()
    assert (dataset.state, dataset.identifier, dataset.published_at) == ("draft", "", None)
    assert Deposit.objects.get().state == "submitted"
    assert not AuditEvent.objects.filter(verb="deposit.approved").exists()


def test_a_returned_entry_comes_with_a_comment_and_may_be_handed_in_again(actor: Actor, manager: Actor) -> None:
    deposit = _link(actor)
    for empty in ("", " \n\0"):
        with pytest.raises(InvalidInput) as refusal:
            return_deposit(actor=manager, code=deposit.code, comment=empty, at=AT)
        assert refusal.value.where["field"] == "comment"
    returned = return_deposit(actor=manager, code=deposit.code, comment="Which station?", at=AT + HOUR)
    assert (returned.state, returned.decided_by) == ("returned", manager.user)
    assert list(returned.comments.values_list("text", flat=True)) == ["Which station?"]
    told = Notification.objects.get(recipient=actor.user)
    assert (told.url, told.text.endswith("came back with a comment: Which station?")) == (
        f"/share/{deposit.code}/",
        True,
    )
    about = {**BACKGROUND["about"], "place": "Station 4"}
    deposits.save_step(actor=actor, code=deposit.code, step="about", answers=about, at=AT + 2 * HOUR)
    again = deposits.submit_deposit(actor=actor, code=deposit.code, at=AT + 3 * HOUR)
    assert (again.state, again.submitted_at) == ("submitted", AT + 3 * HOUR)
    assert approve_deposit(actor=manager, code=deposit.code, at=AT + 4 * HOUR).place == "Station 4"


def test_a_managers_edit_is_on_record_with_what_was_before(actor: Actor, manager: Actor) -> None:
    deposit = _link(actor)
    key = deposit.dataset.key
    edited = edit_metadata(
        actor=manager,
        dataset_key=key,
        changes={
            "title": " Weather in 2020 ",
            "keywords": "rain, wind",
            "public": "2027-05-01",
            "licence": "OGL-UK-3.0",
        },
        at=AT,
    )
    assert (edited.title, edited.keywords) == ("Weather in 2020", ["rain", "wind"])
    rules = dict(edited.release_rules.values_list("audience", "available_from"))
    assert rules["public"] == datetime(2027, 4, 30, 23, tzinfo=UTC)
    event = AuditEvent.objects.get(verb="dataset.edited")
    assert event.detail == {
        "changes": {
            "title": {"before": "Weather of 2020", "after": "Weather in 2020"},
            "keywords": {"before": [], "after": ["rain", "wind"]},
            "public": {"before": None, "after": "2027-04-30T23:00:00+00:00"},
        }
    }
    assert not DatasetVersion.objects.exists()
    return_deposit(actor=manager, code=deposit.code, comment="See my edits.", at=AT)
    deposits.save_step(actor=actor, code=deposit.code, step="source", answers=dict(BACKGROUND["source"]), at=AT)
    kept = Dataset.objects.get(key=key)
    assert (kept.title, kept.keywords) == ("Weather in 2020", ["rain", "wind"]), "the depositor goes on from the edits"
    rules = dict(kept.release_rules.values_list("audience", "available_from"))
    assert rules["public"] == datetime(2027, 4, 30, 23, tzinfo=UTC)
    edit_metadata(actor=manager, dataset_key=key, changes={"title": "Weather in 2020"}, at=AT)
    assert AuditEvent.objects.filter(verb="dataset.edited").count() == 1, "no change, no record"


def test_editing_what_is_published_makes_a_new_version_and_keeps_the_old_certificate(
    actor: Actor, manager: Actor
) -> None:
    deposit = _link(actor)
    dataset = approve_deposit(actor=manager, code=deposit.code, at=AT)
    first = DatasetVersion.objects.get().certificate
    edit_metadata(actor=manager, dataset_key=dataset.key, changes={"title": "Weather, mended"}, at=AT + HOUR)
    versions = DatasetVersion.objects.order_by("number")
    assert [(v.number, v.note) for v in versions] == [(1, "First version"), (2, "Metadata edited: title")]
    assert versions[0].certificate == first
    assert versions[1].certificate["title"] == "Weather, mended"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"description": ""}, "description"),
        ({"title": "x" * 201}, "title"),
        ({"licence": "WTFPL"}, "licence"),
        ({"sensitivity": "IB1-X"}, "sensitivity"),
        ({"sensitivity": "IB1-SP"}, "sensitivity_reason"),
        ({"public": "soon"}, "public"),
        ({"partner": "2021-03-28T01:30"}, "partner"),
        ({"state": "published"}, "state"),
        ({"key": "other"}, "key"),
        ({"table": "other"}, "table"),
    ],
)
def test_edits_that_can_not_be_used_are_refused_whole(
    actor: Actor, manager: Actor, changes: dict[str, str], field: str
) -> None:
    deposit = _link(actor)
    with pytest.raises(InvalidInput) as refusal:
        edit_metadata(actor=manager, dataset_key=deposit.dataset.key, changes={"place": "Here", **changes}, at=AT)
    assert refusal.value.where["field"] == field
    assert Dataset.objects.get().place == ""


def test_managers_of_no_organisation_may_publish_their_own_entries() -> None:
    manager = entries.manager()
    entries.partner()
    deposit = _link(manager)
    assert not Membership.objects.filter(user=manager.user).exists()
    assert approve_deposit(actor=manager, code=deposit.code, at=AT).identifier == "BKG1.1"
    assert reviews.EDITABLE_FIELDS[0] == "title"
