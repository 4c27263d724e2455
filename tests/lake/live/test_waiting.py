"""What waits for a table in trouble: it is kept by itself, it alone is refused more, and it all arrives in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwatt.core.errors import DamagedData, Overloaded
from fairwatt.lake import Lake
from fairwatt.lake.live import drain as draining
from fairwatt.lake.live import waiting
from fairwatt.lake.live.erasing import erase_live_table
from fairwatt.lake.live.log import LiveLog, bytes_behind, read_waiting, segments_in
from fairwatt.lake.live.segments import read_segment
from tests.lake.live.conftest import Feed

SECONDS = 12
SENT = [(float(second), "m1", float(second)) for second in range(SECONDS)]


@pytest.fixture
def is_ill(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The tables that can't take anything."""
    ill: set[str] = set()
    take = draining.Drain._take

    def fail(drain: draining.Drain, table: str, records: list[object]) -> object:
        if table in ill:
            raise DamagedData("A file of these readings is damaged.")
        return take(drain, table, records)

    monkeypatch.setattr(draining.Drain, "_take", fail)
    monkeypatch.setattr(draining, "LONGEST_REST_S", 0.0)
    monkeypatch.setattr(waiting, "_STEP", 1)
    return ill


@pytest.fixture
def troubled(feed: Feed, is_ill: set[str]) -> Feed:
    """A log of small segments, in which ``bad`` can't take its readings and ``good`` has."""
    is_ill.add("bad")
    feed.lake.live_log._segment_bytes = 2_000
    for second in range(SECONDS):
        for table in ("bad", "good"):
            feed.send((second, "m1", {"kw": second}), table=table)
    for _ in range(3):
        feed.round()
    return feed


def tables_in(lake: Path) -> list[set[str]]:
    """Whose records each segment that nobody writes any more holds."""
    over = segments_in(lake / "live")[:-1]
    return [{one.table for one in read_segment(path, 0, most_bytes=1 << 20).records} for path in over]


def test_the_log_keeps_nothing_but_what_waits_for_the_table_in_trouble(troubled: Feed) -> None:
    kept = tables_in(troubled.lake.root)

    assert troubled.rows("good") == SENT
    assert len(kept) > 2
    assert all(tables == {"bad"} for tables in kept)
    assert read_waiting(troubled.lake.root / "live").keys() == {"bad"}


def test_it_all_arrives_once_and_in_its_order_when_the_trouble_is_over(troubled: Feed, is_ill: set[str]) -> None:
    troubled.send((0, "m1", {"kw": 99}), table="bad")
    is_ill.clear()
    with Lake(troubled.lake.root, memory_limit="200MB").drain(lambda _table, _source: True) as other:
        for _ in range(3):
            done = other.run_round()

    assert (done.fault, done.resting) == (None, ())
    assert troubled.rows("bad") == [(0.0, "m1", 99.0), *SENT[1:]]
    assert troubled.lake.tail("bad").told.repeated == 0
    assert read_waiting(troubled.lake.root / "live") == {}
    assert len(segments_in(troubled.lake.root / "live")) == 1, "the one that is written"


def test_whoever_was_killed_while_a_segment_took_another_ones_place_doubles_nothing(
    feed: Feed, is_ill: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(lake: Path, segment: Path, tables: frozenset[str]) -> Path | None:
        before = segment.read_bytes()
        rest = waiting.set_apart(lake, segment, tables)
        segment.write_bytes(before)  # as if it had not come to removing it
        return rest

    monkeypatch.setattr(draining, "set_apart", killed)
    is_ill.add("bad")
    feed.lake.live_log._segment_bytes = 2_000
    for second in range(SECONDS):
        for table in ("bad", "good"):
            feed.send((second, "m1", {"kw": second}), table=table)
    feed.round()
    names = {path.name for path in (feed.lake.root / "live").glob("[0-9]*.wal")}
    is_ill.clear()
    for _ in range(3):
        feed.round()

    assert any(name.endswith("~.wal") and name.replace("~", "") in names for name in names), "both were there"
    assert feed.rows("bad") == feed.rows("good") == SENT
    assert [feed.lake.tail(table).told.repeated for table in ("bad", "good")] == [0, 0]


def test_only_the_table_in_trouble_is_refused_more(tmp_path: Path, feed: Feed, is_ill: set[str]) -> None:
    log = LiveLog(feed.lake.root, most_behind=20_000, most_for_one=5_000)
    is_ill.add("bad")
    for _ in range(4):
        log.append("bad", "k1", bytes(10_000))  # 40 kB: more than may wait in all
    feed.round()
    log._looked = float("-inf")

    assert bytes_behind(feed.lake.root / "live") > 40_000
    with pytest.raises(Overloaded, match=r"of this dataset's readings wait .* in trouble") as refused:
        log.append("bad", "k1", b"more")
    assert refused.value.retry_after_s == 60
    assert log.append("good", "k1", b"taken") > 0


def test_what_was_set_apart_can_be_erased(troubled: Feed) -> None:
    erase_live_table(troubled.lake.root, "bad")
    for _ in range(2):
        troubled.round()

    assert not any(b"bad" in path.read_bytes() for path in segments_in(troubled.lake.root / "live"))
    assert troubled.rows("good") == SENT


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_waits_is_told_lower_only_once_the_log_was_read_to_its_end(tmp_path: Path, *, is_whole: bool) -> None:
    (tmp_path / "live").mkdir()
    counted = waiting.Waiting(tmp_path / "live")
    counted.add("t", 5 << 20)
    counted.tell({"t"}, is_whole=True)
    counted.begin()
    counted.add("t", 2 << 20)
    counted.tell({"t"}, is_whole=is_whole)

    assert read_waiting(tmp_path / "live") == {"t": (2 if is_whole else 5) << 20}
