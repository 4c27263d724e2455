"""Whatever is handed in, looking at it and converting it ends with a result or one of our own errors."""

from __future__ import annotations

import faulthandler
import itertools
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.variants.hostile import HOSTILE, good_text, harmed
from bench.variants.named import makers
from fairwatt.core.errors import FairwattError
from fairwatt.core.files import apply_answers
from fairwatt.lake.converting import Target, convert_file
from fairwatt.lake.looking import look_at_file

ROOT = Path(__file__).resolve().parents[2]
BOUND = 1_000_000_000
MAGIC = (
    *(
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"PAR1",
        b"CDF\x01",
        b"\x89HDF\r\n\x1a\n",
        b"%PDF-1.4\n",
        b"BZh9",
        b"\xfd7zXZ\x00",
    ),
    *(
        b"\x28\xb5\x2f\xfd",
        b"SQLite format 3\x00",
        b'{"a": [',
        b"[{",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"<?xml",
        b"ARROW1",
    ),
)
HARMED = (
    *("time dd-mm", "time settlement", "wide hh", "text in utf-16", "text packed by gzip", "text packed by zip"),
    *("typed", "typed ods", "month a sheet", "array", "ckan", "columns", "parquet utc", "netcdf", "substation tidy"),
)
SAMPLES = {name: make("autumn") for name, make in makers().items() if name in HARMED}


def read_all(data: bytes, name: str, folder: Path) -> str:
    """Look at a file, take every guess, and convert it; say how it ended."""
    path, work = folder / "file", folder / "work"
    path.write_bytes(data)
    work.mkdir()
    try:
        with look_at_file(path, name=name, work=work) as look:
            found = look.inspection
        if found.profile is None:
            return found.kind
        guesses = {q.id: q.guess for q in found.questions if q.id != "table"}
        profile = apply_answers(found.profile, guesses)
        convert_file(path, profile, target=Target(folder / "out.parquet"), name=name, work=work)
    except FairwattError:
        return "error"
    assert (folder / "out.parquet").stat().st_size > 0
    return found.kind


def read_safely(data: bytes, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        ended = read_all(data, name, Path(folder))
        assert not list((Path(folder) / "work").iterdir()), "something was left behind"
    return ended


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(MAGIC), st.binary(max_size=400), st.sampled_from(["f.csv", "f.xlsx", "f.json", "f", "f.zip"]))
def test_bytes_that_begin_like_any_format(magic: bytes, rest: bytes, name: str) -> None:
    assert read_safely(magic + rest, name) in {"readings", "table", "document", "spatial", "unknown", "error"}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 2**32))
def test_good_files_cut_and_spoilt_anywhere(name: str, seed: int) -> None:
    sample = SAMPLES[name]
    assert sample is not None
    chance = random.Random(seed)
    read_safely(harmed(sample.data, (chance.getrandbits(40) for _ in itertools.count())), sample.filename)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    assert read_all(good_text(), "good.csv", tmp_path) == "readings"


@pytest.fixture(scope="session")
def ended() -> Iterator[dict[str, tuple[str, int]]]:
    """How each hostile file ended, and the most memory it took, in a process of their own."""
    command = [sys.executable, __file__]
    paths = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=1_800, check=False, env=os.environ | {"PYTHONPATH": paths}
    )
    lines = (line.split("\t") for line in done.stdout.splitlines())
    return {name: (how, int(peak)) for name, how, peak in lines} | {"": (done.stderr[-2_000:], 0)}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_files_end_soon_and_within_the_memory(name: str, ended: dict[str, tuple[str, int]]) -> None:
    assert name in ended, ended[""]
    how, peak = ended[name]
    assert how in {"readings", "table", "document", "spatial", "unknown", "error"}
    assert peak < BOUND


def _main() -> None:
    """Read every hostile file; whichever hangs is told by the alarm's traceback."""
    for name, make in HOSTILE.items():
        data = make()
        Path("/proc/self/clear_refs").write_text("5")  # what it took to make the file is not counted
        faulthandler.dump_traceback_later(300, exit=True)
        with tempfile.TemporaryDirectory() as folder:
            how = read_all(data, name, Path(folder))
        status = Path("/proc/self/status").read_text().splitlines()
        own = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024 - len(data)
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        print(f"{name}\t{how}\t{max(own, children)}", flush=True)  # noqa: T201 - what the tests read


if __name__ == "__main__":
    _main()
