"""Pages of short lists: a cursor names the last thing that was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from fairwatt.api.v1.declaring import absolute
from fairwatt.core.errors import InvalidInput

MOST_ITEMS = 200
_Item = TypeVar("_Item")


class Paging(Schema):
    """Which page."""

    cursor: str = Field("", max_length=100, description="From the address in 'next'.")
    limit: int = Field(100, ge=1, le=MOST_ITEMS, description="Items on a page.")


@dataclass(frozen=True)
class Page(Generic[_Item]):
    """Some items, and the address of the next page."""

    items: Sequence[_Item]
    next: str | None


def cut_page(
    request: HttpRequest, items: Sequence[_Item], paging: Paging, *, key_of: Callable[[_Item], str]
) -> Page[_Item]:
    """Cut the page that begins after the cursor.

    Raises
    ------
    InvalidInput
        Where the cursor names nothing in the list.
    """
    begin = 0
    if paging.cursor:
        keys = [key_of(item) for item in items]
        if paging.cursor not in keys:
            raise InvalidInput(
                "The cursor names nothing in this list any more.",
                where={"field": "cursor"},
                next_step="Begin again without a cursor.",
            )
        begin = keys.index(paging.cursor) + 1
    page = items[begin : begin + paging.limit]
    if begin + paging.limit >= len(items):
        return Page(page, None)
    params = request.GET.copy()
    params["cursor"] = key_of(page[-1])
    return Page(page, absolute(request, f"{request.path}?{params.urlencode()}"))
