"""``fairwatt keys``: the keys that sign certificates, on the machine that has the data folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from fairwatt.cli import home as homes

app = typer.Typer(help="The keys that sign certificates: list, rotate, revoke them, and sign what has no signature.")

HomeOption = Annotated[Path, typer.Option("--home", help="The data folder.", envvar="FAIRWATT_HOME")]
HOME = Path("fairwatt-data")


def _prepare(home: Path) -> None:
    homes.configure_environment(homes.get_home(home), base_url="http://127.0.0.1:8000")
    import django

    django.setup()


@app.command("list")
def list_all(
    home: HomeOption = HOME,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JWK set that is published.")] = False,
) -> None:
    """Print the public keys, the present one first, with the time in which each signed."""
    _prepare(home)
    from fairwatt.core.metadata.signing import to_jwks
    from fairwatt.services.signing import list_keys

    keys = list_keys()
    if as_json:
        typer.echo(json.dumps(to_jwks(keys), indent=2))
        return
    for key in keys:
        until = f"until {key.valid_until:%Y-%m-%d %H:%M}Z" if key.valid_until else "in use"
        revoked = f"  REVOKED {key.revoked_at:%Y-%m-%d}: {key.revocation_reason}" if key.revoked_at else ""
        typer.echo(f"{key.kid}  since {key.valid_from:%Y-%m-%d %H:%M}Z, {until}{revoked}")
    if not keys:
        typer.echo("No key yet: the first certificate makes it.")


@app.command()
def rotate(home: HomeOption = HOME) -> None:
    """Make a new key; what the old one signed stays signed, and its public half published."""
    _prepare(home)
    from django.utils import timezone

    from fairwatt.services.actors import Actor
    from fairwatt.services.signing import rotate_key

    typer.echo(f"Certificates are signed by {rotate_key(actor=Actor.system(), at=timezone.now()).kid} from now on.")


@app.command()
def revoke(
    kid: Annotated[str, typer.Argument(help="The key's name, as `fairwatt keys list` prints it.")],
    reason: Annotated[str, typer.Option(help="Why; it is published with the key.")],
    home: HomeOption = HOME,
) -> None:
    """Say that a key is not to be trusted any more. Rotate first, and sign anew afterwards."""
    _prepare(home)
    from django.utils import timezone

    from fairwatt.services.actors import Actor
    from fairwatt.services.signing import revoke_key

    revoke_key(actor=Actor.system(), kid=kid, reason=reason, at=timezone.now())
    typer.echo("Revoked. What it signed is refused from now on: fairwatt keys sign signs it anew.")


@app.command()
def sign(home: HomeOption = HOME) -> None:
    """Sign the certificates that have no signature that counts; exit 1 where some may not be what was issued."""
    _prepare(home)
    from django.utils import timezone

    from fairwatt.services.actors import Actor
    from fairwatt.services.signing import sign_missing

    signed, altered = sign_missing(actor=Actor.system(), at=timezone.now())
    typer.echo(f"{signed:,} certificates were signed.")
    for name in altered:
        typer.echo(f"✗ {name}: not known to be what was issued, so it was not signed.")
    if altered:
        raise typer.Exit(1)
