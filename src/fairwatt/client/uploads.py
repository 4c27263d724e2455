"""Send a file by tus 1.0, going on where an earlier attempt stopped, in this process or before it."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urljoin, urlsplit

import httpx
import platformdirs

from fairwatt.client.connection import Connection
from fairwatt.client.models import Receipt
from fairwatt.core.errors import (
    ChecksumMismatch,
    Conflict,
    FairwattError,
    InvalidInput,
    NotFound,
    SourceUnavailable,
    StorageFull,
    TooManyRequests,
)

Progress = Callable[[int, int], None]
CHUNK_BYTES: Final = 8 * 1024 * 1024
ENDPOINT: Final = "/api/uploads/"
_PAUSES_S: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_TUS: Final = {"Tus-Resumable": "1.0.0"}


class Memory:
    """Where unfinished uploads are remembered between runs: a small JSON file of the user's.

    Parameters
    ----------
    path
        The file; by default in the user's state folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(platformdirs.user_state_dir("fairwatt")) / "uploads.json"

    def find(self, key: str) -> str | None:
        """The address of the unfinished upload of this key."""
        return self._load().get(key)

    def keep(self, key: str, url: str) -> None:
        """Remember an upload."""
        self._store(self._load() | {key: url})

    def forget(self, key: str) -> None:
        """Forget an upload."""
        entries = self._load()
        if entries.pop(key, None) is not None:
            self._store(entries)

    def _load(self) -> dict[str, str]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in entries.items()} if isinstance(entries, dict) else {}

    def _store(self, entries: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            aside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            aside.write_text(json.dumps(entries, indent=1), encoding="utf-8")
            aside.replace(self._path)
        except OSError:
            return  # without memory the upload still works; only a later run can't resume it


@dataclass
class Sending:
    """One file on its way.

    Parameters
    ----------
    connection
        To the server.
    path
        The file; it must not change while it is sent.
    deposit
        The deposit's code.
    name
        What the file is called there.
    on_progress
        Called with the bytes that arrived and the size.
    memory
        Where it is remembered, or None to begin anew.
    chunk_bytes
        Bytes of each request; each carries its own checksum.
    """

    connection: Connection
    path: Path
    deposit: str
    name: str
    on_progress: Progress | None = None
    memory: Memory | None = None
    chunk_bytes: int = CHUNK_BYTES
    _digest: Any = field(default_factory=sha256, init=False)
    _hashed: int = field(default=0, init=False)

    def send(self) -> Receipt:
        """Send what is missing and return the receipt.

        Raises
        ------
        FairwattError
            What the server says; SourceUnavailable where it stayed away for about a minute; Conflict where
            the stored bytes are not those of the file.
        """
        with self.path.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            answer = self._send_all(source, size)
            self._hash_to(source, size)
        if self.memory:
            self.memory.forget(self._key(size))
        return self._receipt(answer, size)

    def _send_all(self, source: IO[bytes], size: int) -> httpx.Response:
        failures = 0
        url = self.memory.find(self._key(size)) if self.memory else None
        while True:
            try:
                url = url or self._create(size)
                answer = self.connection.request("HEAD", url, headers=_TUS)
                while "Fairwatt-File" not in answer.headers:
                    offset = int(answer.headers["Upload-Offset"])
                    self._report(offset, size)
                    answer = self._patch(source, url, offset, size)
                    failures = 0
            except NotFound:
                failures += 1
                if url is None or failures >= len(_PAUSES_S):
                    raise  # it is the deposit that is not there
                url = None  # the upload expired, or the server lost it
            except TooManyRequests as error:
                self.connection.sleep(error.retry_after_s)
            except StorageFull:
                raise
            except (SourceUnavailable, ChecksumMismatch, Conflict) as error:
                failures += 1
                if failures >= len(_PAUSES_S) or (url is None and isinstance(error, Conflict)):
                    raise _not_through(self.name, error) from error
                self.connection.sleep(_PAUSES_S[failures])
            else:
                self._report(size, size)
                return answer

    def _patch(self, source: IO[bytes], url: str, offset: int, size: int) -> httpx.Response:
        self._hash_to(source, offset)
        source.seek(offset)
        chunk = source.read(min(self.chunk_bytes, size - offset))
        if not chunk and offset < size:
            raise InvalidInput(f"{self.path} became shorter while it was sent.", where={"file": str(self.path)})
        headers = _TUS | {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Checksum": f"sha256 {b64encode(sha256(chunk).digest()).decode()}",
        }
        answer = self.connection.once("PATCH", url, content=chunk, headers=headers)
        if self._hashed == offset:
            self._digest.update(chunk)
            self._hashed += len(chunk)
        return answer

    def _hash_to(self, source: IO[bytes], offset: int) -> None:
        """Hash what an earlier attempt sent, so that the receipt can be compared with the whole file."""
        source.seek(self._hashed)
        while self._hashed < offset:
            piece = source.read(min(self.chunk_bytes, offset - self._hashed))
            if not piece:
                return
            self._digest.update(piece)
            self._hashed += len(piece)

    def _create(self, size: int) -> str:
        pairs = {"deposit": self.deposit, "filename": self.name}
        metadata = ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in pairs.items())
        headers = _TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata}
        answer = self.connection.once("POST", ENDPOINT, headers=headers)
        url = urljoin(f"{self.connection.url}{ENDPOINT}", answer.headers["Location"])
        if urlsplit(url).netloc != urlsplit(self.connection.url).netloc:
            raise SourceUnavailable(f"The server sent the upload to another host: {url}.")
        if self.memory:
            self.memory.keep(self._key(size), url)
        return url

    def _key(self, size: int) -> str:
        changed = self.path.stat().st_mtime_ns
        text = "\n".join(
            [self.connection.url, self.deposit, str(self.path.resolve()), self.name, str(size), str(changed)]
        )
        return sha256(text.encode()).hexdigest()

    def _receipt(self, answer: httpx.Response, size: int) -> Receipt:
        own = self._digest.hexdigest()
        stored = answer.headers.get("Fairwatt-Sha256", "")
        if stored != own:
            raise Conflict(
                f"The server stored other bytes than {self.path} holds now.",
                where={"file": self.name, "stored": stored, "local": own},
                next_step="Was the file changed while it was sent? Remove it from the deposit and send it again.",
            )
        return Receipt(
            deposit=answer.headers["Fairwatt-Deposit"],
            file=answer.headers["Fairwatt-File"],
            name=self.name,
            size=size,
            sha256=stored,
        )

    def _report(self, done: int, size: int) -> None:
        if self.on_progress:
            self.on_progress(done, size)


def _not_through(name: str, error: FairwattError) -> FairwattError:
    if isinstance(error, Conflict):
        return error
    return SourceUnavailable(
        f"The upload of {name} did not get through. {error.message}",
        where={"file": name},
        next_step="Start it again: it goes on where it stopped.",
    )
