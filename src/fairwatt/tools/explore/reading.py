"""From the services to a scene: each step asks again whether the person may have the data."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from fairwatt.core.periods import Period
from fairwatt.records.models import Dataset, File
from fairwatt.services.access import no_such_dataset, require_data, visible_datasets
from fairwatt.services.actors import Actor
from fairwatt.services.readings import ChannelInfo, get_window, list_channels, list_series
from fairwatt.tools.explore.pictures import Curve, Scene
from fairwatt.tools.explore.points import take_points
from fairwatt.tools.explore.totals import add_up, adds_up
from fairwatt.tools.explore.view import ALL_METERS, Each, View
from fairwatt.tools.explore.words import EACH_WORDS

MOST_POINTS = 2_000
_LENGTHS = {"settlement-period": timedelta(minutes=30), "P1D": timedelta(days=1), "P1M": timedelta(days=28)}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A dataset that the person may have, and what there is to choose in it."""

    key: str
    title: str
    whole: Period | None
    curves: tuple[Curve, ...]
    statistics: dict[str, str]
    files: tuple[tuple[str, str], ...]  # key and name of those with readings
    kinds: frozenset[str]
    meters: tuple[str, ...] = ()  # where there are several

    def curve(self, field: str) -> Curve | None:
        """The channel of this field."""
        return next((curve for curve in self.curves if curve.field == field), None)


def check_dataset(actor: Actor, key: str, *, at: datetime) -> Dataset:
    """Get a dataset whose data the actor may have.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed
        Where there is none, or the actor may not have its data.
    """
    dataset = visible_datasets(actor).filter(key=key).prefetch_related("release_rules").first()
    if dataset is None:
        raise no_such_dataset(key[:40])
    require_data(actor=actor, dataset=dataset, at=at)
    return dataset


def open_dataset(actor: Actor, key: str, *, at: datetime, file_key: str = "") -> Chosen:
    """Open a dataset, or one file of it, for exploring.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed
        Where there is none, or the actor may not have its data.
    """
    dataset = check_dataset(actor, key, at=at)
    files = list(dataset.files.filter(state=File.State.READ))
    readings = [file for file in files if file.kind == File.Kind.READINGS]
    channels = [
        channel
        for channel in list_channels(actor=actor, dataset_key=key, at=at, file_key=file_key or None)
        if channel.kind == "number"
    ]
    return Chosen(
        key=dataset.key,
        title=dataset.title,
        whole=_whole(file for file in readings if file_key in {"", file.key}),
        curves=tuple(_curve(channel) for channel in channels),
        statistics={channel.field: channel.statistic for channel in channels},
        files=tuple((file.key, file.name) for file in readings),
        kinds=frozenset(file.kind for file in files),
        meters=_list_meters(actor, key, readings, at=at),
    )


def _list_meters(actor: Actor, key: str, files: Iterable[File], *, at: datetime) -> tuple[str, ...]:
    """The meters where there are several: each of many files may well hold the same one."""
    if sum(file.series_count for file in files) <= 1:
        return ()
    names = list_series(actor=actor, dataset_key=key, at=at)
    return tuple(names) if len(names) > 1 else ()


def _curve(channel: ChannelInfo) -> Curve:
    return Curve(
        field=channel.field,
        name=channel.name,
        quantity=channel.quantity,
        quantity_label=channel.quantity_label,
        unit=channel.unit_symbol,
        step_s=channel.resolution_s,
        adds_up=adds_up(channel.quantity, channel.statistic),
        is_mean=channel.statistic == "mean",
    )


def _whole(files: Iterable[File]) -> Period | None:
    periods = [(f.period_start, f.period_end) for f in files if f.period_start and f.period_end]
    if not periods:
        return None
    return Period(min(start for start, _ in periods), max(end for _, end in periods))


@dataclass(frozen=True, slots=True)
class Reading:
    """A scene and how much of the data it shows."""

    scene: Scene
    shown: int
    total: int


def read_scene(actor: Actor, view: View, chosen: Chosen, window: Period, zone: ZoneInfo, *, at: datetime) -> Reading:
    """Read what the view looks at: at most 2,000 points a channel, the finest where the chosen ones are more.

    Raises
    ------
    NotFound, NotSignedIn, NotAllowed
        Where the actor may not have the data (any more).
    """
    curves = number_curves(curve for field in view.channels if (curve := chosen.curve(field)))
    each = view.each if count_each(view.each, window) <= MOST_POINTS else ""
    read = get_window(
        actor=actor,
        dataset_key=chosen.key,
        fields=[curve.field for curve in curves],
        start=window.start,
        end=window.end,
        points=MOST_POINTS,
        at=at,
        file_key=view.file or None,
        series=_choose_series(view, chosen),
        resolution=each or "raw",
        zone=zone.key,
    )
    steps = {c.field: max(c.step_s, read.step_s) if c.step_s else None for c in curves}
    first = np.datetime64(window.start.astimezone(UTC).replace(tzinfo=None), "us")
    columns = {**read.columns, "start": np.maximum(read.columns["start"], first)}  # buckets begin at round times
    points = {c.field: take_points(columns, c.field, step_s=steps[c.field], every_s=c.step_s) for c in curves}
    is_raw = read.is_raw and all(part.count.max(initial=0) <= 1 for part in points.values())
    if each:
        curves = tuple(replace(curve, total_of=EACH_WORDS[each][:-1] if curve.adds_up else "") for curve in curves)
        meters = _count_meters(view, chosen)
        totals = {c.field: add_up(points[c.field], each, zone, window, meters=meters) for c in curves if c.is_total}
        points |= totals
    scene = Scene(curves, points, window, zone, is_raw and not each, view.band, each)
    return Reading(scene, read.shown, read.total)


def count_each(each: Each, window: Period) -> int:
    """About how many points a window has where one stands for each settlement period, day or month; never too few."""
    return math.ceil(window.duration / _LENGTHS[each]) + 1 if each else 0


def too_fine(each: Each) -> str:
    """Why the finest that fit are shown, though others were chosen."""
    return (
        f"This window has more than {MOST_POINTS:,} {EACH_WORDS[each]}; the finest points that fit are shown. "
        "Choose a shorter window."
    )


def _count_meters(view: View, chosen: Chosen) -> int | None:
    """From how many meters the readings come; None where nobody knows."""
    if not chosen.meters or view.meter != ALL_METERS:
        return 1
    return None if view.file else len(chosen.meters)


def _choose_series(view: View, chosen: Chosen) -> list[str] | None:
    """The one meter that is looked at; None for all of them together, and where there is only one."""
    if not chosen.meters or view.meter == ALL_METERS:
        return None
    return [view.meter if view.meter in chosen.meters else chosen.meters[0]]


def number_curves(curves: Iterable[Curve]) -> tuple[Curve, ...]:
    """Number the curves where there are several, and count each among those of its quantity: that decides its shade."""
    listed = list(curves)
    counts = Counter(curve.quantity for curve in listed)
    seen: Counter[str] = Counter()
    numbered = []
    for number, curve in enumerate(listed, start=1):
        index, count = seen[curve.quantity], counts[curve.quantity]
        numbered.append(replace(curve, index=index, count=count, number=number if len(listed) > 1 else 0))
        seen[curve.quantity] += 1
    return tuple(numbered)
