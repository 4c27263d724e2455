"""Pages of datasets that stay put while others are added: a cursor remembers the last one seen, not a number."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Coalesce, Lower

from fairwatt.core.errors import InvalidInput
from fairwatt.records.models import Dataset
from fairwatt.records.models.datasets import DatasetQuerySet

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a sorted list: before or after the row with this value and id.

    For lists by relevance ``value`` is the instant the first page was asked for and ``row`` the number of rows
    already shown: datasets published since are left out, so that nobody moves.
    """

    sort: str
    value: str
    row: int
    is_before: bool = False

    def __str__(self) -> str:
        packed = json.dumps([self.sort, self.value, self.row, int(self.is_before)], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, cursor: str, *, sort: str) -> Position | None:
        """Read a cursor; None where there is none.

        Raises
        ------
        InvalidInput
            Where it is not one of ours, or belongs to a list sorted otherwise.
        """
        if not cursor:
            return None
        try:
            packed = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            kind, value, row, is_before = packed
            if kind == sort and isinstance(value, str) and isinstance(row, int) and 0 <= row < 2**63:
                position = cls(sort, value, row, bool(is_before))
                position.instant()
                if _is_storable(value):
                    return position
        except (ValueError, TypeError, binascii.Error, RecursionError):
            pass
        raise InvalidInput(
            "This cursor belongs to no page of this list.",
            where={"field": "cursor"},
            next_step="Begin again with the first page: leave the cursor out.",
        )

    def instant(self) -> datetime | str:
        """The value as what it was: text for titles, an instant for all else."""
        if self.sort == "title":
            return self.value
        at = datetime.fromisoformat(self.value)
        if at.tzinfo is None:
            raise ValueError("a cursor's instant needs a zone")
        return at


def _is_storable(text: str) -> bool:
    """Whether a database can be asked about it: half surrogates raise ValueError here, NUL is refused."""
    text.encode()
    return "\0" not in text


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, and where the neighbouring pages begin, where known by number (relevance)."""

    keys: tuple[int, ...]
    has_next: bool
    has_previous: bool
    as_of: datetime | None = None
    offset: int = 0
    limit: int = 0


def page_of(found: DatasetQuerySet, *, sort: str, position: Position | None, limit: int) -> Page:
    """Take one page of a list sorted by ``newest``, ``title`` or ``period``."""
    falls = sort != "title"
    rows = found.alias(sort_value=_sort_value(sort))
    backwards = position is not None and position.is_before
    if position is not None:
        rows = rows.filter(_beyond(position, is_greater=falls == backwards))
    sign = "-" if falls != backwards else ""
    keys = list(rows.order_by(f"{sign}sort_value", f"{sign}pk").values_list("pk", flat=True)[: limit + 1])
    more = len(keys) > limit
    keys = keys[:limit]
    if backwards:
        return Page(tuple(reversed(keys)), has_next=True, has_previous=more)
    return Page(tuple(keys), has_next=more, has_previous=position is not None)


def page_by_rank(
    found: DatasetQuerySet, ranked: Sequence[int], *, position: Position | None, limit: int, at: datetime
) -> Page:
    """Take one page of the matches in their order of relevance."""
    as_of = position.instant() if position is not None else at
    offset = position.row if position is not None else 0
    known = set(found.filter(published_at__lte=as_of).values_list("pk", flat=True))
    keys = [key for key in ranked if key in known]
    page = tuple(keys[offset : offset + limit])
    return Page(
        page,
        has_next=offset + limit < len(keys),
        has_previous=offset > 0,
        as_of=as_of if isinstance(as_of, datetime) else None,
        offset=offset,
        limit=limit,
    )


def next_and_previous(page: Page, rows: Sequence[Dataset], *, sort: str) -> tuple[str, str]:
    """Make the cursors of the pages after and before this one, "" where there is none."""
    if page.as_of is not None:
        value = page.as_of.isoformat()
        after = Position(sort, value, page.offset + page.limit)
        before = Position(sort, value, max(0, page.offset - page.limit))
    elif rows:
        after = Position(sort, _value_of(rows[-1], sort), rows[-1].pk)
        before = Position(sort, _value_of(rows[0], sort), rows[0].pk, is_before=True)
    else:
        return "", ""
    return (str(after) if page.has_next else "", str(before) if page.has_previous else "")


def _sort_value(sort: str) -> Any:
    if sort == "title":
        return Lower("title")
    return F("published_at") if sort == "newest" else Coalesce(F("period_end"), _BEGINNING)


def _value_of(dataset: Dataset, sort: str) -> str:
    if sort == "title":
        return dataset.title
    at = dataset.published_at if sort == "newest" else dataset.period_end or _BEGINNING
    return (at or _BEGINNING).isoformat()


def _beyond(position: Position, *, is_greater: bool) -> Q:
    word = "gt" if is_greater else "lt"
    value: Any = position.instant()
    if isinstance(value, str):
        value = Lower(Value(value, output_field=TextField()))
    return Q(**{f"sort_value__{word}": value}) | Q(sort_value=value, **{f"pk__{word}": position.row})
