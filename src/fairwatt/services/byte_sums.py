"""Sizes and checksums of what packages are laid out of: files as received, and readings as Parquet.

Each is read once, and what was found is kept under a name for just these bytes; so a package is laid out, and any part
of it sent, without reading what comes before.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from fairwatt.core.errors import DamagedData
from fairwatt.lake.made import Export
from fairwatt.records.models import ByteSum
from fairwatt.services.lakes import get_lake

_PIECE = 256 * 1024
_MOST_NAMES = 500  # of one query


@dataclass(frozen=True, slots=True)
class RawBytes:
    """A file as received, by its sha256."""

    sha256: str

    @property
    def name(self) -> str:
        """A name for just these bytes."""
        return f"raw:{self.sha256}"

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Its bytes in [start, end)."""
        return get_lake().raw.open_range(self.sha256, start, end)

    def all(self) -> Iterator[bytes]:
        """All of its bytes."""
        return get_lake().raw.open_range(self.sha256)


@dataclass(frozen=True, slots=True)
class ExportBytes:
    """Readings as an export, which has the same bytes each time it is made."""

    export: Export

    @property
    def name(self) -> str:
        """A name for just these bytes."""
        return f"export:{self.export.table}:{self.export.key}"

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Its bytes in [start, end): of the copy that is kept, else made anew, and what comes before passed over."""
        made = self.export.find()
        if made is not None:
            return _read_file(made.path, start, end)
        return _cut(self.export.stream() if start == 0 else self.export.chunks(), start, end)

    def all(self) -> Iterator[bytes]:
        """All of its bytes; a copy is kept where there is room."""
        made = self.export.make()
        return _read_file(made.path, 0, made.size) if made is not None else self.export.chunks()


Bytes = RawBytes | ExportBytes


def find_sums(sources: Iterable[Bytes]) -> dict[str, ByteSum]:
    """What is known already, by name."""
    names = [source.name for source in sources]
    found: dict[str, ByteSum] = {}
    for begin in range(0, len(names), _MOST_NAMES):
        found |= {row.name: row for row in ByteSum.objects.filter(name__in=names[begin : begin + _MOST_NAMES])}
    return found


def sum_up(source: Bytes, *, at: datetime) -> ByteSum:
    """Read bytes from the first to the last and keep their sums; what is known is not read again.

    Raises
    ------
    DamagedData
        Where a file as received is not what its name says.
    """
    known = ByteSum.objects.filter(name=source.name).first()
    if known is not None:
        return known
    size, crc, digest = 0, 0, sha256()
    for chunk in source.all():
        size += len(chunk)
        crc = zlib.crc32(chunk, crc)
        digest.update(chunk)
    if isinstance(source, RawBytes) and digest.hexdigest() != source.sha256:
        raise DamagedData(
            "A file as received is not what was put there.",
            where={"file": f"raw/{source.sha256}"},
            next_step="Tell the data manager: it must be restored from a backup.",
        )
    values = {"size": size, "crc32": crc, "sha256": digest.hexdigest(), "made_at": at}
    row, _ = ByteSum.objects.get_or_create(name=source.name, defaults=values)
    return row


def forget_sums(sources: Iterable[Bytes]) -> None:
    """Drop what is known of bytes; whoever needs it again has them read again."""
    ByteSum.objects.filter(name__in=[source.name for source in sources]).delete()


def _read_file(path: Path, start: int, end: int) -> Iterator[bytes]:
    file = path.open("rb")  # at once: who evicts it meanwhile takes nothing from whoever reads

    def pieces() -> Iterator[bytes]:
        with file:
            file.seek(start)
            left = end - start
            while left > 0 and (piece := file.read(min(_PIECE, left))):
                left -= len(piece)
                yield piece

    return pieces()


def _cut(chunks: Iterable[bytes], start: int, end: int) -> Iterator[bytes]:
    """The bytes of [start, end) of chunks; whatever makes them is let go of at the end."""
    at = 0
    try:
        for chunk in chunks:
            piece = chunk[max(0, start - at) : max(0, end - at)]
            at += len(chunk)
            if piece:
                yield piece
            if at >= end:
                return
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
