"""The drain at work: puts acknowledged readings into their tables, and notes what came, every second or so."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import connections, transaction
from django.utils import timezone

from fairwatt.core.errors import FairwattError
from fairwatt.lake.live.drain import Drain, Drained, only_drain, says_full
from fairwatt.lake.live.sifting import day_of
from fairwatt.lake.live.tail import Tail
from fairwatt.records.models import Channel, File, LiveFeed, LiveRequest
from fairwatt.services.dataset_totals import combine_coverage, update_totals
from fairwatt.services.lakes import get_lake

log = logging.getLogger(__name__)

ROUND_S = 1.0
STORE_EVERY_S = 3.0
LOOK_AGAIN_S = 2.0
LONGEST_PAUSE_S = 30.0
KEEP_REQUESTS = timedelta(days=2)
_RATE_OVER_S = 120.0
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_live(table: str, source: str) -> bool:
    """Whether readings of a table and a source are still wanted."""
    return LiveFeed.objects.filter(dataset__table=table, file__key=source).exists()


class Bookkeeper:
    """Writes what came into the records: at once what is new, and every few seconds while readings come."""

    def __init__(self) -> None:
        self._waiting: dict[str, Tail] = {}
        self._stored: dict[str, float] = {}
        self._seen: dict[str, deque[tuple[float, int]]] = {}

    def take(self, changed: Mapping[str, Tail], *, at: datetime, all_of_it: bool = False) -> None:
        """Note tables that have changed, and write those down whose turn it is."""
        self._waiting.update(changed)
        now = time.monotonic()
        for table in list(self._waiting):
            if all_of_it or now - self._stored.get(table, float("-inf")) >= STORE_EVERY_S:
                tail = self._waiting.pop(table)
                self._stored[table] = now
                store_progress(table, tail, rate=self._rate(table, tail, now), at=at)

    def _rate(self, table: str, tail: Tail, now: float) -> float | None:
        seen = self._seen.setdefault(table, deque())
        seen.append((now, sum(one.count for one in tail.told.channels.values())))
        while len(seen) > 2 and now - seen[1][0] > _RATE_OVER_S:  # noqa: PLR2004 - two make a rate
            seen.popleft()
        passed = now - seen[0][0]
        return (seen[-1][1] - seen[0][1]) / passed if passed > 0 else None


@transaction.atomic
def store_progress(table: str, tail: Tail, *, rate: float | None, at: datetime) -> None:
    """Write what has come of a feed into its file's row, its channels and its dataset's totals."""
    feed = (
        LiveFeed.objects.select_for_update(of=("self",))
        .select_related("dataset", "file")
        .filter(dataset__table=table, file__key=tail.source)
        .first()
    )
    told = tail.told
    if feed is None or told.first is None or told.last is None:
        return
    _fill_file(feed.file, tail, at)
    channels = {channel.field: channel for channel in Channel.objects.filter(file=feed.file)}
    for field, count in told.channels.items():
        channel = channels.get(field)
        if channel is None:
            continue
        channel.count, channel.missing = count.count, max(0, told.rows - count.count)
        channel.minimum, channel.maximum = count.low, count.high
        channel.mean = count.total / count.count if count.count and count.low is not None else None
        channel.resolution_s = told.resolution_s
    Channel.objects.bulk_update(
        channels.values(), ["count", "missing", "minimum", "maximum", "mean", "resolution_s"], batch_size=200
    )
    feed.last_received_at = _EPOCH + timedelta(microseconds=told.last_received_ns // 1_000)
    feed.repeated, feed.corrected, feed.stored_at, feed.rate = told.repeated, told.corrected, at, rate
    feed.save(update_fields=["last_received_at", "repeated", "corrected", "stored_at", "rate"])
    update_totals(feed.dataset, at=at)


def _fill_file(file: File, tail: Tail, at: datetime) -> None:
    told = tail.told
    assert told.first is not None
    assert told.last is not None
    step = timedelta(seconds=told.resolution_s or 1.0)
    file.rows = told.rows
    file.period_start = _EPOCH + timedelta(microseconds=told.first)
    file.last_start = _EPOCH + timedelta(microseconds=told.last)
    file.period_end = file.last_start + step
    file.resolution_s = told.resolution_s
    file.missing_count = sum(max(0, told.rows - one.count) for one in told.channels.values())
    file.duplicate_count = told.repeated
    series = get_lake().series_by_source(file.dataset.table).get(file.key, ())
    file.series_count = len(series)
    file.coverage = _coverage(tail, file, max(1, len(series)))
    file.read_at = at
    file.save(
        update_fields=[
            "rows", "period_start", "last_start", "period_end", "resolution_s", "missing_count", "duplicate_count",
            "series_count", "coverage", "read_at",
        ]
    )  # fmt: skip


def _coverage(tail: Tail, file: File, series: int) -> list[float]:
    """The share of expected readings in equal parts of the period, from the rows of each day."""
    step = tail.told.resolution_s
    start, end = file.period_start, file.period_end
    if not step or start is None or end is None:
        return []
    strips = []
    for number, rows in tail.told.days.items():
        begin = datetime.fromisoformat(day_of(number)).replace(tzinfo=UTC)
        first, last = max(begin, start), min(begin + _DAY, end)
        expected = (last - first).total_seconds() / step * series
        if expected > 0:
            strips.append((first, last, [min(1.0, rows / expected)]))
    return combine_coverage(strips, start, end)


def run_drain(stop: threading.Event) -> None:
    """Drain the lake's log until ``stop`` is set; waits where another process does it already."""
    while not stop.is_set():
        lake = get_lake()
        with only_drain(lake.root) as is_mine:
            if is_mine:
                with lake.drain(is_live) as drain:
                    _run_rounds(drain, stop)
        stop.wait(LOOK_AGAIN_S)
    connections.close_all()


def _run_rounds(drain: Drain, stop: threading.Event) -> None:
    books, faults = Bookkeeper(), 0
    while not stop.is_set():
        try:
            done = drain.run_round()
            books.take(done.tables, at=timezone.now())
            if done.fault is not None:
                _say(done.fault, f"what waits of {', '.join(done.resting)} is tried again, other readings go on")
            faults = 0
            pause_s = 0.0 if done.is_behind else ROUND_S
        except Exception as error:  # the log keeps what waits; it is tried again
            faults += 1
            pause_s = min(ROUND_S * 2**faults, LONGEST_PAUSE_S)
            _say(error, f"trying again in {pause_s:.0f} s")
            drain.start_afresh()
            connections.close_all()
        stop.wait(pause_s)


def _say(error: Exception, then: str) -> None:
    if says_full(error):
        log.warning("The disk is full: live readings wait in their log; %s", then)
    elif isinstance(error, FairwattError):  # a damaged file, a store that is away: said in words
        log.warning("Live readings wait in their log: %s (%s)", error, then)
    else:
        log.error("Live readings could not be put into their tables; %s", then, exc_info=error)


def drain_now(*, at: datetime, fold_all: bool = False) -> Drained:
    """Drain once, in this thread, and note what came: for set-up and tests."""
    lake = get_lake()
    with only_drain(lake.root) as is_mine:
        if not is_mine:
            return Drained()
        with lake.drain(is_live) as drain:
            done = drain.run_round(fold_all=fold_all)
    if done.fault is not None:
        raise done.fault
    Bookkeeper().take(done.tables, at=at, all_of_it=True)
    return done


def forget_old_requests(*, at: datetime) -> int:
    """Forget what was answered to requests that named themselves, after two days."""
    return LiveRequest.objects.filter(at__lt=at - KEEP_REQUESTS).delete()[0]
