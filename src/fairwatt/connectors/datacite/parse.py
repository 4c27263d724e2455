"""Reading what DataCite answers: a DOI's state, or why something was refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NoReturn

from fairwatt.core.errors import (
    Conflict,
    FairwattError,
    InvalidInput,
    NotAllowed,
    NotFound,
    SourceBusy,
    SourceUnavailable,
)

_STATES = {"draft", "registered", "findable"}
_TAKEN = re.compile(r"already (been taken|exists?)", re.IGNORECASE)
_BUSY_S = 300  # where it is not said when to come again: as long as DataCite's limits count
_LONGEST_WAIT_S = 86_400
_MOST_FAULTS = 3
_LONGEST_FAULT = 200
ACCOUNT_REFUSED = "DataCite refuses the repository account."


class DoiTaken(Conflict):
    """There is such a DOI already."""


@dataclass(frozen=True, slots=True)
class DoiRecord:
    """A DOI as DataCite has it: ``state`` is draft, registered or findable."""

    name: str
    state: str
    url: str = ""


def parse_record(text: str) -> DoiRecord:
    """Read the answer to a request that was granted.

    Raises
    ------
    SourceUnavailable
        Where it is none that DataCite would give: of a proxy on the way, say.
    """
    try:
        data = json.loads(text)["data"]
        attributes = data["attributes"]
        name, state, url = str(data["id"]).lower(), str(attributes["state"]), str(attributes.get("url") or "")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise SourceUnavailable("DataCite’s answer can’t be read: it is no record of a DOI.") from error
    if state not in _STATES:
        raise SourceUnavailable(f"DataCite names a state that is not known: {state[:40]}.")
    return DoiRecord(name, state, url)


def refuse(status: int, text: str, headers: Mapping[str, str], *, at: datetime | None = None) -> NoReturn:
    """Raise what an answer means that grants nothing.

    Raises
    ------
    NotAllowed
        401 and 403: the account's name, its password, or what it may do.
    NotFound
        404 and 410.
    DoiTaken
        409, and 422 that says so.
    InvalidInput
        Other 4xx: the metadata or the address are refused, with DataCite's reasons.
    SourceBusy
        429, and 503 with a time to come again.
    SourceUnavailable
        5xx, and all else.
    """
    raise _meaning(status, text, headers, at=at or datetime.now(UTC))


def _meaning(status: int, text: str, headers: Mapping[str, str], *, at: datetime) -> FairwattError:
    said = _faults(text)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return NotAllowed(
            ACCOUNT_REFUSED,
            where={"status": status},
            next_step="Check the repository and the prefix in the project file, and FAIRWATT_DATACITE_PASSWORD.",
        )
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return NotFound("DataCite knows no such DOI, or not under this account.", where={"status": status})
    if status == HTTPStatus.CONFLICT or (status == HTTPStatus.UNPROCESSABLE_ENTITY and _TAKEN.search(said)):
        return DoiTaken("DataCite has this DOI already.", where={"status": status})
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and _waits(headers, at)):
        return SourceBusy("DataCite asks to be asked later.", retry_after_s=_waits(headers, at) or _BUSY_S)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return InvalidInput(
            f"DataCite does not take the metadata ({status}): {said or 'it gives no reason'}.",
            where={"status": status},
            next_step="Mend the description, or the address of the platform, and have it registered again.",
        )
    return SourceUnavailable(f"DataCite does not answer as it should ({status}).")


def _faults(text: str) -> str:
    """The reasons in an answer's ``errors``, each after what it is of."""
    try:
        errors = json.loads(text).get("errors", [])
        found = [_fault(error) for error in errors if isinstance(error, dict)]
    except (ValueError, AttributeError, TypeError):
        return ""
    told = "; ".join(fault for fault in found[:_MOST_FAULTS] if fault)
    return "".join(sign if sign.isprintable() else " " for sign in told).rstrip(". ")


def _fault(error: Mapping[str, Any]) -> str:
    said = str(error.get("title") or error.get("detail") or "")[:_LONGEST_FAULT]
    return f"{error['source']}: {said}" if said and isinstance(error.get("source"), str) else said


def _waits(headers: Mapping[str, str], at: datetime) -> int:
    """How long ``Retry-After`` asks to wait [s], in seconds or until an instant; 0 where it doesn't."""
    given = headers.get("Retry-After", "").strip()
    if given.isdecimal():
        return min(int(given[:9]), _LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(given)
    except (ValueError, TypeError):
        return 0
    wanted = (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    return min(max(1, round(wanted.total_seconds())), _LONGEST_WAIT_S)
