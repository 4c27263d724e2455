"""Bytes on their way in: resumable at any byte, honest about how far they are, a File when complete.

How far an upload is, is the length of its file on the disk: the database follows. So whatever cuts a request off
(the network, a restart, kill -9), the next one goes on from what really arrived.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import FileIO
from pathlib import Path

from django.db import transaction
from django.db.models import Sum

from fairwatt.core.errors import ChecksumMismatch, Conflict, InvalidInput, NotFound, TooLarge
from fairwatt.lake import hash_file
from fairwatt.records.models import Deposit, File, Organization, Upload, User
from fairwatt.services.actors import DEPOSIT, Actor, organizations, require_user
from fairwatt.services.audit import record_event
from fairwatt.services.deposits import get_deposit, lock_editable
from fairwatt.services.file_results import storable
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from fairwatt.services.received_files import make_file
from fairwatt.services.upload_hashes import Hash, running_hashes
from fairwatt.services.upload_store import (
    FULL,
    digest_path,
    forget_bytes,
    locked,
    raw_lock,
    storage_full,
    upload_path,
    uploads_folder,
)

SPARE_BYTES = 64 << 20  # room that uploads leave on the disk, for the database and the reader
STRAY_AFTER = timedelta(days=1)
ALGORITHMS = frozenset({"sha1", "sha256", "md5"})
LONGEST_NAME = 1_000


@dataclass(frozen=True)
class UploadLimits:
    """What the actor may still hand in [bytes]: the largest file, and their organisation's quota.

    ``used_bytes`` counts its files and what is announced by unfinished uploads.
    """

    file_bytes: int
    quota_bytes: int
    used_bytes: int
    free_bytes: int


def upload_limits(*, actor: Actor, code: str = "") -> UploadLimits:
    """How much the actor may still hand in; with ``code`` for the organisation of that entry."""
    user = require_user(actor, DEPOSIT)
    place = get_deposit(actor=actor, code=code).organization if code else organizations(actor).first()
    return _limits(place, user)


def _limits(place: Organization | None, user: User) -> UploadLimits:
    limits = get_project().limits
    owned = {"organization": place} if place is not None else {"organization": None, "created_by": user}
    theirs = Deposit.objects.filter(**owned)
    files = File.objects.filter(dataset__deposit__in=theirs).aggregate(total=Sum("size"))["total"] or 0
    coming = Upload.objects.filter(deposit__in=theirs, finished_at__isnull=True).aggregate(total=Sum("size"))
    used = files + (coming["total"] or 0)
    return UploadLimits(
        file_bytes=limits.file_bytes,
        quota_bytes=limits.organization_bytes,
        used_bytes=used,
        free_bytes=max(0, limits.organization_bytes - used),
    )


def create_upload(*, actor: Actor, code: str, filename: str, size: int, at: datetime) -> Upload:
    """Begin an upload into an entry of the log. An empty file is complete at once.

    Parameters
    ----------
    size
        Of the whole file [bytes].

    Raises
    ------
    TooLarge
        Where the file is larger than files may be, or than what is left of the organisation's quota.
    StorageFull
        Where the disk has no room for it.
    NotFound, Conflict
        Where there is no such entry for the actor, or it can't be changed now.
    """
    user = require_user(actor, DEPOSIT)
    with transaction.atomic():
        deposit = lock_editable(actor, code)
        _check_room(deposit, user, size, filename)
        upload = Upload.objects.create(
            deposit=deposit,
            owner=user,
            filename=storable(filename)[:LONGEST_NAME],
            size=size,
            created_at=at,
            updated_at=at,
            expires_at=_expiry(at),
        )
        record_event(actor=actor, verb="upload.started", subject=upload, at=at, detail={"bytes": size})
    if size == 0:
        return append_upload(actor=actor, upload_id=upload.pk, offset=0, chunks=(), at=at)
    return upload


def _expiry(at: datetime) -> datetime:
    return at + timedelta(days=get_project().limits.upload_days)


def _check_room(deposit: Deposit, user: User, size: int, filename: str) -> int:
    """Raise unless ``size`` more bytes may be handed in; how many could be."""
    if size < 0:
        raise InvalidInput("A file has at least 0 bytes.", where={"field": "size"})
    if deposit.organization is not None:  # uploads of one organisation are counted one after another
        Organization.objects.select_for_update(no_key=True).get(pk=deposit.organization.pk)
    limits = _limits(deposit.organization, deposit.created_by if deposit.organization is None else user)
    where = {"file": filename[:200], "bytes": size}
    if size > limits.file_bytes:
        raise TooLarge(
            f"The file has {say_bytes(size)}; the largest that is taken has {say_bytes(limits.file_bytes)}.",
            where=where | {"limit": limits.file_bytes},
            next_step="Hand it in in parts, a month each for example.",
        )
    if size > limits.free_bytes:
        raise TooLarge(
            f"The file has {say_bytes(size)}; of the {say_bytes(limits.quota_bytes)} for your organisation "
            f"{say_bytes(limits.free_bytes)} are left.",
            where=where | {"limit": limits.free_bytes},
            next_step="Remove files you no longer need from your drafts, or ask a data manager for more room.",
        )
    if shutil.disk_usage(uploads_folder()).free < size + SPARE_BYTES:
        raise storage_full()
    return min(limits.file_bytes, limits.free_bytes)


def say_bytes(size: int) -> str:
    """A size for people: ``1.5 GB``."""
    if size < 1000:  # noqa: PLR2004
        return f"{size} bytes"
    power = min(4, (len(str(size)) - 1) // 3)
    return f"{size / 1000**power:.4g} {('kB', 'MB', 'GB', 'TB')[power - 1]}"


def get_upload(*, actor: Actor, upload_id: uuid.UUID | str) -> Upload:
    """An upload of the actor's own; its ``offset`` is what the disk holds now.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    user = require_user(actor, DEPOSIT)
    upload = _find(upload_id)
    if upload is None or upload.owner_id != user.pk:
        raise NotFound("There is no such upload.", where={"upload": str(upload_id)[:40]})
    if upload.finished_at is None:
        upload.offset = _held_bytes(upload)
    return upload


def _find(upload_id: uuid.UUID | str) -> Upload | None:
    try:
        name = uuid.UUID(str(upload_id))
    except ValueError:
        return None
    return Upload.objects.select_related("deposit", "file", "owner").filter(pk=name).first()


def _held_bytes(upload: Upload) -> int:
    """How much of an unfinished upload has arrived: what stands on the disk."""
    try:
        return min(upload_path(upload.pk).stat().st_size, upload.size)
    except FileNotFoundError:
        return upload.size if digest_path(upload.pk).exists() else 0


def append_upload(
    *,
    actor: Actor,
    upload_id: uuid.UUID | str,
    offset: int,
    chunks: Iterable[bytes],
    at: datetime,
    checksum: tuple[str, bytes] | None = None,
) -> Upload:
    """Add bytes to an upload; the last one makes it a file and asks for it to be read.

    Whatever ends ``chunks`` early, what arrived before stays (and nothing of it, where a checksum was sent for
    bytes that did not all come).

    Parameters
    ----------
    offset
        Where the first of these bytes belongs: what the upload holds already.
    checksum
        (algorithm, digest) of these bytes: sha256, sha1 or md5.

    Raises
    ------
    Conflict
        Where ``offset`` is not what the upload holds (``where["offset"]`` says what is), or another request writes.
    ChecksumMismatch
        Where other bytes arrived than were sent; none of them is kept.
    TooLarge
        Where more arrives than was announced; none of it is kept.
    StorageFull
        Where the disk is full; what fitted is kept.
    """
    upload = get_upload(actor=actor, upload_id=upload_id)
    with locked(upload.pk):
        upload = get_upload(actor=actor, upload_id=upload_id)  # as the last holder of the lock left it
        if upload.finished_at is not None and offset == upload.size:
            return upload
        if offset != upload.offset or upload.finished_at is not None:
            raise Conflict(
                f"The upload holds {upload.offset:,} bytes, so nothing can be added at {offset:,}.",
                where={"upload": str(upload.pk), "offset": upload.offset},
                next_step="Ask how far it is, and go on from there.",
            )
        try:
            if offset < upload.size:
                _write(upload, chunks, checksum)
        finally:
            _note_offset(upload, at)
        return _finish(upload, actor, at) if upload.offset == upload.size else upload


def _note_offset(upload: Upload, at: datetime) -> None:
    upload.offset = _held_bytes(upload)
    upload.updated_at, upload.expires_at = at, _expiry(at)
    Upload.objects.filter(pk=upload.pk).update(offset=upload.offset, updated_at=at, expires_at=upload.expires_at)


def _write(upload: Upload, chunks: Iterable[bytes], checksum: tuple[str, bytes] | None) -> None:
    """Write ``chunks`` at the upload's offset and make them safe; on a fault, leave what is honest."""
    start = upload.offset
    running = running_hashes.take(upload.pk, start)
    before = running.copy() if running is not None and checksum is not None else None
    check = _new_hash(checksum)
    descriptor = os.open(upload_path(upload.pk), os.O_RDWR | os.O_CREAT, 0o600)
    with FileIO(descriptor, "r+b") as file:
        file.truncate(start)
        file.seek(start)
        position, whole = start, False
        try:
            for chunk in chunks:
                if position + len(chunk) > upload.size:
                    file.truncate(start)
                    raise TooLarge(
                        f"More bytes arrived than the {upload.size:,} that were announced; none of them was kept.",
                        where={"upload": str(upload.pk), "offset": start},
                    )
                _write_all(file, chunk)
                position += len(chunk)
                for following in (running, check):
                    if following is not None:
                        following.update(chunk)
            whole = check is None or checksum is None or check.hexdigest() == checksum[1].hex()
            if not whole:
                raise ChecksumMismatch(
                    "The bytes that arrived are not those that were sent; none of them was kept.",
                    where={"upload": str(upload.pk), "offset": start},
                    next_step="Send them again.",
                )
        except OSError as error:
            if error.errno in FULL:
                raise storage_full() from error
            raise
        finally:
            if check is not None and not whole:
                file.truncate(start)
                running, position = before, start
            os.fsync(file.fileno())
            if running is not None and os.fstat(file.fileno()).st_size == position:
                running_hashes.keep(upload.pk, position, running)


def _new_hash(checksum: tuple[str, bytes] | None) -> Hash | None:
    if checksum is None:
        return None
    if checksum[0] not in ALGORITHMS:
        raise InvalidInput(f"The checksum “{checksum[0][:20]}” is not known.", next_step="Send sha256, sha1 or md5.")
    return hashlib.new(checksum[0], usedforsecurity=False)


def _write_all(file: FileIO, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) or 0 :]


def _finish(upload: Upload, actor: Actor, at: datetime) -> Upload:
    """Make a file of a complete upload; safe to be cut off and done again at any point."""
    sha256 = _digest_of(upload)
    _note_digest(upload, sha256)
    with raw_lock(sha256), transaction.atomic():
        deposit = lock_editable(actor, upload.deposit.code)
        if upload_path(upload.pk).exists():
            get_lake().raw.add(upload_path(upload.pk), sha256=sha256)
        file = make_file(actor=actor, deposit=deposit, filename=upload.filename, sha256=sha256, size=upload.size, at=at)
        upload.file, upload.finished_at, upload.updated_at = file, at, at
        upload.save(update_fields=["file", "finished_at", "updated_at"])
        transaction.on_commit(lambda: forget_bytes(upload.pk))
    return upload


def _digest_of(upload: Upload) -> str:
    running = running_hashes.take(upload.pk, upload.size)
    if upload.size and not upload_path(upload.pk).exists():
        return digest_path(upload.pk).read_text().strip()
    if not upload_path(upload.pk).exists():
        upload_path(upload.pk).touch(mode=0o600)
    return running.hexdigest() if running is not None else hash_file(upload_path(upload.pk))


def _note_digest(upload: Upload, sha256: str) -> None:
    """Note the digest before the bytes move, so that a crash in between loses nothing."""
    try:
        with digest_path(upload.pk).open("w") as file:
            file.write(sha256)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno in FULL:
            raise storage_full() from error
        raise


def terminate_upload(*, actor: Actor, upload_id: uuid.UUID | str, at: datetime) -> None:
    """Give up an unfinished upload; its bytes go.

    Raises
    ------
    Conflict
        Where it has become a file already, or another request is writing to it.
    """
    upload = get_upload(actor=actor, upload_id=upload_id)
    with locked(upload.pk):
        upload = get_upload(actor=actor, upload_id=upload_id)
        if upload.finished_at is not None:
            raise Conflict(
                "This upload is complete.", where={"upload": str(upload.pk)}, next_step="Remove its file instead."
            )
        _drop(upload, actor, at, verb="upload.terminated")


def _drop(upload: Upload, actor: Actor, at: datetime, *, verb: str) -> None:
    name = upload.pk
    with transaction.atomic():
        record_event(actor=actor, verb=verb, subject=upload, at=at, detail={"bytes": upload.size})
        upload.delete()
        transaction.on_commit(lambda: forget_bytes(name))


def expire_uploads(*, at: datetime) -> int:
    """Tidy up: finish uploads that a crash cut off at their very end, drop those that ran out; how many were dropped.

    Bytes on the disk that belong to no upload go after a day.
    """
    dropped = 0
    for upload in Upload.objects.filter(finished_at__isnull=True).select_related("deposit", "owner"):
        is_complete = _held_bytes(upload) == upload.size and upload.updated_at < at - timedelta(minutes=5)
        if not is_complete and upload.expires_at > at:
            continue
        try:
            with locked(upload.pk):
                if upload.expires_at <= at:
                    _drop(upload, Actor.system(), at, verb="upload.expired")
                    dropped += 1
                else:
                    append_finished(upload, at)
        except (Conflict, NotFound):  # somebody is writing, or the entry can't take it now
            continue
    _sweep_strays(at)
    return dropped


def append_finished(upload: Upload, at: datetime) -> None:
    """Finish an upload whose bytes are all there, on its owner's behalf; call it with the upload locked."""
    current = _find(upload.pk)
    if current is not None and current.finished_at is None and _held_bytes(current) == current.size:
        _finish(current, Actor(user=current.owner), at)


def _sweep_strays(at: datetime) -> None:
    oldest = (at - STRAY_AFTER).timestamp()
    for path in uploads_folder().iterdir():
        name = path.name.removesuffix(".sha256")
        if path.is_dir() or path.stat().st_mtime > oldest:
            continue
        upload = _find(name)
        if upload is None or upload.finished_at is not None:
            path.unlink(missing_ok=True)


def deposit_file(*, actor: Actor, code: str, filename: str, chunks: Iterable[bytes], at: datetime) -> File:
    """Hand in a whole file in one go, for small files and for pages without scripts.

    Raises
    ------
    TooLarge, StorageFull, NotFound, Conflict
        As for :func:`create_upload`; the size is found on the way.
    """
    user = require_user(actor, DEPOSIT)
    with transaction.atomic():
        room = _check_room(lock_editable(actor, code), user, 0, filename)
    path = upload_path(uuid.uuid4())
    try:
        size, sha256 = _receive(path, chunks, room)
        with raw_lock(sha256), transaction.atomic():
            deposit = lock_editable(actor, code)
            _check_room(deposit, user, size, filename)
            get_lake().raw.add(path, sha256=sha256)
            return make_file(
                actor=actor,
                deposit=deposit,
                filename=storable(filename)[:LONGEST_NAME],
                sha256=sha256,
                size=size,
                at=at,
            )
    finally:
        path.unlink(missing_ok=True)


def _receive(path: Path, chunks: Iterable[bytes], room: int) -> tuple[int, str]:
    size, whole = 0, hashlib.sha256()
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > room:
                    raise TooLarge(
                        f"The file has more than the {say_bytes(room)} that may be handed in.",
                        where={"limit": room},
                        next_step="Hand it in in parts, or ask a data manager for more room.",
                    )
                whole.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno in FULL:
            raise storage_full() from error
        raise
    return size, whole.hexdigest()
