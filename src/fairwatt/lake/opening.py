"""Open a raw file for reading: what is packed is unpacked under a guard, into a file that goes away."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.profile import Compression
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.work import WorkFolder

CHUNK_BYTES = 1 << 20
FREE_BYTES = 64 << 20  # so much may come out of any file, however small: honest zeros pack tightly
MOST_LAYERS = 3  # a gzip in a zip, say
_PACKINGS = (
    (b"\x1f\x8b", Compression.GZIP),
    (b"BZh", Compression.BZIP2),
    (b"\xfd7zXZ\x00", Compression.XZ),
    (b"\x28\xb5\x2f\xfd", Compression.ZSTD),
    (b"PK\x03\x04", Compression.ZIP),
)
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
    packing, member = _layer_of(path, name)
    if packing is Compression.NONE:
        yield Readable(path, Compression.NONE)
        return
    limit = room_of(path, max_ratio)
    with WorkFolder.new(work) as folder, full_disk_said():
        source = path
        inner: Compression = packing
        inside = member
        for number in range(MOST_LAYERS):
            target = folder.path / f"unpacked-{number}"
            with _packed(source, inner, inside, name) as packed:
                unpack(packed, target, limit=limit, name=name)
            if source != path:
                source.unlink()
            source, member = target, inside or member
            inner, inside = _layer_of(source, name)
            if inner == Compression.NONE:
                break
        yield Readable(source, packing, member)


def _layer_of(path: Path, name: str) -> tuple[Compression, str]:
    """How a file is packed, and its only member's name; a zip of several files is no packing."""
    packing = packing_of(path)
    member = _only_member(path, name) if packing is Compression.ZIP else ""
    is_archive = packing is Compression.ZIP and not member
    return (Compression.NONE, "") if is_archive else (packing, member)


def packing_of(path: Path) -> Compression:
    """How a file is packed, by its first bytes."""
    with path.open("rb") as file:
        magic = file.read(6)
    return next((packing for mark, packing in _PACKINGS if magic.startswith(mark)), Compression.NONE)


def room_of(path: Path, max_ratio: int) -> int:
    """How many bytes may come out of a file."""
    return max(FREE_BYTES, path.stat().st_size * max_ratio)


@contextmanager
def _packed(path: Path, packing: Compression, member: str, name: str) -> Iterator[IO[bytes]]:
    if packing is Compression.ZIP:
        # The member's name is only looked up, never made into a path: nothing can slip out of the folder.
        with zipfile.ZipFile(path) as archive, _member_of(archive, member, name) as file:
            yield file
        return
    with _stream(path, packing) as stream:
        yield stream


def _stream(path: Path, packing: Compression) -> IO[bytes]:
    if packing is Compression.ZSTD:
        import pyarrow as pa  # noqa: PLC0415 - for these few files alone

        return cast("IO[bytes]", pa.input_stream(str(path), compression="zstd"))
    if packing is Compression.GZIP:
        return cast("IO[bytes]", gzip.GzipFile(path, "rb"))
    return bz2.BZ2File(path) if packing is Compression.BZIP2 else lzma.LZMAFile(path)


def _member_of(archive: zipfile.ZipFile, member: str, name: str) -> IO[bytes]:
    """A member opened; in a spoilt archive its place can be before the file or behind it."""
    try:
        return archive.open(member)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise damaged(name, "zip") from error
    except RuntimeError as error:
        raise locked(name) from error


def _only_member(path: Path, name: str) -> str:
    """The name of a zip's only file; "" where it holds several, or is a spreadsheet."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
            is_locked = any(m.flag_bits & 1 for m in members)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise damaged(name, "zip") from error
    if any(m.filename in _OFFICE_MEMBERS for m in members) or len(members) != 1:
        return ""
    if is_locked:
        raise locked(name)
    return members[0].filename


def locked(name: str) -> UnreadableFile:
    """What to say of a zip with a password."""
    return UnreadableFile(
        f"{name} is a zip file locked with a password.",
        where={"file": name},
        next_step="Upload it without a password; who may see it is decided by the platform.",
    )


def unpack(packed: IO[bytes], target: Path, *, limit: int, name: str) -> None:
    """Write what comes out of a packed file.

    Raises
    ------
    UnreadableFile
        Where it is cut off or damaged.
    TooLarge
        Where more than ``limit`` bytes come out of it.
    """
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
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError) as error:
        raise damaged(name, "compressed") from error
    except RuntimeError as error:  # a member that is locked although its archive's list does not say so
        raise locked(name) from error
    except OSError as error:
        if error.errno not in {None, errno.EINVAL}:  # the disk's, not the file's
            raise
        raise damaged(name, "compressed") from error


def damaged(name: str, what: str) -> UnreadableFile:
    """What to say of a packed file that can't be unpacked."""
    return UnreadableFile(
        f"{name} is a {what} file that is cut off or damaged: its content can't be unpacked.",
        where={"file": name},
        next_step="Pack it again and upload it once more; the bytes received are kept.",
    )
