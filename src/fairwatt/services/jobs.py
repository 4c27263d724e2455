"""The durable queue: what is asked for stays in the database until it is done, whatever dies in between.

A worker holds a job by a lease that a heartbeat renews. A lease that ran out means that the worker is gone: the
job is taken up again, at most ``max_attempts`` times. So handlers must be idempotent. A handler that is overtaken
notices at its next step and must not store anything: see :meth:`JobContext.require_held`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from fairwatt.core.errors import Cancelled, Conflict, NotFound
from fairwatt.records.models import Dataset, File, Job, Membership, User
from fairwatt.services.actors import MANAGE, Actor, require_user
from fairwatt.services.audit import record_event

LEASE = timedelta(seconds=60)
BACKOFF_S = (5, 60, 300)  # before the second, third, … attempt [s]
LOOK_EVERY_S = 0.5  # how often a running job asks the database whether it is to stop [s]
LOG_LENGTH = 20_000  # characters kept of a job's log

Clock = Callable[[], datetime]
JobHandler = Callable[["JobContext"], None]
FailureHook = Callable[[Job, str, datetime], None]


@dataclass(frozen=True)
class JobKind:
    """What is done for one kind of job, and what is written where it fails for good, is cancelled, or has to wait."""

    run: JobHandler
    on_failed: FailureHook | None = None
    on_put_back: Callable[[Job], None] | None = None


KINDS: dict[str, JobKind] = {}


def register(
    kind: str, *, on_failed: FailureHook | None = None, on_put_back: Callable[[Job], None] | None = None
) -> Callable[[JobHandler], JobHandler]:
    """Say which function does a kind of job.

    Parameters
    ----------
    on_failed
        Called as ``on_failed(job, reason, at)`` inside the transaction that marks a job as failed or cancelled.
    on_put_back
        Called inside the transaction that puts a job back into the queue.
    """

    def keep(run: JobHandler) -> JobHandler:
        KINDS[kind] = JobKind(run, on_failed, on_put_back)
        return run

    return keep


class Overtaken(Exception):  # noqa: N818 - no fault, and nobody is told
    """Another worker holds this job now: whatever this one would still write must not be written."""


class Stopping(Exception):  # noqa: N818 - no fault, and nobody is told
    """The worker was told to stop: the job goes back to the queue."""


@dataclass
class JobContext:
    """A running job, as its handler sees it.

    Attributes
    ----------
    job
        The row, as it was when the work began.
    stop
        Set when the worker is to stop: the job is put back.
    lost
        Set by the heartbeat when the lease could not be kept.
    """

    job: Job
    clock: Clock = timezone.now
    stop: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)
    _looked: float = field(default=float("-inf"), init=False)
    _cancelled: bool = field(default=False, init=False)
    _stage: str = field(default="", init=False)

    @property
    def payload(self) -> dict[str, Any]:
        """What the job is about."""
        payload: dict[str, Any] = self.job.payload
        return payload

    def progress(self, share: float, stage: str = "") -> None:
        """Note how far the work is; written at most twice a second unless the stage changes.

        Parameters
        ----------
        share
            0 to 1.
        stage
            What is being done, in words for people; the last one stays where empty.

        Raises
        ------
        Cancelled, Overtaken, Stopping
            Where the work is to stop.
        """
        due = time.monotonic() - self._looked >= LOOK_EVERY_S
        if not due and (not stage or stage == self._stage):
            return
        self._stage = (stage or self._stage)[:200]
        held = self._mine().update(progress=min(max(share, 0.0), 1.0), stage=self._stage)
        if not held:
            self.lost.set()
        self.check()

    def log(self, line: str) -> None:
        """Add a line to the job's log."""
        entry = f"{self.clock():%H:%M:%S} {line}\n".replace("\0", "")
        if len(self.job.log) + len(entry) <= LOG_LENGTH:
            self.job.log += entry
            self._mine().update(log=Concat(F("log"), Value(entry)))

    def is_cancelled(self) -> bool:
        """Whether the work is to stop: somebody cancelled it, the worker ends, or another one took it over."""
        if self.stop.is_set() or self.lost.is_set():
            return True
        now = time.monotonic()
        if not self._cancelled and now - self._looked >= LOOK_EVERY_S:
            self._looked = now
            row = self._mine().values_list("cancel_requested", flat=True).first()
            if row is None:
                self.lost.set()
            self._cancelled = bool(row)
        return self._cancelled or self.lost.is_set()

    def check(self) -> None:
        """Raise where the work is to stop."""
        if not self.is_cancelled():
            return
        if self.lost.is_set():
            raise Overtaken
        if self._cancelled:
            raise Cancelled("The work was cancelled.")
        raise Stopping

    def require_held(self) -> None:
        """Lock the job's row and raise unless this worker still holds it; call it before storing results.

        Must be called inside the transaction that stores them.
        """
        row = self._mine().select_for_update().values_list("cancel_requested", flat=True).first()
        if row is None:
            self.lost.set()
            raise Overtaken
        if row:
            self._cancelled = True
            raise Cancelled("The work was cancelled.")

    def renew(self) -> bool:
        """Renew the lease; whether this worker still holds the job."""
        return bool(self._mine().update(lease_until=self.clock() + LEASE))

    def _mine(self) -> QuerySet[Job]:
        return _held(self.job)


def _held(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, worker=job.worker, attempts=job.attempts)


def enqueue_job(
    *,
    kind: str,
    payload: dict[str, Any],
    at: datetime,
    file: File | None = None,
    dataset: Dataset | None = None,
    created_by: User | None = None,
    max_attempts: int = 3,
) -> Job:
    """Ask for work; it begins once the transaction has succeeded.

    A file has at most one waiting job of a kind: asking again renews it. A job of that kind that is running
    already is told to stop, and the new one waits for its end.
    """
    values: dict[str, Any] = {
        "payload": payload,
        "dataset": dataset,
        "created_by": created_by,
        "run_after": at,
        "max_attempts": max_attempts,
    }
    if file is None:
        return Job.objects.create(kind=kind, created_at=at, **values)
    Job.objects.filter(kind=kind, file=file, state=Job.State.RUNNING).update(cancel_requested=True)
    job, made = Job.objects.get_or_create(
        kind=kind, file=file, state=Job.State.QUEUED, defaults={"created_at": at, **values}
    )
    if not made:
        Job.objects.filter(pk=job.pk).update(attempts=0, error="", **values)
        job.refresh_from_db()
    return job


def claim_job(*, worker: str, at: datetime) -> Job | None:
    """Take the next job that is due, or one whose worker is gone; None where there is nothing to do.

    Two workers never get the same job: rows are locked (and skipped by others) on PostgreSQL, and SQLite lets one
    writer in at a time.

    Parameters
    ----------
    worker
        A name no other running worker has.
    """
    if not _due(at).exists():  # a glance that takes no lock
        return None
    while True:
        try:
            with transaction.atomic():
                job = _due(at).select_for_update(skip_locked=True).first()
                if job is None:
                    return None
                if not _give_up(job, at):
                    return _take(job, worker, at)
        except IntegrityError:  # another worker began a job of the same file in this instant
            return None


def _due(at: datetime) -> QuerySet[Job]:
    running = Job.objects.filter(state=Job.State.RUNNING)
    # A queued job waits while its file is being read; the constraint job_running_once is the last word.
    busy = running.filter(file__isnull=False, lease_until__gte=at).values("file")
    queued = Q(state=Job.State.QUEUED, run_after__lte=at) & (Q(file__isnull=True) | ~Q(file__in=busy))
    abandoned = Q(state=Job.State.RUNNING, lease_until__lt=at)
    # An abandoned job comes before a queued one of its file.
    return Job.objects.filter(queued | abandoned).order_by("-state", "run_after", "pk")


def _give_up(job: Job, at: datetime) -> bool:
    """Close an abandoned job that was cancelled, or tried often enough; whether it was."""
    if job.state != Job.State.RUNNING:
        return False
    if job.cancel_requested:
        close_job(job, state=Job.State.CANCELLED, reason="It was cancelled.", at=at)
        return True
    if job.attempts >= job.max_attempts:
        reason = f"The worker stopped in the middle {job.attempts} times. A data manager can look at its log."
        close_job(job, state=Job.State.FAILED, reason=reason, at=at)
        return True
    return False


def _take(job: Job, worker: str, at: datetime) -> Job:
    job.state, job.worker = Job.State.RUNNING, worker
    job.attempts += 1
    job.started_at, job.lease_until = at, at + LEASE
    job.progress, job.stage = 0, "Starting"
    job.save(update_fields=["state", "worker", "attempts", "started_at", "lease_until", "progress", "stage"])
    return job


def close_job(job: Job, *, state: str, reason: str, at: datetime) -> bool:
    """End a job that this process holds (or, queued, that nobody does); whether it still did."""
    with transaction.atomic():
        queued = job.state == Job.State.QUEUED
        rows = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED) if queued else _held(job)
        values: dict[str, Any] = {"state": state, "finished_at": at, "lease_until": None, "error": reason[:2000]}
        if state == Job.State.DONE:
            values |= {"progress": 1.0, "stage": "Done"}
        if not rows.update(**values):
            return False
        kind = KINDS.get(job.kind)
        if state != Job.State.DONE and kind is not None and kind.on_failed is not None:
            kind.on_failed(job, reason, at)
    job.refresh_from_db()
    return True


def put_back(job: Job, *, at: datetime, reason: str, wait_s: float, counts: bool = True) -> None:
    """Queue a job again after ``wait_s`` seconds [s]; ``counts`` says whether this was an attempt.

    Where its file has a newer job waiting, this one is cancelled instead.
    """
    values = {
        "state": Job.State.QUEUED,
        "run_after": at + timedelta(seconds=wait_s),
        "lease_until": None,
        "worker": "",
        "error": reason[:2000],
        "stage": "Waiting to be tried again" if counts else "",
        "attempts": F("attempts") - (0 if counts else 1),
    }
    try:
        with transaction.atomic():
            kind = KINDS.get(job.kind)
            if _held(job).update(**values) and kind is not None and kind.on_put_back is not None:
                kind.on_put_back(job)
    except IntegrityError:
        with transaction.atomic():
            _held(job).update(state=Job.State.CANCELLED, finished_at=at, lease_until=None, error=reason[:2000])
    job.refresh_from_db()


@transaction.atomic
def cancel_job(*, actor: Actor, job_id: int, at: datetime) -> Job:
    """Cancel a job: a waiting one at once, a running one at its next step.

    Raises
    ------
    NotFound
        Where there is none that the actor may see.
    Conflict
        Where it has ended already.
    """
    job = get_job(actor=actor, job_id=job_id)
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state == Job.State.QUEUED:
        close_job(job, state=Job.State.CANCELLED, reason=f"{actor.label} cancelled it.", at=at)
    elif job.state == Job.State.RUNNING:
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)
        job.refresh_from_db()
    else:
        raise Conflict("This job has ended already.", where={"job": job_id})
    record_event(actor=actor, verb="job.cancelled", subject=job, at=at)
    return job


def get_job(*, actor: Actor, job_id: int) -> Job:
    """A job, for who asked for it, who takes part in its deposit, and managers.

    Raises
    ------
    NotFound
        For everybody else.
    """
    job = Job.objects.select_related("file", "dataset").filter(pk=job_id).first()
    if job is None or not _may_see(actor, job):
        raise NotFound("There is no such job.", where={"job": job_id})
    return job


def _may_see(actor: Actor, job: Job) -> bool:
    if actor.may(MANAGE):
        return True
    user = require_user(actor)
    if job.created_by_id == user.pk:
        return True
    dataset = job.dataset or (job.file.dataset if job.file is not None else None)
    deposit = getattr(dataset, "deposit", None)
    if deposit is None:
        return False
    return (
        deposit.created_by_id == user.pk
        or Membership.objects.filter(user=user, organization=deposit.organization_id).exists()
    )
