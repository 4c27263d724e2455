"""How much memory a large upload takes of the server: ``python -m bench.bench_upload [--gigabytes 5]``.

A server of our own on a free port takes a file that a generator makes, in one PATCH and in pieces of 8 MiB;
what counts is the server's highest resident memory (VmHWM of its processes) [MB], and the speed [MB/s].
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx

BLOCK = os.urandom(1 << 20)
PIECE = 8 << 20
TUS = {"Tus-Resumable": "1.0.0"}
BODY = {"Content-Type": "application/offset+octet-stream"}


def make_bytes(size: int) -> Iterator[bytes]:
    """Make ``size`` bytes in blocks of 1 MiB, each different."""
    for number in range(0, size, len(BLOCK)):
        block = number.to_bytes(8, "big") + BLOCK[8:]
        yield block[: size - number]


def highest_memory(parent: int) -> float:
    """The highest resident memory of a process and its children so far [MB]."""
    total = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except OSError:
            continue
        if int(status["Pid"]) == parent or int(status["PPid"]) == parent:
            total += int(status.get("VmHWM", "0 kB").split()[0])
    return total / 1024


def prepare(home: Path) -> tuple[str, str]:
    """Make a data folder with a partner; a token and the code of a deposit of theirs."""
    from fairwatt.cli import home as homes  # noqa: PLC0415 - settings must point at the folder first

    homes.make_home(home)
    homes.configure_environment(home, base_url="http://127.0.0.1")
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    template = Path(homes.__file__).parent / "project_template.toml"
    (home / "project.toml").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    from fairwatt.records.models import User  # noqa: PLC0415
    from fairwatt.services.actors import Actor  # noqa: PLC0415
    from fairwatt.services.deposits import start_deposit  # noqa: PLC0415
    from fairwatt.services.tokens import create_token  # noqa: PLC0415

    at = timezone.now()
    actor = Actor(user=User.objects.create_superuser("bench@people.example"))
    _, secret = create_token(actor=actor, name="bench", scopes=("deposit",), days=1, at=at)
    return secret, start_deposit(actor=actor, origin="foreground", at=at).code


def send(http: httpx.Client, code: str, size: int, *, piece: int) -> tuple[str, float]:
    """Send ``size`` bytes in requests of ``piece`` bytes; the server's sha256 and the time it took [s]."""
    pairs = {"deposit": code, "filename": f"{piece}.bin"}
    metadata = ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in pairs.items())
    created = http.post("/api/uploads/", headers=TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata})
    created.raise_for_status()
    blocks, offset, begin = make_bytes(size), 0, time.perf_counter()
    while offset < size:
        length = min(piece, size - offset)
        headers = TUS | BODY | {"Upload-Offset": str(offset), "Content-Length": str(length)}
        body = (next(blocks) for _ in range(-(-length // len(BLOCK))))
        answer = http.patch(created.headers["Location"], headers=headers, content=body)
        answer.raise_for_status()
        offset = int(answer.headers["Upload-Offset"])
    return answer.headers["Fairwatt-Sha256"], time.perf_counter() - begin


def run(size: int) -> None:
    """Start a server, send the file both ways, and print what it took."""
    home = Path(tempfile.mkdtemp(prefix="fairwatt-bench-"))
    secret, code = prepare(home)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    from fairwatt.cli.supervisor import server_command  # noqa: PLC0415

    log = (home / "server.log").open("wb")
    server = subprocess.Popen(server_command("127.0.0.1", port, workers=1, threads=8), stdout=log, stderr=log)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {secret}"}, timeout=600
        ) as http:
            wait_for(http)
            print("| bytes | pieces | highest memory before [MB] | after [MB] | MB/s |\n|---|---|---|---|---|")
            for piece, name in ((size, "one"), (PIECE, "8 MiB")):
                before = highest_memory(server.pid)
                digest, took_s = send(http, code, size, piece=piece)
                after = highest_memory(server.pid)
                print(f"| {size:,} | {name} | {before:.0f} | {after:.0f} | {size / 1e6 / took_s:.0f} |", flush=True)
        wanted = sha256()
        for block in make_bytes(size):
            wanted.update(block)
        if digest != wanted.hexdigest():
            sys.exit("the server's sha256 is another")
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def wait_for(http: httpx.Client) -> None:
    """Wait until the server answers, at most a minute."""
    for _ in range(120):
        try:
            http.get("/api/v1/me").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.5)
        else:
            return
    sys.exit("the server did not start")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    run(int(parser.parse_args().gigabytes * 1e9))
