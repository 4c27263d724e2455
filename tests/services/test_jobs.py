"""The durable queue: leases, re-runs, cancelling, failing in words, and one worker a job whatever happens."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connections, transaction

from fairwatt.core.errors import Cancelled, Conflict, InvalidInput, NotFound, SourceUnavailable, UnreadableFile
from fairwatt.records.models import AuditEvent, Dataset, Job
from fairwatt.services import jobs, worker
from fairwatt.services.actors import Actor
from fairwatt.services.jobs import JobContext, Overtaken, cancel_job, claim_job, enqueue_job, get_job, register
from fairwatt.services.worker import run_job
from tests.services import stock
from tests.services.stock import NOW
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
LEASE = jobs.LEASE


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kind() -> Iterator[Callable[..., str]]:
    """Register a kind of job for this test alone."""
    names: list[str] = []

    def add(run: Callable[[JobContext], None], name: str = "test-kind", **fields: Any) -> str:
        register(name, **fields)(run)
        names.append(name)
        return name

    yield add
    for name in names:
        jobs.KINDS.pop(name, None)


def _enqueue(name: str = "test-kind", at: datetime = NOW, **fields: Any) -> Job:
    return enqueue_job(kind=name, payload={"n": 1}, at=at, **fields)


def _fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def _raise(error: Exception) -> Callable[[JobContext], None]:
    def run(context: JobContext) -> None:
        raise error

    return run


def test_a_job_is_done_with_progress_and_a_log(kind: Callable[..., str], clock: Clock) -> None:
    seen: list[tuple[float, str, str]] = []

    def run(context: JobContext) -> None:
        assert context.payload == {"n": 1}
        context.progress(0.25, "Reading the rows")
        context.log("12 rows")
        row = _fresh(context.job)
        seen.append((row.progress, row.stage, row.state))

    job = _enqueue(kind(run))
    claimed = claim_job(worker="w", at=NOW)
    assert claimed is not None
    assert (claimed.pk, claimed.state, claimed.attempts, claimed.lease_until) == (job.pk, "running", 1, NOW + LEASE)
    run_job(job=claimed, clock=clock)
    row = _fresh(job)
    assert seen == [(0.25, "Reading the rows", "running")]
    assert (row.state, row.progress, row.finished_at, row.error) == ("done", 1.0, NOW, "")
    assert row.log == "12:00:00 12 rows\n"
    assert claim_job(worker="w", at=NOW) is None


def test_jobs_are_taken_in_their_order_and_not_before_their_time() -> None:
    later, first, second = _enqueue(at=NOW + SECOND), _enqueue(), _enqueue()
    order = [claim_job(worker=f"w{n}", at=NOW) for n in range(3)]
    assert order == [first, second, None]
    assert claim_job(worker="w", at=NOW + SECOND) == later


def test_a_job_whose_worker_is_gone_is_taken_up_again_when_its_lease_ends() -> None:
    job = _enqueue()
    claim_job(worker="dead", at=NOW)
    assert claim_job(worker="w", at=NOW + LEASE) is None
    again = claim_job(worker="w", at=NOW + LEASE + SECOND)
    assert again == job
    assert (again.attempts, again.worker) == (2, "w")


def test_a_worker_that_was_overtaken_changes_nothing_any_more(kind: Callable[..., str], clock: Clock) -> None:
    stored: list[str] = []

    def run(context: JobContext) -> None:
        claim_job(worker="other", at=NOW + LEASE + SECOND)
        with pytest.raises(Overtaken), transaction.atomic():
            context.require_held()
        assert context.is_cancelled()
        context.check()
        stored.append("must not happen")

    job = _enqueue(kind(run))
    run_job(job=claim_job(worker="slow", at=NOW), clock=clock)
    row = _fresh(job)
    assert stored == []
    assert (row.state, row.worker, row.attempts) == ("running", "other", 2)


def test_a_heartbeat_keeps_the_lease_and_notices_its_loss(clock: Clock) -> None:
    job = _enqueue()
    context = JobContext(job=claim_job(worker="w", at=NOW), clock=clock)
    clock.now = NOW + LEASE
    assert context.renew()
    assert _fresh(job).lease_until == NOW + 2 * LEASE
    assert claim_job(worker="other", at=NOW + LEASE + SECOND) is None
    assert claim_job(worker="other", at=NOW + 2 * LEASE + SECOND) == job
    assert not context.renew()


def test_what_was_handed_in_wrong_fails_at_once_in_words(kind: Callable[..., str], clock: Clock) -> None:
    failed: list[tuple[int, str, datetime]] = []
    error = UnreadableFile("junk.csv holds no text.", next_step="Upload it again.")
    name = kind(_raise(error), on_failed=lambda job, reason, at: failed.append((job.pk, reason, at)))
    job = _enqueue(name)
    run_job(job=claim_job(worker="w", at=NOW), clock=clock)
    row = _fresh(job)
    assert (row.state, row.error) == ("failed", "junk.csv holds no text. Upload it again.")
    assert failed == [(job.pk, row.error, NOW)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SourceUnavailable("The store did not answer."), "The store did not answer."),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk of the platform is full."),
        (ZeroDivisionError("a secret"), "fault of the platform (ZeroDivisionError)"),
    ],
)
def test_what_may_pass_is_tried_again_after_a_pause_and_three_times_in_all(
    kind: Callable[..., str], clock: Clock, error: Exception, said: str
) -> None:
    failed: list[str] = []
    job = _enqueue(kind(_raise(error), on_failed=lambda job, reason, at: failed.append(reason)))
    waits = []
    for _ in range(2):
        run_job(job=claim_job(worker="w", at=clock.now), clock=clock)
        row = _fresh(job)
        assert (row.state, failed) == ("queued", [])
        assert said in row.error
        waits.append((row.run_after - clock.now).total_seconds())
        assert claim_job(worker="w", at=row.run_after - SECOND) is None
        clock.now = row.run_after
    run_job(job=claim_job(worker="w", at=clock.now), clock=clock)
    row = _fresh(job)
    assert waits == [5, 60]
    assert (row.state, row.attempts, failed) == ("failed", 3, [row.error])
    assert said in row.error
    assert "a secret" not in row.error


def test_a_disk_that_is_full_is_recognised_behind_another_error(kind: Callable[..., str], clock: Clock) -> None:
    def run(context: JobContext) -> None:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("writer failed") from error

    job = _enqueue(kind(run), max_attempts=1)
    run_job(job=claim_job(worker="w", at=NOW), clock=clock)
    assert _fresh(job).error == (
        "The disk of the platform is full. What was received is kept. "
        "Ask a data manager to make room on it, then have the file read again."
    )


def test_a_job_that_kills_its_worker_every_time_is_given_up(kind: Callable[..., str]) -> None:
    failed: list[str] = []
    job = _enqueue(kind(lambda context: None, on_failed=lambda job, reason, at: failed.append(reason)))
    after = _enqueue(at=NOW + SECOND)
    at = NOW
    for _ in range(3):
        assert claim_job(worker="dies", at=at).pk == job.pk
        at += LEASE + SECOND
    assert claim_job(worker="w", at=at) == after
    assert _fresh(job).state == "failed"
    assert failed == ["The worker stopped in the middle 3 times. A data manager can look at its log."]


def test_a_kind_that_nobody_knows_fails_and_the_queue_goes_on(clock: Clock) -> None:
    job = _enqueue("from-the-future")
    run_job(job=claim_job(worker="w", at=NOW), clock=clock)
    assert (_fresh(job).state, _fresh(job).error) == ("failed", "Nobody knows how to do “from-the-future”.")


def test_a_waiting_job_is_cancelled_at_once(kind: Callable[..., str]) -> None:
    failed: list[str] = []
    user = stock.person("ann")
    job = _enqueue(kind(lambda context: None, on_failed=lambda job, reason, at: failed.append(reason)), created_by=user)
    cancelled = cancel_job(actor=Actor(user=user), job_id=job.pk, at=NOW)
    assert (cancelled.state, cancelled.finished_at, failed) == ("cancelled", NOW, ["ann cancelled it."])
    assert claim_job(worker="w", at=NOW) is None
    assert AuditEvent.objects.get().verb == "job.cancelled"
    with pytest.raises(Conflict, match="ended already"):
        cancel_job(actor=Actor(user=user), job_id=job.pk, at=NOW)


def test_a_running_job_is_cancelled_at_its_next_step(
    kind: Callable[..., str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LOOK_EVERY_S", 0)
    user = stock.person()
    steps: list[int] = []

    def run(context: JobContext) -> None:
        for step in range(5):
            steps.append(step)
            if step == 2:
                cancel_job(actor=Actor(user=user), job_id=context.job.pk, at=NOW)
            context.progress(step / 5)

    job = _enqueue(kind(run), created_by=user)
    run_job(job=claim_job(worker="w", at=NOW), clock=clock)
    assert steps == [0, 1, 2]
    assert (_fresh(job).state, _fresh(job).error) == ("cancelled", "It was cancelled.")


def test_a_cancelled_job_stores_nothing_even_if_it_never_looked(kind: Callable[..., str], clock: Clock) -> None:
    user = stock.person()

    def run(context: JobContext) -> None:
        cancel_job(actor=Actor(user=user), job_id=context.job.pk, at=NOW)
        with transaction.atomic():
            context.require_held()
            stock.dataset("must not be stored")

    job = _enqueue(kind(run), created_by=user)
    run_job(job=claim_job(worker="w", at=NOW), clock=clock)
    assert _fresh(job).state == "cancelled"
    assert not Dataset.objects.exists()


def test_a_worker_that_is_told_to_stop_puts_its_job_back(kind: Callable[..., str], clock: Clock) -> None:
    stop = threading.Event()

    def polite(context: JobContext) -> None:
        stop.set()
        context.check()

    def by_the_lake(context: JobContext) -> None:
        stop.set()
        raise Cancelled("The lake was told to stop.")

    for run in (polite, by_the_lake):
        stop.clear()
        job = _enqueue(kind(run))
        run_job(job=claim_job(worker="w", at=NOW), stop=stop, clock=clock)
        row = _fresh(job)
        assert (row.state, row.attempts, row.run_after, row.worker) == ("queued", 0, NOW, "")
        row.delete()


def test_a_file_has_one_waiting_job_and_one_running_one_that_gives_way(kind: Callable[..., str], clock: Clock) -> None:
    file = stock.file(stock.dataset())
    name = kind(lambda context: context.check())
    first = _enqueue(name, file=file)
    assert _enqueue(name, file=file) == first
    running = claim_job(worker="w", at=NOW)
    second = _enqueue(name, file=file)
    assert second != first
    assert _fresh(first).cancel_requested
    assert claim_job(worker="other", at=NOW) is None, "the file is being read"
    run_job(job=running, clock=clock)
    assert _fresh(first).state == "cancelled"
    assert claim_job(worker="other", at=NOW) == second


def test_a_reading_that_is_retried_gives_way_to_a_newer_one(kind: Callable[..., str], clock: Clock) -> None:
    file = stock.file(stock.dataset())

    def run(context: JobContext) -> None:
        enqueue_job(kind="test-kind", payload={"n": 2}, at=NOW, file=file)
        raise SourceUnavailable("The store did not answer.")

    job = _enqueue(kind(run), file=file)
    run_job(job=claim_job(worker="w", at=NOW), clock=clock)
    assert _fresh(job).state == "cancelled"
    assert claim_job(worker="w", at=NOW).payload == {"n": 2}


def test_an_abandoned_job_of_a_file_comes_before_a_newer_one(kind: Callable[..., str]) -> None:
    file = stock.file(stock.dataset())
    kind(lambda context: None)
    first = _enqueue(file=file)
    claim_job(worker="dead", at=NOW)
    second = _enqueue(file=file)
    assert claim_job(worker="w", at=NOW + LEASE + SECOND) == second, "the abandoned one had been told to stop"
    assert _fresh(first).state == "cancelled"


def test_jobs_are_seen_by_who_takes_part_and_by_managers() -> None:
    owner, stranger = stock.person("owner"), stock.person("stranger")
    job = _enqueue(created_by=owner)
    assert get_job(actor=Actor(user=owner), job_id=job.pk) == job
    assert get_job(actor=Actor(user=stock.person(is_manager=True)), job_id=job.pk) == job
    for actor in (Actor(user=stranger),):
        with pytest.raises(NotFound):
            get_job(actor=actor, job_id=job.pk)
        with pytest.raises(NotFound):
            cancel_job(actor=actor, job_id=job.pk, at=NOW)
    with pytest.raises(NotFound):
        get_job(actor=Actor(user=owner), job_id=job.pk + 1)


def test_the_queue_goes_on_after_a_failure(kind: Callable[..., str], clock: Clock) -> None:
    done: list[int] = []

    def run(context: JobContext) -> None:
        if not done:
            done.append(0)
            raise InvalidInput("The first one is wrong.")
        done.append(context.job.pk)

    first, second = _enqueue(kind(run)), _enqueue()
    assert worker.run_pending(clock=clock) == 2
    assert (_fresh(first).state, _fresh(second).state) == ("failed", "done")


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_do_one_job_twice(kind: Callable[..., str]) -> None:
    done: list[int] = []
    kind(lambda context: done.append(context.job.pk))
    rows = [_enqueue() for _ in range(24)]
    stop = threading.Event()
    threads = [
        threading.Thread(target=worker.run_worker, kwargs={"name": f"w{n}", "stop": stop, "poll_s": 0.01})
        for n in range(2)
    ]
    for thread in threads:
        thread.start()
    until(lambda: not Job.objects.exclude(state="done").exists())
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert sorted(done) == sorted(job.pk for job in rows)
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_running_job_is_renewed_from_a_thread_of_its_own(
    kind: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "BEAT_S", 0.01)
    leases: list[datetime] = []

    def run(context: JobContext) -> None:
        until(lambda: _fresh(context.job).lease_until != NOW + LEASE)
        leases.append(_fresh(context.job).lease_until)

    job = _enqueue(kind(run))
    run_job(job=claim_job(worker="w", at=NOW))
    assert _fresh(job).state == "done"
    assert leases[0] > NOW + LEASE


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_outlives_a_fault_of_the_database(
    kind: Callable[..., str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "BEAT_S", 0.01)
    faults = iter([OperationalError("database is locked"), InterfaceError("connection already closed")])
    renewed, renew = threading.Event(), JobContext.renew

    def shaky(context: JobContext) -> bool:
        if fault := next(faults, None):
            raise fault
        renewed.set()
        return renew(context)

    monkeypatch.setattr(JobContext, "renew", shaky)
    job = _enqueue(kind(lambda context: renewed.wait(PATIENCE_S)))
    run_job(job=claim_job(worker="w", at=NOW))
    assert renewed.is_set()
    assert _fresh(job).state == "done"
    assert len([record for record in caplog.records if "could not be renewed" in record.message]) == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_outlives_a_database_that_goes_away(
    kind: Callable[..., str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop, real = threading.Event(), worker.claim_job
    faults = iter([OperationalError("the server closed the connection"), OperationalError("no route to host")])

    def claim(**fields: Any) -> Job | None:
        if error := next(faults, None):
            raise error
        return real(**fields)

    monkeypatch.setattr(worker, "claim_job", claim)
    kind(lambda context: stop.set())
    job = _enqueue()
    worker.run_worker(name="w", stop=stop, poll_s=0.01)
    assert _fresh(job).state == "done"
    assert len([record for record in caplog.records if "could not reach its queue" in record.message]) == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_tidies_up_between_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, calls = threading.Event(), []

    def task(*, at: datetime) -> None:
        calls.append(at)
        stop.set()
        raise RuntimeError("tidying may fail")

    monkeypatch.setattr(worker, "PERIODIC", {"task": (timedelta(hours=1), task)})
    worker.run_worker(name="w", stop=stop, poll_s=0.01)
    assert len(calls) == 1
    connections.close_all()
