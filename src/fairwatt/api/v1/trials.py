"""Trials: what each has and still lacks, its events, and its data package."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from fairwatt.api.authentication import Caller, actor_of
from fairwatt.api.packages import MEDIA_TYPE, send_package
from fairwatt.api.v1.declaring import answers, bodies, needs, open_to_all
from fairwatt.api.v1.paging import MOST_ITEMS, Paging, cut_page
from fairwatt.api.v1.schemas import Text
from fairwatt.core.flexibility.lacking import Lack, LackKind
from fairwatt.core.metadata.event_files import EventValues
from fairwatt.records.models import TrialEvent
from fairwatt.services.links import absolute
from fairwatt.services.trial_events import (
    LONGEST_NAME,
    add_event,
    change_event,
    find_event,
    find_trial,
    remove_event,
)
from fairwatt.services.trials import TrialProcedure, TrialView, get_trial, list_trials, trial_path

router = Router(tags=["Trials"])


class EventOut(Schema):
    """An event of a trial: [start, end)."""

    id: int
    name: str
    start: datetime
    end: datetime
    asset: str
    in_project_file: bool = Field(description="Then it is changed there alone.")


class EventIn(Schema):
    """An event to be added."""

    name: Text = Field(min_length=1, max_length=LONGEST_NAME)
    start: AwareDatetime = Field(description="ISO 8601 with an offset, a whole minute.")
    end: AwareDatetime = Field(description="End of the half-open window; not part of it.")
    asset: Text = Field("", max_length=LONGEST_NAME, description="What it is about; without it, every dataset.")


class EventChange(Schema):
    """What is changed of an event; what is left out stays."""

    name: Text | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    start: AwareDatetime | None = Field(None, description="ISO 8601 with an offset, a whole minute.")
    end: AwareDatetime | None = Field(None, description="End of the half-open window; not part of it.")
    asset: Text | None = Field(None, max_length=LONGEST_NAME)


class LackQuery(Paging):
    """Which things that a trial lacks."""

    kind: LackKind | None = Field(None, description="Only those of this kind.")


class LackOut(Schema):
    """One thing that a trial lacks to be validated."""

    kind: str
    where: str
    message: str
    next_step: str
    page: str = Field(description="Where that is done, or empty.")


class ProcedureOut(Schema):
    """A procedure, and what was logged for it as far as the asker may know."""

    code: str
    title: str
    partners: list[str]
    datasets: list[str]
    files: int


class TrialOut(Schema):
    """A trial, as far as the asker may know of its data."""

    code: str
    title: str
    summary: str
    state: str
    page: str
    procedures: list[ProcedureOut]
    events: int
    datasets: list[str]
    withdrawn: list[str] = Field(description="Datasets that count nowhere else.")
    missing_total: int = Field(description="How many things it still lacks to be validated.")
    package: str = Field(description="Where its data package is, or empty where the asker may have none of its data.")


class TrialDetails(TrialOut):
    """A trial, with what it lacks."""

    missing: list[LackOut] = Field(description=f"The first {MOST_ITEMS} things that it lacks.")


class TrialList(Schema):
    """All trials."""

    items: list[TrialOut]


class LackPage(Schema):
    """Some of the things that a trial lacks, kind by kind."""

    items: list[LackOut]
    next: str | None


class EventPage(Schema):
    """Some of the events of a trial, in the order of time."""

    items: list[EventOut]
    next: str | None


def _reads(path: str, answer: type[Schema], *, operation_id: str, summary: str) -> Callable[[Any], Any]:
    """Declare what everybody may read of trials, as far as each may know of them."""
    return router.get(
        path,
        auth=Caller("read"),
        response=answers(answer, *((404,) if "{" in path else ())),
        operation_id=operation_id,
        summary=summary,
        openapi_extra=open_to_all(),
    )


@_reads("/trials", TrialList, operation_id="list_trials", summary="All trials")
def read_trials(request: HttpRequest) -> TrialList:
    """List the trials with what each has, and how much it still lacks to be validated."""
    return TrialList(
        items=[TrialOut(**_trial(view)) for view in list_trials(actor=actor_of(request), at=timezone.now())]
    )


@_reads("/trials/{code}", TrialDetails, operation_id="get_trial", summary="One trial")
def read_trial(request: HttpRequest, code: str) -> TrialDetails:
    """Say what a trial has, and still lacks to be validated."""
    view = get_trial(actor=actor_of(request), code=code, at=timezone.now())
    return TrialDetails(**_trial(view), missing=[_lack(lack) for lack in view.lacks[:MOST_ITEMS]])


@_reads("/trials/{code}/missing", LackPage, operation_id="list_trial_lacks", summary="All that a trial lacks")
def read_lacks(request: HttpRequest, code: str, query: Query[LackQuery]) -> LackPage:
    """List what a trial still lacks to be validated, of one kind where it is asked for."""
    view = get_trial(actor=actor_of(request), code=code, at=timezone.now())
    lacks = [lack for lack in view.lacks if query.kind in {None, lack.kind}]
    page = cut_page(request, list(enumerate(lacks)), query, key_of=lambda numbered: str(numbered[0]))
    return LackPage(items=[_lack(lack) for _, lack in page.items], next=page.next)


@_reads("/trials/{code}/events", EventPage, operation_id="list_trial_events", summary="A trial's events")
def read_events(request: HttpRequest, code: str, paging: Query[Paging]) -> EventPage:
    """List the events of a trial."""
    page = cut_page(request, list(find_trial(code).events.all()), paging, key_of=lambda event: str(event.pk))
    return EventPage(items=list(map(_event, page.items)), next=page.next)


@router.post(
    "/trials/{code}/events",
    auth=Caller("deposit", "manage", required=True),
    response=answers({201: EventOut}, 404, 409),
    operation_id="add_trial_event",
    summary="Add an event",
    openapi_extra=needs("deposit", "manage"),
)
def post_event(request: HttpRequest, code: str, event: EventIn) -> Status[EventOut]:
    """Add an event: for data managers (scope ``manage``), and for stewards of who provides data of the trial."""
    values = EventValues(event.name, event.start, event.end, event.asset)
    added = add_event(actor=actor_of(request), code=code, values=values, at=timezone.now())
    return Status(201, _event(added))


@router.patch(
    "/trials/{code}/events/{event_id}",
    auth=Caller("deposit", "manage", required=True),
    response=answers(EventOut, 404, 409),
    operation_id="change_trial_event",
    summary="Change an event",
    openapi_extra=needs("deposit", "manage"),
)
def patch_event(request: HttpRequest, code: str, event_id: int, change: EventChange) -> EventOut:
    """Change what is given of an event that was added here; those of the project file are changed there."""
    row = find_event(code, event_id)
    values = EventValues(
        row.name if change.name is None else change.name,
        change.start or row.starts_at,
        change.end or row.ends_at,
        row.asset if change.asset is None else change.asset,
    )
    return _event(change_event(actor=actor_of(request), event_id=event_id, values=values, at=timezone.now(), code=code))


@router.delete(
    "/trials/{code}/events/{event_id}",
    auth=Caller("deposit", "manage", required=True),
    response=answers({204: None}, 404, 409),
    operation_id="remove_trial_event",
    summary="Remove an event",
    openapi_extra=needs("deposit", "manage"),
)
def delete_event(request: HttpRequest, code: str, event_id: int) -> Status[None]:
    """Remove an event that was added here; those of the project file are removed there."""
    remove_event(actor=actor_of(request), event_id=event_id, code=code, at=timezone.now())
    return Status(204, None)


@router.get(
    "/trials/{code}/package.zip",
    auth=Caller("read"),
    response=answers({200: None}, 404, 412, 416, 503),
    operation_id="download_trial_package",
    summary="A trial's data package",
    openapi_extra=open_to_all() | bodies(MEDIA_TYPE, partial=True),
)
def download_package(request: HttpRequest, code: str) -> HttpResponseBase:
    """Send everything of a trial that the asker may have as one zip, an RO-Crate with a signed certificate.

    The same contents are the same bytes: ``Range`` with ``If-Range`` goes on where a download broke off, while the
    asker may still have all of it; so does ``Range`` at the address in ``Content-Location``, which is of just this
    package. A large package is prepared the first time: 503 with ``Retry-After``.
    """
    return send_package(request, actor=actor_of(request), code=code, at=timezone.now())


@router.get(
    "/trials/{code}/packages/{key}.zip",
    auth=Caller("read"),
    response=answers({200: None}, 404, 412, 416, 503),
    operation_id="download_one_trial_package",
    summary="One data package of a trial, or a part of it",
    openapi_extra=open_to_all() | bodies(MEDIA_TYPE, partial=True),
)
def download_one_package(request: HttpRequest, code: str, key: str) -> HttpResponseBase:
    """Send just this package, whole or in parts.

    404 once what its askers may have is another; 401 or 403 where it was made for others than the asker.
    """
    return send_package(request, actor=actor_of(request), code=code, at=timezone.now(), key=key)


for _path, _send in (
    ("/trials/{code}/package.zip", download_package),
    ("/trials/{code}/packages/{key}.zip", download_one_package),
):
    router.api_operation(["HEAD"], _path, auth=Caller("read"), response=answers({200: None}), include_in_schema=False)(
        _send
    )


def _trial(view: TrialView) -> dict[str, Any]:
    row = view.row
    page = absolute(trial_path(row.code))
    can_be_had = any(dataset.decision.allowed for dataset in view.datasets)
    return {
        "code": row.code,
        "title": row.title,
        "summary": row.summary,
        "state": view.state,
        "page": page,
        "procedures": [_procedure(procedure) for procedure in view.procedures],
        "events": len(view.events),
        "datasets": [dataset.row.key for dataset in view.datasets],
        "withdrawn": [dataset.row.key for dataset in view.withdrawn],
        "missing_total": len(view.lacks),
        "package": f"{page}package.zip" if can_be_had else "",
    }


def _procedure(procedure: TrialProcedure) -> ProcedureOut:
    return ProcedureOut(
        code=procedure.row.code,
        title=procedure.row.title,
        partners=[partner.code for partner in procedure.partners],
        datasets=[dataset.row.key for dataset in procedure.datasets],
        files=procedure.files,
    )


def _lack(lack: Lack) -> LackOut:
    return LackOut(
        kind=lack.kind,
        where=lack.where,
        message=lack.message,
        next_step=lack.next_step,
        page=absolute(lack.path) if lack.path else "",
    )


def _event(row: TrialEvent) -> EventOut:
    return EventOut(
        id=row.pk,
        name=row.name,
        start=row.starts_at,
        end=row.ends_at,
        asset=row.asset,
        in_project_file=row.in_project_file,
    )
