"""Upkeep of what is kept: merging small files, letting go of what nobody needs, checking, measuring.

Every night, once a day, all datasets are tended; a manager can ask for any of it at once. All of it is done by jobs:
they survive the process that does them, tell how far they are, and can be cancelled at any time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from fairwatt.core.errors import (
    Cancelled,
    Conflict,
    DamagedData,
    FairwattError,
    InvalidInput,
    NotFound,
    SourceUnavailable,
)
from fairwatt.lake.engine import Patient
from fairwatt.lake.upkeep.checking import Damage
from fairwatt.lake.upkeep.merging import LEAST_FILES
from fairwatt.records.models import Dataset, DatasetUpkeep, DatasetVersion, Erasure, File, Job, StorageDamage, User
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.announcements import readings_stored
from fairwatt.services.audit import record_event
from fairwatt.services.costs import measure_dataset
from fairwatt.services.erasures import ERASE
from fairwatt.services.jobs import JobContext, Overtaken, Stopping, enqueue_job, register
from fairwatt.services.lakes import get_lake
from fairwatt.services.notifications import notify
from fairwatt.services.projects import get_project

log = logging.getLogger(__name__)

TEND = "tend-storage"
MERGE = "merge-files"
CLEAN = "clean-table"
CHECK = "check-storage"
RECODE = "recode-table"
WHAT = {"tend": TEND, "merge": MERGE, "clean": CLEAN, "check": CHECK, "recode": RECODE}
RECODE_LEVEL = 9  # of ZSTD: 3 % smaller than what ingest writes, at 1.6 times its time
UPKEEP_PATH = "/upkeep/"

_A_DAY = timedelta(hours=23)
_TOO_LATE = timedelta(hours=48)  # then the hour of the day does not matter any more
_LEAST_AT_NIGHT = 4  # small files of a month that are merged at night
_LEAST_CHECKED = 64 << 20  # bytes that a night checks at least
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class UpkeepState:
    """What a manager sees: open findings, the last jobs of each kind, and when the next night's work begins."""

    damages: tuple[StorageDamage, ...]
    jobs: tuple[Job, ...]
    next_at: datetime
    checked_from: datetime | None  # every file has been checked since then; None while one never was
    unchecked: int


@transaction.atomic
def request_upkeep(*, actor: Actor, what: str, dataset_key: str = "", at: datetime, level: int = RECODE_LEVEL) -> Job:
    """Ask for upkeep at once; where the same waits or runs already, it is that.

    Parameters
    ----------
    what
        ``tend`` (all that a night does), ``merge``, ``clean``, ``check`` or ``recode``.
    dataset_key
        Only this dataset; blank is all of them. ``recode`` needs one.
    level
        Of ZSTD, for ``recode``.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    NotFound, InvalidInput
        Where there is no such dataset or work.
    """
    user = require_manager(actor)
    if what not in WHAT:
        raise InvalidInput(f"There is no upkeep '{what}'.", where={"field": "what"}, next_step=", ".join(WHAT))
    dataset = Dataset.objects.filter(key=dataset_key).first() if dataset_key else None
    if dataset_key and dataset is None:
        raise NotFound("There is no dataset at this address.", where={"dataset": dataset_key})
    if what == "recode" and dataset is None:
        raise InvalidInput("Say which dataset is to be written anew.", where={"field": "dataset"})
    job = _enqueue(WHAT[what], dataset, at=at, user=user, payload={"full": True, "level": level})
    record_event(actor=actor, verb="upkeep.requested", subject=dataset or job, at=at, detail={"what": what})
    return job


def _enqueue(
    kind: str, dataset: Dataset | None, *, at: datetime, user: User | None = None, payload: dict[str, object]
) -> Job:
    waiting = Job.objects.filter(kind=kind, dataset=dataset, state__in=_OPEN).first()
    return waiting or enqueue_job(kind=kind, payload=payload, dataset=dataset, created_by=user, at=at)


def schedule_upkeep(*, at: datetime) -> None:
    """Ask for the night's work once its hour has come, and for what was ordered and got lost on the way."""
    for erasure in Erasure.objects.filter(finished_at__isnull=True, dataset__isnull=False):
        if not Job.objects.filter(kind=ERASE, payload__erasure=erasure.pk, state__in=_OPEN).exists():
            enqueue_job(kind=ERASE, payload={"erasure": erasure.pk}, at=at, dataset=erasure.dataset, max_attempts=1_000)
    if not Dataset.objects.exists() or at < _next_due(at):
        return
    _enqueue(TEND, None, at=at, payload={})


def _next_due(at: datetime) -> datetime:
    """When the next night's work begins: a day after the last, at its hour."""
    last = Job.objects.filter(kind=TEND, created_at__lte=at).order_by("-created_at").first()
    if last is None:
        return _at_hour(at - timedelta(days=1)) if _hour_now(at) else _at_hour(at)
    if last.state in _OPEN or at - last.created_at < _A_DAY:
        return _at_hour(last.created_at + _A_DAY)
    return at if _hour_now(at) or at - last.created_at >= _TOO_LATE else _at_hour(at)


def _hour_now(at: datetime) -> bool:
    begin = _begin_of(at.astimezone(_zone()).date())
    return begin <= at < begin + timedelta(hours=1)


def _at_hour(since: datetime) -> datetime:
    """The first time that upkeep's hour begins after an instant."""
    day = since.astimezone(_zone()).date()
    return next(begin for begin in (_begin_of(day), _begin_of(day + timedelta(days=1))) if begin > since)


def _begin_of(day: date) -> datetime:
    """When upkeep's hour begins on a local day; an hour that clocks leave out begins when they have gone forward."""
    return datetime.combine(day, time(get_project().upkeep.hour), tzinfo=_zone()).astimezone(UTC)


def _zone() -> ZoneInfo:
    return ZoneInfo(get_project().time_zone)


def state_of_upkeep(*, actor: Actor, at: datetime) -> UpkeepState:
    """What stands open, what was done last and what comes next; for managers."""
    require_manager(actor)
    files = _originals()
    oldest = files.filter(checked_at__isnull=False).order_by("checked_at").values_list("checked_at", flat=True).first()
    unchecked = files.filter(checked_at__isnull=True).count()
    return UpkeepState(
        damages=tuple(StorageDamage.objects.filter(mended_at__isnull=True).select_related("dataset")),
        jobs=tuple(Job.objects.filter(kind__in=[*WHAT.values(), ERASE]).select_related("dataset")[:20]),
        next_at=_next_due(at),
        checked_from=None if unchecked else oldest,
        unchecked=unchecked,
    )


@register(TEND)
def tend(context: JobContext) -> None:
    """Do all that a night does: clean, merge and measure each dataset, then check a share of all files."""
    datasets = list(_with_tables())
    for number, dataset in enumerate(datasets):
        context.progress(0.5 * number / len(datasets), f"Tending {dataset.title[:80]}")
        _tend_one(context, dataset)
    _check_share(context)


def _tend_one(context: JobContext, dataset: Dataset) -> None:
    """Tend a dataset; what is the matter with one keeps no other from being tended."""
    try:
        _merge(context, dataset, least=_LEAST_AT_NIGHT)
        _clean(context, dataset)
        measure_dataset(dataset, at=context.clock())
    except (Cancelled, Overtaken, Stopping, SourceUnavailable):
        raise
    except Exception as error:  # a damaged file above all: the check names it
        log.warning("%s could not be tended", dataset.key, exc_info=True)
        context.log(f"{dataset.title}: {error}" if isinstance(error, FairwattError) else f"{dataset.title}: {error!r}")


@register(MERGE)
def merge(context: JobContext) -> None:
    """Merge the small files of a dataset, or of all."""
    least = 2 if context.payload.get("full") else LEAST_FILES
    for dataset in _concerned(context, "Merging small files"):
        _merge(context, dataset, least=least)
        measure_dataset(dataset, at=context.clock())


@register(CLEAN)
def clean(context: JobContext) -> None:
    """Let go of what no version of a dataset needs any more."""
    for dataset in _concerned(context, "Removing what no version needs"):
        _clean(context, dataset)
        measure_dataset(dataset, at=context.clock())


@register(CHECK)
def check(context: JobContext) -> None:
    """Check every file of a dataset, or of all, from the first to the last byte."""
    for dataset in _concerned(context, "Checking"):
        _check_table(context, dataset, most_bytes=None)
        for file in _originals().filter(dataset=dataset):
            context.check()
            _check_original(file, at=context.clock())


@register(RECODE)
def recode(context: JobContext) -> None:
    """Write a dataset's readings anew with a stronger compression."""
    for dataset in _concerned(context, "Writing files anew"):
        done = get_lake().upkeep.recode(dataset.table, level=int(context.payload["level"]), patient=_patient(context))
        context.log(f"{done.files} files: {done.bytes_before:,} bytes became {done.bytes_after:,}")
        measure_dataset(dataset, at=context.clock())


def _concerned(context: JobContext, stage: str) -> Iterable[Dataset]:
    datasets = [context.job.dataset] if context.job.dataset is not None else list(_with_tables())
    for number, dataset in enumerate(datasets):
        context.progress(number / len(datasets), f"{stage}: {dataset.title[:80]}")
        yield dataset


def _with_tables() -> QuerySet[Dataset]:
    return Dataset.objects.filter(files__isnull=False, erased_at__isnull=True).distinct().order_by("pk")


def _patient(context: JobContext) -> Patient:
    return Patient(is_cancelled=context.is_cancelled)


def _merge(context: JobContext, dataset: Dataset, *, least: int) -> None:
    upkeep = get_lake().upkeep
    try:
        merged = upkeep.merge(dataset.table, least=least, patient=_patient(context))
    except Conflict:  # somebody read a file again meanwhile: the next night merges
        context.log(f"{dataset.title}: changed meanwhile, nothing was merged")
        return
    if merged:
        context.log(f"{dataset.title}: {merged.files_before} files became {merged.files_after}")
        DatasetUpkeep.objects.update_or_create(dataset=dataset, defaults={"merged_at": context.clock()})


def _clean(context: JobContext, dataset: Dataset) -> None:
    days = get_project().upkeep.keep_versions_days
    published = DatasetVersion.objects.filter(dataset=dataset).values_list("lake_version", flat=True)
    gone = get_lake().upkeep.vacuum(
        dataset.table,
        keep=None if days is None else timedelta(days=days),
        published={version for version in published if version is not None},
        at=context.clock(),
    )
    if gone.files:
        context.log(f"{dataset.title}: {gone.files} files with {gone.size:,} bytes let go")
    DatasetUpkeep.objects.update_or_create(dataset=dataset, defaults={"cleaned_at": context.clock()})


def _check_share(context: JobContext) -> None:
    """Check so much that all is checked once in the project's days: what was checked longest ago comes first."""
    days = get_project().upkeep.check_days
    sizes = list(DatasetUpkeep.objects.values_list("raw_bytes", "readings_bytes", "rollup_bytes", "old_bytes"))
    budget = max(_LEAST_CHECKED, -(-sum(map(sum, sizes)) // days))
    done, begun = 0, context.clock()
    files = _originals().order_by(F("checked_at").asc(nulls_first=True), "pk")
    for file in files.select_related("dataset").iterator(chunk_size=200):
        if done >= budget:
            break
        context.progress(0.5 + 0.25 * done / budget, "Checking originals")
        _check_original(file, at=begun)
        done += file.size
    done = 0
    tables = DatasetUpkeep.objects.filter(dataset__erased_at__isnull=True)
    for upkeep in tables.select_related("dataset").order_by(F("checked_at").asc(nulls_first=True), "pk"):
        if done >= budget:
            break
        context.progress(0.75 + 0.25 * done / budget, "Checking tables")
        done += _check_table(context, upkeep.dataset, most_bytes=budget - done)


def _check_table(context: JobContext, dataset: Dataset, *, most_bytes: int | None) -> int:
    """Check a dataset's table from where the last check stopped; return the bytes that were read."""
    upkeep, _ = DatasetUpkeep.objects.get_or_create(dataset=dataset)
    at = context.clock()
    checked = get_lake().upkeep.check(
        dataset.table,
        most_bytes=most_bytes,
        cursor="" if most_bytes is None else upkeep.check_cursor,
        seed=at.timetuple().tm_yday,
        patient=_patient(context),
    )
    if not checked.cursor:
        upkeep.checked_at = at
    upkeep.check_cursor = checked.cursor
    upkeep.save(update_fields=["checked_at", "check_cursor"])
    if most_bytes is None:  # all was looked at: what was not found again is mended, or gone
        known = StorageDamage.objects.filter(dataset=dataset, mended_at__isnull=True, place__startswith="tables/")
        known.exclude(place__in=[damage.place for damage in checked.damages]).update(mended_at=at)
    for damage in checked.damages:
        note_damage(dataset, damage, at=at)
    return checked.size


def _originals() -> QuerySet[File]:
    """The files whose bytes are kept; what came live has none."""
    return File.objects.filter(original_erased_at__isnull=True).exclude(sha256="")


def _check_original(file: File, *, at: datetime) -> None:
    damage = get_lake().upkeep.check_original(file.sha256, file.size)
    File.objects.filter(pk=file.pk).update(checked_at=at)
    if damage is not None:
        note_damage(file.dataset, damage, at=at, name=file.name)
        return
    place = f"raw/{file.sha256[:2]}/{file.sha256}"
    StorageDamage.objects.filter(dataset=file.dataset, place=place, mended_at__isnull=True).update(mended_at=at)


@contextmanager
def damage_named(dataset: Dataset) -> Iterator[None]:
    """Say of a damaged file that a question met which dataset and file it is of, and tell the managers."""
    try:
        yield
    except DamagedData as error:
        source, place = str(error.where.get("source", "")), str(error.where.get("file", ""))
        name = dataset.files.filter(key=source).values_list("name", flat=True).first() or ""
        note_damage(dataset, Damage("unreadable", place, source, "It can't be read."), at=timezone.now(), name=name)
        whose = f" It holds the readings of “{name}”." if name else ""
        raise DamagedData(
            f"These readings of “{dataset.title}” can't be shown: a stored file is damaged or gone.{whose}",
            where={"dataset": dataset.key, "file": name or place, "place": place},
            next_step="The data managers have been told. Other datasets are not concerned.",
        ) from error


@transaction.atomic
def note_damage(dataset: Dataset, damage: Damage, *, at: datetime, name: str = "") -> bool:
    """Note a damaged file and tell all managers, once; whether it was not known yet."""
    name = name or dataset.files.filter(key=damage.source).values_list("name", flat=True).first() or ""
    values = {"kind": damage.kind, "message": damage.said, "file_name": name, "found_at": at}
    _, is_new = StorageDamage.objects.get_or_create(
        dataset=dataset, place=damage.place, mended_at=None, defaults=values
    )
    if is_new:
        what = f"“{name}”" if name else PurePosixPath(damage.place).name
        notify(
            recipients=User.objects.filter(is_manager=True, is_active=True),
            text=f"A stored file of “{dataset.title}” is damaged: {what}. {damage.said}",
            url=UPKEEP_PATH,
            at=at,
        )
        record_event(
            actor=Actor.system(),
            verb="storage.damaged",
            subject=dataset,
            at=at,
            detail={"place": damage.place, "kind": damage.kind, "file": name, "said": damage.said},
        )
    return is_new


def _on_readings_stored(*, file_key: str, at: datetime, **_: object) -> None:
    """Measure what has grown, and merge where many small files have come."""
    dataset = Dataset.objects.filter(files__key=file_key).first()
    if dataset is None:
        return
    measure_dataset(dataset, at=at)
    if get_lake().upkeep.wants_merging(dataset.table):
        _enqueue(MERGE, dataset, at=at, payload={})


readings_stored.connect(_on_readings_stored, dispatch_uid="upkeep")
