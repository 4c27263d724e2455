"""Bytes on their way in, on the disk: where they stand, and who may touch them now.

Locks are advisory locks of the operating system (``flock``): they go with the process that holds them, whatever
ends it.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings

from fairwatt.core.errors import Conflict, StorageFull
from fairwatt.records.models import File
from fairwatt.services.lakes import get_lake

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def uploads_folder() -> Path:
    """The folder of unfinished uploads; made where it is absent."""
    folder = Path(settings.FAIRWATT_HOME) / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def upload_path(upload_id: UUID | str) -> Path:
    """Where the bytes of an upload stand."""
    return uploads_folder() / str(upload_id)


def storage_full() -> StorageFull:
    """The error to raise where the disk has no room."""
    return StorageFull(
        "The disk is full. What had arrived before is kept.",
        next_step="Try again later: the upload goes on where it stopped. Tell a data manager.",
    )


def digest_path(upload_id: UUID | str) -> Path:
    """Where the sha256 of an upload stands while its bytes move to the store: what a crash needs to go on."""
    return uploads_folder() / f"{upload_id}.sha256"


@contextmanager
def locked(upload_id: UUID | str) -> Iterator[None]:
    """Have an upload's bytes for this request alone.

    Raises
    ------
    Conflict
        Where another request has them now.
    """
    descriptor = os.open(_lock_path(upload_id), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "Another request is writing to this upload.",
                where={"upload": str(upload_id)},
                next_step="Wait a few seconds, ask how far it is, and go on from there.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def forget_bytes(upload_id: UUID | str) -> None:
    """Delete whatever the disk holds of an upload."""
    for path in (upload_path(upload_id), digest_path(upload_id), _lock_path(upload_id)):
        path.unlink(missing_ok=True)


def _lock_path(name: UUID | str) -> Path:
    folder = uploads_folder() / ".locks"
    folder.mkdir(exist_ok=True)
    return folder / str(name)


@contextmanager
def raw_lock(sha256: str) -> Iterator[None]:
    """Keep storing and removing the same raw bytes apart: held from the bytes to the row that names them."""
    descriptor = os.open(_lock_path(f"raw-{sha256[:2]}"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def remove_raw_if_unused(sha256: str) -> bool:
    """Remove raw bytes that no file names any more; whether they were. Call it after the transaction.

    A file whose original is to be erased names them no more.
    """
    with raw_lock(sha256):
        if File.objects.filter(sha256=sha256, original_erased_at__isnull=True).exists():
            return False
        get_lake().raw.remove(sha256)
        return True
