"""The raw store keeps bytes once, whole, and hands them out by range."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.lake import RawFile, RawStore
from fairwatt.lake.stores import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(LocalStore(tmp_path))


def arrived(tmp_path: Path, data: bytes, name: str = "arrived") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_file_is_found_under_its_hash_and_leaves_its_old_place(store: RawStore, tmp_path: Path) -> None:
    data = b"Date,kW\n2020-01-01,1\n"
    path = arrived(tmp_path, data)
    kept = store.add(path)
    assert kept == RawFile(sha256(data).hexdigest(), len(data))
    assert not path.exists()
    assert store.path(kept.sha256).read_bytes() == data
    assert store.exists(kept.sha256)
    assert store.size(kept.sha256) == len(data)


def test_the_same_bytes_are_kept_once(store: RawStore, tmp_path: Path) -> None:
    first = store.add(arrived(tmp_path, b"same"))
    inode = store.path(first.sha256).stat().st_ino
    second = arrived(tmp_path, b"same", "again")
    assert store.add(second, sha256=first.sha256) == first
    assert not second.exists()
    assert store.path(first.sha256).stat().st_ino == inode


def test_ranges_are_half_open_and_end_with_the_file(store: RawStore, tmp_path: Path) -> None:
    kept = store.add(arrived(tmp_path, bytes(range(256)) * 10_000))
    read = {
        part: b"".join(store.open_range(kept.sha256, *part))
        for part in ((0, None), (5, 10), (7, 7), (2_559_990, 9_999_999))
    }
    assert read[0, None] == bytes(range(256)) * 10_000
    assert read[5, 10] == bytes(range(5, 10))
    assert read[7, 7] == b""
    assert read[2_559_990, 9_999_999] == bytes(range(246, 256))


def test_what_is_not_there_is_said_at_once(store: RawStore) -> None:
    with pytest.raises(NotFound):
        store.open_range("0" * 64)
    with pytest.raises(NotFound):
        store.size("0" * 64)
    assert not store.exists("0" * 64)
    store.remove("0" * 64)


def test_a_range_outside_the_file_is_refused(store: RawStore, tmp_path: Path) -> None:
    kept = store.add(arrived(tmp_path, b"abc"))
    with pytest.raises(InvalidInput):
        store.open_range(kept.sha256, 4, 3)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_hash_names_a_file(store: RawStore, name: str) -> None:
    with pytest.raises(InvalidInput):
        store.path(name)


def test_a_removed_file_is_gone(store: RawStore, tmp_path: Path) -> None:
    kept = store.add(arrived(tmp_path, b"abc"))
    store.remove(kept.sha256)
    assert not store.exists(kept.sha256)
