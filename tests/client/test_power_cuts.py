"""The server as it really runs, killed at any byte, and failing in the middle of an answer."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from fairwatt.client import Client
from fairwatt.client.uploads import Memory
from tests.client.served import Server, free_port, is_up
from tests.waiting import PATIENCE_S, until

CONTENT = random.Random(7).randbytes(6_000_000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "served")
    yield server
    server.close()


def test_an_upload_outlives_a_server_that_is_killed_at_any_byte(server: Server, tmp_path: Path, memory: Memory) -> None:
    path = tmp_path / "meter.bin"
    path.write_bytes(CONTENT)
    server.start()
    kills = iter((1_000_000, 3_500_000))
    next_kill = [next(kills)]
    seen: list[int] = []

    def kill_on_the_way(done: int, _: int) -> None:
        seen.append(done)
        if next_kill[0] and done >= next_kill[0]:
            next_kill[0] = next(kills, 0)
            threading.Thread(target=restart).start()
            time.sleep(0.02)

    def restart() -> None:
        server.kill()
        server.start()

    with Client(server.url, server.token) as client:
        code = client.start_deposit("foreground").code
        receipt = client.upload(path, code, memory=memory, chunk_bytes=500_000, on_progress=kill_on_the_way)
        assert next_kill == [0]
        assert receipt.sha256 == sha256(CONTENT).hexdigest()
        assert seen == sorted(seen)
        assert client.file(receipt.file).size == len(CONTENT)


def test_a_piece_that_was_cut_by_a_kill_goes_on_in_its_middle(server: Server) -> None:
    """Without checksums, what had arrived of a piece is kept, too."""
    server.start()
    arrived = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield CONTENT[:2_000_000]
        arrived.wait(PATIENCE_S)
        yield CONTENT[2_000_000:]

    headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {server.token}"}
    body = {"Content-Type": "application/offset+octet-stream"}
    with Client(server.url, server.token) as client:
        code = client.start_deposit("foreground").code
    with httpx.Client(base_url=server.url, headers=headers, timeout=PATIENCE_S) as http:
        metadata = {"deposit": code, "filename": "m.bin"}
        created = http.post(
            "/api/uploads/",
            headers={"Upload-Length": str(len(CONTENT)), "Upload-Metadata": _encode(metadata)},
        )
        url = created.headers["Location"]

        def kill_when_there() -> None:
            until(lambda: int(http_head(server, url, headers)) >= 1_500_000)
            server.kill()
            arrived.set()

        killer = threading.Thread(target=kill_when_there)
        killer.start()
        with pytest.raises(httpx.TransportError):
            http.patch(
                url,
                content=slowly(),
                headers=body | {"Upload-Offset": "0", "Content-Length": str(len(CONTENT))},
            )
        killer.join()
        server.start()
        offset = int(http.head(url).headers["Upload-Offset"])
        assert 1_500_000 <= offset <= 2_000_000
        last = http.patch(url, content=CONTENT[offset:], headers=body | {"Upload-Offset": str(offset)})
        assert last.headers["Fairwatt-Sha256"] == sha256(CONTENT).hexdigest()


def test_an_answer_that_fails_on_its_way_breaks_off_in_the_real_server(tmp_path: Path) -> None:
    """The server we run ends a failed response cleanly by itself: the stream has to break it."""
    port = free_port()
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "tests.client.failing:application", "--interface", "wsgi"),
                *("--host", "127.0.0.1", "--port", str(port), "--no-ws"),
            ],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=log,
        )
        try:
            until(lambda: is_up(f"http://127.0.0.1:{port}/ready"))
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S)
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_S)


def http_head(server: Server, url: str, headers: dict[str, str]) -> str:
    return httpx.head(f"{server.url}{url}", headers=headers, timeout=PATIENCE_S).headers["Upload-Offset"]


def _encode(metadata: dict[str, str]) -> str:
    from base64 import b64encode  # noqa: PLC0415

    return ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in metadata.items())
