"""Channels of live feeds: a name that comes for the first time becomes a channel, with the unit that its name says."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from fairwatt.core.errors import InvalidInput, TooLarge
from fairwatt.core.files.fields import make_fields
from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.privacy import holds_mpan
from fairwatt.core.files.profile import How, Kind
from fairwatt.core.findings import Severity
from fairwatt.records.models import Channel, DatasetChannel, File, FileFinding, LiveFeed
from fairwatt.services.dataset_channels import store_dataset_channels
from fairwatt.services.dataset_totals import hold
from fairwatt.services.projects import get_project

UNIT_UNKNOWN = "unit-unknown"
_MOST_KNOWN = 500


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel of a feed: its column, and what its values are."""

    field: str
    kind: Kind


_known: dict[str, dict[str, LiveChannel]] = {}
_guard = threading.Lock()


def known_channels(feed: LiveFeed, names: Mapping[str, object]) -> dict[str, LiveChannel]:
    """Those of ``names`` that are channels of a feed already; asked of the database only where some are not."""
    key = feed.file.key
    with _guard:
        held = _known.get(key, {})
    if any(name not in held for name in names):
        held = _load(feed.file)
    return {name: held[name] for name in names if name in held}


def _load(file: File) -> dict[str, LiveChannel]:
    found: dict[str, LiveChannel] = {}
    for name, field, kind in file.channels.values_list("name", "field", "kind"):
        found[field] = LiveChannel(field, Kind(kind))
        found[name] = found[field]
    with _guard:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[file.key] = found
    return found


def declare_channels(feed: LiveFeed, kinds: Mapping[str, Kind]) -> dict[str, LiveChannel]:
    """Make channels of names that come for the first time; return all of ``kinds``.

    The name says quantity, unit, direction and statistic, as a file's column would (``grid_import_kw``); where it
    says no unit, a finding tells so.

    Raises
    ------
    InvalidInput
        Where other files of the dataset hold another kind of values under this name, or it holds a supply number.
    TooLarge
        Where the dataset would have more channels than the project allows.
    """
    known = known_channels(feed, kinds)
    if len(known) == len(kinds):
        return known
    with transaction.atomic():
        hold(feed.dataset)
        held = _load(feed.file)
        fresh = [name for name in kinds if name not in held]
        _refuse_too_many(feed, len(fresh))
        taken = list(feed.file.channels.order_by("position").values_list("field", flat=True))
        fields = make_fields([*taken, *fresh])[len(taken) :]
        last = feed.file.channels.aggregate(last=Max("position"))["last"] or 0
        for position, (name, field) in enumerate(zip(fresh, fields, strict=True), start=last + 1):
            _declare(feed, name, field, kinds[name], position)
        if fresh:
            store_dataset_channels(feed.dataset)
    found = _load(feed.file)
    return {name: found[name] for name in kinds}


def _refuse_too_many(feed: LiveFeed, more: int) -> None:
    most = get_project().limits.columns
    if feed.file.channels.count() + more > most:
        raise TooLarge(
            f"This dataset would have more than {most:,} channels.",
            where={"dataset": feed.dataset.key},
            next_step="Send what tells meters apart as the series, not in the names of fields.",
        )


def _declare(feed: LiveFeed, name: str, field: str, kind: Kind, position: int) -> None:
    if holds_mpan(name):
        raise InvalidInput(
            "The name of a field holds the number of a supply point.",
            where={"field": field},
            next_step="Send it as the series: there another name stands for it.",
        )
    other = DatasetChannel.objects.filter(dataset=feed.dataset, field=field).first()
    if other is not None and other.kind != kind:
        raise InvalidInput(
            f"“{name}” is {kind} here, but other files of this dataset hold {other.kind} under that name.",
            where={"field": name},
            next_step="Send it under another name.",
        )
    meaning = read_name(name)
    is_known = kind is Kind.NUMBER and bool(meaning.unit) and meaning.factor == 1 and not meaning.is_two_ways
    Channel.objects.create(
        file=feed.file,
        position=position,
        name=name,
        field=field,
        kind=kind,
        quantity=meaning.quantity if is_known else "",
        unit=meaning.unit if is_known else "",
        direction=meaning.direction if is_known and not meaning.is_turned else "",  # its numbers stay as they came
        statistic=meaning.statistic if is_known else "",
        how=How.INFERRED,
        why="Its name says so." if is_known else "",
        confidence=0.9 if is_known else 0.0,
    )
    if kind is Kind.NUMBER and not is_known:
        FileFinding.objects.create(
            file=feed.file,
            code=UNIT_UNKNOWN,
            severity=Severity.WARNING,
            channel=name[:200],
            message=f"The name “{name[:80]}” says no unit: its numbers are kept as they came. "
            "End the name with one (power_kw, import_kwh, voltage_v).",
        )
