"""Erasing reaches live readings wherever they are: in the log, in the tail, in what is left of either."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.errors import SourceUnavailable
from fairwatt.lake import Lake
from fairwatt.lake.live.log import segments_in
from fairwatt.lake.live.segments import BLANK, Record, blank_records, pack, read_segment
from tests.lake.live.conftest import Feed

GONE = "meter-of-the-miller-family"


def traces(lake: Lake, text: str) -> list[str]:
    """The files of the lake that hold a text as it is, or packed in Parquet."""
    found = []
    for path in lake.root.rglob("*"):
        is_table = path.suffix == ".parquet" and "_delta_log" not in path.parts
        if path.is_file() and (
            text.encode() in path.read_bytes()
            or (is_table and text in pl.read_parquet(path, hive_partitioning=False)["series"].to_list())
        ):
            found.append(path.name)
    return found


def send_both(feed: Feed, second: float) -> None:
    feed.send((second, GONE, {"kw": 1}), (second, "m2", {"kw": 2}))


def test_an_erased_series_is_in_no_byte_of_the_log_and_the_tail_though_their_writer_goes_on(feed: Feed) -> None:
    send_both(feed, 0)
    feed.round(fold=True)
    send_both(feed, 1)
    feed.send((1, "m3", {"kw": 3}), table="other")
    feed.round(fold=True)
    assert traces(feed.lake, GONE)

    assert feed.lake.upkeep.erase_series("t", GONE).rows == 2
    assert traces(feed.lake, GONE) == []
    feed.send((2, "m2", {"kw": 2}))
    feed.round()
    assert feed.rows() == [(0, "m2", 2), (1, "m2", 2), (2, "m2", 2)]
    assert feed.rows("other") == [(1, "m3", 3)]


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_series_whose_readings_wait_is_erased_once_they_are_in_the_table(feed: Feed, is_taken: bool) -> None:
    send_both(feed, 0)
    if is_taken:
        feed.round()
    with pytest.raises(SourceUnavailable, match="on their way"):
        feed.lake.upkeep.erase_series("t", GONE)
    for _ in range(2):
        feed.round(fold=not is_taken)  # without being asked where it was asked for before

    assert feed.lake.upkeep.erase_series("t", GONE).rows == 1
    assert traces(feed.lake, GONE) == []
    assert feed.rows() == [(0, "m2", 2)]


@pytest.mark.parametrize("is_whole_table", [False, True])
def test_an_erased_feed_leaves_nothing_of_what_was_in_the_table_the_tail_and_the_log(
    lake: Lake, is_whole_table: bool
) -> None:
    wanted = {"t", "other"}
    with lake.drain(lambda table, _source: table in wanted) as drain:
        feed = Feed(lake, drain)
        feed.send((0, "m3", {"kw": 3}), table="other")
        send_both(feed, 0)
        feed.round(fold=True)
        send_both(feed, 1)
        feed.round()
        send_both(feed, 2)
        wanted.remove("t")  # as it is before anything is erased
        _ = lake.upkeep.erase_table("t") if is_whole_table else lake.upkeep.erase_source("t", "k1")
        assert traces(lake, GONE) == []
        feed.send((1, "m3", {"kw": 3}), table="other")
        done = feed.round(fold=True)

        assert (done.fault, feed.rows()) == (None, [])
        assert feed.rows("other") == [(0, "m3", 3), (1, "m3", 3)]


def test_a_fold_that_had_begun_brings_nothing_back(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed is gone between the drain's first look at a tail and its commit."""
    wanted = {"t"}
    with lake.drain(lambda table, _source: table in wanted) as drain:
        feed = Feed(lake, drain)
        send_both(feed, 0)
        feed.round()
        table_of = drain._table_of

        def erased_just_now(name: str) -> object:
            wanted.clear()
            lake.upkeep.erase_source("t", "k1")
            return table_of(name)

        monkeypatch.setattr(drain, "_table_of", erased_just_now)
        drain.run_round(fold_all=True)

    assert lake.fields("t") == {}
    assert traces(lake, GONE) == []


def test_a_blanked_record_leaves_those_around_it_readable(tmp_path: Path) -> None:
    records = [Record(order, 5, "t", f"k{order}", bytes([order]) * 1_000 * order) for order in range(1, 5)]
    path = tmp_path / "x.wal"
    path.write_bytes(b"".join(map(pack, records)))
    size = path.stat().st_size

    assert blank_records(path, lambda record: record.source in {"k1", "k3"}) == 2
    assert blank_records(path, lambda record: record.source in {"k1", "k3"}) == 0
    read = read_segment(path, 0, most_bytes=1 << 20)
    assert (path.stat().st_size, read.end, read.damaged, read.is_whole) == (size, size, 0, True)
    assert [(one.order, one.table, one.source) for one in read.records] == [
        (1, BLANK, ""), (2, "t", "k2"), (3, BLANK, ""), (4, "t", "k4"),
    ]  # fmt: skip
    assert [one.payload for one in read.records if one.table] == [one.payload for one in records[1::2]]
    assert not any(set(one.payload) - {0} for one in read.records if not one.table)


def test_a_log_of_blank_records_alone_is_emptied_as_any(feed: Feed, lake: Lake) -> None:
    send_both(feed, 0)
    (segment,) = segments_in(lake.root / "live")
    blank_records(segment, lambda _record: True)
    lake.live_log.close()
    feed.round()

    assert segments_in(lake.root / "live") == []
    assert feed.rows() == []
