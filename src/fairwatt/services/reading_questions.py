"""Questions about a dataset's readings, checked: which channels of which files, over which period, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Value

from fairwatt.core.errors import InsufficientData, InvalidInput, NotFound
from fairwatt.core.units import QUANTITIES, UNITS
from fairwatt.records.models import Channel, Dataset, DatasetChannel, File
from fairwatt.services.access import no_such_dataset, require_data, visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.dataset_channels import add_channels_up

MOST_AVERAGED = 300  # channels at a resolution other than raw: each is four columns in memory at once
NUMBER = "number"
_NAMED = 10  # known fields that an error message lists


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """One field of a dataset's readings, over all its files.

    ``minimum``, ``mean`` and ``maximum`` are in ``unit``; ``resolution_s`` in seconds. ``is_mixed`` says that the
    files disagree on the unit: then it is the first file's.
    """

    field: str
    name: str
    kind: str
    quantity: str
    quantity_label: str
    unit: str
    unit_symbol: str
    unit_uri: str
    direction: str
    statistic: str
    resolution_s: float | None
    count: int
    missing: int
    minimum: float | None
    mean: float | None
    maximum: float | None
    is_mixed: bool = False

    @property
    def label(self) -> str:
        """The name with its unit, as an axis or a column head writes it."""
        return f"{self.name} [{self.unit_symbol}]" if self.unit_symbol else self.name


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of the lake, checked.

    ``first`` and ``last`` are the half-open period of the files that hold the channels.
    """

    dataset: Dataset
    channels: tuple[ChannelInfo, ...]
    start: datetime | None
    end: datetime | None
    sources: list[str] | None
    series: list[str] | None
    first: datetime | None
    last: datetime | None

    @property
    def fields(self) -> list[str]:
        """The channels' fields, in the files' order."""
        return [channel.field for channel in self.channels]


def find_readable(actor: Actor, dataset_key: str, at: datetime) -> Dataset:
    """Find a dataset whose data the actor may have.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where they may not.
    """
    dataset = visible_datasets(actor).filter(key=dataset_key).first()
    if dataset is None:
        raise no_such_dataset(dataset_key)
    require_data(actor=actor, dataset=dataset, at=at)
    return dataset


def list_channels_of(
    dataset: Dataset, file_key: str | None, *, fields: Sequence[str] | None = None
) -> list[ChannelInfo]:
    """What a dataset's channels add up to, as it was kept when its files were read; or those of one file."""
    if file_key is None:
        kept = dataset.channels.all()
        return [_info(channel) for channel in (kept if fields is None else kept.filter(field__in=fields))]
    _check_file(dataset, file_key)
    rows = Channel.objects.filter(file__dataset=dataset, file__key=file_key)
    return [_info(channel) for channel in add_channels_up(rows if fields is None else rows.filter(field__in=fields))]


def _check_file(dataset: Dataset, file_key: str) -> None:
    if not dataset.files.filter(key=file_key).exists():
        raise NotFound(
            "There is no such file in this dataset.",
            where={"dataset": dataset.key, "file": file_key},
            next_step="The dataset's page lists its files.",
        )


def _info(channel: DatasetChannel) -> ChannelInfo:
    quantity, unit = QUANTITIES.get(channel.quantity), UNITS.get(channel.unit)
    return ChannelInfo(
        field=channel.field,
        name=channel.name,
        kind=channel.kind,
        quantity=channel.quantity,
        quantity_label=quantity.label if quantity else "",
        unit=channel.unit,
        unit_symbol=unit.symbol if unit else "",
        unit_uri=unit.qudt_uri if unit else "",
        direction=channel.direction,
        statistic=channel.statistic,
        resolution_s=channel.resolution_s,
        count=channel.count,
        missing=channel.missing,
        minimum=channel.minimum,
        mean=channel.mean,
        maximum=channel.maximum,
        is_mixed=channel.is_mixed,
    )


def ask(
    dataset: Dataset,
    fields: Sequence[str] | None,
    start: datetime | None,
    end: datetime | None,
    *,
    file_key: str | None,
    series: Sequence[str] | None,
) -> Question:
    """Check what is asked of a dataset's readings.

    Raises
    ------
    InvalidInput
        Where a field is unknown, or the window does not run forward.
    NotFound
        Where there is no such file.
    InsufficientData
        Where there are no readings.
    """
    _check_period(start, end)
    known = list_channels_of(dataset, file_key, fields=fields)
    if fields is not None and (not fields or len(known) < len(set(fields))):
        known = list_channels_of(dataset, file_key)  # to name them
    if not known:
        raise InsufficientData(
            "This dataset holds no readings." if file_key is None else "This file holds no readings.",
            where={"dataset": dataset.key} | ({"file": file_key} if file_key else {}),
            next_step="Download the original files instead.",
        )
    channels = _choose(known, fields)
    sources, first, last = _find_sources(dataset, channels if fields is not None else None, file_key)
    return Question(
        dataset=dataset,
        channels=channels,
        start=start,
        end=end,
        sources=sources,
        series=list(series) if series else None,
        first=first,
        last=last,
    )


def _find_sources(
    dataset: Dataset, channels: tuple[ChannelInfo, ...] | None, file_key: str | None
) -> tuple[list[str] | None, datetime | None, datetime | None]:
    """The files that hold the channels, None for all files of the dataset, and the period that they cover.

    A channel's window begins and ends with its own readings, and counts no row of files that have other channels.
    """
    read = dataset.files.filter(state=File.State.READ, kind=File.Kind.READINGS)
    asked = read if file_key is None else read.filter(key=file_key)
    holds: Exists | Value = Value(value=True)
    if channels is not None and file_key is None:
        fields = [channel.field for channel in channels]
        holds = Exists(Channel.objects.filter(file=OuterRef("pk"), field__in=fields))
    found = list(asked.order_by().values_list("key", "period_start", "period_end", holds))
    rows = [(key, start, end) for key, start, end, is_holding in found if is_holding]
    first = min((start for _, start, _ in rows if start), default=None)
    last = max((end for _, _, end in rows if end), default=None)
    is_part = file_key is not None or len(rows) < len(found)
    return [key for key, _, _ in rows] if is_part else None, first, last


def _choose(known: list[ChannelInfo], fields: Sequence[str] | None) -> tuple[ChannelInfo, ...]:
    if fields is None:
        return tuple(known)
    by_field = {channel.field: channel for channel in known}
    unknown = [field for field in dict.fromkeys(fields) if field not in by_field]
    if unknown:
        names = ", ".join(list(by_field)[:_NAMED])
        more = f" and {len(by_field) - _NAMED} more" if len(by_field) > _NAMED else ""
        raise InvalidInput(
            f"There is no channel '{unknown[0]}' in this dataset.",
            where={"channel": unknown[0]},
            next_step=f"Its channels are: {names}{more}.",
        )
    return tuple(by_field[field] for field in dict.fromkeys(fields))


def only_numbers(question: Question, *, named: bool) -> Question:
    """Leave out text where readings are averaged; refuse where it was asked for by name."""
    texts = [channel for channel in question.channels if channel.kind != NUMBER]
    if texts and named:
        raise InvalidInput(
            f"'{texts[0].name}' holds {texts[0].kind}, which has no mean.",
            where={"channel": texts[0].field},
            next_step="Ask for it with resolution=raw.",
        )
    numbers = tuple(channel for channel in question.channels if channel.kind == NUMBER)
    if not numbers:
        raise InsufficientData("This dataset has no channel of numbers.", next_step="Ask with resolution=raw.")
    if len(numbers) > MOST_AVERAGED:
        raise InvalidInput(
            f"At most {MOST_AVERAGED} channels can be averaged at once, not {len(numbers):,}.",
            where={"field": "channels"},
            next_step="Name the channels you need, or ask with resolution=raw.",
        )
    return replace(question, channels=numbers)


def _check_period(start: datetime | None, end: datetime | None) -> None:
    for name, moment in (("start", start), ("end", end)):
        if moment is not None and moment.utcoffset() is None:
            raise InvalidInput(
                f"The {name} of the window, {moment.isoformat(sep=' ')}, has no time zone.",
                where={"field": name},
                next_step="Write it as 2019-11-18T11:45:43Z or with an offset.",
            )
    if start is not None and end is not None and start >= end:
        raise InvalidInput(
            "The window ends before it begins, or is empty.",
            where={"field": "end", "start": start.isoformat(), "end": end.isoformat()},
            next_step="Choose an end after the start; the end itself is not in the window.",
        )
