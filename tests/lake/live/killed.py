"""Live writing and draining in processes that are killed: ``python -m tests.lake.live.killed FOLDER KILLS SEED``.

Each child appends numbered readings and tells, after each acknowledgement, its number; another thread of it drains and
folds. It is ended by kill -9 at a random moment. At the end one drain finishes, and what was acknowledged and what is
there are printed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import pyarrow.compute  # noqa: F401 - once, before any child

from fairwatt.lake import Lake
from tests.lake.live.conftest import BEGIN, payload

assert BEGIN


def write_and_drain(root: Path, first: int, told: int, chance: random.Random) -> None:
    """Write from a number on, and drain beside it, until somebody ends this process."""
    lake = Lake(root, memory_limit="200MB", threads=1)

    def write() -> None:
        number = first
        while True:
            rows = [(n, "m1", {"n": n, "half": n / 2}) for n in range(number, number + 5)]
            rows.append((max(0, number - 40), "m1", {"n": max(0, number - 40)}))  # what came before, again
            lake.live_log.append("t", "k1", payload(rows))
            os.write(told, f"{number + 4}\n".encode())
            number += 5
            time.sleep(0.002)

    threading.Thread(target=write, daemon=True).start()
    lake.clear_abandoned()
    with lake.drain(lambda _table, _source: True) as drain:
        while True:
            drain.run_round(fold_all=chance.random() < 0.4)


def main(root: Path, kills: int, seed: int) -> None:
    """Kill so many children, and print what came of it."""
    chance = random.Random(seed)
    last = -1
    for _ in range(kills):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            write_and_drain(root, last + 1, writer, chance)
        os.close(writer)
        with os.fdopen(reader) as heard:
            last = max(last, int(heard.readline()))  # so that each child gets somewhere, however busy the machine is
            time.sleep(chance.uniform(0.0, 0.3))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            last = max([last, *(int(line) for line in heard.read().split("\n")[:-1])])
    lake = Lake(root, memory_limit="200MB", threads=1)
    lake.clear_abandoned()
    with lake.drain(lambda _table, _source: True) as drain:
        drain.run_round()
        drain.run_round(fold_all=True)
    batches = list(lake.batches("t", fields=["n", "half"])) if lake.fields("t") else []
    rows = [(float(row["n"]), float(row["half"])) for batch in batches for row in batch.to_pylist()]
    work = root / "work"
    left = [path.name for path in work.iterdir()] if work.exists() else []
    json.dump({"last": last, "rows": rows, "left": left}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
