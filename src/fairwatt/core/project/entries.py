"""What all entries of the project file have in common, and how a fault in one is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import ErrorDetails

_MOST_FAULTS = 10
_SINGULAR = {
    "agreements": "agreement",
    "events": "event",
    "expects": "expected file",
    "licences": "licence",
    "partners": "partner",
    "procedures": "procedure",
    "steps": "step",
    "trials": "trial",
}
_NAMES = ("code", "slug", "name", "what", "partner")
_FAULTS = {"extra_forbidden": "there is no such entry", "missing": "it is missing"}


class Entry(BaseModel):
    """A table of the project file: frozen, and no key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _plain_day(value: object) -> object:
    """A day as TOML writes it, with or without quotes."""
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value


Day = Annotated[date, BeforeValidator(_plain_day)]


def say_faults(errors: Sequence[ErrorDetails], content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what is wrong with a project file: the place of each fault and the fault, the first ten.

    Parameters
    ----------
    errors
        As pydantic gives them.
    content
        The file as parsed, for the codes of the entries.
    """
    places = [error["loc"] for error in errors]
    told = [error for error in errors if not _follows(error, places)]
    return [(_say_place(error["loc"], content), _say_fault(error)) for error in told[:_MOST_FAULTS]]


def _follows(error: ErrorDetails, places: Sequence[tuple[int | str, ...]]) -> bool:
    """Whether a list is said to be short only because entries in it are at fault."""
    own = error["loc"]
    return error["type"] == "too_short" and any(len(p) > len(own) and p[: len(own)] == own for p in places)


def _say_fault(error: ErrorDetails) -> str:
    words = _FAULTS.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return words[:1].lower() + words[1:]


def _say_place(path: Sequence[int | str], content: object) -> str:
    """Name a place: ``trial 2 (B2), procedure 1 (P1): title``; entries of a list are counted from 1."""
    said: list[str] = []
    keys: list[str] = []
    for part in path:
        if isinstance(part, int):
            content = content[part] if isinstance(content, list) and part < len(content) else None
            what = keys.pop() if keys else "entry"
            said.append(f"{_SINGULAR.get(what, what)} {part + 1}{_code_of(content)}")
        else:
            keys.append(part)
            content = content.get(part) if isinstance(content, Mapping) else None
    return ": ".join(filter(None, (", ".join(said), ".".join(keys))))


def _code_of(content: object) -> str:
    if not isinstance(content, Mapping):
        return ""
    name = next((str(content[key]) for key in _NAMES if content.get(key)), "")
    return f" ({name[:40]})" if name else ""
