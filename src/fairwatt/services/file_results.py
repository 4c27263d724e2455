"""Store what reading a file found: its own row, its channels and findings, and its dataset's totals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction

from fairwatt.core.files import ImportProfile, Inspection, Question
from fairwatt.core.files.privacy import METER_POINTS, bare_number, conceal_text, holds_mpan, said_points
from fairwatt.core.findings import Finding, without_repeats
from fairwatt.records.models import Channel, Deposit, File, FileFinding
from fairwatt.services.announcements import readings_stored
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.jobs import JobContext
from fairwatt.services.links import deposit_path
from fairwatt.services.notifications import notify
from fairwatt.services.pseudonyms import keep_pseudonyms, raise_sensitivity

if TYPE_CHECKING:
    from fairwatt.lake import IngestResult

SAME_BYTES = "same-bytes"  # found on arrival, so no reading replaces it
_POINT = "[meter point]"
SAMPLE_COLUMNS = 200
SAMPLE_CELL = 200  # characters
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # PostgreSQL takes no NUL, UTF-8 no half surrogates
_WRITTEN = (
    "state", "kind", "format", "media_type", "error", "profile", "inspected", "given", "logger", "questions",
    "sample", "extent", "rows",
    "series_count", "period_start", "period_end", "last_start", "resolution_s", "missing_count", "gap_count",
    "duplicate_count", "coverage", "read_at", "readings_sha256",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What is known of a file after looking at it, and after its rows were read where they could be.

    Attributes
    ----------
    questions
        The open ones.
    is_complete
        Whether nothing that readings need is open.
    pseudonyms
        The other names of supply points that were made, with the numbers.
    look
        What looking at the file said before anybody answered, as it is kept.
    misfit
        Why a profile that was given for the file does not fit it.
    """

    inspection: Inspection
    profile: ImportProfile | None = None
    questions: tuple[Question, ...] = ()
    is_complete: bool = False
    result: IngestResult | None = None
    pseudonyms: Mapping[str, str] = field(default_factory=dict)
    look: Mapping[str, Any] = field(default_factory=dict)
    misfit: str = ""

    def with_result(self, result: IngestResult) -> Reading:
        """The same, its rows read."""
        return replace(self, result=result)

    @property
    def needs_answers(self) -> bool:
        """Whether it waits for a person."""
        return self.profile is not None and self.result is None


@transaction.atomic
def store_reading(context: JobContext, file: File, reading: Reading) -> None:
    """Replace what an earlier reading stored, unless another worker or a cancellation has come in between."""
    context.require_held()
    at = context.clock()
    _write_file(file, reading)
    hide = _hider(reading.pseudonyms)
    file.name = hide(file.name)
    file.read_at = at
    file.save(update_fields=("name", *_WRITTEN))
    _write_channels(file, reading)
    of_rows = reading.result.findings if reading.result else ()
    of_samples = without_repeats(reading.inspection.findings, of_rows)
    findings = [*_misfit_findings(reading), *_name_findings(file, of_samples), *of_samples, *of_rows]
    _write_findings(file, [_hidden(finding, hide) for finding in findings])
    keep_pseudonyms(file.dataset, reading.pseudonyms)
    raise_sensitivity(file.dataset)
    update_totals(file.dataset, at=at)
    if reading.result is not None:
        told = {"file_key": file.key, "at": at}
        transaction.on_commit(lambda: readings_stored.send_robust(sender=File, **told), robust=True)
    if reading.needs_answers:
        _tell_depositor(file, context)


def _write_file(file: File, reading: Reading) -> None:
    inspection, result = reading.inspection, reading.result
    file.state = File.State.QUESTIONS if reading.needs_answers else File.State.READ
    file.kind = inspection.kind
    file.format = inspection.format[:20]
    file.media_type = inspection.media_type[:100]
    file.error = ""
    file.profile = _shown_profile(reading.profile, reading.pseudonyms) if reading.profile else None
    file.inspected = _kept_of(reading.look)
    if reading.misfit:
        file.given, file.logger = {}, None  # it is read by what was found in it
    file.questions = [storable(question.model_dump(mode="json")) for question in reading.questions]
    file.sample = sample_of(inspection.columns, inspection.rows)
    file.extent = storable(dict(inspection.extent))
    file.rows = result.rows if result else 0
    file.readings_sha256 = ""  # of what an earlier reading brought
    file.series_count = len(result.series) if result else 0
    file.period_start = result.first if result else None
    file.period_end = result.period_end if result else None
    file.last_start = result.last if result else None
    file.resolution_s = result.resolution_s if result else None
    file.missing_count = result.missing_count if result else 0
    file.gap_count = result.gap_count if result else 0
    file.duplicate_count = result.duplicate_count if result else 0
    file.coverage = [float(share) for share in result.coverage] if result else []


def _kept_of(look: Mapping[str, Any]) -> dict[str, Any]:
    """A look as the database takes it; without its findings, and so not to be recalled, where that changes it."""
    kept: dict[str, Any] = storable(dict(look))
    return kept if kept == look else {**kept, "findings": None}


def _shown_profile(profile: ImportProfile, made: Mapping[str, str]) -> dict[str, Any]:
    """The profile as JSON, as everybody may see it: reasons, titles and names may hold numbers of supply points."""
    names = {number: name for name, number in made.items()}

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            return names.get(bare_number(value)) or conceal_text(value, lambda number: names.get(number, _POINT))
        if isinstance(value, dict):
            return {key: shown(item) for key, item in value.items()}
        return [shown(item) for item in value] if isinstance(value, list) else value

    dumped: dict[str, Any] = shown(profile.model_dump(mode="json"))
    return dumped


def _misfit_findings(reading: Reading) -> list[Finding]:
    if not reading.misfit:
        return []
    return [
        Finding(
            code="profile-does-not-fit",
            message=f"The import profile that was given for this file does not fit it. {reading.misfit} The file is "
            "read by what was found in it, and by your answers.",
        )
    ]


def _hider(made: Mapping[str, str]) -> Callable[[str], str]:
    """What takes the numbers of supply points that a file's rows showed out of its name, and of what is said of it.

    An MPRN in a text is known only by them: its check digits alone would be right too often.
    """
    names = {number: name for name, number in made.items()}
    pattern = re.compile(rf"(?<![0-9])(?:{'|'.join(map(re.escape, names))})(?![0-9])") if names else None
    return lambda text: pattern.sub(lambda match: names[match[0]], text) if pattern is not None else text


def _hidden(finding: Finding, hide: Callable[[str], str]) -> Finding:
    shown = {"channel": hide(finding.channel), "message": hide(finding.message)}
    return finding.model_copy(update={**shown, "where": tuple(map(hide, finding.where))})


def _name_findings(file: File, found: Sequence[Finding]) -> list[Finding]:
    """What only the name says under which the file was sent, which the reader never sees."""
    known = any(finding.code == METER_POINTS for finding in found)
    return [said_points("The file’s name holds")] if holds_mpan(file.original_name) and not known else []


def _write_channels(file: File, reading: Reading) -> None:
    file.channels.all().delete()
    if reading.profile is None or reading.result is None:
        return
    sums = {summary.field: summary for summary in reading.result.channels}
    rows = []
    for position, rule in enumerate(reading.profile.channels, start=1):
        found = sums.get(rule.field)
        rows.append(
            Channel(
                file=file,
                position=position,
                name=storable(rule.name)[:200],
                field=rule.field,
                kind=rule.kind,
                quantity=rule.quantity,
                unit=rule.unit,
                direction=rule.direction,
                statistic=rule.statistic,
                resolution_s=reading.result.resolution_s,
                how=rule.how,
                why=rule.why,
                confidence=rule.confidence,
                count=found.count if found else 0,
                missing=found.missing if found else 0,
                minimum=found.minimum if found else None,
                mean=found.mean if found else None,
                maximum=found.maximum if found else None,
            )
        )
    Channel.objects.bulk_create(rows, batch_size=500)


def _write_findings(file: File, findings: Iterable[Finding]) -> None:
    file.findings.exclude(code=SAME_BYTES).delete()
    FileFinding.objects.bulk_create(
        [
            FileFinding(
                file=file,
                code=finding.code,
                severity=finding.severity,
                channel=storable(finding.channel)[:200],
                count=finding.count,
                where=storable(list(finding.where)),
                message=storable(finding.message),
            )
            for finding in findings
        ],
        batch_size=500,
    )


def _tell_depositor(file: File, context: JobContext) -> None:
    """Once an entry has been handed in, its depositor no longer watches it: tell them of a question."""
    deposit = Deposit.objects.select_related("created_by").filter(dataset=file.dataset).first()
    if deposit is None or deposit.state != Deposit.State.SUBMITTED:
        return
    notify(
        recipients=[deposit.created_by],
        text=f"“{file.name}” ({deposit.code}) needs an answer from you before it can be read.",
        url=deposit_path(deposit.code),
        at=context.clock(),
    )


def sample_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The first rows as they are stored: at most 200 columns and 200 characters a cell, all columns counted."""
    return {
        "columns": [storable(name)[:SAMPLE_CELL] for name in columns[:SAMPLE_COLUMNS]],
        "rows": [[storable(cell)[:SAMPLE_CELL] for cell in row[:SAMPLE_COLUMNS]] for row in rows],
        "columns_total": len(columns),
    }


def storable(value: Any) -> Any:
    """The same value without the characters no database takes, all the way down."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
