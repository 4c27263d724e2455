"""A server as it really runs: its own process, data folder and database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from fairwatt.cli.supervisor import server_command
from tests.waiting import PATIENCE_S, until

SEED = """
import django; django.setup()
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0, interactive=False)
call_command("createcachetable", verbosity=0)
from fairwatt.records.models import User
from fairwatt.services.actors import Actor
from fairwatt.services.tokens import create_token
user = User.objects.create_superuser("mia@people.example")
scopes = ("read", "deposit", "manage")
print(create_token(actor=Actor(user=user), name="t", scopes=scopes, days=1, at=timezone.now())[1])
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_up(url: str) -> bool:
    """Whether a server answers there."""
    try:
        httpx.get(url, timeout=PATIENCE_S)
    except httpx.TransportError:
        return False
    return True


class Server:
    """Start, kill and start again; the data folder stays.

    Parameters
    ----------
    home
        The data folder; made and filled with a manager.
    """

    def __init__(self, home: Path) -> None:
        home.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (home.parent / "server.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FAIRWATT_")},
            "FAIRWATT_HOME": str(home),
            "FAIRWATT_SECRET_KEY": "of the test",
            "FAIRWATT_PROJECT_FILE": str(Path(__file__).parents[1] / "project.toml"),
            "FAIRWATT_BASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "fairwatt.portal.settings",
        }
        self.token = self._run(SEED)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            server_command("127.0.0.1", self.port, workers=1, threads=4),
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        until(lambda: is_up(f"{self.url}/api/v1/me"))

    def kill(self) -> None:
        """Kill it with all its processes, as a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=PATIENCE_S)
            self._process = None

    def close(self) -> None:
        """Kill it for good."""
        self.kill()
        self._log.close()

    def _run(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip().splitlines()[-1]
