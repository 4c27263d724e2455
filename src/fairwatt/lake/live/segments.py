"""Records of the write-ahead log: how they are written into a segment, and read back after whatever happened.

A segment is a file that one process appends to. Each record carries its length and a checksum, so that a tail that was
cut off by a crash is told from what is whole.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fairwatt.lake.disk import sync_folder

ENDING = ".wal"
BLANK = ""  # the table of a record whose readings were erased
_MARK = b"FWr1"
_HEAD = struct.Struct("<4sIIQq")  # mark, length of the body, checksum, order, received [ns since 1970]
_NAMES = struct.Struct("<BB")
MOST_BODY = 256 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """The readings of one request for one table, as an Arrow stream.

    ``order`` grows with every record of the lake, whichever process wrote it; ``end`` is where the next one begins in
    its segment, in bytes.
    """

    order: int
    received_ns: int
    table: str
    source: str
    payload: bytes
    end: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a segment from some place on.

    Attributes
    ----------
    records
        Whole records, in the order of the segment.
    end
        Where to read on.
    damaged
        Bytes that were passed over in the middle because no checksum fits them.
    is_whole
        Whether nothing but whole records stood up to the segment's present end.
    """

    records: tuple[Record, ...]
    end: int
    damaged: int
    is_whole: bool


def pack(record: Record) -> bytes:
    """A record as it stands in a segment."""
    table, source = record.table.encode(), record.source.encode()
    body = _NAMES.pack(len(table), len(source)) + table + source + record.payload
    check = _checksum(record.order, record.received_ns, body)
    return _HEAD.pack(_MARK, len(body), check, record.order, record.received_ns) + body


def _checksum(order: int, received_ns: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(struct.pack("<Qq", order, received_ns)))


def read_segment(
    path: Path, start: int, *, most_bytes: int, last_order: int | None = None, is_over: bool = False
) -> Reading:
    """Read whole records of a segment.

    Parameters
    ----------
    start
        Where a record begins.
    most_bytes
        About how much to read at once; one record always.
    last_order
        Records of a higher order are left for later.
    is_over
        Whether nobody writes it any more: then what is damaged is passed over, and a torn tail is its end. Otherwise
        it may be a record that is just being written.
    """
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(max(most_bytes, _HEAD.size))
        if (wanted := _first_length(data)) > len(data):
            data += file.read(wanted - len(data))
        rest = file.read(1)
    found: list[Record] = []
    at = damaged = 0
    for record, begin, end in _records(data, passes_over=is_over):
        if last_order is not None and record.order > last_order:
            return Reading(tuple(found), start + at, damaged, is_whole=False)
        damaged += begin - at
        at = end
        found.append(Record(record.order, record.received_ns, record.table, record.source, record.payload, start + end))
    at_end = not rest
    if is_over and at_end and at < len(data):  # what is left is no record, and nobody will complete it
        damaged += len(data) - at
        at = len(data)
    return Reading(tuple(found), start + at, damaged, is_whole=at_end and at == len(data))


def blank_records(path: Path, is_meant: Callable[[Record], bool]) -> int:
    """Overwrite the readings of records for good, in their places; return how many.

    Their order, time and length stay, so that whoever reads the segment finds the records around them. Its writer may
    go on appending meanwhile.
    """
    with path.open("r+b", buffering=0) as file:
        data = file.readall()
        found = [
            (begin, end, record)
            for record, begin, end in _records(data, passes_over=True)
            if record.table != BLANK and is_meant(replace(record, end=end))
        ]
        for begin, end, record in found:
            left = end - begin - _HEAD.size - _NAMES.size
            os.pwrite(file.fileno(), pack(replace(record, table=BLANK, source="", payload=bytes(left))), begin)
        if found:
            os.fsync(file.fileno())
    return len(found)


def write_segment(path: Path, records: Iterable[Record]) -> None:
    """Write a segment whole, and onto the disk before it has its name."""
    building = path.with_name(f".{path.name}")
    try:
        with building.open("wb") as file:
            file.writelines(map(pack, records))
            file.flush()
            os.fsync(file.fileno())
        building.replace(path)
    finally:
        building.unlink(missing_ok=True)
    sync_folder(path.parent)


def _first_length(data: bytes) -> int:
    if len(data) < _HEAD.size or not data.startswith(_MARK):
        return 0
    length = _HEAD.unpack_from(data)[1]
    return _HEAD.size + length if length <= MOST_BODY else 0


def _records(data: bytes, *, passes_over: bool) -> Iterator[tuple[Record, int, int]]:
    """Whole records with where they begin and end; ends at the first that is not whole unless it is passed over."""
    at = 0
    while True:
        found = _record_at(data, at)
        if found is None and passes_over:
            at = data.find(_MARK, at + 1)
            while at >= 0 and (found := _record_at(data, at)) is None:
                at = data.find(_MARK, at + 1)
        if found is None:
            return
        record, end = found
        yield record, at, end
        at = end


def _record_at(data: bytes, at: int) -> tuple[Record, int] | None:
    if at < 0 or len(data) - at < _HEAD.size:
        return None
    mark, length, check, order, received_ns = _HEAD.unpack_from(data, at)
    begin, end = at + _HEAD.size, at + _HEAD.size + length
    if mark != _MARK or length < _NAMES.size or length > MOST_BODY or end > len(data):
        return None
    body = data[begin:end]
    if _checksum(order, received_ns, body) != check:
        return None
    table, source = _NAMES.unpack_from(body)
    first, second = _NAMES.size + table, _NAMES.size + table + source
    names = body[_NAMES.size : first].decode(), body[first:second].decode()
    return Record(order, received_ns, *names, body[second:]), end
