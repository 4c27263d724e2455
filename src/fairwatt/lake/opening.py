"""Open a raw file for reading: what is packed is unpacked under a guard, into a file that goes away."""

from __future__ import annotations

import bz2
import errno
import lzma
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from fairwatt.core.errors import TooLarge, UnreadableFile
from fairwatt.core.files.profile import Compression
from fairwatt.core.files.recognition import recognise_kind
from fairwatt.core.files.sampling import FileSample
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.inflating import INFLATE_ERRORS, ZIP_ERRORS, open_gzip, open_member
from fairwatt.lake.passing import PassingSample
from fairwatt.lake.work import WorkFolder

CHUNK_BYTES = 1 << 20
FREE_BYTES = 64 << 20  # so much may come out of any file, however small: honest zeros pack tightly
WRITTEN_BYTES = 64 << 20  # of a text that is only looked at; of more than that, samples are taken
MOST_PASSING = {Compression.BZIP2: 64 << 20, Compression.XZ: 128 << 20}  # what unpacks slowly is not looked through
MOST_PASSING_OF_OTHERS = 2 << 30
TEXT_FORMS = frozenset({"CSV", "TSV", "Text"})
MOST_LAYERS = 3  # a gzip in a zip, say
_PACKINGS = (
    (b"\x1f\x8b", Compression.GZIP),
    (b"BZh", Compression.BZIP2),
    (b"\xfd7zXZ\x00", Compression.XZ),
    (b"\x28\xb5\x2f\xfd", Compression.ZSTD),
    (b"PK\x03\x04", Compression.ZIP),
)
_DAMAGE: tuple[type[Exception], ...] = (
    *INFLATE_ERRORS,
    EOFError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
)
_OFFICE_MEMBERS = {"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"}


@dataclass(frozen=True, slots=True)
class Readable:
    """A file whose bytes can be read as they are: where it stands, how it was packed, its name in a zip.

    Where only samples were taken of a packed text, ``sample`` holds them, and at ``path`` stands its beginning alone.
    """

    path: Path
    compression: Compression
    member: str = ""
    sample: FileSample | None = None


@contextmanager
def opened(path: Path, *, work: Path, max_ratio: int, name: str, is_excerpt: bool = False) -> Iterator[Readable]:
    """Yield a :class:`Readable` of ``path``; an unpacked copy lives only inside the block.

    Parameters
    ----------
    work
        The lake's folder for temporary files.
    max_ratio
        How many times larger than the file its content may be.
    name
        What messages call the file.
    is_excerpt
        Whether samples will do of a large text.

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
            sample = None
            with _packed(source, inner, inside, name) as packed:
                if is_excerpt:
                    sample = _unpack_excerpt(packed, target, inner, limit=limit, name=name)
                else:
                    unpack(packed.file, target, limit=limit, name=name)
            if source != path:
                source.unlink()
            source, member = target, inside or member
            inner, inside = _layer_of(source, name)
            if inner == Compression.NONE:
                break
        yield Readable(source, packing, member, sample)


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


@dataclass(frozen=True, slots=True)
class _Packed:
    """What comes out of a packed file, and about how many bytes that will be when so many have come."""

    file: IO[bytes]
    size_after: Callable[[int], int]


@contextmanager
def _packed(path: Path, packing: Compression, member: str, name: str) -> Iterator[_Packed]:
    if packing is Compression.ZIP:
        # The member's name is only looked up, never made into a path: nothing can slip out of the folder.
        with zipfile.ZipFile(path) as archive, _member_of(archive, member, name) as file:
            size = archive.getinfo(member).file_size
            yield _Packed(file, lambda _: size)
        return
    size = path.stat().st_size
    with path.open("rb") as raw, _stream(raw, packing) as stream:
        yield _Packed(stream, lambda out: out * size // max(1, raw.tell()))


def _stream(raw: IO[bytes], packing: Compression) -> IO[bytes]:
    if packing is Compression.ZSTD:
        import pyarrow as pa  # noqa: PLC0415 - for these few files alone

        return cast("IO[bytes]", pa.CompressedInputStream(raw, "zstd"))
    if packing is Compression.GZIP:
        return open_gzip(raw)
    return bz2.BZ2File(raw) if packing is Compression.BZIP2 else lzma.LZMAFile(raw)


def _member_of(archive: zipfile.ZipFile, member: str, name: str) -> IO[bytes]:
    """A member opened; in a spoilt archive its place can be before the file or behind it."""
    try:
        return open_member(archive, archive.getinfo(member))
    except ZIP_ERRORS as error:
        raise damaged(name, "zip") from error
    except RuntimeError as error:
        raise locked(name) from error


def _only_member(path: Path, name: str) -> str:
    """The name of a zip's only file; "" where it holds several, or is a spreadsheet."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
            is_locked = any(m.flag_bits & 1 for m in members)
    except ZIP_ERRORS as error:
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
    with damage_said(name), target.open("wb") as file:
        while chunk := packed.read(CHUNK_BYTES):
            written += len(chunk)
            _refuse_more(written, limit, name)
            file.write(chunk)


def _unpack_excerpt(packed: _Packed, target: Path, packing: Compression, *, limit: int, name: str) -> FileSample | None:
    """As :func:`unpack`; of a large text only its beginning is written, and samples of it all are returned."""
    passing, is_text = PassingSample(), False
    most = MOST_PASSING.get(packing, MOST_PASSING_OF_OTHERS)
    with damage_said(name), target.open("wb") as file:
        while chunk := packed.file.read(CHUNK_BYTES):
            is_text = is_text if passing.size else recognise_kind(chunk)[0] in TEXT_FORMS
            passing.add(chunk)
            _refuse_more(passing.size, limit, name)
            if not is_text or passing.size <= WRITTEN_BYTES:
                file.write(chunk)
            elif passing.size > most:
                return passing.finish(packed.size_after(passing.size))
    return passing.finish() if is_text and passing.size > WRITTEN_BYTES else None


def _refuse_more(written: int, limit: int, name: str) -> None:
    if written > limit:
        raise TooLarge(
            f"{name} unpacks to more than {limit / 1e6:,.0f} MB, far more than its size allows for.",
            where={"file": name},
            next_step="Upload it unpacked, or in parts.",
        )


@contextmanager
def damage_said(name: str) -> Iterator[None]:
    """Say in our own words what is wrong with a packed file that can't be unpacked."""
    try:
        yield
    except _DAMAGE as error:
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
