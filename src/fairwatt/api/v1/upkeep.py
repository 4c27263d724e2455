"""Upkeep, for data managers: what is kept and costs, whether it is sound, work asked for, and erasing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.v1.declaring import answers, needs
from fairwatt.api.v1.schemas import Text
from fairwatt.records.models import Erasure, StorageDamage
from fairwatt.services.costs import Cost, add_costs_up, list_costs
from fairwatt.services.erasures import order_erasure
from fairwatt.services.upkeep import request_upkeep, state_of_upkeep

router = Router(tags=["Upkeep"])
_MANAGES = Caller("manage", required=True)
Reason = Annotated[Text, StringConstraints(min_length=10, max_length=1_000)]


class DamageOut(Schema):
    """A stored file that is not what was put there."""

    dataset: str
    file: str = Field(description="Name of the received file it is of, or empty.")
    place: str = Field(description="Where it stands in the store.")
    kind: str
    message: str
    found_at: datetime


class CostOut(Schema):
    """What a dataset takes up (bytes) and costs; money is text, so that no digit is lost."""

    dataset: str = Field(description="Id of the dataset; empty for all together.")
    originals_bytes: int
    readings_bytes: int
    rollups_bytes: int
    earlier_versions_bytes: int
    readings: int
    bytes_a_reading: Decimal | None
    currency: str = Field(description="Empty while the project names no prices.")
    a_year_now: Decimal | None
    grows_by_bytes_a_month: int | None = Field(description="None while no month is whole yet.")
    measured_at: datetime | None


class UpkeepOut(Schema):
    """How what is kept stands."""

    damages: list[DamageOut]
    next_at: datetime = Field(description="When the next night's work begins.")
    checked_from: datetime | None = Field(description="Every original has been hashed again since then.")
    costs: list[CostOut]
    total: CostOut


class WorkIn(Schema):
    """Upkeep to be done now."""

    what: Literal["tend", "merge", "clean", "check", "recode"]
    dataset: Text = Field("", max_length=20, description="Only this dataset; all without it.")
    level: int = Field(9, ge=1, le=22, description="Of ZSTD, for recode.")


class WorkOut(Schema):
    """The job that does it."""

    job: int
    state: str


class ErasureIn(Schema):
    """What is to be erased for good, and why."""

    kind: Literal["dataset", "file", "series"]
    target: Text = Field("", max_length=300, description="The file's id, or the series' name.")
    reason: Reason = Field(description="Stays on record and on the dataset's page, for everyone.")
    confirmation: Text = Field(
        max_length=300, description="The dataset's identifier (or id), the file's name, or the series' name again."
    )


class ErasureOut(Schema):
    """An order to erase, as it is recorded."""

    id: int
    dataset: str
    kind: str
    label: str
    reason: str
    ordered_at: datetime
    ordered_by: str
    finished_at: datetime | None
    removed: dict[str, int]


@router.get(
    "/upkeep",
    auth=_MANAGES,
    response=answers(UpkeepOut),
    operation_id="get_upkeep",
    summary="What is kept, whether it is sound, what it costs",
    openapi_extra=needs("manage"),
)
def read_upkeep(request: HttpRequest) -> UpkeepOut:
    """Say what is damaged, when the next night's work begins, and what each dataset takes up and costs."""
    actor, at = actor_of(request), timezone.now()
    state, costs = state_of_upkeep(actor=actor, at=at), list_costs(actor=actor, at=at)
    return UpkeepOut(
        damages=[_damage(damage) for damage in state.damages],
        next_at=state.next_at,
        checked_from=state.checked_from,
        costs=[_cost(cost) for cost in costs],
        total=_cost(add_costs_up(costs, at=at)),
    )


@router.post(
    "/upkeep",
    auth=_MANAGES,
    response=answers({202: WorkOut}, 404),
    operation_id="request_upkeep",
    summary="Have upkeep done now",
    openapi_extra=needs("manage"),
)
def ask(request: HttpRequest, payload: WorkIn) -> Status[WorkOut]:
    """Merge small files, remove what no version needs, check every file, or all that a night does."""
    job = request_upkeep(
        actor=actor_of(request), what=payload.what, dataset_key=payload.dataset, level=payload.level, at=timezone.now()
    )
    return Status(202, WorkOut(job=job.pk, state=job.state))


@router.post(
    "/datasets/{key}/erasures",
    auth=_MANAGES,
    response=answers({202: ErasureOut}, 404, 409),
    operation_id="order_erasure",
    summary="Erase for good",
    openapi_extra=needs("manage"),
)
def erase(request: HttpRequest, key: str, payload: ErasureIn) -> Status[ErasureOut]:
    """Erase a dataset, a file or a series in all versions, with the originals that hold it; it can't be undone."""
    erasure = order_erasure(
        actor=actor_of(request),
        dataset_key=key,
        kind=payload.kind,
        target=payload.target,
        reason=payload.reason,
        confirmation=payload.confirmation,
        at=timezone.now(),
    )
    return Status(202, _erasure(erasure))


def _damage(damage: StorageDamage) -> DamageOut:
    return DamageOut(
        dataset=damage.dataset.key,
        file=damage.file_name,
        place=damage.place,
        kind=damage.kind,
        message=damage.message,
        found_at=damage.found_at,
    )


def _cost(cost: Cost) -> CostOut:
    return CostOut(
        dataset=cost.dataset.key if cost.dataset else "",
        originals_bytes=cost.size.raw,
        readings_bytes=cost.size.readings,
        rollups_bytes=cost.size.rollups,
        earlier_versions_bytes=cost.size.old,
        readings=cost.readings,
        bytes_a_reading=cost.bytes_a_reading,
        currency=cost.prices.currency if cost.prices else "",
        a_year_now=cost.yearly,
        grows_by_bytes_a_month=cost.growth.mean if cost.growth else None,
        measured_at=cost.measured_at,
    )


def _erasure(erasure: Erasure) -> ErasureOut:
    return ErasureOut(
        id=erasure.pk,
        dataset=erasure.dataset_key,
        kind=erasure.kind,
        label=erasure.label,
        reason=erasure.reason,
        ordered_at=erasure.ordered_at,
        ordered_by=erasure.ordered_by_label,
        finished_at=erasure.finished_at,
        removed={name: count for name, count in erasure.removed.items() if isinstance(count, int)},
    )
