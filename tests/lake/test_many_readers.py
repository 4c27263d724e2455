"""Many readers while readings arrive: each sees a whole version, and long questions keep to their memory."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from fairwatt.core.errors import FairwattError
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.resolutions import Resolution
from fairwatt.lake import IngestResult, Lake

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
READERS, VERSIONS, ROWS = 50, 4, 500


def test_fifty_readers_see_whole_versions_while_others_arrive(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    """Version *n* holds the value *n* in all its rows, and is never mixed with another."""

    def put(number: int) -> None:
        lines = [f"{FIRST + timedelta(minutes=row):%Y-%m-%d %H:%M:%S},{number}" for row in range(ROWS)]
        ingest(["time,kw", *lines], make_profile(["kw"], decimals=0))

    put(0)
    arrived, troubles = threading.Event(), []

    def read(number: int) -> int:
        seen = 0
        while True:
            is_last = arrived.is_set()
            try:
                seen = max(seen, _ask(lake, number % 3))
            except (AssertionError, FairwattError) as error:
                troubles.append(error)
            if is_last:
                return seen

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, number) for number in range(READERS)]
        for number in range(1, VERSIONS):
            put(number)
        arrived.set()
        seen = {reader.result() for reader in readers}
    assert troubles == []
    assert seen == {VERSIONS - 1}


def _ask(lake: Lake, way: int) -> int:
    """Ask one way or another; the version that was seen, which must be whole."""
    if way == 0:
        window = lake.window("t", fields=["kw"], points=10)
        low, high, count = window.columns["kw_min"], window.columns["kw_max"], window.columns["kw_count"]
        found, rows = {*low, *high}, int(count.sum())
    elif way == 1:
        batches = list(lake.batches("t", fields=["kw"]))
        found = {value for batch in batches for value in batch.column("kw").to_pylist()}
        rows = sum(len(batch) for batch in batches)
    else:
        (batch,) = lake.batches("t", fields=["kw"], resolution=Resolution.of_seconds(10**9))
        found, rows = {batch.column("kw_min")[0].as_py(), batch.column("kw_max")[0].as_py()}, 0
        rows = batch.column("kw_count")[0].as_py()
    assert (len(found), rows) == (1, ROWS)
    return int(found.pop())


@pytest.fixture(scope="module")
def ten_years(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A month with readings in each of ten years, 500 channels wide."""
    folder = tmp_path_factory.mktemp("years")
    lake = Lake(folder / "lake", memory_limit="200MB", threads=1, kept_bytes=0)
    fields = [f"c{number}" for number in range(500)]
    stamps = [f"{year}-03-01 0{hour}:00:00" for year in range(2010, 2020) for hour in range(2)]
    path = folder / "wide.csv"
    path.write_text("\n".join([",".join(["time", *fields]), *(f"{at}{',1.5' * 500}" for at in stamps)]) + "\n")
    lake.ingest(path, _profile(fields), table="t", source="s", name="wide.csv")
    return lake


def _profile(fields: list[str]) -> ImportProfile:
    rules = [{"name": f, "column": 1 + i, "field": f, "decimals": 1} for i, f in enumerate(fields)]
    stamp = {"columns": (0,), "format": "%Y-%m-%d %H:%M:%S", "time_zone": "UTC"}
    return ImportProfile.model_validate({"columns": 1 + len(fields), "timestamp": stamp, "channels": rules})


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_ten_years_of_five_hundred_channels_begin_at_once_and_stop_when_closed(
    ten_years: Lake, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question of any length is answered month by month: what is not asked for any more is not made."""
    asked: list[object] = []
    open_cursor = ten_years._cursor

    def counted() -> object:
        asked.append(None)
        return open_cursor()

    monkeypatch.setattr(ten_years, "_cursor", counted)
    before = pa.total_allocated_bytes()
    stream = ten_years.export("t", format=form, fields=list(ten_years.fields("t"))).stream()
    first = [next(stream), next(stream)]
    assert pa.total_allocated_bytes() - before < 50_000_000
    stream.close()
    assert all(first)
    assert len(asked) <= 2  # of ten


_READ = """
import sys
from pathlib import Path
from fairwatt.lake import Lake

def resident(what):
    return int(next(line for line in open("/proc/self/status") if line.startswith(what)).split()[1]) * 1024

lake = Lake(Path(sys.argv[1]), memory_limit="150MB", threads=1, kept_bytes=0)
fields = list(lake.fields("t"))
next(iter(lake.export("t", format="arrow", fields=fields[:1]).stream()))
before = resident("VmRSS")
size = sum(len(piece) for piece in lake.export("t", format="arrow", fields=fields).stream())
print(size, resident("VmHWM") - before)
"""


def test_more_readings_of_five_hundred_channels_than_the_memory_holds_are_read_to_the_end(tmp_path: Path) -> None:
    """128 MB of decimals go out; what is held at once is bounded, however many rows there are."""
    rows, cells = 16_000, ",".join(f"{number % 97}.5" for number in range(500))
    fields = [f"c{number}" for number in range(500)]
    path = tmp_path / "wide.csv"
    with path.open("w") as file:
        file.write(",".join(["time", *fields]) + "\n")
        file.writelines(f"{FIRST + timedelta(minutes=row):%Y-%m-%d %H:%M:%S},{cells}\n" for row in range(rows))
    Lake(tmp_path / "lake").ingest(path, _profile(fields), table="t", source="s", name="wide.csv")

    told = subprocess.run(
        [sys.executable, "-c", _READ, tmp_path / "lake"], check=True, capture_output=True, text=True
    ).stdout

    size, held = map(int, told.split())
    assert size > rows * 500 * 16
    assert held < 120_000_000
