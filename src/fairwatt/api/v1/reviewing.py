"""Reviewing, for data managers: the queue, publishing and returning."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.v1 import presenting, schemas
from fairwatt.api.v1.declaring import answers, needs
from fairwatt.api.v1.paging import Paging
from fairwatt.services.pseudonyms import reveal_series
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


@router.post(
    "/datasets/{key}/supply-points",
    auth=_MANAGES,
    response=answers(schemas.SupplyPointOut, 404),
    operation_id="reveal_supply_point",
    summary="Which supply point a name stands for",
    openapi_extra=needs("manage"),
)
def reveal(
    request: HttpRequest, response: HttpResponse, key: str, payload: schemas.SupplyPointIn
) -> schemas.SupplyPointOut:
    """Say which supply point (MPAN or MPRN) a series' name stands for; the audit log keeps who asked, and why."""
    number = reveal_series(
        actor=actor_of(request), dataset_key=key, series=payload.series, reason=payload.reason, at=timezone.now()
    )
    response["Cache-Control"] = "no-store"
    return schemas.SupplyPointOut(series=payload.series, number=number)
