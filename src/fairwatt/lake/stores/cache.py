"""Copies of an object store's files on this machine: bounded, shared by all its processes, and never the only ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4
from zlib import crc32

from fairwatt.lake.disk import make_folder
from fairwatt.lake.evicting import HALF, evict_oldest
from fairwatt.lake.locks import locked

_IN_USE_S = 3_600  # whoever asked for a copy's path may still be reading it
_EVICT_EVERY = 0.01  # of the bound: so much comes in between two looks at all of it


class FileCache:
    """Copies of files that never change, each under its own path below ``root``.

    A copy appears whole, by one rename. The least recently used go where there are more than ``most_bytes``;
    one that was asked for within the last hour stays.
    """

    def __init__(self, root: Path, *, most_bytes: int) -> None:
        self.root = root
        self.most_bytes = most_bytes
        self._came = most_bytes  # the first that comes looks at what is there

    def find(self, path: Path, size: int | None = None) -> Path | None:
        """The path, where there is a copy (of this size); it counts as used now."""
        with suppress(OSError):
            if size is None or path.stat().st_size == size:
                os.utime(path)
                return path
        return None

    def is_worth(self, size: int) -> bool:
        """Whether a file of so many bytes may be kept."""
        return size <= self.most_bytes // 4

    def fetch(self, path: Path, size: int, write: Callable[[Path], None]) -> Path:
        """The copy, made by ``write`` where it is not there; whoever else asks for it meanwhile waits."""
        if found := self.find(path, size):
            return found
        with locked(self.root / f".{crc32(path.name.encode()) % 64}.lock"):
            if found := self.find(path, size):
                return found
            half = make_folder(path.parent) / f".{uuid4().hex}{HALF}"
            try:
                write(half)
                half.replace(path)
            finally:
                half.unlink(missing_ok=True)
        self._grow(size)
        return path

    def adopt(self, path: Path, source: Path) -> None:
        """Keep a file of this machine as the copy, or do away with it where it is too large."""
        size = source.stat().st_size
        if not self.is_worth(size):
            source.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(path)
        except OSError:  # another disk, or none left: a copy that is not there is no loss
            source.unlink(missing_ok=True)
            return
        os.utime(path)
        self._grow(size)

    def forget(self, path: Path) -> None:
        """Delete a copy; one that is not there is no error."""
        path.unlink(missing_ok=True)

    def evict(self) -> None:
        """Delete those that have not been used for longest, until the rest is within the bound."""
        copies = (path for path in self.root.rglob("*") if path.suffix != ".lock")
        evict_oldest(copies, most_bytes=self.most_bytes, in_use_s=_IN_USE_S)

    def _grow(self, size: int) -> None:
        self._came += size
        if self._came > self.most_bytes * _EVICT_EVERY:
            self._came = 0
            self.evict()
