"""Start the web server and the worker as children, say when they are ready, stop them cleanly."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

from fairwatt.cli.stopping import SUPERVISOR
from fairwatt.core.errors import Conflict, FairwattError

READY_WITHIN_S = 60
STOP_WITHIN_S = 15
GIVE_UP_WITHIN_S = 3  # what has not served anybody yet has nothing to bring to its end
_PR_SET_PDEATHSIG = 1
# glibc gives each thread a heap of its own, and keeps what is freed there
_FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
# … the more of it the larger the pieces once were; a server, which waits most of its time, gives large ones back
_GIVES_BACK = {"server": {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}}


def require_free_port(host: str, port: int, *, option: str = "--port ") -> None:
    """Raise Conflict when something listens on the port already; ``option`` is how another is chosen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(
                f"Port {port} on {host} can't be used: {error.strerror}.",
                next_step=f"Stop what is using it, or choose another: {option}{port + 1}",
            ) from error


def _die_with_parent() -> None:
    """Ask Linux to end this child when its parent is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Children:
    """The server's and the worker's processes, with their log files; stopped where the ``with`` block ends."""

    log_folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: list[IO[bytes]] = field(default_factory=list)
    have_served: bool = False

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all, whatever happened."""
        self.stop()

    def start(self, name: str, *command: str) -> None:
        """Start one child, its output appended to ``<log_folder>/<name>.log``."""
        self.log_folder.mkdir(parents=True, exist_ok=True)
        log = (self.log_folder / f"{name}.log").open("ab")
        self.logs.append(log)
        self.processes[name] = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=_FEW_ARENAS | _GIVES_BACK.get(name, {}) | os.environ | {SUPERVISOR: str(os.getpid())},
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - started before any thread of ours
        )

    def find_ended(self) -> str | None:
        """The name of a child that has ended by itself, if one has."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Ask every child to end, wait, and end those that don't."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + (STOP_WITHIN_S if self.have_served else GIVE_UP_WITHIN_S)
        for process in self.processes.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for log in self.logs:
            log.close()


def server_command(host: str, port: int, *, workers: int, threads: int) -> tuple[str, ...]:
    """The command that serves the portal: granian in WSGI mode."""
    return (
        *(sys.executable, "-m", "granian", "fairwatt.portal.wsgi:application"),
        *("--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--no-ws"),
        *("--workers-kill-timeout", "10", "--log-level", "info"),
    )


def worker_command() -> tuple[str, ...]:
    """The command that does the queued jobs."""
    return (sys.executable, "-m", "fairwatt.cli", "worker")


def listener_command() -> tuple[str, ...]:
    """The command that takes live readings by MQTT."""
    return (sys.executable, "-m", "fairwatt.cli", "listen")


def wait_until_ready(url: str, children: Children) -> None:
    """Wait until the portal answers on its health page.

    Raises
    ------
    FairwattError
        A child ended, or a minute went by; the message names the log to read.
    """
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if name := children.find_ended():
            raise FairwattError(f"The {name} did not start.", next_step=f"Read {children.log_folder / name}.log.")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:  # noqa: PLR2004
                    children.have_served = True
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise FairwattError(f"The server did not answer in {READY_WITHIN_S} s.", next_step=f"Read {children.log_folder}.")


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def _raise_stopped(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped


def supervise(children: Children, *, url: str, on_ready: Callable[[], None]) -> None:
    """Wait for readiness, then for Ctrl-C, SIGTERM or a child's end; the caller stops the children.

    Raises
    ------
    FairwattError
        A child ended by itself.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _raise_stopped)
    try:
        wait_until_ready(url, children)
        on_ready()
        while (name := children.find_ended()) is None:
            time.sleep(0.3)
        raise FairwattError(f"The {name} ended by itself.", next_step=f"Read {children.log_folder / name}.log.")
    except Stopped:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
