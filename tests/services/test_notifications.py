"""Telling people: in the portal at once, by mail once it is stored, and never at the cost of what happened."""

from __future__ import annotations

import logging

import pytest
from django.core import mail
from django.db import transaction

from fairwatt.records.models import Notification
from fairwatt.services import notifications
from fairwatt.services.actors import Actor
from fairwatt.services.notifications import count_unread, list_notifications, mark_read, notify
from tests.services import stock
from tests.services.stock import DAY, NOW

pytestmark = pytest.mark.django_db
TEXT = "“School load” is published as MVSA1.2.1-D001. It is in the catalogue."


def test_people_are_told_once_each_in_the_portal_and_by_mail(
    django_capture_on_commit_callbacks: object, settings: object
) -> None:
    ann, bob, gone = stock.person("ann"), stock.person("bob"), stock.person("gone", is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        notify(recipients=[ann, bob, ann, gone], text=TEXT, url="/datasets/x/", at=NOW)
        assert mail.outbox == []
    assert [n.text for n in list_notifications(actor=Actor(user=ann))] == [TEXT]
    assert sorted(message.to[0] for message in mail.outbox) == sorted([ann.email, bob.email])
    assert mail.outbox[0].subject == "[Testshire Local Energy] “School load” is published as MVSA1.2.1-D001"
    assert f"{settings.BASE_URL}/datasets/x/" in mail.outbox[0].body
    assert Notification.objects.count() == 2


def test_line_ends_in_titles_do_not_get_into_a_mails_head(django_capture_on_commit_callbacks: object) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        notify(recipients=[stock.person()], text="One\r\nBcc: all@people.example. Two", url="/", at=NOW)
    assert mail.outbox[0].subject == "[Testshire Local Energy] One Bcc: all@people.example"


def test_a_mail_that_can_not_be_sent_undoes_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: object
) -> None:
    def refuse(*_args: object, **_fields: object) -> None:
        raise OSError("no mail server")

    monkeypatch.setattr(notifications, "send_mail", refuse)
    with caplog.at_level(logging.ERROR), django_capture_on_commit_callbacks(execute=True):
        notify(recipients=[stock.person("ann"), stock.person("bob")], text=TEXT, url="/", at=NOW)
    assert Notification.objects.count() == 2
    assert [record.message.split(" could")[0][:6] for record in caplog.records] == ["A mail", "A mail"]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_mailed_about_what_did_not_happen() -> None:
    user = stock.person()

    def tell_and_fail() -> None:
        with transaction.atomic():
            notify(recipients=[user], text=TEXT, url="/", at=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()
    assert mail.outbox == []
    assert not Notification.objects.exists()


def test_reading_marks_only_ones_own() -> None:
    ann, bob = stock.person("ann"), stock.person("bob")
    first, second = notify(recipients=[ann], text="One", url="/", at=NOW) + notify(
        recipients=[ann], text="Two", url="/", at=NOW + DAY
    )
    [other] = notify(recipients=[bob], text="Three", url="/", at=NOW)
    actor = Actor(user=ann)
    assert [n.text for n in list_notifications(actor=actor)] == ["Two", "One"]
    assert count_unread(actor=actor) == 2
    assert mark_read(actor=actor, at=NOW, ids=[first.pk, other.pk]) == 1
    assert list_notifications(actor=actor, unread_only=True) == [second]
    assert mark_read(actor=actor, at=NOW) == 1
    other.refresh_from_db()
    assert other.read_at is None
    assert count_unread(actor=Actor.anonymous()) == 0
