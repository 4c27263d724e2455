"""Telling people: in the portal, and by mail once what happened is stored."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.mail import send_mail
from django.db import transaction

from fairwatt.records.models import Notification, Organization, User
from fairwatt.services.actors import Actor, require_user
from fairwatt.services.links import absolute
from fairwatt.services.projects import get_project

log = logging.getLogger(__name__)

MOST_NOTIFICATIONS = 200


def notify(
    *,
    recipients: Iterable[User],
    text: str,
    url: str,
    at: datetime,
    mail: bool = True,
    subject: str = "",
) -> list[Notification]:
    """Tell people something, once each.

    Parameters
    ----------
    text
        What happened and what is wanted of them: one or two sentences, cut at 500 characters.
    url
        A path of the portal.
    mail
        Whether to send it by mail too, after the transaction has succeeded. A mail that can't be sent is
        logged; it never undoes what it tells of.
    subject
        The mail's subject; by default the text's first sentence.
    """
    people = {user.pk: user for user in recipients if user.is_active}
    rows = Notification.objects.bulk_create(
        Notification(recipient=user, created_at=at, text=text[:500], url=url) for user in people.values()
    )
    if mail and people:
        heading = " ".join((subject or text.split(". ", maxsplit=1)[0]).split())[:150]  # a mail's head has one line
        addresses = [user.email for user in people.values()]
        transaction.on_commit(lambda: send_mails(addresses, heading, f"{text}\n\n{absolute(url)}\n"), robust=True)
    return rows


def send_mails(addresses: Sequence[str], subject: str, body: str) -> None:
    """Send one mail to each address; what can't be sent is logged."""
    name = get_project().branding.name
    for address in addresses:
        try:
            send_mail(f"[{name}] {subject}", body, None, [address])
        except Exception:  # whatever a mail server does must not undo what was done
            log.exception("A mail to %s could not be sent: %s", address, subject)


def managers() -> list[User]:
    """Everybody who answers for the platform's data."""
    return list(User.objects.filter(is_manager=True, is_active=True))


def stewards(organization: Organization | None) -> list[User]:
    """Everybody who answers for an organisation's data."""
    if organization is None:
        return []
    return list(
        User.objects.filter(
            memberships__organization=organization, memberships__role="steward", is_active=True
        ).distinct()
    )


def list_notifications(*, actor: Actor, limit: int = 50, unread_only: bool = False) -> list[Notification]:
    """The actor's own notifications, latest first."""
    rows = Notification.objects.filter(recipient=require_user(actor))
    if unread_only:
        rows = rows.filter(read_at__isnull=True)
    return list(rows[: max(1, min(limit, MOST_NOTIFICATIONS))])


def count_unread(*, actor: Actor) -> int:
    """How many the actor has not read; 0 for somebody not signed in."""
    if not actor.is_signed_in:
        return 0
    return Notification.objects.filter(recipient=actor.user, read_at__isnull=True).count()


def mark_read(*, actor: Actor, at: datetime, ids: Iterable[int] | None = None) -> int:
    """Mark the actor's notifications as read, all or those of ``ids``; how many were not before."""
    rows = Notification.objects.filter(recipient=require_user(actor), read_at__isnull=True)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    return rows.update(read_at=at)
