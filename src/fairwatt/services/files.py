"""Reading a received file: what it is, what it can't tell, and its readings into the lake.

The job "read-file" may run any number of times on the same file: each time it replaces what it stored before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from fairwatt import lake as lake_door
from fairwatt.core import files as reader
from fairwatt.core.errors import Cancelled, InvalidInput, UnreadableFile
from fairwatt.core.files.profile import ImportProfile, Question
from fairwatt.core.findings import Severity
from fairwatt.records.models import Channel, File, FileFinding, Job, User
from fairwatt.services.file_results import Reading, store_reading
from fairwatt.services.jobs import JobContext, enqueue_job, register
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from fairwatt.services.upload_store import remove_raw_if_unused

if TYPE_CHECKING:
    from fairwatt.core.files import Inspection
    from fairwatt.lake import IngestResult, Lake, Readable

READ_FILE = "read-file"
KEEP_AS_DOCUMENT = "keep_as_document"
# Without these a reading would stand at the wrong time: nothing goes to the lake before they are answered.
# Other open questions (a unit, say) may be answered at any time; till then the guess counts, and says so.
BLOCKING = frozenset({"time_zone", "day_first", "stamp"})


@dataclass(frozen=True)
class FilePreview:
    """What is known of a received file, for its page in the deposit."""

    file: File
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    channels: tuple[Channel, ...]
    findings: tuple[FileFinding, ...]
    questions: tuple[Question, ...]
    job: Job | None


def preview_file(file: File) -> FilePreview:
    """The first rows, channels, findings, open questions and the latest job of a file, in four queries."""
    sample: Mapping[str, Any] = file.sample or {}
    return FilePreview(
        file=file,
        columns=tuple(sample.get("columns", ())),
        rows=tuple(tuple(row) for row in sample.get("rows", ())),
        channels=tuple(file.channels.all()),
        findings=tuple(file.findings.all()),
        questions=tuple(Question.model_validate(question) for question in file.questions),
        job=file.jobs.order_by("-pk").first(),
    )


def enqueue_reading(
    file: File, *, created_by: User | None, at: datetime, answers: Mapping[str, str] | None = None
) -> Job:
    """Ask for a file to be read (again), with further answers; call it inside a transaction."""
    job = enqueue_job(
        kind=READ_FILE,
        payload={"file": file.key},
        at=at,
        file=file,
        dataset=file.dataset,
        created_by=created_by,
    )
    file.answers = {**file.answers, **(answers or {})}
    file.state, file.error = File.State.RECEIVED, ""
    file.save(update_fields=["answers", "state", "error"])
    return job


def delete_file(file: File) -> None:
    """Delete a file's row; its readings, and its bytes where no other file has them, go after the transaction."""
    table, key, sha256 = file.dataset.table, file.key, file.sha256
    file.jobs.filter(state=Job.State.RUNNING).update(cancel_requested=True)
    file.delete()

    def forget() -> None:
        get_lake().remove_source(table, key)
        remove_raw_if_unused(sha256)

    transaction.on_commit(forget, robust=True)


def _on_failed(job: Job, reason: str, at: datetime) -> None:
    """Say on the file why it was not read, unless somebody has asked for another reading meanwhile."""
    del at
    open_states = (Job.State.QUEUED, Job.State.RUNNING)
    newer = Job.objects.filter(file=job.file_id, kind=READ_FILE, state__in=open_states).exclude(pk=job.pk)
    if job.file_id is None or newer.exists():
        return
    question = Question(
        id=KEEP_AS_DOCUMENT,
        text="Keep this file as a document, without readings?",
        guess="yes",
        why="It could not be read as data. Its bytes are kept as they came and can be downloaded.",
        choices=(("yes", "Yes, keep it as a document"), ("no", "No, I will remove or replace it")),
    )
    File.objects.filter(pk=job.file_id).exclude(state=File.State.READ).update(
        state=File.State.FAILED, error=reason, questions=[question.model_dump(mode="json")]
    )


@register(READ_FILE, on_failed=_on_failed)
def read_file(context: JobContext) -> None:
    """Read one file: recognise it, ask what it can't tell, or take its readings into the lake.

    Raises
    ------
    UnreadableFile, TooLarge
        Where it holds nothing that can be read; the bytes stay as they came.
    """
    file = File.objects.select_related("dataset").filter(key=context.payload["file"]).first()
    if file is None:
        raise Cancelled("The file has been removed.")
    lake, project = get_lake(), get_project()
    File.objects.filter(pk=file.pk).update(state=File.State.READING, error="")
    context.progress(0.0, "Opening the file")
    with lake.readable(file.sha256, max_ratio=project.limits.uncompressed_ratio, name=file.name) as readable:
        context.progress(0.05, "Looking at its first and last lines")
        inspection = reader.inspect_file(
            lake_door.sample_file(readable.path),
            name=readable.member or file.name,
            max_columns=project.limits.columns,
        )
        reading = _interpret(file, inspection, readable)
        if reading.is_complete:
            context.progress(0.1, "Reading the rows")
            reading = reading.with_result(_ingest(context, lake, readable, reading.profile, file))
    context.progress(0.95, "Noting what was found")
    if reading.result is None:
        lake.remove_source(file.dataset.table, file.key)  # what an earlier reading may have brought
    store_reading(context, file, reading)


def _interpret(file: File, inspection: Inspection, readable: Readable) -> Reading:
    """Bring together what the file tells and what people answered."""
    if file.answers.get(KEEP_AS_DOCUMENT) == "yes":
        return Reading(inspection, as_document=True)
    if inspection.kind == File.Kind.UNKNOWN:
        raise UnreadableFile(_why_unknown(inspection), where={"file": file.name})
    if inspection.profile is None or inspection.kind != File.Kind.READINGS:
        return Reading(inspection)
    packed = {"compression": readable.compression, "member": readable.member}
    profile = inspection.profile.model_copy(update={"dialect": inspection.profile.dialect.model_copy(update=packed)})
    # An answer to what a newer reader no longer asks is left alone: it does no harm, and may be asked again.
    asked = {question.id for question in inspection.questions}
    answers = {name: value for name, value in file.answers.items() if name in asked or name.startswith("quantity:")}
    try:
        profile = reader.apply_answers(profile, answers, inspection.questions)
    except InvalidInput as error:
        raise InvalidInput(
            f"An answer does not fit this file: {error.message}", where=error.where, next_step="Answer it anew."
        ) from error
    questions = reader.open_questions(profile, inspection.questions, answers)
    blocked = profile.timestamp.time_zone is None or any(question.id in BLOCKING for question in questions)
    return Reading(inspection, profile=profile, questions=questions, is_complete=not blocked)


def _why_unknown(inspection: Inspection) -> str:
    worst = [finding.message for finding in inspection.findings if finding.severity == Severity.ERROR]
    return worst[0] if worst else "Its bytes are of no kind that can be read. They are kept as they came."


def _ingest(
    context: JobContext, lake: Lake, readable: Readable, profile: ImportProfile | None, file: File
) -> IngestResult:
    def on_progress(share: float, stage: str) -> None:
        context.progress(0.1 + 0.85 * share, stage)

    if profile is None:  # pragma: no cover - a reading without one is never complete
        raise UnreadableFile("There is no way to read it.", where={"file": file.name})
    result = lake.ingest(
        readable.path,
        profile,
        table=file.dataset.table,
        source=file.key,
        name=file.name,
        on_progress=on_progress,
        is_cancelled=context.is_cancelled,
    )
    context.log(f"{result.rows:,} rows, {result.readings:,} readings, {len(result.findings)} findings")
    return result
