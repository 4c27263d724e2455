"""CKAN's envelope: ``{"help", "success", "result"}``, or ``"error"`` with its type, each with CKAN's own status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from fairwatt.core.errors import FairwattError, InvalidInput, NotAllowed, NotFound, TooManyRequests

NOT_FOUND, NOT_ALLOWED, INVALID, BAD_QUERY = (
    "Not Found Error",
    "Authorization Error",
    "Validation Error",
    "Search Query Error",
)
_STATUS = {NOT_FOUND: 404, NOT_ALLOWED: 403, INVALID: 409, BAD_QUERY: 400}


class CkanError(Exception):
    """An error in CKAN's own words."""

    def __init__(self, kind: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.error: dict[str, Any] = {field: [message]} if field else {"message": message}


def write_result(action: str, result: Any) -> HttpResponse:
    """Answer with what was asked for."""
    return _write(action, {"success": True, "result": result}, status=200)


def write_error(action: str, error: CkanError | FairwattError) -> HttpResponse:
    """Answer with why there is nothing."""
    own = error if isinstance(error, CkanError) else _translated(error)
    content = {"success": False, "error": {**own.error, "__type": own.kind}}
    if isinstance(error, TooManyRequests):
        answer = _write(action, content, status=429)
        answer["Retry-After"] = str(error.retry_after_s)
        return answer
    return _write(action, content, status=_STATUS.get(own.kind, 409))


def write_unknown(action: str) -> HttpResponse:
    """Answer to an action that CKAN does not have either, as CKAN does: with a bare text in JSON."""
    text = json.dumps(f"Bad request - Action name not known: {action[:60]}")
    return HttpResponse(text, status=400, content_type="application/json; charset=utf-8")


def _translated(error: FairwattError) -> CkanError:
    words = f"{error.message} {error.next_step}".strip()
    if isinstance(error, NotFound):
        return CkanError(NOT_FOUND, f"Not found: {words}")
    if isinstance(error, NotAllowed) or error.http_status in {401, 403}:
        return CkanError(NOT_ALLOWED, f"Access denied: {words}")
    if isinstance(error, InvalidInput):
        return CkanError(INVALID, words)
    return CkanError("Other Error", words)


def _write(action: str, content: Mapping[str, Any], *, status: int) -> HttpResponse:
    help_address = f"{settings.BASE_URL}/api/3/action/help_show?name={action}"
    text = json.dumps({"help": help_address, **content}, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type="application/json; charset=utf-8")
