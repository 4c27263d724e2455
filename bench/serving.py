"""A portal as it really runs: a server and a worker of our own on a free port, with a data folder that goes again."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Portal:
    """A running portal with one manager: their token (read, deposit) and the cookie of their session."""

    url: str
    home: Path
    token: str
    cookies: dict[str, str]
    server: int  # process id


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running_portal(*, with_worker: bool = True) -> Iterator[Portal]:
    """Run a portal until the block ends; this process's Django is set up for its data folder, once a process."""
    home = Path(tempfile.mkdtemp(prefix="fairwatt-bench-"))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    token, cookies = _prepare(home, url)
    from fairwatt.cli import supervisor  # settings must point at the folder first

    children = supervisor.Children(home / "logs")
    try:
        children.start("server", *supervisor.server_command("127.0.0.1", port, workers=1, threads=8))
        if with_worker:
            children.start("worker", *supervisor.worker_command())
        supervisor.wait_until_ready(url, children)
        yield Portal(url, home, token, cookies, children.processes["server"].pid)
    finally:
        children.stop()
        shutil.rmtree(home, ignore_errors=True)


def _prepare(home: Path, url: str) -> tuple[str, dict[str, str]]:
    """Make a data folder with a manager; their token and cookies."""
    from fairwatt.cli import home as homes

    homes.make_home(home)
    homes.configure_environment(home, base_url=url)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    template = Path(homes.__file__).parent / "project_template.toml"
    (home / "project.toml").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    return _make_manager()


def _make_manager() -> tuple[str, dict[str, str]]:
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from fairwatt.records.models import Organization, User
    from fairwatt.services.actors import Actor
    from fairwatt.services.projects import sync_project
    from fairwatt.services.tokens import create_token

    at = timezone.now()
    sync_project(at=at)
    user = User.objects.create_superuser("bench@people.example")
    user.memberships.create(organization=Organization.objects.filter(is_partner=True)[0])
    _, secret = create_token(actor=Actor(user=user), name="bench", scopes=("read", "deposit"), days=1, at=at)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return secret, {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def memory_of(parent: int, what: str = "VmHWM") -> float:
    """The resident memory of a process and its children [MB]: ``VmHWM`` its highest so far, ``VmRSS`` that of now."""
    total = 0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except OSError:
            continue
        if int(status["Pid"]) == parent or int(status["PPid"]) == parent:
            total += int(status.get(what, "0 kB").split()[0])
    return total / 1024
