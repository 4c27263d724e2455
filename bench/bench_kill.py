"""Kill an ingest at random moments, again and again, and look whether anything is lost, doubled or left about.

python -m bench.bench_kill --times 100
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.inputs import make_input
from fairwatt.core.files import ImportProfile
from fairwatt.lake import Lake

_FOREVER = """
import sys
from pathlib import Path
from fairwatt.core.files import ImportProfile
from fairwatt.lake import Lake
lake = Lake(Path(sys.argv[1]))
profile = ImportProfile.model_validate_json(sys.stdin.read())
print("ready", flush=True)
number = 0
while True:
    lake.ingest(Path(sys.argv[2]), profile, table="t", source=f"s{number % 3}", name="x.csv")
    print(f"s{number % 3}", flush=True)
    number += 1
"""


def run(*, times: int, share: float, seed: int = 20_201_121) -> None:
    """Print how many kills left what they should: each source whole or not there, and no file that nobody knows."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder:
        path, profile = make_input("year", Path(folder), share)
        with path.open("rb") as file:
            rows = sum(1 for _ in file) - 1
        lake = Lake(Path(folder) / "lake")
        acknowledged: set[str] = set()
        for _ in range(times):
            acknowledged |= _kill_once(lake, path, profile, chance.random() * 3)
            lake.clear_abandoned()
            _look(lake, rows, acknowledged)
    print(f"{times} kills: every acknowledged file there once and whole, nothing else, nothing left about")


def _kill_once(lake: Lake, path: Path, profile: ImportProfile, after_s: float) -> set[str]:
    """Start an ingest that goes on for ever, and kill it; return the sources that it said were there."""
    command = [sys.executable, "-c", _FOREVER, str(lake.root), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(profile.model_dump_json())
        process.stdin.close()
        process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        return set(process.stdout.read().split())


def _look(lake: Lake, rows: int, acknowledged: set[str]) -> None:
    there = set(lake.sources("t"))
    if not acknowledged <= there:
        raise SystemExit(f"lost: {sorted(acknowledged - there)}")
    for source in there:
        found = lake.window("t", fields=["kw"], sources=[source], points=5).total
        if found != rows:
            raise SystemExit(f"{source} has {found} rows instead of {rows}")
    left = list((lake.root / "work").iterdir())
    if left:
        raise SystemExit(f"left about: {left}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--share", type=float, default=0.003)
    options = parser.parse_args()
    run(times=options.times, share=options.share)
