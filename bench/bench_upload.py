"""How much memory a large upload takes of the server: ``python -m bench.bench_upload [--gigabytes 5]``.

A server of our own on a free port takes a file that a generator makes, in one PATCH and in pieces of 8 MiB;
what counts is the server's highest resident memory (VmHWM of its processes) [MB], and the speed [MB/s].
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

import httpx

from bench.serving import memory_of, running_portal
from fairwatt.client import Client

BLOCK = os.urandom(1 << 20)
PIECE = 8 << 20
TUS = {"Tus-Resumable": "1.0.0"}
BODY = {"Content-Type": "application/offset+octet-stream"}


def make_bytes(size: int) -> Iterator[bytes]:
    """Make ``size`` bytes in blocks of 1 MiB, each different."""
    for number in range(0, size, len(BLOCK)):
        block = number.to_bytes(8, "big") + BLOCK[8:]
        yield block[: size - number]


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
    wanted = sha256()
    for block in make_bytes(size):
        wanted.update(block)
    print(f"\n### An upload of {size / 1e9:.2f} GB\n")
    print("| pieces | the server's highest memory before [MB] | after [MB] | MB/s |\n|---|---|---|---|")
    with running_portal(with_worker=False) as portal, Client(portal.url, portal.token) as client:
        code = client.start_deposit("foreground").code
        headers = {"Authorization": f"Bearer {portal.token}"}
        with httpx.Client(base_url=portal.url, headers=headers, timeout=600) as http:
            for piece, name in ((size, "one"), (PIECE, "8 MiB")):
                before = memory_of(portal.server)
                digest, took_s = send(http, code, size, piece=piece)
                after = memory_of(portal.server)
                print(f"| {name} | {before:.0f} | {after:.0f} | {size / 1e6 / took_s:.0f} |", flush=True)
                if digest != wanted.hexdigest():
                    sys.exit("the server's sha256 is another")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    run(int(parser.parse_args().gigabytes * 1e9))
