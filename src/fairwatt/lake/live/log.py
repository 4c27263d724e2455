"""The write-ahead log: what is in it when :meth:`LiveLog.append` returns is on the disk.

Each process appends to segments of its own, so that several servers may receive at once. Requests that arrive while
the disk is busy share the next fsync.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from fairwatt.core.errors import Overloaded
from fairwatt.lake.disk import is_disk_full, make_folder, sync_folder
from fairwatt.lake.live.order import Order
from fairwatt.lake.live.segments import ENDING, Record, pack

log = logging.getLogger(__name__)

FOLDER = "live"
POSITIONS = "positions.json"
WAITING = "waiting.json"
SEGMENT_BYTES = 32 << 20
MOST_BEHIND = 1 << 30  # bytes of the log that wait to be taken
MOST_FOR_ONE = 256 << 20  # bytes that wait for one table in trouble
LEAST_FREE = 256 << 20  # bytes that must be free on the disk
LOOK_EVERY_S = 1.0
RETRY_AFTER_S = 5
FULL_RETRY_AFTER_S = 60


class _Segment:
    """A file that this process appends to; locked for as long as it does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Locked before it gets its name: the drain removes segments that nobody holds.
        building = path.with_name(f".{path.name}")
        self.file = os.open(building, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX)
            building.rename(path)
        except OSError:  # an orphan that is being cleared away this very moment, or a full disk
            os.close(self.file)
            raise
        self.written = 0
        self.synced = 0
        self.is_broken = False
        self.waiting = 0
        self.is_closing = False

    def write(self, data: bytes) -> int:
        """Append; where it does not fit whole, nothing of it stays."""
        begin = self.written
        try:
            done = 0
            view = memoryview(data)
            while done < len(data):
                done += os.pwrite(self.file, view[done:], begin + done)
        except OSError:
            try:
                os.ftruncate(self.file, begin)
            except OSError:
                self.is_broken = True
            raise
        self.written = begin + len(data)
        return self.written


class LiveLog:
    """This process's end of the log; safe for threads.

    Parameters
    ----------
    root
        The lake's folder.
    most_behind, most_for_one, least_free
        From how many waiting bytes on all readings are refused, from how many on those of a table that is in trouble,
        and below how many free ones all.
    """

    def __init__(
        self,
        root: Path,
        *,
        most_behind: int = MOST_BEHIND,
        most_for_one: int = MOST_FOR_ONE,
        least_free: int = LEAST_FREE,
        segment_bytes: int = SEGMENT_BYTES,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.folder = make_folder(root / FOLDER)
        self._most_behind, self._most_for_one, self._least_free = most_behind, most_for_one, least_free
        self._segment_bytes = segment_bytes
        self._clock_ns = clock_ns
        self._order = Order(self.folder / "order", clock_ns)
        self._order.raise_to(max((_order_of(path) for path in segments_in(self.folder)), default=0))
        self._lock = threading.Lock()
        self._disk = threading.Lock()
        self._segment: _Segment | None = None
        self._looked = float("-inf")
        self._refusal: Exception | None = None
        self._waiting: dict[str, int] = {}

    def append(self, table: str, source: str, payload: bytes, *, waits: bool = True) -> int:
        """Write the readings of a request down, and return once they are on the disk; the record's order.

        Parameters
        ----------
        waits
            False for one of many that :meth:`sync` brings onto the disk together: till then nothing is acknowledged.

        Raises
        ------
        Overloaded
            Where more waits to be taken than is wise, or the disk is full or nearly so; come again later.
        """
        self.refuse_when_full(table)
        try:
            with self._lock:
                segment = self._open_segment()
                order = self._order.next()
                end = segment.write(pack(Record(order, self._clock_ns(), table, source, payload)))
                segment.waiting += 1
            try:
                if waits:
                    self._sync(segment, end)
            finally:
                with self._lock:
                    segment.waiting -= 1
                    self._close_if_idle(segment)
        except OSError as error:
            raise _in_our_words(error) from error
        return order

    def sync(self) -> None:
        """Return once all that was appended before is on the disk; raises Overloaded where it can't be."""
        with self._lock:
            segment = self._segment
            if segment is None:
                return
            end = segment.written
            segment.waiting += 1
        try:
            self._sync(segment, end)
        except OSError as error:
            raise _in_our_words(error) from error
        finally:
            with self._lock:
                segment.waiting -= 1
                self._close_if_idle(segment)

    def refuse_when_full(self, table: str) -> None:
        """Raise where readings of a table can't be taken for now; looked at once a second."""
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY_S:
            self._looked = now
            self._waiting = read_waiting(self.folder)
            self._refusal = self._find_refusal()
        if self._refusal is not None:
            raise self._refusal
        if (waiting := self._waiting.get(table, 0)) > self._most_for_one:
            raise Overloaded(
                f"{waiting >> 20:,} MiB of this dataset's readings wait to be put into its table, which is in trouble; "
                "no more of them are taken for now. What was acknowledged is safe.",
                retry_after_s=FULL_RETRY_AFTER_S,
            )

    def behind(self) -> int:
        """How many bytes wait to be put into tables."""
        return bytes_behind(self.folder)

    def _find_refusal(self) -> Exception | None:
        if shutil.disk_usage(self.folder).free < self._least_free:
            return _full()
        # What waits for tables in trouble counts against those alone.
        behind = bytes_behind(self.folder) - sum(self._waiting.values())
        if behind <= self._most_behind:
            return None
        return Overloaded(
            f"{behind >> 20:,} MiB of readings wait to be put into the tables; no more are taken for now.",
            retry_after_s=RETRY_AFTER_S,
        )

    def _open_segment(self) -> _Segment:
        segment = self._segment
        if segment is not None and not segment.is_broken and segment.written < self._segment_bytes:
            return segment
        if segment is not None and not segment.is_broken and segment.synced < segment.written:
            os.fdatasync(segment.file)  # a later sync looks at the new segment alone
            segment.synced = segment.written
        path = self.folder / f"{self._order.next():020d}-{uuid4().hex[:8]}{ENDING}"
        fresh = _Segment(path)
        sync_folder(self.folder)
        self._segment = fresh
        if segment is not None:
            segment.is_closing = True
            self._close_if_idle(segment)
        return fresh

    @staticmethod
    def _close_if_idle(segment: _Segment) -> None:
        if segment.is_closing and not segment.waiting and segment.file >= 0:
            os.close(segment.file)
            segment.file = -1

    def _sync(self, segment: _Segment, end: int) -> None:
        """Wait until the segment is on the disk up to ``end``; whoever is first does it for all that have written."""
        with self._disk:
            if segment.synced >= end:
                return
            if segment.is_broken:
                raise OSError(errno.EIO, "an earlier write to this segment failed")
            with self._lock:
                upto = segment.written
            try:
                os.fdatasync(segment.file)
            except OSError:
                # What the kernel dropped can't be known: nobody of this round is told that it is safe.
                segment.is_broken = True
                raise
            segment.synced = upto

    def close(self) -> None:
        """End this process's segment: whoever drains may remove it once it is taken."""
        with self._lock:
            if self._segment is not None:
                self._segment.is_closing = True
                self._close_if_idle(self._segment)
                self._segment = None
        self._order.close()


def _full() -> Overloaded:
    return Overloaded(
        "The disk of the platform is full, so that no readings can be taken. What was acknowledged is safe.",
        retry_after_s=FULL_RETRY_AFTER_S,
    )


def _in_our_words(error: OSError) -> Exception:
    if is_disk_full(error):
        return _full()
    log.error("the live log could not be written", exc_info=error)
    return Overloaded("The readings could not be written down.", retry_after_s=RETRY_AFTER_S)


def segments_in(folder: Path) -> list[Path]:
    """The log's segments, oldest first; one whose place another has taken goes."""
    found = {path.name: path for path in folder.glob(f"*{ENDING}") if not path.name.startswith(".")}
    for name in list(found):
        if fresh_name(name) in found:
            found.pop(name).unlink(missing_ok=True)
    return sorted(found.values())


def fresh_name(name: str) -> str:
    """What a segment is called that takes another one's place, with what is still waited with."""
    return f"{name.removesuffix(ENDING)}~{ENDING}"


def _order_of(path: Path) -> int:
    head = path.name.partition("-")[0]
    return int(head) if head.isdigit() else 0


def read_positions(folder: Path) -> dict[str, int]:
    """How far the drain has taken each segment [bytes]."""
    try:
        found: dict[str, int] = json.loads((folder / POSITIONS).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def read_waiting(folder: Path) -> dict[str, int]:
    """What waits for each table in trouble [bytes], as the drain has told."""
    try:
        found: dict[str, int] = json.loads((folder / WAITING).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def bytes_behind(folder: Path) -> int:
    """How many bytes of the log have not been taken yet."""
    taken = read_positions(folder)
    behind = 0
    for path in segments_in(folder):
        try:
            behind += max(0, path.stat().st_size - taken.get(path.name, 0))
        except FileNotFoundError:
            continue
    return behind
