"""The data managers' back office: the queue of entries, and what they decide about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fairwatt.core.errors import Conflict, InvalidInput, NotFound
from fairwatt.core.metadata.triage import CONCERNS
from fairwatt.core.project import Project
from fairwatt.records.models import Comment, Dataset, Deposit, File, ReleaseRule, User
from fairwatt.services import certificates
from fairwatt.services.actors import Actor, require_manager
from fairwatt.services.answers import FieldSpec, FieldType, clean_answer, day_start
from fairwatt.services.audit import record_event
from fairwatt.services.dataset_identifiers import give_identifier
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.deposit_datasets import write_release_rules
from fairwatt.services.deposits import LONGEST_COMMENT
from fairwatt.services.links import dataset_path, deposit_path
from fairwatt.services.notifications import notify, stewards
from fairwatt.services.projects import get_project
from fairwatt.services.readings_digests import require_hashed
from fairwatt.services.triage import note_review

AUDIENCES = tuple(ReleaseRule.Audience.values)
_ABOUT = ("title", "description", "place", "provenance", "quality_statement", "keywords")
_TRIAGE = ("sensitivity", "sensitivity_reason", "triage_concerns", "triage_mitigation")
_DUE = "triage_review_due"
_ACCESS = ("licence", *_TRIAGE, "restrictions", "metadata_withheld")
_KINDS: dict[str, FieldType] = {"metadata_withheld": "boolean", _DUE: "date"}
EDITABLE_FIELDS = (*_ABOUT, *_ACCESS, _DUE, *AUDIENCES)


def list_queue(*, actor: Actor) -> list[Deposit]:
    """The entries that wait for review, the longest waiting first; for managers.

    Raises
    ------
    NotSignedIn, NotAllowed
        For everybody else.
    """
    require_manager(actor)
    return list(
        Deposit.objects.filter(state=Deposit.State.SUBMITTED)
        .select_related("dataset", "dataset__trial", "dataset__provider", "organization", "created_by")
        .order_by("submitted_at", "pk")
    )


@transaction.atomic
def approve_deposit(*, actor: Actor, code: str, at: datetime, note: str = "") -> Dataset:
    """Publish an entry: its dataset gets its identifier, version 1 with its certificates, and its catalogue row.

    Raises
    ------
    NotSignedIn, NotAllowed
        For whoever is no manager.
    Conflict
        Where it does not wait for review (any more), or a file of it is not read yet.
    """
    require_manager(actor)
    deposit = _lock_submitted(code)
    dataset = deposit.dataset
    _check_all_read(dataset)
    update_totals(dataset, at=at)
    require_hashed(dataset, at=at)
    give_identifier(dataset, get_project().identifiers)
    dataset.state = Dataset.State.PUBLISHED
    dataset.published_at = dataset.updated_at = at
    dataset.save(update_fields=["state", "published_at", "updated_at"])
    _decide(deposit, Deposit.State.APPROVED, actor, at)
    note_review(dataset, actor=actor, at=at)
    version = certificates.issue_version(actor=actor, dataset=dataset, at=at, note=note or "First version")
    record_event(actor=actor, verb="deposit.approved", subject=deposit, at=at, detail={"note": note[:500]})
    record_event(actor=actor, verb="dataset.published", subject=dataset, at=at, detail={"version": version.number})
    notify(
        recipients=_parties(deposit),
        text=f"“{dataset.title}” is published as {dataset.identifier}.",
        url=dataset_path(dataset.key),
        at=at,
    )
    return dataset


def _lock_submitted(code: str) -> Deposit:
    deposit = (
        Deposit.objects.select_for_update(of=("self",))
        .select_related("dataset", "dataset__trial", "dataset__provider", "organization", "created_by")
        .filter(code=code.upper())
        .first()
    )
    if deposit is None:
        raise NotFound("There is no such entry.", where={"deposit": code[:20]})
    if deposit.state != Deposit.State.SUBMITTED:
        raise Conflict(
            f"This entry does not wait for review: {deposit.get_state_display().lower()}.",
            where={"deposit": deposit.code, "state": deposit.state},
            next_step="Load the queue again.",
        )
    return deposit


def _check_all_read(dataset: Dataset) -> None:
    waiting = [file for file in dataset.files.all() if file.state != File.State.READ]
    if waiting:
        names = ", ".join(f"{file.name} ({file.get_state_display().lower()})" for file in waiting[:5])
        raise Conflict(
            f"Not every file has been read: {names}.",
            where={"dataset": dataset.key, "file": waiting[0].key},
            next_step="Wait for the reader, or return the entry to its depositor.",
        )
    if not dataset.files.exists() and not dataset.link:
        raise Conflict(
            "There is neither a file nor a link in this entry.",
            where={"dataset": dataset.key},
            next_step="Return it to its depositor.",
        )


def _decide(deposit: Deposit, state: Deposit.State, actor: Actor, at: datetime) -> None:
    deposit.state = state
    deposit.decided_at = deposit.updated_at = at
    deposit.decided_by = actor.user
    deposit.save(update_fields=["state", "decided_at", "updated_at", "decided_by"])


def _parties(deposit: Deposit) -> list[User]:
    """The depositor and the stewards of whoever provides the data."""
    return [deposit.created_by, *stewards(deposit.dataset.provider), *stewards(deposit.organization)]


@transaction.atomic
def return_deposit(*, actor: Actor, code: str, comment: str, at: datetime) -> Deposit:
    """Give an entry back to its depositor, who may then change and submit it again.

    Raises
    ------
    InvalidInput
        Without a comment that says why.
    Conflict
        Where it does not wait for review (any more).
    """
    require_manager(actor)
    text = comment.replace("\0", "").strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise InvalidInput(
            f"Say in a comment of at most {LONGEST_COMMENT:,} characters what should change.",
            where={"field": "comment"},
        )
    deposit = _lock_submitted(code)
    Comment.objects.create(deposit=deposit, author=actor.user, text=text, created_at=at)
    _decide(deposit, Deposit.State.RETURNED, actor, at)
    record_event(actor=actor, verb="deposit.returned", subject=deposit, at=at, detail={"comment": text[:500]})
    notify(
        recipients=_parties(deposit),
        text=f"“{deposit.dataset.title}” ({deposit.code}) came back with a comment: {text[:300]}",
        url=deposit_path(deposit.code),
        at=at,
        subject=f"{deposit.code} was returned to you",
    )
    return deposit


@transaction.atomic
def edit_metadata(*, actor: Actor, dataset_key: str, changes: Mapping[str, object], at: datetime) -> Dataset:
    """Change a dataset's metadata; what stood there before is kept in the audit log.

    A published dataset gets a new version, so that certificates that were issued stay as they were.

    Parameters
    ----------
    changes
        Some of title, description, place, provenance, quality_statement, keywords (list or text with commas),
        licence, sensitivity, sensitivity_reason, triage_concerns (a list), triage_mitigation, triage_review_due (a
        day), restrictions, metadata_withheld; and for the audiences public,
        external and partner ``now``, ``never``, a day, an instant, or None for never.

    Raises
    ------
    InvalidInput
        Where a field or its value can't be used; ``where["field"]`` names it.
    """
    require_manager(actor)
    deposit = Deposit.objects.select_for_update().filter(dataset__key=dataset_key).first()  # before its dataset
    dataset = Dataset.objects.select_for_update().filter(key=dataset_key).first()
    if dataset is None:
        raise NotFound("There is no such dataset.", where={"dataset": dataset_key[:20]})
    clean = _clean_changes(changes, get_project(), at)
    before = _metadata_of(dataset)
    differs = {name: value for name, value in clean.items() if before[name] != value}
    if not differs:
        return dataset
    for name in set(differs) - set(AUDIENCES):
        setattr(dataset, name, differs[name])
    dataset.updated_at = at
    dataset.save()
    write_release_rules(dataset, {name: differs[name] for name in AUDIENCES if name in differs})
    _check_reasoned(dataset)
    if {*_TRIAGE, _DUE} & set(differs):
        note_review(dataset, actor=actor, at=at)
    _keep_answers(deposit, differs)
    shown = {name: {"before": _said(before[name]), "after": _said(value)} for name, value in differs.items()}
    record_event(actor=actor, verb="dataset.edited", subject=dataset, at=at, detail={"changes": shown})
    if dataset.state == Dataset.State.PUBLISHED:
        note = f"Metadata edited: {', '.join(name.replace('_', ' ') for name in differs)}"
        certificates.issue_version(actor=actor, dataset=dataset, at=at, note=note)
    return dataset


def _metadata_of(dataset: Dataset) -> dict[str, Any]:
    rules: dict[str, Any] = dict.fromkeys(AUDIENCES)
    rules |= dict(dataset.release_rules.values_list("audience", "available_from"))
    return {name: getattr(dataset, name) for name in EDITABLE_FIELDS if name not in AUDIENCES} | rules


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _clean_changes(changes: Mapping[str, object], project: Project, at: datetime) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in EDITABLE_FIELDS:
            raise InvalidInput(f"“{name[:40]}” can't be edited.", where={"field": name[:40]})
        if name in AUDIENCES:
            clean[name] = _clean_release(name, value, project, at)
        elif name == _DUE:
            day = clean_answer(_spec(name, project), value, zone=project.time_zone)
            clean[name] = date.fromisoformat(day) if day else None
        elif name == "triage_concerns":
            clean[name] = clean_answer(_spec(name, project), value, zone=project.time_zone)
        elif name == "keywords":
            given = value.split(",") if isinstance(value, str) else value
            words = given if isinstance(given, Iterable) else ()
            clean[name] = [word for part in words if (word := str(part).replace("\0", "").strip()[:80])]
        else:
            answer = clean_answer(_spec(name, project), value, zone=project.time_zone)
            clean[name] = bool(answer) if name == "metadata_withheld" else answer or ""
    return clean


def _spec(name: str, project: Project) -> FieldSpec:
    label = name.replace("_", " ").capitalize()
    if choices := _choices_of(name, project):
        is_any = name == "triage_concerns"
        kind: FieldType = "choices" if is_any else "choice"
        return FieldSpec(name, label, type=kind, required=not is_any, choices=choices)
    if name in _KINDS:
        return FieldSpec(name, label, type=_KINDS[name])
    if name in {"title", "place"}:
        return FieldSpec(name, label, required=name == "title", width=200)
    return FieldSpec(name, label, type="paragraph", required=name == "description")


def _choices_of(name: str, project: Project) -> tuple[tuple[str, str], ...]:
    if name == "licence":
        return tuple((licence.code, licence.title) for licence in project.licences)
    if name == "triage_concerns":
        return tuple((concern.value, text) for concern, text in CONCERNS.items())
    if name == "sensitivity":
        return tuple((value, str(text)) for value, text in Dataset.Sensitivity.choices)
    return ()


def _clean_release(name: str, value: object, project: Project, at: datetime) -> datetime | None:
    if value in (None, "", "never"):
        return None
    if value == "now":
        return at
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        return day_start(value.isoformat(), project.time_zone)
    text = str(value)
    label = name.capitalize()
    if len(text) <= len("2021-03-28"):
        day = clean_answer(FieldSpec(name, label, type="date"), text, zone=project.time_zone)
        return day_start(day, project.time_zone)
    moment = clean_answer(FieldSpec(name, label, type="datetime"), text, zone=project.time_zone)
    return datetime.fromisoformat(moment).astimezone(UTC)


def _check_reasoned(dataset: Dataset) -> None:
    if dataset.sensitivity != Dataset.Sensitivity.OPEN and not dataset.sensitivity_reason:
        raise InvalidInput("Say why the data are not open.", where={"field": "sensitivity_reason"})


def _keep_answers(deposit: Deposit | None, differs: Mapping[str, Any]) -> None:
    """Put a manager's edits into an undecided entry's answers, so that its depositor goes on from them."""
    if deposit is None or deposit.state == Deposit.State.APPROVED:
        return
    about, access = dict(deposit.answers.get("about") or {}), dict(deposit.answers.get("access") or {})
    about |= {name: differs[name] for name in _ABOUT if name in differs}
    if "keywords" in differs:
        about["keywords"] = ", ".join(differs["keywords"])
    access |= {name: differs[name] for name in _ACCESS if name in differs}
    zone = ZoneInfo(get_project().time_zone)
    for audience in AUDIENCES:
        if audience in differs:
            moment = differs[audience]
            access[audience] = "date" if moment else "never"
            access[f"{audience}_date"] = moment.astimezone(zone).date().isoformat() if moment else None
    deposit.answers = {**deposit.answers, "about": about, "access": access}
    deposit.save(update_fields=["answers"])
