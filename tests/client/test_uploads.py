"""Sending files over a network that breaks."""

from __future__ import annotations

import os
import socket
import time
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer

from fairwatt.client import Client
from fairwatt.client.uploads import Memory
from fairwatt.core.errors import Conflict, InvalidInput, NotFound, SourceUnavailable, TooLarge
from fairwatt.records.models import File, Upload
from fairwatt.services.projects import get_project
from tests.client.cutting import relay
from tests.waiting import until

CHUNK = 100_000


@pytest.fixture
def content() -> bytes:
    return os.urandom(450_000)


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "meter.bin"
    path.write_bytes(content)
    return path


@pytest.fixture
def code(client: Client) -> str:
    return client.start_deposit("foreground").code


def test_a_file_arrives_with_its_receipt(client: Client, code: str, path: Path, content: bytes, memory: Memory) -> None:
    seen: list[tuple[int, int]] = []
    receipt = client.upload(path, code, memory=memory, chunk_bytes=CHUNK, on_progress=lambda *state: seen.append(state))
    file = File.objects.get()
    assert receipt.model_dump() == {
        "deposit": code,
        "file": file.key,
        "name": "meter.bin",
        "size": len(content),
        "sha256": sha256(content).hexdigest(),
    }
    assert seen == [(done, len(content)) for done in (0, 100_000, 200_000, 300_000, 400_000, 450_000)]


def test_an_empty_file_arrives_too(client: Client, code: str, tmp_path: Path, memory: Memory) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    assert client.upload(path, code, memory=memory).sha256 == sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "cuts",
    [
        [("up", 30_000), ("up", 160_000), None],
        [("down", 10), ("down", 400), ("up", 1), None],
        [("up", 5), ("up", 250_000), ("down", 900)],
    ],
)
def test_a_connection_that_is_cut_costs_nothing_but_time(  # noqa: PLR0917
    live_server: LiveServer,
    client: Client,
    token: str,
    code: str,
    path: Path,
    content: bytes,
    memory: Memory,
    cuts: list[tuple[str, int] | None],
) -> None:
    with relay(live_server.url, cuts) as network, Client(network.url, token, sleep=_short) as shaky:
        receipt = shaky.upload(path, code, memory=memory, chunk_bytes=CHUNK)
        assert network.cut_count == sum(cut is not None for cut in cuts)
    assert receipt.sha256 == sha256(content).hexdigest()
    assert File.objects.get(key=receipt.file).size == len(content)


def test_what_arrived_before_a_cut_is_kept(
    live_server: LiveServer, client: Client, token: str, code: str, content: bytes
) -> None:
    connection = client._connection
    tus = {"Tus-Resumable": "1.0.0"}
    created = connection.once(
        "POST",
        "/api/uploads/",
        headers=tus
        | {
            "Upload-Length": str(len(content)),
            "Upload-Metadata": f"deposit {_base64(code)},filename {_base64('m.bin')}",
        },
    )
    url = created.headers["Location"]
    head = (
        f"PATCH {url} HTTP/1.1\r\nHost: {urlsplit(live_server.url).netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: {len(content)}\r\n"
        "Content-Type: application/offset+octet-stream\r\n\r\n"
    )
    parts = urlsplit(live_server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as cut:
        cut.sendall(head.encode() + content[:123_456])
    offset = 123_456
    until(lambda: _offset(client, url) == offset)
    rest = connection.once(
        "PATCH",
        url,
        content=content[offset:],
        headers=tus | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"},
    )
    assert rest.headers["Fairwatt-Sha256"] == sha256(content).hexdigest()


def test_a_later_run_goes_on_where_the_first_was_killed(
    client: Client, code: str, path: Path, content: bytes, memory: Memory
) -> None:
    def kill(done: int, _: int) -> None:
        if done >= 200_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.upload(path, code, memory=memory, chunk_bytes=CHUNK, on_progress=kill)
    seen: list[int] = []
    receipt = client.upload(path, code, memory=memory, chunk_bytes=CHUNK, on_progress=lambda done, _: seen.append(done))
    assert seen[0] == 200_000
    assert receipt.sha256 == sha256(content).hexdigest()
    assert Upload.objects.count() == 1


def test_an_upload_the_server_has_forgotten_begins_anew(
    client: Client, code: str, path: Path, content: bytes, memory: Memory
) -> None:
    with pytest.raises(KeyboardInterrupt):
        client.upload(path, code, memory=memory, chunk_bytes=CHUNK, on_progress=_interrupt)
    Upload.objects.all().delete()
    assert client.upload(path, code, memory=memory).sha256 == sha256(content).hexdigest()


def test_without_memory_each_run_begins_anew(client: Client, code: str, path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        client.upload(path, code, resume=False, on_progress=_interrupt)
    client.upload(path, code, resume=False)
    assert Upload.objects.count() == 2


def test_a_file_changed_while_it_was_sent_is_noticed(
    client: Client, code: str, path: Path, content: bytes, memory: Memory
) -> None:
    def change(done: int, _: int) -> None:
        if done == 100_000:
            stamp = path.stat().st_mtime_ns
            path.write_bytes(content[:50_000] + b"x" * 400_000)
            os.utime(path, ns=(stamp, stamp))

    with pytest.raises(KeyboardInterrupt):
        client.upload(path, code, memory=memory, chunk_bytes=CHUNK, on_progress=lambda done, _: _interrupt_at(done))
    with pytest.raises(Conflict, match="other bytes"):
        client.upload(path, code, memory=memory, chunk_bytes=CHUNK, on_progress=change)


def test_refusals_say_what_and_where(client: Client, code: str, path: Path, memory: Memory) -> None:
    with pytest.raises(NotFound):
        client.upload(path, "D-NONE", memory=memory)
    with pytest.raises(InvalidInput, match="no file"):
        client.upload(path.parent / "absent.csv", code)
    huge = path.parent / "huge.csv"
    with huge.open("wb") as out:
        out.truncate(get_project().limits.file_bytes + 1)
    with pytest.raises(TooLarge) as refused:
        client.upload(huge, code, memory=memory)
    assert refused.value.where["bytes"] == huge.stat().st_size


def test_a_server_that_is_not_there_is_said_so(path: Path, memory: Memory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with (
        Client(f"http://127.0.0.1:{port}", "fwt_x", sleep=lambda _: None) as client,
        pytest.raises(SourceUnavailable, match="failed"),
    ):
        client.upload(path, "D-1", memory=memory)


def _interrupt(done: int, _: int) -> None:
    del done
    raise KeyboardInterrupt


def _interrupt_at(done: int) -> None:
    if done == 100_000:
        raise KeyboardInterrupt


def _short(pause_s: float) -> None:
    time.sleep(0.5 if pause_s < 4 else pause_s)  # the server may still be letting go of the cut request


def _base64(text: str) -> str:
    from base64 import b64encode  # noqa: PLC0415

    return b64encode(text.encode()).decode()


def _offset(client: Client, url: str) -> int:
    answer = client._connection.once("HEAD", url, headers={"Tus-Resumable": "1.0.0"})
    return int(answer.headers["Upload-Offset"])
