"""Fetch a file's bytes to disk, going on where an earlier attempt stopped, and compare them with their hash."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx

from fairwatt.client.connection import Connection
from fairwatt.client.models import File
from fairwatt.core.errors import Conflict, InvalidInput, SourceUnavailable

Progress = Callable[[int, int], None]
PIECE_BYTES: Final = 1024 * 1024
_ATTEMPTS: Final = 6


def fetch_file(connection: Connection, file: File, target: Path, *, on_progress: Progress | None = None) -> Path:
    """Fetch the bytes of ``file`` and return where they are.

    Parameters
    ----------
    target
        A folder, or the path of the new file. An existing file is never overwritten.
    on_progress
        Called with the bytes that are there and the size.

    Raises
    ------
    InvalidInput
        Where ``target`` exists already.
    Conflict
        Where the bytes do not have the hash that the server announced; nothing is kept then.
    SourceUnavailable
        Where the server stayed away; a later call goes on where this one stopped.
    """
    path = target / Path(file.name).name if target.is_dir() else target
    if path.exists():
        raise InvalidInput(
            f"{path} exists already.", where={"file": str(path)}, next_step="Remove it, or name another file."
        )
    part = path.with_name(f"{path.name}.{file.sha256[:12]}.part")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _fetch_rest(connection, file, part, on_progress)
            break
        except SourceUnavailable:
            if attempt == _ATTEMPTS:
                raise
            connection.sleep(min(2.0**attempt, 30.0))
    _compare(file, part)
    part.rename(path)
    return path


def _fetch_rest(connection: Connection, file: File, part: Path, on_progress: Progress | None) -> None:
    done = part.stat().st_size if part.exists() else 0
    if done >= file.size and part.exists():
        return
    headers = {"Range": f"bytes={done}-", "If-Range": f'"{file.sha256}"'} if done else {}
    with connection.stream(f"/api/v1/files/{file.id}/content", headers=headers) as response:
        is_rest = response.status_code == httpx.codes.PARTIAL_CONTENT
        done = done if is_rest else 0
        with part.open("ab" if is_rest else "wb") as out:
            for piece in response.iter_raw(PIECE_BYTES):
                out.write(piece)
                done += len(piece)
                if on_progress:
                    on_progress(done, file.size)


def _compare(file: File, part: Path) -> None:
    digest: Any = sha256()
    with part.open("rb") as source:
        while piece := source.read(PIECE_BYTES):
            digest.update(piece)
    if digest.hexdigest() != file.sha256:
        part.unlink()
        raise Conflict(
            f"The bytes of {file.name} do not have the hash that the server announced.",
            where={"file": file.id, "announced": file.sha256, "received": digest.hexdigest()},
            next_step="Fetch it again.",
        )
