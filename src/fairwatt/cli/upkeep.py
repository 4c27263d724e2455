"""``fairwatt upkeep``: look after what is kept from the command line, on the machine that has the data folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwatt.cli import home as homes
from fairwatt.core.errors import Conflict, DamagedData, FairwattError, InvalidInput

if TYPE_CHECKING:
    from fairwatt.services.costs import Cost

app = typer.Typer(help="Look after what is kept: merge, clean, check, re-encode, erase, move, and count its cost.")

HomeOption = Annotated[Path, typer.Option("--home", help="The data folder.", envvar="FAIRWATT_HOME")]
DatasetOption = Annotated[str, typer.Option("--dataset", help="Key of a dataset; all of them without it.")]
HOME = Path("fairwatt-data")


def _prepare(home: Path) -> None:
    homes.configure_environment(homes.get_home(home), base_url="http://127.0.0.1:8000")
    import django

    django.setup()


@app.command()
def status(home: HomeOption = HOME) -> None:
    """Say what is damaged, what is kept and costs, and when the next night's work begins; exit 10 where damaged."""
    _prepare(home)
    from django.utils import timezone

    from fairwatt.services.actors import Actor
    from fairwatt.services.costs import add_costs_up, list_costs
    from fairwatt.services.upkeep import state_of_upkeep

    at = timezone.now()
    state = state_of_upkeep(actor=Actor.system(), at=at)
    costs = list_costs(actor=Actor.system(), at=at)
    for damage in state.damages:
        typer.echo(f"✗ {damage.dataset.title}: {damage.file_name or damage.place}: {damage.message}")
    if not state.damages:
        checked = f"; every original hashed again since {state.checked_from:%d %b %Y}" if state.checked_from else ""
        typer.echo(f"✓ Nothing is damaged{checked}.")
    typer.echo(f"{len(costs)} datasets: {_say_cost(add_costs_up(costs, at=at))}")
    typer.echo(f"The next night's work begins {state.next_at:%d %b %Y %H:%M} UTC.")
    if state.damages:
        raise typer.Exit(DamagedData.exit_code)


def _say_cost(cost: Cost) -> str:
    size = cost.size
    parts = f"{size.raw:,} originals, {size.readings:,} readings, {size.rollups:,} rollups, {size.old:,} older"
    said = f"{size.total:,} bytes ({parts})"
    if cost.prices is not None and cost.yearly is not None:
        said += f", {cost.prices.currency} {cost.yearly} a year"
    return said


@app.command()
def costs(home: HomeOption = HOME) -> None:
    """Print what each dataset takes up and costs as CSV, all together last."""
    _prepare(home)
    from django.utils import timezone

    from fairwatt.services.actors import Actor
    from fairwatt.services.costs import add_costs_up, list_costs, write_costs

    at = timezone.now()
    found = list_costs(actor=Actor.system(), at=at)
    sys.stdout.write(write_costs([*found, add_costs_up(found, at=at)]))


@app.command()
def run(
    what: Annotated[str, typer.Argument(help="tend (all that a night does), merge, clean, check or recode.")],
    dataset: DatasetOption = "",
    level: Annotated[int, typer.Option(help="Of ZSTD, for recode.", min=1, max=22)] = 9,
    home: HomeOption = HOME,
) -> None:
    """Do upkeep now and wait for its end; workers may run meanwhile. Ctrl-C leaves it to them."""
    _prepare(home)
    from django.utils import timezone

    from fairwatt.services.actors import Actor
    from fairwatt.services.upkeep import request_upkeep

    job = request_upkeep(actor=Actor.system(), what=what, dataset_key=dataset, at=timezone.now(), level=level)
    _finish(job.pk)


def _finish(job_id: int) -> None:
    """Do what is queued until a job has ended, by whomever."""
    import time

    from fairwatt.records.models import Job
    from fairwatt.services.worker import run_pending

    while (job := Job.objects.get(pk=job_id)).state in {Job.State.QUEUED, Job.State.RUNNING}:
        if not run_pending(worker=f"upkeep-{os.getpid()}", limit=1):
            time.sleep(0.5)
    typer.echo(job.log.rstrip() or "Nothing was to be done.")
    if job.state != Job.State.DONE:
        raise FairwattError(job.error or "It was cancelled.")


@app.command()
def erase(
    dataset: Annotated[str, typer.Argument(help="Key of the dataset.")],
    reason: Annotated[str, typer.Option(help="Why; it stays on record and on the dataset's page.")],
    confirm: Annotated[str, typer.Option(help="The dataset's identifier (or key), the file's name, or the series.")],
    file: Annotated[str, typer.Option(help="Key of the file, where only that is to go.")] = "",
    series: Annotated[str, typer.Option(help="Name of the series, where only that is to go.")] = "",
    home: HomeOption = HOME,
) -> None:
    """Erase a dataset, a file or a series for good, in all versions and with the originals."""
    _prepare(home)
    from django.utils import timezone

    from fairwatt.records.models import Job
    from fairwatt.services.actors import Actor
    from fairwatt.services.erasures import ERASE, order_erasure

    if file and series:
        raise InvalidInput("Name a file or a series, not both.")
    erasure = order_erasure(
        actor=Actor.system(),
        dataset_key=dataset,
        kind="file" if file else "series" if series else "dataset",
        target=file or series,
        reason=reason,
        confirmation=confirm,
        at=timezone.now(),
    )
    _finish(Job.objects.filter(kind=ERASE, payload__erasure=erasure.pk).latest("pk").pk)


@app.command()
def move(
    to: Annotated[
        str, typer.Argument(help="A folder, s3://bucket/prefix?region=… or az://container/prefix?account=….")
    ],
    home: HomeOption = HOME,
) -> None:
    """Copy originals and tables to another store, each file verified on arrival; run it again until nothing is left.

    The last run is to be made while the platform is stopped. Then point FAIRWATT_STORE to the other store.
    """
    _prepare(home)
    from django.utils import timezone

    from fairwatt.lake.stores import LocalStore, Store, open_store
    from fairwatt.services.lakes import get_lake
    from fairwatt.services.live_draining import drain_now

    lake = get_lake()
    there: Store = (
        open_store(to, home=lake.root / "moving", cache_bytes=0) if "://" in to else LocalStore(Path(to).resolve())
    )
    if there.root == lake.store.root and there.is_local:
        raise Conflict("This is where everything stands already.")
    shown = -1

    def say(share: float) -> None:
        nonlocal shown
        if int(share * 10) > shown:
            shown = int(share * 10)
            typer.echo(f"{shown * 10} %", err=True)

    while drain_now(at=timezone.now(), fold_all=True).is_behind:  # live readings stand on this machine till then
        continue
    moved = lake.upkeep.move(there, check=say)
    typer.echo(
        f"{moved.files:,} files ({moved.size:,} bytes) copied and verified, {moved.there_already:,} there before."
    )
    if moved.waiting:
        typer.echo(f"{moved.waiting:,} received files are not in the present store yet; run this again once they are.")
