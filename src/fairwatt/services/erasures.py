"""Erasing for good: by a data manager, with a reason and a typed confirmation, with a record that stays.

The order is stored first, and the job that carries it out may be taken up again at any point: each step finds what is
left to do. The record, the audit log's events and the pages that say what was erased outlive what was erased.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from fairwatt.core.errors import Conflict, InvalidInput, NotFound
from fairwatt.core.metadata import parse_certificate
from fairwatt.core.metadata.words import end_sentence
from fairwatt.lake.engine import Patient
from fairwatt.lake.upkeep.erasing import Erased
from fairwatt.records.models import Dataset, Erasure, File, Job, LiveFeed, SeriesPseudonym, User
from fairwatt.records.search import index_datasets
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.audit import record_event
from fairwatt.services.costs import measure_dataset
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.jobs import JobContext, enqueue_job, register
from fairwatt.services.lakes import get_lake
from fairwatt.services.listings import LISTED, note_change
from fairwatt.services.package_losses import forget_in_packages
from fairwatt.services.readings_digests import hash_readings
from fairwatt.services.reissues import reissue_certificates
from fairwatt.services.upload_store import remove_raw_if_unused
from fairwatt.services.withdrawals import tell_providers, withdrawal_of

ERASE = "erase"
LEAST_REASON = 10  # characters
_NAMES = {  # a notice names no meter, and no file that may be called after somebody
    Erasure.Kind.DATASET: "The dataset",
    Erasure.Kind.FILE: "A file of",
    Erasure.Kind.SERIES: "A series of readings of",
}


def confirmation_of(dataset: Dataset, kind: str, target: str) -> str:
    """What has to be typed to confirm an erasure: the dataset's identifier, the file's name or the series."""
    if kind == Erasure.Kind.FILE:
        return _get_file(dataset, target).name
    if kind == Erasure.Kind.SERIES:
        return target
    return dataset.identifier or dataset.key


@transaction.atomic
def order_erasure(
    *, actor: Actor, dataset_key: str, kind: str, target: str = "", reason: str, confirmation: str, at: datetime
) -> Erasure:
    """Order something to be erased in every version, with the originals that hold it; it can't be undone.

    Parameters
    ----------
    kind
        ``dataset``, ``file`` or ``series``.
    target
        The file's key, or the series' name.
    confirmation
        What :func:`confirmation_of` says.

    Raises
    ------
    NotSignedIn, NotAllowed
        For anybody but data managers.
    NotFound
        Where there is no such dataset, file or series.
    InvalidInput
        Where no reason is given, or the confirmation differs.
    Conflict
        Where it was erased already.
    """
    user = require_manager(actor)
    dataset = Dataset.objects.select_for_update(of=("self",)).filter(key=dataset_key).first()
    if dataset is None:
        raise NotFound("There is no dataset at this address.", where={"dataset": dataset_key})
    _refuse_unclear(dataset, kind, target, reason, confirmation)
    label = {Erasure.Kind.FILE: lambda: _get_file(dataset, target).name}.get(Erasure.Kind(kind), lambda: target)()
    erasure = Erasure.objects.create(
        dataset=dataset,
        dataset_key=dataset.key,
        dataset_title=dataset.title,
        kind=kind,
        target=target,
        label=label,
        reason=reason.strip(),
        ordered_at=at,
        ordered_by=user,
        ordered_by_label=actor.label,
    )
    _close_to_readers(dataset, erasure, at=at)
    enqueue_job(
        kind=ERASE, payload={"erasure": erasure.pk}, at=at, dataset=dataset, created_by=user, max_attempts=1_000
    )
    told = f"{_NAMES[Erasure.Kind(kind)]} “{dataset.title}” is erased for good. Reason: {erasure.reason}"
    tell_providers(dataset, told, actor=actor, at=at)
    record_event(actor=actor, verb="erasure.ordered", subject=dataset, at=at, detail=_told(erasure))
    return erasure


def _refuse_unclear(dataset: Dataset, kind: str, target: str, reason: str, confirmation: str) -> None:
    if kind not in Erasure.Kind.values:
        raise InvalidInput("Say what is to be erased: the dataset, a file or a series.", where={"field": "kind"})
    if dataset.erased_at is not None:
        raise Conflict("This dataset has been erased already.", where={"dataset": dataset.key})
    if kind == Erasure.Kind.SERIES and target not in get_lake().series(dataset.table):
        raise NotFound(
            "These readings have no such series.", where={"field": "target"}, next_step="Its name must be exact."
        )
    if kind == Erasure.Kind.FILE and _get_file(dataset, target).erased_at is not None:
        raise Conflict("This file has been erased already.", where={"file": target})
    if len(reason.strip()) < LEAST_REASON:
        raise InvalidInput("Say why, in a sentence: it stays on record.", where={"field": "reason"})
    wanted = confirmation_of(dataset, kind, target)
    if confirmation.strip() != wanted:
        raise InvalidInput(
            f"To confirm, type {wanted} exactly as it is written.",
            where={"field": "confirmation"},
            next_step="Nothing was erased.",
        )


def _get_file(dataset: Dataset, key: str) -> File:
    file = dataset.files.filter(key=key).first()
    if file is None:
        raise NotFound("There is no such file in this dataset.", where={"field": "target"})
    return file


def _close_to_readers(dataset: Dataset, erasure: Erasure, *, at: datetime) -> None:
    """From now on nobody is given what is being erased."""
    if erasure.kind == Erasure.Kind.FILE:
        _get_file(dataset, erasure.target)
        dataset.files.filter(key=erasure.target).update(erased_at=at, original_erased_at=at)
        LiveFeed.objects.filter(file__key=erasure.target).delete()
    if erasure.kind == Erasure.Kind.DATASET:
        _close_dataset(dataset, erasure, at=at)
    _tell_finders(dataset, at=at)


def _close_dataset(dataset: Dataset, erasure: Erasure, *, at: datetime) -> None:
    """Withdraw what is erased for its own reason; where it was withdrawn before, that is told after it."""
    before = withdrawal_of(dataset)
    dataset.erased_at = at
    if dataset.state in LISTED:
        earlier = dataset.withdrawn_at if before else None  # one that was undone is no more
        dataset.state, dataset.withdrawn_at = Dataset.State.WITHDRAWN, earlier or at
        said = [end_sentence(f"Erased. {erasure.reason}"), before.sentence] if before else [f"Erased. {erasure.reason}"]
        dataset.withdrawal_reason, dataset.withdrawn_by = " ".join(said), ""
    dataset.save(update_fields=["erased_at", "state", "withdrawn_at", "withdrawal_reason", "withdrawn_by"])
    dataset.files.update(erased_at=at, original_erased_at=at)
    LiveFeed.objects.filter(dataset=dataset).delete()


def _tell_finders(dataset: Dataset, *, at: datetime) -> None:
    """Let search forget what is gone, and harvesters learn of it."""
    index_datasets(Dataset.objects.filter(pk=dataset.pk))
    note_change(dataset, at=at)


@register(ERASE)
def carry_out(context: JobContext) -> None:
    """Carry out an order to erase; it can't be cancelled, and may be done any number of times."""
    erasure = Erasure.objects.select_related("dataset").get(pk=context.payload["erasure"])
    if erasure.finished_at is not None or erasure.dataset is None:
        return
    dataset = erasure.dataset
    context.progress(0.0, "Erasing")
    files = list(_files_of(erasure))
    Job.objects.filter(file__in=files, state=Job.State.RUNNING).update(cancel_requested=True)
    waiting = Job.objects.filter(file__in=files, state=Job.State.QUEUED)
    waiting.update(state=Job.State.CANCELLED, finished_at=context.clock(), error="Its file is being erased.")
    keys = [file.key for file in files]
    erased = _erase_in_lake(erasure, dataset, keys)
    cache.clear()  # pictures that were drawn of it
    at = context.clock()
    with transaction.atomic():
        context.require_held()
        _forget_rows(erasure, dataset, files, at=at)
    removed = [file for file in files if _remove_original(file)]
    _finish(context, erasure, dataset, erased, removed)


def _files_of(erasure: Erasure) -> QuerySet[File]:
    dataset = erasure.dataset
    assert dataset is not None
    if erasure.kind == Erasure.Kind.FILE:
        return dataset.files.filter(key=erasure.target)
    if erasure.kind == Erasure.Kind.SERIES:
        known = list(erasure.removed.get("keys", []))
        return dataset.files.filter(key__in=known or get_lake().upkeep.sources_of(dataset.table, erasure.target))
    return dataset.files.all()


def _erase_in_lake(erasure: Erasure, dataset: Dataset, keys: list[str]) -> Erased:
    """Erase in the tables; what an earlier attempt removed already is added to what was noted of it."""
    upkeep = get_lake().upkeep
    noted = erasure.removed
    if erasure.kind == Erasure.Kind.SERIES and "keys" not in noted:
        noted["keys"] = keys  # once the rows are gone nobody knows which files had them
        erasure.save(update_fields=["removed"])
    if erasure.kind == Erasure.Kind.DATASET:
        erased = upkeep.erase_table(dataset.table)
    elif erasure.kind == Erasure.Kind.FILE:
        erased = upkeep.erase_source(dataset.table, erasure.target)
    else:
        erased = upkeep.erase_series(dataset.table, erasure.target, patient=Patient())
    total = Erased(noted.get("files", 0), noted.get("bytes", 0), noted.get("rows", 0)) + erased
    noted |= {"files": total.files, "bytes": total.size, "rows": total.rows}
    erasure.save(update_fields=["removed"])
    return total


def _forget_rows(erasure: Erasure, dataset: Dataset, files: list[File], *, at: datetime) -> None:
    """Take out of the records what they say of the values."""
    is_series = erasure.kind == Erasure.Kind.SERIES
    for file in files:
        file.original_erased_at = file.original_erased_at or at
        file.sample, file.inspected, file.extent, file.questions, file.answers = {}, {}, {}, [], {}
        file.original_name = file.readings_sha256 = ""
        file.findings.all().delete()
        if is_series:
            _count_again(dataset, file)
        else:
            file.erased_at = file.erased_at or at
            file.channels.all().delete()
            file.rows = file.missing_count = file.gap_count = file.duplicate_count = file.series_count = 0
            file.coverage = []
        file.save()
    _forget_values(dataset)
    if is_series:
        SeriesPseudonym.objects.filter(dataset=dataset, pseudonym=erasure.target).delete()
    elif erasure.kind == Erasure.Kind.DATASET:
        SeriesPseudonym.objects.filter(dataset=dataset).delete()
    update_totals(dataset, at=at)


def _forget_values(dataset: Dataset) -> None:
    """Take what values the readings took out of all certificates, signed without them too; forget health reports."""
    dataset.readings_digests.all().delete()
    dataset.health_scans.all().delete()
    for version in dataset.versions.all():
        certificate = parse_certificate(version.certificate)
        if certificate.tells_values:
            bare = certificate.without_values()
            version.certificate, version.digest = bare.model_dump(mode="json"), bare.checksum
            version.save(update_fields=["certificate", "digest"])
    for file in dataset.files.exclude(certificate=None).only("certificate"):
        certificate = parse_certificate(file.certificate)
        if certificate.tells_values:
            file.certificate = certificate.without_values().model_dump(mode="json")
            file.save(update_fields=["certificate"])


def _remove_original(file: File) -> bool:
    """Remove a file's bytes, unless another file has the same; whether they were there. What came live has none."""
    if not file.sha256:
        return False
    was_there = get_lake().raw.exists(file.sha256)
    return remove_raw_if_unused(file.sha256) and was_there


def _count_again(dataset: Dataset, file: File) -> None:
    """Say of a file's channels what the readings say that are left."""
    lake = get_lake()
    fields = lake.fields(dataset.table)
    file.series_count = len(lake.series_by_source(dataset.table).get(file.key, ()))
    rows = 0
    for channel in file.channels.all():
        is_number = channel.kind == "number" and channel.field in fields
        found = lake.window(dataset.table, fields=[channel.field], points=1, sources=[file.key]) if is_number else None
        if found is None or not found.total:
            file.channels.filter(pk=channel.pk).delete()
            continue
        rows = found.total
        count = int(found.columns[f"{channel.field}_count"][0])
        channel.count, channel.missing = count, rows - count
        for name, statistic in (("minimum", "min"), ("mean", "mean"), ("maximum", "max")):
            value = float(found.columns[f"{channel.field}_{statistic}"][0])
            setattr(channel, name, value if count else None)
        channel.save()
    file.rows = rows
    file.missing_count = sum(file.channels.values_list("missing", flat=True))


def _finish(context: JobContext, erasure: Erasure, dataset: Dataset, erased: Erased, removed: list[File]) -> None:
    if erasure.kind != Erasure.Kind.DATASET:
        hash_readings(dataset, at=context.clock(), context=context)  # it may take long: before anything is locked
    at = context.clock()
    with transaction.atomic():
        context.require_held()
        kept = erasure.removed
        kept.pop("keys", None)
        kept["originals"] = kept.get("originals", 0) + len(removed)
        kept["original_bytes"] = kept.get("original_bytes", 0) + sum(file.size for file in removed)
        if erasure.kind == Erasure.Kind.SERIES:  # the record must not name what was erased
            erasure.target = sha256(erasure.target.encode()).hexdigest()
            erasure.label = f"a series (sha256 {erasure.target[:12]}…)"
        erasure.finished_at = at
        erasure.save()
        if erasure.kind != Erasure.Kind.DATASET:  # of the whole nothing is left to certify
            reissue_certificates(dataset, issued_by=erasure.ordered_by_label, at=at, context=context)
        forget_in_packages(dataset, at=at)
        measure_dataset(dataset, at=at)
        _tell_finders(dataset, at=at)
        actor = Actor(user=erasure.ordered_by) if isinstance(erasure.ordered_by, User) else Actor.system()
        record_event(actor=actor, verb="erasure.finished", subject=dataset, at=at, detail=_told(erasure))
    context.log(f"{erased.files} files of tables, {len(removed)} originals")


def _told(erasure: Erasure) -> dict[str, object]:
    """What the audit log says of an order; a series is named by its digest alone."""
    target = erasure.target
    if erasure.kind == Erasure.Kind.SERIES and erasure.finished_at is None:
        target = sha256(target.encode()).hexdigest()
    return {
        "erasure": erasure.pk,
        "kind": erasure.kind,
        "target": target,
        "name": "" if erasure.kind == Erasure.Kind.SERIES else erasure.label,
        "reason": erasure.reason,
        "ordered_by": erasure.ordered_by_label,
        "removed": dict(erasure.removed),
    }


def list_erasures(*, actor: Actor, dataset: Dataset | None = None) -> list[Erasure]:
    """The orders to erase, latest first: all for managers, those of a dataset for whoever may see it."""
    if dataset is None:
        require_manager(actor)
        return list(Erasure.objects.all()[:200])
    return list(dataset.erasures.all())
