"""The worker: takes jobs from the queue one after another, keeps their leases, and tidies up between them."""

from __future__ import annotations

import errno
import logging
import os
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import Error as DatabaseTrouble
from django.db import connections
from django.utils import timezone

from fairwatt.core.errors import Cancelled, FairwattError, SourceBusy, SourceUnavailable, StorageFull, StoreAway
from fairwatt.records.models import Job
from fairwatt.services import files as _files  # noqa: F401 - registers its kind of job
from fairwatt.services import trial_packages as _trial_packages  # noqa: F401 - the same
from fairwatt.services.dois import schedule_dois
from fairwatt.services.event_counts import schedule_counts
from fairwatt.services.health_scans import schedule_scans
from fairwatt.services.jobs import (
    BACKOFF_S,
    KINDS,
    LEASE,
    Clock,
    JobContext,
    Overtaken,
    Stopping,
    claim_job,
    close_job,
    put_back,
)
from fairwatt.services.lakes import send_originals
from fairwatt.services.link_checks import schedule_link_checks
from fairwatt.services.listings import note_what_is_behind
from fairwatt.services.live_draining import forget_old_requests, run_drain
from fairwatt.services.package_orders import schedule_sums
from fairwatt.services.upkeep import schedule_upkeep
from fairwatt.services.uploads import expire_uploads

log = logging.getLogger(__name__)

BEAT_S = LEASE.total_seconds() / 4
PERIODIC: dict[str, tuple[timedelta, Callable[..., object]]] = {
    "expire-uploads": (timedelta(minutes=5), expire_uploads),
    "upkeep": (timedelta(minutes=5), schedule_upkeep),
    "send-originals": (timedelta(seconds=30), send_originals),
    "note-changes": (timedelta(minutes=1), note_what_is_behind),
    "check-links": (timedelta(minutes=10), schedule_link_checks),
    "give-dois": (timedelta(minutes=10), schedule_dois),
    "forget-live-requests": (timedelta(hours=1), forget_old_requests),
    "scan-health": (timedelta(minutes=10), schedule_scans),
    "count-events": (timedelta(minutes=1), schedule_counts),
    "sum-packages": (timedelta(minutes=10), schedule_sums),
}
LONGEST_PAUSE_S = 30.0
DRAIN_ENDS_WITHIN_S = 5.0


def run_job(*, job: Job, stop: threading.Event | None = None, clock: Clock = timezone.now) -> Job:
    """Do one claimed job to its end, good or bad, keeping its lease meanwhile; never raises for what the job does.

    A job that fails by what was handed in ends as failed, with the reason in words. Full disks, silent sources and
    unexpected faults are tried again after a pause, ``max_attempts`` times in all.
    """
    context = JobContext(job=job, clock=clock, stop=stop or threading.Event())
    try:
        kind = KINDS.get(job.kind)
        if kind is None:
            close_job(job, state=Job.State.FAILED, reason=f"Nobody knows how to do “{job.kind}”.", at=clock())
            return job
        with _heartbeat(context):
            kind.run(context)
        close_job(job, state=Job.State.DONE, reason="", at=clock())
    except Overtaken:
        log.warning("Job %s was taken over by another worker", job.pk)
    except Stopping:
        put_back(job, at=clock(), reason="", wait_s=0, counts=False)
    except Exception as error:  # the queue goes on, whatever a job does
        _end_badly(context, error)
    return job


def _end_badly(context: JobContext, error: Exception) -> None:
    job, at = context.job, context.clock()
    if isinstance(error, Cancelled):
        if context.stop.is_set() and not Job.objects.filter(pk=job.pk, cancel_requested=True).exists():
            put_back(job, at=at, reason="", wait_s=0, counts=False)
            return
        close_job(job, state=Job.State.CANCELLED, reason="It was cancelled.", at=at)
        return
    if isinstance(error, StoreAway):  # however long it stays away: what waits for it goes on by itself
        put_back(job, at=at, reason=_reason(error), wait_s=error.retry_after_s, counts=False)
        return
    error = _in_our_words(error)
    if not isinstance(error, FairwattError):
        log.error("Job %s (%s) failed", job.pk, job.kind, exc_info=error)
        context.log("".join(traceback.format_exception(error))[-4000:])
    again = not isinstance(error, FairwattError) or isinstance(error, SourceUnavailable)
    if again and job.attempts < job.max_attempts:
        wait_s = BACKOFF_S[min(job.attempts, len(BACKOFF_S)) - 1]
        if isinstance(error, SourceBusy):
            wait_s = max(wait_s, error.retry_after_s)
        put_back(job, at=at, reason=_reason(error), wait_s=wait_s)
    else:
        close_job(job, state=Job.State.FAILED, reason=_reason(error), at=at)


def _in_our_words(error: Exception) -> Exception:
    if isinstance(error, FairwattError):
        return error
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}:
            full = StorageFull(
                "The disk of the platform is full. What was received is kept.",
                next_step="Ask a data manager to make room on it, then have the file read again.",
            )
            full.__cause__ = error
            return full
        cause = cause.__cause__
    return error


def _reason(error: Exception) -> str:
    if isinstance(error, FairwattError):
        return str(error)
    return (
        f"The work stopped at a fault of the platform ({type(error).__name__}). What was received is kept. "
        "A data manager can look at the job's log."
    )


@contextmanager
def _heartbeat(context: JobContext) -> Iterator[None]:
    """Renew the lease from a thread of its own while the body runs."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_S):
            try:
                if not context.renew():
                    context.lost.set()
            except DatabaseTrouble:
                log.warning("The lease of job %s could not be renewed; trying again", context.job.pk, exc_info=True)
                connections.close_all()
        connections.close_all()

    thread = threading.Thread(target=beat, name=f"heartbeat-{context.job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=BEAT_S)


def run_pending(*, worker: str = "", clock: Clock = timezone.now, limit: int = 10_000) -> int:
    """Do all jobs that are due, in this thread, and come back; how many were begun. For set-up and tests."""
    name = worker or f"inline-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    for done in range(limit):
        job = claim_job(worker=name, at=clock())
        if job is None:
            return done
        run_job(job=job, clock=clock)
    return limit


def run_worker(*, name: str, stop: threading.Event, poll_s: float = 0.2) -> None:
    """Do the queued jobs until ``stop`` is set, tidying up between them; outlives a database that goes away.

    A job that runs when ``stop`` is set goes back to the queue.

    Parameters
    ----------
    name
        What the queue calls this worker; made unique with the process and a random ending.
    poll_s
        How long to wait where there is nothing to do [s].
    """
    drain = threading.Thread(target=run_drain, args=(stop,), name="live-drain", daemon=True)
    drain.start()  # beside the jobs: a file may be read for an hour, live readings are seen within seconds
    try:
        _work(f"{name[:50]}:{os.getpid()}:{uuid.uuid4().hex[:8]}", stop, poll_s)
    finally:
        drain.join(timeout=DRAIN_ENDS_WITHIN_S)
        connections.close_all()


def _work(unique: str, stop: threading.Event, poll_s: float) -> None:
    tidied: dict[str, datetime] = {}
    faults = 0
    while not stop.is_set():
        try:
            _tidy(tidied, timezone.now())  # before the jobs: a queue that never empties must not put it off
            job = claim_job(worker=unique, at=timezone.now())
            if job is not None:
                run_job(job=job, stop=stop)
            faults = 0
            pause_s = poll_s if job is None else 0.0
        except Exception:  # above all a database that is gone for a while
            faults += 1
            pause_s = min(poll_s * 2**faults, LONGEST_PAUSE_S)
            log.exception("The worker could not reach its queue; trying again in %.1f s", pause_s)
            connections.close_all()
        stop.wait(pause_s)


def _tidy(tidied: dict[str, datetime], now: datetime) -> None:
    for name, (every, task) in PERIODIC.items():
        if name not in tidied or now - tidied[name] >= every:
            tidied[name] = now
            try:
                task(at=now)
            except DatabaseTrouble:
                raise
            except StoreAway as error:
                log.warning("%s waits: %s", name, error)
            except Exception:  # tidying up waits for the next time
                log.exception("%s failed", name)
