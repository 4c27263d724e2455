"""Earlier versions stay readable until nobody is to keep them; then their files go, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from fairwatt.core.errors import Gone, NotFound
from fairwatt.lake import Lake
from fairwatt.lake.upkeep import versions
from fairwatt.lake.upkeep.versions import Vacuumed
from tests.lake.upkeep.daily import DAYS, Daily, same

ALL = dict.fromkeys(range(DAYS), 1)
NOW = datetime.now(UTC)
AN_HOUR_LATER = NOW + timedelta(hours=2)


def vacuum(
    lake: Lake, *, keep: timedelta | None = None, published: tuple[int, ...] = (), at: datetime = AN_HOUR_LATER
) -> Vacuumed:
    return lake.upkeep.vacuum("t", keep=keep, published=published, at=at)


def test_every_version_is_read_as_it_was(daily: Daily) -> None:
    daily.add(3, factor=2)
    for version in (0, 4, DAYS - 1):
        assert same(daily.rows(version=version), daily.truth(dict.fromkeys(range(version + 1), 1)))
    assert same(daily.rows(version=daily.lake.version("t")), daily.truth(ALL | {3: 2}))
    window = daily.lake.window("t", fields=["kw"], points=2000, version=0)
    assert window.total == len(daily.truth({0: 1}))
    with pytest.raises(NotFound, match="no version 99"):
        daily.rows(version=99)


def test_a_version_that_was_read_before_is_not_looked_up_again(daily: Daily, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    look_up = versions._look_up
    monkeypatch.setattr(versions, "_look_up", lambda table, version: looked.append(version) or look_up(table, version))
    for version in (2, 4, 2, 4, 2):
        assert same(daily.rows(version=version), daily.truth(dict.fromkeys(range(version + 1), 1)))
    assert looked == [2, 4]
    daily.add(0, factor=2)
    assert same(daily.rows(version=2), daily.truth({0: 1, 1: 1, 2: 1}))
    assert looked == [2, 4, 2], "a commit may have arranged its rows otherwise"


def test_a_version_that_was_read_before_is_gone_once_it_is_let_go_of(daily: Daily) -> None:
    daily.add(3, factor=2)
    assert same(daily.rows(version=DAYS - 1), daily.truth(ALL))
    other = Lake(daily.lake.root, memory_limit="200MB")
    assert vacuum(other, keep=timedelta(0)).files == 1
    with pytest.raises(Gone):
        daily.rows(version=DAYS - 1)


def test_small_files_that_were_merged_go_and_every_version_stays_readable(daily: Daily) -> None:
    daily.lake.upkeep.merge("t", least=2)
    gone = vacuum(daily.lake)
    assert (gone.files, gone.versions) == (DAYS, 0)
    assert len(daily.files()) == 2
    for version in (0, 4, DAYS - 1, DAYS):
        assert same(daily.rows(version=version), daily.truth(dict.fromkeys(range(min(version + 1, DAYS)), 1)))
    assert daily.csv(version=2) == daily.csv(sources=["d0", "d1", "d2"])
    assert daily.lake.window("t", fields=["kw"], points=5, version=2).total == len(daily.truth({0: 1, 1: 1, 2: 1}))


def test_what_a_day_held_before_it_was_read_again_stays_as_long_as_versions_are_kept(daily: Daily) -> None:
    daily.lake.upkeep.merge("t", least=2)
    vacuum(daily.lake)
    daily.add(3, factor=2)
    daily.lake.upkeep.merge("t", least=1)
    vacuum(daily.lake)
    assert same(daily.rows(version=DAYS - 1), daily.truth(ALL))
    assert same(daily.rows(), daily.truth(ALL | {3: 2}))


def test_versions_that_were_replaced_long_enough_ago_go_unless_they_are_published(daily: Daily) -> None:
    daily.add(3, factor=2)
    daily.add(3, factor=3)
    before = len(daily.files())
    gone = vacuum(daily.lake, keep=timedelta(days=30), published=(DAYS - 1,), at=NOW + timedelta(days=40))
    assert gone.files == 1, "the second reading of the day alone: the first is published"
    assert len(daily.files()) == before - 1
    assert same(daily.rows(version=DAYS - 1), daily.truth(ALL))
    with pytest.raises(Gone, match=f"Version {DAYS} of these readings is not kept any more"):
        daily.rows(version=DAYS)
    assert same(daily.rows(), daily.truth(ALL | {3: 3}))
    assert not daily.lake.upkeep.check("t").damages


def test_what_was_replaced_a_moment_ago_stays_for_those_who_are_reading_it(daily: Daily) -> None:
    daily.add(3, factor=2)
    assert not vacuum(daily.lake, keep=timedelta(0), at=NOW + timedelta(minutes=10)).files
    assert vacuum(daily.lake, keep=timedelta(0)).files == 1


def test_a_clock_that_is_set_back_lets_nothing_go_too_soon(daily: Daily) -> None:
    """A version bears a time before its forerunner's: it was replaced no sooner than the latest time seen."""
    daily.add(3, factor=2)
    entry = daily.lake.root / "tables/t/readings/_delta_log" / f"{DAYS:020d}.json"
    lines = [json.loads(line) for line in entry.read_text().splitlines()]
    for line in lines:
        if "commitInfo" in line:
            line["commitInfo"]["timestamp"] -= 90 * 86_400_000
    entry.chmod(0o644)
    entry.write_text("\n".join(map(json.dumps, lines)))
    lake = Lake(daily.lake.root, memory_limit="200MB")
    assert not vacuum(lake, keep=timedelta(days=30), at=NOW + timedelta(days=10)).files
    assert not vacuum(lake, keep=timedelta(days=30), at=NOW - timedelta(days=400)).files, "now lies before it all"
    assert vacuum(lake, keep=timedelta(days=30), at=NOW + timedelta(days=31)).files == 1


def test_files_that_no_version_ever_held_go_once_they_are_an_hour_old(daily: Daily) -> None:
    strange = daily.files()[0].with_name(f"{'0' * 32}-0000.parquet")
    strange.write_bytes(b"half of a file")
    (daily.lake.root / "tables/t/batches" / f"{'0' * 32}.json").write_text("{}")
    assert not vacuum(daily.lake, at=NOW + timedelta(minutes=1)).files
    assert vacuum(daily.lake).files == 1
    assert not strange.exists()
    assert same(daily.rows(), daily.truth(ALL))
    assert len(list((daily.lake.root / "tables/t/batches").glob("*.json"))) == DAYS


def test_a_wider_type_keeps_earlier_versions_readable_without_their_own_files(daily: Daily) -> None:
    daily.add(DAYS, decimals=3)
    gone = vacuum(daily.lake)
    assert gone.files == DAYS, "the narrow ones"
    assert same(daily.rows(version=1), daily.truth({0: 1, 1: 1}))
    assert daily.rows(version=1)["kw"].len() == len(daily.truth({0: 1, 1: 1}))
