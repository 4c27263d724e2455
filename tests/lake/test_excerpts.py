"""What is too large to be gone through while somebody waits is looked at by an excerpt, and said to be."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import netCDF4
import numpy as np
import pyarrow as pa
import pytest

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.profile import Compression
from fairwatt.lake import opening
from fairwatt.lake.extracting import archive, containers
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


def times(count: int) -> list[str]:
    return [f"{BEGIN + n * MINUTE:%Y-%m-%dT%H:%M}Z" for n in range(count)]


def as_records(count: int) -> bytes:
    rows = (f'{{"time": "{time}", "power_kw": {n * 37 % 900 / 10}}}' for n, time in enumerate(times(count)))
    return ("[" + ",\n".join(rows) + "]").encode()


def as_answer(count: int) -> bytes:
    return b'{"success": true, "result": {"records": ' + as_records(count) + b', "total": 3}}'


def as_lines(count: int) -> bytes:
    return as_records(count).strip(b"[]").replace(b",\n", b"\n")


def as_markup(count: int) -> bytes:
    rows = (f"<r><time>{time}</time><power_kw>{n % 7 / 2}</power_kw></r>" for n, time in enumerate(times(count)))
    return ("<day><rows>" + "\n".join(rows) + "</rows></day>").encode()


@pytest.mark.parametrize("make", [as_records, as_answer, as_lines, as_markup])
def test_a_file_that_is_read_from_its_beginning_is_looked_at_there(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Callable[[int], bytes]
) -> None:
    monkeypatch.setattr(containers, "CUT_BYTES", 200_000)
    monkeypatch.setattr(containers, "EXCERPT_BYTES", 200_000)

    found = look(make(20_000), "in.json")

    assert found.main is not None
    assert found.main.inspection.profile is not None
    assert [rule.name for rule in found.main.inspection.profile.channels] == ["power_kw"]
    assert [finding.code for finding in found.findings] == ["beginning-looked-at"]
    survey = survey_table(found.main.table, found.main.inspection.profile, name="in", work=tmp_path / "work")
    assert (survey.start, survey.resolution_s, survey.is_exact) == (BEGIN, 60, False)
    assert abs(survey.rows - 20_000) < 300


def test_of_arrays_side_by_side_the_first_rows_are_looked_at(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "CUT_BYTES", 10_000)
    monkeypatch.setattr(containers, "EXCERPT_BYTES", 200_000)
    monkeypatch.setattr(containers, "EXCERPT_ITEMS", 1_000)
    values = [f"{10 + n * 37 % 900 / 10:.1f}" for n in range(5_000)]
    arrays = f'{{"time": {json.dumps(times(5_000))}, "power_kw": [{", ".join(values)}]}}'

    found = look(arrays.encode(), "in.json")

    assert found.main is not None
    assert found.main.inspection.kind == "readings"
    assert [finding.code for finding in found.findings] == ["beginning-looked-at"]
    assert found.main.table.rows == 1_000
    assert abs((found.main.table.rows_in_all or 0) - 5_000) < 10
    assert found.main.table.path.read_text().splitlines()[1_000] == f"{times(1_000)[999]},{values[999]}"


def test_a_large_database_is_looked_at_from_the_first_to_the_last_row(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(containers, "EXCERPT_ROWS", 60_000)
    path, count = tmp_path / "t.sqlite", 120_000
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE readings (time TEXT, power_kw REAL)")
        rows = ((time, n * 37 % 900 / 10) for n, time in enumerate(times(count)))
        connection.executemany("INSERT INTO readings VALUES (?, ?)", rows)
        connection.commit()

    found = look(path.read_bytes(), "t.sqlite")

    assert found.main is not None
    assert found.main.inspection.profile is not None
    survey = survey_table(found.main.table, found.main.inspection.profile, name="t", work=tmp_path / "work")
    assert (survey.rows, survey.start, survey.end) == (count, BEGIN, BEGIN + count * MINUTE)


@pytest.mark.parametrize("series", [1, 3])
def test_large_arrays_are_looked_at_from_the_first_to_the_last_time(
    look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, series: int
) -> None:
    monkeypatch.setattr(containers, "EXCERPT_CELLS", 210_000)
    count = 240_000
    path = tmp_path / "t.nc"
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("time", count)
        data.createDimension("station", series)
        stamps = data.createVariable("time", "i8", ("time",))
        stamps.units = "minutes since 2015-01-01"
        stamps[:] = np.arange(count)
        power = data.createVariable("power", "f8", ("time", "station")[: 1 + (series > 1)])
        power.units = "kW"
        power[:] = (np.arange(count * series) * 37 % 900 / 10).reshape(power.shape)

    found = look(path.read_bytes(), "t.nc")

    assert found.main is not None
    assert found.main.inspection.profile is not None
    assert found.main.table.rows_in_all == count * series
    survey = survey_table(found.main.table, found.main.inspection.profile, name="t", work=tmp_path / "work")
    assert (survey.start, survey.end, survey.is_exact) == (BEGIN, BEGIN + count * MINUTE, False)


def test_of_many_files_in_an_archive_some_are_looked_at(look: Look, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("readme.txt", "What the files are.")
        for day in range(200):
            rows = (f"{BEGIN + day * 1440 * MINUTE + n * 30 * MINUTE:%Y-%m-%d %H:%M}Z,{n}.5\n" for n in range(48))
            made.writestr(f"day-{day:03}.csv", "time,power (kW)\n" + "".join(rows))

    found = look(buffer.getvalue(), "days.zip")
    whole = look(buffer.getvalue(), "days.zip", is_excerpt=False)

    assert found.main is not None
    assert found.main.inspection.profile is not None
    assert (found.main.title, found.description["files_total"]) == ("day-000 … day-199", 201)
    assert [finding.code for finding in found.findings] == ["some-files-looked-at"]
    survey = survey_table(found.main.table, found.main.inspection.profile, name="d", work=tmp_path / "work")
    assert (survey.start, survey.end) == (BEGIN, BEGIN + 200 * 1440 * MINUTE)
    assert abs(survey.rows - 9_600) < 200
    assert whole.main is not None
    assert (whole.main.title, whole.findings) == ("day-000 … day-199", ())
    lines = whole.main.table.path.read_text().splitlines()
    assert (lines[0], len(lines)) == ("time,power (kW)", 9_601)
    assert lines[1:] == sorted(lines[1:])


def test_only_the_beginnings_of_large_files_in_an_archive_are_looked_at(
    look: Look, monkeypatch: pytest.MonkeyPatch, text: bytes, tmp_path: Path
) -> None:
    monkeypatch.setattr(archive, "EXCERPT_BYTES", 600_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("north.csv", text)
        made.writestr("south.csv", text)

    found = look(buffer.getvalue(), "two.zip")

    assert found.main is not None
    assert found.main.inspection.profile is not None
    assert found.main.table.path.stat().st_size < 800_000
    survey = survey_table(found.main.table, found.main.inspection.profile, name="d", work=tmp_path / "work")
    assert survey.series == ("north", "south")
    assert abs(survey.rows - 2 * ROWS) < 3_000
