"""Packed files are unpacked under a guard, and never leave anything behind."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.profile import Compression
from fairwatt.lake import Lake, sample_file

TEXT = b"Date,kW\n" + b"".join(b"2020-01-01 00:%02d:00,%d.5\n" % (i % 60, i) for i in range(20_000))


def keep(lake: Lake, tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "arrived"
    path.write_bytes(data)
    return lake.raw.add(path).sha256


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def left_behind(lake: Lake) -> list[Path]:
    work = lake.root / "work"
    return list(work.iterdir()) if work.exists() else []


def test_a_plain_file_is_read_where_it_stands(lake: Lake, tmp_path: Path) -> None:
    name = keep(lake, tmp_path, TEXT)
    with lake.readable(name, max_ratio=200, name="a.csv") as readable:
        assert (readable.path, readable.compression, readable.member) == (lake.raw.path(name), Compression.NONE, "")


def test_a_gzip_is_unpacked_and_its_copy_goes_away(lake: Lake, tmp_path: Path) -> None:
    name = keep(lake, tmp_path, gzip.compress(TEXT))
    with lake.readable(name, max_ratio=200, name="a.csv.gz") as readable:
        assert readable.compression is Compression.GZIP
        assert readable.path.read_bytes() == TEXT
    assert left_behind(lake) == []


def test_layers_of_packing_are_opened_one_after_another(lake: Lake, tmp_path: Path) -> None:
    name = keep(lake, tmp_path, gzip.compress(zipped(**{"a.csv.gz": gzip.compress(TEXT)})))
    with lake.readable(name, max_ratio=200, name="a.zip.gz") as readable:
        assert (readable.compression, readable.member) == (Compression.GZIP, "a.csv.gz")
        assert readable.path.read_bytes() == TEXT
    assert left_behind(lake) == []


def test_a_bomb_in_layers_is_stopped(lake: Lake, tmp_path: Path) -> None:
    name = keep(lake, tmp_path, gzip.compress(gzip.compress(bytes(90 << 20))))
    with pytest.raises(TooLarge), lake.readable(name, max_ratio=200, name="a.gz.gz"):
        pass
    assert left_behind(lake) == []


def test_a_zip_of_one_file_is_unpacked_whatever_its_member_is_called(lake: Lake, tmp_path: Path) -> None:
    name = keep(lake, tmp_path, zipped(**{"../../../escaped.csv": TEXT, "__MACOSX/._x": b"x"}))
    with lake.readable(name, max_ratio=200, name="a.zip") as readable:
        assert (readable.compression, readable.member) == (Compression.ZIP, "../../../escaped.csv")
        assert readable.path.read_bytes() == TEXT
        assert readable.path.is_relative_to(lake.root)
    assert left_behind(lake) == []
    assert not list(tmp_path.rglob("escaped.csv"))


@pytest.mark.parametrize(
    "data",
    [zipped(**{"[Content_Types].xml": b"<x/>"}), zipped(**{"a.csv": b"1", "b.csv": b"2"}), zipped()],
    ids=["spreadsheet", "two files", "empty"],
)
def test_other_zips_stay_as_they_are(lake: Lake, tmp_path: Path, data: bytes) -> None:
    name = keep(lake, tmp_path, data)
    with lake.readable(name, max_ratio=200, name="a.zip") as readable:
        assert (readable.path, readable.compression) == (lake.raw.path(name), Compression.NONE)


@pytest.mark.parametrize("cut", [20, 1_000])
@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(a=data)], ids=["gzip", "zip"])
def test_a_file_cut_off_is_said_to_be(lake: Lake, tmp_path: Path, pack: object, cut: int) -> None:
    name = keep(lake, tmp_path, pack(TEXT)[:-cut])
    with pytest.raises(UnreadableFile, match="cut off or damaged"), lake.readable(name, max_ratio=200, name="a"):
        pass
    assert left_behind(lake) == []


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(a=data)], ids=["gzip", "zip"])
def test_a_bomb_is_stopped_at_the_guard(
    lake: Lake, tmp_path: Path, pack: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwatt.lake.opening.FREE_BYTES", 1 << 20)
    name = keep(lake, tmp_path, pack(bytes(50 << 20)))
    with pytest.raises(TooLarge, match=r"a\.gz unpacks to more than"), lake.readable(name, max_ratio=20, name="a.gz"):
        pass
    assert left_behind(lake) == []


def test_a_small_file_may_unpack_to_some_megabytes(lake: Lake, tmp_path: Path) -> None:
    name = keep(lake, tmp_path, gzip.compress(bytes(20 << 20)))
    with lake.readable(name, max_ratio=2, name="a.gz") as readable:
        assert readable.path.stat().st_size == 20 << 20


def test_a_sample_of_a_small_file_is_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(TEXT)
    sample = sample_file(path)
    assert (sample.head, sample.tail, sample.middles, sample.size, sample.complete) == (TEXT, b"", (), len(TEXT), True)


@pytest.mark.parametrize("size", [(1 << 20) + 1, 3 << 20, 20 << 20])
def test_a_sample_of_a_large_file_holds_its_true_bytes(tmp_path: Path, size: int) -> None:
    data = (TEXT * (size // len(TEXT) + 1))[:size]
    path = tmp_path / "a"
    path.write_bytes(data)
    sample = sample_file(path)
    assert not sample.complete
    assert sample.size == size
    assert data.startswith(sample.head)
    assert data.endswith(sample.tail)
    assert all(data[at : at + len(part)] == part for at, part in sample.middles)
    ends = [len(sample.head), *(at + len(part) for at, part in sample.middles)]
    begins = [*(at for at, _ in sample.middles), size - len(sample.tail)]
    assert all(end <= begin for end, begin in zip(ends, begins, strict=True))


def test_a_zip_whose_list_points_outside_of_it_is_damaged(lake: Lake, tmp_path: Path) -> None:
    whole = zipped(**{"a.csv": TEXT})
    name = keep(lake, tmp_path, b"PK\x03\x04" + whole[2_000:])
    with pytest.raises(UnreadableFile, match=r"cut off or damaged"), lake.readable(name, max_ratio=200, name="a.zip"):
        pass
    assert left_behind(lake) == []


def test_a_zip_that_asks_for_a_reader_of_a_version_to_come_is_damaged(lake: Lake, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", "time,kw\n2026-01-01 00:00,1\n")
    spoilt = bytearray(buffer.getvalue())
    spoilt[spoilt.index(b"PK\x01\x02") + 6] = 226  # the version needed to extract it, in its directory
    name = keep(lake, tmp_path, bytes(spoilt))
    with pytest.raises(UnreadableFile, match="cut off or damaged"), lake.readable(name, max_ratio=200, name="a.zip"):
        pass
