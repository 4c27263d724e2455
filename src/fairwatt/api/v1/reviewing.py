"""Reviewing, for data managers: the queue, publishing and returning."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.declaring import answers, needs
from fairwatt.api.v1.paging import Paging
from fairwatt.services.reviews import approve_deposit, list_queue, return_deposit

router = Router(tags=["Reviewing"])
_MANAGES = Caller("manage", required=True)


@router.get(
    "/reviews",
    auth=_MANAGES,
    response=answers(schemas.DepositPage),
    url_name="reviews",
    operation_id="list_reviews",
    summary="Entries that wait for review",
    openapi_extra=needs("manage"),
)
def read_queue(request: HttpRequest, paging: Query[Paging]) -> schemas.DepositPage:
    """List what waits for review, the longest waiting first."""
    return presenting.deposit_page(request, list_queue(actor=actor_of(request)), paging)


@router.post(
    "/deposits/{code}/approve",
    auth=_MANAGES,
    response=answers(schemas.DepositItem, 404, 409),
    operation_id="approve_deposit",
    summary="Publish an entry",
    openapi_extra=needs("manage"),
)
def approve(request: HttpRequest, code: str, payload: schemas.NoteIn) -> schemas.DepositItem:
    """Publish an entry: certificates are issued, and it stands in its catalogue."""
    dataset = approve_deposit(actor=actor_of(request), code=code, at=timezone.now(), note=payload.note)
    return presenting.deposit_item(dataset.deposit)


@router.post(
    "/deposits/{code}/return",
    auth=_MANAGES,
    response=answers(schemas.DepositItem, 404, 409),
    operation_id="return_deposit",
    summary="Return an entry",
    openapi_extra=needs("manage"),
)
def give_back(request: HttpRequest, code: str, payload: schemas.CommentIn) -> schemas.DepositItem:
    """Return an entry to its depositor with a comment."""
    deposit = return_deposit(actor=actor_of(request), code=code, comment=payload.comment, at=timezone.now())
    return presenting.deposit_item(deposit)
