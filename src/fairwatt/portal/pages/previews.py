"""The first picture of a dataset or file: one channel over its whole period, drawn on the server and kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from django.core.cache import cache

from fairwatt.core.errors import FairwattError
from fairwatt.portal.charts import Chart, Line, draw_chart
from fairwatt.portal.zone import display_zone
from fairwatt.records.models import Dataset, File
from fairwatt.services.access import decide_data
from fairwatt.services.actors import Actor
from fairwatt.services.datasets import get_dataset
from fairwatt.services.readings import ChannelInfo, Window, get_window, list_channels, list_series
from fairwatt.services.viewings import note_viewing

POINTS = 400
_KEPT_S = 30 * 86_400
_DRAWING = 4  # raised when the drawing changes, so that kept pictures are drawn anew
_FIRST = ("power", "energy", "price", "carbon_intensity", "current", "voltage", "temperature")


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture, the channels one can choose from, and the one chosen."""

    chart: Chart | None
    channels: tuple[ChannelInfo, ...]
    chosen: ChannelInfo
    series: str = ""
    problem: str = ""


def draw_preview(
    *, actor: Actor, dataset: Dataset, at: datetime, wanted: str = "", file: File | None = None
) -> Preview | None:
    """Draw one channel of a dataset, or of one of its files.

    Parameters
    ----------
    wanted
        The field to draw; where it is none of the dataset's, the most telling one is drawn.

    Returns
    -------
    None where there are no readings, or the asker may not have them.
    """
    if not decide_data(actor=actor, dataset=dataset, at=at).allowed:
        return None
    file_key = file.key if file else None
    found = list_channels(actor=actor, dataset_key=dataset.key, at=at, file_key=file_key)
    channels = tuple(channel for channel in found if channel.kind == "number" and channel.count)
    if not channels:
        return None
    note_viewing(actor=actor, dataset=dataset, at=at)  # a picture that was kept asks for no window
    chosen = next((channel for channel in channels if channel.field == wanted), None) or choose_channel(channels)
    return _kept(_Subject(actor, dataset, file, chosen, at, display_zone()), channels)


def draw_ahead(file_key: str, *, at: datetime) -> None:
    """Draw the first pictures of a file that has just been read and of its dataset, so that nobody waits for them.

    The dataset's is drawn when no other file of it waits to be read.
    """
    file = File.objects.select_related("dataset").filter(key=file_key).first()
    if file is None:
        return
    actor = Actor.system()
    dataset = get_dataset(actor=actor, key=file.dataset.key, at=at)
    draw_preview(actor=actor, dataset=dataset, at=at, file=file)
    if all(other.state not in {File.State.RECEIVED, File.State.READING} for other in dataset.files.all()):
        draw_preview(actor=actor, dataset=dataset, at=at)


def choose_channel(channels: Sequence[ChannelInfo]) -> ChannelInfo:
    """Choose the most telling channel: power before energy before the rest, totals and means first.

    >>> from types import SimpleNamespace as Channel
    >>> volts = Channel(quantity="voltage", name="U L1", statistic="mean")
    >>> choose_channel([volts, Channel(quantity="power", name="P L1", statistic="max")]).name
    'P L1'
    """

    def rank(place: int) -> tuple[int, bool, bool, int]:
        channel = channels[place]
        order = _FIRST.index(channel.quantity) if channel.quantity in _FIRST else len(_FIRST)
        return order, "total" not in channel.name.lower(), channel.statistic not in {"mean", ""}, place

    return channels[min(range(len(channels)), key=rank)]


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is to be drawn, for whom."""

    actor: Actor
    dataset: Dataset
    file: File | None
    chosen: ChannelInfo
    at: datetime
    zone: str

    @property
    def files(self) -> list[File]:
        """The files whose readings are drawn."""
        return [self.file] if self.file else list(self.dataset.files.all())

    @property
    def name(self) -> str:
        """The name under which its picture is kept: another whenever there are other readings."""
        read = [f"{file.key} {file.state} {file.read_at and file.read_at.timestamp()}" for file in self.files]
        parts = (_DRAWING, self.dataset.key, self.chosen.field, self.zone, bool(self.file), *sorted(read))
        return f"preview-{sha256('|'.join(map(str, parts)).encode()).hexdigest()}"


def _kept(subject: _Subject, channels: tuple[ChannelInfo, ...]) -> Preview:
    kept: tuple[Chart, str] | None = cache.get(subject.name)
    if kept is None:
        try:
            kept = _draw(subject)
        except FairwattError as error:  # the page stands without its picture, and says why
            return Preview(None, channels, subject.chosen, problem=str(error))
        cache.set(subject.name, kept, _KEPT_S)
    chart, series = kept
    return Preview(chart, channels, subject.chosen, series)


def _draw(subject: _Subject) -> tuple[Chart, str]:
    names = _many_series(subject)
    window = get_window(
        actor=subject.actor,
        dataset_key=subject.dataset.key,
        fields=[subject.chosen.field],
        points=POINTS,
        at=subject.at,
        file_key=subject.file.key if subject.file else None,
        series=names[:1] or None,
    )
    return draw_chart(line_of(window, subject.chosen), zone=subject.zone), names[0] if names else ""


def _many_series(subject: _Subject) -> list[str]:
    """Name the series where there are several: drawn over each other they would be a wrong picture."""
    if sum(file.series_count for file in subject.files) <= 1:
        return []
    names = list_series(actor=subject.actor, dataset_key=subject.dataset.key, at=subject.at)
    return names if len(names) > 1 else []


def line_of(window: Window, channel: ChannelInfo) -> Line:
    """Take one channel out of a window, ready to be drawn."""
    columns, field = window.columns, channel.field
    return Line(
        name=channel.name,
        quantity=channel.quantity,
        quantity_label=channel.quantity_label,
        unit=channel.unit_symbol,
        starts=[start.replace(tzinfo=UTC) for start in columns["start"].tolist()],
        low=_values(columns[f"{field}_min"].tolist()),
        mean=_values(columns[f"{field}_mean"].tolist()),
        high=_values(columns[f"{field}_max"].tolist()),
        step_s=window.step_s,
        is_raw=window.is_raw,
        shown=window.shown,
        total=window.total,
        begin=window.start,
        end=window.end,
    )


def _values(numbers: Sequence[float]) -> list[float | None]:
    """The numbers, None where one is missing."""
    return [None if math.isnan(number) else number for number in numbers]
