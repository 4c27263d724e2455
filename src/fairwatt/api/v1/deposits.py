"""Sharing: entries of the Data Sharing Log, their steps, files and questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from ninja.responses import Status

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.declaring import answers, needs
from fairwatt.api.v1.paging import Paging
from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import Deposit, File
from fairwatt.services.actors import Actor
from fairwatt.services.deposit_steps import Step, find_step, list_steps
from fairwatt.services.deposits import (
    add_comment,
    answer_questions,
    discard_deposit,
    get_deposit,
    list_deposits,
    save_step,
    start_deposit,
    submit_deposit,
    task_list,
)
from fairwatt.services.projects import get_project
from fairwatt.services.uploads import get_upload, upload_limits

router = Router(tags=["Sharing"])
_READS, _WRITES = Caller("read", "deposit", required=True), Caller("deposit", required=True)


@router.get(
    "/deposits",
    auth=_READS,
    response=answers(schemas.DepositPage),
    url_name="deposits",
    operation_id="list_deposits",
    summary="Your entries of the Data Sharing Log",
    openapi_extra=needs("read", "deposit"),
)
def read_deposits(request: HttpRequest, paging: Query[Paging]) -> schemas.DepositPage:
    """List your own entries and those of your organisations, the latest first."""
    return presenting.deposit_page(request, list_deposits(actor=actor_of(request)), paging)


@router.post(
    "/deposits",
    auth=_WRITES,
    response=answers({201: schemas.DepositOut}, 404, 409),
    operation_id="start_deposit",
    summary="Begin an entry",
    openapi_extra=needs("deposit"),
)
def begin_deposit(
    request: HttpRequest, response: HttpResponse, payload: schemas.DepositIn
) -> Status[schemas.DepositOut]:
    """Begin an entry, and answer as many of its steps as you like: all are kept, or none."""
    actor, at = actor_of(request), timezone.now()
    with transaction.atomic():
        deposit = start_deposit(actor=actor, at=at, origin=payload.origin, organization=payload.organization)
        deposit = _save_all(actor, deposit, payload.answers)
    response["Location"] = presenting.address(request, "deposit", deposit.code)
    return Status(201, _deposit(request, deposit))


@router.get(
    "/deposits/{code}",
    auth=_READS,
    response=answers(schemas.DepositOut, 404),
    url_name="deposit",
    operation_id="get_deposit",
    summary="One entry",
    openapi_extra=needs("read", "deposit"),
)
def read_deposit(request: HttpRequest, code: str) -> schemas.DepositOut:
    """Say how far an entry is: its tasks, files, questions, findings and comments."""
    return _deposit(request, get_deposit(actor=actor_of(request), code=code))


@router.delete(
    "/deposits/{code}",
    auth=_WRITES,
    response=answers({204: None}, 404, 409),
    operation_id="discard_deposit",
    summary="Discard an entry",
    openapi_extra=needs("deposit"),
)
def drop_deposit(request: HttpRequest, code: str) -> Status[None]:
    """Give up a draft or returned entry, its files with it."""
    discard_deposit(actor=actor_of(request), code=code, at=timezone.now())
    return Status(204, None)


@router.get(
    "/deposits/{code}/steps/{slug}",
    auth=_READS,
    response=answers(schemas.StepOut, 404),
    url_name="deposit-step",
    operation_id="get_step",
    summary="One step with its fields",
    openapi_extra=needs("read", "deposit"),
)
def read_step(request: HttpRequest, code: str, slug: str) -> schemas.StepOut:
    """Say what a step asks, given the answers so far, and what has been answered."""
    return _step(get_deposit(actor=actor_of(request), code=code), slug)


@router.put(
    "/deposits/{code}/steps/{slug}",
    auth=_WRITES,
    response=answers(schemas.StepOut, 404, 409),
    operation_id="save_step",
    summary="Answer a step",
    openapi_extra=needs("deposit"),
)
def write_step(request: HttpRequest, code: str, slug: str, payload: schemas.AnswersIn) -> schemas.StepOut:
    """Keep the answers to one step; ``where.fields`` names every field that can't be used, and why."""
    deposit = save_step(actor=actor_of(request), code=code, step=slug, answers=payload.answers, at=timezone.now())
    return _step(deposit, slug)


@router.post(
    "/deposits/{code}/submit",
    auth=_WRITES,
    response=answers(schemas.DepositOut, 404, 409),
    operation_id="submit_deposit",
    summary="Hand an entry in",
    openapi_extra=needs("deposit"),
)
def hand_in(request: HttpRequest, code: str) -> schemas.DepositOut:
    """Hand an entry in for review; ``where.steps`` names what is still to do."""
    return _deposit(request, submit_deposit(actor=actor_of(request), code=code, at=timezone.now()))


@router.post(
    "/deposits/{code}/comments",
    auth=_WRITES,
    response=answers({201: schemas.CommentOut}, 404, 409),
    operation_id="comment_deposit",
    summary="Say something about an entry",
    openapi_extra=needs("deposit"),
)
def comment_deposit(request: HttpRequest, code: str, payload: schemas.CommentIn) -> Status[schemas.CommentOut]:
    """Add a comment; the other side is told."""
    comment = add_comment(actor=actor_of(request), code=code, text=payload.comment, at=timezone.now())
    return Status(201, presenting.comment(comment))


@router.post(
    "/files/{key}/answers",
    auth=_WRITES,
    response=answers(schemas.DepositedFileOut, 404, 409),
    operation_id="answer_questions",
    summary="Answer what a file can't tell",
    openapi_extra=needs("deposit"),
)
def answer_file(request: HttpRequest, key: str, payload: schemas.FileAnswersIn) -> schemas.DepositedFileOut:
    """Answer a file's questions, such as its time zone; it is read again with the answers."""
    file = answer_questions(actor=actor_of(request), file_key=key, answers=payload.answers, at=timezone.now())
    return presenting.deposited_file(request, file)


@router.get(
    "/uploads/{upload_id}",
    auth=_WRITES,
    response=answers(schemas.UploadOut, 404),
    url_name="upload",
    operation_id="get_upload",
    summary="How far an upload is",
    openapi_extra=needs("deposit"),
)
def read_upload(request: HttpRequest, upload_id: UUID) -> schemas.UploadOut:
    """Say how far an upload is, and what it became. Bytes go to its ``upload_url`` by tus 1.0."""
    return presenting.upload_state(request, get_upload(actor=actor_of(request), upload_id=upload_id))


@router.get(
    "/limits",
    auth=_WRITES,
    response=answers(schemas.LimitsOut, 404),
    url_name="limits",
    operation_id="get_limits",
    summary="How much you may hand in",
    openapi_extra=needs("deposit"),
)
def read_limits(request: HttpRequest, deposit: str = "") -> schemas.LimitsOut:
    """Say the largest file, the quota and what is left of it: of a deposit's organisation, or your own."""
    limits = upload_limits(actor=actor_of(request), code=deposit)
    return schemas.LimitsOut(
        file_bytes=limits.file_bytes,
        quota_bytes=limits.quota_bytes,
        used_bytes=limits.used_bytes,
        free_bytes=limits.free_bytes,
    )


def _save_all(actor: Actor, deposit: Deposit, given: Mapping[str, Mapping[str, Any]]) -> Deposit:
    """Save the given steps in the order of the path, which the answers themselves lay."""
    left = dict(given)
    while left:
        path = [step.slug for step in list_steps(deposit.answers, get_project())]
        slug = next((slug for slug in path if slug in left), None)
        if slug is None:
            raise InvalidInput(
                f"There is no step '{next(iter(left))[:40]}' in this entry.",
                where={"field": "answers", "steps": path},
                next_step="where.steps lists those there are.",
            )
        deposit = save_step(actor=actor, code=deposit.code, step=slug, answers=left.pop(slug), at=timezone.now())
    return deposit


def _deposit(request: HttpRequest, deposit: Deposit) -> schemas.DepositOut:
    files: list[File] = list(deposit.dataset.files.select_related("dataset"))
    prefetch_related_objects(files, "findings")
    comments = deposit.comments.select_related("author")
    return schemas.DepositOut(
        **presenting.deposit_values(deposit),
        tasks=[
            schemas.TaskOut(slug=task.slug, title=task.title, state=task.state, note=task.note)
            for task in task_list(deposit)
        ],
        files=[presenting.deposited_file(request, file) for file in files],
        comments=[presenting.comment(comment) for comment in comments],
    )


def _step(deposit: Deposit, slug: str) -> schemas.StepOut:
    project = get_project()
    step: Step = find_step(slug, deposit.answers, project)
    state = next((task.state for task in task_list(deposit) if task.slug == slug), "todo")
    return schemas.StepOut(
        slug=step.slug,
        title=step.title,
        hint=step.hint,
        state=state,
        fields=[
            schemas.FieldOut(
                name=spec.name,
                label=spec.label,
                help=spec.help,
                type=spec.type,
                required=spec.required,
                choices=list(spec.choices),
                unit=spec.unit,
                initial=spec.initial,
            )
            for spec in step.fields(deposit.answers, project)
        ],
        answers=dict(deposit.answers.get(slug, {})),
    )
