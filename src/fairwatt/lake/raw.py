"""Raw files: the bytes as received, immutable, each stored once under its sha256."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256 as new_sha256
from pathlib import Path
from uuid import uuid4

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.lake.disk import full_disk_said, make_folder, sync_file, sync_folder

CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RawFile:
    """One stored file: its name and its size [bytes]."""

    sha256: str
    size: int


def hash_file(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal."""
    digest = new_sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


class RawStore:
    """The originals, addressed by sha256: written once, never rewritten, read by range.

    Safe for many threads and processes: a file appears under its name whole, by one rename.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, path: Path, *, sha256: str | None = None) -> RawFile:
        """Take a file into the store; ``path`` is consumed, identical bytes are stored once.

        Parameters
        ----------
        path
            A finished file. On the store's own disk it is moved, else copied and removed.
        sha256
            Its hash where it is known already; it is worked out otherwise.

        Raises
        ------
        StorageFull
            Where there is no room; ``path`` is then left as it was.
        """
        name = _checked(sha256 or hash_file(path))
        size = path.stat().st_size
        target = self.path(name)
        if target.exists() and target.stat().st_size == size:
            path.unlink()
            return RawFile(name, size)
        with full_disk_said():
            make_folder(target.parent)
            self._move(path, target)
        return RawFile(name, size)

    def path(self, sha256: str) -> Path:
        """Where a file stands, whether or not it is there."""
        name = _checked(sha256)
        return self._root / name[:2] / name

    def exists(self, sha256: str) -> bool:
        """Whether the store holds these bytes."""
        return self.path(sha256).exists()

    def size(self, sha256: str) -> int:
        """How large a file is [bytes]; NotFound where the store does not hold it."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            raise self._missing(sha256) from None

    def open_range(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Read the bytes ``[start, end)`` in chunks of at most 1 MiB; to the end where ``end`` is None.

        The file is opened before the first chunk is asked for, so that NotFound comes at once.
        """
        size = self.size(sha256)
        stop = size if end is None else min(end, size)
        if start < 0 or stop < start:
            raise InvalidInput(f"The range {start}-{end} lies outside a file of {size:,} bytes.")
        return self._chunks(sha256, start, stop)

    def remove(self, sha256: str) -> None:
        """Remove a file; one that is not there is no error."""
        path = self.path(sha256)
        if path.exists():
            path.unlink()
            sync_folder(path.parent)

    def _chunks(self, sha256: str, start: int, stop: int) -> Iterator[bytes]:
        with self.path(sha256).open("rb") as file:
            file.seek(start)
            left = stop - start
            while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk

    def _move(self, path: Path, target: Path) -> None:
        sync_file(path)
        path.chmod(0o440)
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(path, target)
        sync_folder(target.parent)

    def _copy(self, path: Path, target: Path) -> None:
        half = target.with_name(f".{uuid4().hex}.half")
        try:
            shutil.copyfile(path, half)
            sync_file(half)
            half.chmod(0o440)
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)
        os.unlink(path)  # noqa: PTH108 - consumed only now that the copy is safe

    def _missing(self, sha256: str) -> NotFound:
        return NotFound(f"The store holds no file {sha256[:12]}….", where={"sha256": sha256})


def _checked(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise InvalidInput(f"'{sha256[:80]}' is no sha256 in hexadecimal.")
    return sha256
