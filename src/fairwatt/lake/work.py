"""Folders for work in progress, which clean up after themselves, even after kill -9.

A folder is locked for as long as its maker lives. Whoever finds one unlocked knows that its maker is gone,
and may clear it away.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from fairwatt.core.errors import StoreAway
from fairwatt.lake.disk import make_folder, remove_folder, write_whole
from fairwatt.lake.locks import take_now

_INTENT = "intent.json"
_LOCK = "lock"
_OLD_S = 3_600


@dataclass(frozen=True, slots=True)
class Intent:
    """What a batch is about to publish: its name, its table, and the files it moves there."""

    batch: str
    table: str
    files: tuple[str, ...]


class WorkFolder:
    """A folder of one piece of work, removed at its end; use as a context manager."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        self._leaves_intent = False

    @classmethod
    def new(cls, root: Path, name: str = "") -> Self:
        """Make and lock a folder under ``root``."""
        make_folder(root)
        path = root / (name or uuid4().hex)
        # Locked before it gets its name. A cleaner that meets it earlier may take it for one whose maker is gone.
        while True:
            with suppress(FileNotFoundError):
                return cls(path, _made_locked(root / f".{uuid4().hex}", path))

    def announce(self, intent: Intent) -> None:
        """Write down what is about to be moved out of this folder, so that a cleaner can take it back."""
        text = json.dumps({"batch": intent.batch, "table": intent.table, "files": list(intent.files)})
        write_whole(self.path / _INTENT, text.encode())

    def leave_intent(self) -> None:
        """At the end, leave behind what was announced, as if this process had died: a cleaner sees to it later."""
        self._leaves_intent = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leaves_intent:
            for entry in self.path.iterdir():
                if entry.is_dir():
                    remove_folder(entry)
                elif entry.name not in {_INTENT, _LOCK}:
                    entry.unlink()
        else:
            _remove(self.path)
        os.close(self._lock)


def _made_locked(building: Path, path: Path) -> int:
    building.mkdir()
    lock = os.open(building / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        building.rename(path)
    except OSError:
        os.close(lock)
        raise
    return lock


def clear_abandoned(root: Path, take_back: Callable[[Intent], None]) -> int:
    """Remove the folders whose makers are gone; return how many.

    ``take_back`` is called for each that had announced files, before the folder goes. Where the store that they
    went to is away, the folder stays for the next time.
    """
    if not root.exists():
        return 0
    cleared = 0
    for folder in [entry for entry in root.iterdir() if entry.is_dir()]:
        with _locked_if_abandoned(folder) as is_abandoned:
            if not is_abandoned:
                continue
            try:
                if intent := _read_intent(folder):
                    take_back(intent)
            except StoreAway:
                continue
            _remove(folder)
            cleared += 1
    return cleared


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: one whose remover dies over it can be told from one in use."""
    for entry in _entries(folder):
        if entry.is_dir() and not entry.is_symlink():
            remove_folder(entry)
        elif entry.name != _LOCK:
            with suppress(OSError):
                entry.unlink()
    with suppress(OSError):
        (folder / _LOCK).unlink()
    with suppress(OSError):
        folder.rmdir()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # gone
        return []


@contextmanager
def _locked_if_abandoned(folder: Path) -> Iterator[bool]:
    # One that has no name yet may have no lock yet: whoever makes it begins anew where it is taken away.
    making = os.O_CREAT if folder.name.startswith(".") else 0
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | making, 0o600)
    except OSError:  # being removed this very moment, or its remover died over it
        yield not _entries(folder) or _is_old(folder)
        return
    try:
        yield take_now(lock)
    finally:
        os.close(lock)


def _is_old(folder: Path) -> bool:
    """Whether a folder has not changed for an hour, by the disk's own clock."""
    probe = folder.parent / f".{uuid4().hex}"
    with suppress(OSError):
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
        return now - folder.stat().st_mtime > _OLD_S
    return False


def _read_intent(folder: Path) -> Intent | None:
    try:
        found = json.loads((folder / _INTENT).read_text())
    except FileNotFoundError:
        return None
    return Intent(found["batch"], found["table"], tuple(found["files"]))
