"""What is opened in a process of its own is bounded in memory, time and what it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwatt.core.errors import Cancelled, FairwattError, TooLarge, UnreadableFile
from fairwatt.lake.engine import Patient
from fairwatt.lake.extracting import running
from fairwatt.lake.extracting.running import run_apart

PROGRAMS = {
    "says": "import json, pathlib\n(pathlib.Path(folder) / 'manifest.json').write_text(json.dumps({'seen': path}))",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "fails": "raise SystemError",
    "eats": "held = []\nwhile True: held.append(bytearray(1 << 24))",
    "hangs": "import time\nwhile True: time.sleep(1)",
    "floods": "import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "with open(folder + '/out', 'wb') as f:\n    while True: f.write(bytes(1 << 16))",
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file, with programs to open it, and tight bounds."""
    programs = tmp_path / "apart"
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / f"{name}.py").write_text(f"import sys\npath, folder = sys.argv[1:3]\n{text}\n")
    monkeypatch.setattr(running, "_FOLDER", programs)
    monkeypatch.setattr(running, "LEAST_S", 240.0)
    monkeypatch.setattr(running, "MEMORY_BYTES", 200 << 20)
    monkeypatch.setattr(running, "LEAST_BYTES", 1 << 20)
    path = tmp_path / "received"
    path.write_bytes(b"x")
    return path


def run(file: Path, program: str, patient: Patient | None = None) -> dict[str, object]:
    return run_apart(program, file, file.parent / "out", name="a.nc", kind="NetCDF file", patient=patient or Patient())


def test_what_a_program_says_comes_back(file: Path) -> None:
    assert run(file, "says") == {"seen": str(file)}


@pytest.mark.parametrize(
    ("program", "error", "said"),
    [
        ("crashes", UnreadableFile, "a.nc is a NetCDF file that is cut off or damaged"),
        ("fails", UnreadableFile, "a.nc is a NetCDF file that is cut off or damaged"),
        ("eats", UnreadableFile, "a.nc is"),
        ("hangs", TooLarge, "opening it takes longer than 2 seconds"),
        ("floods", TooLarge, "more than 0 GB come out of it"),
    ],
)
def test_a_program_that_goes_wrong_harms_only_itself(
    file: Path, program: str, error: type[FairwattError], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program == "hangs":
        monkeypatch.setattr(running, "LEAST_S", 2.0)
    with pytest.raises(error, match=said):
        run(file, program)


def test_work_that_is_cancelled_ends_its_program(file: Path) -> None:
    with pytest.raises(Cancelled):
        run(file, "hangs", Patient(is_cancelled=lambda: True))
