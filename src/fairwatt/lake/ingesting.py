"""Ingest: one file of readings into its dataset's table, all of it or nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fairwatt.core.errors import InvalidInput, UnreadableFile
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.findings import Finding
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.engine import Patient, moment_of
from fairwatt.lake.results import ChannelSummary, IngestResult
from fairwatt.lake.rewriting import rewrite_others
from fairwatt.lake.rollups import levels_for
from fairwatt.lake.staging import Stage, stage_file
from fairwatt.lake.summary import find_odd_cells, row_findings, summarise, value_findings
from fairwatt.lake.tables import RESERVED, BatchNote, NewFile, Table, checked_name, joined_type, schema_of
from fairwatt.lake.timeline import Timeline, scan_stamps
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import Plan, largest_of, stored_types, write_readings, write_rollups

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What an ingest may take: memory as DuckDB writes it, and threads."""

    memory: str
    threads: int


def ingest_file(
    path: Path,
    profile: ImportProfile,
    *,
    table: Table,
    source: str,
    name: str,
    work: Path,
    limits: Limits,
    on_progress: Callable[[float, str], object] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> IngestResult:
    """Read ``path`` by ``profile`` and put its readings in the place of what ``source`` had in ``table``.

    See :meth:`fairwatt.lake.Lake.ingest`.
    """
    checked_name(source, "source")
    _refuse_reserved(profile, name)
    patient = Patient(on_progress, is_cancelled)
    patient.check(0.0, "Opening the file")
    with full_disk_said(), WorkFolder.new(work) as folder:
        stage = stage_file(
            path,
            profile,
            work=folder.path,
            name=name,
            patient=patient,
            memory_limit=limits.memory,
            threads=limits.threads,
        )
        with stage:
            timeline = scan_stamps(stage, name=name, patient=patient)
            rows, channels = summarise(stage)
            findings = _findings(stage, timeline, channels, name=name)
            with table.lock():
                files, rolled = _publish(stage, timeline, channels, table, source, folder, patient)
    patient.check(1.0, "Done")
    return _result(timeline, rows, channels, findings, files, rolled)


def _refuse_reserved(profile: ImportProfile, name: str) -> None:
    fields = [rule.field for rule in profile.channels]
    bad = sorted({field for field in fields if field in RESERVED or fields.count(field) > 1})
    if bad:
        raise InvalidInput(
            f"The columns of {name} can't be stored under the name{'s' if len(bad) > 1 else ''} {', '.join(bad)}.",
            where={"file": name, "channel": bad[0]},
            next_step="Give the channel another field name.",
        )


def _findings(
    stage: Stage, timeline: Timeline, channels: tuple[ChannelSummary, ...], *, name: str
) -> tuple[Finding, ...]:
    values = value_findings(stage, channels, find_odd_cells(stage), name=name)
    return (*row_findings(stage, name=name), *timeline.findings, *values)


def _publish(
    stage: Stage,
    timeline: Timeline,
    channels: tuple[ChannelSummary, ...],
    table: Table,
    source: str,
    folder: WorkFolder,
    patient: Patient,
) -> tuple[list[NewFile], list[NewFile]]:
    own = stored_types(stage.cells, channels)
    snapshot = table.snapshot()
    others = {note.batch: note for note in snapshot.notes.values() if note.source != source}
    kept = {
        field: kind for field, kind in snapshot.fields.items() if any(field in note.fields for note in others.values())
    }
    types = dict(kept)
    for channel in channels:
        if channel.field in kept:
            largest = max(largest_of(channel), *(note.fields.get(channel.field) or 0.0 for note in others.values()))
            types[channel.field] = _joined(kept[channel.field], own[channel.field], largest, channel.field)
        else:
            types[channel.field] = own[channel.field]
    batch = folder.path.name
    plan = Plan(batch=batch, source=source, types=types, folder=folder.path)
    span_s = (timeline.last - timeline.first) / _MICROS
    levels = levels_for(timeline.report.resolution_s, timeline.report.rows, span_s)
    files = write_readings(stage, timeline, plan, patient=patient)
    if not files:
        raise UnreadableFile("The file holds no reading with a valid time.")
    rolled = write_rollups(stage, timeline, plan, levels=levels, channels=channels, patient=patient)
    changed = {field for field in kept if types[field] != kept[field]}
    redone = rewrite_others(snapshot, others, changed, types, folder.path, stage.connection, patient)
    note = BatchNote(
        batch=batch,
        source=source,
        fields={channel.field: None if channel.maximum is None else largest_of(channel) for channel in channels},
        series=timeline.series,
        resolution_s=timeline.report.resolution_s,
        levels=levels if rolled else (),
    )
    patient.check(0.98, "Publishing")
    table.publish(
        folder,
        note,
        files=[*files, *redone.files],
        rollups=[*rolled, *redone.rollups],
        schema=schema_of(types, "month"),
        replaced=redone.sources,
    )
    return files, rolled


def _joined(one: str, other: str, largest: float, field: str) -> str:
    try:
        return joined_type(one, other, largest)
    except InvalidInput as error:
        raise InvalidInput(error.message, where={"channel": field}, next_step=error.next_step) from error


def _result(
    timeline: Timeline,
    rows: int,
    channels: tuple[ChannelSummary, ...],
    findings: tuple[Finding, ...],
    files: list[NewFile],
    rolled: list[NewFile],
) -> IngestResult:
    report = timeline.report
    last = moment_of(timeline.last)
    return IngestResult(
        rows=rows,
        readings=sum(channel.count for channel in channels),
        series=timeline.series,
        first=moment_of(timeline.first),
        last=last,
        period_end=last + timedelta(seconds=report.resolution_s or 0.0, microseconds=0 if report.resolution_s else 1),
        resolution_s=report.resolution_s,
        channels=channels,
        missing_count=sum(channel.missing for channel in channels),
        gap_count=report.gap_count,
        duplicate_count=report.duplicate_count,
        coverage=report.coverage,
        findings=findings,
        stored_bytes=sum(file.size for file in files),
        rollup_bytes=sum(file.size for file in rolled),
    )
