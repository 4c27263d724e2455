"""``POST /api/v2/write``, as InfluxDB's version 2 answers it: Telegraf and the client libraries need no other setting.

The bucket is the dataset's key or identifier; the organisation is not asked. Errors have InfluxDB's own shape: a line
that can't be told apart refuses the whole (400); points whose values don't fit their channels are left out, and the
rest is kept (422).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fairwatt.api.live_bodies import authenticate_writer, read_body
from fairwatt.core.errors import (
    Conflict,
    FairwattError,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Overloaded,
    TooLarge,
    TooManyRequests,
)
from fairwatt.services.live_writing import Accepted, MalformedLine, write_lines

logger = logging.getLogger(__name__)

_PRECISIONS = {"ns": "ns", "n": "ns", "us": "us", "u": "us", "µ": "us", "ms": "ms", "s": "s"}
# The first kind that fits; the words are InfluxDB's.
_CODES: tuple[tuple[type[FairwattError], int, str], ...] = (
    (NotSignedIn, 401, "unauthorized"),
    (NotAllowed, 403, "forbidden"),
    (NotFound, 404, "not found"),
    (TooLarge, 413, "request too large"),
    (TooManyRequests, 429, "too many requests"),
    (Overloaded, 503, "unavailable"),
    (Conflict, 409, "conflict"),
    (InvalidInput, 400, "invalid"),
    (FairwattError, 500, "internal error"),
)

View = Callable[[HttpRequest], HttpResponse]


def influx_view(view: View) -> View:
    """Wrap a view: whatever happens inside, the answer is one that InfluxDB's clients can read."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            response = view(request)
        except FairwattError as error:
            response = _error_of(error)
        except Exception:
            logger.exception("unforeseen error while line protocol was written")
            response = _error(500, "internal error", "An internal error has occurred; it has been logged.")
        response["X-Influxdb-Version"] = "v2.7"
        response.setdefault("Cache-Control", "no-store")
        return response

    return answer


@influx_view
def write(request: HttpRequest) -> HttpResponse:
    """Write line protocol into the live feed of the dataset that the bucket names."""
    actor = authenticate_writer(request, "token", "bearer")
    bucket = request.GET.get("bucket", "")
    if not bucket:
        raise InvalidInput("The bucket is missing: it is the dataset's key or identifier.")
    precision = _PRECISIONS.get(request.GET.get("precision") or "ns")
    if precision is None:
        raise InvalidInput("The precision is one of ns, us, ms and s.")
    try:
        text = read_body(request).decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The body is not UTF-8: {error.reason} at byte {error.start}.") from None
    accepted = write_lines(actor=actor, bucket=bucket, text=text, precision=precision, at=timezone.now())
    return _partial(accepted) if accepted.rejected else HttpResponse(status=204)


def _partial(accepted: Accepted) -> HttpResponse:
    first = accepted.rejected[0]
    field = f" field {first.field}:" if first.field else ""
    dropped = len({one.place for one in accepted.rejected})
    message = (
        f"failure writing points to database: partial write: line {first.place}:{field} {first.reason} "
        f"dropped={dropped}"
    )
    return _error(422, "unprocessable entity", message, line=first.place)


def _error_of(error: FairwattError) -> HttpResponse:
    if isinstance(error, MalformedLine):
        return _error(400, "invalid", error.message, line=error.where.get("line"))
    status, code = next((status, code) for kind, status, code in _CODES if isinstance(error, kind))
    response = _error(status, code, str(error))
    if isinstance(error, TooManyRequests | Overloaded):
        response["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, NotSignedIn):
        response["WWW-Authenticate"] = "Token"
    return response


def _error(status: int, code: str, message: str, *, line: object = None) -> HttpResponse:
    body: dict[str, object] = {"code": code, "message": message} | ({"line": line} if line is not None else {})
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")
    response["X-Platform-Error-Code"] = code
    return response
