"""Locks among all threads and processes of this machine, each by a file; they go with whoever held them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairwatt.lake.disk import make_folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock, by the file ``path``, once nobody else does."""
    lock = _opened(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def held_now(path: Path) -> Iterator[bool]:
    """Hold a lock unless somebody else does: yields at once whether it is held."""
    lock = _opened(path)
    try:
        yield take_now(lock)
    finally:
        os.close(lock)


def is_locked(path: Path) -> bool:
    """Whether somebody holds a lock at this moment; False where there is no such file."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not take_now(lock)
    finally:
        os.close(lock)


def take_now(file: int) -> bool:
    """Lock an open file unless somebody else has; whether it is locked now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _opened(path: Path) -> int:
    make_folder(path.parent)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
