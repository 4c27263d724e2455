"""Live readings come in: who may, what is right about them, and when they count as kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import Q

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed
from fairwatt.core.files.privacy import is_mpan
from fairwatt.core.files.profile import Kind
from fairwatt.lake.engine import micros_of
from fairwatt.lake.live.line_points import MalformedLine, parse_lines
from fairwatt.lake.live.payloads import parse_arrow, parse_csv, parse_json, parse_json_lines
from fairwatt.lake.live.points import Points, Rejection, check_precision
from fairwatt.records.models import Dataset, LiveFeed, LiveRequest
from fairwatt.services.access import find_standing, no_such_dataset
from fairwatt.services.actors import WRITE, Actor, require_user
from fairwatt.services.lakes import get_lake
from fairwatt.services.live_channels import declare_channels, known_channels
from fairwatt.services.live_feeds import no_feed
from fairwatt.services.pseudonyms import Pseudonyms, keep_pseudonyms

__all__ = [
    "FORMS",
    "Accepted",
    "MalformedLine",
    "Rejection",
    "accept_points",
    "find_writable",
    "write_lines",
    "write_readings",
]

FORMS: dict[str, Callable[[bytes, str], Points]] = {
    "json": lambda body, precision: parse_json(body, precision=precision),
    "ndjson": lambda body, precision: parse_json_lines(body, precision=precision),
    "csv": lambda body, precision: parse_csv(body, precision=precision),
    "arrow": lambda body, _precision: parse_arrow(body),
}
LONGEST_KEY = 200
_LARGE = 1 << 20  # bytes
_LARGE_ONES = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was written down: points (a series at a time) and readings (their values)."""

    points: int
    readings: int
    rejected: tuple[Rejection, ...] = ()


def find_writable(actor: Actor, name: str) -> LiveFeed:
    """The feed that a token may write to, by its dataset's key or identifier.

    Raises
    ------
    NotSignedIn, NotAllowed
        Where this is no token for writing, or its person no longer answers for the dataset.
    NotFound
        Where there is no such dataset that this token is for, or it has no feed.
    Conflict
        Where the feed is closed.
    """
    require_user(actor, WRITE)
    if actor.scopes is None:
        raise NotAllowed(
            "Live readings are written with a deploy token.",
            next_step="Make one on the dataset's page, under “Live feed”.",
        )
    if not name.isprintable():
        raise no_such_dataset(ascii(name)[:40])
    named = Q(dataset__key=name) | (Q(dataset__identifier=name) if name else Q())
    feed = LiveFeed.objects.select_related("dataset", "file").filter(named, dataset=actor.dataset_id).first()
    if feed is None:
        known = Dataset.objects.filter(Q(key=name) | Q(identifier=name), deploy_tokens__dataset=actor.dataset_id)
        raise no_feed(name) if name and known.exists() else no_such_dataset(name)
    if not find_standing(actor).owns(feed.dataset):
        raise NotAllowed("Whoever made this token no longer answers for the dataset.", where={"dataset": name})
    if feed.closed_at is not None or feed.dataset.state == Dataset.State.WITHDRAWN:
        raise Conflict("This live feed is closed.", where={"dataset": name}, next_step="Its people can open it again.")
    return feed


def write_readings(
    *,
    actor: Actor,
    dataset_key: str,
    body: bytes,
    form: str,
    at: datetime,
    precision: str = "",
    idempotency_key: str = "",
) -> Accepted:
    """Write live readings down, all of the request or nothing; when this returns they are on the disk.

    Parameters
    ----------
    form
        ``json``, ``ndjson``, ``csv`` or ``arrow``.
    precision
        Of times that are whole numbers: ``s``, ``ms``, ``us`` or ``ns``; "" where times are text.
    idempotency_key
        A name of the request: the same one again is answered as before, and adds nothing.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound, Conflict
        As :func:`find_writable` does.
    InvalidInput
        Where something can't be taken; the message names the record and the field.
    Overloaded
        Where the platform takes no more for now.
    """
    feed = find_writable(actor, dataset_key)
    get_lake().live_log.refuse_when_full(feed.dataset.table)
    digest = sha256(body).hexdigest()
    if idempotency_key:
        earlier = _find_earlier(feed, idempotency_key, digest)
        if earlier is not None:
            return earlier
    check_precision(precision or "s")
    with _room_for(len(body)):
        accepted = accept_points(feed, FORMS[form](body, precision), at=at)
    return _keep_answer(feed, idempotency_key, digest, accepted, at) if idempotency_key else accepted


def write_lines(*, actor: Actor, bucket: str, text: str, precision: str, at: datetime) -> Accepted:
    """Write line protocol down; points that don't fit their channels are left out and told, as InfluxDB does.

    Raises
    ------
    MalformedLine
        Where a line can't be told apart: nothing is written then.
    """
    feed = find_writable(actor, bucket)
    get_lake().live_log.refuse_when_full(feed.dataset.table)
    check_precision(precision)
    with _room_for(len(text)):
        points = parse_lines(text, precision=precision, now_us=micros_of(at))
        return accept_points(feed, points, at=at, is_partial=True)


def _room_for(size: int) -> AbstractContextManager[object]:
    """Let few large bodies be taken apart at once: each takes many times its size in memory meanwhile."""
    return _LARGE_ONES if size > _LARGE else nullcontext()


def accept_points(
    feed: LiveFeed, points: Points, *, at: datetime, is_partial: bool = False, waits: bool = True
) -> Accepted:
    """Check points, make channels of names that are new, and write all down.

    Parameters
    ----------
    is_partial
        Leaves out what can't be taken, and tells of it, where otherwise the whole is refused.
    waits
        False where the caller syncs the log itself, once for many.
    """
    points.pad()
    known = known_channels(feed, points.columns)
    kinds = points.check(at, {name: channel.kind for name, channel in known.items()})
    rejected = tuple(sorted(points.rejected, key=lambda one: one.place))
    if not is_partial:
        points.refuse_rejected()
    points = points.taken()
    if not points.starts:
        return Accepted(0, 0, rejected)
    channels = _declare(feed, points, kinds)
    _conceal_series(feed, points)
    payload = points.to_arrow({name: (one.field, one.kind) for name, one in channels.items()})
    get_lake().live_log.append(feed.dataset.table, feed.file.key, payload, waits=waits)
    return Accepted(len(points.starts), points.readings, rejected)


def _declare(feed: LiveFeed, points: Points, kinds: dict[str, Kind]) -> dict:  # type: ignore[type-arg]
    return declare_channels(feed, {name: kinds[name] for name in points.columns})


def _conceal_series(feed: LiveFeed, points: Points) -> None:
    """Let other names stand for the numbers of supply points, as they do where files hold them."""
    if not any(is_mpan(name) for name in set(points.series)):
        return
    names = Pseudonyms()
    concealed = {name: names(name) if is_mpan(name) else name for name in set(points.series)}
    points.series = [concealed[name] for name in points.series]
    keep_pseudonyms(feed.dataset, names.made)


def _find_earlier(feed: LiveFeed, key: str, digest: str) -> Accepted | None:
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidInput(
            f"An Idempotency-Key is printable, of at most {LONGEST_KEY} characters.",
            where={"header": "Idempotency-Key"},
        )
    earlier = LiveRequest.objects.filter(feed=feed, key=key).first()
    return None if earlier is None else _answered(earlier, digest)


def _answered(earlier: LiveRequest, digest: str) -> Accepted:
    if earlier.digest != digest:
        raise InvalidInput(
            "Another request was sent with this Idempotency-Key.",
            where={"header": "Idempotency-Key"},
            next_step="Give each request a key of its own.",
        )
    return Accepted(earlier.answer["points"], earlier.answer["readings"])


def _keep_answer(feed: LiveFeed, key: str, digest: str, accepted: Accepted, at: datetime) -> Accepted:
    """Keep the answer; whoever dies before this is answered anew, and its readings are told as come before."""
    answer = {"points": accepted.points, "readings": accepted.readings}
    try:
        with transaction.atomic():
            LiveRequest.objects.create(feed=feed, key=key, digest=digest, answer=answer, at=at)
    except IntegrityError:  # the same request came twice at once: the readings of one are told as repeated
        return _answered(LiveRequest.objects.get(feed=feed, key=key), digest)
    return accepted
