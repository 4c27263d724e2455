"""Copies of a store's files are bounded, whole, and never deleted under whoever reads them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fairwatt.lake.stores.cache import FileCache

LONG_AGO = 7_200


def writing(data: bytes, made: list[int] | None = None) -> Callable[[Path], None]:
    """What writes ``data`` into a copy."""

    def write(path: Path) -> None:
        if made is not None:
            made.append(len(data))
            time.sleep(0.05)
        path.write_bytes(data)

    return write


def aged(path: Path, seconds: float) -> Path:
    """A file that was last used so long ago."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def test_the_least_recently_used_copies_go_and_those_in_use_stay(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", most_bytes=1_000)
    paths = [cache.root / "tables" / str(number) for number in range(5)]
    for number, path in enumerate(paths):
        cache.fetch(path, 200, writing(b"x" * 200))
        aged(path, LONG_AGO - number)
    assert cache.find(paths[0]) == paths[0]  # used just now
    cache.fetch(cache.root / "tables" / "new", 200, writing(b"y" * 200))
    left = sorted(path.name for path in (cache.root / "tables").iterdir())
    assert left == ["0", "2", "3", "4", "new"]
    assert sum(path.stat().st_size for path in (cache.root / "tables").iterdir()) <= 1_000


def test_copies_that_were_asked_for_just_now_outlast_the_bound(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", most_bytes=100)
    for name in "abc":
        cache.fetch(cache.root / name, 90, writing(b"x" * 90))
    assert {path.name for path in cache.root.iterdir() if path.suffix != ".lock"} == {"a", "b", "c"}


def test_a_copy_is_made_once_for_all_who_ask_and_appears_whole(tmp_path: Path) -> None:
    cache, made = FileCache(tmp_path / "cache", most_bytes=10_000), list[int]()
    path = cache.root / "deep" / "file"
    seen: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: seen.append(cache.fetch(path, 5, writing(b"bytes", made)).read_bytes()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, made) == ([b"bytes"] * 4, [5])


def test_a_copy_that_could_not_be_made_leaves_nothing(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", most_bytes=10_000)

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("the store is away")

    with pytest.raises(OSError, match="away"):
        cache.fetch(cache.root / "file", 10, fail)
    assert [path for path in cache.root.rglob("*") if path.suffix != ".lock"] == []


def test_a_copy_of_another_size_is_made_anew(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", most_bytes=10_000)
    cache.fetch(cache.root / "file", 3, writing(b"old"))
    assert cache.find(cache.root / "file", 5) is None
    assert cache.fetch(cache.root / "file", 5, writing(b"fresh")).read_bytes() == b"fresh"


def test_what_processes_that_died_left_is_cleared_away(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", most_bytes=10_000)
    for name, age in ((".dead.half", 2 * LONG_AGO), (".alive.half", 5)):
        cache.root.mkdir(exist_ok=True)
        (cache.root / name).write_bytes(b"x")
        aged(cache.root / name, age)
    cache.evict()
    assert [path.name for path in cache.root.iterdir()] == [".alive.half"]


def test_a_file_too_large_to_keep_is_consumed_all_the_same(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "cache", most_bytes=100)
    for name, size in (("small", 20), ("large", 80)):
        source = tmp_path / name
        source.write_bytes(b"x" * size)
        cache.adopt(cache.root / name, source)
        assert not source.exists()
    assert [path.name for path in cache.root.iterdir()] == ["small"]
