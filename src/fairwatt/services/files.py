"""Reading a received file: what it is, what it can't tell, and its readings into the lake.

The job "read-file" may run any number of times on the same file: each time it replaces what it stored before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from fairwatt.core.errors import Cancelled, Conflict, FairwattError, InvalidInput, UnreadableFile
from fairwatt.core.files import ImportProfile, Inspection, Question, recognise_kind
from fairwatt.core.files.concealing import conceal, conceal_finding
from fairwatt.core.files.extents import future_finding
from fairwatt.core.files.privacy import hold_mpans, said_points
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting import TextTable
from fairwatt.lake.looking import FileLook, TableLook, look_into
from fairwatt.lake.opening import Readable
from fairwatt.lake.surveying import placed
from fairwatt.records.models import Channel, File, FileFinding, Job, User
from fairwatt.services.dataset_channels import store_dataset_channels
from fairwatt.services.dataset_totals import hold
from fairwatt.services.file_looks import choose_table, given_profile, keep_look, recall_look, without_numbers
from fairwatt.services.file_overlaps import find_overlapping
from fairwatt.services.file_results import Reading, store_reading
from fairwatt.services.interpreting import interpret
from fairwatt.services.jobs import JobContext, Overtaken, enqueue_job, register
from fairwatt.services.lakes import get_lake
from fairwatt.services.profile_offers import guessed_by_saved
from fairwatt.services.projects import get_project
from fairwatt.services.pseudonyms import Pseudonyms
from fairwatt.services.upload_store import remove_raw_if_unused

if TYPE_CHECKING:
    from fairwatt.lake import IngestResult

READ_FILE = "read-file"
KEEP_AS_DOCUMENT = "keep_as_document"
HEAD_BYTES = 64 << 10
PACKED = frozenset({"gzip", "zip", "7z", "bzip2", "xz", "zstd"})


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
    """Ask for a file to be read (again), with further answers; call it inside a transaction.

    Raises
    ------
    Conflict
        Where its original was erased.
    """
    if file.original_erased_at is not None:
        raise Conflict(f"The original of {file.name} was erased: it can't be read again.", where={"file": file.key})
    job = enqueue_job(
        kind=READ_FILE,
        payload={"file": file.key} | ({"answered": True} if answers else {}),
        at=at,
        file=file,
        dataset=file.dataset,
        created_by=created_by,
    )
    file.answers = {**file.answers, **(answers or {})}
    if answers and not file.given:
        file.logger = None  # it is read otherwise now than the profile that was saved from it says
    file.state, file.error = File.State.RECEIVED, ""
    file.save(update_fields=["answers", "logger", "given", "state", "error"])
    if file.channels.exists():  # what an earlier reading found counts no longer
        hold(file.dataset)
        store_dataset_channels(file.dataset)
    return job


def delete_file(file: File) -> None:
    """Delete a file's row; its readings, and its bytes where no other file has them, go after the transaction."""
    table, key, sha256 = file.dataset.table, file.key, file.sha256
    list(file.jobs.select_for_update())  # a reader that is just storing comes first, or finds its job gone
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
    File.objects.filter(jobs=job).exclude(state=File.State.READ).update(
        state=File.State.FAILED, error=reason, questions=[question.model_dump(mode="json")]
    )


def _on_put_back(job: Job) -> None:
    """Nobody reads the file any more: it waits again."""
    assert job.file_id is not None
    File.objects.filter(pk=job.file_id, state=File.State.READING).update(state=File.State.RECEIVED)


@register(READ_FILE, on_failed=_on_failed, on_put_back=_on_put_back)
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
    File.objects.filter(pk=file.pk).update(state=File.State.READING, error="")
    context.progress(0.0, "Opening the file")
    keep_as_document = file.answers.get(KEEP_AS_DOCUMENT) == "yes"
    try:
        reading = _as_document(file) if keep_as_document else _read(context, file)
    except FairwattError as error:
        raise without_numbers(error) from None
    try:
        context.progress(0.95, "Noting what was found")
        if reading.result is None:
            get_lake().remove_source(file.dataset.table, file.key)  # what an earlier reading may have brought
        store_reading(context, file, reading)
    except (Cancelled, Overtaken) as stopped:
        _take_back(file, stopped)
        raise


def _take_back(file: File, stopped: Exception) -> None:
    """Take readings that nothing will speak of out of the lake again.

    Where another worker has taken the job over, they are its readings too, and stay.
    """
    if isinstance(stopped, Cancelled) or not File.objects.filter(pk=file.pk).exists():
        get_lake().remove_source(file.dataset.table, file.key)


def _read(context: JobContext, file: File) -> Reading:
    lake, limits = get_lake(), get_project().limits
    with lake.readable(file.sha256, max_ratio=limits.uncompressed_ratio, name=file.name) as readable:
        seen = recall_look(file) if context.payload.get("answered") else None
        if seen is not None:
            reading = replace(_interpret(file, seen), look=file.inspected)
            return _with_rows(context, reading, TableLook("", TextTable(readable.path), seen), file, Pseudonyms())
        context.progress(0.05, "Looking at what it holds")
        # To know what to ask, an excerpt is enough; whoever has answered has the rows read, and the whole looked at.
        first = None if file.answers else _looked_into(context, file, readable, is_excerpt=True)
        found = first or _looked_into(context, file, readable, is_excerpt=False)
        assert found is not None  # of the whole
        return found


def _looked_into(context: JobContext, file: File, readable: Readable, *, is_excerpt: bool) -> Reading | None:
    """What comes of a look; None where it was at an excerpt, and the whole is needed: to read it, or for its tables."""
    lake, limits = get_lake(), get_project().limits
    with look_into(
        readable,
        name=file.name,
        work=lake.root / "work",
        max_columns=limits.columns,
        max_ratio=limits.uncompressed_ratio,
        patient=Patient(is_cancelled=context.is_cancelled),
        is_excerpt=is_excerpt,
    ) as look:
        names = Pseudonyms()
        table = _chosen(look, file, names)
        inspection = conceal(look.inspection_of(table), names)
        reading = replace(_interpret(file, inspection), look=keep_look(look, table, inspection, names))
        if look.is_excerpt and is_excerpt and (reading.is_complete or len(look.tables) > 1):
            return None
        return _with_rows(context, reading, table, file, names)


def _with_rows(
    context: JobContext, reading: Reading, table: TableLook | None, file: File, names: Pseudonyms
) -> Reading:
    """The same with its rows in the lake, where nothing that they need is open, and the names that were made."""
    if reading.is_complete and table is not None:
        context.progress(0.1, "Reading the rows")
        reading = reading.with_result(_ingest(context, table, reading.profile, file, names=names))
    return replace(reading, pseudonyms=names.made)


def _chosen(look: FileLook, file: File, names: Pseudonyms) -> TableLook | None:
    try:
        return choose_table(look, file.answers, names)
    except InvalidInput as error:
        raise _does_not_fit(error) from error


def _does_not_fit(error: InvalidInput) -> InvalidInput:
    return InvalidInput(
        f"An answer does not fit this file: {error.message}", where=error.where, next_step="Answer it anew."
    )


def _as_document(file: File) -> Reading:
    """What is noted of a file that somebody chose to keep without readings: its kind by its first bytes."""
    head = b"".join(get_lake().raw.open_range(file.sha256, 0, HEAD_BYTES))
    kind, media_type = recognise_kind(head)
    kept = Finding(
        code="kept-as-document",
        severity=Severity.INFO,
        message="The file is kept as it came, without readings, as its depositor chose.",
    )
    points = (said_points("The text holds"),) if hold_mpans([head.decode(errors="replace")]) else ()
    return Reading(Inspection(kind=File.Kind.DOCUMENT, format=kind, media_type=media_type, findings=(kept, *points)))


def _interpret(file: File, inspection: Inspection) -> Reading:
    """Bring together what the file tells and what people answered."""
    if inspection.kind == File.Kind.UNKNOWN:
        raise _unknown(file, inspection)
    if inspection.profile is None or inspection.kind != File.Kind.READINGS:
        return Reading(inspection)
    try:
        found = interpret(inspection, answers=file.answers, given=given_profile(file), name=file.name)
    except InvalidInput as error:
        raise _does_not_fit(error) from error
    questions = found.questions if file.given else guessed_by_saved(file, inspection, found.questions)
    reading = Reading(inspection, profile=found.profile, questions=questions, is_complete=found.is_complete)
    return replace(reading, misfit=found.misfit)


def _unknown(file: File, inspection: Inspection) -> UnreadableFile:
    """What to say of a file whose bytes nothing can be made of."""
    where = {"file": file.name}
    if inspection.format in PACKED:
        return UnreadableFile(
            f"{file.name} holds packed files ({inspection.format}) that can't be looked into. It is kept as it came.",
            where=where,
            next_step="Unpack it and upload what is inside file by file, each plain or packed by itself (gzip, zip).",
        )
    return UnreadableFile(
        f"{file.name} is of no kind that is known here. It is kept as it came.",
        where=where,
        next_step="If it holds readings, export them as CSV and upload that.",
    )


def _ingest(
    context: JobContext, look: TableLook, profile: ImportProfile | None, file: File, *, names: Pseudonyms
) -> IngestResult:
    def on_progress(share: float, stage: str) -> None:
        context.progress(0.1 + 0.85 * share, stage)

    if profile is None:  # pragma: no cover - a reading without one is never complete
        raise UnreadableFile("There is no way to read it.", where={"file": file.name})
    result = get_lake().ingest(
        look.table.path,
        profile,
        table=file.dataset.table,
        source=file.key,
        name=file.name,
        on_progress=on_progress,
        is_cancelled=context.is_cancelled,
        pseudonym=names,
    )
    more = (find_overlapping(file, result), future_finding(result.last, at=file.received_at))
    findings = (*result.findings, *(finding for finding in more if finding is not None))
    result = replace(result, findings=tuple(conceal_finding(finding, names) for finding in findings))
    context.log(f"{result.rows:,} rows, {result.readings:,} readings, {len(result.findings)} findings")
    return replace(result, findings=placed(result.findings, look.table, name=file.name))
