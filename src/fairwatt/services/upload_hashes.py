"""The hashes of uploads on their way, so that the end of a large one needs no second reading."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Protocol
from uuid import UUID

HASHES_KEPT = 64


class Hash(Protocol):
    """What hashlib's hashes have in common."""

    def update(self, data: bytes, /) -> None: ...
    def copy(self) -> Hash: ...
    def hexdigest(self) -> str: ...


class RunningHashes:
    """The sha256 of uploads as far as they are, so that the end of a large one needs no second reading."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, tuple[int, Hash]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, upload_id: UUID, offset: int) -> Hash | None:
        """The hash of the first ``offset`` bytes, where this process has followed them all."""
        with self._lock:
            at, running = self._kept.pop(upload_id, (-1, None))
        if offset == 0:
            return hashlib.sha256()
        return running if at == offset else None

    def keep(self, upload_id: UUID, offset: int, running: Hash) -> None:
        """Keep the hash of the first ``offset`` bytes; the oldest go where there are many."""
        with self._lock:
            self._kept[upload_id] = (offset, running)
            while len(self._kept) > HASHES_KEPT:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget all, as a restart does."""
        with self._lock:
            self._kept.clear()


running_hashes = RunningHashes()
