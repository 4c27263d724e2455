"""Which of the media types that an answer comes in an Accept header asks for (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.http import HttpRequest
from django.http.request import MediaType

_STAR_ALONE = re.compile(r"\*\s*(;|$)")  # Java's own client says it for */*


def preferred_type(request: HttpRequest, offered: Iterable[str]) -> str | None:
    """The most welcome of the media types that are offered; None where none is.

    How welcome one is says the most specific range that it is in, so that ``application/*;q=0.5, text/turtle`` asks for
    Turtle, and what is refused (``q=0``) is never given. Of those as welcome it is the one named more closely, then
    first by the header, then first as offered. Where nothing has the parameters that are named, it is as if none were.
    """
    parts = [part.strip() for part in request.headers.get("Accept", "*/*").split(",")]
    said = [f"*/{part}" if _STAR_ALONE.match(part) else part for part in parts if part]
    offered = list(offered)
    return _most_welcome(said, offered) or _most_welcome([_plain(part) for part in said], offered)


def _plain(part: str) -> str:
    """A media type without its parameters, save how welcome it is."""
    kind, *parameters = (one.strip() for one in part.split(";"))
    return ";".join([kind, *(one for one in parameters if one.lower().startswith("q="))])


def _most_welcome(said: Sequence[str], offered: Sequence[str]) -> str | None:
    ranges = [MediaType(part) for part in said]
    best, chosen = (0.0, -1, 0), None
    for name in offered:
        fitting = [place for place, given in enumerate(said) if MediaType(name).match(given)]
        if not fitting:
            continue
        closest = max(fitting, key=lambda place: ranges[place].specificity)
        welcome = (ranges[closest].quality, ranges[closest].specificity, -closest)
        if welcome[0] > 0 and (chosen is None or welcome > best):
            best, chosen = welcome, name
    return chosen


def takes_any(request: HttpRequest) -> bool:
    """Whether the asker names no media type, by an empty header too."""
    return not request.headers.get("Accept", "").strip(" \t,")


def accepts_one_of(request: HttpRequest, offered: Iterable[str]) -> bool:
    """Whether the asker takes one of these media types; who names none takes any."""
    return takes_any(request) or preferred_type(request, offered) is not None
