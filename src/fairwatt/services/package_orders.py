"""Ordering what the packages of a trial need: cheap, whenever a dataset of it has changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from fairwatt.core.errors import DamagedData
from fairwatt.records.models import Dataset, Job, Trial
from fairwatt.services.jobs import enqueue_job

PREPARE = "prepare-package"
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)
_TRIED_AGAIN = timedelta(hours=1)


def order_sums(dataset: Dataset, *, at: datetime) -> None:
    """Have a worker find the sums of what a dataset adds to packages, so that nobody who downloads one waits for it."""
    if dataset.trial is None or dataset.state != Dataset.State.PUBLISHED:
        return
    # one that runs may have passed this dataset already
    if not _jobs(dataset.trial).filter(state=Job.State.QUEUED).exists():
        enqueue_job(kind=PREPARE, payload={"trial": dataset.trial.code}, at=at)


def schedule_sums(*, at: datetime) -> int:
    """Order the sums of trials whose data were published before anybody ordered any; return of how many."""
    trials = Trial.objects.filter(datasets__state=Dataset.State.PUBLISHED).distinct()
    behind = [trial for trial in trials if not _jobs(trial).exists()]
    for trial in behind:
        enqueue_job(kind=PREPARE, payload={"trial": trial.code}, at=at)
    return len(behind)


def order_preparing(trial: Trial, *, at: datetime) -> Job:
    """Have a worker find the sums of all that packages of a trial may hold; asked again, it is the same job.

    Raises
    ------
    DamagedData
        Where it met damaged files within the last hour: reading gigabytes again would find the same.
    """
    waiting = _jobs(trial).filter(state__in=_OPEN).first()
    if waiting is None and _jobs(trial).filter(state=Job.State.FAILED, finished_at__gt=at - _TRIED_AGAIN).exists():
        raise DamagedData(
            "The package can’t be made: a stored file of the trial is damaged or gone.",
            where={"trial": trial.code},
            next_step="The data managers have been told. It is tried again within the hour.",
        )
    return waiting or enqueue_job(kind=PREPARE, payload={"trial": trial.code}, at=at)


def _jobs(trial: Trial) -> QuerySet[Job]:
    return Job.objects.filter(kind=PREPARE, payload={"trial": trial.code})
