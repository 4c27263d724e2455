"""What can be chosen: datasets whose data the person may have, and a dataset's channels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from fairwatt.records.models import Dataset
from fairwatt.services.actors import Actor
from fairwatt.tools.explore.pictures import Curve

MOST_OPTIONS = 400
_FIRST_QUANTITIES = ("power", "energy", "current", "voltage", "price", "temperature")
Option = dict[str, str]
Group = dict[str, Any]


def list_datasets(actor: Actor, *, at: datetime, text: str = "", include: str = "") -> tuple[list[Group], bool]:
    """The datasets with readings that ``actor`` may have, newest first, grouped by origin.

    Parameters
    ----------
    text
        Only those with these words in title or identifier.
    include
        The key of a dataset that must be among them (where the actor may have it).

    Returns
    -------
    tuple[list[Group], bool]
        The options, and whether there are more than are listed.
    """
    readable = Dataset.objects.all().readable_by(actor.user, at).filter(readings_total__gt=0)  # type: ignore[attr-defined,unused-ignore]
    found = readable
    for word in text.split()[:10]:
        found = found.filter(Q(title__icontains=word) | Q(identifier__icontains=word))
    fields = ("key", "title", "identifier", "origin", "state")
    rows = list(found.order_by("-published_at", "-id").values_list(*fields)[: MOST_OPTIONS + 1])
    has_more = len(rows) > MOST_OPTIONS
    rows = rows[:MOST_OPTIONS]
    if include and all(key != include for key, *_ in rows):
        rows += list(readable.filter(key=include).values_list(*fields))
    groups: dict[str, list[Option]] = {str(origin.label): [] for origin in Dataset.Origin}
    for key, title, identifier, origin, state in rows:
        draft = " (draft)" if state == Dataset.State.DRAFT else ""
        label = f"{title} · {identifier}{draft}" if identifier else f"{title}{draft}"
        groups[str(Dataset.Origin(origin).label)].append({"value": key, "label": label})
    return [{"group": name, "items": items} for name, items in groups.items() if items], has_more


def list_options(curves: Iterable[Curve]) -> list[Group]:
    """Channels to choose from, grouped by quantity."""
    groups: dict[str, list[Option]] = {}
    for curve in curves:
        groups.setdefault(curve.quantity_label or "Other", []).append({"value": curve.field, "label": curve.label})
    return [{"group": name, "items": items} for name, items in groups.items()]


def choose_first(curves: Sequence[Curve], statistics: dict[str, str]) -> tuple[str, ...]:
    """The channel to begin with: of the most telling quantity, its mean, and the total of phases."""
    if not curves:
        return ()

    def rank(curve: Curve) -> tuple[int, bool, bool]:
        place = (
            _FIRST_QUANTITIES.index(curve.quantity) if curve.quantity in _FIRST_QUANTITIES else len(_FIRST_QUANTITIES)
        )
        is_extreme = statistics.get(curve.field, "") in {"min", "max"}
        return place if curve.quantity else place + 1, is_extreme, "total" not in curve.name.casefold()

    return (min(curves, key=rank).field,)
