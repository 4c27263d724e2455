"""Exports made once and kept: the same bytes every time, within bounds, and gone when their readings are."""

from __future__ import annotations

import errno
import io
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.resolutions import Resolution
from fairwatt.lake import IngestResult, Lake
from fairwatt.lake.made import MadeExports

Ingest = Callable[..., IngestResult]
MakeProfile = Callable[..., ImportProfile]
FORMATS = ["csv", "json", "parquet", "arrow"]
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def seconds(rows: int, *, each: int = 1, first: int = 0) -> list[str]:
    """Rows of a meter, ``each`` of them with the same stamp."""
    return [f"{FIRST + timedelta(seconds=i // each):%Y-%m-%d %H:%M:%S},{i + first}" for i in range(rows)]


@pytest.fixture(scope="module")
def stock(make_profile: MakeProfile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with two sources of the same seconds, every stamp three times in each."""
    folder = tmp_path_factory.mktemp("stock")
    lake = Lake(folder / "lake", memory_limit="200MB", threads=2)
    for source, first in (("a", 0), ("b", 150_000)):
        path = folder / "some.csv"
        path.write_text("\n".join(["time,kw", *seconds(150_000, each=3, first=first), ""]))
        lake.ingest(path, make_profile(["kw"]), table="t", source=source, name="some.csv")
    return lake.root


@pytest.fixture
def repeated(stock: Path, lake: Lake) -> Lake:
    """A lake of the test's own with the rows of the stock."""
    shutil.copytree(stock, lake.root, dirs_exist_ok=True)
    return lake


def always() -> bool:
    return True


def kept_files(lake: Lake) -> list[Path]:
    return [path for path in (lake.root / "made").glob("*/*") if path.is_file()]


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_has_the_same_bytes_whenever_and_wherever_it_is_made(repeated: Lake, form: str) -> None:
    made = set()
    for threads in (1, 2, 4):
        engine = Lake(repeated.root, memory_limit="200MB", threads=threads, kept_bytes=0)
        for _ in range(3):
            chunks = engine.export("t", format=form, fields=["kw"]).stream()
            made.add(sha256(b"".join(chunks)).hexdigest())
    assert len(made) == 1


def test_repeated_stamps_keep_the_order_in_which_they_were_read(repeated: Lake) -> None:
    lines = b"".join(repeated.export("t", format="csv", fields=["kw"]).stream()).decode().splitlines()
    values = [int(float(line.split(",")[1])) for line in lines[1:13]]
    assert [sorted(values[:6]), sorted(values[6:])] == [[0, 1, 2, 150_000, 150_001, 150_002], sorted(values[6:])]
    assert [v for v in values[:6] if v < 150_000] == [0, 1, 2]
    assert [v for v in values[:6] if v >= 150_000] == [150_000, 150_001, 150_002]


@pytest.mark.parametrize("form", FORMATS)
def test_a_made_file_is_what_a_stream_would_have_been(repeated: Lake, form: str) -> None:
    export = repeated.export("t", format=form, fields=["kw"])
    assert export.find() is None

    made = export.make()

    assert made is not None
    content = made.path.read_bytes()
    assert (made.size, made.sha256) == (len(content), sha256(content).hexdigest())
    assert content == b"".join(export.chunks())
    assert export.find() == export.make() == made


def test_what_is_streamed_to_its_end_is_kept(repeated: Lake) -> None:
    export = repeated.export("t", format="csv", fields=["kw"])

    content = b"".join(export.stream())

    made = export.find()
    assert made is not None
    assert made.path.read_bytes() == content


def test_rows_that_are_handed_on_as_they_stand_are_kept_for_whoever_needs_a_file_alone(repeated: Lake) -> None:
    """Arrow is made in less time than a copy takes; who asks for its length or a part has one made."""
    raw = repeated.export("t", format="arrow", fields=["kw"])
    assert len(b"".join(raw.stream())) > 1_000_000
    assert kept_files(repeated) == []
    assert raw.make() == raw.find() is not None
    gathered = repeated.export("t", format="arrow", fields=["kw"], resolution=Resolution.parse("PT1S", "UTC"))
    b"".join(gathered.stream())
    assert gathered.find() is not None


def test_of_a_stream_that_is_broken_off_nothing_is_kept(repeated: Lake) -> None:
    stream = repeated.export("t", format="csv", fields=["kw"]).stream()
    next(stream)
    next(stream)
    stream.close()

    assert kept_files(repeated) == []


def test_each_question_has_its_own_file_and_the_same_question_the_same(repeated: Lake) -> None:
    day = {"start": FIRST, "end": FIRST + timedelta(days=1)}
    whole = repeated.export("t", format="csv", fields=["kw"])
    questions: list[dict[str, Any]] = [
        {},
        {"zone": "Europe/London"},
        {"resolution": Resolution.of_seconds(60)},
        {"resolution": Resolution.of_seconds(60), "statistics": ["mean"]},
        {"end": FIRST + timedelta(minutes=1)},
        {"start": FIRST + timedelta(minutes=1)},
        {"sources": ["a"]},
    ]
    keys = [repeated.export("t", format="csv", fields=["kw"], **asked).key for asked in questions]
    assert len({*keys, repeated.export("t", format="parquet", fields=["kw"]).key}) == len(questions) + 1
    assert repeated.export("t", format="csv", fields=["kw"], **day).key == whole.key  # all readings lie in that day
    parquet = [repeated.export("t", format="parquet", fields=["kw"], zone=zone).key for zone in ("UTC", "Asia/Tokyo")]
    assert len(set(parquet)) == 1  # times in Parquet are in UTC, whatever the zone


@pytest.mark.parametrize("change", ["more", "other", "removed"])
def test_exports_of_a_table_that_changes_are_gone(
    repeated: Lake, ingest: Ingest, make_profile: MakeProfile, change: str
) -> None:
    before = repeated.export("t", format="csv", fields=["kw"]).make()
    assert before is not None
    if change == "removed":
        repeated.remove_source("t", "b")
    else:
        ingest(["time,kw", *seconds(10)], make_profile(["kw"]), source="c" if change == "more" else "b")

    assert not before.path.exists()
    assert repeated.export("t", format="csv", fields=["kw"]).find() is None


def test_what_was_exported_of_a_table_that_has_changed_meanwhile_is_not_kept(
    repeated: Lake, ingest: Ingest, make_profile: MakeProfile
) -> None:
    stream = repeated.export("t", format="csv", fields=["kw"]).stream()
    lines = next(stream)
    ingest(["time,kw", *seconds(10)], make_profile(["kw"]), source="c")

    lines += b"".join(stream)

    assert lines.count(b"\r\n") == 300_001  # all that was there when it was asked for
    assert kept_files(repeated) == []


def test_an_average_of_fractions_is_kept_only_once_it_is_whole(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake
) -> None:
    ingest(["time,kw", *[f"{line}.5e-3" for line in seconds(5_000)]], make_profile(["kw"], decimals=None))
    export = lake.export("t", format="csv", fields=["kw"], resolution=Resolution.of_seconds(60))

    content = b"".join(export.stream())

    assert export.find() is None
    made = export.make()
    assert made is not None
    assert len(made.path.read_bytes().splitlines()) == len(content.splitlines())


def test_what_is_asked_for_by_many_at_once_is_made_once(tmp_path: Path) -> None:
    store = MadeExports(tmp_path, most_bytes=1_000_000)
    made: list[int] = []

    def chunks() -> Iterator[bytes]:
        made.append(threading.get_ident())
        yield b"abc"

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: store.make("t", "key", chunks, is_current=always), range(16)))

    assert len(made) == 1
    assert len(found) == 1


def test_what_is_larger_than_half_the_bound_is_handed_on_and_not_kept(tmp_path: Path) -> None:
    store = MadeExports(tmp_path, most_bytes=10)

    assert list(store.copy("t", "key", [b"1234", b"5678"], is_current=always)) == [b"1234", b"5678"]
    assert store.make("t", "key", lambda: [b"1234", b"5678"], is_current=always) is None
    assert list(tmp_path.glob("*/*")) == []
    assert store.make("t", "small", lambda: [b"12345"], is_current=always) is not None


def test_a_bound_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    store = MadeExports(tmp_path, most_bytes=0)

    assert b"".join(store.copy("t", "key", [b"x"], is_current=always)) == b"x"
    assert store.make("t", "key", lambda: [b"x"], is_current=always) is None
    assert store.find("t", "key") is None


def test_those_that_have_not_been_used_for_longest_make_room(tmp_path: Path) -> None:
    store = MadeExports(tmp_path, most_bytes=30)
    hour_ago = time.time() - 3_600
    for number, name in enumerate(["oldest", "used", "third"]):
        made = store.make("t", name, lambda: [b"1234567890"], is_current=always)
        assert made is not None
        os.utime(made.path, (hour_ago + number, hour_ago + number))
    assert store.find("t", "used") is not None

    assert store.make("u", "newest", lambda: [b"1234567890"], is_current=always) is not None

    there = {name: store.find(table, name) is not None for table, name in
             [("t", "oldest"), ("t", "used"), ("t", "third"), ("u", "newest")]}  # fmt: skip
    assert there == {"oldest": False, "used": True, "third": True, "newest": True}


def test_what_a_killed_server_left_half_written_goes_with_the_next_one(tmp_path: Path) -> None:
    store = MadeExports(tmp_path, most_bytes=1_000)
    (tmp_path / "t").mkdir()
    dead, alive = tmp_path / "t" / "dead.half", tmp_path / "t" / "alive.half"
    for path in (dead, alive):
        path.write_bytes(b"x")
    os.utime(dead, (time.time() - 7_200, time.time() - 7_200))

    assert store.make("t", "key", lambda: [b"x"], is_current=always) is not None

    assert (dead.exists(), alive.exists()) == (False, True)


def test_a_file_that_is_not_as_long_as_its_name_says_is_not_served(tmp_path: Path) -> None:
    store = MadeExports(tmp_path, most_bytes=1_000)
    made = store.make("t", "key", lambda: [b"whole"], is_current=always)
    assert made is not None
    made.path.write_bytes(b"")  # as a power cut can leave it

    assert store.find("t", "key") is None
    again = store.make("t", "key", lambda: [b"whole"], is_current=always)
    assert again is not None
    assert again.path.read_bytes() == b"whole"


@pytest.mark.parametrize("where", ["writing", "placing"])
def test_a_full_disk_stops_the_keeping_and_not_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    store = MadeExports(tmp_path, most_bytes=1_000)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fairwatt.lake.made._write" if where == "writing" else "fairwatt.lake.made.sync_file", full)

    assert list(store.copy("t", "key", [b"1", b"2"], is_current=always)) == [b"1", b"2"]
    assert store.make("t", "key", lambda: [b"1", b"2"], is_current=always) is None
    assert list((tmp_path / "t").iterdir()) == []


def test_a_disk_that_is_nearly_full_is_left_to_what_cannot_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MadeExports(tmp_path, most_bytes=1_000_000)
    usage = type("usage", (), {"total": 100_000_000_000, "used": 0, "free": 1_000_000_100})
    monkeypatch.setattr("fairwatt.lake.made.shutil.disk_usage", lambda _: usage)

    assert store.has_room(99)
    assert not store.has_room(101)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_files_that_need_no_sorting_have_the_same_bytes_however_they_are_read(
    ingest: Ingest, make_profile: MakeProfile, lake: Lake, form: str
) -> None:
    """Their groups of rows end elsewhere than the export's."""
    ingest(["time,kw", *seconds(130_000)], make_profile(["kw"]), source="a")
    later = [f"{FIRST + timedelta(days=3, seconds=i):%Y-%m-%d %H:%M:%S},{i}" for i in range(130_000)]
    ingest(["time,kw", *later], make_profile(["kw"]), source="b")
    made = set()
    for threads in (1, 2, 4):
        engine = Lake(lake.root, memory_limit="200MB", threads=threads, kept_bytes=0)
        made.add(b"".join(engine.export("t", format=form, fields=["kw"]).stream()))
    (content,) = made
    if form == "parquet":
        groups = pq.ParquetFile(io.BytesIO(content)).metadata
        assert [groups.row_group(at).num_rows for at in range(groups.num_row_groups)] == [122_880, 122_880, 14_240]
    else:
        assert [len(batch) for batch in pa.ipc.open_stream(content)] == [122_880, 122_880, 14_240]


def test_rows_of_many_channels_come_few_at_a_time(ingest: Ingest, make_profile: MakeProfile, lake: Lake) -> None:
    fields = [f"c{number}" for number in range(150)]
    stamps = [f"{FIRST + timedelta(seconds=i):%Y-%m-%d %H:%M:%S}" for i in range(9_000)]
    ingest([",".join(["time", *fields]), *(f"{at}{',1' * 150}" for at in stamps)], make_profile(fields))
    sizes = [len(batch) for batch in lake.batches("t", fields=fields)]
    assert sum(sizes) == 9_000
    assert max(sizes) * 150 <= 1_000_000
    pieces = [len(piece) for piece in lake.export("t", format="csv", fields=fields).stream()]
    assert max(pieces) <= 300_000
