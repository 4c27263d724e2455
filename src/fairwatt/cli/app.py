"""The commands. Each translates words into calls; what it does lives in services, lake or core."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from fairwatt import __version__
from fairwatt.cli import align, clean, convert, health, inspect, keys, scan, supervisor, upkeep, upload, verify
from fairwatt.cli import home as homes
from fairwatt.cli.demo.accounts import is_filled, open_accounts
from fairwatt.cli.stopping import stop_when_told
from fairwatt.core.errors import FairwattError

app = typer.Typer(
    name="fairwatt",
    help="The open data platform for local-energy projects.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

HomeOption = Annotated[Path, typer.Option("--home", help="The data folder.", envvar="FAIRWATT_HOME")]
PortOption = Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)]


def main() -> None:
    """Run the command line; an error of ours is one clear line and its own exit code."""
    try:
        app()
    except FairwattError as error:
        typer.echo(f"fairwatt: {error}", err=True)
        sys.exit(error.exit_code)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fairwatt {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """The open data platform for local-energy projects."""


def _prepare(home: Path, *, base_url: str) -> Path:
    """Make the data folder, load Django, bring the tables up to date."""
    home = homes.make_home(home)
    homes.configure_environment(home, base_url=base_url)
    import django  # settings are read from the environment set just above

    django.setup()
    _make_tables()
    return home


def _make_tables() -> None:
    from django.core.management import call_command

    call_command("createcachetable", verbosity=0)
    call_command("migrate", verbosity=0, interactive=False)


def _make_project_file(home: Path, template: Path) -> None:
    project_file = home / "project.toml"
    if not project_file.exists() and "FAIRWATT_PROJECT_FILE" not in os.environ:
        project_file.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")


def _sync_project() -> None:
    from django.utils import timezone

    from fairwatt.services.projects import sync_project

    sync_project(at=timezone.now())


def _require_store() -> None:
    """Begin only with a store that tables are safe in; one that is away for now is waited for."""
    from django.conf import settings

    if not settings.FAIRWATT_STORE:  # the data folder's own disk needs no trial
        return
    from fairwatt.core.errors import StoreAway, StoreRefused
    from fairwatt.services.lakes import check_store

    try:
        check_store()
    except StoreRefused:
        raise
    except StoreAway as error:
        typer.echo(f"fairwatt: {error}", err=True)


@contextmanager
def _serving(
    home: Path, template: Path, *, host: str, port: int, workers: int, threads: int
) -> Iterator[supervisor.Children]:
    """Make the data folder and its tables, and begin to serve it; the body fills it, or has nothing to do.

    Server and worker are started first: they load what they need while the tables are made, and wait for them.
    """
    home = homes.make_home(home)
    homes.configure_environment(home, base_url=f"http://{host}:{port}")
    _make_project_file(home, template)
    with supervisor.Children(home / "logs") as children:
        children.start("server", *supervisor.server_command(host, port, workers=workers, threads=threads))
        children.start("worker", *supervisor.worker_command())
        import django  # settings are read from the environment set just above

        django.setup()
        _require_store()  # before the tables, which server and worker wait for
        _make_tables()
        _sync_project()
        if _has_brokers():
            children.start("listener", *supervisor.listener_command())
        yield children
    typer.echo("Stopped.")


def _has_brokers() -> bool:
    from fairwatt.services.projects import get_project

    return bool(get_project().mqtt)


@app.command()
def demo(
    home: HomeOption = Path("demo-data"),
    port: PortOption = 8000,
    reset: Annotated[bool, typer.Option("--reset", help="Begin afresh: remove the demo's data folder.")] = False,
) -> None:
    """Fill a demo project and serve it on this machine alone, until Ctrl-C."""
    supervisor.require_free_port("127.0.0.1", port, option="make demo PORT=")
    if reset:
        homes.reset_home(home)
    url = f"http://127.0.0.1:{port}"
    folder = Path(__file__).parent / "demo"
    home = homes.make_home(home)

    with _serving(home, folder / "project.toml", host="127.0.0.1", port=port, workers=1, threads=8) as children:
        accounts = open_accounts(home)
        if not is_filled(home):
            seed = importlib.import_module("fairwatt.cli.demo.seed")  # needs Django's settings
            seed.fill_demo(home, accounts, say=typer.echo)

        def on_ready() -> None:
            typer.echo("")
            typer.echo("Sign in as")
            for account in accounts:
                typer.echo(f"  {account.role:<20} {account.email:<34} {account.password}")
            typer.echo("")
            typer.echo(f"READY {url}")
            typer.echo("Press Ctrl-C to stop. The data stay in " + str(home))
            sys.stdout.flush()

        supervisor.supervise(children, url=url, on_ready=on_ready)


@app.command()
def start(
    home: HomeOption = Path("fairwatt-data"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: PortOption = 8000,
    workers: Annotated[int, typer.Option(help="Server processes.", min=1)] = 1,
    threads: Annotated[int, typer.Option(help="Requests at once in each.", min=1)] = 8,
) -> None:
    """Serve the platform from its data folder, until Ctrl-C. Set FAIRWATT_BASE_URL to its public address."""
    supervisor.require_free_port(host, port)
    template = Path(__file__).parent / "project_template.toml"

    def on_ready() -> None:
        typer.echo(f"READY {os.environ['FAIRWATT_BASE_URL']}")
        sys.stdout.flush()

    with _serving(home, template, host=host, port=port, workers=workers, threads=threads) as children:
        supervisor.supervise(children, url=f"http://{host}:{port}", on_ready=on_ready)


@app.command()
def worker(
    home: HomeOption = Path("fairwatt-data"),
    name: Annotated[str, typer.Option(help="What the queue calls this worker.")] = "",
) -> None:
    """Do the queued jobs, until Ctrl-C. Several workers may run at once."""
    homes.configure_environment(homes.get_home(home), base_url="http://127.0.0.1:8000")
    import django

    stop = stop_when_told(within_s=supervisor.STOP_WITHIN_S)
    django.setup()
    from fairwatt.services.tables import wait_for_tables
    from fairwatt.services.worker import run_worker

    _require_store()
    if wait_for_tables(is_stopping=stop.is_set):
        run_worker(name=name or f"worker-{os.getpid()}", stop=stop)


@app.command()
def listen(home: HomeOption = Path("fairwatt-data")) -> None:
    """Take live readings by MQTT, as the project file's [[mqtt]] entries say, until Ctrl-C."""
    homes.configure_environment(homes.get_home(home), base_url="http://127.0.0.1:8000")
    import django

    django.setup()
    import logging

    from fairwatt.core.errors import NotFound
    from fairwatt.services.live_listening import listen as run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if not run(stop_when_told(within_s=supervisor.STOP_WITHIN_S)):
        raise NotFound(
            "The project file has no [[mqtt]] entry.", next_step="docs/how-to/send-live-readings.md shows one."
        )


@app.command("add-manager")
def add_manager(
    email: Annotated[str, typer.Argument(help="The data manager's e-mail address.")],
    home: HomeOption = Path("fairwatt-data"),
    base_url: Annotated[
        str, typer.Option(help="The portal's address, which the link begins with.", envvar="FAIRWATT_BASE_URL")
    ] = "http://127.0.0.1:8000",
) -> None:
    """Make somebody a data manager, and print a link at which they choose their password."""
    _prepare(home, base_url=base_url)
    from django.utils import timezone

    from fairwatt.services.accounts import make_manager

    typer.echo(make_manager(email=email, at=timezone.now()))


@app.command()
def check(home: HomeOption = Path("fairwatt-data")) -> None:
    """Say what is unsafe or missing for a public host; exit 0 when nothing is."""
    homes.configure_environment(homes.get_home(home), base_url="http://127.0.0.1:8000")
    import django

    django.setup()
    from fairwatt.cli.checks import find_problems  # reads the tables' modules, which need Django

    problems = find_problems()
    for problem in problems:
        typer.echo(f"✗ {problem}")
    typer.echo(f"{len(problems)} to mend." if problems else "✓ Nothing unsafe was found for a public host.")
    raise typer.Exit(1 if problems else 0)


@app.command("check-project")
def check_project(file: Annotated[Path, typer.Argument(help="A project file.")]) -> None:
    """Read a project file and say what is in it, or what is wrong with it."""
    from fairwatt.core.errors import NotFound
    from fairwatt.core.project import parse_project
    from fairwatt.core.project.audiences import begin

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"{file} can't be read: {error.strerror}.") from error
    project = parse_project(text, name=file.name)
    typer.echo(f"{project.branding.name}: {len(project.partners)} partners, {len(project.trials)} trials.")
    for trial in project.trials:
        procedures = ", ".join(f"{p.code} ({len(p.steps)} steps)" for p in trial.procedures)
        typer.echo(f"  {trial.code}  {trial.title}: {procedures}")
    for _code, audience in project.audiences:
        release = getattr(audience, "release", "")
        typer.echo(f"  {begin(audience.name)}" + (f": {release} unless an entry says otherwise" if release else ""))


inspect.register(app)
convert.register(app)
health.register(app)
align.register(app)
clean.register(app)
scan.register(app)
upload.register(app)
verify.register(app)
app.add_typer(upkeep.app, name="upkeep")
app.add_typer(keys.app, name="keys")
