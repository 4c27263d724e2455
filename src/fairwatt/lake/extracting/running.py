"""Run a program of :mod:`fairwatt.lake.extracting.apart` on a file, bounded in memory and time."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from fairwatt.core.errors import FairwattError, TooLarge, UnreadableFile
from fairwatt.lake.engine import Patient

MEMORY_BYTES = 800 << 20  # with whoever runs it, less than a gigabyte
LEAST_S = 20.0  # enough for any small file on a slow machine; and so long may nothing more be written
BYTES_A_SECOND = 1 << 20  # opened slower than this, a file does more harm than its bytes explain
LEAST_BYTES = 4 << 30  # so much may be written out of any file
MOST_RATIO = 400  # and beyond, so many times its size
_POLL_S = 0.02
_FOLDER = Path(__file__).parent / "apart"


def run_apart(
    program: str, path: Path, folder: Path, *arguments: str, name: str, kind: str, patient: Patient
) -> dict[str, Any]:
    """Run a program and return its manifest.

    Parameters
    ----------
    program
        The module's name in ``apart``.
    path, folder
        The file, and where to write.
    arguments
        Further arguments.
    name, kind
        What messages call the file, and what it is.

    Raises
    ------
    UnreadableFile
        Where the file is damaged or locked, or the library crashed on it.
    TooLarge
        Where it needs more memory, time or cells than it may.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = path.stat().st_size
    limit_s, most = LEAST_S + size / BYTES_A_SECOND, max(LEAST_BYTES, size * MOST_RATIO)
    command = [sys.executable, "-P", str(_FOLDER / f"{program}.py"), str(path), str(folder), *arguments]
    process = subprocess.Popen(  # noqa: S603 - our own program; the file is only an argument
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        preexec_fn=partial(_bound, most),  # noqa: PLW1509 - only system calls, no lock is taken
    )
    try:
        is_late = _wait(process, folder, limit_s, patient)
    except BaseException:
        process.kill()
        process.wait()
        raise
    manifest = folder / "manifest.json"
    if is_late:
        raise _too_large(name, f"opening it takes longer than {limit_s:,.0f} seconds")
    if any(written.stat().st_size >= most for written in folder.iterdir()):
        raise _too_large(name, f"more than {most / 1e9:,.0f} GB come out of it")
    if process.returncode != 0 or not manifest.exists():
        raise _died(name, kind, process.returncode)
    told: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    if "error" in told:
        raise _told(told, name, kind)
    return told


def _environment() -> dict[str, str]:
    """The paths of this process, and one thread for every library of numbers."""
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG", "LC_ALL", "TMPDIR", "HOME"}}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    return kept | threads | {"PYTHONPATH": paths, "PYTHONUTF8": "1"}


def _bound(most_written: int) -> None:  # pragma: no cover - in the child
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_written, most_written))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wait(process: subprocess.Popen[bytes], folder: Path, limit_s: float, patient: Patient) -> bool:
    """Wait for the end; return whether it was stopped for being late and writing nothing any more."""
    end, before = time.monotonic() + limit_s, 0
    while True:
        try:
            process.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            patient.check(0.0, "Opening the file")
        else:
            return False
        if time.monotonic() > end:
            written = sum(entry.stat().st_size for entry in folder.iterdir() if not entry.is_symlink())
            if written <= before:
                process.kill()
                process.wait()
                return True
            end, before = time.monotonic() + LEAST_S, written


def _died(name: str, kind: str, code: int) -> FairwattError:
    if code in {-6, -9}:  # what a library does that is refused memory: abort, or be killed
        return _too_large(name, "opening it takes more memory than it may")
    return _damaged(name, kind)


def _told(told: dict[str, Any], name: str, kind: str) -> FairwattError:
    if told["error"] == "locked":
        return locked_file(name, kind)
    if told["error"] == "too-large":
        return _too_large(name, str(told.get("detail", "")))
    return _damaged(name, kind, str(told.get("detail", "")))


def locked_file(name: str, kind: str) -> UnreadableFile:
    """What to say of a file with a password."""
    return UnreadableFile(
        f"{name} is a {kind} locked with a password.",
        where={"file": name},
        next_step="Save it without a password and upload that; who may see it is decided by the platform.",
    )


def _damaged(name: str, kind: str, detail: str = "") -> UnreadableFile:
    reason = f" ({detail})" if detail else ""
    return UnreadableFile(
        f"{name} is a {kind} that is cut off or damaged: it can't be opened{reason}.",
        where={"file": name},
        next_step="Open and save it anew in its own program, and upload it once more; the bytes received are kept.",
    )


def _too_large(name: str, detail: str) -> TooLarge:
    return TooLarge(
        f"{name} is too large to be opened: {detail}.",
        where={"file": name},
        next_step="Export its table as CSV, which may be of any size, and upload that.",
    )
