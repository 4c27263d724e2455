"""A file that is not what was put there is found and named, and nothing else is harmed by it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from fairwatt.core.errors import DamagedData
from fairwatt.lake import Lake, rolling
from tests.lake.upkeep.daily import DAYS, Daily, same

Spoil = Callable[[list[Path]], None]


def flip(files: list[Path]) -> None:
    """Turn over one bit in the middle of the third file."""
    data = bytearray(files[3].read_bytes())
    data[len(data) // 2] ^= 1
    _write(files[3], bytes(data))


def cut(files: list[Path]) -> None:
    """Leave half of it."""
    _write(files[3], files[3].read_bytes()[:300])


def delete(files: list[Path]) -> None:
    """Remove it."""
    files[3].unlink()


def swap(files: list[Path]) -> None:
    """Put another day's file in its place."""
    _write(files[3], files[4].read_bytes())


def _write(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def of_day(daily: Daily) -> list[Path]:
    """The files of the days in their order; merging has not touched them."""
    return [path for day in range(DAYS) for path in daily.files() if f"source=d{day}" in path.parts]


@pytest.mark.parametrize(
    ("spoil", "kinds"), [(flip, {"hash"}), (cut, {"size"}), (delete, {"missing"}), (swap, {"size", "hash"})]
)
def test_a_spoilt_file_is_found_and_named(daily: Daily, spoil: Spoil, kinds: set[str]) -> None:
    files = of_day(daily)
    assert not daily.lake.upkeep.check("t").damages
    spoil(files)
    (damage,) = daily.lake.upkeep.check("t").damages
    assert damage.kind in kinds
    assert (damage.place, damage.source) == (str(files[3].relative_to(daily.lake.root)), "d3")
    assert damage.said.endswith(".")


@pytest.mark.parametrize("spoil", [cut, delete])
def test_a_question_that_meets_it_is_told_which_file_and_others_are_answered(daily: Daily, spoil: Spoil) -> None:
    daily.add(0, table="other")
    files = of_day(daily)
    spoil(files)
    lake = Lake(daily.lake.root, memory_limit="200MB")
    for ask in (lambda: lake.window("t", fields=["kw"]), lambda: list(lake.batches("t", fields=["kw"]))):
        with pytest.raises(DamagedData, match=r"damaged or gone: tables/t/readings/source=d3/") as caught:
            ask()
        assert caught.value.where["source"] == "d3"
    assert lake.window("t", fields=["kw"], sources=["d2", "d4"]).total == len(daily.truth({2: 1, 4: 1}))
    assert same(Daily(lake, daily.folder).rows("other"), daily.truth({0: 1}))


def test_a_bounded_check_goes_on_where_it_stopped(daily: Daily) -> None:
    flip(of_day(daily))
    seen, cursor, found = 0, "", []
    for _ in range(20):
        checked = daily.lake.upkeep.check("t", most_bytes=1_500, cursor=cursor)
        assert checked.files <= 3
        seen, cursor, found = seen + checked.files, checked.cursor, [*found, *checked.damages]
        if not cursor:
            break
    assert seen == DAYS
    assert [damage.source for damage in found] == ["d3"]


def test_rollups_that_say_something_else_than_the_readings_are_found(empty: Daily) -> None:
    for day in range(2):
        empty.add(day)
    # Rollups are made from 20,000 rows on; these are made by hand, and wrongly.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rolling, "levels_for", lambda *_: (86_400,))
        empty.lake.upkeep.merge("t", least=2)
    (rollup,) = (empty.lake.root / "tables/t/rollups").rglob("source=*/**/*.parquet")
    assert not empty.lake.upkeep.check("t").damages
    wrong = rollup.with_suffix(".wrong")
    duckdb.connect().execute(
        f"COPY (SELECT * REPLACE (kw_max + 1 AS kw_max) FROM read_parquet('{rollup}', hive_partitioning=false)) "
        f"TO '{wrong}' (FORMAT parquet)"
    )
    log = rollup.parents[2] / "_delta_log" / f"{0:020d}.json"
    text = log.read_text().replace(sha256(rollup.read_bytes()).hexdigest(), sha256(wrong.read_bytes()).hexdigest())
    log.write_text(text.replace(f'"size":{rollup.stat().st_size}', f'"size":{wrong.stat().st_size}'))
    wrong.replace(rollup)
    lake = Lake(empty.lake.root, memory_limit="200MB")
    (damage,) = lake.upkeep.check("t").damages
    assert (damage.kind, damage.source[:7]) == ("rollup", "merged-")


def test_a_log_that_can_not_be_read_is_said(daily: Daily) -> None:
    log = daily.lake.root / "tables/t/readings/_delta_log" / f"{2:020d}.json"
    log.chmod(0o644)
    log.write_text("{half")
    (damage,) = Lake(daily.lake.root).upkeep.check("t").damages
    assert (damage.kind, damage.place) == ("log", "tables/t/readings/_delta_log")


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda path: path.write_bytes(b"time,kw\n1,3\n"), "hash"),
        (lambda path: path.write_bytes(b"time,kw"), "size"),
        (Path.unlink, "missing"),
    ],
)
def test_an_original_that_is_not_what_was_received_is_found(
    empty: Daily, spoil: Callable[[Path], object], kind: str
) -> None:
    path = empty.folder / "original"
    path.write_bytes(b"time,kw\n1,2\n")
    stored = empty.lake.raw.add(path)
    assert empty.lake.upkeep.check_original(stored.sha256, stored.size) is None
    original = empty.lake.raw.path(stored.sha256)
    original.chmod(0o644)
    spoil(original)
    damage = empty.lake.upkeep.check_original(stored.sha256, stored.size)
    assert damage is not None
    assert (damage.kind, damage.place) == (kind, f"raw/{stored.sha256[:2]}/{stored.sha256}")
