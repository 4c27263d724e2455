"""Read spoilt files until the time is over: whatever is handed in ends with a result or an error of ours.

python -m bench.fuzz_reading [--seed 1] [--minutes 10] [--whole]

Named variants are cut off, shortened, mixed up and filled with other bytes, by a seed; each harmed file is read in a
process of its own, and what crashes, hangs or passes the limits of time and memory is told with its seed.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import random
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from bench.variants.hostile import harmed
from bench.variants.named import makers
from bench.variants.variant import Variant
from fairwatt.core.errors import FairwattError
from fairwatt.core.files import apply_answers
from fairwatt.lake.converting import Target, convert_file
from fairwatt.lake.looking import look_at_file

LIMIT_S = 10.0  # of processor time
LIMIT_BYTES = 1_000_000_000


def read_all(path: Path, name: str, folder: Path, *, is_whole: bool) -> str:
    """Look at a file, take every guess, and convert it; say how it ended."""
    try:
        with look_at_file(path, name=name, work=folder / "work", is_excerpt=not is_whole) as look:
            found = look.inspection
        if found.profile is None:
            return found.kind
        profile = apply_answers(found.profile, {q.id: q.guess for q in found.questions if q.id != "table"})
        convert_file(path, profile, target=Target(folder / "out.parquet"), name=name, work=folder / "work")
    except FairwattError as error:
        return f"refused ({type(error).__name__})"
    return found.kind


def _child(pipe: Connection, data: bytes, name: str, is_whole: bool) -> None:
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        (folder / "work").mkdir()
        (folder / "file").write_bytes(data)
        try:
            how = read_all(folder / "file", name, folder, is_whole=is_whole)
            left = list((folder / "work").iterdir())
            how = f"FAULT: {left} left behind" if left else how
        except Exception as error:  # that is what is sought
            how = f"FAULT: {type(error).__name__}: {str(error)[:300]}"
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    took = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    if took > LIMIT_S:
        how = f"FAULT: took {took:.1f} s, {how}"
    if (most := 1024 * max(own.ru_maxrss, others.ru_maxrss)) > LIMIT_BYTES:
        how = f"FAULT: took {most / 1e6:,.0f} MB, {how}"
    pipe.send(how)


def judge(data: bytes, name: str, *, is_whole: bool) -> str:
    """How reading some bytes under a name ends, in a process of its own."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    child = fork.Process(target=_child, args=(there, data, name, is_whole))
    child.start()
    there.close()
    try:
        how: str = here.recv() if here.poll(30 * LIMIT_S) else "FAULT: it hangs"
    except EOFError:
        how = "FAULT: its process died"
    child.kill()
    child.join()
    return how


def spoilt(samples: dict[str, Variant], seed: int) -> tuple[str, str, bytes]:
    """The label, the name and the bytes of the harmed file of a seed."""
    chance = random.Random(seed)
    sample = samples[chance.choice(sorted(samples))]
    data = harmed(sample.data, (chance.getrandbits(40) for _ in itertools.count()))
    return sample.name, chance.choice([sample.filename, "f.csv", "f"]), data


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz_reading", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed; the next ones follow")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--whole", action="store_true", help="look at whole files, as an upload does")
    options = parser.parse_args()
    made = {name: make("autumn") for name, make in makers().items()}
    samples = {name: variant for name, variant in made.items() if variant is not None}
    end, tried, faults = time.monotonic() + 60 * options.minutes, 0, 0
    for seed in itertools.count(options.seed):
        if time.monotonic() > end:
            break
        label, name, data = spoilt(samples, seed)
        how = judge(data, name, is_whole=options.whole)
        tried += 1
        if how.startswith("FAULT"):
            faults += 1
            print(f"seed {seed}: {label}, as {name}, {len(data):,} bytes: {how}", flush=True)
    print(f"{tried:,} harmed files of {len(samples)} forms, {faults} faults")


if __name__ == "__main__":
    main()
