"""Zips of many files: parts of one table, tables of their own, and what is no table."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.profile import TableRule
from fairwatt.lake import opening
from fairwatt.lake.extracting import archive
from fairwatt.lake.looking import FileLook

Look = Callable[..., FileLook]


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return buffer.getvalue()


def day(date: str, *, delimiter: str = ",", head: str = "time,kWh") -> bytes:
    rows = [f"{date} {n // 2:02}:{n % 2 * 30:02}{delimiter}{n}" for n in range(48)]
    return "\n".join([head, *rows, ""]).encode()


def test_a_file_a_month_is_one_table_in_the_order_of_time(look: Look) -> None:
    members = {f"data/2021-{month:02}.csv": day(f"2021-{month:02}-01") for month in (3, 1, 2)}
    found = look(zipped(**members), "year.zip")
    [table] = found.tables
    lines = table.table.path.read_text().splitlines()
    assert (table.title, table.table.rule) == (
        "2021-01 … 2021-03",
        TableRule(parts=("2021-01", "2021-02", "2021-03")),
    )
    assert (len(lines), lines[0], lines[1], lines[49], lines[97]) == (
        145,
        "time,kWh",
        "2021-01-01 00:00,0",
        "2021-02-01 00:00,0",
        "2021-03-01 00:00,0",
    )
    assert (table.table.place_of(2), table.table.place_of(50)) == ("file ‘2021-01’, line 2", "file ‘2021-02’, line 2")
    assert (found.format, found.description["files_total"]) == ("zip", 3)


def test_a_file_a_meter_is_told_apart_by_its_name(look: Look) -> None:
    members = {f"meter {m}.csv": day("2021-01-01") for m in "ABC"}
    [table] = look(zipped(**members), "meters.zip").tables
    lines = table.table.path.read_text().splitlines()
    assert (lines[0], lines[1], lines[49]) == (
        "series,time,kWh",
        "meter A,2021-01-01 00:00,0",
        "meter B,2021-01-01 00:00,0",
    )
    assert table.inspection.profile is not None
    assert table.inspection.profile.series_column == 0


def test_files_in_several_encodings_are_joined(look: Look) -> None:
    head = "Zeit;Preis (€/MWh)"
    members = {
        "a.csv": day("2021-01-01", delimiter=";", head=head).decode().replace("\n", "\r\n").encode("cp1252"),
        "b.csv": day("2021-01-02", delimiter=";", head=head).decode().encode("utf-16"),
    }
    [table] = look(zipped(**members), "prices.zip").tables
    lines = table.table.path.read_text().splitlines()
    assert (lines[0], lines[1], lines[49], len(lines)) == (head, "2021-01-01 00:00;0", "2021-01-02 00:00;0", 97)


def test_packed_files_documents_and_other_tables_are_listed(look: Look, tmp_path: Path) -> None:
    found = look(
        zipped(
            **{
                "jan.csv": day("2021-01-01"),
                "feb.csv.gz": gzip.compress(day("2021-02-01")),
                "../../../evil.csv": day("2021-03-01"),
                "sites.csv": b"site,name\n1,first\n2,second\n",
                "read me.txt": b"Nothing here.\n",
                "plan.pdf": b"%PDF-1.4",
                "inner.zip": zipped(a=b"1"),
            }
        ),
        "all.zip",
    )
    assert [(one.table.rule.parts, one.inspection.kind) for one in found.tables] == [
        (("jan", "feb", "evil"), "readings"),
        ((), "table"),
    ]
    assert [(one["name"], one["format"]) for one in found.description["files"]] == [
        ("jan.csv", "CSV"),
        ("feb.csv.gz", "CSV"),
        ("../../../evil.csv", "CSV"),
        ("sites.csv", "CSV"),
        ("read me.txt", "Text"),
        ("plan.pdf", "PDF"),
        ("inner.zip", "zip"),
        ("inner/a", "Text"),
    ]
    assert not [path for path in tmp_path.rglob("*evil*") if "work" not in path.parts]


def test_a_zip_of_documents_is_a_document(look: Look) -> None:
    found = look(zipped(**{"a.txt": b"Nothing here.\n", "b.pdf": b"%PDF-1.4"}), "papers.zip")
    assert (found.main, found.inspection.kind, found.inspection.format) == (None, "document", "zip")


def test_a_bomb_among_the_files_is_stopped(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "FREE_BYTES", 1 << 20)
    data = zipped(**{"a.csv": day("2021-01-01"), "b.csv": b"0" * (40 << 20), "c.csv": b"0" * (40 << 20)})
    with pytest.raises(TooLarge, match=r"bomb\.zip unpacks to more than"):
        look(data, "bomb.zip")


def test_too_many_files_are_told(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", 2)
    with pytest.raises(TooLarge, match="holds more than 2 files"):
        look(zipped(a=b"1", b=b"2", c=b"3"), "many.zip")


def test_a_locked_zip_is_told(look: Look) -> None:
    data = bytearray(zipped(**{"a.csv": day("2021-01-01"), "b.csv": day("2021-01-02")}))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag of a locked file in the list of files
    with pytest.raises(UnreadableFile, match="locked with a password"):
        look(bytes(data), "locked.zip")


def test_a_damaged_member_is_told(look: Look) -> None:
    data = bytearray(zipped(**{"a.csv": day("2021-01-01"), "b.csv": day("2021-01-02")}))
    data[60:90] = bytes(30)
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(bytes(data), "damaged.zip")


def tarred(mode: str, **members: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_a_tar_is_read_as_a_zip_is_and_its_links_are_not(look: Look, mode: str) -> None:
    members = {"../../b.csv": day("2021-01-02"), "a.csv": day("2021-01-01"), "._a.csv": b"\0\1"}
    found = look(tarred(mode, **members), "days.tar")
    [table] = found.tables
    assert (found.format, table.title) == ("tar", "a + b")
    assert [one["name"] for one in found.description["files"]] == ["../../b.csv", "a.csv"]


def test_archives_in_an_archive_are_opened_once_more_and_no_deeper(look: Look) -> None:
    deep = zipped(**{"c.csv": day("2021-01-03"), "d.csv": day("2021-01-04")})
    inner = zipped(**{"b.csv": day("2021-01-02"), "deep.zip": deep})
    found = look(zipped(**{"jan.zip": zipped(**{"a.csv": day("2021-01-01")}), "feb.zip": inner}), "year.zip")
    assert [table.title for table in found.tables] == ["jan + feb"]
    assert [(one["name"], one["format"]) for one in found.description["files"]] == [
        ("jan.zip", "zip"), ("jan/a.csv", "CSV"), ("feb.zip", "zip"), ("feb/b.csv", "CSV"), ("feb/deep.zip", "zip"),
    ]  # fmt: skip


def test_an_archive_in_an_archive_shares_its_room(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "FREE_BYTES", 1 << 20)
    bomb = zipped(**{"b.csv": b"0" * (40 << 20), "c.csv": b"0" * (40 << 20)})
    with pytest.raises(TooLarge, match="unpacks to more than"):
        look(zipped(**{"a.csv": day("2021-01-01"), "bomb.zip": bomb}), "outer.zip")


def test_a_tar_cut_off_is_told(look: Look) -> None:
    with pytest.raises(UnreadableFile, match="cut off or damaged"):
        look(tarred("w", **{"a.csv": day("2021-01-01") * 90})[:2_000], "days.tar")
