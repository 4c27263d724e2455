"""Ingest: one file of readings into its dataset's table, all of it or nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.findings import Finding
from fairwatt.lake.deltalog import RESERVED, NewFile, joined_type
from fairwatt.lake.direct.choosing import sort_parts
from fairwatt.lake.direct.freeing import give_back
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.engine import Patient, moment_of
from fairwatt.lake.limits import Limits, little_memory_said
from fairwatt.lake.pseudonyms import Pseudonym, with_pseudonyms
from fairwatt.lake.results import ChannelSummary, IngestResult
from fairwatt.lake.rewriting import Rewriting
from fairwatt.lake.rollups import levels_for
from fairwatt.lake.staging import Stage, stage_file
from fairwatt.lake.summary import count_rows_with_missing, find_odd_cells, row_findings, summarise, value_findings
from fairwatt.lake.tables import BatchNote, Snapshot, Table, checked_name
from fairwatt.lake.timeline import Timeline, scan_stamps
from fairwatt.lake.upkeep.parting import set_apart
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import Plan, largest_of, stored_types, write_readings, write_rollups

_MICROS = 1_000_000


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
    pseudonym: Pseudonym | None = None,
) -> IngestResult:
    """Read ``path`` by ``profile`` and put its readings in the place of what ``source`` had in ``table``.

    See :meth:`fairwatt.lake.Lake.ingest`.
    """
    checked_name(source, "source")
    _refuse_reserved(profile, name)
    patient = Patient(on_progress, is_cancelled)
    patient.check(0.0, "Opening the file")
    limits = limits.for_columns(profile.columns)
    with full_disk_said(), little_memory_said(name), WorkFolder.new(work) as folder:
        stage = stage_file(
            path,
            profile,
            work=folder.path,
            name=name,
            patient=patient,
            memory_limit=limits.memory,
            threads=limits.threads,
            in_parts=True,
        )
        with stage:
            timeline, points = with_pseudonyms(stage, scan_stamps(stage, name=name, patient=patient), pseudonym)
            give_back()
            rows, channels = summarise(stage)
            findings = (*points, *_findings(stage, timeline, channels, name=name))
            missing = count_rows_with_missing(stage, channels)
            reading = _Reading(stage, timeline, rows, channels, findings, missing)
            with table.lock():
                set_apart(table, source, work=work, limits=limits)
                files, rolled = _publish(reading, table, source, folder, patient, limits=limits)
    patient.say(1.0, "Done")  # too late to cancel: it is published
    return _result(reading, files, rolled)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A staged file and all that was found out about it."""

    stage: Stage
    timeline: Timeline
    rows: int
    channels: tuple[ChannelSummary, ...]
    findings: tuple[Finding, ...]
    missing_rows: int


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
    values = value_findings(stage, channels, find_odd_cells(stage, channels), name=name)
    return (*row_findings(stage, name=name), *timeline.findings, *values)


def _publish(
    reading: _Reading, table: Table, source: str, folder: WorkFolder, patient: Patient, *, limits: Limits
) -> tuple[list[NewFile], list[NewFile]]:
    """Write the files and put them in their places; return those of the readings and of the rollups."""
    snapshot = table.snapshot()
    others = {note.batch: note for note in snapshot.notes.values() if note.source != source}
    types, changed = _agreed_types(reading, snapshot, list(others.values()))
    plan = Plan(folder.path.name, source, types, folder.path, patient, limits.is_little, limits.workers)
    levels = _levels(reading)
    sorting = sort_parts(reading.stage, reading.timeline, types)
    files = write_readings(reading.stage, reading.timeline, plan, sorting)
    give_back()
    rolled = write_rollups(reading.stage, plan, sorting, files=files, levels=levels, channels=reading.channels)
    redone = Rewriting(types, changed, folder.path, reading.stage.connection, patient).rewrite(snapshot, others)
    note = BatchNote(
        batch=plan.batch,
        source=source,
        fields={one.field: None if one.maximum is None else largest_of(one) for one in reading.channels},
        series=reading.timeline.series,
        resolution_s=reading.timeline.report.resolution_s,
        levels=levels if rolled else (),
    )
    reading.stage.close()
    give_back()
    patient.check(0.98, "Publishing")
    table.publish(
        folder,
        note,
        files=[*files, *redone.files],
        rollups=[*rolled, *redone.rollups],
        fields=types,
        replaced=redone.sources,
    )
    return files, rolled


def _levels(reading: _Reading) -> tuple[int, ...]:
    span_s = (reading.timeline.last - reading.timeline.first) / _MICROS
    return levels_for(reading.timeline.report.resolution_s, reading.timeline.report.rows, span_s)


def _agreed_types(reading: _Reading, snapshot: Snapshot, others: list[BatchNote]) -> tuple[dict[str, str], set[str]]:
    """Each field's type for the file and the dataset's other files, and the fields that get another one by it."""
    own = stored_types(reading.stage.cells, reading.channels)
    kept = {field: kind for field, kind in snapshot.fields.items() if any(field in note.fields for note in others)}
    types = dict(kept)
    for channel in reading.channels:
        field = channel.field
        if field in kept:
            largest = max(largest_of(channel), *(note.fields.get(field) or 0.0 for note in others))
            types[field] = _joined(kept[field], own[field], largest, field)
        else:
            types[field] = own[field]
    return types, {field for field in kept if types[field] != kept[field]}


def _joined(one: str, other: str, largest: float, field: str) -> str:
    try:
        return joined_type(one, other, largest)
    except InvalidInput as error:
        raise InvalidInput(error.message, where={"channel": field}, next_step=error.next_step) from error


def _result(reading: _Reading, files: list[NewFile], rolled: list[NewFile]) -> IngestResult:
    report, channels = reading.timeline.report, reading.channels
    last = moment_of(reading.timeline.last)
    return IngestResult(
        rows=reading.rows,
        readings=sum(channel.count for channel in channels),
        series=reading.timeline.series,
        first=moment_of(reading.timeline.first),
        last=last,
        period_end=moment_of(reading.timeline.end),
        resolution_s=report.resolution_s,
        channels=channels,
        missing_count=sum(channel.missing for channel in channels),
        missing_rows=reading.missing_rows,
        gap_count=report.gap_count,
        duplicate_count=report.duplicate_count,
        coverage=report.coverage,
        findings=reading.findings,
        stored_bytes=sum(file.size for file in files),
        rollup_bytes=sum(file.size for file in rolled),
    )
