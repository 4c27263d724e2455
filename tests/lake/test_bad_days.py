"""Whatever is killed, full or in the way: readers see a version whole, and nothing is left lying about."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from fairwatt.core.errors import StorageFull
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
from fairwatt.lake.disk import is_disk_full

MakeProfile = Callable[..., ImportProfile]
ROWS = 30_000
INGEST_FOREVER = """
import sys
from pathlib import Path
from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake import Lake
lake = Lake(Path(sys.argv[1]), threads=1)
profile = ImportProfile.model_validate_json(sys.argv[3])
print("ready", flush=True)
while True:
    lake.ingest(Path(sys.argv[2]), profile, table="t", source=sys.argv[4], name="x.csv")
    print("done", flush=True)
"""


@pytest.fixture
def second_file(tmp_path: Path) -> Path:
    """A day's part at a second: long enough that an ingest makes rollups."""
    path = tmp_path / "seconds.csv"
    start = pl.datetime(2020, 1, 31, 20)
    frame = pl.select(i=pl.int_range(ROWS)).with_columns(
        time=(start + pl.duration(seconds=pl.col("i"))).dt.strftime("%Y-%m-%d %H:%M:%S"), kw=pl.col("i") / 10
    )
    frame.select("time", "kw").write_csv(path)
    return path


@pytest.fixture
def profile(make_profile: MakeProfile) -> ImportProfile:
    return make_profile(["kw"])


def forgotten(lake: Lake) -> list[str]:
    """Files in the lake that no version of a table knows of."""
    found = []
    for folder in (lake.root / "tables").glob("*/*/_delta_log"):
        table = DeltaTable(folder.parent)
        known = set()
        for version in range(table.version() + 1):
            table.load_as_version(version)
            known |= {Path(uri).resolve() for uri in table.file_uris()}
        found += [str(f) for f in folder.parent.rglob("*.parquet") if f.resolve() not in known]
    return found


def test_an_ingest_killed_at_any_moment_leaves_all_or_nothing(
    lake: Lake, second_file: Path, profile: ImportProfile
) -> None:
    lake.ingest(second_file, profile, table="t", source="kept", name="x.csv")
    command = [sys.executable, "-c", INGEST_FOREVER, str(lake.root), str(second_file), profile.model_dump_json(), "new"]
    chance = random.Random(20_201_121)
    for _ in range(6):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            for _ in range(chance.randrange(2)):
                process.stdout.readline()
            time.sleep(chance.random() * 0.5)
            process.send_signal(signal.SIGKILL)
        totals = {
            source: lake.window("t", fields=["kw"], sources=[source], points=5).total for source in ("kept", "new")
        }
        assert totals["kept"] == ROWS
        assert totals["new"] in {0, ROWS}
    lake.ingest(second_file, profile, table="t", source="new", name="x.csv")
    assert lake.window("t", fields=["kw"], points=5).total == 2 * ROWS
    assert list((lake.root / "work").iterdir()) == []
    assert forgotten(lake) == []


def test_two_processes_and_two_threads_write_one_table_and_lose_nothing(
    lake: Lake, second_file: Path, profile: ImportProfile
) -> None:
    command = [sys.executable, "-c", INGEST_FOREVER, str(lake.root), str(second_file), profile.model_dump_json()]
    with (
        subprocess.Popen([*command, "p1"], stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen([*command, "p2"], stdout=subprocess.PIPE, text=True) as two,
    ):
        threads = [
            threading.Thread(
                target=lake.ingest, args=(second_file, profile), kwargs={"table": "t", "source": s, "name": "x.csv"}
            )
            for s in ("t1", "t2")
        ]
        for thread in threads:
            thread.start()
        for process in (one, two):
            assert process.stdout is not None
            assert [process.stdout.readline() for _ in range(2)] == ["ready\n", "done\n"]
        for thread in threads:
            thread.join()
        one.kill()
        two.kill()
    assert lake.sources("t") == ["p1", "p2", "t1", "t2"]
    for source in lake.sources("t"):
        assert lake.window("t", fields=["kw"], sources=[source], points=5).total == ROWS


def test_readers_see_whole_versions_while_a_source_is_replaced(
    lake: Lake, second_file: Path, profile: ImportProfile
) -> None:
    lake.ingest(second_file, profile, table="t", source="a", name="x.csv")
    seen: set[int] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(lake.window("t", fields=["kw"], points=5).total)
            seen.add(sum(len(batch) for batch in lake.batches("t", fields=["kw"])))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(3):
        lake.ingest(second_file, profile, table="t", source="a", name="x.csv")
    stop.set()
    for reader in readers:
        reader.join()
    assert seen == {ROWS}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of so many kilobytes; where none can be mounted, a limit on the size of a file does the same."""
    mounted: list[Path] = []
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def make(kilobytes: int) -> Path:
        folder = tmp_path / f"disk-{kilobytes}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
        if os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0:
            mounted.append(folder)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024 // 4, limit[1]))
        return folder

    yield make
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    signal.signal(signal.SIGXFSZ, ignored)
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [16, 300, 500, 700, 900, 1_200])
def test_a_full_disk_is_said_and_leaves_nothing(
    small_disk: Callable[[int], Path], second_file: Path, profile: ImportProfile, kilobytes: int
) -> None:
    root = small_disk(kilobytes) / "lake"

    def ingest_until_full() -> None:
        for number in range(200):
            Lake(root, threads=1).ingest(second_file, profile, table="t", source=f"s{number}", name="x.csv")

    with pytest.raises(StorageFull) as caught:
        ingest_until_full()
    assert "disk of the platform is full" in caught.value.message
    lake = Lake(root, threads=1)
    if lake.fields("t"):
        assert lake.window("t", fields=["kw"], points=5).total == ROWS * len(lake.sources("t"))
        assert forgotten(lake) == []
    assert not (root / "work").exists() or list((root / "work").iterdir()) == []


def test_a_full_disk_while_a_raw_file_arrives_keeps_the_arrived_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    arrived = tmp_path / "arrived"
    arrived.write_bytes(b"data")

    def fail(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fairwatt.lake.stores.local.sync_file", fail)
    with pytest.raises(StorageFull):
        lake.raw.add(arrived)
    assert arrived.read_bytes() == b"data"
    assert [path for path in lake.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "x"), True), (OSError(errno.EDQUOT, "x"), True), (OSError(errno.EACCES, "x"), False),
        (ValueError("No space left on device"), False), (OSError("Generic error: No space left on device"), True),
    ],
)  # fmt: skip
def test_a_full_disk_is_known_whoever_met_it(error: Exception, is_full: bool) -> None:
    assert is_disk_full(error) is is_full
