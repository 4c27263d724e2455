"""A question to the catalogues: words, chosen values of facets, a period, a sort, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fairwatt.core.errors import InvalidInput

FACETS: Mapping[str, str] = {
    "origin": "Origin",
    "trial": "Trial",
    "procedure": "Procedure",
    "provider": "Provider",
    "quantity": "Quantity",
    "resolution": "Resolution",
    "access": "Access",
    "licence": "Licence",
    "format": "Format",
    "period": "Year",
}
SORTS: Mapping[str, str] = {
    "relevance": "Best match",
    "newest": "Newest first",
    "title": "Title, A to Z",
    "period": "Latest data first",
}
DEFAULT_LIMIT = 20
MOST_ITEMS = 100
MOST_TEXT = 300  # characters of a question


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueQuery:
    """A question to the catalogues.

    Attributes
    ----------
    text
        Words; a dataset is found where it has all of them (or words that begin so).
    origin … period
        The chosen values of each facet: any of a facet's values, but every facet. A single text is taken as
        one value. ``period`` holds years.
    period_start, period_end
        Only datasets whose readings overlap [period_start, period_end).
    sort
        One of :data:`SORTS`; "" is by relevance where there are words, else newest first.
    cursor
        Where the page begins, from ``CataloguePage.next`` or ``.previous``.
    limit
        Datasets on a page, 1 to 100.
    """

    text: str = ""
    origin: str | tuple[str, ...] = ()
    trial: str | tuple[str, ...] = ()
    procedure: str | tuple[str, ...] = ()
    provider: str | tuple[str, ...] = ()
    quantity: str | tuple[str, ...] = ()
    resolution: str | tuple[str, ...] = ()
    access: str | tuple[str, ...] = ()
    licence: str | tuple[str, ...] = ()
    format: str | tuple[str, ...] = ()
    period: str | tuple[str, ...] = ()
    period_start: datetime | None = None
    period_end: datetime | None = None
    sort: str = ""
    cursor: str = ""
    limit: int = DEFAULT_LIMIT

    def __post_init__(self) -> None:
        for name in FACETS:
            chosen = getattr(self, name)
            values = [value.replace("\x00", "\ufffd") for value in _texts(chosen)]  # PostgreSQL takes no NUL
            object.__setattr__(self, name, tuple(dict.fromkeys(value for value in values if value)))
        object.__setattr__(self, "text", self.text.replace("\x00", " ").strip()[:MOST_TEXT])
        if self.sort and self.sort not in SORTS:
            raise InvalidInput(
                f"Catalogues can't be sorted by '{self.sort}'.",
                where={"field": "sort"},
                next_step=f"Choose one of: {', '.join(SORTS)}.",
            )
        if not 1 <= self.limit <= MOST_ITEMS:
            raise InvalidInput(f"A page holds 1 to {MOST_ITEMS} datasets, not {self.limit}.", where={"field": "limit"})

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str] | str]) -> CatalogueQuery:
        """Read a question from an address's parameters (``dict(request.GET.lists())``); unknown ones are left.

        ``q`` is the text; dates are ``2019-11-18``, the end counted in.

        Raises
        ------
        InvalidInput
            Where a date, the sort or the limit can't be read.
        """
        known: dict[str, Any] = {name: _texts(params.get(name, ())) for name in FACETS}
        known |= {name: _last(params.get(name, "")) for name in ("sort", "cursor")}
        known["text"] = _last(params.get("q", params.get("text", "")))
        known["period_start"] = _day(params, "period_start", days=0)
        known["period_end"] = _day(params, "period_end", days=1)
        if limit := _last(params.get("limit", "")):
            known["limit"] = _whole(limit)
        return cls(**known)

    def to_params(self, **changes: Any) -> list[tuple[str, str]]:
        """Write the question as an address's parameters, with ``changes``; what is not asked is left out."""
        query = replace(self, **changes) if changes else self
        found = [("q", query.text)]
        found += [(name, value) for name in FACETS for value in query.values(name)]
        if query.period_start is not None:
            found.append(("period_start", query.period_start.date().isoformat()))
        if query.period_end is not None:
            found.append(("period_end", (query.period_end - timedelta(days=1)).date().isoformat()))
        found += [("sort", query.sort), ("cursor", query.cursor)]
        if query.limit != DEFAULT_LIMIT:
            found.append(("limit", str(query.limit)))
        return [(name, value) for name, value in found if value]

    def values(self, facet: str) -> tuple[str, ...]:
        """The chosen values of a facet."""
        chosen: tuple[str, ...] = getattr(self, facet)
        return chosen

    @property
    def order(self) -> str:
        """The sort that is meant, where none was chosen."""
        if not self.text:
            return self.sort if self.sort not in ("", "relevance") else "newest"
        return self.sort or "relevance"

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the sort was asked for."""
        return bool(self.text or self.period_start or self.period_end or any(map(self.values, FACETS)))


def _texts(values: Sequence[str] | str) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _last(values: Sequence[str] | str) -> str:
    found = _texts(values)
    return found[-1] if found else ""


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InvalidInput(f"'{text}' is no number.", where={"field": "limit"}) from error


def _day(params: Mapping[str, Sequence[str] | str], name: str, *, days: int) -> datetime | None:
    text = _last(params.get(name, ""))
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"'{text}' is no date.", where={"field": name}, next_step="Write it as 2019-11-18."
        ) from error
