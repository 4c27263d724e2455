"""Object stores on this machine for tests: moto for S3, Azurite for Azure, and a gate in front of either.

The gate counts requests, makes each take a round trip's time, and can be told to misbehave as networks, expired
credentials and careless stores do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import os
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from typing import IO

import pytest

from fairwatt.lake.stores import objects
from tests.waiting import PATIENCE_S

BUCKET = "lake"
ACCOUNT = "devstoreaccount1"
# everybody's key of Azurite, as its documentation prints it; S3's is made up
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
AWS_SECRET = "a-secret-that-must-not-be-seen"
AZURITE = Path(__file__).resolve().parent / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "blob"

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
    "AWS_REGION": "us-east-1",
    "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
    "AZURE_STORAGE_ACCOUNT_KEY": AZURITE_KEY,
}


def know(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test's stores have their keys, and as much time as a slow machine needs; they try as often as ever."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("READING", "WRITING"):
        patience = replace(getattr(objects, name), most_s=PATIENCE_S, each_s=PATIENCE_S, silent_s=PATIENCE_S)
        monkeypatch.setattr(objects, name, patience)


def setting(kind: str, gate: Gate, prefix: str) -> str:
    """What FAIRWATT_STORE says for a store of this machine; the gate behaves from now on."""
    gate.reset()
    if kind == "s3":
        return f"s3://{BUCKET}/{prefix}?endpoint=http://127.0.0.1:{gate.port}&region=us-east-1"
    return f"az://{BUCKET}/{prefix}?endpoint=http://127.0.0.1:{gate.port}/{ACCOUNT}"


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: list[str], port: int) -> Iterator[int]:
    """Run a server until it is not needed any more; yield its port once it listens."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "AZURE_"))}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert process.poll() is None, f"{command[0]} ended"
                assert time.monotonic() < deadline, f"{command[0]} does not listen"
                time.sleep(0.02)
            yield port
        finally:
            process.kill()


def moto() -> tuple[list[str], int]:
    """The command that serves S3, and its port."""
    port = free_port()
    return [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port


def azurite() -> tuple[list[str], int]:
    """The command that serves Azure Blob Storage, and its port."""
    port = free_port()
    options = ["--inMemoryPersistence", "--blobPort", str(port), "--silent", "--disableTelemetry"]
    return ["node", str(AZURITE / "main.js"), *options], port


def make_bucket(port: int) -> None:
    """Make the bucket in moto."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{BUCKET}", data=b"", method="PUT")
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()


def make_container(port: int) -> None:
    """Make the container in Azurite, with a request signed by its shared key."""
    path, date, version = f"/{ACCOUNT}/{BUCKET}", formatdate(usegmt=True), "2021-08-06"
    signed = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{version}\n/{ACCOUNT}{path}\nrestype:container"
    digest = hmac.new(base64.b64decode(AZURITE_KEY), signed.encode(), hashlib.sha256).digest()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.putrequest("PUT", f"{path}?restype=container")
    signature = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    headers = {"x-ms-date": date, "x-ms-version": version, "Authorization": signature, "Content-Length": "0"}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in {201, 409}, answer.read()
    connection.close()


@dataclass
class Gate:
    """A door to a server: what passes it, and how it misbehaves.

    ``delay_s`` is added to each request; ``is_shut`` closes connections without a word; ``is_silent`` takes requests
    and says nothing; ``answer`` is given in the server's place; ``dropped`` headers do not reach it; ``spoilt`` counts
    the downloads still to be damaged;
    ``shuts_after`` so many more requests it shuts.
    """

    upstream: int
    port: int = 0
    delay_s: float = 0.0
    is_shut: bool = False
    is_silent: bool = False
    answer: tuple[int, bytes] | None = None
    dropped: frozenset[str] = frozenset()
    spoilt: int = 0
    shuts_after: int | None = None
    seen: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """Behave again, and forget what was seen."""
        self.delay_s, self.is_shut, self.answer, self.dropped, self.spoilt = 0.0, False, None, frozenset(), 0
        self.shuts_after, self.is_silent = None, False
        self.seen.clear()


@contextmanager
def gate_before(upstream: int) -> Iterator[Gate]:
    """A gate in front of a server of this machine."""
    gate = Gate(upstream)

    class Passing(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with suppress(OSError), _Upstream(gate.upstream) as server:
                while _pass_one(gate, self.rfile, self.wfile, server):
                    pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        disable_nagle_algorithm = True
        request_queue_size = 64

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Passing) as server:
        gate.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield gate
        server.shutdown()
        thread.join()


class _Upstream:
    """The server behind a gate; it may close a connection where the client keeps its own, and is asked anew then."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> _Upstream:
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            self._socket.close()

    def ask(self, request: bytes, *, has_body: bool) -> tuple[list[bytes], bytes]:
        """The head of the answer, and its body."""
        if self._socket is not None:
            with suppress(OSError):
                return self._ask(self._socket, request, has_body=has_body)
            self._socket.close()  # the server had closed it after a while without a request
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._ask(self._socket, request, has_body=has_body)

    def _ask(self, connection: socket.socket, request: bytes, *, has_body: bool) -> tuple[list[bytes], bytes]:
        connection.sendall(request)
        with connection.makefile("rb") as answers:
            head = _head_of(answers)
            if not head:
                raise ConnectionResetError("the server closed the connection")
            body = b"" if not has_body or int(head[0].split()[1]) in {204, 304} else _body_of(answers, head)
        if any(re.match(rb"(?i)connection:\s*close", line) for line in head):
            connection.close()
            self._socket = None
        return head, body


def _pass_one(gate: Gate, asks: IO[bytes], out: IO[bytes], upstream: _Upstream) -> bool:
    """Let one request through, and its answer back; whether the connection goes on."""
    head = _head_of(asks)
    if gate.shuts_after is not None and head:
        gate.shuts_after -= 1
        gate.is_shut = gate.is_shut or gate.shuts_after < 0
    was_silent = gate.is_silent
    while gate.is_silent:
        time.sleep(0.02)
    if not head or was_silent or gate.is_shut:
        return False
    method, target = head[0].decode().split()[:2]
    body = _body_of(asks, head)
    wanted = next((line.decode()[7:].strip() for line in head if line.lower().startswith(b"range:")), "")
    gate.seen.append(f"{method} {target} {wanted}".strip())
    time.sleep(gate.delay_s)
    if gate.answer is not None:
        status, data = gate.answer
        back = [b"HTTP/1.1 %d No" % status, b"Content-Type: application/xml", b"Content-Length: %d" % len(data)]
    else:
        kept = [line for line in head if line.split(b":")[0].decode().lower() not in gate.dropped]
        back, data = upstream.ask(b"\r\n".join(kept) + b"\r\n\r\n" + body, has_body=method != "HEAD")
    if gate.spoilt and method == "GET" and data:
        gate.spoilt -= 1
        data = bytes([data[0] ^ 1]) + data[1:]
    lines = [line for line in back if not re.match(rb"(?i)(transfer-encoding|connection):", line)]
    if data and not any(line.lower().startswith(b"content-length") for line in lines):
        lines.append(b"Content-Length: %d" % len(data))
    out.write(b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if method == "HEAD" else data))
    return True


def _head_of(stream: IO[bytes]) -> list[bytes]:
    lines: list[bytes] = []
    while (line := stream.readline()) not in {b"", b"\r\n"}:
        lines.append(line.rstrip(b"\r\n"))
    return lines


def _body_of(stream: IO[bytes], head: list[bytes]) -> bytes:
    fields = {line.split(b":")[0].lower(): line.split(b":", 1)[1].strip() for line in head[1:]}
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        parts: list[bytes] = []
        while size := int(stream.readline().split(b";")[0], 16):
            parts.append(stream.read(size))
            stream.readline()
        _head_of(stream)
        return b"".join(parts)
    return stream.read(int(fields.get(b"content-length", 0)))
