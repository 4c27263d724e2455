"""Readings for whoever may have them: channels, windows made for drawing, and downloads.

Every call asks for permission again: an id that comes from a browser is only a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.core.files.local_time import load_zone
from fairwatt.core.resolutions import Resolution
from fairwatt.lake.aggregating import DEFAULT_STATISTICS
from fairwatt.lake.made import Export
from fairwatt.lake.results import Columns, make_frame
from fairwatt.records.models import Dataset
from fairwatt.services.access import decide_data, no_such_dataset, visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.audit import has_event, record_event
from fairwatt.services.lakes import get_lake
from fairwatt.services.reading_questions import (
    NUMBER,
    ChannelInfo,
    Question,
    ask,
    find_readable,
    list_channels_of,
    only_numbers,
)
from fairwatt.services.upkeep import damage_named
from fairwatt.services.viewings import note_viewing

if TYPE_CHECKING:
    import polars

__all__ = [
    "MEDIA_TYPES",
    "MOST_DRAWN",
    "MOST_POINTS",
    "ChannelInfo",
    "HandedReadings",
    "ReadingSelection",
    "Window",
    "get_window",
    "hand_out_readings",
    "list_channels",
    "list_series",
]

MOST_POINTS = 2_000
LEAST_POINTS = 2
MOST_DRAWN = 16  # channels of one window
Format = Literal["csv", "json", "parquet", "arrow"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
_ONE_DOWNLOAD = timedelta(days=1)  # a download in ranges may take so long and still be one event


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSelection:
    """Which readings are downloaded, and how they are written.

    Attributes
    ----------
    fields
        Which fields; None or nothing is all of them.
    start, end
        [start, end), aware instants; None is from the first, to the last.
    resolution
        ``raw``, an ISO 8601 duration (``PT30M``, ``P1D``, ``P1M``) or ``settlement-period``: then each field of
        numbers comes as ``<field>_<statistic>``; see :meth:`fairwatt.core.resolutions.Resolution.parse`.
    statistics
        Of ``mean``, ``min``, ``max``, ``count`` and ``sum``; without any the first four.
    shape
        ``long``: a row for each time and series; ``wide``: a row for each time, a column for each series, of one
        channel and one statistic (the mean without any).
    format
        ``csv``, ``json``, ``parquet`` or ``arrow``.
    zone
        IANA name of the zone whose days, weeks and months are meant, and in which CSV and JSON write times.
    file_key, series
        Only this file's readings, only these series.
    version
        Number of a published version, to have its readings as they were then; None is as they are now.
    """

    fields: Sequence[str] | None = None
    start: datetime | None = None
    end: datetime | None = None
    resolution: str = "raw"
    statistics: Sequence[str] = ()
    shape: str = "long"
    format: str = "csv"
    zone: str = "UTC"
    file_key: str | None = None
    series: Sequence[str] | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class HandedReadings:
    """Readings on their way out: a finished file (``path``, ``size`` in bytes, ``sha256``), or chunks made as they go.

    Where ``path`` is None there are ``chunks``, and nobody knows yet how many bytes there will be.
    """

    media_type: str
    filename: str
    path: Path | None = None
    size: int = 0
    sha256: str = ""
    chunks: Iterator[bytes] | None = None


def list_channels(*, actor: Actor, dataset_key: str, at: datetime, file_key: str | None = None) -> list[ChannelInfo]:
    """List the fields of a dataset's readings, or of one file's, in the files' order.

    They are metadata, and stand on the certificate: whoever may see the dataset may see them. What values the readings
    take (``minimum``, ``mean``, ``maximum``) is told to those who may have the readings.

    Raises
    ------
    NotFound
        Where there is no such dataset or file, or the asker may not know of it.
    """
    dataset = visible_datasets(actor).filter(key=dataset_key).first()
    if dataset is None:
        raise no_such_dataset(dataset_key)
    channels = list_channels_of(dataset, file_key)
    if decide_data(actor=actor, dataset=dataset, at=at).allowed:
        return channels
    return [replace(channel, minimum=None, mean=None, maximum=None) for channel in channels]


def list_series(*, actor: Actor, dataset_key: str, at: datetime) -> list[str]:
    """List the series (meters) that a dataset's readings come from.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the asker may not have the data: names of meters can be personal.
    """
    return get_lake().series(find_readable(actor, dataset_key, at).table)


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
    resolution: str = "raw",
    zone: str = "UTC",
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
    resolution, zone
        What each row is of, as in :class:`ReadingSelection`; ``raw`` is the finest that fits.

    Raises
    ------
    NotSignedIn, NotAllowed, NotFound
        Where the asker may not have the data.
    InvalidInput
        Where a field is unknown or holds text, the window does not run forward, ``points`` is out of range, or the
        resolution has more rows.
    InsufficientData
        Where the dataset has no readings.
    """
    dataset = find_readable(actor, dataset_key, at)
    question = ask(dataset, fields, start, end, file_key=file_key, series=series)
    _check_drawable(question.channels, points)
    parts = Resolution.parse(resolution, zone)
    note_viewing(actor=actor, dataset=dataset, at=at)
    with damage_named(dataset):
        found = get_lake().window(
            dataset.table,
            fields=question.fields,
            start=start,
            end=end,
            points=points,
            sources=question.sources,
            series=question.series,
            resolution=parts,
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


def hand_out_readings(
    *,
    actor: Actor,
    dataset_key: str,
    selection: ReadingSelection,
    at: datetime,
    as_file: bool = False,
    is_first: bool = True,
    is_download: bool = True,
) -> HandedReadings:
    """Hand readings out in constant memory, all of them, and write the download to the audit log.

    What has been asked for before, or is made in a moment, comes as a file; the rest is streamed while it is made.

    Parameters
    ----------
    as_file
        Whether the asker needs its length or a part of it: then it is made first, where it can be kept.
    is_first
        False for what looks like the further ranges of a download: they are no events of their own where the log
        has that download, by the same asker within a day.
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
    dataset = find_readable(actor, dataset_key, at)
    question = ask(
        dataset,
        selection.fields or None,
        selection.start,
        selection.end,
        file_key=selection.file_key,
        series=selection.series,
    )
    load_zone(selection.zone)
    kind, resolution = _check_format(selection.format), Resolution.parse(selection.resolution, selection.zone)
    if resolution is not None:
        question = only_numbers(question, named=bool(selection.fields))
    _check_shape(selection, question)
    filename = _filename(dataset, kind, resolution, file_key=selection.file_key)
    handed = _hand_out(question, kind, resolution, selection, filename, as_file=as_file)
    if is_download:
        _record_download(actor, question, selection, at=at, is_first=is_first)
    return handed


def _hand_out(
    question: Question,
    kind: Format,
    resolution: Resolution | None,
    selection: ReadingSelection,
    filename: str,
    *,
    as_file: bool,
) -> HandedReadings:
    with damage_named(question.dataset):
        export = _ask_lake(question, kind, resolution, selection)
        needs_file = as_file or export.is_small or not export.is_exact
        made = export.make() if needs_file else export.find()
    if made is None:
        return HandedReadings(MEDIA_TYPES[kind], filename, chunks=_stream(question.dataset, export))
    return HandedReadings(MEDIA_TYPES[kind], filename, path=made.path, size=made.size, sha256=made.sha256)


def _stream(dataset: Dataset, export: Export) -> Iterator[bytes]:
    with damage_named(dataset):
        yield from export.stream()


def _ask_lake(question: Question, kind: Format, resolution: Resolution | None, selection: ReadingSelection) -> Export:
    if selection.shape == "wide":
        return get_lake().wide_export(
            question.dataset.table,
            format=kind,
            field=question.fields[0],
            start=question.start,
            end=question.end,
            resolution=resolution,
            statistic=selection.statistics[0] if selection.statistics else "mean",
            zone=selection.zone,
            sources=question.sources,
            series=question.series,
            version=_lake_version(question.dataset, selection.version),
        )
    return get_lake().export(
        question.dataset.table,
        format=kind,
        fields=question.fields,
        start=question.start,
        end=question.end,
        resolution=resolution,
        zone=selection.zone,
        sources=question.sources,
        series=question.series,
        statistics=selection.statistics or DEFAULT_STATISTICS,
        version=_lake_version(question.dataset, selection.version),
    )


def _lake_version(dataset: Dataset, number: int | None) -> int | None:
    """The version of a dataset's table that was published under a number; None for the present one."""
    if number is None:
        return None
    version = dataset.versions.filter(number=number).first()
    if version is None or version.lake_version is None:
        raise NotFound(
            f"There are no readings of a version {number} of this dataset.",
            where={"dataset": dataset.key, "version": number},
            next_step="Its page lists the versions; leave the version out for the present readings.",
        )
    return version.lake_version


def _check_shape(selection: ReadingSelection, question: Question) -> None:
    if selection.shape not in {"long", "wide"}:
        raise InvalidInput(
            f"Readings have no shape '{selection.shape}'.", where={"field": "shape"}, next_step="Use long or wide."
        )
    if selection.shape == "wide" and (len(question.fields) != 1 or len(selection.statistics) > 1):
        raise InvalidInput(
            "A table with a column a series holds one channel, by one statistic.",
            where={"field": "channels", "channels": len(question.fields)},
            next_step="Name one channel, and at most one statistic to aggregate by.",
        )


def _check_drawable(channels: tuple[ChannelInfo, ...], points: int) -> None:
    if not 1 <= len(channels) <= MOST_DRAWN:
        raise InvalidInput(
            f"A window shows 1 to {MOST_DRAWN} channels, not {len(channels)}.", where={"field": "fields"}
        )
    for channel in channels:
        if channel.kind != NUMBER:
            raise InvalidInput(
                f"'{channel.name}' holds {channel.kind}, which can't be drawn.",
                where={"channel": channel.field},
                next_step="Choose a channel of numbers, or download the readings.",
            )
    if not LEAST_POINTS <= points <= MOST_POINTS:
        raise InvalidInput(
            f"A window has {LEAST_POINTS} to {MOST_POINTS:,} points, not {points:,}.", where={"field": "points"}
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
    actor: Actor, question: Question, selection: ReadingSelection, *, at: datetime, is_first: bool
) -> None:
    detail = {
        "fields": question.fields[:50],
        "start": question.start.isoformat() if question.start else None,
        "end": question.end.isoformat() if question.end else None,
        "format": selection.format,
        "resolution": selection.resolution,
        "file": selection.file_key,
    }
    dataset, verb = question.dataset, "readings.downloaded"
    if is_first or not has_event(actor=actor, verb=verb, subject=dataset, since=at - _ONE_DOWNLOAD, detail=detail):
        record_event(actor=actor, verb=verb, subject=dataset, at=at, detail=detail)


def _filename(dataset: Dataset, format: str, resolution: Resolution | None, *, file_key: str | None) -> str:  # noqa: A002
    """Name a download after the dataset: letters, digits, dots and dashes only."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", dataset.identifier or dataset.key).strip("-.")
    if file_key is not None:
        name = f"{name}-{file_key}"
    if resolution is not None:
        name = f"{name}-{resolution.name}"
    return f"{name}.{format}"
