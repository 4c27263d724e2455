"""The write-ahead log: what was acknowledged is on the disk, and what can't be is refused."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fairwatt.core.errors import Overloaded
from fairwatt.lake.live.log import LiveLog, bytes_behind, segments_in
from fairwatt.lake.live.order import Order
from fairwatt.lake.live.segments import read_segment


def _orders(folder: Path) -> list[int]:
    return [
        record.order
        for path in segments_in(folder)
        for record in read_segment(path, 0, most_bytes=1 << 20, is_over=True).records
    ]


def test_numbers_never_go_back_whatever_the_clock_does(tmp_path: Path) -> None:
    times = iter([1_000, 5_000, 200, 100, 7_000])
    order = Order(tmp_path / "order", lambda: next(times))
    first = [order.next() for _ in range(4)]
    other = Order(tmp_path / "order", lambda: next(times))

    assert [*first, other.next()] == [1_000, 5_000, 5_001, 5_002, 7_000]


def test_requests_of_many_threads_are_all_there_once_and_share_their_fsyncs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, synced = LiveLog(tmp_path), []
    sync = os.fdatasync

    def slow_sync(file: int) -> None:
        threading.Event().wait(0.02)
        synced.append(file)
        sync(file)

    monkeypatch.setattr(os, "fdatasync", slow_sync)
    acknowledged: list[int] = []
    threads = [
        threading.Thread(target=lambda: acknowledged.extend(log.append("t", "k", b"x") for _ in range(10)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(_orders(log.folder)) == sorted(acknowledged)
    assert len(acknowledged) == 80
    assert len(synced) < 60


def test_segments_are_ended_when_they_are_full_and_all_of_them_are_read(tmp_path: Path) -> None:
    log = LiveLog(tmp_path, segment_bytes=200)
    orders = [log.append("t", "k", b"y" * 60) for _ in range(7)]

    assert len(segments_in(log.folder)) == 3  # of three records each: 200 bytes are passed with the third
    assert _orders(log.folder) == orders


def _raise(number: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(("call", "number"), [("pwrite", errno.ENOSPC), ("fdatasync", errno.EIO)])
def test_what_does_not_reach_the_disk_is_refused_and_the_next_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    log = LiveLog(tmp_path)
    first = log.append("t", "k", b"a")
    with monkeypatch.context() as broken:
        # the counter writes by pwrite too: fail on the segment alone
        write = os.pwrite
        fails = _raise(number)
        broken.setattr(
            os, call, fails if call == "fdatasync" else lambda f, d, o: fails() if len(d) > 8 else write(f, d, o)
        )
        with pytest.raises(Overloaded) as refused:
            log.append("t", "k", b"b")
    last = log.append("t", "k", b"c")

    assert refused.value.http_status == 503
    assert refused.value.retry_after_s > 0
    assert {first, last} <= set(_orders(log.folder))


def test_nothing_is_taken_while_too_much_waits_or_the_disk_is_nearly_full(tmp_path: Path) -> None:
    behind = LiveLog(tmp_path / "a", most_behind=100)
    behind.append("t", "k", b"z" * 200)
    behind._looked = float("-inf")
    with pytest.raises(Overloaded, match="wait to be put into the tables"):
        behind.append("t", "k", b"more")
    with pytest.raises(Overloaded, match="disk of the platform is full"):
        LiveLog(tmp_path / "b", least_free=1 << 60).append("t", "k", b"more")

    assert bytes_behind(tmp_path / "a" / "live") > 200


def test_a_log_whose_counter_was_lost_begins_above_its_segments(tmp_path: Path) -> None:
    log = LiveLog(tmp_path, clock_ns=lambda: 10_000)
    order = log.append("t", "k", b"a")
    log.close()
    (log.folder / "order").unlink()

    assert LiveLog(tmp_path, clock_ns=lambda: 5).append("t", "k", b"b") >= order
