"""Archives, zip and tar: files of one form are one table with several parts, the others tables of their own."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from fairwatt.core.errors import FairwattError, TooLarge, UnreadableFile
from fairwatt.core.files.encodings import find_encoding, find_line_end
from fairwatt.core.files.profile import Dialect
from fairwatt.core.files.recognition import recognise_kind
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting import members
from fairwatt.lake.extracting.joining import Part, join_parts
from fairwatt.lake.extracting.tables import Extraction, TextTable
from fairwatt.lake.inflating import INFLATE_ERRORS
from fairwatt.lake.lines import count_lines
from fairwatt.lake.opening import TEXT_FORMS, damage_said, damaged, locked, unpack
from fairwatt.lake.plain import is_plain, write_plain
from fairwatt.lake.sampling import sample_file

Extract = Callable[..., Extraction]
ARCHIVES = frozenset({"zip", "tar"})
MOST_MEMBERS = members.MOST_MEMBERS
_DEEPEST = 2  # archives in one another
_NOTED = 500
EXCERPT_BYTES = 4 << 20  # of all its texts together, where an excerpt will do
LEAST_BEGINNING = 128 << 10  # of each
_FAULTS: tuple[type[Exception], ...] = (
    *INFLATE_ERRORS,
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    NotImplementedError,
    ValueError,
    OSError,
)


class Archive:
    """Takes the tables out of an archive, within the room that its size allows for."""

    def __init__(
        self,
        path: Path,
        *,
        form: str,
        work: Path,
        name: str,
        patient: Patient,
        limit: int,
        depth: int = 1,
        is_excerpt: bool = False,
    ) -> None:
        self._path, self._form, self._work, self._name, self._patient = path, form, work, name, patient
        self._room, self._depth, self._is_excerpt = limit, depth, is_excerpt
        self._taken = self._left_out = 0  # bytes
        self._beginning = EXCERPT_BYTES
        self.listed: list[dict[str, object]] = []
        self.total = 0

    def tables(self, extract: Extract) -> list[TextTable]:
        """Write out the tables of the members; ``extract`` opens one that is a container itself."""
        tables = join_parts(self._all_parts(extract), work=self._work, word="file")
        if not self._left_out:
            return tables
        share = self._taken / (self._taken + self._left_out)
        counted = ((table, count_lines(table.path)) for table in tables)
        return [replace(table, rows=rows, rows_in_all=round(rows / share)) for table, rows in counted]

    def _all_parts(self, extract: Extract) -> list[Part]:
        parts: list[Part] = []
        with members.opened_archive(self._path, self._form) as found:
            if len(found) > MOST_MEMBERS:
                raise TooLarge(
                    f"{self._name} holds more than {MOST_MEMBERS:,} files; so many are not looked into.",
                    where={"file": self._name},
                    next_step="Put the readings of several files into one, or upload them in parts.",
                )
            if any(member.is_locked for member in found):
                raise locked(self._name)
            self.total += len(found)
            chosen = members.some_of(found) if self._is_excerpt else found
            self._beginning = max(LEAST_BEGINNING, EXCERPT_BYTES // max(1, len(chosen)))
            self._left_out += sum(member.size for member in found) - sum(member.size for member in chosen)
            names = _short_names([member.name for member in chosen])
            for number, (member, short) in enumerate(zip(chosen, names, strict=True)):
                self._patient.check(0.0, f"Unpacking file {number + 1:,} of {len(chosen):,}")
                parts += self._parts(member, short, number, extract)
        return parts

    def _parts(self, member: members.Member, short: str, number: int, extract: Extract) -> list[Part]:
        target = self._work / f"member-{number}"
        if not self._takes_beginning(member, target):
            with member.open() as packed:
                self._take(packed, target)
        path = self._unzipped(target)
        sample = sample_file(path)
        form, _ = recognise_kind(sample.head)
        self.listed.append({"name": member.name, "format": form, "bytes": path.stat().st_size})
        if form in TEXT_FORMS:
            return [Part(TextTable(_as_plain(path, short), title=short), short)]
        folder = self._work / f"tables-{number}"
        folder.mkdir()
        if form in ARCHIVES and self._depth < _DEEPEST:
            return self._parts_inside(path, form, folder, short, extract)
        if form in {*ARCHIVES, "unknown", "empty"}:
            path.unlink()
            return []
        try:
            tables = extract(path, form=form, work=folder, name=short, patient=self._patient).tables
        except UnreadableFile as error:
            self.listed[-1]["unreadable"] = error.message
            return []
        return [Part(replace(table, title=_titled(short, table.title, tables)), short) for table in tables]

    def _parts_inside(self, path: Path, form: str, folder: Path, short: str, extract: Extract) -> list[Part]:
        """The parts of an archive among the members, named by it."""
        inner = Archive(
            path,
            form=form,
            work=folder,
            name=short,
            patient=self._patient,
            limit=self._room,
            depth=self._depth + 1,
            is_excerpt=self._is_excerpt,
        )
        try:
            parts = inner._all_parts(extract)
        except UnreadableFile as error:
            self.listed[-1]["unreadable"] = error.message
            return []
        except _FAULTS:
            self.listed[-1]["unreadable"] = damaged(short, form).message
            return []
        finally:
            self._room = inner._room
        self.total += inner.total
        self._left_out += inner._left_out
        path.unlink()
        self.listed += [{**one, "name": f"{short}/{one['name']}"} for one in inner.listed]
        if self.total > MOST_MEMBERS:
            raise TooLarge(f"{self._name} holds more than {MOST_MEMBERS:,} files.", where={"file": self._name})
        return [
            Part(replace(part.table, title=f"{short} {part.table.title}"), f"{short} {part.name}")
            if len(parts) > 1
            else Part(replace(part.table, title=short), short)
            for part in parts
        ]

    def _take(self, packed: IO[bytes], target: Path) -> None:
        unpack(packed, target, limit=self._room, name=self._name)
        self._count(target)

    def _count(self, written: Path) -> None:
        size = written.stat().st_size
        self._room, self._taken = self._room - size, self._taken + size

    def _takes_beginning(self, member: members.Member, target: Path) -> bool:
        """Write the whole lines of a large text's beginning, where that will do; return whether it did."""
        if not self._is_excerpt or member.size <= self._beginning:
            return False
        with damage_said(self._name), member.open() as packed:
            beginning = packed.read(self._beginning)
        if recognise_kind(beginning)[0] not in TEXT_FORMS or b"\n" not in beginning:
            return False
        target.write_bytes(beginning[: beginning.rindex(b"\n") + 1])
        self._count(target)
        self._left_out += max(0, member.size - len(beginning))
        return True

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


def extract_archive(
    path: Path,
    *,
    form: str,
    work: Path,
    name: str,
    patient: Patient,
    limit: int,
    extract: Extract,
    is_excerpt: bool = False,
) -> Extraction:
    """The tables of a zip of many files, or of a tar, and what it holds."""
    archive = Archive(path, form=form, work=work, name=name, patient=patient, limit=limit, is_excerpt=is_excerpt)
    try:
        tables = archive.tables(extract)
    except _FAULTS as error:
        raise _said(error, name, form) from error
    told: dict[str, object] = {"files": archive.listed[:_NOTED], "files_total": archive.total}
    if len(archive.listed) < archive.total:
        told["files_looked_at"] = len(archive.listed)
    return Extraction(tables, told)


def _said(error: Exception, name: str, form: str) -> Exception:
    return error if isinstance(error, FairwattError) else damaged(name, form)


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
    dialect = Dialect(encoding=encoding, line_end=find_line_end(text), header_lines=0)  # all lines are kept
    if is_plain(dialect):
        return path
    plain = path.with_suffix(".plain")
    write_plain(path, plain, dialect, name=name)
    path.unlink()
    return plain
