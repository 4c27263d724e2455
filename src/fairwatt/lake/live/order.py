"""One number for each record of the log, in the order in which all processes of the machine write them.

The numbers follow the clock [ns since 1970], but never go back, whatever the clock does.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

_NUMBER = struct.Struct("<Q")


class Order:
    """A counter in a file, shared by every process that opens it."""

    def __init__(self, path: Path, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._clock_ns = clock_ns
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def next(self) -> int:
        """A number higher than any that was given out."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            number = max(self._read() + 1, self._clock_ns())
            os.pwrite(self._file, _NUMBER.pack(number), 0)
            return number
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def last(self) -> int:
        """The highest number that was given out."""
        fcntl.flock(self._file, fcntl.LOCK_SH)
        try:
            return self._read()
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def raise_to(self, number: int) -> None:
        """Give out higher numbers than this from now on: after a power cut the file may be older than the log."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            if self._read() < number:
                os.pwrite(self._file, _NUMBER.pack(number), 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read(self) -> int:
        held = os.pread(self._file, _NUMBER.size, 0)
        return int(_NUMBER.unpack(held)[0]) if len(held) == _NUMBER.size else 0

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
