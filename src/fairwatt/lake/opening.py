"""Open a raw file for reading: gzip and single-file zips are unpacked under a guard, into a file that goes away."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.profile import Compression
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.work import WorkFolder

CHUNK_BYTES = 1 << 20
FREE_BYTES = 64 << 20  # so much may come out of any file, however small: honest zeros pack tightly
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_OFFICE_MEMBERS = {"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"}


@dataclass(frozen=True, slots=True)
class Readable:
    """A file whose bytes can be read as they are: where it stands, how it was packed, its name in a zip."""

    path: Path
    compression: Compression
    member: str = ""


@contextmanager
def opened(path: Path, *, work: Path, max_ratio: int, name: str) -> Iterator[Readable]:
    """Yield a :class:`Readable` of ``path``; an unpacked copy lives only inside the block.

    Parameters
    ----------
    work
        The lake's folder for temporary files.
    max_ratio
        How many times larger than the file its content may be.
    name
        What messages call the file.

    Raises
    ------
    UnreadableFile
        Where a gzip or zip is cut off or damaged.
    TooLarge
        Where the content passes the guard; nothing is kept of it.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    member = _only_member(path, name) if magic == _ZIP else ""
    if not member and not magic.startswith(_GZIP):
        yield Readable(path, Compression.NONE)
        return
    limit = max(FREE_BYTES, path.stat().st_size * max_ratio)
    with WorkFolder.new(work) as folder, full_disk_said():
        target = folder.path / "unpacked"
        with _packed(path, member) as packed:
            _unpack(packed, target, limit=limit, name=name)
        yield Readable(target, Compression.ZIP if member else Compression.GZIP, member)


@contextmanager
def _packed(path: Path, member: str) -> Iterator[IO[bytes]]:
    if not member:
        with gzip.open(path, "rb") as file:
            yield file  # type: ignore[misc]
        return
    # The member's name is only looked up, never made into a path: nothing can slip out of the folder.
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        yield file


def _only_member(path: Path, name: str) -> str:
    """The name of a zip's only file; "" where it holds several, or is a spreadsheet."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
            locked = any(m.flag_bits & 1 for m in members)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise _damaged(name, "zip") from error
    if any(m.filename in _OFFICE_MEMBERS for m in members) or len(members) != 1:
        return ""
    if locked:
        raise UnreadableFile(
            f"{name} is a zip file locked with a password.",
            where={"file": name},
            next_step="Upload it without a password; who may see it is decided by the platform.",
        )
    return members[0].filename


def _unpack(packed: IO[bytes], target: Path, *, limit: int, name: str) -> None:
    written = 0
    try:
        with target.open("wb") as file:
            while chunk := packed.read(CHUNK_BYTES):
                written += len(chunk)
                if written > limit:
                    raise TooLarge(
                        f"{name} unpacks to more than {limit / 1e6:,.0f} MB, far more than its size allows for.",
                        where={"file": name},
                        next_step="Upload it unpacked, or in parts.",
                    )
                file.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError) as error:
        raise _damaged(name, "compressed") from error


def _damaged(name: str, what: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} is a {what} file that is cut off or damaged: its content can't be unpacked.",
        where={"file": name},
        next_step="Pack it again and upload it once more; the bytes received are kept.",
    )
