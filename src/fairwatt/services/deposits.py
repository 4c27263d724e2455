"""The Data Sharing Log: begin an entry, answer step by step, hand in files, submit, talk about it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import Q

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from fairwatt.core.identifiers import new_deposit_code, new_key
from fairwatt.core.project import Project
from fairwatt.lake.looking import TABLE
from fairwatt.records.models import Comment, Dataset, Deposit, File, Organization, Upload
from fairwatt.services.actors import DEPOSIT, MANAGE, READ, Actor, is_member, organizations, require_user
from fairwatt.services.audit import record_event
from fairwatt.services.dataset_totals import update_totals
from fairwatt.services.deposit_datasets import UNTITLED, apply_answers
from fairwatt.services.deposit_steps import (
    Step,
    find_step,
    is_done,
    keep_answers,
    list_steps,
    validate_step,
)
from fairwatt.services.file_looks import given_profile, inspection_of, tables_of
from fairwatt.services.files import KEEP_AS_DOCUMENT, delete_file, enqueue_reading
from fairwatt.services.interpreting import check_answers
from fairwatt.services.links import deposit_path, review_path
from fairwatt.services.notifications import managers, notify
from fairwatt.services.projects import get_project
from fairwatt.services.readings_digests import prepare_hashes
from fairwatt.services.upload_store import forget_bytes

EDITABLE = (Deposit.State.DRAFT, Deposit.State.RETURNED)
LONGEST_COMMENT = 5_000
LONGEST_ANSWER = 200


@dataclass(frozen=True)
class Task:
    """One line of an entry's task list; ``note`` says what is still wanted, in words."""

    slug: str
    title: str
    state: Literal["done", "todo", "blocked"]
    note: str = ""


@dataclass(frozen=True)
class ReceivedFile:
    """A file on a receipt. ``size`` in bytes."""

    key: str
    name: str
    size: int
    sha256: str
    received_at: datetime


@dataclass(frozen=True)
class Receipt:
    """What was received, when and from whom. ``size`` is of all files together, in bytes."""

    code: str
    title: str
    state: str
    depositor: str
    organization: str
    submitted_at: datetime | None
    files: tuple[ReceivedFile, ...]
    size: int


@transaction.atomic
def start_deposit(*, actor: Actor, at: datetime, origin: str = "", organization: str = "") -> Deposit:
    """Begin an entry of the log, as a draft, with a dataset of its own.

    Parameters
    ----------
    origin
        ``foreground`` or ``background`` where it is known already.
    organization
        The code of the organisation it is for; by default the actor's own (the first where they have several).

    Raises
    ------
    NotAllowed
        Where the actor belongs to no organisation of the project and is no manager.
    """
    user = require_user(actor, DEPOSIT)
    place = _choose_organization(actor, organization)
    if origin and origin not in Dataset.Origin.values:
        raise InvalidInput("Data are foreground or background.", where={"field": "origin"})
    naan = get_project().identifiers.naan
    dataset = Dataset.objects.create(
        key=new_key(secrets.token_bytes(16), naan=naan),
        title=UNTITLED,
        origin=origin or Dataset.Origin.FOREGROUND,
        provider=place if origin != Dataset.Origin.BACKGROUND else None,
        table=uuid.uuid4().hex,
        created_at=at,
        created_by=user,
        updated_at=at,
    )
    deposit = Deposit.objects.create(
        code=new_deposit_code(secrets.token_bytes(16)),
        dataset=dataset,
        organization=place,
        created_by=user,
        answers={"origin": {"origin": origin}} if origin else {},
        created_at=at,
        updated_at=at,
    )
    record_event(actor=actor, verb="deposit.started", subject=deposit, at=at, detail={"origin": origin})
    return deposit


def _choose_organization(actor: Actor, code: str) -> Organization | None:
    mine = organizations(actor)
    if code:
        found = (Organization.objects.all() if actor.may(MANAGE) else mine).filter(code__iexact=code).first()
        if found is None:
            raise NotAllowed(f"You don't belong to “{code[:20]}”.", where={"field": "organization"})
        return found
    place = mine.first()
    if place is None and not actor.may(MANAGE):
        raise NotAllowed(
            "Only people of an organisation can share data.",
            next_step="Ask a steward of your organisation, or a data manager, for an invitation.",
        )
    return place


def get_deposit(*, actor: Actor, code: str) -> Deposit:
    """An entry, for who began it, people of the same organisation, and managers.

    A token that may deposit may look at entries too: else it could not see what is still asked.

    Raises
    ------
    NotFound
        For everybody else.
    """
    return _find(actor, code, READ, DEPOSIT)


def _find(actor: Actor, code: str, *scopes: str, lock: bool = False) -> Deposit:
    user = require_user(actor, *scopes)
    rows = Deposit.objects.select_for_update(of=("self",)) if lock else Deposit.objects.all()
    deposit = (
        rows.select_related("dataset", "dataset__trial", "dataset__provider", "organization", "created_by")
        .filter(code=code.upper())
        .first()
    )
    allowed = deposit is not None and (
        deposit.created_by_id == user.pk or actor.is_manager or is_member(actor, deposit.organization)
    )
    if deposit is None or not allowed:
        raise NotFound("There is no such entry.", where={"deposit": code[:20]})
    return deposit


def lock_editable(actor: Actor, code: str) -> Deposit:
    """Lock an entry that the actor may still change; call it inside a transaction.

    Raises
    ------
    NotFound
        Where the actor may not know of it.
    Conflict
        Where it is under review, published or discarded.
    """
    deposit = _find(actor, code, DEPOSIT, lock=True)
    if deposit.state not in EDITABLE:
        raise Conflict(
            f"This entry can't be changed now: {deposit.get_state_display().lower()}.",
            where={"deposit": deposit.code, "state": deposit.state},
            next_step="Leave a comment; a data manager can return it to you.",
        )
    return deposit


def list_deposits(*, actor: Actor) -> list[Deposit]:
    """The actor's own entries and those of their organisations, latest first; discarded ones left out."""
    user = require_user(actor, READ, DEPOSIT)
    mine = Q(created_by=user) | Q(organization__in=organizations(actor).values("pk"))
    return list(
        Deposit.objects.filter(mine)
        .exclude(state=Deposit.State.DISCARDED)
        .select_related("dataset", "organization", "created_by")
    )


def task_list(deposit: Deposit) -> list[Task]:
    """What is done and what is still to do, in the form's order."""
    project = get_project()
    steps = list_steps(deposit.answers, project)
    if not steps or steps[-1].slug != "check":
        return [Task(step.slug, step.title, "todo") for step in steps]
    tasks = [_task(step, deposit, project) for step in steps[:-1]]
    if deposit.state not in EDITABLE:
        state: Literal["done", "todo", "blocked"] = "done"
    else:
        state = "todo" if all(task.state == "done" for task in tasks) else "blocked"
    return [*tasks, Task("check", steps[-1].title, state)]


def _task(step: Step, deposit: Deposit, project: Project) -> Task:
    if step.slug == "files":
        return _files_task(step, deposit)
    if step.slug == "procedures" and not is_done(
        find_step("trial", deposit.answers, project), deposit.answers, project
    ):
        return Task(step.slug, step.title, "blocked", "Choose the trial first.")
    return Task(step.slug, step.title, "done" if is_done(step, deposit.answers, project) else "todo")


def _files_task(step: Step, deposit: Deposit) -> Task:
    states = list(deposit.dataset.files.values_list("state", flat=True))
    if deposit.uploads.filter(finished_at__isnull=True).exists():
        return Task(step.slug, step.title, "todo", "An upload has not finished.")
    if not states:
        return Task(step.slug, step.title, "todo", "Add at least one file.")
    for state, note in (
        (File.State.QUESTIONS, "A file needs an answer."),
        (File.State.FAILED, "A file could not be read."),
    ):
        if state in states:
            return Task(step.slug, step.title, "todo", note)
    waiting = sum(state in {File.State.RECEIVED, File.State.READING} for state in states)
    return Task(step.slug, step.title, "done", f"{waiting} being read" if waiting else "")


@transaction.atomic
def save_step(*, actor: Actor, code: str, step: str, answers: Mapping[str, object], at: datetime) -> Deposit:
    """Keep the answers to one step of the form.

    Raises
    ------
    InvalidInput
        Where an answer can't be used: ``where["fields"]`` names each field at fault with its message.
    NotFound
        Where the step is not on this entry's path.
    Conflict
        Where the entry can't be changed now.
    """
    deposit = lock_editable(actor, code)
    project = get_project()
    asked = find_step(step, deposit.answers, project)
    clean = validate_step(asked, answers, deposit.answers, project)
    deposit.answers = keep_answers(deposit.answers, step, clean, project)
    deposit.updated_at = at
    deposit.save(update_fields=["answers", "updated_at"])
    apply_answers(deposit, project, at=at)
    record_event(actor=actor, verb="deposit.step-saved", subject=deposit, at=at, detail={"step": step})
    return deposit


@transaction.atomic
def submit_deposit(*, actor: Actor, code: str, at: datetime) -> Deposit:
    """Hand an entry in for review; the managers are told.

    Files may still be on their way through the reader; open questions and files that could not be read may not be
    left.

    Raises
    ------
    InvalidInput
        Where something is still to do; ``where["steps"]`` names the steps.
    Conflict
        Where it has been handed in already.
    """
    deposit = lock_editable(actor, code)
    todo = [task for task in task_list(deposit) if task.state != "done" and task.slug != "check"]
    if todo or not deposit.answers.get("origin"):
        said = "; ".join(f"{task.title} ({task.note.rstrip('.')})" if task.note else task.title for task in todo)
        raise InvalidInput(
            f"Still to do: {said or 'all of it'}.",
            where={"deposit": deposit.code, "steps": [task.slug for task in todo]},
            next_step="Open the task list and finish these.",
        )
    deposit.state = Deposit.State.SUBMITTED
    deposit.submitted_at = deposit.updated_at = at
    deposit.save(update_fields=["state", "submitted_at", "updated_at"])
    dataset = apply_answers(deposit, get_project(), at=at, final=True)
    update_totals(dataset, at=at)
    prepare_hashes(dataset, at=at)
    record_event(actor=actor, verb="deposit.submitted", subject=deposit, at=at)
    notify(
        recipients=managers(),
        text=f"{actor.label} has handed in “{dataset.title}” ({deposit.code}) for review.",
        url=review_path(deposit.code),
        at=at,
    )
    return deposit


@transaction.atomic
def discard_deposit(*, actor: Actor, code: str, at: datetime) -> Deposit:
    """Give up an entry that is not under review: its files and uploads go, the log keeps that it was."""
    deposit = lock_editable(actor, code)
    for upload in deposit.uploads.filter(finished_at__isnull=True):
        drop_upload(upload)
    for file in deposit.dataset.files.all():
        delete_file(file)
    update_totals(deposit.dataset, at=at)
    deposit.state = Deposit.State.DISCARDED
    deposit.updated_at = at
    deposit.save(update_fields=["state", "updated_at"])
    record_event(actor=actor, verb="deposit.discarded", subject=deposit, at=at)
    return deposit


def drop_upload(upload: Upload) -> None:
    """Delete an unfinished upload, its bytes once the transaction has succeeded."""
    name = str(upload.pk)
    upload.delete()
    transaction.on_commit(lambda: forget_bytes(name))


@transaction.atomic
def add_comment(*, actor: Actor, code: str, text: str, at: datetime) -> Comment:
    """Say something about an entry; managers are told of the depositor's words, the depositor of theirs."""
    deposit = _find(actor, code, DEPOSIT, lock=True)
    text = text.replace("\0", "").strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise InvalidInput(f"Write a comment of at most {LONGEST_COMMENT:,} characters.", where={"field": "text"})
    if deposit.state == Deposit.State.DISCARDED:
        raise Conflict("This entry has been discarded.", where={"deposit": deposit.code})
    comment = Comment.objects.create(deposit=deposit, author=actor.user, text=text, created_at=at)
    record_event(actor=actor, verb="deposit.commented", subject=deposit, at=at)
    is_depositors = deposit.created_by == actor.user or not actor.is_manager
    notify(
        recipients=[user for user in (managers() if is_depositors else [deposit.created_by]) if user != actor.user],
        text=f"{actor.label} wrote about “{deposit.dataset.title}” ({deposit.code}): {text[:300]}",
        url=review_path(deposit.code) if is_depositors else deposit_path(deposit.code),
        at=at,
        subject=f"A comment on {deposit.code}",
    )
    return comment


def get_deposit_file(*, actor: Actor, file_key: str) -> tuple[Deposit, File]:
    """A file of an entry that the actor takes part in, with its entry."""
    require_user(actor, READ, DEPOSIT)
    file = File.objects.select_related("dataset__deposit").filter(key=file_key).first()
    deposit = getattr(file.dataset, "deposit", None) if file is not None else None
    if file is None or deposit is None:
        raise NotFound("There is no such file.", where={"file": file_key[:20]})
    try:
        return _find(actor, deposit.code, READ, DEPOSIT), file
    except NotFound as error:
        raise NotFound("There is no such file.", where={"file": file_key[:20]}) from error


@transaction.atomic
def answer_questions(*, actor: Actor, file_key: str, answers: Mapping[str, str], at: datetime) -> File:
    """Say what a file can't tell; it is read again with these answers.

    Answers given before stay unless they are given anew. Questions may be answered while the entry waits for
    review, too.

    Raises
    ------
    InvalidInput
        Where an answer is none of the choices, or nothing of the kind was asked; ``where["field"]`` is the question.
    Conflict
        Where the dataset has been published.
    """
    require_user(actor, DEPOSIT)
    deposit, file = get_deposit_file(actor=actor, file_key=file_key)
    deposit = _find(actor, deposit.code, DEPOSIT, lock=True)
    if deposit.state not in (*EDITABLE, Deposit.State.SUBMITTED):
        raise Conflict("This file is not open to answers any more.", where={"file": file.key, "state": deposit.state})
    file.refresh_from_db()  # as the last holder of the lock left it
    checked = _check_answers(file, answers)
    if not checked:
        raise InvalidInput("No answer was given.", where={"file": file.key})
    if checked != {KEEP_AS_DOCUMENT: "no"} or KEEP_AS_DOCUMENT in file.answers:
        enqueue_reading(file, created_by=actor.user, at=at, answers=checked)
    record_event(actor=actor, verb="file.answered", subject=file, at=at, detail={"answers": checked})
    return file


def _check_answers(file: File, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers as they are kept, checked: those about the file as a whole here, the rest by what was found in it."""
    given = {str(name): str(value).replace("\0", "").strip() for name, value in answers.items()}
    inspection = inspection_of(file)
    titles = [table.title for table in tables_of(file.inspected) if table.is_readings]
    rest: dict[str, str] = {}
    for name, value in given.items():
        if len(value) > LONGEST_ANSWER or (name == TABLE and titles and value not in titles):
            raise InvalidInput(f"“{value[:60]}” is none of the choices.", where={"file": file.key, "field": name})
        if inspection is None or (name == KEEP_AS_DOCUMENT and file.error) or (name == TABLE and titles):
            _check_asked(file, name, value)
        elif not value and not name.startswith("null_values:"):
            raise InvalidInput("No answer was given.", where={"file": file.key, "field": name})
        elif name == "time_zone" and value not in available_timezones():
            raise InvalidInput(f"“{value[:60]}” is no time zone.", where={"file": file.key, "field": name})
        else:
            rest[name] = value
    if inspection is not None and rest and given.get(TABLE, file.inspected.get("table")) == file.inspected.get("table"):
        check_answers(inspection, rest, answers=file.answers, given=given_profile(file), name=file.name)
    return given


def _check_asked(file: File, name: str, value: str) -> None:
    """Check an answer by the stored questions alone, where nothing else is known of the file."""
    asked = next((question for question in file.questions if question["id"] == name), None)
    is_ours = name == TABLE or (name == KEEP_AS_DOCUMENT and bool(file.error))
    if asked is None and name not in file.answers and not is_ours:
        raise InvalidInput(f"Nothing was asked about “{name[:60]}”.", where={"file": file.key, "field": name[:60]})
    choices = [choice[0] for choice in (asked or {}).get("choices", ())]
    if not value or (choices and value not in choices and name != TABLE):
        raise InvalidInput(f"“{value[:60]}” is none of the choices.", where={"file": file.key, "field": name})


@transaction.atomic
def remove_file(*, actor: Actor, file_key: str, at: datetime) -> None:
    """Take a file out of an entry, its bytes and readings with it."""
    require_user(actor, DEPOSIT)
    deposit, file = get_deposit_file(actor=actor, file_key=file_key)
    deposit = lock_editable(actor, deposit.code)
    record_event(
        actor=actor, verb="file.removed", subject=file, at=at, detail={"sha256": file.sha256, "bytes": file.size}
    )
    delete_file(file)
    update_totals(deposit.dataset, at=at)


@transaction.atomic
def read_again(*, actor: Actor, file_key: str, at: datetime) -> File:
    """Have a file read again, after a failure or a cancelled reading."""
    require_user(actor, DEPOSIT)
    deposit, file = get_deposit_file(actor=actor, file_key=file_key)
    deposit = _find(actor, deposit.code, DEPOSIT, lock=True)
    if deposit.state not in (*EDITABLE, Deposit.State.SUBMITTED):
        raise Conflict("This file can't be read again now.", where={"file": file.key, "state": deposit.state})
    enqueue_reading(file, created_by=actor.user, at=at)
    record_event(actor=actor, verb="file.read-again", subject=file, at=at)
    return file


def receipt(deposit: Deposit) -> Receipt:
    """What was received for an entry, with the checksums of all files."""
    files = tuple(
        ReceivedFile(file.key, file.name, file.size, file.sha256, file.received_at)
        for file in deposit.dataset.files.order_by("position", "pk")
    )
    return Receipt(
        code=deposit.code,
        title=deposit.dataset.title,
        state=deposit.state,
        depositor=str(deposit.created_by),
        organization=str(deposit.organization or ""),
        submitted_at=deposit.submitted_at,
        files=files,
        size=sum(file.size for file in files),
    )
