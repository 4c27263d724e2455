"""What is too large to be gone through while somebody waits is looked at by an excerpt, and said to be."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.profile import Compression
from fairwatt.lake import opening
from fairwatt.lake.looking import FileLook, look_at_file
from fairwatt.lake.surveying import survey_table

BEGIN = datetime(2015, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROWS = 150_000  # 4 MB of text
Look = Callable[..., FileLook]


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("in.csv", data)
    return buffer.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 1),
    "zip": zipped,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
}


@pytest.fixture(scope="module")
def text() -> bytes:
    rows = (f"{BEGIN + n * MINUTE:%Y-%m-%dT%H:%M}Z,{n * 37 % 900 / 10}\n" for n in range(ROWS))
    return ("time,power (kW)\n" + "".join(rows)).encode()


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Look]:
    with ExitStack() as stack:

        def look_at(data: bytes, name: str, *, is_excerpt: bool = True) -> FileLook:
            path = tmp_path / "received"
            path.write_bytes(data)
            work = tmp_path / "work"
            return stack.enter_context(look_at_file(path, name=name, work=work, is_excerpt=is_excerpt))

        yield look_at
    assert not list((tmp_path / "work").glob("*")), "nothing stays behind"


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_large_packed_text_is_not_written_out_to_be_looked_at(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: bytes, packing: str
) -> None:
    monkeypatch.setattr(opening, "WRITTEN_BYTES", 2 << 20)

    found = look(PACKINGS[packing](text), "in.csv.gz")

    assert found.path.stat().st_size <= 2 << 20
    assert (found.format, found.compression, found.findings) == ("CSV", packing, ())
    assert found.main is not None
    assert found.main.inspection.profile is not None
    assert found.main.inspection.questions == ()
    survey = survey_table(found.main.table, found.main.inspection.profile, name="in.csv", work=tmp_path / "work")
    assert (survey.start, survey.end, survey.is_exact) == (BEGIN, BEGIN + ROWS * MINUTE, False)
    assert abs(survey.rows - ROWS) < ROWS // 100


@pytest.mark.parametrize(("packing", "kind"), [("bzip2", "BZIP2"), ("xz", "XZ")])
def test_what_unpacks_slowly_is_looked_at_by_its_beginning_and_that_is_said(
    look: Look, monkeypatch: pytest.MonkeyPatch, text: bytes, packing: str, kind: str
) -> None:
    monkeypatch.setattr(opening, "WRITTEN_BYTES", 1 << 20)
    monkeypatch.setitem(opening.MOST_PASSING, Compression[kind], 2 << 20)

    found = look(PACKINGS[packing](text), "in.csv")

    assert [finding.code for finding in found.findings] == ["beginning-looked-at"]
    assert found.main is not None
    assert found.main.inspection.kind == "readings"


def test_a_large_packed_text_that_is_no_plain_table_is_gone_through(
    look: Look, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.setattr(opening, "WRITTEN_BYTES", 1 << 20)
    aligned = text.replace(b",", b"    ")

    found = look(gzip.compress(aligned, 1), "in.txt.gz")

    assert found.main is not None
    assert found.main.inspection.kind == "readings"
    assert found.main.table.path.read_bytes().count(b"\n") == ROWS + 1


def test_a_whole_look_writes_out_everything(look: Look, monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr(opening, "WRITTEN_BYTES", 1 << 20)
    found = look(gzip.compress(text, 1), "in.csv.gz", is_excerpt=False)
    assert found.path.read_bytes() == text


@pytest.mark.parametrize("packing", ["gzip", "zip"])
def test_damage_behind_the_beginning_is_told(
    look: Look, monkeypatch: pytest.MonkeyPatch, text: bytes, packing: str
) -> None:
    monkeypatch.setattr(opening, "WRITTEN_BYTES", 1 << 20)
    packed = bytearray(PACKINGS[packing](text))
    packed[len(packed) * 2 // 3 : len(packed) * 2 // 3 + 50] = b"\0" * 50
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(bytes(packed), "in.csv")


def test_a_bomb_of_text_is_stopped_in_a_look_too(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "WRITTEN_BYTES", 1 << 20)
    monkeypatch.setattr(opening, "FREE_BYTES", 8 << 20)
    with pytest.raises(TooLarge, match="unpacks to more than"):
        look(gzip.compress(b"2020-01-01 00:00,1\n" * 1_000_000), "bomb.gz")
