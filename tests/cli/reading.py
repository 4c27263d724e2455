"""Run the reading commands, as a person would and within this process; and small files for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from fairwatt.cli.app import app


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def run_alone(*arguments: str | Path, stdin: bytes = b"") -> Answer:
    """Run a command in a process of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FAIRWATT_", "DJANGO_"))}
    own["COLUMNS"] = "100"  # as wide as a usual terminal, wherever the tests run
    answer = subprocess.run(
        [sys.executable, "-m", "fairwatt.cli", *map(str, arguments)],
        env=own,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=600,
    )
    return Answer(answer.returncode, answer.stdout.decode(), answer.stderr.decode())


def run(*arguments: str | Path) -> Answer:
    """Run a command in this process."""
    answer = CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "100"})
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return Answer(answer.exit_code, answer.stdout, answer.stderr)


def half_hours(count: int, *, start: str = "2021-01-04 00:00", form: str = "%Y-%m-%d %H:%M") -> list[str]:
    """Times every half hour."""
    begin = datetime.fromisoformat(start)
    return [(begin + i * timedelta(minutes=30)).strftime(form) for i in range(count)]


def demand(row: int) -> float:
    """What the meters here show: up and down between 0.0 and 6.0."""
    return row * 7 % 13 / 2


def write_meter(
    path: Path, *, count: int = 96, start: str = "2021-06-07 00:00", head: str = "Start time,Demand (kW)"
) -> Path:
    """A meter's plain file: half-hours, and :func:`demand`."""
    rows = [f"{time},{demand(i):.1f}" for i, time in enumerate(half_hours(count, start=start))]
    path.write_text("\n".join([head, *rows]) + "\n")
    return path
