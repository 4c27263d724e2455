"""Upkeep and live readings in an object store: every job, what it asks of the store, and nothing left in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.errors import Gone, StoreAway
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
from fairwatt.lake.stores import address
from tests.lake.live.conftest import Feed
from tests.lake.upkeep.daily import DAYS, Daily, same
from tests.servers import AWS_SECRET, AZURITE_KEY, Gate

MakeProfile = Callable[..., ImportProfile]
OpenLake = Callable[..., Lake]
LATER = datetime(2100, 1, 1, tzinfo=UTC)
FEW = 4  # days
SECRETS = (AWS_SECRET, AZURITE_KEY, "AKIAEXAMPLE", "Signature=", "sig=")
EVERY = dict.fromkeys(range(FEW), 1)


@pytest.fixture(params=["s3", "azure"])
def kind(request: pytest.FixtureRequest) -> str:
    """Where the lake stands."""
    return str(request.param)


@pytest.fixture
def far(kind: str, open_lake: OpenLake, tmp_path: Path) -> Daily:
    """Four days of two meters in a store."""
    daily = Daily(open_lake(kind), tmp_path)
    for day in range(FEW):
        daily.add(day)
    return daily


def stored(lake: Lake) -> dict[str, bytes]:
    """All that the store holds of the lake's tables."""
    store = lake.store
    return {str(found.path.relative_to(store.root)): store.read(found.path) for found in store.walk(store.root)}


def meters(lake: Lake) -> set[tuple[str, str]]:
    """The sources and meters in any Parquet file of the store."""
    found = set()
    for name, data in stored(lake).items():
        if name.endswith(".parquet") and "_delta_log" not in name:
            frame = pl.read_parquet(data, hive_partitioning=False)
            source = pl.col("_source") if "_source" in frame.columns else pl.lit(name.split("source=")[1].split("/")[0])
            found |= set(frame.select(source.alias("source"), "series").unique().rows())
    return found


def test_compaction_vacuum_and_erasure_leave_the_store_with_what_is_to_stay_alone(
    far: Daily, kind: str, open_lake: OpenLake
) -> None:
    reader = Daily(open_lake(kind, "another"), far.folder)
    assert same(reader.rows(), far.truth(EVERY))
    assert far.lake.upkeep.merge("t", least=2).files_after == 1
    assert same(reader.rows(), far.truth(EVERY))
    gone = far.lake.upkeep.vacuum("t", keep=None, published=(), at=LATER)
    assert (gone.files, gone.versions) == (FEW, 0)
    assert same(reader.rows(version=1), far.truth({0: 1, 1: 1}))
    assert same(reader.rows(version=1), far.truth({0: 1, 1: 1})), "as it is remembered too"

    assert far.lake.upkeep.erase_source("t", "d2").rows == 288
    assert far.lake.upkeep.erase_series("t", "a").rows == 3 * 144
    left = {day: 1 for day in EVERY if day != 2}
    assert same(reader.rows(), far.truth(left, meters="b"))
    assert meters(far.lake) == {(f"d{day}", "b") for day in left}
    with pytest.raises(Gone):
        reader.rows(version=1)
    assert not far.lake.upkeep.check("t").damages
    assert far.lake.upkeep.erase_table("t").rows == 3 * 144
    assert [name for name in stored(far.lake) if name.startswith("tables/")] == []


@pytest.mark.parametrize("kind", ["s3"])
def test_files_are_written_anew_and_measured_in_a_store(far: Daily) -> None:
    before = far.lake.upkeep.measure("t")
    far.lake.upkeep.merge("t", least=2)
    recoded = far.lake.upkeep.recode("t", level=1)
    after = far.lake.upkeep.measure("t")

    assert (before.files, before.old_files, before.rows) == (FEW, 0, FEW * 288)
    assert after.rows == before.rows
    assert (after.files, after.old_files) == (1, FEW + recoded.files)
    assert after.readings == sum(len(data) for name, data in stored(far.lake).items() if "source=merged" in name) - (
        recoded.bytes_before if recoded.files else 0
    )
    assert same(far.rows(), far.truth(EVERY))


@pytest.mark.parametrize("kind", ["s3"])
@pytest.mark.parametrize("how", ["flipped", "gone"])
def test_what_was_spoilt_in_the_store_is_found_though_a_good_copy_is_here(far: Daily, how: str) -> None:
    assert same(far.rows(), far.truth(EVERY))
    store = far.lake.store
    (found,) = (one for one in store.walk(store.root / "tables/t/readings") if "source=d1" in str(one.path))
    copy = store.local(found.path).read_bytes()
    if how == "gone":
        store.remove(found.path)
    else:
        store.write(found.path, copy[:400] + bytes([copy[400] ^ 1]) + copy[401:])
    found.path.parent.mkdir(parents=True, exist_ok=True)
    found.path.write_bytes(copy)
    (damage,) = far.lake.upkeep.check("t").damages

    assert (damage.kind, damage.source) == ("hash" if how == "flipped" else "missing", "d1")
    assert damage.place == str(found.path.relative_to(store.root))


@pytest.mark.parametrize("kind", ["s3"])
def test_a_copy_here_that_the_disk_spoilt_is_done_away_with_by_the_check(far: Daily) -> None:
    store = far.lake.store
    (found,) = (one for one in store.walk(store.root / "tables/t/readings") if "source=d1" in str(one.path))
    copy = store.local(found.path)
    data = copy.read_bytes()
    copy.write_bytes(data[:400] + bytes([data[400] ^ 1]) + data[401:])

    assert not far.lake.upkeep.check("t").damages, "the store has it as it was"
    assert store.local(found.path).read_bytes() == data
    assert same(far.rows(), far.truth(EVERY))


@pytest.fixture
def far_feed(kind: str, open_lake: OpenLake) -> Iterator[Feed]:
    """A live feed whose table stands in a store."""
    lake = open_lake(kind)
    with lake.drain(lambda _table, _source: True) as drain:
        yield Feed(lake, drain)


def test_live_readings_are_seen_here_and_put_into_the_store_corrected_and_erased(
    far_feed: Feed, kind: str, open_lake: OpenLake
) -> None:
    far_feed.send((0, "m1", {"kw": 1.5}), (60, "m2", {"kw": 2}))
    far_feed.round()
    assert far_feed.rows() == [(0, "m1", 1.5), (60, "m2", 2)]
    assert far_feed.round(fold=True).folded == ("t",)
    far_feed.send((0, "m1", {"kw": 1.125}), (120, "m2", {"kw": 3}))
    far_feed.round(fold=True)
    rows = [(0, "m1", 1.125), (60, "m2", 2), (120, "m2", 3)]
    reader = Feed(open_lake(kind, "another"), far_feed.drain)

    assert far_feed.rows() == reader.rows() == rows
    assert far_feed.lake.upkeep.erase_series("t", "m2").rows == 2
    assert far_feed.rows() == reader.rows() == rows[:1]
    assert {series for _, series in meters(far_feed.lake)} == {"m1"}


@pytest.mark.parametrize("kind", ["s3"])
def test_while_the_store_is_away_live_readings_are_taken_and_come_in_once_when_it_is_back(
    far_feed: Feed, s3_gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("READING", "WRITING"):
        monkeypatch.setattr(f"fairwatt.lake.stores.objects.{name}", address.Patience(retries=0, most_s=1, each_s=5))
    monkeypatch.setattr("fairwatt.lake.stores.objects._PAUSE_S", 0.0)
    far_feed.send((0, "m1", {"kw": 0}))
    far_feed.round()
    faults = []
    for passed in (0, 8, 16):  # of the requests of a commit
        far_feed.send((1 + passed, "m1", {"kw": passed}))
        s3_gate.shuts_after = passed
        faults.append(far_feed.round(fold=True).fault)
        s3_gate.shuts_after, s3_gate.is_shut = None, False
        far_feed.drain.start_afresh()
    far_feed.round(fold=True)

    assert {type(fault) for fault in faults if fault is not None} == {StoreAway}
    assert isinstance(faults[0], StoreAway)
    assert far_feed.rows() == [(0, "m1", 0), *((1 + passed, "m1", passed) for passed in (0, 8, 16))]
    assert list((far_feed.lake.root / "work").iterdir()) == []


@pytest.mark.parametrize("kind", ["s3"])
def test_a_move_sends_what_waits_and_tells_what_waits_still(
    far: Daily, s3_gate: Gate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fairwatt.lake.outgoing.Outgoing.begin", lambda _: None)
    there = Lake(tmp_path / "there")
    names = []
    for number in range(2):
        arrived = tmp_path / "arrived"
        arrived.write_bytes(b"data %d" % number)
        names.append(far.lake.raw.add(arrived).sha256)
        if number:
            monkeypatch.setattr("fairwatt.lake.outgoing.Outgoing.send", lambda _: 0)  # another process is at it
        moved = far.lake.upkeep.move(there.store)
        assert (moved.waiting, there.raw.exists(names[number])) == (number, not number)
    assert b"".join(there.raw.open_range(names[0])) == b"data 0"


@pytest.mark.parametrize("kind", ["s3"])
def test_publishing_a_day_asks_little_of_the_store(far: Daily, s3_gate: Gate) -> None:
    """Two files and their notes: sent, read back, and named in one log; delta-rs reads that before and after."""
    s3_gate.seen.clear()
    far.add(DAYS)
    assert len(s3_gate.seen) <= 20
    assert sum(one.startswith("HEAD") for one in s3_gate.seen) <= 4
    s3_gate.seen.clear()
    far.lake.upkeep.merge("t", least=2)
    assert len(s3_gate.seen) <= 45


@pytest.mark.parametrize("kind", ["s3"])
def test_an_earlier_version_that_was_read_before_takes_four_requests(
    far: Daily, s3_gate: Gate, open_lake: OpenLake
) -> None:
    reader = Daily(open_lake("s3", "another"), far.folder)
    assert same(reader.rows(version=1), far.truth({0: 1, 1: 1}))
    s3_gate.seen.clear()
    assert same(reader.rows(version=1), far.truth({0: 1, 1: 1}))
    assert len(s3_gate.seen) <= 4, "is there news? are its files there still? its rows are here"


def test_no_name_no_byte_no_log_and_no_word_holds_the_credentials(
    kind: str, open_lake: OpenLake, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Of all that a lake writes: in the store, on this machine, into its log, in what it raises."""
    caplog.set_level(logging.DEBUG)
    daily = Daily(open_lake(kind), tmp_path)
    for day in range(2):
        daily.add(day)
    lake = daily.lake
    lake.upkeep.merge("t", least=2)
    daily.csv()
    lake.live_log.append("live", "k1", b"no Arrow")
    with lake.drain(lambda _table, _source: True) as drain:
        drain.run_round()
    original = tmp_path / "original"
    original.write_bytes(b"time,kw\n")
    lake.raw.add(original)
    lake.raw.send()
    said = [repr(lake.store), str(lake.store), caplog.text]
    kept = [*stored(lake), *map(str, lake.root.rglob("*"))]
    data = [*stored(lake).values(), *(path.read_bytes() for path in lake.root.rglob("*") if path.is_file())]

    assert any("_delta_log" in name for name in kept)
    assert any(b"kw" in one for one in data)
    for secret in SECRETS:
        assert not any(secret in text for text in [*said, *kept]), secret
        assert not any(secret.encode() in one for one in data), secret


def test_clocks_of_the_house_and_the_store_may_differ_without_anything_going_too_soon(
    kind: str, open_lake: OpenLake, tmp_path: Path
) -> None:
    """What was replaced, or never named, stays an hour by whichever clock is behind."""
    daily = Daily(open_lake(kind), tmp_path)
    daily.add(0)
    strange = daily.lake.store.root / "tables/t/readings/source=x" / f"{'0' * 32}-0000.parquet"
    daily.lake.store.write(strange, b"a file that another machine is about to commit")
    now = datetime.now(UTC)
    for minutes in (-14, 0, 14):  # further apart neither S3 nor Azure talks to us
        at = now + timedelta(minutes=minutes)
        assert not daily.lake.upkeep.vacuum("t", keep=timedelta(0), published=(), at=at).files
    assert daily.lake.upkeep.vacuum("t", keep=timedelta(0), published=(), at=now + timedelta(hours=2)).files == 1
