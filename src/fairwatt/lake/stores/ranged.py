"""What DuckDB reads an object store through: files that fetch just the bytes it asks for."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from fsspec import AbstractFileSystem

PROTOCOL = "fairwatt"
_UNCHANGING = datetime(2000, 1, 1, tzinfo=UTC)  # a file under its name is never another one


class Source(Protocol):
    """Whoever has the bytes."""

    def file_at(self, name: str) -> tuple[Path, int]:
        """The path and size of a file, by the name that DuckDB was given."""

    def here(self, path: Path, size: int) -> Path | None:
        """The copy of all of it on this machine, if there is one."""

    def bytes_of(self, path: Path, size: int, start: int, end: int) -> bytes:
        """The bytes [start, end)."""


class RangedFile(io.RawIOBase):
    """A file that is read by range.

    DuckDB reads it from several threads at once, each by a seek and a read: every thread has its own position.
    """

    def __init__(self, size: int, read: Callable[[int, int], bytes], descriptor: int | None) -> None:
        super().__init__()
        self._size, self._read, self._descriptor = size, read, descriptor
        self._own = threading.local()

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """It may be read anywhere."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go there, in this thread."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: self._size}[whence]
        self._own.at = begin + offset
        return begin + offset

    def tell(self) -> int:
        """Where this thread is."""
        return int(getattr(self._own, "at", 0))

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes."""
        start = self.tell()
        end = self._size if size is None or size < 0 else min(self._size, start + size)
        data = self._read(start, end) if end > start else b""
        self._own.at = start + len(data)
        return data

    def close(self) -> None:
        """Let go of the copy on the disk, if it is read."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        super().close()


class RangedFiles(AbstractFileSystem):  # type: ignore[misc]
    """The store's files as DuckDB asks for them."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, source: Source, **options: Any) -> None:
        super().__init__(**options)
        self._source = source

    def open(self, path: str, mode: str = "rb", **_: Any) -> RangedFile:
        """Open a file; the copy on this machine where there is one: it stays readable though it be evicted."""
        if mode != "rb":
            raise PermissionError("These files are only read.")
        at, size = self._source.file_at(path)
        if here := self._source.here(at, size):
            try:
                descriptor = os.open(here, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                pass
            else:
                return RangedFile(size, lambda start, end: _read_all(descriptor, start, end), descriptor)
        return RangedFile(size, lambda start, end: self._source.bytes_of(at, size, start, end), None)

    def glob(self, path: str, **_: Any) -> list[str]:
        """The one file of this name."""
        return [path]

    def exists(self, path: str, **_: Any) -> bool:
        """It does: the table's log names it."""
        del path
        return True

    def size(self, path: str) -> int:
        """How large it is [bytes]."""
        return self._source.file_at(path)[1]

    def modified(self, path: str) -> datetime:
        """Never."""
        del path
        return _UNCHANGING


def _read_all(descriptor: int, start: int, end: int) -> bytes:
    parts: list[bytes] = []
    while start < end and (part := os.pread(descriptor, end - start, start)):
        parts.append(part)
        start += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
