"""Kill real processes at random moments of ingest, compaction, erasure and live writing, again and again.

python -m bench.bench_kills --rounds 100 [--minutes 30]

After each kill the lake is opened anew, as a restart does it, and every reading is compared with what was acknowledged:
there once, of one version, nothing left about. What is asked of the lake is asked in processes of its own; the one that
kills never opens it, so that it may fork.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import killed_lakes

Tell = Callable[[str], None]
Work = Callable[[Path, int, Tell], None]

KINDS = ("ingest", "compaction", "erasure", "live", "together")
LONGEST_S = 0.5  # from an acknowledgement to the kill: about the time of a step
MOST_FIRST = {"live": 300}  # so many acknowledgements at most are waited for first; 3 of others


@dataclass(slots=True)
class Count:
    """What came of the rounds of one kind."""

    kind: str
    rounds: int = 0
    kills: int = 0
    amid: int = 0  # kills that left a folder of work behind
    acknowledged: int = 0
    problems: list[str] = field(default_factory=list)


def run(*, rounds: int, kinds: tuple[str, ...] = KINDS, seed: int = 20_201_121, minutes: float = float("inf")) -> bool:
    """Print what came of so many kills of each kind, or as many as there is time for; whether all was well."""
    rows = [_rounds(kind, rounds, random.Random(f"{seed}-{kind}"), minutes) for kind in kinds]
    print("## kill -9 at random moments\n")
    print("| killed while | rounds | kills | of them amid work | acknowledged | lost, doubled, half or left about |")
    print("|---|---:|---:|---:|---:|---:|")
    for row in rows:
        told = f"{row.rounds} | {row.kills} | {row.amid} | {row.acknowledged:,} | {len(row.problems)}"
        print(f"| {row.kind} | {told} |")
    for row in rows:
        for problem in row.problems[:20]:
            print(f"\n{row.kind}: {problem}")
    return not any(row.problems for row in rows)


def _rounds(kind: str, rounds: int, chance: random.Random, minutes: float) -> Count:
    count, told, end = Count(kind), list[str](), time.monotonic() + 60 * minutes
    works: tuple[Work, ...] = killed_lakes.WORKS[kind]
    with tempfile.TemporaryDirectory(prefix="fairwatt-bench-") as folder:
        root = Path(folder) / "lake"
        for number in range(rounds):
            told += _kill_once(works, root, number, chance, first=MOST_FIRST.get(kind, 3))
            count.kills += len(works)
            count.amid += any(root.joinpath("work").glob("*"))
            report = _ask(partial(killed_lakes.look, root, told, is_thorough=number % 10 == 9))
            count.problems += [f"round {number}: {problem}" for problem in report["problems"]]
            count.rounds += 1
            print(f"{kind}: {count.rounds} of {rounds}, {len(count.problems)} problems", file=sys.stderr, flush=True)
            if report["problems"] or time.monotonic() > end:
                break
        count.acknowledged = killed_lakes.count_acknowledged(told)
    return count


def _kill_once(works: tuple[Work, ...], root: Path, number: int, chance: random.Random, *, first: int) -> list[str]:
    """Let processes work on one lake, kill each at a moment of its own, and return what they told."""
    children = [_begin(work, root, 1_000 * number) for work in works]
    told = [_hear(heard, chance.randrange(first + 1)) for _, heard in children]
    moments = sorted((chance.random() * LONGEST_S, at) for at in range(len(children)))
    passed = 0.0
    for moment, at in moments:
        time.sleep(moment - passed)
        passed = moment
        os.kill(children[at][0], signal.SIGKILL)
    for at, (child, heard) in enumerate(children):
        told[at] += heard.read().split("\n")
        heard.close()
        os.waitpid(child, 0)
    return [line.strip() for lines in told for line in lines if line.strip()]


def _hear(heard: Any, acknowledged: int) -> list[str]:
    """What a process tells until so much was acknowledged; at least that it has begun."""
    lines = [heard.readline()]
    while sum(not line.startswith(("try", "begun", "erasing")) for line in lines) < acknowledged and lines[-1]:
        lines.append(heard.readline())
    return lines


def _begin(work: Work, root: Path, number: int) -> tuple[int, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with _to_the_end():
            work(root, number, lambda line: os.write(writer, f"{line}\n".encode()) and None)
    os.close(writer)
    return child, os.fdopen(reader)


def _ask(question: Callable[[], Any]) -> Any:
    """Ask something in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with _to_the_end(), os.fdopen(writer, "w") as out:
            json.dump(question(), out)
    os.close(writer)
    with os.fdopen(reader) as heard:
        answer = heard.read()
    _, status = os.waitpid(child, 0)
    if status or not answer:
        raise SystemExit("the lake could not be looked at")
    return json.loads(answer)


@contextmanager
def _to_the_end() -> Iterator[None]:
    """End this child without what the parent would do at its end."""
    try:
        yield
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seed", type=int, default=20_201_121)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="of each kind, at most")
    options = parser.parse_args()
    kinds = tuple(options.kinds.split(","))
    sys.exit(not run(rounds=options.rounds, kinds=kinds, seed=options.seed, minutes=options.minutes))
