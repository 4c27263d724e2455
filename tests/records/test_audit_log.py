"""The audit log: appended to; neither the models nor the database itself change or drop an event."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.db import connection as database

from fairwatt.core.errors import NotAllowed
from fairwatt.records.audit_guard import install_guard, remove_guard
from fairwatt.records.models import AuditEvent
from fairwatt.services.actors import Actor
from fairwatt.services.audit import list_events, record_event
from tests.services import stock
from tests.services.stock import NOW


def _event() -> AuditEvent:
    return record_event(
        actor=Actor(user=stock.person("ann"), address="192.0.2.7"),
        verb="dataset.published",
        subject=stock.dataset("School load"),
        at=NOW,
        detail={"version": 1},
    )


@pytest.mark.django_db
def test_an_event_says_who_did_what_to_which_thing_and_when() -> None:
    event = _event()
    stored = AuditEvent.objects.get(pk=event.pk)
    assert (stored.at, stored.actor_label, stored.verb) == (NOW, "ann", "dataset.published")
    assert (stored.subject_type, stored.subject_label) == ("dataset", "School load")
    assert stored.subject_id == stored.dataset_key
    assert (stored.detail, stored.address) == ({"version": 1}, "192.0.2.7")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records_auditevent SET actor_label = 'nobody'",
        "DELETE FROM records_auditevent",
        "DELETE FROM records_auditevent WHERE id < 0 OR id > 0",
    ],
)
def test_the_database_refuses_to_change_or_delete_events(statement: str) -> None:
    event = _event()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.get(pk=event.pk).actor_label == "ann"


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL knows TRUNCATE")
def test_postgresql_refuses_to_truncate_the_log() -> None:
    _event()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE records_auditevent")
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db
def test_the_models_refuse_to_change_or_delete_events() -> None:
    event = _event()
    event.actor_label = "nobody"
    for change in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.all().update(actor_label="nobody"),
    ):
        with pytest.raises(NotAllowed, match="only ever added to"):
            change()
    assert AuditEvent.objects.get(pk=event.pk).actor_label == "ann"


@pytest.mark.django_db
def test_the_guard_can_be_taken_off_and_put_on_again_any_number_of_times() -> None:
    remove_guard(database)
    install_guard(database)
    install_guard(database)
    event = _event()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk)._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_a_test_database_can_be_emptied_and_is_guarded_afterwards() -> None:
    _event()
    call_command("flush", verbosity=0, interactive=False)
    assert AuditEvent.objects.count() == 0
    _event()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_auditevent")


@pytest.mark.django_db
def test_a_database_in_use_is_never_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core import mail  # noqa: PLC0415

    _event()
    monkeypatch.delattr(mail, "outbox")
    with pytest.raises(CommandError, match="never emptied"):
        call_command("flush", verbosity=0, interactive=False)
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db
def test_managers_read_the_whole_log_page_by_page() -> None:
    first, second, third = _event(), _event(), _event()
    manager = Actor(user=stock.person("mel", is_manager=True))
    page = list_events(actor=manager, limit=2)
    assert page == [third, second]
    assert list_events(actor=manager, limit=2, before=page[-1].pk) == [first]


@pytest.mark.django_db
def test_depositors_and_stewards_read_the_log_of_their_datasets_only() -> None:
    home = stock.organization("LCH")
    member, steward, depositor = stock.person("member"), stock.person("steward"), stock.person("depositor")
    home.memberships.create(user=member, role="member")
    home.memberships.create(user=steward, role="steward")
    dataset = stock.dataset("School load", provider=home, created_by=depositor)
    event = record_event(actor=Actor.system(), verb="dataset.edited", subject=dataset, at=NOW)
    _event()
    for user in (steward, depositor):
        assert list_events(actor=Actor(user=user), dataset=dataset) == [event]
        with pytest.raises(NotAllowed, match="for data managers"):
            list_events(actor=Actor(user=user))
    with pytest.raises(NotAllowed, match="for data managers"):
        list_events(actor=Actor(user=member), dataset=dataset)
