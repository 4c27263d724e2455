"""The disk underneath: bytes are on it before anything says they are, and a full one is said plainly."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairwatt.core.errors import StorageFull

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = (
    "no space left",
    "disk quota exceeded",
    "file too large",
    "os error 28",
    "os error 122",
    "os error 27",
    "not enough disk space",
)


def sync_file(path: Path) -> None:
    """Make sure that a file's bytes are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> Path:
    """Make a folder and its parents so that they survive a power cut."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.parent)
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file so that a reader sees all of it or none."""
    make_folder(path.parent)
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    try:
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder and all in it; one that is not there is no error."""
    shutil.rmtree(path, ignore_errors=True)


def is_disk_full(error: BaseException) -> bool:
    """Whether an error of any layer (the system's, DuckDB's, Delta's) means that there is no room."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    if isinstance(error, OSError) or type(error).__module__.split(".")[0] in {
        "duckdb",
        "_duckdb",
        "deltalake",
        "_internal",
    }:
        words = str(error).lower()
        return any(word in words for word in _FULL_WORDS)
    return False


@contextmanager
def full_disk_said() -> Iterator[None]:
    """Turn a full disk, whichever layer met it, into :class:`StorageFull`."""
    try:
        yield
    except Exception as error:
        if not is_disk_full(error):
            raise
        raise StorageFull(
            "The disk of the platform is full. What was stored before is unharmed, and nothing half-written is kept.",
            next_step="Make room on the disk, or ask a data manager to, then try again.",
        ) from error
