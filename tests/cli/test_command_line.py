"""The commands answer with one clear line and an exit code of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fairwatt import __version__
from fairwatt.cli.home import make_home


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FAIRWATT_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "fairwatt.cli", *arguments],
        env=own | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
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


def test_start_names_its_own_option_where_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = run("start", "--home", str(tmp_path / "data"), "--port", str(port))

    assert answer.returncode == 6
    assert answer.stderr.endswith(f"Stop what is using it, or choose another: --port {port + 1}\n")


def test_check_lists_what_is_unsafe_for_a_public_host(tmp_path: Path) -> None:
    home = make_home(tmp_path / "data")
    (home / "demo_accounts.json").write_text("[]")
    (home / "project.toml").write_text((Path(__file__).parents[1] / "project.toml").read_text())

    answer = run("check", "--home", str(home), FAIRWATT_SECRET_KEY="short", FAIRWATT_BASE_URL="http://data.example.org")

    assert answer.returncode == 1, answer.stderr
    assert answer.stderr == ""
    lines = answer.stdout.splitlines()
    assert any("http://data.example.org is not encrypted" in line for line in lines)
    assert any("The secret key has 5 characters" in line for line in lines)
    assert any("This data folder is a demo's" in line for line in lines)
    assert lines[-1] == f"{len(lines) - 1} to mend."


@pytest.mark.parametrize("command", ["worker", "check"])
def test_a_command_without_a_data_folder_is_one_clear_line(tmp_path: Path, command: str) -> None:
    answer = run(command, "--home", str(tmp_path / "data"))

    assert answer.returncode == 4
    assert answer.stderr == (
        f"fairwatt: {tmp_path / 'data'} is not a data folder: it holds no secret key. "
        "Make one with: fairwatt start --home DIR\n"
    )


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
        "  Everyone",
        "  Signed-in people",
        "  Project partners: now unless an entry says otherwise",
        "  Data managers",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partners = ", "is not valid TOML"),
        ("[[partners]]\ncode = 'A B'\nname = 'x'", "partner 1 (A B): code: string should match"),
        ("[[partners]]\ncode='AB'\nname='x'\n[[partners]]\ncode='ab'\nname='y'", "partner code AB stands twice"),
        ("", "partners: it is missing"),
        (
            "[[partners]]\ncode='AB'\nname='x'\n[[partners]]\ncode='CD'\nnmae='y'",
            "partner 2 (CD): name: it is missing; partner 2 (CD): nmae: there is no such entry",
        ),
    ],
)
def test_a_wrong_project_file_names_the_entry(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "project.toml"
    file.write_text(text)

    answer = run("check-project", str(file))

    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
