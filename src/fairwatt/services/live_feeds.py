"""Live feeds of datasets: opened and closed by those whose dataset it is, with tokens that can do nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from fairwatt.core.errors import Conflict, NotAllowed, NotFound
from fairwatt.core.identifiers import new_key
from fairwatt.records.models import ApiToken, Channel, Dataset, File, LiveFeed
from fairwatt.services.access import find_standing, no_such_dataset, visible_datasets
from fairwatt.services.actors import Actor, require_user
from fairwatt.services.audit import record_event
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from fairwatt.services.tokens import create_deploy_token

FILE_NAME = "Live readings"
FORMAT = "Live"


@dataclass(frozen=True, slots=True)
class LiveState:
    """What a dataset's live feed is doing now, for its page.

    Attributes
    ----------
    feed
        None where none was ever opened.
    lag_s
        From the latest reading's start to now [s].
    behind
        Bytes that are acknowledged and wait to be put into tables, over all feeds.
    """

    dataset: Dataset
    feed: LiveFeed | None
    channels: tuple[Channel, ...]
    tokens: tuple[ApiToken, ...]
    lag_s: float | None
    behind: int

    @property
    def readings(self) -> int:
        """How many readings have come."""
        return sum(channel.count for channel in self.channels)

    @property
    def is_open(self) -> bool:
        """Whether it takes readings."""
        return self.feed is not None and self.feed.closed_at is None


def find_own_dataset(actor: Actor, key: str) -> Dataset:
    """A dataset that the actor answers for.

    Raises
    ------
    NotFound
        Where there is none that the actor may know of.
    NotAllowed
        Where it is somebody else's.
    """
    require_user(actor)
    dataset = visible_datasets(actor).select_related("provider").filter(key=key).first()
    if dataset is None:
        raise no_such_dataset(key)
    if not find_standing(actor).owns(dataset):
        raise NotAllowed(
            "The live feed of a dataset is for its provider's people and data managers.", where={"dataset": key}
        )
    return dataset


def get_live_state(*, actor: Actor, dataset_key: str, at: datetime) -> LiveState:
    """What a dataset's live feed is doing.

    Raises
    ------
    NotFound, NotAllowed
        As :func:`find_own_dataset` does.
    """
    dataset = find_own_dataset(actor, dataset_key)
    feed = LiveFeed.objects.select_related("file").filter(dataset=dataset).first()
    if feed is None:
        return LiveState(dataset, None, (), (), None, 0)
    last = feed.file.last_start
    return LiveState(
        dataset=dataset,
        feed=feed,
        channels=tuple(feed.file.channels.all()),
        tokens=tuple(ApiToken.objects.filter(dataset=dataset).select_related("user")),
        lag_s=max(0.0, (at - last).total_seconds()) if last else None,
        behind=get_lake().live_log.behind(),
    )


@transaction.atomic
def open_live_feed(*, actor: Actor, dataset_key: str, at: datetime) -> LiveFeed:
    """Let a dataset take live readings, for the first time or again.

    Raises
    ------
    NotFound, NotAllowed
        As :func:`find_own_dataset` does.
    Conflict
        Where the dataset has been withdrawn.
    """
    dataset = find_own_dataset(actor, dataset_key)
    dataset = Dataset.objects.select_for_update(of=("self",)).get(pk=dataset.pk)
    if dataset.state == Dataset.State.WITHDRAWN:
        raise Conflict("A dataset that was withdrawn takes no readings.", where={"dataset": dataset.key})
    feed = LiveFeed.objects.filter(dataset=dataset).first()
    if feed is None:
        feed = LiveFeed.objects.create(
            dataset=dataset, file=_make_file(actor, dataset, at), opened_at=at, opened_by=actor.user
        )
        update_totals(dataset, at=at)
    elif feed.closed_at is None:
        return feed
    else:
        feed.closed_at = None
        feed.save(update_fields=["closed_at"])
        File.objects.filter(pk=feed.file_id).update(readings_sha256="")  # it grows again
    record_event(actor=actor, verb="live_feed.opened", subject=dataset, at=at)
    return feed


def _make_file(actor: Actor, dataset: Dataset, at: datetime) -> File:
    """The row that stands for all that comes live: it has no bytes of its own, its readings are the record."""
    last = dataset.files.aggregate(last=Max("position"))["last"] or 0
    return File.objects.create(
        dataset=dataset,
        key=new_key(secrets.token_bytes(16), naan=get_project().identifiers.naan),
        name=FILE_NAME,
        original_name=FILE_NAME,
        position=last + 1,
        sha256="",
        size=0,
        format=FORMAT,
        kind=File.Kind.READINGS,
        state=File.State.READ,
        received_at=at,
        received_by=actor.user,
    )


@transaction.atomic
def close_live_feed(*, actor: Actor, dataset_key: str, at: datetime) -> LiveFeed:
    """Take no more readings; what was acknowledged stays, and the feed can be opened again.

    Raises
    ------
    NotFound
        Where the dataset has no live feed.
    """
    dataset = find_own_dataset(actor, dataset_key)
    feed = LiveFeed.objects.select_for_update(of=("self",)).filter(dataset=dataset).first()
    if feed is None:
        raise no_feed(dataset_key)
    if feed.closed_at is None:
        feed.closed_at = at
        feed.save(update_fields=["closed_at"])
        record_event(actor=actor, verb="live_feed.closed", subject=dataset, at=at)
    return feed


def make_deploy_token(*, actor: Actor, dataset_key: str, name: str, days: int, at: datetime) -> tuple[ApiToken, str]:
    """Make a token that writes into this dataset's live feed, and does nothing else; its secret is returned once.

    Raises
    ------
    InvalidInput
        Where name or days can't be used.
    NotFound, NotAllowed
        As :func:`find_own_dataset` does.
    """
    dataset = find_own_dataset(actor, dataset_key)
    return create_deploy_token(actor=actor, dataset=dataset, name=name, days=days, at=at)


def list_live_datasets(keys: Sequence[int]) -> set[int]:
    """Of datasets, those with an open feed."""
    return set(LiveFeed.objects.filter(dataset__in=keys, closed_at=None).values_list("dataset_id", flat=True))


def no_feed(dataset_key: str) -> NotFound:
    """The error for a dataset without a live feed."""
    return NotFound(
        "This dataset has no live feed.",
        where={"dataset": dataset_key},
        next_step="Open one on the dataset's page, under “Live feed”.",
    )
