"""Live readings: a program sends them one by one or in batches, and has them acknowledged once they are on the disk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Schema
from pydantic import Field

from fairwatt.api.authentication import actor_of
from fairwatt.api.live_bodies import authenticate_writer, read_body
from fairwatt.api.v1.declaring import answers
from fairwatt.api.v1.readings import router
from fairwatt.core.errors import InvalidInput
from fairwatt.services.actors import Actor
from fairwatt.services.live_writing import write_readings

FORMS = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "text/csv": "csv",
    "application/vnd.apache.arrow.stream": "arrow",
}
_RECORD = {
    "type": "object",
    "required": ["start"],
    "properties": {
        "start": {"type": "string", "format": "date-time"},
        "series": {"type": "string", "maxLength": 200},
    },
    "additionalProperties": {"type": ["number", "string", "boolean", "null"]},
    "example": {"start": "2026-05-01T12:00:00Z", "series": "meter-7", "power_kw": 1.25},
}


class UnknownForm(InvalidInput):
    """Readings are sent in a form that is not taken."""

    http_status = 415


class Writing(Schema):
    """How readings are written."""

    precision: str = Field(
        "", max_length=2, description="Of times that are whole numbers since 1970: s, ms, us or ns; else ISO 8601."
    )


class Written(Schema):
    """What was acknowledged: it is on the disk."""

    points: int = Field(description="Points: the values of one series at one time.")
    readings: int = Field(description="Their values.")


def _writer(request: HttpRequest) -> Actor:
    return authenticate_writer(request, "bearer", "token")


@router.post(
    "/datasets/{key}/readings",
    auth=_writer,
    response=answers({202: Written}, 404, 409, 413, 415, 503),
    tags=["Live readings"],
    url_name="dataset-readings-write",
    operation_id="write_readings",
    summary="Send live readings",
    openapi_extra={
        "security": [{"token": []}],
        "x-scope": "write",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 200},
                "description": "A name of this request: sent again, it is answered as before and adds nothing.",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "array", "items": _RECORD}},
                "application/x-ndjson": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
                "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
            },
        },
    },
)
def send_readings(request: HttpRequest, key: str, writing: Query[Writing]) -> HttpResponse:
    """Write readings into a dataset's live feed: all of the request or nothing.

    They are acknowledged once they are on the disk, and stand in charts and downloads some seconds later. Each record
    has ``start`` with an offset, perhaps ``series``, and a value for each field; a field that comes for the first time
    becomes a channel, with the unit that its name ends with (``power_kw``). A reading that comes again is told as
    repeated; one with another value takes the place of the earlier. The body may be gzip (``Content-Encoding``), of at
    most 8 MiB as sent and 24 MiB unpacked. A deploy token is needed. After 429 and 503, ``Retry-After`` says when to
    come again.
    """
    accepted = write_readings(
        actor=actor_of(request),
        dataset_key=key,
        body=read_body(request),
        form=_form_of(request),
        precision=writing.precision,
        idempotency_key=request.headers.get("Idempotency-Key", ""),
        at=timezone.now(),
    )
    return HttpResponse(
        Written(points=accepted.points, readings=accepted.readings).model_dump_json(),
        status=202,
        content_type="application/json",
    )


def _form_of(request: HttpRequest) -> str:
    media_type = (request.content_type or "").lower()
    if media_type not in FORMS:
        raise UnknownForm(
            f"Readings are not taken as '{media_type[:60]}'." if media_type else "The body has no Content-Type.",
            where={"header": "Content-Type"},
            next_step="Send one of: " + ", ".join(FORMS) + ".",
        )
    return FORMS[media_type]
