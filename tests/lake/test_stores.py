"""The lake does the same on this machine's disk, in S3 and in Azure."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from fairwatt.core.errors import NotFound
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
from tests.waiting import until

MakeProfile = Callable[..., ImportProfile]
OpenLake = Callable[..., Lake]
KINDS = ("disk", "s3", "azure")
FIRST = datetime(2020, 1, 31, 20, tzinfo=UTC)
ROWS = 30_000  # over the end of a month, and so many that there are rollups


def kw(second: int) -> Decimal:
    """The value that a file tells of a second."""
    return Decimal(second * 7 % 4_001) / 10


def written(path: Path, *, more: int = 0) -> Path:
    """A file of one-second values; ``more`` is added to each."""
    lines = (
        f"{(FIRST + timedelta(seconds=second)).strftime('%Y-%m-%d %H:%M:%S')},{kw(second) + more}"
        for second in range(ROWS)
    )
    path.write_text("time,kw\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Where the lake stands."""
    return str(request.param)


@pytest.fixture
def lake(kind: str, open_lake: OpenLake) -> Lake:
    """An empty lake there."""
    return open_lake(kind)


@pytest.fixture
def filled(lake: Lake, tmp_path: Path, make_profile: MakeProfile) -> Lake:
    """A lake with one file of readings."""
    lake.ingest(written(tmp_path / "a.csv"), make_profile(["kw"]), table="t", source="a", name="a.csv")
    return lake


def hour(lake: Lake, number: int) -> list[float]:
    """The readings of an hour."""
    start = FIRST + timedelta(hours=number)
    window = lake.window("t", fields=["kw"], start=start, end=start + timedelta(hours=1), points=4_000)
    assert window.is_raw
    return [float(value) for value in window.columns["kw_mean"]]


def of_hour(number: int, more: int = 0) -> list[float]:
    """What the file tells of an hour."""
    return [float(kw(second) + more) for second in range(number * 3_600, (number + 1) * 3_600)]


def test_readings_come_back_as_they_were_from_the_machine_that_wrote_them_and_from_another(
    filled: Lake, kind: str, open_lake: OpenLake
) -> None:
    for lake in (filled, open_lake(kind, "another")):
        assert [hour(lake, number) for number in (0, 3, 7)] == [of_hour(number) for number in (0, 3, 7)]
        whole = lake.window("t", fields=["kw"], points=100)
        assert (whole.total, whole.is_raw) == (ROWS, False)
        assert min(whole.columns["kw_min"]) == 0
        assert max(whole.columns["kw_max"]) == float(max(map(kw, range(ROWS))))
        rows = list(csv.reader(io.StringIO(b"".join(lake.export("t", format="csv", fields=["kw"]).stream()).decode())))
        assert rows[0] == ["start", "kw"]
        assert [Decimal(row[1]) for row in rows[1:]] == [kw(second) for second in range(ROWS)]
        frame = pl.concat([pl.DataFrame(batch) for batch in lake.batches("t", fields=["kw"])])
        assert frame["kw"].sum() == sum(map(kw, range(ROWS)))


def test_a_file_read_again_takes_the_place_of_what_it_had(
    filled: Lake, tmp_path: Path, make_profile: MakeProfile, kind: str, open_lake: OpenLake
) -> None:
    reader = open_lake(kind, "another")
    assert hour(reader, 3) == of_hour(3)
    filled.ingest(written(tmp_path / "b.csv", more=1), make_profile(["kw"]), table="t", source="a", name="a.csv")
    for lake in (filled, reader):
        assert hour(lake, 3) == of_hour(3, 1)
        assert lake.window("t", fields=["kw"], points=100).total == ROWS


@pytest.mark.parametrize("kind", ["s3"])
def test_a_wider_type_rewrites_what_other_sources_had(
    filled: Lake, tmp_path: Path, make_profile: MakeProfile, kind: str, open_lake: OpenLake
) -> None:
    path = tmp_path / "c.csv"
    path.write_text("time,kw\n2020-03-01 00:00:00,0.125\n")
    lake = open_lake(kind, "another")
    lake.ingest(path, make_profile(["kw"], decimals=3), table="t", source="c", name="c.csv")
    assert lake.sources("t") == filled.sources("t") == ["a", "c"]
    assert filled.fields("t") == {"kw": "DECIMAL(18,3)"}
    assert hour(filled, 3) == of_hour(3)


def test_a_removed_source_leaves_nothing_behind(
    filled: Lake, tmp_path: Path, make_profile: MakeProfile, kind: str, open_lake: OpenLake
) -> None:
    filled.ingest(written(tmp_path / "b.csv", more=1), make_profile(["kw"]), table="t", source="b", name="b.csv")
    reader = open_lake(kind, "another")
    assert reader.window("t", fields=["kw"], points=100).total == 2 * ROWS
    assert filled.remove_source("t", "a")
    assert not filled.remove_source("t", "a")
    assert (reader.sources("t"), hour(reader, 2)) == (["b"], of_hour(2, 1))
    kept = [found.path.name for found in filled.store.walk(filled.store.root / "tables") if "source=a" in str(found)]
    assert kept == []


@pytest.mark.parametrize("kind", ["s3", "azure"])
def test_machines_that_write_at_once_lose_nothing(
    kind: str, open_lake: OpenLake, tmp_path: Path, make_profile: MakeProfile
) -> None:
    lakes = {name: open_lake(kind, name) for name in ("one", "two")}
    failures: list[BaseException] = []

    def write(name: str) -> None:
        path = tmp_path / f"{name}.csv"
        try:
            for day in range(1, 3):
                path.write_text(f"time,kw\n2020-01-0{day} 00:00:00,{day}.5\n")
                lakes[name].ingest(path, make_profile(["kw"]), table="t", source=f"{name}{day}", name=path.name)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in lakes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    wanted = sorted(f"{name}{day}" for name in lakes for day in range(1, 3))
    for lake in lakes.values():
        assert lake.sources("t") == wanted
        assert lake.window("t", fields=["kw"], points=100).total == 4


@pytest.fixture
def original(lake: Lake, tmp_path: Path) -> Iterator[tuple[bytes, str]]:
    """Bytes that were handed in, of more than one part, and their hash."""
    data = b"".join(sha256(number.to_bytes(4, "big")).digest() for number in range(300_000))
    path = tmp_path / "original"
    path.write_bytes(data)
    kept = lake.raw.add(path)
    assert (kept.size, kept.sha256) == (len(data), sha256(data).hexdigest())
    assert not path.exists()
    yield data, kept.sha256
    lake.raw.remove(kept.sha256)
    assert not lake.raw.exists(kept.sha256)


def test_originals_come_back_whole_and_by_range_before_and_after_they_were_sent(
    lake: Lake, original: tuple[bytes, str], kind: str, open_lake: OpenLake
) -> None:
    data, name = original
    lake.raw.send()
    until(lambda: not lake.raw.waiting())  # another thread is at it
    for reader in (lake, open_lake(kind, "another")):
        assert (reader.raw.exists(name), reader.raw.size(name)) == (True, len(data))
        assert b"".join(reader.raw.open_range(name)) == data
        assert b"".join(reader.raw.open_range(name, 5, 10)) == data[5:10]
        assert b"".join(reader.raw.open_range(name, len(data) - 3, len(data) + 9)) == data[-3:]
        assert b"".join(reader.raw.open_range(name, 7, 7)) == b""
        assert reader.raw.path(name).read_bytes() == data
        with reader.readable(name, max_ratio=10, name="original") as readable:
            assert readable.path.stat().st_size == len(data)


def test_an_original_that_is_not_there_is_said_at_once(lake: Lake) -> None:
    with pytest.raises(NotFound):
        lake.raw.open_range("0" * 64)
    with pytest.raises(NotFound):
        lake.raw.size("0" * 64)
    assert not lake.raw.exists("0" * 64)
    lake.raw.remove("0" * 64)


@pytest.mark.parametrize("kind", ["s3"])
def test_upkeep_merges_checks_erases_and_keeps_versions_wherever_a_lake_stands(
    lake: Lake, tmp_path: Path, make_profile: MakeProfile, kind: str, open_lake: OpenLake
) -> None:
    path = tmp_path / "day.csv"
    for day in range(1, 4):
        path.write_text(f"time,kw\n2020-01-0{day} 00:00:00,{day}.5\n2020-01-0{day} 00:00:01,{day}.5\n")
        lake.ingest(path, make_profile(["kw"]), table="t", source=f"d{day}", name=path.name)
    before = lake.version("t")
    reader = open_lake(kind, "another")
    assert reader.upkeep.merge("t", least=3).files_after == 1
    assert lake.version("t") == before + 1
    assert lake.window("t", fields=["kw"], points=10).total == 6
    assert lake.window("t", fields=["kw"], points=10, sources=["d2"]).total == 2
    assert lake.window("t", fields=["kw"], points=10, version=before).total == 6
    assert not lake.upkeep.check("t").damages
    assert lake.upkeep.erase_source("t", "d1")
    assert reader.window("t", fields=["kw"], points=10).total == 4
    assert lake.upkeep.erase_table("t")
    assert lake.fields("t") == {}
    assert not [found for found in lake.store.walk(lake.store.root / "tables") if found.path.suffix == ".parquet"]


def test_a_lake_moves_from_store_to_store(open_lake: OpenLake, tmp_path: Path, make_profile: MakeProfile) -> None:
    lake = open_lake("disk")
    lake.ingest(written(tmp_path / "a.csv"), make_profile(["kw"]), table="t", source="a", name="a.csv")
    original = lake.raw.add(written(tmp_path / "b.csv"))
    data = lake.raw.path(original.sha256).read_bytes()
    for there in (open_lake("s3", "two"), open_lake("azure", "three"), Lake(tmp_path / "back")):
        moved = lake.upkeep.move(there.store)
        assert lake.upkeep.move(there.store).there_already == moved.files
        assert (hour(there, 3), b"".join(there.raw.open_range(original.sha256))) == (of_hour(3), data)
        lake = there
