"""Zips that are made from any byte on: whatever is asked for, the parts are those of the whole."""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwatt.core.errors import DamagedData, InvalidInput
from fairwatt.lake.stored_zip import Stored, StoredZip

AT = datetime(2026, 6, 1, 12, 30, 44, tzinfo=UTC)
GIB = 1 << 30
_NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/\\."), min_size=1, max_size=12)


@st.composite
def zips(draw: st.DrawFn) -> tuple[dict[str, bytes], StoredZip]:
    names = draw(st.lists(_NAMES, max_size=5, unique_by=str.casefold))
    held = {f"data/{name}": draw(st.binary(max_size=60)) for name in names}
    return held, StoredZip([Stored.of_bytes(path, content) for path, content in held.items()], at=AT)


def whole(made: StoredZip) -> bytes:
    return b"".join(made.read(0, made.size))


@given(zips())
def test_python_reads_every_member_as_it_was_put_in(case: tuple[dict[str, bytes], StoredZip]) -> None:
    held, made = case
    with zipfile.ZipFile(io.BytesIO(whole(made))) as found:
        assert found.testzip() is None
        assert {info.filename: found.read(info) for info in found.infolist()} == held
        assert {info.date_time for info in found.infolist()} <= {(2026, 6, 1, 12, 30, 44)}
        assert {info.compress_type for info in found.infolist()} <= {zipfile.ZIP_STORED}


@given(zips(), st.lists(st.floats(0, 1), max_size=6))
def test_any_split_into_ranges_joins_to_the_same_bytes(
    case: tuple[dict[str, bytes], StoredZip], shares: list[float]
) -> None:
    _, made = case
    cuts = [0, *sorted(round(share * made.size) for share in shares), made.size]
    parts = [b"".join(made.read(low, high)) for low, high in itertools.pairwise(cuts)]
    assert [len(part) for part in parts] == [high - low for low, high in itertools.pairwise(cuts)]
    assert b"".join(parts) == whole(made)
    assert made.size == len(whole(made))


def test_the_same_members_make_the_same_bytes_and_others_another_layout() -> None:
    members = [Stored.of_bytes("a.txt", b"a"), Stored.of_bytes("b.txt", b"b")]
    made, again = StoredZip(members, at=AT), StoredZip(members, at=AT)
    assert (whole(made), made.layout_sha256) == (whole(again), again.layout_sha256)
    for others in (members[:1], members[::-1], [members[0], Stored.of_bytes("b.txt", b"c")]):
        assert StoredZip(others, at=AT).layout_sha256 != made.layout_sha256


def test_folders_are_told_of_where_they_are_named() -> None:
    made = StoredZip([Stored.folder("data"), Stored.of_bytes("data/a.txt", b"a")], at=AT)
    with zipfile.ZipFile(io.BytesIO(whole(made))) as found:
        assert [(info.filename, info.is_dir()) for info in found.infolist()] == [("data/", True), ("data/a.txt", False)]


def zeros(asked: list[tuple[int, int]]) -> Stored:
    """A member of 5 GiB that nobody could hold in memory; what is asked of it is noted."""
    size, piece = 5 * GIB, bytes(1 << 20)
    crc = 0  # nobody reads it from end to end here

    def read(start: int, end: int) -> Iterator[bytes]:
        asked.append((start, end))
        while start < end:
            yield piece[: end - start]
            start += len(piece[: end - start])

    return Stored("large/zeros.bin", size, crc, read)


def test_a_member_beyond_4_gib_and_those_behind_it_are_found_by_zip64() -> None:
    asked: list[tuple[int, int]] = []
    made = StoredZip(
        [Stored.of_bytes("first.txt", b"first"), zeros(asked), Stored.of_bytes("last.txt", b"last")], at=AT
    )
    with zipfile.ZipFile(_Far(made)) as found:
        assert [(info.filename, info.file_size) for info in found.infolist()] == [
            ("first.txt", 5),
            ("large/zeros.bin", 5 * GIB),
            ("last.txt", 4),
        ]
        assert found.read("last.txt") == b"last"
    assert sum(end - start for start, end in asked) < 1 << 20  # nothing of it was read to tell


class _Far(io.RawIOBase):
    """A zip as a file that is read by ranges."""

    def __init__(self, made: StoredZip) -> None:
        self._made, self._at = made, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._made.size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = b"".join(self._made.read(self._at, self._at + len(buffer)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not on this machine")
def test_unzip_finds_it_sound(tmp_path: Path) -> None:
    path = tmp_path / "made.zip"
    members = [Stored.of_bytes("readme.txt", b"Hello"), Stored.of_bytes("Süd/§ 1.csv", b"a,b\n1,2\n")]
    path.write_bytes(whole(StoredZip(members, at=AT)))
    done = subprocess.run(["unzip", "-t", str(path)], capture_output=True, check=False)
    assert (done.returncode, b"No errors detected" in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize(
    "content",
    [b"12345", b"123", b"1234567"],
    ids=["other bytes", "too few", "too many"],
)
def test_a_member_that_has_changed_since_is_no_end_of_the_zip(content: bytes) -> None:
    said = b"ABCDE"
    member = Stored("a.txt", len(said), zlib.crc32(said), lambda _start, _end: iter((content[:2], content[2:])))
    made = StoredZip([member], at=AT)
    with pytest.raises(DamagedData, match="not what it was"):
        list(made.read(0, made.size))


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../up", "a/../b", "a//b", "a\\b", "a\0b"])
def test_a_path_that_leads_out_of_the_folder_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput, match="no path"):
        StoredZip([Stored.of_bytes(path, b"")], at=AT)


def test_two_members_that_disks_take_for_one_are_refused() -> None:
    with pytest.raises(InvalidInput, match="stands twice"):
        StoredZip([Stored.of_bytes("A.txt", b""), Stored.of_bytes("a.txt", b"")], at=AT)
