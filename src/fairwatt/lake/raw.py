"""Raw files: the bytes as received, immutable, each stored once under its sha256."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256 as new_sha256
from pathlib import Path

from fairwatt.core.errors import InvalidInput, NotFound
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.outgoing import Outgoing
from fairwatt.lake.stores import LocalStore, Store

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

    Safe for many threads and processes: a file appears under its name whole.

    Parameters
    ----------
    store
        Where they stand, in its folder ``raw``.
    outgoing
        Where they wait until the store has them; None where it takes them at once.
    """

    def __init__(self, store: Store, outgoing: Outgoing | None = None) -> None:
        self._store = store
        self._outgoing = outgoing

    def add(self, path: Path, *, sha256: str | None = None) -> RawFile:
        """Take a file into the store; ``path`` is consumed, identical bytes are stored once.

        An object store gets it behind the caller's back: until it has it, and while it does not answer, the file
        is kept on this machine and read from there.

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
        place = self._place(name)
        if self._outgoing is not None:
            with full_disk_said():
                self._outgoing.add(path, place)
            self._outgoing.begin()
        elif place.exists() and place.stat().st_size == size:
            path.unlink()
        else:
            with full_disk_said():
                self._store.take({place: path}, is_frozen=True)
        return RawFile(name, size)

    def path(self, sha256: str) -> Path:
        """A file of this machine with these bytes; on its own disk where it stands, whether or not it is there."""
        place = self._place(_checked(sha256))
        try:
            return self._bring_waiting(place) or self._store.local(place)
        except FileNotFoundError:
            raise self._missing(sha256) from None

    def find(self, sha256: str) -> Path | None:
        """A file of this machine with these bytes, where there is one already: none is fetched."""
        place = self._place(_checked(sha256))
        return self._bring_waiting(place) or self._store.find(place)

    def exists(self, sha256: str) -> bool:
        """Whether the store holds these bytes."""
        try:
            return self.size(sha256) >= 0
        except NotFound:
            return False

    def size(self, sha256: str) -> int:
        """How large a file is [bytes]; NotFound where the store does not hold it."""
        place = self._place(_checked(sha256))
        try:
            waiting = self._bring_waiting(place)
            return waiting.stat().st_size if waiting else self._store.size(place)
        except FileNotFoundError:
            raise self._missing(sha256) from None

    def open_range(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Read the bytes ``[start, end)`` in chunks; to the end where ``end`` is None.

        The file is looked for before the first chunk is asked for, so that NotFound comes at once.
        """
        size = self.size(sha256)
        stop = size if end is None else min(end, size)
        if start < 0 or stop < start:
            raise InvalidInput(f"The range {start}-{end} lies outside a file of {size:,} bytes.")
        place = self._place(sha256)
        if waiting := self._bring_waiting(place):
            return LocalStore(waiting.parent).stream(waiting, start, stop)
        return self._store.stream(place, start, stop)

    def remove(self, sha256: str) -> None:
        """Remove a file; one that is not there is no error."""
        place = self._place(_checked(sha256))
        if self._outgoing is not None:
            self._outgoing.remove(place)
        self._store.remove(place)

    def send(self) -> int:
        """Send the files that still wait for the store; return how many were sent.

        Raises
        ------
        StoreAway
            Where it does not answer; they go on waiting.
        """
        return self._outgoing.send() if self._outgoing is not None else 0

    def waiting(self) -> int:
        """How many files wait for the store."""
        return len(self._outgoing.waiting()) if self._outgoing is not None else 0

    def _place(self, sha256: str) -> Path:
        return self._store.root / "raw" / sha256[:2] / sha256

    def _bring_waiting(self, place: Path) -> Path | None:
        return self._outgoing.bring(place) if self._outgoing is not None else None

    def _missing(self, sha256: str) -> NotFound:
        return NotFound(f"The store holds no file {sha256[:12]}….", where={"sha256": sha256})


def _checked(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise InvalidInput(f"'{sha256[:80]}' is no sha256 in hexadecimal.")
    return sha256
