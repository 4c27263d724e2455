"""Health scans of stored readings: one of each file as it is read, more when asked for; each report stays as it is."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from fairwatt.core.errors import Cancelled, Conflict, NotFound
from fairwatt.core.findings import Finding, Severity
from fairwatt.core.quality.report import HealthReport
from fairwatt.core.quality.scanning import scan_health
from fairwatt.lake.readings_in_windows import ParquetReadings
from fairwatt.records.models import Dataset, File, FileFinding, HealthScan, Job, LiveFeed
from fairwatt.services.access import decide_data, visible_datasets
from fairwatt.services.actors import Actor, require_user
from fairwatt.services.announcements import readings_stored
from fairwatt.services.jobs import JobContext, enqueue_job, register
from fairwatt.services.lakes import get_lake
from fairwatt.services.reading_questions import NUMBER, ChannelInfo, find_readable, list_channels_of

SCAN = "scan-health"
MOST_PLACES = 500  # of a finding, that a report keeps
_AT_ONCE = 20  # files that are scanned late, at once
_OPEN = (Job.State.QUEUED, Job.State.RUNNING)
_BY_SCAN = frozenset({
    "missing-values", "gaps", "duplicate-stamps", "conflicting-duplicates", "off-grid-stamps", "varying-intervals",
    "constant-column", "empty-column", "possible-sentinel", "register-restarts",
})  # fmt: skip


def order_scan(dataset: Dataset, *, at: datetime, file_key: str = "", actor: Actor | None = None) -> Job:
    """Have a file's readings scanned, or all of a dataset's; where that waits already, it is that job."""
    waiting = Job.objects.filter(kind=SCAN, dataset=dataset, state=Job.State.QUEUED)
    for job in waiting:
        if job.payload.get("file", "") == file_key:
            return job
    user = actor.user if actor is not None else None
    return enqueue_job(kind=SCAN, payload={"file": file_key}, dataset=dataset, created_by=user, at=at)


def request_scan(*, actor: Actor, dataset_key: str, at: datetime) -> Job:
    """Have all readings of a dataset scanned, for somebody who may have them.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where they may not.
    Conflict
        Where it holds no readings.
    """
    require_user(actor)
    dataset = find_readable(actor, dataset_key, at)
    if not _numbers_of(dataset, ""):
        raise Conflict("This dataset holds no readings that could be scanned.", where={"dataset": dataset_key})
    return order_scan(dataset, at=at, actor=actor)


def list_scans(*, actor: Actor, dataset_key: str, at: datetime) -> tuple[Dataset, list[HealthScan]]:
    """A dataset, and the reports there are of it and its files, the newest first; without what they say.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the asker may not have the readings.
    """
    dataset = find_readable(actor, dataset_key, at)
    return dataset, list(dataset.health_scans.select_related("file").defer("report"))


def get_scan(*, actor: Actor, key: str, at: datetime) -> HealthScan:
    """A report, for whoever may have the readings that it is about.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the asker may not, or there is none.
    """
    scan = HealthScan.objects.select_related("dataset", "file").filter(key=key).first()
    if scan is None or not visible_datasets(actor).filter(pk=scan.dataset_id).exists():
        raise NotFound("There is no such health report.", where={"report": key})
    find_readable(actor, scan.dataset.key, at)
    return scan


def latest_scan(dataset: Dataset, *, file: File | None = None) -> HealthScan | None:
    """The newest report of a file, or of a dataset; of one with a single file that is the file's."""
    scans = dataset.health_scans.select_related("file").defer("report")
    return (scans.filter(file=file) if file is not None else scans).first()


def is_scanning(dataset: Dataset) -> bool:
    """Whether a scan of a dataset waits or runs."""
    return Job.objects.filter(kind=SCAN, dataset=dataset, state__in=_OPEN).exists()


def list_scannable(*, actor: Actor, at: datetime) -> list[tuple[Dataset, HealthScan | None]]:
    """The datasets with readings that an asker may have, each with its newest report."""
    datasets = visible_datasets(actor).filter(readings_total__gt=0).order_by("title", "pk")
    readable = [one for one in datasets if decide_data(actor=actor, dataset=one, at=at).allowed]
    newest: dict[int, HealthScan] = {}
    for scan in HealthScan.objects.filter(dataset__in=readable).select_related("file").defer("report"):
        newest.setdefault(scan.dataset_id, scan)
    return [(one, newest.get(one.pk)) for one in readable]


def report_of(scan: HealthScan) -> HealthReport:
    """What a scan found."""
    return HealthReport.model_validate(scan.report)


@register(SCAN)
def carry_out(context: JobContext) -> None:
    """Scan readings and keep the report.

    Raises
    ------
    Cancelled
        Where they are gone.
    """
    dataset, file = _still_there(context)
    key = file.key if file is not None else ""
    channels = _numbers_of(dataset, key)
    if not channels:
        return
    context.progress(0.05, "Fetching the readings")
    with tempfile.TemporaryDirectory(prefix="health-") as folder:
        path = Path(folder) / "readings.parquet"
        _write_readings(path, dataset, key, channels, context)
        context.progress(0.5, "Scanning")
        report = scan_health(ParquetReadings(path), name=file.name if file else dataset.title).report
    with transaction.atomic():
        context.require_held()
        _still_there(context)
        _keep(dataset, file, report, at=context.clock())


def _still_there(context: JobContext) -> tuple[Dataset, File | None]:
    """What is to be scanned, as it stands now."""
    dataset = Dataset.objects.filter(pk=context.job.dataset_id or 0, erased_at=None).first()
    key = context.payload["file"]
    file = File.objects.filter(dataset=dataset, key=key, erased_at=None).first() if key else None
    if dataset is None or (key and file is None):
        raise Cancelled("The readings have been removed.")
    return dataset, file


def schedule_scans(*, at: datetime) -> int:
    """Have some files scanned that never were: they had been read before there was a scan; how many."""
    growing = LiveFeed.objects.filter(closed_at=None).values("file")
    read = File.objects.filter(state=File.State.READ, kind=File.Kind.READINGS, erased_at=None, health_scans=None)
    asked = set(Job.objects.filter(kind=SCAN).values_list("payload__file", flat=True))
    rows = read.exclude(pk__in=growing).select_related("dataset").order_by("pk")
    lacking = [file for file in rows.iterator() if file.key not in asked][:_AT_ONCE]
    for file in lacking:
        order_scan(file.dataset, at=at, file_key=file.key)
    return len(lacking)


def _keep(dataset: Dataset, file: File | None, report: HealthReport, *, at: datetime) -> None:
    found = tuple(_as_core(one) for one in file.findings.exclude(code__in=_BY_SCAN)) if file is not None else ()
    findings = tuple(
        one.model_copy(update={"places": one.places[:MOST_PLACES], "cut": one.cut or len(one.places) > MOST_PLACES})
        for one in report.findings
    )
    kept = report.model_copy(update={"findings": findings, "reading": found}).model_dump(mode="json")
    HealthScan.objects.create(key=uuid.uuid4().hex, dataset=dataset, file=file, made_at=at, report=kept)


def _as_core(one: FileFinding) -> Finding:
    return Finding(
        code=one.code, severity=Severity(one.severity), channel=one.channel, count=one.count,
        where=tuple(one.where), message=one.message,
    )  # fmt: skip


def _numbers_of(dataset: Dataset, file_key: str) -> list[ChannelInfo]:
    return [one for one in list_channels_of(dataset, file_key or None) if one.kind == NUMBER]


def _write_readings(
    path: Path, dataset: Dataset, file_key: str, channels: Sequence[ChannelInfo], context: JobContext
) -> None:
    """Write the readings as Parquet, series by series: each is scanned for itself."""
    by_source = get_lake().series_by_source(dataset.table)
    named = by_source.get(file_key, ()) if file_key else {name for names in by_source.values() for name in names}
    fields = [one.field for one in channels]
    schema = pa.schema(
        [("series", pa.string()), ("start", pa.timestamp("us", tz="UTC")), *((one, pa.float64()) for one in fields)],
        metadata={"fairwatt:channels": json.dumps(_words(dataset, file_key, channels))},
    )
    series = sorted(named) or [""]
    with pq.ParquetWriter(path, schema) as writer:
        for place, name in enumerate(series):
            context.progress(0.05 + 0.45 * place / len(series))
            for batch in _batches(dataset, file_key, fields, name if len(series) > 1 else None):
                columns = [pa.repeat(pa.scalar(name), len(batch))]
                columns += [batch.column(one).cast(schema.field(one).type) for one in ("start", *fields)]
                writer.write_batch(pa.record_batch(columns, schema=schema))
                context.check()


def _batches(dataset: Dataset, file_key: str, fields: list[str], series: str | None) -> Iterator[pa.RecordBatch]:
    return get_lake().batches(
        dataset.table, fields=fields, sources=[file_key] if file_key else None, series=[series] if series else None
    )


def _words(dataset: Dataset, file_key: str, channels: Sequence[ChannelInfo]) -> dict[str, dict[str, str]]:
    """What the scan is to know of each channel, as ``fairwatt convert`` writes it."""
    files = dataset.files.filter(key=file_key) if file_key else dataset.files.all()
    rules = [rule for file in files.only("profile") for rule in (file.profile or {}).get("channels", [])]
    registers = {rule.get("field") for rule in rules if rule.get("is_register")}
    return {
        one.field: {
            "name": one.name, "quantity": one.quantity, "unit_code": one.unit, "direction": one.direction,
            "statistic": one.statistic, "kind": "register" if one.field in registers else "",
        }
        for one in channels
    }  # fmt: skip


def _on_readings_stored(*, file_key: str, at: datetime, **_: object) -> None:
    file = File.objects.select_related("dataset").filter(key=file_key).first()
    if file is not None:
        order_scan(file.dataset, at=at, file_key=file_key)


readings_stored.connect(_on_readings_stored, dispatch_uid="health-scans")
