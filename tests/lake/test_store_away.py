"""A store that is away for a minute while everybody goes on: nothing is lost, doubled or half, and each is told so.

The minute is a short one: clients, pauses and rests are as much more hasty.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fairwatt.core.errors import StoreAway
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
from fairwatt.lake.stores import address
from tests.lake.live.conftest import Feed
from tests.servers import AWS_SECRET, Gate
from tests.waiting import until

MakeProfile = Callable[..., ImportProfile]
OpenLake = Callable[..., Lake]
FILE_ROWS = 500
TRIES = 2  # of each in vain, before the store comes back


@dataclass
class Busy:
    """What several who work on one lake did: how often it went well, and what they were told where it did not."""

    done: Counter[str] = field(default_factory=Counter)
    told: dict[str, list[Exception]] = field(default_factory=lambda: {who: [] for who in ("read", "job", "drain")})
    totals: set[int] = field(default_factory=set)
    is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self, **steps: Callable[[], object]) -> Iterator[None]:
        """Have each do its step again and again, side by side."""
        threads = [threading.Thread(target=self._repeat, args=(who, step)) for who, step in steps.items()]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()

    def _repeat(self, who: str, step: Callable[[], object]) -> None:
        while not self.is_over.wait(0.01):
            try:
                found = step()
            except Exception as error:
                self.told.setdefault(who, []).append(error)
            else:
                self.done[who] += 1
                if who == "read":
                    self.totals.add(int(str(found)))


@pytest.fixture
def lake(
    open_lake: OpenLake, make_profile: MakeProfile, file: Path, s3_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lake]:
    """A lake in S3 that holds the file; from now on nobody waits for a store for more than a second."""
    open_lake("s3").ingest(file, make_profile(["kw"]), table="t", source="file", name="file.csv")
    for name in ("READING", "WRITING"):
        patience = address.Patience(retries=1, most_s=1, each_s=1)
        monkeypatch.setattr(f"fairwatt.lake.stores.objects.{name}", patience)
    monkeypatch.setattr("fairwatt.lake.stores.objects._PAUSE_S", 0.05)
    monkeypatch.setattr("fairwatt.lake.live.drain.LONGEST_REST_S", 0.05)
    yield open_lake("s3")
    come_back(s3_gate)


def leave(gate: Gate, how: str) -> None:
    """Let a store be away: closing connections, amid a commit, answering that it can't, or not answering at all."""
    if how == "closed":
        gate.shuts_after = 7
    elif how == "unable":
        gate.answer = (503, b"<Error><Code>ServiceUnavailable</Code></Error>")
    else:
        gate.is_silent = True


def come_back(gate: Gate) -> None:
    """Let the store answer again."""
    gate.shuts_after, gate.is_shut, gate.answer, gate.is_silent = None, False, None, False


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of a second's readings, of times that no live reading has."""
    path = tmp_path / "file.csv"
    rows = (f"2020-01-01 00:{n // 60:02}:{n % 60:02},{n}.5" for n in range(FILE_ROWS))
    path.write_text("\n".join(["time,kw", *rows, ""]))
    return path


@pytest.mark.parametrize("how", ["closed", "unable", "silent"])
def test_after_a_minute_without_the_store_all_that_was_acknowledged_is_there_once(
    how: str, lake: Lake, s3_gate: Gate, make_profile: MakeProfile, file: Path
) -> None:
    profile, busy = make_profile(["kw"]), Busy()
    arrived = file.with_name("arrived")
    arrived.write_bytes(b"handed in meanwhile")
    with lake.drain(lambda _table, _source: True) as drain:
        feed = Feed(lake, drain)

        def send() -> None:
            feed.send((busy.done["send"], "m1", {"kw": busy.done["send"]}), table="live")

        def drain_once() -> None:
            if (fault := feed.round(fold=True).fault) is not None:
                raise fault

        steps = {
            "send": send,
            "drain": drain_once,
            "read": lambda: lake.window("t", fields=["kw"], points=10).total,
            "job": lambda: lake.ingest(file, profile, table="t", source="file", name="file.csv"),
        }
        with busy.at_work(**steps):
            until(lambda: all(busy.done[who] for who in steps))
            leave(s3_gate, how)
            until(lambda: all(len(told) >= TRIES for told in busy.told.values()))
            sent = busy.done["send"]
            until(lambda: busy.done["send"] > sent)
            handed = lake.raw.add(arrived).sha256
            come_back(s3_gate)
            before = busy.done.copy()
            until(lambda: all(busy.done[who] > before[who] for who in steps))
        until(lambda: feed.round(fold=True).fault is None and not lake.tail("live").files)

        told = [error for errors in busy.told.values() for error in errors]
        assert {type(error) for error in told} == {StoreAway}
        assert all("does not answer" in str(error) and AWS_SECRET not in str(error) for error in told)
        assert "send" not in busy.told, "live readings are acknowledged all the while"
        assert feed.rows("live") == [(n, "m1", n) for n in range(busy.done["send"])]
    assert (busy.totals, lake.window("t", fields=["kw"], points=10).total) == ({FILE_ROWS}, FILE_ROWS)
    until(lambda: (lake.raw.send(), lake.raw.waiting())[1] == 0)
    assert b"".join(lake.raw.open_range(handed)) == b"handed in meanwhile"
    lake.clear_abandoned()
    assert list((lake.root / "work").iterdir()) == []
    folder, named = lake.store.root / "tables/t/readings", set[str]()
    for version in range(lake.store.open_table(folder).version() + 1):
        named |= {Path(uri).name for uri in lake.store.open_table(folder, version).file_uris()}
    assert {found.path.name for found in lake.store.walk(folder) if found.path.suffix == ".parquet"} == named
