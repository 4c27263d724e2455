"""A zip whose bytes are known before any of them is read, so that any part of it can be made on its own.

Members are stored as they are, under sizes and CRC-32s that are known beforehand; whatever is larger than 4 GiB is
told of by ZIP64. The same members always make the same bytes. (APPNOTE.TXT 6.3.10, 4.3.7 to 4.3.16, 4.5.3)
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from zlib import crc32

from fairwatt.core.errors import DamagedData, InvalidInput

Read = Callable[[int, int], Iterator[bytes]]

_UTF8 = 1 << 11
_STORED, _VERSION, _VERSION_64 = 0, 20, 45
_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_FOLDER = 0o40755 << 16 | 0x10
_LOCAL, _CENTRAL, _END, _END_64, _LOCATOR_64 = 0x04034B50, 0x02014B50, 0x06054B50, 0x06064B50, 0x07064B50
_MOST_32, _MOST_16 = 0xFFFFFFFF, 0xFFFF
_EXTRA_64 = 1
_EARLIEST_YEAR = 1980


@dataclass(frozen=True, slots=True)
class Stored:
    """One member: its path in the zip, its size [bytes] and CRC-32, and what yields its bytes in [start, end)."""

    path: str
    size: int
    crc32: int
    read: Read

    @classmethod
    def of_bytes(cls, path: str, content: bytes) -> Stored:
        """A member that is at hand."""
        return cls(path, len(content), crc32(content), lambda start, end: iter((content[start:end],)))

    @classmethod
    def folder(cls, path: str) -> Stored:
        """A folder, which some programs miss where only its files are named."""
        return cls.of_bytes(f"{path}/", b"")


class StoredZip:
    """A zip of stored members, every one of them under one time.

    Parameters
    ----------
    members
        In their order; each path once, with slashes, relative.
    at
        The time that members bear, to two seconds, as UTC.

    Raises
    ------
    InvalidInput
        Where a path stands twice, or leads out of the folder that the zip is unpacked in.
    """

    def __init__(self, members: Sequence[Stored], *, at: datetime) -> None:
        self._members = tuple(members)
        _check_paths([member.path.removesuffix("/") for member in members])
        self._time = _dos_time(at)
        self._locals = [self._local(member) for member in members]
        lengths = [len(head) + member.size for head, member in zip(self._locals, members, strict=True)]
        self._offsets = [0, *accumulate(lengths)]  # of each member, and of what follows the last

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._offsets[-1] + len(self._directory)

    @cached_property
    def layout_sha256(self) -> str:
        """A hash of all that is not members' content, sizes and CRC-32s of these among it."""
        digest = sha256()
        for head in self._locals:
            digest.update(head)
        digest.update(self._directory)
        return digest.hexdigest()

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes in [start, end) in pieces; only the members that lie in it are read.

        Raises
        ------
        DamagedData
            Where a member is shorter than was said, or, where it was read from its first byte to its last, other bytes.
        """
        end = min(end, self.size)
        number = max(0, bisect_right(self._offsets, start) - 1)
        while number < len(self._members) and self._offsets[number] < end:
            begin = self._offsets[number]
            yield from self._read_member(number, max(0, start - begin), end - begin)
            number += 1
        tail = self._offsets[-1]
        if end > tail and start < end:
            yield self._directory[max(0, start - tail) : end - tail]

    def _read_member(self, number: int, start: int, end: int) -> Iterator[bytes]:
        head, member = self._locals[number], self._members[number]
        if start < len(head):
            yield head[start:end]
        first, last = max(0, start - len(head)), min(member.size, end - len(head))
        if first < last:
            yield from _checked(member, first, last)

    def _local(self, member: Stored) -> bytes:
        name, is_large = member.path.encode(), member.size >= _MOST_32
        extra = struct.pack("<HHQQ", _EXTRA_64, 16, member.size, member.size) if is_large else b""
        size = _MOST_32 if is_large else member.size
        version = _VERSION_64 if is_large else _VERSION
        fixed = (_LOCAL, version, _UTF8, _STORED, *self._time, member.crc32, size, size, len(name), len(extra))
        return struct.pack("<IHHHHHIIIHH", *fixed) + name + extra

    @cached_property
    def _directory(self) -> bytes:
        entries = b"".join(map(self._entry, self._members, self._offsets))
        count, offset = len(self._members), self._offsets[-1]
        is_large = count >= _MOST_16 or len(entries) >= _MOST_32 or offset >= _MOST_32
        end_64 = b""
        if is_large:
            about = (_END_64, 44, _UNIX | _VERSION_64, _VERSION_64, 0, 0, count, count, len(entries), offset)
            end_64 = struct.pack("<IQHHIIQQQQ", *about)
            end_64 += struct.pack("<IIQI", _LOCATOR_64, 0, offset + len(entries), 1)
        few, size, place = min(count, _MOST_16), min(len(entries), _MOST_32), min(offset, _MOST_32)
        return entries + end_64 + struct.pack("<IHHHHIIH", _END, 0, 0, few, few, size, place, 0)

    def _entry(self, member: Stored, offset: int) -> bytes:
        name = member.path.encode()
        large = [member.size] * 2 if member.size >= _MOST_32 else []
        large += [offset] if offset >= _MOST_32 else []
        extra = struct.pack(f"<HH{len(large)}Q", _EXTRA_64, 8 * len(large), *large) if large else b""
        size = min(member.size, _MOST_32)
        versions = (_UNIX | _VERSION_64, _VERSION_64 if large else _VERSION)
        fixed = (_CENTRAL, *versions, _UTF8, _STORED, *self._time, member.crc32, size, size)
        mode = _FOLDER if member.path.endswith("/") else _REGULAR_FILE
        more = (len(name), len(extra), 0, 0, 0, mode, min(offset, _MOST_32))
        return struct.pack("<IHHHHHHIIIHHHHHII", *fixed, *more) + name + extra


def _checked(member: Stored, first: int, last: int) -> Iterator[bytes]:
    """A member's bytes, no more and no fewer; those of a whole one have to be what was said."""
    left, found = last - first, 0
    is_whole = left == member.size
    for piece in member.read(first, last):
        if len(piece) > left:
            break
        left -= len(piece)
        found = crc32(piece, found) if is_whole else 0
        if is_whole and not left and found != member.crc32:
            break  # before the last piece goes out
        yield piece
    else:
        if not left:
            return
    raise DamagedData(
        f"{member.path} is not what it was when the package was laid out.",
        where={"member": member.path},
        next_step="Ask for the package again; if this stays, tell the data manager.",
    )


def _check_paths(paths: Sequence[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        parts = path.split("/")
        if not path or "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in parts):
            raise InvalidInput(f"'{path[:80]}' is no path for a member of a zip.", where={"member": path[:200]})
        if len(path.encode()) > _MOST_16:
            raise InvalidInput("A path is too long for a member of a zip.", where={"member": path[:200]})
        if path.casefold() in seen:  # many disks take them for one
            raise InvalidInput(f"'{path[:80]}' stands twice in the zip.", where={"member": path[:200]})
        seen.add(path.casefold())


def _dos_time(at: datetime) -> tuple[int, int]:
    """Time and date as zips have had them since 1980."""
    at = at.astimezone(UTC)
    if at.year < _EARLIEST_YEAR:
        at = datetime(_EARLIEST_YEAR, 1, 1, tzinfo=UTC)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - _EARLIEST_YEAR) << 9 | at.month << 5 | at.day
