"""Received files on their way to an object store: safe on this machine until they are safe there."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

from fairwatt.core.errors import StoreAway
from fairwatt.lake.disk import make_folder
from fairwatt.lake.locks import held_now
from fairwatt.lake.stores import LocalStore, Store
from fairwatt.lake.stores.protocol import Found

logger = logging.getLogger(__name__)

_PAUSES_S = (1, 2, 5, 10, 30)  # between tries; then the worker's rounds go on


class Outgoing:
    """A folder of files that wait for a store.

    Safe for many processes: one of them sends at a time. Whatever is killed when, a file is here or there.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.root = folder
        self._store = store
        self._disk = LocalStore(folder)
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def bring(self, place: Path) -> Path | None:
        """A file that still waits, as the copy of what is going to be at ``place``.

        That copy stays readable when the file has been sent; None where it does not wait.
        """
        try:
            make_folder(place.parent)
            os.link(self._here(place), place)
        except FileExistsError:
            return place if self._here(place).exists() else None
        except FileNotFoundError:
            return None
        return place

    def add(self, path: Path, place: Path) -> None:
        """Take a finished file; it is consumed."""
        self._disk.take({self._here(place): path}, is_frozen=True)

    def remove(self, place: Path) -> None:
        """Do not send a file any more; one that does not wait is no error."""
        self._here(place).unlink(missing_ok=True)

    def waiting(self) -> list[Path]:
        """The files that wait, by the places they go to."""
        return [self._store.root / one.path.relative_to(self.root) for one in self._files()]

    def send(self) -> int:
        """Send what waits, unless another process is at it; return how many were sent.

        Raises
        ------
        StoreAway
            Where the store does not answer; what is left goes on waiting.
        """
        sent = 0
        with self._alone() as is_mine:
            for one in self._files() if is_mine else ():
                sent += self._send(one.path)
        return sent

    def begin(self) -> None:
        """Send what waits from a thread of its own, which tries for about a minute."""
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._go_on, name="outgoing", daemon=True)
                self._thread.start()

    def _go_on(self) -> None:
        for pause_s in _PAUSES_S:
            try:
                self.send()
                if not self._files():
                    return
            except StoreAway as error:
                logger.warning("%s", error)
            except Exception:
                logger.exception("a received file could not be sent to the store")
            time.sleep(pause_s)

    def _send(self, path: Path) -> int:
        place = self._store.root / path.relative_to(self.root)
        # A second name keeps the bytes until they are safe: the store consumes what it is given.
        given = path.with_name(f".{path.name}.sending")
        given.unlink(missing_ok=True)
        try:
            os.link(path, given)
        except FileNotFoundError:  # removed meanwhile
            return 0
        try:
            self._store.take({place: given}, is_frozen=True)
        finally:
            given.unlink(missing_ok=True)
        if path.exists():
            path.unlink(missing_ok=True)
        else:  # removed while it was sent: it must not stay there
            self._store.remove(place)
        return 1

    def _files(self) -> list[Found]:
        return [one for one in self._disk.walk(self.root) if not one.path.name.startswith(".")]

    def _here(self, place: Path) -> Path:
        return self.root / place.relative_to(self._store.root)

    def _alone(self) -> AbstractContextManager[bool]:
        return held_now(self.root / ".lock")
