"""How long an ingest takes, beside bare writers of Parquet: wall time, peak memory, bytes a reading."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.inputs import make_input
from bench.peers import PEERS, SLOW_PEERS, load, server_of
from fairwatt.core.files import ImportProfile

MEGA = 1_000_000


def run(*, share: float, runs: int, inputs: list[str]) -> None:
    """Print a table for each input; each run is a process of its own, and the peers take turns; slow ones run once."""
    for name in inputs:
        with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder:
            path, profile = make_input(name, Path(folder), share)
            taken: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
            for number in range(runs):
                for peer in list(PEERS) if number % 2 == 0 else list(PEERS)[::-1]:
                    taken[peer].append(_measure(peer, path, profile))
            taken |= {peer: [_measure(peer, path, profile)] for peer in SLOW_PEERS}
            _report(name, path.stat().st_size, profile, taken)


def _measure(peer: str, path: Path, profile: ImportProfile) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bench_ingest", peer, str(path)]
    done = subprocess.run(command, input=profile.model_dump_json(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _report(name: str, size: int, profile: ImportProfile, taken: dict[str, list[dict[str, float]]]) -> None:
    own = [one["seconds"] for one in taken["fairwatt"]]
    readings = taken["fairwatt"][0]["rows"] * len(profile.channels)
    print(f"\n### Ingest: {name}, {size / MEGA:,.0f} MB, {readings / MEGA:,.1f} M readings\n")
    print("| | s | CPU s | MB/s | fairwatt takes × its time | × its CPU | peak MB | bytes a reading |")
    print("|---|---|---|---|---|---|---|---|")
    for peer, found in taken.items():
        seconds = statistics.median(one["seconds"] for one in found)
        cpu = statistics.median(one["cpu"] for one in found)
        times = statistics.median(a / b["seconds"] for a, b in zip(own, found, strict=False))
        own_cpu = statistics.median(one["cpu"] for one in taken["fairwatt"])
        share = "" if peer == "postgresql" else f"{own_cpu / cpu:.2f}"  # its work is done in its server
        peak = max(one["peak"] for one in found) / MEGA
        print(
            f"| {peer} | {seconds:.2f} | {cpu:.2f} | {size / MEGA / seconds:,.0f} | {times:.2f} | {share} "
            f"| {peak:,.0f} | {found[0]['stored'] / readings:.2f} |"
        )
    print(f"\nThe load average of the machine was {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.")


def _one(peer: str, path: Path) -> None:
    profile = ImportProfile.model_validate_json(sys.stdin.read())
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder, server_of(peer):
        load(peer)
        begin, worked = time.perf_counter(), time.process_time()
        stored = (PEERS | SLOW_PEERS)[peer](path, profile, Path(folder))
        seconds, cpu = time.perf_counter() - begin, time.process_time() - worked
    with path.open("rb") as file:
        rows = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 22), b"")) - 1
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "cpu": cpu, "stored": stored, "peak": peak, "rows": rows}))


if __name__ == "__main__":
    _one(sys.argv[1], Path(sys.argv[2]))
