"""The commands answer with one clear line and an exit code of their own."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fairwatt import __version__


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fairwatt.cli", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_it_says_its_version() -> None:
    assert run("--version").stdout == f"fairwatt {__version__}\n"


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = run("demo", "--home", str(tmp_path / "data"), "--port", str(port))

    assert answer.returncode == 6
    assert answer.stderr == (
        f"fairwatt: Port {port} on 127.0.0.1 can't be used: Address already in use. "
        f"Stop what is using it, or choose another: make demo PORT={port + 1}\n"
    )
    assert not (tmp_path / "data").exists()


def test_a_file_as_data_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    answer = run("start", "--home", str(tmp_path / "data"), "--port", "1")

    assert answer.returncode != 0
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr


def test_a_good_project_file_is_summed_up(tmp_path: Path) -> None:
    answer = run("check-project", str(Path(__file__).parents[1] / "project.toml"))

    assert answer.stdout.splitlines() == [
        "Testshire Local Energy: 4 partners, 2 trials.",
        "  A1.2.1  Sustain peak management at a primary school: P1 (2 steps), P11 (4 steps)",
        "  B2  Peer-to-peer trading: P1 (1 steps)",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partners = ", "is not valid TOML"),
        ("[[partners]]\ncode = 'A B'\nname = 'x'", "partners.0.code"),
        ("[[partners]]\ncode='AB'\nname='x'\n[[partners]]\ncode='ab'\nname='y'", "partner code AB stands twice"),
        ("", "partners: Field required"),
    ],
)
def test_a_wrong_project_file_names_the_entry(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "project.toml"
    file.write_text(text)

    answer = run("check-project", str(file))

    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
