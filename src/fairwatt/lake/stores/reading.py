"""Small reads of an object store's Parquet files: the footer, then just what is asked for, many files at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyarrow.parquet as pq

from fairwatt.lake.stores.pieces import Pieces, footer_length, ranges_of, read_footer, tail_of
from fairwatt.lake.stores.protocol import Wanted
from fairwatt.lake.stores.ranged import PROTOCOL
from fairwatt.lake.stores.trouble import trouble_marked

if TYPE_CHECKING:
    from fairwatt.lake.stores.objects import ObjectStore

_MEMORY = 64 << 20
_MOST_PIECES = 16 << 20  # of one file; what wants more gets a copy of the whole
_MOST_KNOWN = 20_000
_T = TypeVar("_T")


class RangeReader:
    """Fetch what questions want of files before DuckDB asks for it, and hand it out when it does."""

    def __init__(self, store: ObjectStore, pool: Executor) -> None:
        self._store = store
        self._pool = pool
        self._pieces = Pieces(_MEMORY)
        self._footers: dict[Path, pq.FileMetaData] = {}
        self._sizes: dict[Path, int] = {}
        self._coming: dict[Path, list[Future[None]]] = {}
        self._guard = threading.Lock()

    def sources(self, files: Sequence[Wanted]) -> list[str]:
        """Begin to fetch what is wanted; return the names that DuckDB is to read."""
        for wanted in files:
            with self._guard:
                _remember(self._sizes, wanted.path, wanted.size)
            if self._store.cache.find(wanted.path, wanted.size) is None:
                future = self._pool.submit(self._fetch, wanted)
                with self._guard:
                    waiting = [one for one in self._coming.get(wanted.path, []) if not one.done()]
                    self._coming[wanted.path] = [*waiting, future]
        return [f"{PROTOCOL}://{self._store.key(wanted.path)}" for wanted in files]

    def forget(self, path: Path) -> None:
        """Let go of what is known of a file."""
        self._pieces.forget(path)
        with self._guard:
            self._footers.pop(path, None)
            self._sizes.pop(path, None)

    def file_at(self, name: str) -> tuple[Path, int]:
        """The path and size of a file that DuckDB asks for."""
        path = self._store.root / name.removeprefix(f"{PROTOCOL}://")
        with self._guard:
            size = self._sizes.get(path)
        if size is None:
            with trouble_marked(str(self._store)):
                size = self._store.size(path)
        return path, size

    def here(self, path: Path, size: int) -> Path | None:
        """The copy of a whole file, if it is here."""
        return self._store.cache.find(path, size)

    def bytes_of(self, path: Path, size: int, start: int, end: int) -> bytes:
        """The bytes [start, end) of a file: what was fetched before, or what has to be fetched now."""
        with trouble_marked(str(self._store)):
            with self._guard:
                coming = self._coming.pop(path, [])
            for future in coming:
                future.result()
            if (found := self._pieces.find(path, start, end)) is not None:
                return found
            if self.here(path, size):
                return self._store.read(path, start, end)
            [data] = self._store.read_ranges(path, [(start, end)])
            self._pieces.keep(path, start, data)
            return data

    def _fetch(self, wanted: Wanted) -> None:
        footer = self._footer(wanted.path, wanted.size)
        ranges = ranges_of(footer, wanted)
        total = sum(end - start for start, end in ranges)
        if (total > _MOST_PIECES or total * 2 > wanted.size) and self._store.cache.is_worth(wanted.size):
            self._store.local(wanted.path, wanted.size)
            return
        if total > _MOST_PIECES:  # too large for a copy, and for the memory: it comes as DuckDB asks for it
            return
        missing = [one for one in ranges if self._pieces.find(wanted.path, *one) is None]
        if missing:
            for (start, _), data in zip(missing, self._store.read_ranges(wanted.path, missing), strict=True):
                self._pieces.keep(wanted.path, start, data)

    def _footer(self, path: Path, size: int) -> pq.FileMetaData:
        with self._guard:
            known = self._footers.get(path)
        length = tail_of(size)
        tail = self._pieces.find(path, size - length, size)
        if known is not None and tail is not None:
            return known
        if tail is None:
            [tail] = self._store.read_ranges(path, [(size - length, size)])
            if footer_length(tail) > length:
                length = footer_length(tail)
                [tail] = self._store.read_ranges(path, [(size - length, size)])
            self._pieces.keep(path, size - length, tail)
        footer = read_footer(tail)
        with self._guard:
            _remember(self._footers, path, footer, most=_MOST_KNOWN // 40)
        return footer


def _remember(known: dict[Path, _T], path: Path, value: _T, most: int = _MOST_KNOWN) -> None:
    known[path] = value
    while len(known) > most:
        known.pop(next(iter(known)))
