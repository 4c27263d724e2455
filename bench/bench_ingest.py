"""How long an ingest takes, beside bare writers of Parquet: wall time, peak memory, bytes a reading."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.inputs import make_input
from bench.peers import PEERS
from fairwatt.core.files import ImportProfile

MEGA = 1_000_000


def run(*, share: float, runs: int, inputs: list[str]) -> None:
    """Print a table for each input; each run is a process of its own, and the peers take turns."""
    for name in inputs:
        with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder:
            path, profile = make_input(name, Path(folder), share)
            taken: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
            for _ in range(runs):
                for peer in PEERS:
                    taken[peer].append(_measure(peer, path, profile))
            _report(name, path.stat().st_size, profile, taken)


def _measure(peer: str, path: Path, profile: ImportProfile) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bench_ingest", peer, str(path)]
    done = subprocess.run(command, input=profile.model_dump_json(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def _report(name: str, size: int, profile: ImportProfile, taken: dict[str, list[dict[str, float]]]) -> None:
    own = statistics.median(one["seconds"] for one in taken["fairwatt"])
    readings = taken["fairwatt"][0]["rows"] * len(profile.channels)
    print(f"\n### Ingest: {name}, {size / MEGA:,.0f} MB, {readings / MEGA:,.1f} M readings\n")
    print("| | s | MB/s | fairwatt takes × its time | peak MB | bytes a reading |\n|---|---|---|---|---|---|")
    for peer, found in taken.items():
        seconds = statistics.median(one["seconds"] for one in found)
        peak = max(one["peak"] for one in found) / MEGA
        print(
            f"| {peer} | {seconds:.2f} | {size / MEGA / seconds:,.0f} | {own / seconds:.2f} "
            f"| {peak:,.0f} | {found[0]['stored'] / readings:.2f} |"
        )


def _one(peer: str, path: Path) -> None:
    profile = ImportProfile.model_validate_json(sys.stdin.read())
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder:
        begin = time.perf_counter()
        stored = PEERS[peer](path, profile, Path(folder))
        seconds = time.perf_counter() - begin
    with path.open("rb") as file:
        rows = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 22), b"")) - 1
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "stored": stored, "peak": peak, "rows": rows}))


if __name__ == "__main__":
    _one(sys.argv[1], Path(sys.argv[2]))
