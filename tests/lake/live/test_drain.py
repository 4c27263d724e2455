"""From the log into tables: late, repeated, corrected and completed readings, commits, and what readers see."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairwatt.core.errors import SourceUnavailable
from fairwatt.core.resolutions import Resolution
from fairwatt.lake import Lake
from fairwatt.lake.live.drain import only_drain, says_full
from fairwatt.lake.live.log import segments_in
from tests.lake.live.conftest import BEGIN, Feed, payload


def test_readings_are_seen_before_they_are_in_the_table_and_the_same_after(feed: Feed) -> None:
    feed.send((0, "m1", {"kw": 1.5}), (60, "m1", {"kw": 2.25}))
    feed.send((60, "m2", {"kw": 7}))
    feed.round()
    before = feed.rows()
    folded = feed.round(fold=True).folded

    assert before == [(0, "m1", 1.5), (60, "m1", 2.25), (60, "m2", 7)]
    assert folded == ("t",)
    assert feed.rows() == before
    assert feed.lake.fields("t") == {"kw": "DECIMAL(18,2)"}
    table = DeltaTable(feed.lake.root / "tables" / "t" / "readings")
    assert pl.read_delta(str(feed.lake.root / "tables" / "t" / "readings")).height == 3
    assert table.version() == 0


def test_what_comes_again_is_told_and_left_out_wherever_the_first_is(feed: Feed) -> None:
    rows = [(second, "m1", {"kw": second / 10}) for second in range(5)]
    feed.send(*rows, *rows[:2])
    feed.round()
    feed.send(*rows[1:3])
    feed.round()
    feed.round(fold=True)
    feed.send(*rows[3:], (9, "m1", {"kw": 9.5}))
    told = feed.round().tables["t"].told

    assert (told.rows, told.repeated, told.corrected) == (6, 6, 0)
    assert feed.rows() == [(s, "m1", s / 10) for s in range(5)] + [(9, "m1", 9.5)]


def test_a_corrected_value_counts_and_the_earlier_one_stays_in_the_tables_earlier_version(feed: Feed) -> None:
    feed.send((0, "m1", {"kw": 1.0, "state": "on"}), (60, "m1", {"kw": 2.0}))
    feed.round(fold=True)
    feed.send((0, "m1", {"kw": 1.125}), (60, "m1", {"state": "off"}))
    told = feed.round(fold=True).tables["t"].told
    root = str(feed.lake.root / "tables" / "t" / "readings")
    earlier = pl.read_delta(root, version=0).sort("start")

    assert feed.rows() == [(0, "m1", 1.125, "on"), (60, "m1", 2.0, "off")]
    assert (told.rows, told.corrected, told.repeated) == (2, 1, 0)
    assert earlier["kw"].to_list() == [Decimal(1), Decimal(2)]
    assert told.channels["kw"].count == 2
    assert told.channels["state"].count == 2


def test_a_correction_is_seen_without_waiting_for_the_next_commit(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairwatt.lake.live.drain.AMEND_AFTER_S", 0.0)
    monkeypatch.setattr("fairwatt.lake.live.drain._COST", 0)
    feed.send((0, "m1", {"kw": 1.0}))
    feed.round(fold=True)
    feed.send((0, "m1", {"kw": 5.0}))

    assert feed.round().folded == ("t",)
    assert feed.rows() == [(0, "m1", 5.0)]


def test_fields_and_wider_numbers_may_come_at_any_time(feed: Feed) -> None:
    feed.send((0, "m1", {"kw": 1.5}))
    feed.round(fold=True)
    feed.send((1, "m1", {"kw": 0.1 + 0.2, "ok": True, "note": "ä"}))
    feed.round()
    seen = feed.rows()
    feed.round(fold=True)
    feed.send((2, "m1", {"kw": 1e17}))
    feed.round(fold=True)

    assert seen == [(0, "m1", 1.5, None, None), (1, "m1", 0.1 + 0.2, True, "ä")]
    assert feed.rows() == [*seen, (2, "m1", 1e17, None, None)]
    assert feed.lake.fields("t") == {"kw": "DOUBLE", "ok": "BOOLEAN", "note": "VARCHAR"}


def test_rollups_answer_as_the_readings_do_after_late_and_corrected_ones(feed: Feed) -> None:
    feed.send(*((second, "m1", {"kw": second % 97}) for second in range(21_000)))
    feed.round(fold=True)
    feed.send((30_000, "m1", {"kw": 500}), (100, "m1", {"kw": 777}))
    feed.round(fold=True)
    window = feed.lake.window("t", fields=["kw"], points=60)
    buckets = list(feed.lake.batches("t", fields=["kw"], start=BEGIN, end=BEGIN + timedelta(seconds=600)))

    assert list((feed.lake.root / "tables" / "t" / "rollups").rglob("*.parquet"))
    assert window.total == 21_001
    assert max(window.columns["kw_max"][~pl.Series(window.columns["kw_max"]).is_nan().to_numpy()]) == 777
    assert sum(batch.num_rows for batch in buckets) == 600


def test_buckets_around_1970_are_as_wide_as_others(feed: Feed) -> None:
    first = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(seconds=12_000)
    second = (first - BEGIN).total_seconds()
    feed.send(*((second + number, "m1", {"kw": 1}) for number in range(24_000)))
    feed.round(fold=True)
    (counts,) = feed.lake.batches("t", fields=["kw"], resolution=Resolution.of_seconds(600), statistics=["count"])

    assert list((feed.lake.root / "tables" / "t" / "rollups").rglob("*.parquet"))
    assert counts.column("kw_count").to_pylist() == [600] * 40


_ROW = st.tuples(
    st.integers(0, 12), st.sampled_from(["m1", "m2"]),
    st.dictionaries(st.sampled_from(["kw", "v"]), st.integers(-50, 50).map(lambda n: n / 4), min_size=1),
)  # fmt: skip


@given(
    steps=st.lists(
        st.tuples(st.lists(_ROW, min_size=1, max_size=6), st.sampled_from(["wait", "round", "fold"])), max_size=7
    )
)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_comes_in_whatever_order_the_last_value_of_each_field_counts(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[list[tuple[float, str, dict[str, float]]], str]],
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"), memory_limit="200MB", threads=1)
    truth: dict[tuple[float, str], dict[str, float]] = {}
    with lake.drain(lambda _table, _source: True) as drain:
        feed = Feed(lake, drain)
        for rows, then in steps:
            for row in rows:  # of one request, each record by itself
                feed.send(row)
                truth.setdefault(row[:2], {}).update(row[2])
            if then != "wait":
                feed.round(fold=then == "fold")
        feed.round()
        feed.round(fold=True)
        fields = list(lake.fields("t"))
        expected = [(*key, *(values.get(one) for one in fields)) for key, values in sorted(truth.items())]

        assert feed.rows() == expected


def test_the_log_is_emptied_once_it_is_taken_and_its_writer_is_gone(feed: Feed, lake: Lake) -> None:
    feed.send((0, "m1", {"kw": 1}))
    lake.live_log.close()
    lake._live_log = None
    feed.round()

    assert segments_in(lake.root / "live") == []
    assert feed.rows() == [(0, "m1", 1)]


def test_there_is_one_drain_at_a_time(feed: Feed, lake: Lake) -> None:
    with only_drain(lake.root) as first, only_drain(lake.root) as second:
        assert (first, second) == (True, False)


def test_readings_of_a_feed_that_is_gone_are_dropped_and_others_are_not(lake: Lake) -> None:
    with lake.drain(lambda table, _source: table == "t") as drain:
        feed = Feed(lake, drain)
        feed.send((0, "m1", {"kw": 1}))
        feed.send((0, "m1", {"kw": 1}), table="gone")
        feed.round()

        assert feed.rows() == [(0, "m1", 1)]
        assert feed.rows("gone") == []


def test_a_source_that_is_removed_takes_its_tail_along(feed: Feed, lake: Lake) -> None:
    feed.send((0, "m1", {"kw": 1}))
    feed.round(fold=True)
    feed.send((1, "m1", {"kw": 1}))
    feed.round()

    assert lake.remove_source("t", "k1")
    assert feed.rows() == []
    feed.lake.live_log.append("t", "k2", payload([(5, "m9", {"kw": 3})]))
    feed.round()
    assert feed.rows() == [(5, "m9", 3)]


def test_files_that_upkeep_has_merged_take_late_and_corrected_readings_as_others_do(feed: Feed, lake: Lake) -> None:
    for second in range(4):
        feed.send((second, "m1", {"kw": second / 2}))
        feed.round(fold=True)
    assert lake.upkeep.merge("t", least=2)
    feed.send((1, "m1", {"kw": 99.5}), (2, "m1", {"kw": 1.0}), (0.5, "m1", {"kw": 7}))
    told = feed.round(fold=True).tables["t"].told
    feed.send((0, "m1", {"v": 230}), (9, "m1", {"kw": 0.125}))
    feed.round(fold=True)

    assert (told.repeated, told.corrected) == (1, 1)
    assert feed.rows() == [
        (0, "m1", 0.0, 230.0), (0.5, "m1", 7.0, None), (1, "m1", 99.5, None), (2, "m1", 1.0, None),
        (3, "m1", 1.5, None), (9, "m1", 0.125, None),
    ]  # fmt: skip


def test_whoever_waits_for_readings_to_be_in_the_table_gets_a_commit_with_the_next_round(
    feed: Feed, lake: Lake
) -> None:
    feed.send((0, "m1", {"kw": 1}), (0, "m2", {"kw": 2}))
    feed.round()
    with pytest.raises(SourceUnavailable):
        lake.upkeep.erase_series("t", "m1")
    folded = feed.round().folded
    feed.send((1, "m2", {"kw": 3}))

    assert (folded, feed.round().folded) == (("t",), ())
    assert lake.upkeep.erase_series("t", "m1").rows == 1
    assert feed.rows() == [(0, "m2", 2), (1, "m2", 3)]


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_a_clock_that_jumps_keeps_nothing_out_of_the_table_for_long(feed: Feed, jump_s: float) -> None:
    feed.send((0, "m1", {"kw": 1}))
    assert feed.round().folded == ()
    clock = feed.drain._clock
    feed.drain._clock = lambda: clock() + jump_s

    assert feed.round().folded == ("t",)
    assert feed.rows() == [(0, "m1", 1)]


@pytest.mark.parametrize("where", ["drain.write_tail", "folding.write_tail", "sifting.sync_file"])
def test_while_the_disk_is_full_readings_wait_and_come_in_once_later(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    feed.send((0, "m1", {"kw": 1}))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as short:
        short.setattr(f"fairwatt.lake.live.{where}", full)
        fault: BaseException | None = None
        try:
            fault = feed.round(fold=True).fault
        except OSError as raised:
            fault = raised
    assert fault is not None
    feed.drain.start_afresh()
    feed.send((1, "m1", {"kw": 2}))
    feed.round(fold=True)

    assert says_full(fault)
    assert feed.rows() == [(0, "m1", 1), (1, "m1", 2)]
    assert DeltaTable(feed.lake.root / "tables" / "t" / "readings").to_pyarrow_table().num_rows == 2


def test_one_tables_trouble_keeps_no_other_from_being_served(feed: Feed) -> None:
    feed.send((0, "m1", {"kw": 1}), table="bad")
    feed.send((0, "m1", {"kw": 1}))
    feed.round()
    feed.lake.live_log.append("bad", "k1", b"no Arrow")
    feed.send((1, "m1", {"kw": 2}))
    done = feed.round()

    assert done.fault is not None
    assert feed.rows() == [(0, "m1", 1), (1, "m1", 2)]
    assert feed.rows("bad") == [(0, "m1", 1)]
