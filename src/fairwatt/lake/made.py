"""Exports that have been made once, kept as files: they have a length, a hash, and any part of them can be asked for.

They are copies, no originals: whatever the tables hold can be exported again. A copy is named after what it was made
of, its size and its hash. It goes when its table changes, when room is needed, or when it has long not been asked for.
"""

from __future__ import annotations

import logging
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import uuid4

from fairwatt.lake.disk import is_disk_full, make_folder, remove_folder, sync_file
from fairwatt.lake.evicting import HALF, evict_oldest
from fairwatt.lake.locks import locked

logger = logging.getLogger(__name__)

_JUST_USED_S = 60
_EVICTED_BY, _EVICTED_EVERY_S = 50, 60.0  # of the bound; whichever comes first
_AHEAD = 16  # pieces that may wait for the disk
_SPARE_SHARE = 0.05  # of the disk is left to what can't be made again
_SPARE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A finished export. ``size`` in bytes, ``sha256`` of them in hexadecimal."""

    path: Path
    size: int
    sha256: str


class MadeExports:
    """The finished exports of a lake, each under its table and a key; safe for many threads and processes.

    Parameters
    ----------
    root
        Their folder; made where it is absent, and anybody may delete it.
    most_bytes
        What they may take up together; 0 keeps nothing. One alone takes at most half of it.
    """

    def __init__(self, root: Path, *, most_bytes: int) -> None:
        self.root = root
        self.most_bytes = most_bytes
        self._added, self._evicted_at = 0, 0.0
        self._ending: dict[tuple[str, str], threading.Thread] = {}

    def find(self, table: str, key: str) -> MadeFile | None:
        """The export of this key, where it has been made; it counts as used now."""
        if ending := self._ending.get((table, key)):
            ending.join()
        for path in (self.root / table).glob(f"{key}.*"):
            _, size, digest = path.name.split(".")
            with suppress(OSError):
                if path.stat().st_size == int(size):
                    os.utime(path)
                    return MadeFile(path, int(size), digest)
        return None

    def make(
        self,
        table: str,
        key: str,
        chunks: Callable[[], Iterable[bytes]],
        *,
        is_current: Callable[[], bool],
        is_lasting: bool = True,
    ) -> MadeFile | None:
        """Make the export of this key, or wait for whoever is making it.

        Parameters
        ----------
        is_lasting
            Whether it is to outlive a cut of the power: else nobody waits for the disk. What is torn by one has not
            the length that its name says, and is made again.
        is_current
            Asked at the end: whether the table still holds what was exported.

        Returns
        -------
        None where it is too large to be kept, there is no room, or the table has changed.
        """
        with locked(self.root / f".{key[:2]}.lock"):
            if found := self.find(table, key):
                return found
            copy = _Copy.begin(self, table, key)
            if copy is None:
                return None
            try:
                kept = all(copy.add(chunk) for chunk in chunks())
                return copy.finish(is_current, is_lasting=is_lasting) if kept else None
            finally:
                copy.discard()

    def copy(self, table: str, key: str, chunks: Iterable[bytes], *, is_current: Callable[[], bool]) -> Iterator[bytes]:
        """Hand chunks on while keeping them; what can't be kept is handed on all the same.

        Parameters
        ----------
        is_current
            As for :meth:`make`.
        """
        copy = _Copy.begin(self, table, key)
        beside = _Beside(copy, is_current) if copy is not None else None
        try:
            for chunk in chunks:
                if beside is not None:
                    beside.add(chunk)
                yield chunk
            if beside is not None:
                self._ending[table, key] = beside.thread
                beside.end(lambda: self._ending.pop((table, key), None))
                beside = None
        finally:
            if beside is not None:
                beside.drop()

    def forget(self, table: str) -> None:
        """Delete the exports of a table: it holds something else now."""
        remove_folder(self.root / table)

    def has_room(self, size: int, *, written: int = 0) -> bool:
        """Whether an export of ``size`` bytes may be kept, of which ``written`` are on the disk already."""
        if size > self.most_bytes // 2:
            return False
        make_folder(self.root)
        disk = shutil.disk_usage(self.root)
        return disk.free - (size - written) > min(_SPARE_BYTES, disk.total * _SPARE_SHARE)

    def keep_bound(self, added: int) -> None:
        """Evict now and then: looking at all files takes longer than making a small one."""
        self._added += added
        if self._added >= self.most_bytes // _EVICTED_BY or time.monotonic() - self._evicted_at > _EVICTED_EVERY_S:
            self._added, self._evicted_at = 0, time.monotonic()
            self.evict()

    def evict(self) -> None:
        """Delete those that have not been used for longest, until the rest is within the bound."""
        evict_oldest(self.root.glob("*/*"), most_bytes=self.most_bytes, in_use_s=_JUST_USED_S)


class _Copy:
    """One export on its way into its file."""

    def __init__(self, store: MadeExports, folder: Path, key: str, half: Path, out: IO[bytes]) -> None:
        self._store, self._folder, self._key, self._half, self._out = store, folder, key, half, out
        self._digest = sha256()
        self._size = 0

    @classmethod
    def begin(cls, store: MadeExports, table: str, key: str) -> _Copy | None:
        """Begin one; None where nothing can be kept."""
        try:
            if not store.has_room(1):
                return None
            folder = make_folder(store.root / table)
            half = folder / f"{uuid4().hex}{HALF}"
            return cls(store, folder, key, half, half.open("xb"))
        except OSError:
            logger.warning("an export can't be kept", exc_info=True)
            return None

    def add(self, chunk: bytes) -> bool:
        """Write what comes next; where that can't be kept, drop all of it and say so."""
        written, self._size = self._size, self._size + len(chunk)
        try:
            if self._store.has_room(self._size, written=written):
                _write(self._out, chunk)
                self._digest.update(chunk)
                return True
        except OSError as error:
            if not is_disk_full(error):
                logger.warning("an export can't be kept", exc_info=True)
        self.discard()
        return False

    def finish(self, is_current: Callable[[], bool], *, is_lasting: bool = True) -> MadeFile | None:
        """Put it in its place; None where its table has been changed, or the disk is full."""
        made = MadeFile(
            self._folder / f"{self._key}.{self._size}.{self._digest.hexdigest()}", self._size, self._digest.hexdigest()
        )
        if not is_current():
            self.discard()
            return None
        try:
            self._out.close()
            if is_lasting:
                sync_file(self._half)
            self._half.rename(made.path)
        except OSError:
            self.discard()
            return None
        if not is_current():  # whoever changed the table meanwhile may have looked before it had its place
            made.path.unlink(missing_ok=True)
            return None
        self._store.keep_bound(made.size)
        return made

    def discard(self) -> None:
        """Delete what has been written; after :meth:`finish` there is nothing left to delete."""
        with suppress(OSError):
            self._out.close()
        with suppress(OSError):
            self._half.unlink(missing_ok=True)


class _Beside:
    """A copy that is written by a thread of its own, so that nobody who is sent the same waits for the disk."""

    def __init__(self, copy: _Copy, is_current: Callable[[], bool]) -> None:
        self._copy, self._is_current = copy, is_current
        self._chunks: queue.Queue[bytes | Callable[[], object] | None] = queue.Queue(_AHEAD)
        self.thread = threading.Thread(target=self._run, name="export", daemon=True)
        self.thread.start()

    def add(self, chunk: bytes) -> None:
        """Write what comes next, or nothing more where the copy can't be kept."""
        self._chunks.put(chunk)

    def end(self, and_then: Callable[[], object]) -> None:
        """That was all: the copy gets its place, and then something is called."""
        self._chunks.put(and_then)

    def drop(self) -> None:
        """Keep nothing of it; return once it is gone."""
        self._chunks.put(None)
        self.thread.join()

    def _run(self) -> None:
        is_kept = True
        while isinstance(chunk := self._chunks.get(), bytes):
            is_kept = is_kept and self._copy.add(chunk)
        try:
            if chunk is not None and is_kept:
                self._copy.finish(self._is_current)
        except Exception:
            logger.exception("an export can't be kept")
        finally:
            self._copy.discard()
            if chunk is not None:
                chunk()


def _write(out: IO[bytes], chunk: bytes) -> None:
    out.write(chunk)


@dataclass(frozen=True, slots=True)
class Export:
    """Readings asked for in a format, checked, and not made yet.

    Attributes
    ----------
    is_small
        Whether it is made so quickly that nobody need be sent a part before the whole is there.
    is_exact
        Whether it has the same bytes each time it is made.
    least_bytes
        It is hardly smaller than this.
    is_costly
        Whether making it again costs more than keeping a copy: hashing and writing one take longer than the making of
        rows that are handed on as they stand.
    """

    store: MadeExports
    table: str
    key: str
    is_small: bool
    is_exact: bool
    least_bytes: int
    chunks: Callable[[], Iterator[bytes]]
    is_current: Callable[[], bool]
    is_costly: bool = True

    def find(self) -> MadeFile | None:
        """The file, where it has been made already."""
        return self.store.find(self.table, self.key)

    def make(self) -> MadeFile | None:
        """Make the file; None where it can't be kept."""
        if found := self.find():
            return found
        if not self.store.has_room(max(1, self.least_bytes)):
            return None
        return self.store.make(
            self.table, self.key, self.chunks, is_current=self.is_current, is_lasting=not self.is_small
        )

    def stream(self) -> Iterator[bytes]:
        """Make it chunk by chunk, and keep a copy where it is the same each time, and worth it."""
        # Who goes on from a part of an inexact one must not be given the rest of another.
        if not (self.is_exact and self.is_costly):
            return self.chunks()
        return self.store.copy(self.table, self.key, self.chunks(), is_current=self.is_current)
