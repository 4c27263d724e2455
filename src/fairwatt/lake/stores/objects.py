"""The lake in an object store: every file goes there whole and checked, and comes back by range or as a kept copy."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import obstore
from deltalake import DeltaTable
from obstore.exceptions import BaseError

from fairwatt.core.errors import NotFound, SourceUnavailable, StoreAway
from fairwatt.lake.disk import full_disk_said
from fairwatt.lake.stores.address import READING, WRITING, Address, Patience
from fairwatt.lake.stores.behind import Behind
from fairwatt.lake.stores.cache import FileCache
from fairwatt.lake.stores.probe import check_conditional_puts
from fairwatt.lake.stores.protocol import Found, NewTable, Wanted, entry_name
from fairwatt.lake.stores.ranged import RangedFiles
from fairwatt.lake.stores.reading import RangeReader
from fairwatt.lake.stores.trouble import no_container, trouble_said

_PART = 8 << 20
_CHUNK = 1 << 20
_AT_ONCE = 8
_RELIST_S = 60.0
_REFUSED = re.compile(r"\b40[013]\b")
_PAUSE_S = 3.0  # after the store did not answer: so long nobody asks it again in front of a page


class ObjectStore:
    """A bucket of S3 or a container of Azure; see :class:`fairwatt.lake.stores.protocol.Store`.

    Parameters
    ----------
    cache
        Where copies are kept on this machine.
    most_bytes
        What they may take up.
    """

    is_local = False

    def __init__(self, address: Address, cache: Path, *, most_bytes: int) -> None:
        self.address = address
        self.root = cache
        self.cache = FileCache(cache, most_bytes=most_bytes)
        self._hasty: Any = address.connect(READING)
        self._patient: Any = address.connect(WRITING)
        self._pool = ThreadPoolExecutor(_AT_ONCE * 2, thread_name_prefix="store")
        self._sending = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sending")
        self._behind = Behind("prefetch")
        self._reader = RangeReader(self, self._pool)
        self._guard, self._checking = threading.Lock(), threading.Lock()
        self._entries: dict[Path, tuple[str, float]] = {}
        self._tables: dict[tuple[Path, bool], DeltaTable] = {}
        self._own = threading.local()  # the last entries that a thread counts on while it holds their table's lock
        self._is_safe = False
        self._away_until = 0.0

    def __str__(self) -> str:
        return str(self.address)

    def key(self, path: Path) -> str:
        """A file's name in the store."""
        return path.relative_to(self.root).as_posix()

    def _below(self, folder: Path) -> str | None:
        """What the names in a folder begin with."""
        return None if folder == self.root else f"{self.key(folder)}/"

    def trouble_said(self) -> AbstractContextManager[None]:
        """Say what is the matter with the store, without secrets."""
        return trouble_said(str(self))

    def check(self) -> None:
        """Try what tables need of a store.

        Raises
        ------
        Conflict
            Where it does not enforce conditional puts.
        StoreAway
            Where it does not answer, or not to us.
        """
        with self._checking:
            if not self._is_safe:
                with self.trouble_said():
                    check_conditional_puts(self._hasty, str(self))
                self._is_safe = True

    def size(self, path: Path) -> int:
        """How large a file is [bytes]."""
        key = self.key(path)
        with self._reading():
            try:
                return int(obstore.head(self._hasty, key)["size"])
            except BaseError as error:
                if _REFUSED.search(str(error)):
                    obstore.get_range(self._hasty, key, start=0, end=1)  # an answer to HEAD has no words, this one has
                raise

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """The bytes [start, end) of a file."""
        if end is not None and end <= start:
            return b""
        if (copy := self.cache.find(path)) is not None:
            with suppress(FileNotFoundError), copy.open("rb") as file:
                file.seek(start)
                return file.read(-1 if end is None else end - start)
        with self._reading():
            if end is None and start == 0:
                return bytes(obstore.get(self._hasty, self.key(path)).bytes())
            stop = self.size(path) if end is None else end
            return bytes(obstore.get_range(self._hasty, self.key(path), start=start, end=stop))

    def stream(self, path: Path, start: int, end: int) -> Iterator[bytes]:
        """The bytes [start, end) of a file, as they come."""
        if start >= end:
            return
        with self._reading():
            answer = obstore.get(self._hasty, self.key(path), options={"range": (start, end)})
        with self.trouble_said():
            for part in answer.stream(min_chunk_size=_CHUNK):
                yield bytes(part)

    def last_entry(self, folder: Path) -> str:
        """Name of the last entry of a table's log: the next one is asked for, and now and then the whole list.

        Entries are numbered without gaps, so that one small request tells that nothing is new.
        """
        counted_on: dict[Path, str] | None = getattr(self._own, "entries", None)
        if counted_on is not None and folder in counted_on:
            return counted_on[folder]
        name = self._find_last_entry(folder)
        if counted_on is not None:
            counted_on[folder] = name
        return name

    def _find_last_entry(self, folder: Path) -> str:
        with self._guard:
            name, listed = self._entries.get(folder, ("", 0.0))
        if not name or time.monotonic() - listed > _RELIST_S:
            listed = time.monotonic()
            name = max((one for one in self.names(folder) if one.endswith(".json")), default="")
        while name and self._has(folder / (following := entry_name(int(name[:-5]) + 1))):
            name = following
        with self._guard:
            self._entries[folder] = (name, listed)
        return name

    def _has(self, path: Path) -> bool:
        with suppress(FileNotFoundError):
            return self.size(path) >= 0
        return False

    def read_ranges(self, path: Path, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes of several ranges of a file, asked for at once."""
        with self._reading():
            starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
            found = obstore.get_ranges(self._hasty, self.key(path), starts=starts, ends=ends, coalesce=0)
            return [bytes(one) for one in found]

    def read_all(self, paths: Iterable[Path]) -> dict[Path, bytes]:
        """The bytes of small files, asked for at once; those that are not there are left out."""

        def read(path: Path) -> tuple[Path, bytes] | None:
            with suppress(FileNotFoundError):
                return path, self.read(path)
            return None

        return dict(found for found in self._pool.map(read, paths) if found)

    def find(self, path: Path) -> Path | None:
        """The path, where there is a copy of the file."""
        return self.cache.find(path)

    def local(self, path: Path, size: int | None = None) -> Path:
        """The path, once a copy of the file is there."""
        if found := self.cache.find(path, size):
            return found
        found_size = self.size(path) if size is None else size
        with full_disk_said():
            return self.cache.fetch(path, found_size, lambda half: self._fetch(path, found_size, half))

    def drop_copy(self, path: Path) -> None:
        """Forget the copy of a file, and what is known of it."""
        self.cache.forget(path)
        self._reader.forget(path)

    def _fetch(self, path: Path, size: int, half: Path) -> None:
        """Write all of a file to ``half``, in parts that come at once."""
        parts = [(start, min(size, start + _PART)) for start in range(0, size, _PART)]
        with half.open("wb") as file, ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool:
            for number in range(0, len(parts), _AT_ONCE):
                some = parts[number : number + _AT_ONCE]
                for data in pool.map(lambda part: self.read_ranges(path, [part])[0], some):
                    file.write(data)
        if half.stat().st_size != size:
            raise StoreAway(f"A file came back from the store {self} cut off.", next_step="Try again.")

    def names(self, folder: Path) -> list[str]:
        """Names of the files directly in a folder."""
        with self._reading():
            try:
                found = obstore.list_with_delimiter(self._hasty, self._below(folder))
            except FileNotFoundError:  # a list of nothing is no error
                raise no_container(str(self)) from None
            return [one["path"].rsplit("/", 1)[-1] for one in found["objects"]]

    def walk(self, folder: Path) -> Iterator[Found]:
        """All files below a folder."""
        with self._reading():
            pages = list(obstore.list(self._hasty, self._below(folder)))
        for one in (one for page in pages for one in page):
            yield Found(self.root / one["path"], int(one["size"]), int(one["last_modified"].timestamp() * 1000))

    def write(self, path: Path, data: bytes) -> None:
        """Write a small file whole."""
        with self.trouble_said():
            obstore.put(self._patient, self.key(path), data, use_multipart=False)
        self.cache.forget(path)

    def take(self, moves: Mapping[Path, Path], *, is_frozen: bool = False) -> None:
        """Send files, read each back to compare it, then keep it as the copy of this machine."""
        del is_frozen  # nobody writes to objects
        self.check()
        for _ in self._sending.map(lambda move: self._send(*move), moves.items()):
            pass

    def _send(self, target: Path, source: Path) -> None:
        key = self.key(target)
        with self.trouble_said():
            is_large = source.stat().st_size > _PART
            with source.open("rb") as file:
                obstore.put(
                    self._patient, key, file, use_multipart=is_large, chunk_size=_PART, max_concurrency=_AT_ONCE
                )
            is_same = self._holds(key, source)
        if not is_same:
            with suppress(Exception):
                obstore.delete(self._patient, key)
            raise StoreAway(
                f"The store {self} holds other bytes than were sent to it; the file is kept on this machine.",
                next_step="It is sent again by itself. Where this goes on, ask who runs the store.",
            )
        self.cache.adopt(target, source)

    def _holds(self, key: str, source: Path) -> bool:
        """Whether an object has the very bytes of a file: an answer of 200 is not yet a stored file."""
        answer = obstore.get(self._patient, key)
        if int(answer.meta["size"]) != source.stat().st_size:
            return False
        with source.open("rb") as file:
            return all(file.read(len(part)) == bytes(part) for part in answer.stream(min_chunk_size=1 << 20))

    def remove(self, path: Path) -> None:
        """Remove a file and its copy."""
        with self.trouble_said(), suppress(FileNotFoundError):
            obstore.delete(self._patient, self.key(path))
        self.drop_copy(path)
        if path.parent.name == "_delta_log":
            with self._guard:
                self._entries.pop(path.parent, None)

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Within this, ask for the last entry of a log once."""
        before = getattr(self._own, "entries", None)
        self._own.entries = {} if before is None else before
        try:
            yield
        finally:
            self._own.entries = before

    def look_again(self, folder: Path) -> None:
        """Ask for the last entry of a table's log anew."""
        counted_on: dict[Path, str] | None = getattr(self._own, "entries", None)
        if counted_on is not None:
            counted_on.pop(folder / "_delta_log", None)

    def settle(self, folder: Path, version: int) -> None:
        """Remember which entry is the last now; what the store has answered for is safe."""
        log, name = folder / "_delta_log", entry_name(version) if version >= 0 else ""
        with self._guard:
            self._entries[log] = (name, time.monotonic())
        counted_on: dict[Path, str] | None = getattr(self._own, "entries", None)
        if counted_on is not None:
            counted_on[log] = name

    def open_table(self, folder: Path, version: int | None = None, *, is_to_write: bool = False) -> DeltaTable:
        """Open a Delta table; one that was opened before reads what its log has got since."""
        if version is not None:
            return self._open(folder, version, READING)
        # Whoever holds the lock is about to write: one reading of the log serves both.
        is_to_write = is_to_write or getattr(self._own, "entries", None) is not None
        with self._guard:
            name, _ = self._entries.get(folder / "_delta_log", ("", 0.0))
            held = self._tables.get((folder, is_to_write))
        last = int(name.removesuffix(".json") or -1)
        if held is None or held.version() > last:  # erased meanwhile, or made anew
            held = self._open(folder, None, WRITING if is_to_write else READING)
            with self._guard:
                self._tables[folder, is_to_write] = held
        elif held.version() < last:
            with self._reading():
                held.update_incremental()
        return held

    def _open(self, folder: Path, version: int | None, patience: Patience) -> DeltaTable:
        address, options = self.address.delta(self.key(folder), patience)
        with self._reading():
            return DeltaTable(address, version=version, storage_options=options)

    def make_table(self, folder: Path, table: NewTable) -> None:
        """Make a Delta table."""
        with self._guard:
            for is_to_write in (False, True):  # of one that was erased
                self._tables.pop((folder, is_to_write), None)
        table.make(*self.address.delta(self.key(folder), WRITING))

    def sources(self, files: Sequence[Wanted]) -> list[str]:
        """The files' addresses for DuckDB; what is wanted of them is on its way here."""
        return self._reader.sources(files)

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a connection read those addresses."""
        connection.register_filesystem(RangedFiles(self._reader, skip_instance_cache=True))

    def prefetch(self, files: Sequence[tuple[Path, int]]) -> None:
        """Bring small files here, behind the caller's back."""
        for path, size in files:
            if self.cache.is_worth(size) and self.cache.find(path, size) is None:
                self._behind.add(partial(self._bring, path, size))

    def _bring(self, path: Path, size: int) -> None:
        with suppress(SourceUnavailable, NotFound, OSError):
            self.local(path, size)

    def _reading(self) -> AbstractContextManager[None]:
        """Say trouble, and after a store did not answer, say so at once for a while: nobody waits in a queue for it."""
        return _Hurry(self)

    def note_away(self, error: BaseException | None) -> None:
        """Remember that the store did not answer just now."""
        if type(error) is StoreAway:
            self._away_until = time.monotonic() + _PAUSE_S

    def refuse_while_away(self) -> None:
        """Raise StoreAway where the store did not answer just now."""
        if time.monotonic() < self._away_until:
            raise StoreAway.of(str(self))


class _Hurry(AbstractContextManager[None]):
    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._said = store.trouble_said()

    def __enter__(self) -> None:
        self._store.refuse_while_away()
        self._said.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool | None:
        try:
            return self._said.__exit__(kind, error, trace)
        except StoreAway as away:
            self._store.note_away(away)
            raise
