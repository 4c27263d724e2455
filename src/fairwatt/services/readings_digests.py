"""The hashes of readings that certificates name: made once after files were read, kept as long as they say the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from fairwatt.core.errors import Conflict, InsufficientData, NotFound
from fairwatt.lake.canonical import digest_of
from fairwatt.records.models import Dataset, File, Job, LiveFeed, ReadingsDigest
from fairwatt.services.jobs import JobContext, enqueue_job, register
from fairwatt.services.lakes import get_lake
from fairwatt.services.reading_questions import ask

HASH = "hash-readings"
_AT_ONCE_ROWS = 2_000_000  # about a second's work
_AT_ONCE_FILES = 40
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)


def hash_readings(dataset: Dataset, *, at: datetime, context: JobContext | None = None) -> str:
    """Hash the readings of a dataset and of each of its files in their canonical form, where that was not done yet.

    Returns
    -------
    str
        The sha256 of all of its readings: of the whole export as CSV, in UTC. "" where there are none, or they
        still grow.
    """
    files = _files_with_readings(dataset)
    for place, file in enumerate(files):
        if context is not None:
            context.progress(place / (len(files) + 1), f"Hashing the readings of {file.name}")
        if not file.readings_sha256:
            file.readings_sha256 = _hash(dataset, file.key)
            File.objects.filter(pk=file.pk).update(readings_sha256=file.readings_sha256)
    name = _name_of(dataset, files)
    if not name:
        return ""
    known = ReadingsDigest.objects.filter(dataset=dataset, export=name).first()
    if known is None:
        if context is not None:
            context.progress(len(files) / (len(files) + 1), "Hashing the readings of all files together")
        digest = files[0].readings_sha256 if _is_of_one(dataset, files) else _hash(dataset, None)
        known, _ = ReadingsDigest.objects.get_or_create(
            dataset=dataset, export=name, defaults={"sha256": digest, "made_at": at}
        )
    return known.sha256


def require_hashed(dataset: Dataset, *, at: datetime) -> None:
    """Refuse to go on while the readings of a large dataset are not hashed yet: that is a job's work.

    Raises
    ------
    Conflict
        With how far it is.
    """
    if _is_quick(dataset) or _is_hashed(dataset):
        return
    job = order_hashing(dataset, at=at)
    raise Conflict(
        f"The readings are still being hashed for the certificate ({job.progress:.0%} done).",
        where={"dataset": dataset.key},
        next_step="Publish it in a few minutes.",
    )


def order_hashing(dataset: Dataset, *, at: datetime) -> Job:
    """Have the readings hashed by a worker; where that has been asked for already, it is that job."""
    waiting = Job.objects.filter(kind=HASH, dataset=dataset, state__in=_OPEN).first()
    return waiting or enqueue_job(kind=HASH, payload={}, dataset=dataset, at=at)


def prepare_hashes(dataset: Dataset, *, at: datetime) -> None:
    """Have a large dataset's readings hashed while it waits for review; small ones are hashed when it is published."""
    if not _is_quick(dataset) and not _is_hashed(dataset):
        order_hashing(dataset, at=at)


@register(HASH)
def carry_out(context: JobContext) -> None:
    """Hash what a dataset holds; done again it finds what it has done."""
    dataset = context.job.dataset
    if dataset is not None:
        hash_readings(dataset, at=context.clock(), context=context)


def _files_with_readings(dataset: Dataset) -> list[File]:
    rows = dataset.files.filter(kind=File.Kind.READINGS, state=File.State.READ, erased_at=None)
    return list(rows.only("pk", "key", "name", "readings_sha256").exclude(pk__in=_growing(dataset)))


def _growing(dataset: Dataset) -> list[int]:
    return list(LiveFeed.objects.filter(dataset=dataset, closed_at=None).values_list("file", flat=True))


def _name_of(dataset: Dataset, files: Sequence[File]) -> str:
    """A name for just these readings, by those of the files; "" where there are none, or they still grow."""
    hashed = [(file.key, file.readings_sha256) for file in files if file.readings_sha256]
    if not hashed or len(hashed) < len(files) or _growing(dataset):
        return ""
    fields = list(dataset.channels.values_list("field", flat=True))
    return sha256(json.dumps([fields, hashed]).encode()).hexdigest()


def _is_of_one(dataset: Dataset, files: Sequence[File]) -> bool:
    """Whether the only file's readings are the dataset's, column by column."""
    fields = list(dataset.channels.values_list("field", flat=True))
    return len(files) == 1 and list(files[0].channels.values_list("field", flat=True)) == fields


def _is_quick(dataset: Dataset) -> bool:
    return dataset.rows_total <= _AT_ONCE_ROWS and dataset.file_count <= _AT_ONCE_FILES


def _is_hashed(dataset: Dataset) -> bool:
    files = _files_with_readings(dataset)
    if any(not file.readings_sha256 for file in files):
        return False
    name = _name_of(dataset, files)
    return not name or ReadingsDigest.objects.filter(dataset=dataset, export=name).exists()


def _hash(dataset: Dataset, file_key: str | None) -> str:
    try:
        question = ask(dataset, None, None, None, file_key=file_key, series=None)
        export = get_lake().export(dataset.table, format="csv", fields=question.fields, sources=question.sources)
    except (InsufficientData, NotFound):  # nothing of it is in the lake
        return ""
    return digest_of(export)
