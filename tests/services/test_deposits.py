"""Entries of the Data Sharing Log: drafts, who sees them, what submitting needs, and the dataset they make."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn
from fairwatt.core.identifiers import check_key
from fairwatt.records.models import AuditEvent, Dataset, Deposit, File, Notification, Organization
from fairwatt.services import deposits
from fairwatt.services.actors import Actor
from fairwatt.services.lakes import get_lake
from tests.services import entries, stock
from tests.services.entries import AT, BACKGROUND, FOREGROUND, HOUR
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.django_db


def test_an_entry_begins_with_a_dataset_of_its_own() -> None:
    actor = entries.partner()
    deposit = deposits.start_deposit(actor=actor, at=AT, origin="foreground")
    dataset = deposit.dataset
    assert deposit.state == "draft"
    assert deposit.organization.code == "LCH"
    assert (dataset.state, dataset.origin, dataset.provider.code) == ("draft", "foreground", "LCH")
    assert check_key(dataset.key)
    assert len(dataset.table) == 32
    assert deposit.answers == {"origin": {"origin": "foreground"}}
    assert deposits.get_deposit(actor=actor, code=deposit.code.lower()) == deposit
    assert AuditEvent.objects.get().verb == "deposit.started"


def test_only_people_of_an_organisation_and_managers_begin_one() -> None:
    outsider, member = stock.person(), entries.partner()
    with pytest.raises(NotSignedIn):
        deposits.start_deposit(actor=Actor.anonymous(), at=AT)
    with pytest.raises(NotAllowed, match="Only people of an organisation"):
        deposits.start_deposit(actor=Actor(user=outsider), at=AT)
    with pytest.raises(NotAllowed, match="scope “deposit”"):
        deposits.start_deposit(actor=Actor(user=member.user, scopes=frozenset({"read"})), at=AT)
    with pytest.raises(NotAllowed, match="don't belong to “TCC”"):
        deposits.start_deposit(actor=member, at=AT, organization="TCC")
    assert deposits.start_deposit(actor=entries.manager(), at=AT, organization="TCC").organization.code == "TCC"
    assert deposits.start_deposit(actor=entries.manager(), at=AT).organization is None


def test_entries_are_seen_by_their_depositor_colleagues_and_managers_and_by_nobody_else() -> None:
    actor = entries.partner()
    deposit = deposits.start_deposit(actor=actor, at=AT)
    colleague, rival, manager = entries.partner(name="col"), entries.partner("TCC"), entries.manager()
    for allowed in (actor, colleague, manager):
        assert deposits.get_deposit(actor=allowed, code=deposit.code) == deposit
    for other in (rival, Actor(user=stock.person())):
        for call in _every_call(other, deposit):
            with pytest.raises(NotFound):
                call()
    for call in _every_call(Actor.anonymous(), deposit):
        with pytest.raises(NotSignedIn):
            call()
    read_only = Actor(user=actor.user, scopes=frozenset({"read"}))
    assert deposits.get_deposit(actor=read_only, code=deposit.code) == deposit
    for call in _every_call(read_only, deposit)[1:]:
        with pytest.raises(NotAllowed, match="scope “deposit”"):
            call()
    assert [d.code for d in deposits.list_deposits(actor=colleague)] == [deposit.code]
    assert deposits.list_deposits(actor=rival) == deposits.list_deposits(actor=manager) == []


def _every_call(actor: Actor, deposit: Deposit) -> list[Callable[[], object]]:
    code = deposit.code
    file = deposit.dataset.files.first() or stock.file(deposit.dataset)
    return [
        lambda: deposits.get_deposit(actor=actor, code=code),
        lambda: deposits.save_step(actor=actor, code=code, step="origin", answers={"origin": "background"}, at=AT),
        lambda: deposits.submit_deposit(actor=actor, code=code, at=AT),
        lambda: deposits.discard_deposit(actor=actor, code=code, at=AT),
        lambda: deposits.add_comment(actor=actor, code=code, text="Hello", at=AT),
        lambda: deposits.answer_questions(actor=actor, file_key=file.key, answers={"time_zone": "UTC"}, at=AT),
        lambda: deposits.remove_file(actor=actor, file_key=file.key, at=AT),
        lambda: deposits.read_again(actor=actor, file_key=file.key, at=AT),
    ]


def test_the_task_list_says_what_is_done_and_what_comes_next() -> None:
    actor = entries.partner()
    deposit = deposits.start_deposit(actor=actor, at=AT)

    def states() -> dict[str, str]:
        return {task.slug: task.state for task in deposits.task_list(deposit)}

    assert states() == {"origin": "todo"}
    deposit = deposits.save_step(actor=actor, code=deposit.code, step="origin", answers={"origin": "foreground"}, at=AT)
    assert states() == {
        "origin": "done", "trial": "todo", "procedures": "blocked", "about": "todo", "access": "todo",
        "files": "todo", "check": "blocked",
    }  # fmt: skip
    for slug, values in FOREGROUND.items():
        deposit = deposits.save_step(actor=actor, code=deposit.code, step=slug, answers=values, at=AT)
    assert {slug for slug, state in states().items() if state != "done"} == {"files", "check"}
    entries.hand_in(actor, deposit)
    assert [(t.slug, t.state, t.note) for t in deposits.task_list(deposit)][-2:] == [
        ("files", "done", "1 being read"),
        ("check", "todo", ""),
    ]
    File.objects.update(state="questions")
    assert deposits.task_list(deposit)[-2].note == "A file needs an answer."
    File.objects.update(state="failed")
    assert deposits.task_list(deposit)[-2].note == "A file could not be read."


def test_foreground_answers_make_the_dataset() -> None:
    deposit = entries.entry(
        entries.partner(), {**FOREGROUND, "about": {**FOREGROUND["about"], "keywords": "pv, school ,"}}
    )
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    assert (dataset.title, dataset.trial.code, dataset.provider.code, dataset.receiver) == (
        "School battery in September", "A1.2.1", "LCH", None,
    )  # fmt: skip
    assert list(dataset.procedures.values_list("code", flat=True)) == ["P1", "P11"]
    assert dataset.keywords == ["pv", "school"]
    assert [(d["procedure"], d["slug"], d["label"], d["value"], d["unit"]) for d in dataset.details] == [
        ("P1", "asset", "Which asset was metered?", "Battery inverter", ""),
        ("P11", "event_start", "When did the event begin?", "2020-09-01T17:00:00+01:00", ""),
        ("P11", "instructed_power", "Instructed power", "16", "kW"),
    ]
    rules = dict(dataset.release_rules.values_list("audience", "available_from"))
    assert rules == {"public": AT, "external": AT, "partner": AT}


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ({"public": "never", "partner": "now"}, ("never", "never", "now")),
        ({"public": "date", "public_date": "2027-05-01"}, ("2027", "2027", "2027")),
        (
            {"public": "never", "external": "date", "external_date": "2027-05-01", "partner": "never"},
            ("never", "2027", "2027"),
        ),
        (
            {"public": "now", "external": "never", "partner": "date", "partner_date": "2027-05-01"},
            ("now", "now", "now"),
        ),
    ],
)
def test_release_dates_are_local_days_and_nobody_closer_waits_longer(
    access: dict[str, str], expected: tuple[str, str, str]
) -> None:
    answers = {**FOREGROUND, "access": {"licence": "DSA", **access}}
    dataset = entries.entry(entries.partner(), answers).dataset
    moments = {"never": None, "now": AT, "2027": datetime(2027, 4, 30, 23, tzinfo=UTC)}
    rules = dict(dataset.release_rules.values_list("audience", "available_from"))
    assert [rules[name] for name in ("public", "external", "partner")] == [moments[name] for name in expected]


def test_background_answers_make_the_dataset_and_a_new_provider_only_when_it_is_handed_in() -> None:
    actor = entries.partner("TCC")
    parties = {"provider": "other", "provider_name": "Ordnance Survey", "receiver": "TCC"}
    deposit = entries.entry(actor, {**BACKGROUND, "parties": parties})
    assert not Organization.objects.filter(name="Ordnance Survey").exists()
    deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    assert (dataset.provider.code, dataset.provider.is_partner) == ("ORDNANCESURV", False)
    assert (dataset.receiver.code, dataset.link, dataset.trial) == ("TCC", "https://weather.example/2020", None)
    again = entries.entry(actor, {**BACKGROUND, "parties": {**parties, "provider_name": "ordnance survey"}})
    deposits.submit_deposit(actor=actor, code=again.code, at=AT)
    assert Dataset.objects.get(pk=again.dataset_id).provider == dataset.provider


def test_changing_the_origin_changes_the_path_and_the_dataset() -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    deposits.save_step(actor=actor, code=deposit.code, step="origin", answers={"origin": "background"}, at=AT)
    dataset = Dataset.objects.get(pk=deposit.dataset_id)
    assert (dataset.origin, dataset.trial, dataset.provider, dataset.details) == ("background", None, None, [])
    assert not dataset.procedures.exists()


def test_submitting_needs_every_step_and_a_file_and_says_which_are_wanting() -> None:
    actor = entries.partner()
    deposit = entries.entry(actor, without="about")
    with pytest.raises(InvalidInput) as refusal:
        deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)
    assert refusal.value.where["steps"] == ["about", "files"]
    assert str(refusal.value).startswith("Still to do: About the data; Files (Add at least one file).")
    assert Deposit.objects.get(pk=deposit.pk).state == "draft"
    empty = deposits.start_deposit(actor=actor, at=AT)
    with pytest.raises(InvalidInput, match="Still to do"):
        deposits.submit_deposit(actor=actor, code=empty.code, at=AT)


@pytest.mark.parametrize("state", ["questions", "failed"])
def test_an_entry_with_an_open_question_or_a_failed_file_stays_a_draft(state: str) -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    entries.hand_in(actor, deposit)
    File.objects.update(state=state)
    with pytest.raises(InvalidInput) as refusal:
        deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)
    assert refusal.value.where["steps"] == ["files"]


def test_a_submitted_entry_is_told_to_the_managers_and_changes_no_more() -> None:
    actor, manager = entries.partner(), entries.manager()
    deposit = entries.entry(actor, BACKGROUND)
    submitted = deposits.submit_deposit(actor=actor, code=deposit.code, at=AT + HOUR)
    assert (submitted.state, submitted.submitted_at) == ("submitted", AT + HOUR)
    told = Notification.objects.get()
    assert (told.recipient, told.url) == (manager.user, f"/review/{deposit.code}/")
    for change in (
        lambda: deposits.submit_deposit(actor=actor, code=deposit.code, at=AT),
        lambda: deposits.discard_deposit(actor=actor, code=deposit.code, at=AT),
        lambda: entries.hand_in(actor, deposit),
        lambda: deposits.save_step(
            actor=actor, code=deposit.code, step="about", answers=dict(BACKGROUND["about"]), at=AT
        ),
    ):
        with pytest.raises(Conflict, match="can't be changed now: waiting for review"):
            change()
    assert [task.state for task in deposits.task_list(submitted)] == ["done"] * 6


@pytest.mark.django_db(transaction=True)
def test_of_two_submissions_at_once_exactly_one_succeeds() -> None:
    actor = entries.partner()
    deposit = entries.entry(actor, BACKGROUND)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def submit() -> None:
        barrier.wait()
        try:
            deposits.submit_deposit(actor=actor, code=deposit.code, at=AT)
            outcomes.append("submitted")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(outcomes) == ["conflict", "submitted"]
    assert AuditEvent.objects.filter(verb="deposit.submitted").count() == 1


def test_comments_go_to_the_other_side() -> None:
    actor, manager = entries.partner(), entries.manager()
    deposit = deposits.start_deposit(actor=actor, at=AT)
    deposits.add_comment(actor=actor, code=deposit.code, text=" Is this right? ", at=AT)
    deposits.add_comment(actor=manager, code=deposit.code, text="It is.", at=AT + HOUR)
    assert list(deposit.comments.values_list("author", "text")) == [
        (actor.user.pk, "Is this right?"),
        (manager.user.pk, "It is."),
    ]
    told = {(n.recipient, n.url) for n in Notification.objects.all()}
    assert told == {(manager.user, f"/review/{deposit.code}/"), (actor.user, f"/share/{deposit.code}/")}
    for empty in ("", " \0", "x" * 5001):
        with pytest.raises(InvalidInput):
            deposits.add_comment(actor=actor, code=deposit.code, text=empty, at=AT)


def test_removing_a_file_removes_its_bytes_unless_another_file_has_them(
    django_capture_on_commit_callbacks: Any,
) -> None:
    actor = entries.partner()
    one, two = entries.entry(actor), entries.entry(actor)
    first, second = entries.hand_in(actor, one), entries.hand_in(actor, two)
    raw = get_lake().raw
    with django_capture_on_commit_callbacks(execute=True):
        deposits.remove_file(actor=actor, file_key=first.key, at=AT)
    assert raw.exists(second.sha256)
    assert Dataset.objects.get(pk=one.dataset_id).file_count == 0
    with django_capture_on_commit_callbacks(execute=True):
        deposits.remove_file(actor=actor, file_key=second.key, at=AT)
    assert not raw.exists(second.sha256)
    assert AuditEvent.objects.filter(verb="file.removed").count() == 2


def test_discarding_removes_the_files_and_keeps_the_log(django_capture_on_commit_callbacks: Any) -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    file = entries.hand_in(actor, deposit)
    with django_capture_on_commit_callbacks(execute=True):
        deposits.discard_deposit(actor=actor, code=deposit.code, at=AT)
    assert Deposit.objects.get(pk=deposit.pk).state == "discarded"
    assert not get_lake().raw.exists(file.sha256)
    assert deposits.list_deposits(actor=actor) == []
    assert AuditEvent.objects.filter(verb="deposit.discarded", subject_id=deposit.code).exists()
    with pytest.raises(Conflict, match="discarded"):
        deposits.add_comment(actor=actor, code=deposit.code, text="Hello", at=AT)


def test_the_receipt_lists_what_was_received() -> None:
    actor = entries.partner()
    deposit = entries.entry(actor)
    first = entries.hand_in(actor, deposit, b"one")
    second = entries.hand_in(actor, deposit, b"three", "other.csv")
    slip = deposits.receipt(deposits.get_deposit(actor=actor, code=deposit.code))
    assert (slip.code, slip.title, slip.organization, slip.size) == (
        deposit.code, "School battery in September", "Low Carbon Hub", 8,
    )  # fmt: skip
    assert [(f.name, f.size, f.sha256) for f in slip.files] == [
        ("meter.csv", 3, first.sha256),
        ("other.csv", 5, second.sha256),
    ]
