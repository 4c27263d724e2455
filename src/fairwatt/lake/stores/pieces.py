"""Byte ranges of files in memory, and which of them a question needs of a Parquet file."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.lake.stores.protocol import Wanted

GAP = 1_000_000  # so many bytes come quicker than another request
_TAIL = 65_536
_MOST_TAIL = 1_000_000
_END = 8  # the footer's length and the magic number


class Pieces:
    """The ranges that were read last, of all files together at most ``most_bytes``; safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[tuple[Path, int], bytes] = OrderedDict()
        self._starts: dict[Path, set[int]] = {}
        self._size = 0
        self._guard = threading.Lock()

    def find(self, path: Path, start: int, end: int) -> bytes | None:
        """The bytes [start, end), where one piece holds all of them."""
        with self._guard:
            for begin in self._starts.get(path, ()):
                data = self._held[path, begin]
                if begin <= start and end <= begin + len(data):
                    self._held.move_to_end((path, begin))
                    return data[start - begin : end - begin]
        return None

    def keep(self, path: Path, start: int, data: bytes) -> None:
        """Hold what was read from ``start`` on."""
        with self._guard:
            self._drop((path, start))
            self._held[path, start] = data
            self._starts.setdefault(path, set()).add(start)
            self._size += len(data)
            while self._size > self._most and len(self._held) > 1:
                self._drop(next(iter(self._held)))

    def forget(self, path: Path) -> None:
        """Let go of a file's pieces."""
        with self._guard:
            for start in list(self._starts.get(path, ())):
                self._drop((path, start))

    def _drop(self, key: tuple[Path, int]) -> None:
        if (data := self._held.pop(key, None)) is not None:
            self._size -= len(data)
            self._starts[key[0]].discard(key[1])
            if not self._starts[key[0]]:
                del self._starts[key[0]]


def tail_of(size: int) -> int:
    """How many bytes at a Parquet file's end hold its footer nearly always; one request then suffices."""
    return min(size, max(_TAIL, min(_MOST_TAIL, size // 100)))


def footer_length(tail: bytes) -> int:
    """How many bytes at its end a Parquet file's footer takes."""
    return int.from_bytes(tail[-_END:-4], "little") + _END


def read_footer(tail: bytes) -> pq.FileMetaData:
    """A Parquet file's footer, of the bytes at its end."""
    return pq.read_metadata(pa.BufferReader(tail))


def ranges_of(footer: pq.FileMetaData, wanted: Wanted) -> list[tuple[int, int]]:
    """The byte ranges that hold the wanted columns of the wanted rows; near ones are one."""
    names = [footer.schema.column(at).path for at in range(footer.num_columns)]
    columns = [at for at, name in enumerate(names) if name in wanted.columns]
    clock = names.index("start") if "start" in names else None
    found: list[tuple[int, int]] = []
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        statistics = group.column(clock).statistics if clock is not None else None
        if statistics is not None and statistics.has_min_max:
            low, high = int(statistics.min_raw), int(statistics.max_raw)
            if low >= wanted.end or high < wanted.begin:
                continue
        for at in columns:
            chunk = group.column(at)
            start = min(o for o in (chunk.dictionary_page_offset, chunk.data_page_offset) if o is not None)
            found.append((start, start + chunk.total_compressed_size))
    return merged(found)


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those within :data:`GAP` bytes of each other as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1] + GAP:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
