"""The audit log: every change adds one event in its own transaction; nobody edits it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from fairwatt.core.errors import NotAllowed
from fairwatt.records.models import AuditEvent, Comment, Dataset, DatasetVersion, Deposit, File, Job, Upload
from fairwatt.services.actors import Actor, is_steward, require_user

MOST_EVENTS = 500
_MOST_COMPARED = 200


def record_event(
    *,
    actor: Actor,
    verb: str,
    subject: models.Model,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add an event to the audit log; call it inside the transaction of what it tells of.

    Parameters
    ----------
    verb
        A noun and a past participle: ``deposit.submitted``, ``token.revoked``.
    subject
        What it happened to.
    detail
        What else should be known, as JSON. Never a secret.
    """
    return AuditEvent.objects.create(
        at=at,
        actor_id=actor.user.pk if actor.user is not None else None,
        actor_label=actor.label,
        verb=verb,
        subject_type=type(subject).__name__.lower(),
        subject_id=_name_of(subject),
        subject_label=str(subject).replace("\0", "")[:300],
        dataset_key=_dataset_key(subject),
        detail=dict(detail or {}),
        address=actor.address,
    )


def has_event(
    *,
    actor: Actor,
    verb: str,
    subject: models.Model,
    since: datetime,
    detail: Mapping[str, Any] | None = None,
    is_anywhere: bool = False,
) -> bool:
    """Whether the log has this of this actor since an instant, that counted in.

    Parameters
    ----------
    detail
        Where it is given, only an event with just this detail counts.
    is_anywhere
        Whether events from another network address count too.
    """
    events = AuditEvent.objects.filter(
        subject_id=_name_of(subject),
        verb=verb,
        actor_id=actor.user.pk if actor.user is not None else None,
        at__gte=since,
    )
    if not is_anywhere:
        events = events.filter(address=actor.address)
    if detail is None:
        return events.exists()
    return any(dict(detail) == known for known in events.values_list("detail", flat=True)[:_MOST_COMPARED])


def list_events(
    *, actor: Actor, dataset: Dataset | None = None, limit: int = 100, before: int | None = None
) -> list[AuditEvent]:
    """Events, latest first: all for managers, those of a dataset for its depositor and its provider's stewards.

    Parameters
    ----------
    limit
        At most this many (no more than 500).
    before
        Only events older than the one with this id, for paging.

    Raises
    ------
    NotAllowed
        For anybody else.
    """
    user = require_user(actor)
    mine = dataset is not None and (dataset.created_by_id == user.pk or is_steward(actor, dataset.provider))
    if not (actor.is_manager or mine):
        raise NotAllowed(
            "The audit log is for data managers, and for those who answer for a dataset.",
            next_step="Open the log of a dataset of your own organisation, or ask a data manager.",
        )
    events = AuditEvent.objects.order_by("-id")
    if dataset is not None:
        events = events.filter(dataset_key=dataset.key)
    if before is not None:
        events = events.filter(pk__lt=before)
    return list(events[: max(1, min(limit, MOST_EVENTS))])


def _name_of(subject: models.Model) -> str:
    for attribute in ("key", "code", "pk"):
        value = getattr(subject, attribute, None)
        if value is not None:
            return str(value)[:60]
    return ""


def _dataset_key(subject: models.Model) -> str:
    match subject:
        case Dataset():
            return subject.key
        case File() | Deposit() | DatasetVersion():
            return subject.dataset.key
        case Upload() | Comment():
            return subject.deposit.dataset.key
        case Job() if subject.dataset is not None:
            return subject.dataset.key
        case _:
            return ""
