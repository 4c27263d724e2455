"""How long `fairwatt demo` takes to be ready, the first time and again, and what its server holds in memory.

python -m bench.bench_start [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.serving import free_port, memory_of

TOOL = "/tools/explore/"
LOADED_WITHIN_S = 60.0


@contextmanager
def running_demo(home: Path) -> Iterator[tuple[str, float, int]]:
    """Run the demo until the block ends; its address, how long it took to be ready [s], its process id."""
    port = free_port()
    command = [sys.executable, "-m", "fairwatt.cli", "demo", "--home", str(home), "--port", str(port)]
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("FAIRWATT_", "DJANGO_"))}
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            if process.stdout is None or not any(line.startswith("READY") for line in process.stdout):
                raise RuntimeError("the demo ended before it was ready")
            yield f"http://127.0.0.1:{port}", time.perf_counter() - begin, process.pid
        finally:
            process.send_signal(signal.SIGINT)


def run(*, runs: int = 3) -> None:
    """Print a table of the starts and one of the memory."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder:
        home = Path(folder) / "demo"
        with running_demo(home) as (_, first_s, _):
            pass
        again: list[float] = []
        for number in range(runs):
            with running_demo(home) as (url, ready_s, pid):
                again.append(ready_s)
                if number == 0:
                    held = _visit(url, _server_of(pid))
    print("\n### `fairwatt demo`\n\n| ready | s |\n|---|---|")
    print(f"| the first time, filling the project | {first_s:.1f} |")
    print(f"| again, median of {runs} | {statistics.median(again):.1f} |")
    print("\n| the server's processes, resident | MB | took ms |\n|---|---|---|")
    for what, (held_mb, took_ms) in held.items():
        print(f"| {what} | {held_mb:.0f} | {took_ms:.0f} |")


def _server_of(demo: int) -> int:
    """The process of the web server among the demo's children."""
    children = Path(f"/proc/{demo}/task/{demo}/children").read_text().split()
    return next(int(pid) for pid in children if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes())


def _visit(url: str, server: int) -> dict[str, tuple[float, float]]:
    """Visit pages, the API and Explore with its scripts; what is held after each, and how long it took."""
    held: dict[str, tuple[float, float]] = {}
    with httpx.Client(base_url=url, headers={"Accept-Encoding": "br"}, timeout=60) as browser:
        _wait_until_loaded(server)
        held["started, tools loaded"] = memory_of(server, "VmRSS"), 0.0
        listed = browser.get("/api/v1/datasets").json()["items"]
        keys = [entry["id"] for entry in listed]
        readable = [entry["id"] for entry in listed if "open" in str(entry["access"])]
        steps = {
            "home, catalogue, every dataset's page": ["/", "/catalogue/", *(f"/datasets/{key}/" for key in keys)],
            "readings of three datasets by day": [
                f"/api/v1/datasets/{key}/readings?resolution=P1D" for key in readable[:3]
            ],
        }
        for what, addresses in steps.items():
            held[what] = _measure(browser, addresses, server)
        page = browser.get(TOOL).text
        scripts = re.findall(r'<script[^>]* src="([^"]+)"', page)
        held["Explore's page and scripts"] = _measure(browser, [TOOL, *scripts, f"{TOOL}_dash-layout"], server)
    return held


def _measure(browser: httpx.Client, addresses: list[str], server: int) -> tuple[float, float]:
    begin = time.perf_counter()
    for address in addresses:
        browser.get(address)
    took_ms = 1_000 * (time.perf_counter() - begin)
    return memory_of(server, "VmRSS"), took_ms


def _wait_until_loaded(server: int) -> None:
    """Wait until the server has loaded its tools: its memory stands still for two seconds."""
    deadline, still, last = time.monotonic() + LOADED_WITHIN_S, 0, 0.0
    while still < 8 and time.monotonic() < deadline:
        now = memory_of(server, "VmRSS")
        still, last = (still + 1, last) if abs(now - last) < 1 else (0, now)
        time.sleep(0.5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    run(runs=parser.parse_args().runs)
