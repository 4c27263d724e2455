"""What datasets hold of trials' events, counted in their rollups by a job and kept: pages only read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import groupby

import numpy as np
from django.db.models import F, Max, Q, QuerySet

from fairwatt.core.errors import DamagedData
from fairwatt.core.flexibility.counting import (
    MICROS,
    DayCount,
    SeriesCount,
    Whole,
    Window,
    bucket_width,
    days_of_events,
    expected_in,
    find_gaps,
    like_days,
    present_in,
)
from fairwatt.core.project.trials import Validation
from fairwatt.core.resolutions import Resolution
from fairwatt.records.models import Dataset, DatasetChannel, EventCount, Job, Trial, TrialEvent
from fairwatt.services.announcements import readings_stored
from fairwatt.services.jobs import JobContext, enqueue_job, register
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from fairwatt.services.reading_questions import NUMBER
from fairwatt.services.upkeep import damage_named

COUNT = "count-events"
MOST_CHANNELS = 60  # of a dataset that are counted
_MINUTE_S = 60
_TRIED_AGAIN = timedelta(hours=1)
_Buckets = dict[tuple[str, str], tuple[Whole, Whole]]  # of a series and a field: starts [µs] and counts


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An event to be counted in a dataset: with the days like it, and a checksum of the hours that are looked at."""

    event: TrialEvent
    dataset: Dataset
    days: tuple[tuple[date, Window], ...]
    basis: str


def find_uncounted(trial: Trial) -> list[Uncounted]:
    """What is to be counted of a trial's events in its published datasets, since anything changed that it rests on.

    That is the readings, the event's window, and the days like it: they change with the trial's other events, with what
    the project file asks for, and with its zone.
    """
    datasets = list(_countable(trial).annotate(last_read=Max("files__read_at")))
    events = list(trial.events.all()) if datasets else []
    found = EventCount.objects.filter(event__trial=trial).values_list("event_id", "dataset_id", "basis", "made_at")
    made = {(event, dataset): (basis, at) for event, dataset, basis, at in found}
    spec, zone = get_project().find_trial(trial.code), get_project().time_zone
    look_back = (spec.validation if spec else Validation()).look_back_days
    busy = days_of_events(map(_window, events), zone=zone)
    uncounted = []
    for event in events:
        if not (held := [dataset for dataset in datasets if _overlaps(event, dataset)]):
            continue
        days = like_days(_window(event), busy=busy, look_back_days=look_back, zone=zone)
        basis = _basis(event, days)
        for dataset in held:
            known, at = made.get((event.pk, dataset.pk), ("", None))
            if at is None or known != basis or _has_changed(dataset, since=at):
                uncounted.append(Uncounted(event, dataset, days, basis))
    return uncounted


def is_counting(trial: Trial) -> bool:
    """Whether a worker counts, or is about to."""
    states = (Job.State.QUEUED, Job.State.RUNNING)
    return Job.objects.filter(kind=COUNT, payload={"trial": trial.code}, state__in=states).exists()


def order_counts(trial: Trial, *, at: datetime) -> Job | None:
    """Have a worker count what is not counted yet; None where nothing is. Asked again, it is the same job.

    What can't be counted, since its files are damaged, is tried again after an hour.
    """
    jobs = Job.objects.filter(kind=COUNT, payload={"trial": trial.code})
    failed = jobs.filter(state=Job.State.FAILED, finished_at__gt=at - _TRIED_AGAIN)
    if not find_uncounted(trial) or failed.exists():
        return None
    return jobs.filter(state=Job.State.QUEUED).first() or enqueue_job(kind=COUNT, payload={"trial": trial.code}, at=at)


def schedule_counts(*, at: datetime) -> int:
    """Have counted what was published, or changed, since it was counted; return for how many trials."""
    trials = Trial.objects.filter(events__isnull=False).distinct()
    return sum(order_counts(trial, at=at) is not None for trial in trials)


def count_events(trial: Trial, *, at: datetime, context: JobContext | None = None) -> int:
    """Count what is not counted yet, and drop what was counted of data that are gone; return how many were counted.

    A dataset whose files are damaged holds up no other.

    Raises
    ------
    DamagedData
        Of the first such dataset, once all others are counted.
    """
    gone = Q(dataset__period_start__gte=F("event__ends_at")) | Q(dataset__period_end__lte=F("event__starts_at"))
    gone |= Q(dataset__period_start=None) | ~Q(dataset__state=Dataset.State.PUBLISHED)
    EventCount.objects.filter(gone, event__trial=trial).delete()
    found = find_uncounted(trial)
    damaged: dict[int, DamagedData] = {}
    for place, one in enumerate(found):
        if one.dataset.pk in damaged:
            continue
        if context is not None:
            context.progress(place / len(found), f"Counting {one.event.name} in {one.dataset.title}")
        try:
            rows = _count(one)
        except DamagedData as error:
            damaged[one.dataset.pk] = error
            continue
        EventCount.objects.update_or_create(
            event=one.event,
            dataset=one.dataset,
            defaults={"rows": [row.model_dump(mode="json") for row in rows], "basis": one.basis, "made_at": at},
        )
    if damaged:
        raise next(iter(damaged.values()))
    return len(found)


def _count(one: Uncounted) -> list[SeriesCount]:
    """Count an event in a dataset: its window, and the same hours on the days like it before."""
    window, days, dataset = _window(one.event), one.days, one.dataset
    held = get_lake().fields(dataset.table)
    channels = [c for c in dataset.channels.filter(kind=NUMBER)[:MOST_CHANNELS] if c.field in held]
    if not channels:
        return []
    fine, coarse = bucket_width([window]), bucket_width([day for _, day in days])
    step = min((c.resolution_s for c in channels if c.resolution_s), default=None)
    if step and step <= _MINUTE_S:
        fine = _MINUTE_S * MICROS  # so that gaps are told to the minute
    with damage_named(dataset):
        during = _read(dataset, channels, window, fine)
        before = _read(dataset, channels, Window(days[-1][1].start, window.start), coarse) if days else {}
    names = sorted({series for series, _ in (*during, *before)}) or [""]
    return [_counted(channel, series, window, days, (during, before, fine)) for series in names for channel in channels]


def _counted(
    channel: DatasetChannel,
    series: str,
    window: Window,
    days: Sequence[tuple[date, Window]],
    buckets: tuple[_Buckets, _Buckets, int],
) -> SeriesCount:
    during, before, width = buckets
    nothing = np.zeros(0, np.int64)
    inside = during.get((series, channel.field), (nothing, nothing))
    earlier = before.get((series, channel.field), (nothing, nothing))
    step = channel.resolution_s
    return SeriesCount(
        field=channel.field,
        name=channel.name,
        quantity=channel.quantity,
        series=series,
        resolution_s=step,
        expected=expected_in(window, step),
        present=present_in(window, *inside),
        gaps=find_gaps(window, *inside, width=width, resolution_s=step),
        days=tuple(
            DayCount(day=day, present=present_in(span, *earlier), expected=expected_in(span, step))
            for day, span in days
        ),
    )


def _read(dataset: Dataset, channels: Sequence[DatasetChannel], window: Window, width: int) -> _Buckets:
    """The counts of a window in buckets, as rollups know them, by series and field."""
    parts: dict[tuple[str, str], list[tuple[Whole, Whole]]] = {}
    batches = get_lake().batches(
        dataset.table,
        fields=[channel.field for channel in channels],
        start=window.start,
        end=window.end,
        resolution=Resolution(micros=width),
        statistics=("count",),
    )
    for batch in batches:
        starts = batch.column("start").cast("int64").to_numpy(zero_copy_only=False)
        for series, rows in _by_series(batch.column("series").to_pylist() if "series" in batch.schema.names else None):
            for channel in channels:
                counts = batch.column(f"{channel.field}_count").to_numpy(zero_copy_only=False).astype(np.int64)
                chosen = (starts, counts) if rows is None else (starts[rows], counts[rows])
                parts.setdefault((series, channel.field), []).append(chosen)
    return {
        key: (np.concatenate([a for a, _ in some]), np.concatenate([b for _, b in some])) for key, some in parts.items()
    }


def _by_series(names: list[str] | None) -> Iterator[tuple[str, Whole | None]]:
    if names is None:
        yield "", None
        return
    order = sorted(range(len(names)), key=lambda row: (names[row] or "", row))
    for name, rows in groupby(order, key=lambda row: names[row] or ""):
        yield name, np.array(list(rows), dtype=np.int64)


def _countable(trial: Trial) -> QuerySet[Dataset]:
    return Dataset.objects.filter(
        trial=trial, state=Dataset.State.PUBLISHED, period_start__isnull=False, readings_total__gt=0
    )


def _overlaps(event: TrialEvent, dataset: Dataset) -> bool:
    first, last = dataset.period_start, dataset.period_end
    return first is not None and last is not None and first < event.ends_at and last > event.starts_at


def _has_changed(dataset: Dataset, *, since: datetime) -> bool:
    changed = [at for at in (getattr(dataset, "last_read", None), dataset.updated_at) if at is not None]
    return any(since < at for at in changed)


def _window(event: TrialEvent) -> Window:
    return Window(event.starts_at, event.ends_at)


def _basis(event: TrialEvent, days: Sequence[tuple[date, Window]]) -> str:
    told = [_window(event).micros, *(window.micros for _, window in days)]
    return sha256(repr(told).encode()).hexdigest()


@register(COUNT)
def carry_out(context: JobContext) -> None:
    """Count what a trial's datasets hold of its events; done again it finds what it has done."""
    trial = Trial.objects.filter(code=context.payload["trial"]).first()
    if trial is not None:
        count_events(trial, at=context.clock(), context=context)


def _on_readings_stored(*, file_key: str, at: datetime, **_: object) -> None:
    trial = Trial.objects.filter(datasets__files__key=file_key).first()
    if trial is not None:
        order_counts(trial, at=at)


readings_stored.connect(_on_readings_stored, dispatch_uid="event-counts")
