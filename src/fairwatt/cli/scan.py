"""``fairwatt scan``: go through all readings of a dataset, on this machine or on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairwatt.cli import home as homes
from fairwatt.core.errors import FairwattError


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(scan)


def scan(
    dataset: Annotated[str, typer.Argument(help="The dataset's key.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the answer is written: .parquet or .csv.")],
    what: Annotated[str, typer.Option("--of", help="health, sums or rollups.")] = "health",
    resolution: Annotated[str, typer.Option(help="Of rollups: PT1M, PT30M, P1D.")] = "P1D",
    engine: Annotated[
        str, typer.Option(help="duckdb, a Spark master, or sc://host:port.", envvar="FAIRWATT_ENGINE")
    ] = "",
    home: Annotated[Path, typer.Option("--home", help="The data folder.", envvar="FAIRWATT_HOME")] = Path(
        "fairwatt-data"
    ),
) -> None:
    """Go through all readings of a dataset: its health by meter and day, its sums, or its rollups."""
    homes.configure_environment(homes.get_home(home), base_url="http://127.0.0.1:8000")
    import django

    django.setup()
    import polars as pl
    from django.utils import timezone

    from fairwatt.services.actors import Actor
    from fairwatt.services.bulk import scan_readings

    try:
        found = scan_readings(
            actor=Actor.system(),
            dataset_key=dataset,
            scan=what,
            at=timezone.now(),
            resolution=resolution,
            engine=engine,
        )
    except FairwattError as error:
        typer.echo(f"{error.message} {error.next_step}".strip(), err=True)
        raise typer.Exit(error.exit_code) from None
    frame = pl.DataFrame(found)
    if out.suffix == ".csv":
        frame.write_csv(out)
    else:
        frame.write_parquet(out)
    typer.echo(f"{frame.height:,} rows in {out}")
