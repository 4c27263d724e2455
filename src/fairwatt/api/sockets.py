"""The sockets of this process, found by their file descriptors."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def own_sockets() -> Iterator[socket.socket]:
    """Yield a duplicate of every socket of this process, each once; whoever takes one closes it."""
    folder = Path("/dev/fd")
    seen: set[int] = set()
    for number in list(folder.iterdir()) if folder.is_dir() else ():
        try:
            about = os.fstat(int(number.name))
        except OSError:
            continue  # it was the folder's own
        if not stat.S_ISSOCK(about.st_mode) or about.st_ino in seen:
            continue
        seen.add(about.st_ino)
        with suppress(OSError):
            yield socket.socket(fileno=os.dup(int(number.name)))
