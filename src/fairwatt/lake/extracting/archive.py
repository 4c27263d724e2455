"""Zip archives of many files: those of one form are one table with several parts, the others tables of their own."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from fairwatt.core.errors import FairwattError, TooLarge, UnreadableFile
from fairwatt.core.files.encodings import find_encoding, find_line_end
from fairwatt.core.files.profile import Dialect
from fairwatt.core.files.recognition import recognise_kind
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting.joining import Part, join_parts
from fairwatt.lake.extracting.tables import Extraction, TextTable
from fairwatt.lake.opening import damaged, locked, unpack
from fairwatt.lake.plain import is_plain, write_plain
from fairwatt.lake.sampling import sample_file

Extract = Callable[..., Extraction]
MOST_MEMBERS = 10_000
_NOTED = 500


def members_of(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive; folders and what a Mac adds are left out."""
    return [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not member.filename.startswith("__MACOSX/")
        and PurePosixPath(member.filename).name not in {".DS_Store", "Thumbs.db"}
    ]


class Archive:
    """Takes the tables out of a zip, within the room that its size allows for."""

    def __init__(self, path: Path, *, work: Path, name: str, patient: Patient, limit: int) -> None:
        self._path, self._work, self._name, self._patient = path, work, name, patient
        self._room = limit
        self.listed: list[dict[str, object]] = []

    def tables(self, extract: Extract) -> list[TextTable]:
        """Write out the tables of all members; ``extract`` opens one that is a container itself."""
        parts: list[Part] = []
        with zipfile.ZipFile(self._path) as archive:
            members = members_of(archive)
            if len(members) > MOST_MEMBERS:
                raise TooLarge(
                    f"{self._name} holds {len(members):,} files; at most {MOST_MEMBERS:,} are looked into.",
                    where={"file": self._name},
                    next_step="Put the readings of several files into one, or upload them in parts.",
                )
            if any(member.flag_bits & 1 for member in members):
                raise locked(self._name)
            names = _short_names([member.filename for member in members])
            for number, (member, short) in enumerate(zip(members, names, strict=True)):
                self._patient.check(0.0, f"Unpacking file {number + 1:,} of {len(members):,}")
                parts += self._parts(archive, member, short, number, extract)
        return join_parts(parts, work=self._work, word="file")

    def _parts(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, short: str, number: int, extract: Extract
    ) -> list[Part]:
        target = self._work / f"member-{number}"
        with archive.open(member) as packed:
            self._take(packed, target)
        path = self._unzipped(target)
        sample = sample_file(path)
        form, _ = recognise_kind(sample.head)
        self.listed.append({"name": member.filename, "format": form, "bytes": path.stat().st_size})
        if form in {"CSV", "TSV", "Text"}:
            return [Part(TextTable(_as_plain(path, short), title=short), short)]
        if form in {"zip", "unknown", "empty"}:
            path.unlink()
            return []
        folder = self._work / f"tables-{number}"
        folder.mkdir()
        try:
            tables = extract(path, form=form, work=folder, name=short, patient=self._patient).tables
        except UnreadableFile as error:
            self.listed[-1]["unreadable"] = error.message
            return []
        return [Part(replace(table, title=_titled(short, table.title, tables)), short) for table in tables]

    def _take(self, packed: IO[bytes], target: Path) -> None:
        unpack(packed, target, limit=self._room, name=self._name)
        self._room -= target.stat().st_size

    def _unzipped(self, path: Path) -> Path:
        """A member that is a gzip itself, unpacked."""
        with path.open("rb") as file:
            if file.read(2) != b"\x1f\x8b":
                return path
        inner = path.with_suffix(".inner")
        with gzip.open(path, "rb") as packed:
            self._take(packed, inner)  # type: ignore[arg-type]
        path.unlink()
        return inner


def extract_archive(path: Path, *, work: Path, name: str, patient: Patient, limit: int, extract: Extract) -> Extraction:
    """The tables of a zip of many files, and what it holds."""
    archive = Archive(path, work=work, name=name, patient=patient, limit=limit)
    try:
        tables = archive.tables(extract)
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, ValueError, OSError) as error:
        raise _said(error, name) from error
    return Extraction(tables, {"files": archive.listed[:_NOTED], "files_total": len(archive.listed)})


def _said(error: Exception, name: str) -> Exception:
    return error if isinstance(error, FairwattError) else damaged(name, "zip")


def _titled(short: str, title: str, tables: Sequence[TextTable]) -> str:
    return f"{short}: {title}" if title and len(tables) > 1 else short


def _short_names(names: Sequence[str]) -> list[str]:
    """Names without their folders and their common ending, where that still tells them apart."""
    bare = [PurePosixPath(name.replace("\\", "/")) for name in names]
    for short in (
        [path.name.removesuffix(".gz").rpartition(".")[0] or path.name for path in bare],
        [p.name for p in bare],
    ):
        if len(set(short)) == len(short):
            return short
    return list(names)


def _as_plain(path: Path, name: str) -> Path:
    """The text in UTF-8 with one line end, so that texts of several encodings can be joined."""
    sample = sample_file(path)
    encoding = find_encoding(sample)
    text = sample.head.decode(encoding, errors="replace")
    dialect = Dialect(encoding=encoding, line_end=find_line_end(text))
    if is_plain(dialect):
        return path
    plain = path.with_suffix(".plain")
    write_plain(path, plain, dialect, name=name)
    path.unlink()
    return plain
