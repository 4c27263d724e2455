"""Withdrawing a dataset, and undoing that.

The data of one that is withdrawn can't be had any more; its page, certificate and permanent address stay.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fairwatt.core.errors import Conflict, InvalidInput
from fairwatt.core.metadata import Withdrawal
from fairwatt.records.models import Dataset, Deposit, LiveFeed, User
from fairwatt.records.search import index_datasets
from fairwatt.services.access import no_such_dataset
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.audit import record_event
from fairwatt.services.links import dataset_path
from fairwatt.services.listings import note_change
from fairwatt.services.notifications import notify, stewards

LEAST_REASON = 10  # characters
_LONGEST = 200
_WITHDRAWAL = ("state", "withdrawn_at", "withdrawal_reason", "withdrawn_by")


@transaction.atomic
def withdraw_dataset(
    *, actor: Actor, dataset_key: str, reason: str, confirmation: str, at: datetime, decided_by: str = ""
) -> Dataset:
    """Withdraw a published dataset: nobody but its owners is given its data from now on, and its page says why.

    Parameters
    ----------
    reason
        Stands on the page, for everyone.
    confirmation
        The dataset's identifier, or its key where it has none.
    decided_by
        Who decided it, as the page names them; by default the platform's data managers.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    NotFound
        Where there is no such dataset.
    InvalidInput
        Where no reason is given, or the confirmation differs.
    Conflict
        Where it is not published.
    """
    require_manager(actor)
    dataset = Dataset.objects.select_for_update(of=("self",)).filter(key=dataset_key).first()
    if dataset is None:
        raise no_such_dataset(dataset_key)
    if dataset.state != Dataset.State.PUBLISHED:
        raise Conflict(
            f"Only published datasets can be withdrawn; this one is {dataset.get_state_display().lower()}.",
            where={"dataset": dataset.key, "state": dataset.state},
        )
    _refuse_unclear(dataset, reason, confirmation)
    LiveFeed.objects.filter(dataset=dataset, closed_at=None).update(closed_at=at)
    dataset.state, dataset.withdrawn_at = Dataset.State.WITHDRAWN, at
    dataset.restored_at, dataset.restoration_reason = None, ""
    dataset.withdrawal_reason = reason.strip()
    dataset.withdrawn_by = decided_by.replace("\0", "").strip()[:_LONGEST]
    dataset.save(update_fields=[*_WITHDRAWAL, "restored_at", "restoration_reason"])
    index_datasets(Dataset.objects.filter(pk=dataset.pk))
    note_change(dataset, at=at)
    detail = {"reason": dataset.withdrawal_reason, "decided_by": dataset.withdrawn_by}
    record_event(actor=actor, verb="dataset.withdrawn", subject=dataset, at=at, detail=detail)
    tell_providers(
        dataset, f"“{dataset.title}” has been withdrawn. Reason: {dataset.withdrawal_reason}", actor=actor, at=at
    )
    return dataset


@transaction.atomic
def restore_dataset(*, actor: Actor, dataset_key: str, reason: str, at: datetime) -> Dataset:
    """Undo a withdrawal: whoever could have the data can have them again, and the page says since when and why.

    All versions, files and addresses are as they were, certificates and their signatures too: they never said that it
    was withdrawn. Catalogues, feeds and harvesters are told of a change; its DOIs are findable again. A live feed that
    the withdrawal closed stays closed.

    Parameters
    ----------
    reason
        Stands on the page, for everyone, beside that of the withdrawal.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    NotFound
        Where there is no such dataset.
    InvalidInput
        Where no reason is given.
    Conflict
        Where it is not withdrawn, or was erased: what is gone can't be brought back.
    """
    require_manager(actor)
    dataset = Dataset.objects.select_for_update(of=("self",)).filter(key=dataset_key).first()
    if dataset is None:
        raise no_such_dataset(dataset_key)
    if dataset.state != Dataset.State.WITHDRAWN or dataset.erased_at is not None:
        what = "was erased, for good" if dataset.erased_at else f"is {dataset.get_state_display().lower()}"
        raise Conflict(
            f"Only a withdrawal can be undone; this dataset {what}.",
            where={"dataset": dataset.key, "state": dataset.state},
        )
    if len(reason.strip()) < LEAST_REASON:
        raise InvalidInput("Say why, in a sentence: it stands on the page.", where={"field": "reason"})
    dataset.state, dataset.restored_at = Dataset.State.PUBLISHED, at
    dataset.restoration_reason = reason.strip()
    dataset.save(update_fields=["state", "restored_at", "restoration_reason"])
    index_datasets(Dataset.objects.filter(pk=dataset.pk))
    note_change(dataset, at=at)
    withdrawn_at = dataset.withdrawn_at.isoformat() if dataset.withdrawn_at else ""
    detail = {
        "reason": dataset.restoration_reason,
        "withdrawn_at": withdrawn_at,
        "withdrawal_reason": dataset.withdrawal_reason,
        "withdrawn_by": dataset.withdrawn_by,
    }
    record_event(actor=actor, verb="dataset.restored", subject=dataset, at=at, detail=detail)
    told = f"“{dataset.title}” is published again. Reason: {dataset.restoration_reason}"
    tell_providers(dataset, told, actor=actor, at=at)
    return dataset


def _refuse_unclear(dataset: Dataset, reason: str, confirmation: str) -> None:
    if len(reason.strip()) < LEAST_REASON:
        raise InvalidInput("Say why, in a sentence: it stands on the page.", where={"field": "reason"})
    wanted = confirmation_of(dataset)
    if confirmation.strip() != wanted:
        raise InvalidInput(
            f"To confirm, type {wanted} exactly as it is written.",
            where={"field": "confirmation"},
            next_step="Nothing was withdrawn.",
        )


def confirmation_of(dataset: Dataset) -> str:
    """What has to be typed to confirm it."""
    return dataset.identifier or dataset.key


def tell_providers(dataset: Dataset, text: str, *, actor: Actor, at: datetime) -> None:
    """Tell whoever logged a dataset, and its provider's stewards, what was done to it."""
    deposit = Deposit.objects.select_related("created_by", "organization").filter(dataset=dataset).first()
    people: list[User] = [*stewards(dataset.provider)]
    if deposit is not None:
        people += [deposit.created_by, *stewards(deposit.organization)]
    others = [user for user in people if user != actor.user]
    notify(recipients=others, text=text, url=dataset_path(dataset.key), at=at)


def withdrawal_of(dataset: Dataset) -> Withdrawal | None:
    """What is to be said of a dataset that was withdrawn or erased; None of all others.

    The one place that says it, for pages, forms and feeds alike.
    """
    at = dataset.erased_at or dataset.withdrawn_at
    if at is None or dataset.state == Dataset.State.PUBLISHED:
        return None
    return Withdrawal(
        at=at,
        reason=dataset.withdrawal_reason,
        decided_by=dataset.withdrawn_by,
        is_erased=dataset.erased_at is not None,
    )
