"""Readings for whoever may have them: channels, windows made for drawing, and streams for download.

Every call asks for permission again: an id that comes from a browser is only a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from django.db.models import Exists, OuterRef

from fairwatt.core.errors import InsufficientData, InvalidInput, NotFound
from fairwatt.core.files.local_time import load_zone
from fairwatt.core.periods import format_duration, parse_resolution
from fairwatt.core.units import QUANTITIES, UNITS
from fairwatt.lake.results import Columns, make_frame
from fairwatt.records.models import Channel, Dataset, DatasetChannel, File
from fairwatt.services.access import no_such_dataset, require_data, visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.audit import record_event
from fairwatt.services.dataset_channels import add_channels_up
from fairwatt.services.lakes import get_lake

if TYPE_CHECKING:
    import polars

MOST_POINTS = 2_000
LEAST_POINTS = 2
MOST_DRAWN = 16  # channels of one window
MOST_AVERAGED = 300  # channels at a resolution other than raw: each is four columns in memory at once
Format = Literal["csv", "json", "parquet", "arrow"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_NUMBER = "number"
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
class Window:
    """A window of readings, made for drawing; see :class:`fairwatt.lake.results.WindowFrame` for ``columns``.

    ``start`` and ``end`` are what was asked, or the dataset's own period where nothing was.
    """

    dataset_key: str
    title: str
    channels: tuple[ChannelInfo, ...]
    start: datetime | None
    end: datetime | None
    columns: Columns
    step_s: float
    is_raw: bool
    shown: int
    total: int

    @property
    def frame(self) -> polars.DataFrame:
        """The columns as a frame: ``start`` in UTC, missing values null."""
        return make_frame(self.columns)


@dataclass(frozen=True, slots=True)
class ReadingStream:
    """Readings on their way out: chunks of bytes, made as they are asked for."""

    chunks: Iterator[bytes]
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class _Question:
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
        return [channel.field for channel in self.channels]


def list_channels(*, actor: Actor, dataset_key: str, at: datetime, file_key: str | None = None) -> list[ChannelInfo]:
    """List the fields of a dataset's readings, or of one file's, in the files' order.

    They are metadata, and stand on the certificate: whoever may see the dataset may see them.

    Raises
    ------
    NotFound
        Where there is no such dataset or file, or the asker may not know of it.
    """
    del at
    dataset = visible_datasets(actor).filter(key=dataset_key).first()
    if dataset is None:
        raise no_such_dataset(dataset_key)
    return _channels_of(dataset, file_key)


def list_series(*, actor: Actor, dataset_key: str, at: datetime) -> list[str]:
    """List the series (meters) that a dataset's readings come from.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the asker may not have the data: names of meters can be personal.
    """
    return get_lake().series(_readable(actor, dataset_key, at).table)


def get_window(
    *,
    actor: Actor,
    dataset_key: str,
    fields: Sequence[str],
    start: datetime | None = None,
    end: datetime | None = None,
    points: int = MOST_POINTS,
    at: datetime,
    file_key: str | None = None,
    series: Sequence[str] | None = None,
) -> Window:
    """Return at most ``points`` rows of min, mean and max for each of ``fields`` in [start, end).

    Parameters
    ----------
    fields
        One to sixteen fields that hold numbers.
    start, end
        Aware instants; None is the readings' own first and last.
    points
        2 to 2,000.
    file_key, series
        Only this file's readings, only these series.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the asker may not have the data.
    InvalidInput
        Where a field is unknown or holds text, the window does not run forward, or ``points`` is out of range.
    InsufficientData
        Where the dataset has no readings.
    """
    dataset = _readable(actor, dataset_key, at)
    question = _check(dataset, fields, start, end, file_key=file_key, series=series)
    _check_drawable(question.channels, points)
    found = get_lake().window(
        dataset.table,
        fields=question.fields,
        start=start,
        end=end,
        points=points,
        sources=question.sources,
        series=question.series,
    )
    return Window(
        dataset_key=dataset.key,
        title=dataset.title,
        channels=question.channels,
        start=start or question.first,
        end=end or question.last,
        columns=found.columns,
        step_s=found.step_s,
        is_raw=found.is_raw,
        shown=found.shown,
        total=found.total,
    )


def stream_readings(
    *,
    actor: Actor,
    dataset_key: str,
    fields: Sequence[str] | None,
    start: datetime | None = None,
    end: datetime | None = None,
    resolution: str = "raw",
    format: str = "csv",  # noqa: A002 - the interface's word
    at: datetime,
    zone: str = "UTC",
    file_key: str | None = None,
    series: Sequence[str] | None = None,
    is_download: bool = True,
) -> ReadingStream:
    """Stream readings out in constant memory, all of them, and write the download to the audit log.

    Parameters
    ----------
    fields
        Which fields; None or nothing is all of them.
    start, end
        [start, end), aware instants; None is from the first, to the last.
    resolution
        ``raw``, or an ISO 8601 duration (``PT30M``, ``P1D``): then each field of numbers comes as
        ``<field>_mean``, ``_min``, ``_max`` and ``_count``.
    format
        ``csv``, ``json``, ``parquet`` or ``arrow``.
    zone
        IANA name of the zone in which CSV and JSON write times.
    is_download
        False for a question about the headers alone (HEAD): that is no event of the log.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the asker may not have the data.
    InvalidInput
        Where a field, the window, the resolution, the format or the zone can't be used.
    InsufficientData
        Where the dataset has no readings.
    """
    dataset = _readable(actor, dataset_key, at)
    question = _check(dataset, fields or None, start, end, file_key=file_key, series=series)
    kind, resolution_s = _check_format(format), parse_resolution(resolution)
    if resolution_s is not None:
        question = _only_numbers(question, named=bool(fields))
    load_zone(zone)
    chunks = get_lake().export(
        dataset.table,
        format=kind,
        fields=question.fields,
        start=start,
        end=end,
        resolution_s=resolution_s,
        zone=zone,
        sources=question.sources,
        series=question.series,
    )
    if is_download:
        _record_download(actor, question, at=at, format=kind, resolution=resolution, file_key=file_key)
    return ReadingStream(chunks, MEDIA_TYPES[kind], _filename(dataset, kind, resolution_s, file_key=file_key))


def _readable(actor: Actor, dataset_key: str, at: datetime) -> Dataset:
    dataset = visible_datasets(actor).filter(key=dataset_key).prefetch_related("release_rules").first()
    if dataset is None:
        raise no_such_dataset(dataset_key)
    require_data(actor=actor, dataset=dataset, at=at)
    return dataset


def _channels_of(dataset: Dataset, file_key: str | None, *, fields: Sequence[str] | None = None) -> list[ChannelInfo]:
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


def _check(
    dataset: Dataset,
    fields: Sequence[str] | None,
    start: datetime | None,
    end: datetime | None,
    *,
    file_key: str | None,
    series: Sequence[str] | None,
) -> _Question:
    _check_period(start, end)
    known = _channels_of(dataset, file_key, fields=fields)
    if fields is not None and (not fields or len(known) < len(set(fields))):
        known = _channels_of(dataset, file_key)  # to name them
    if not known:
        raise InsufficientData(
            "This dataset holds no readings." if file_key is None else "This file holds no readings.",
            where={"dataset": dataset.key} | ({"file": file_key} if file_key else {}),
            next_step="Download the original files instead.",
        )
    channels = _choose(known, fields)
    sources, first, last = _find_sources(dataset, channels if fields is not None else None, file_key)
    return _Question(
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
    holding = read if file_key is None else read.filter(key=file_key)
    if channels is not None and file_key is None:
        fields = [channel.field for channel in channels]
        holding = holding.filter(Exists(Channel.objects.filter(file=OuterRef("pk"), field__in=fields)))
    rows = list(holding.values_list("key", "period_start", "period_end"))
    first = min((start for _, start, _ in rows if start), default=None)
    last = max((end for _, _, end in rows if end), default=None)
    is_part = file_key is not None or (channels is not None and len(rows) < read.count())
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


def _check_drawable(channels: tuple[ChannelInfo, ...], points: int) -> None:
    if not 1 <= len(channels) <= MOST_DRAWN:
        raise InvalidInput(
            f"A window shows 1 to {MOST_DRAWN} channels, not {len(channels)}.", where={"field": "fields"}
        )
    for channel in channels:
        if channel.kind != _NUMBER:
            raise InvalidInput(
                f"'{channel.name}' holds {channel.kind}, which can't be drawn.",
                where={"channel": channel.field},
                next_step="Choose a channel of numbers, or download the readings.",
            )
    if not LEAST_POINTS <= points <= MOST_POINTS:
        raise InvalidInput(
            f"A window has {LEAST_POINTS} to {MOST_POINTS:,} points, not {points:,}.", where={"field": "points"}
        )


def _only_numbers(question: _Question, *, named: bool) -> _Question:
    """Leave out text where readings are averaged; refuse where it was asked for by name."""
    texts = [channel for channel in question.channels if channel.kind != _NUMBER]
    if texts and named:
        raise InvalidInput(
            f"'{texts[0].name}' holds {texts[0].kind}, which has no mean.",
            where={"channel": texts[0].field},
            next_step="Ask for it with resolution=raw.",
        )
    numbers = tuple(channel for channel in question.channels if channel.kind == _NUMBER)
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


def _check_format(name: str) -> Format:
    for known in MEDIA_TYPES:
        if name == known:
            return known
    raise InvalidInput(
        f"Readings can't be written as '{name}'.",
        where={"field": "format"},
        next_step=f"Choose one of: {', '.join(MEDIA_TYPES)}.",
    )


def _record_download(
    actor: Actor,
    question: _Question,
    *,
    at: datetime,
    format: str,  # noqa: A002 - the interface's word
    resolution: str,
    file_key: str | None,
) -> None:
    record_event(
        actor=actor,
        verb="readings.downloaded",
        subject=question.dataset,
        at=at,
        detail={
            "fields": question.fields[:50],
            "start": question.start.isoformat() if question.start else None,
            "end": question.end.isoformat() if question.end else None,
            "format": format,
            "resolution": resolution,
            "file": file_key,
        },
    )


def _filename(dataset: Dataset, format: str, resolution_s: float | None, *, file_key: str | None) -> str:  # noqa: A002
    """Name a download after the dataset: letters, digits, dots and dashes only."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", dataset.identifier or dataset.key).strip("-.")
    if file_key is not None:
        name = f"{name}-{file_key}"
    if resolution_s is not None:
        name = f"{name}-{format_duration(resolution_s)}"
    return f"{name}.{format}"
