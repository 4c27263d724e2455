"""One table's trouble, a worker that died at the worst moment, a lost counter: nothing waits for it that need not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fairwatt.core.errors import DamagedData
from fairwatt.lake import Lake
from fairwatt.lake.live import drain as draining
from fairwatt.lake.live import log as logging_
from fairwatt.lake.live.log import LiveLog, bytes_behind, segments_in
from fairwatt.lake.live.tail import tail_lock, tail_root, write_tail
from fairwatt.lake.locks import locked
from tests.lake.live.conftest import Feed

NO_ARROW = b"no Arrow"


@pytest.fixture
def small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds that read two records or so."""
    monkeypatch.setattr(draining, "_ROUND_BYTES", 1_500)


@pytest.mark.usefixtures("small_rounds")
def test_however_much_waits_for_a_table_in_trouble_others_are_served(feed: Feed) -> None:
    feed.lake.live_log.append("bad", "k1", NO_ARROW)
    for second in range(20):
        feed.send((second, "m1", {"kw": second}), table="bad")
    feed.send((0, "m1", {"kw": 7}))
    faults = [feed.round().fault for _ in range(30)]

    assert feed.rows() == [(0, "m1", 7)]
    assert [fault is not None for fault in faults] == [True] + 29 * [False], "it rests, and is not tried every time"
    assert bytes_behind(feed.lake.root / "live") > 0, "its readings are kept"


@pytest.mark.usefixtures("small_rounds")
def test_a_table_that_was_in_trouble_gets_all_that_waited_in_its_order(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "LONGEST_REST_S", 0.0)
    take, is_ill = draining.Sift.run, [True]

    def run(sift: draining.Sift, records: object) -> object:
        if is_ill[0]:
            raise DamagedData("A file of these readings is damaged.")
        return take(sift, records)

    monkeypatch.setattr(draining.Sift, "run", run)
    for revision in range(8):
        feed.send((0, "m1", {"kw": revision}), (1 + revision, "m1", {"kw": 10}))
    first = feed.round()
    is_ill[0] = False
    for _ in range(8):
        feed.round()

    assert isinstance(first.fault, DamagedData)
    assert first.resting == ("t",)
    assert feed.rows() == [(0, "m1", 7), *((second, "m1", 10) for second in range(1, 9))]


def test_a_fold_that_fails_keeps_no_other_table_from_its_commit(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    fold = draining.fold

    def fail(connection: object, table: object, *args: object, **options: object) -> object:
        if table.name == "a":
            raise DamagedData("A file of these readings is damaged.")
        return fold(connection, table, *args, **options)

    monkeypatch.setattr(draining, "fold", fail)
    for table in "ab":
        feed.send((0, "m1", {"kw": 1}), table=table)
    done = feed.round(fold=True)

    assert (done.folded, isinstance(done.fault, DamagedData), done.resting) == (("b",), True, ("a",))
    assert feed.rows("a") == feed.rows("b") == [(0, "m1", 1)]


def test_a_fold_whose_forerunner_died_over_its_folder_clears_it_away(feed: Feed) -> None:
    feed.send((0, "m1", {"kw": 1}))
    feed.round()
    left = feed.lake.root / "work" / feed.lake.tail("t").batch
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "half.parquet").write_bytes(b"half")

    done = feed.round(fold=True)
    assert (done.folded, done.fault) == (("t",), None)
    assert list((feed.lake.root / "work").iterdir()) == []


def test_whoever_changes_a_tail_is_not_waited_for(feed: Feed) -> None:
    feed.send((0, "m1", {"kw": 1}))
    feed.send((0, "m1", {"kw": 2}), table="other")
    with locked(tail_lock(feed.lake.root, "t")):
        feed.round()
        seen = feed.rows(), feed.rows("other")
    feed.round()

    assert seen == ([], [(0, "m1", 2)])
    assert feed.rows() == [(0, "m1", 1)]


def test_readings_are_seen_once_though_their_commit_was_merged_before_anybody_said_so(feed: Feed) -> None:
    for second in range(2):
        feed.send((second, "m1", {"kw": second}))
        feed.round(fold=second < 1)
    before = feed.lake.tail("t")
    feed.round(fold=True)
    write_tail(tail_root(feed.lake.root, "t"), before)  # as if the drain had died right after its commit
    assert feed.lake.upkeep.merge("t", least=2)

    assert feed.rows() == [(0, "m1", 0), (1, "m1", 1)]


def test_a_segment_has_no_name_before_it_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drain that met one in between would take it for one whose writer is gone, and remove it."""
    met: list[str] = []
    lock = logging_.fcntl.flock

    def looked(file: int, how: int) -> None:
        met.append(Path(f"/proc/self/fd/{file}").readlink().name)
        lock(file, how)

    log = LiveLog(tmp_path)
    monkeypatch.setattr(logging_.fcntl, "flock", looked)
    log.append("t", "k", b"x")
    (segment,) = segments_in(tmp_path / "live")

    assert [name for name in met if name.endswith(".wal")] == [f".{segment.name}"]


@pytest.mark.parametrize("counter", [b"", (1).to_bytes(8, "little")])
def test_a_counter_that_a_power_cut_set_back_keeps_no_reading_waiting(feed: Feed, lake: Lake, counter: bytes) -> None:
    feed.send((0, "m1", {"kw": 1}))
    lake.live_log.close()
    (lake.root / "live" / "order").write_bytes(counter)
    with Lake(lake.root, memory_limit="200MB").drain(lambda _table, _source: True) as drain:
        drain.run_round()

    assert feed.rows() == [(0, "m1", 1)]
    assert int.from_bytes((lake.root / "live" / "order").read_bytes(), "little") > 10**18


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set this machine's clock forwards or back by so many seconds."""
    clock, clock_ns, by = time.time, time.time_ns, [0.0]
    monkeypatch.setattr(time, "time", lambda: clock() + by[0])
    monkeypatch.setattr(time, "time_ns", lambda: clock_ns() + round(by[0] * 1e9))

    def jump(seconds: float) -> None:
        by[0] = seconds

    return jump


@pytest.mark.parametrize("jumps", [(3_600, 0), (-3_600, 0), (0.5, -0.5), (86_400 * 400, -86_400)])
def test_whatever_the_clock_does_the_later_value_counts_and_all_are_there(
    tmp_path: Path, at: Callable[[float], None], jumps: tuple[float, ...]
) -> None:
    """An hour forwards and back as where a zone's clock is taken for UTC, a step as NTP makes, years."""
    lake = Lake(tmp_path / "lake", memory_limit="200MB", threads=1)
    with lake.drain(lambda _table, _source: True) as drain:
        feed = Feed(lake, drain)
        feed.send((0, "m1", {"kw": 0}), (1, "m1", {"kw": 10}))
        for number, jump in enumerate(jumps, start=1):
            at(jump)
            feed.send((0, "m1", {"kw": number}), (1 + number, "m1", {"kw": 10}))
            if number == 1:
                feed.round(fold=True)
        feed.round()
        feed.round(fold=True)

    assert feed.rows() == [(0, "m1", len(jumps)), *((second, "m1", 10) for second in range(1, 2 + len(jumps)))]
    assert [path.name for path in (lake.root / "live").glob(".*.wal")] == []
