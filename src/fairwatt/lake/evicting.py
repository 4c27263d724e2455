"""Keep a folder of copies within a bound: the least recently used go first."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

HALF = ".half"  # the ending of a copy that is being written
_ABANDONED_S = 3_600


def evict_oldest(paths: Iterable[Path], *, most_bytes: int, in_use_s: float) -> None:
    """Delete the files that have not been used for longest, until the rest is within the bound.

    Half-written ones whose writer must be gone are deleted too; when a file was used is its time of change.

    Parameters
    ----------
    in_use_s
        One that was used within these seconds stays, and all that were used later.
    """
    now = time.time()
    found = []
    for path in paths:
        with suppress(OSError):
            state = path.stat()
            if path.suffix == HALF and now - state.st_mtime > _ABANDONED_S:
                path.unlink()
            elif path.suffix != HALF and path.is_file():
                found.append((state.st_mtime, state.st_size, path))
    excess = sum(size for _, size, _ in found) - most_bytes
    for used, size, path in sorted(found):
        if excess <= 0 or now - used < in_use_s:
            break
        with suppress(OSError):
            path.unlink()
        excess -= size
