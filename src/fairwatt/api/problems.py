"""Errors as problem+json (RFC 9457): the one place where the house's errors become answers of the API.

Every problem has ``type``, ``title``, ``status``, ``detail``, ``where`` and ``next``: what happened, the
place it concerns, and what to do now.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from ninja import Schema
from ninja.errors import HttpError
from ninja.errors import ValidationError as RequestError
from pydantic import Field

from fairwatt.core.errors import FairwattError, NotSignedIn, Overloaded, StoreAway, TooManyRequests

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="fairwatt"'

logger = logging.getLogger(__name__)


class Problem(Schema):
    """What went wrong, where, and what to do next."""

    type: str = Field(description="Where this kind of problem is explained; its last part names the kind.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The HTTP status, once more.")
    detail: str = Field(description="What happened, in plain sentences.")
    where: dict[str, object] = Field(description="The place: dataset, file, line, channel, field, parameter…")
    next: str = Field(description="What you can do now; empty where there is nothing.")


_TITLES = {
    "invalid-input": "What was sent can't be used",
    "unreadable-file": "The file can't be read",
    "not-found": "Not found",
    "not-signed-in": "Sign in or send a token",
    "not-allowed": "Not allowed",
    "conflict": "In conflict with what is there",
    "too-large": "Too large",
    "too-many-requests": "Too many requests",
    "source-unavailable": "A store or source did not answer",
    "source-busy": "A source asks to be asked later",
    "store-away": "The store does not answer",
    "store-refused": "The store refuses the platform",
    "overloaded": "Not now",
    "storage-full": "No room left",
    "insufficient-data": "Not enough data",
    "cancelled": "Cancelled",
    "internal-error": "Something went wrong on our side",
    "not-acceptable": "No such form",
    "withdrawn": "Withdrawn",
    "gone": "Erased for good",
    "damaged-data": "What is kept has been damaged",
    "method-not-allowed": "Method not allowed",
    "range-not-satisfiable": "No such range of bytes",
    "precondition-failed": "The precondition does not hold",
    "checksum-mismatch": "The bytes do not match their checksum",
}


def problem_type(code: str) -> str:
    """The address that explains a kind of problem.

    >>> problem_type("not-found").rsplit("/", 1)[-1]
    'docs#problem-not-found'
    """
    return f"{settings.BASE_URL}/api/v1/docs#problem-{code}"


def problem_codes() -> dict[str, str]:
    """Every kind of problem with its title, for the reference."""
    return dict(_TITLES)


def problem(
    *,
    status: int,
    code: str,
    detail: str,
    where: Mapping[str, object] | None = None,
    next_step: str = "",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer with a problem.

    Parameters
    ----------
    status
        HTTP status, 400 to 599.
    code
        The kind, in kebab-case.
    detail, where, next_step
        What happened, the place, and what to do.
    headers
        Further headers, such as ``Retry-After``.
    """
    phrase = HTTPStatus(status).phrase if status in {s.value for s in HTTPStatus} else "Error"
    content = {
        "type": problem_type(code),
        "title": _TITLES.get(code, phrase),
        "status": status,
        "detail": detail,
        "where": dict(where or {}),
        "next": next_step,
    }
    text = json.dumps(content, default=str, ensure_ascii=False)
    answer = HttpResponse(text, status=status, content_type=MEDIA_TYPE)
    answer["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        answer[name] = value
    return answer


def problem_of(error: Exception) -> HttpResponse:
    """Turn any exception into a problem; one that nobody foresaw is logged and says nothing of its inside."""
    if isinstance(error, FairwattError):
        return _of_house_error(error)
    if isinstance(error, RequestError):
        return _of_request_error(error)
    return _of_framework_error(error) or _of_unforeseen_error(error)


def not_found(path: str = "") -> HttpResponse:
    """Say that an address leads nowhere."""
    slash = "Leave out the slash at its end. " if path.rstrip("/").count("/") > 1 and path.endswith("/") else ""
    return problem(
        status=404,
        code="not-found",
        detail="There is nothing at this address.",
        next_step=f"{slash}GET /api/v1/openapi.json lists every address of the API.",
    )


def problem_from_answer(answer: HttpResponseBase) -> HttpResponseBase:
    """Turn an error page of the framework into a problem, keeping ``Allow``; else return the answer."""
    if answer.status_code < HTTPStatus.BAD_REQUEST or answer.get("Content-Type", "").startswith(MEDIA_TYPE):
        return answer
    if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = answer.get("Allow", "")
        return problem(
            status=405,
            code="method-not-allowed",
            detail="This address does not answer to that method.",
            next_step=f"It answers to {allowed}." if allowed else "",
            headers={"Allow": allowed} if allowed else None,
        )
    return problem(
        status=answer.status_code,
        code=HTTPStatus(answer.status_code).phrase.lower().replace(" ", "-"),
        detail="The request could not be served.",
    )


def handle(request: HttpRequest, error: Exception) -> HttpResponse:
    """Give ninja's exception handlers their answer."""
    del request
    return problem_of(error)


def _of_house_error(error: FairwattError) -> HttpResponse:
    headers: dict[str, str] = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = CHALLENGE
    if isinstance(error, TooManyRequests | Overloaded | StoreAway):
        headers["Retry-After"] = str(error.retry_after_s)
    return problem(
        status=error.http_status,
        code=error.code,
        detail=error.message,
        where=error.where,
        next_step=error.next_step,
        headers=headers,
    )


def _of_request_error(error: RequestError) -> HttpResponse:
    first = error.errors[0]
    place = [str(part) for part in first.get("loc", ()) if str(part) not in {"payload", "query_params"}]
    kind, *path = place or ["request"]
    name = ".".join(path) or kind
    rest = len(error.errors) - 1
    more = f" ({rest} more like it.)" if rest else ""
    message = str(first.get("msg", "is not valid")).removeprefix("Value error, ").rstrip(".")
    return problem(
        status=422,
        code="invalid-input",
        detail=f"{name}: {message}.{more}",
        where={"part": kind, "field": name},
        next_step="/api/v1/docs says what this address takes.",
    )


def _of_framework_error(error: Exception) -> HttpResponse | None:
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, RequestDataTooBig | TooManyFilesSent):
        return problem(
            status=413,
            code="too-large",
            detail="The body of this request is larger than this address takes.",
            next_step="Send files through /api/uploads/, in pieces of any size.",
        )
    if isinstance(error, PermissionDenied):
        return problem(status=403, code="not-allowed", detail=str(error) or "You may not do this.")
    if isinstance(error, SuspiciousOperation | BadRequest | UnicodeDecodeError | HttpError):
        status = error.status_code if isinstance(error, HttpError) else HTTPStatus.BAD_REQUEST.value
        return problem(status=status, code="invalid-input", detail="This request can't be understood.")
    return None


def _of_unforeseen_error(error: Exception) -> HttpResponse:
    logger.error("unforeseen error in the API", exc_info=error)
    return problem(
        status=500,
        code="internal-error",
        detail="Something went wrong on our side; it has been logged.",
        next_step="Try again; if it stays, tell the data manager when it happened.",
    )
