"""The commands that talk to a server from afar: ``upload``, ``download`` and ``find``.

They need the client only, no data folder and no Django.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwatt.core.errors import InvalidInput, NotFound, TooLarge

if TYPE_CHECKING:
    from fairwatt.client import Client, Limits

UrlOption = Annotated[
    str, typer.Option("--url", envvar="FAIRWATT_URL", help="Where the platform is: https://data.example.org")
]
TokenOption = Annotated[
    str,
    typer.Option("--token", envvar="FAIRWATT_TOKEN", help="A token from your account page (safer in FAIRWATT_TOKEN)."),
]
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(upload)
    app.command()(download)
    app.command()(find)


def upload(
    files: Annotated[list[Path], typer.Argument(help="The files to send.", exists=True, dir_okay=False)],
    deposit: Annotated[str, typer.Option("--deposit", help="The deposit's code; a new one is begun without it.")] = "",
    origin: Annotated[str, typer.Option(help="For a new deposit: foreground or background.")] = "foreground",
    url: UrlOption = "http://127.0.0.1:8000",
    token: TokenOption = "",
    again: Annotated[bool, typer.Option("--again", help="Begin anew instead of going on.")] = False,
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile",
            help="An import profile (TOML or JSON) by which the files are read: nothing is asked then.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """Send files to a deposit. A cut connection, Ctrl-C or a restart costs nothing: start it again."""
    document = _read_profile(profile)
    with _connect(url, token) as client:
        _check_room(client.limits(), files)
        code = deposit or _begin(client, origin)
        for path in files:
            line = _ProgressLine(path.name)
            receipt = client.upload(path, code, resume=not again, on_progress=line.show)
            line.end()
            typer.echo(f"{receipt.name}: {say_size(receipt.size)}, file {receipt.file}")
            typer.echo(f"  sha256 {receipt.sha256}")
            if profile is not None:
                client.give_profile(receipt.file, document=document)
                typer.echo(f"  read by {profile.name}")
        typer.echo(f"Deposit {code}: {url.rstrip('/')}/share/{code}/")


def download(
    file: Annotated[str, typer.Argument(help="A file's id, or a dataset's: then all its files.")],
    to: Annotated[Path, typer.Option("--to", help="A folder, or the new file's path.")] = Path(),
    url: UrlOption = "http://127.0.0.1:8000",
    token: TokenOption = "",
) -> None:
    """Fetch a file as it was received, or all files of a dataset, and check the hash of each."""
    with _connect(url, token) as client:
        for key, name in _files_of(client, file):
            line = _ProgressLine(name)
            path = client.download(key, to, on_progress=line.show)
            line.end()
            typer.echo(str(path))


def find(
    text: Annotated[str, typer.Argument(help="Words to look for; none for all.")] = "",
    origin: Annotated[str, typer.Option(help="foreground or background.")] = "",
    url: UrlOption = "http://127.0.0.1:8000",
    token: TokenOption = "",
    most: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
) -> None:
    """List the catalogue's datasets: id, access, title."""
    with _connect(url, token) as client:
        facets = {"origin": origin} if origin else {}
        for count, dataset in enumerate(client.datasets(text, **facets)):
            if count == most:
                typer.echo("… and more: use --most, or narrower words.")
                break
            typer.echo(f"{dataset.id}  {dataset.access:<9}  {dataset.title}")


def say_size(count: float) -> str:
    """Say a number of bytes.

    >>> say_size(999), say_size(1_500_000)
    ('999 bytes', '1.5 MB')
    """
    for unit in _UNITS:
        if count < _STEP or unit == _UNITS[-1]:
            break
        count /= _STEP
    return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"


def _connect(url: str, token: str) -> Client:
    from fairwatt.client import Client  # the other commands need not wait for it

    return Client(url, token or None)


def _read_profile(path: Path | None) -> str:
    """A profile's document, checked before anything is sent."""
    if path is None:
        return ""
    from fairwatt.core.files.profile_text import parse_profile  # most uploads have none

    text = path.read_bytes()
    parse_profile(text, name=path.name)
    return text.decode("utf-8-sig")


def _begin(client: Client, origin: str) -> str:
    code = client.start_deposit(origin).code
    typer.echo(f"Began deposit {code}.")
    return code


def _check_room(limits: Limits, files: list[Path]) -> None:
    typer.echo(f"Up to {say_size(limits.file_bytes)} a file; {say_size(limits.free_bytes)} free of your quota.")
    sizes = {path: path.stat().st_size for path in files}
    for path, size in sizes.items():
        if size > limits.file_bytes:
            raise TooLarge(f"{path} has {say_size(size)}, more than a file may have.", where={"file": str(path)})
    if sum(sizes.values()) > limits.free_bytes:
        raise TooLarge(
            f"The files have {say_size(sum(sizes.values()))} together, more than the quota leaves.",
            next_step="Ask the data manager for more room.",
        )


def _files_of(client: Client, key: str) -> list[tuple[str, str]]:
    try:
        found = client.file(key)
    except NotFound:
        pass
    else:
        return [(found.id, found.name)]
    files = [(each.id, each.name) for each in client.files(key)]
    if not files:
        raise InvalidInput(f"Dataset {key} has no files.", where={"dataset": key})
    return files


class _ProgressLine:
    """One line on a terminal that says how far a transfer is; nothing where the output is no terminal."""

    def __init__(self, name: str, now: Callable[[], float] = time.monotonic) -> None:
        self._name, self._now = name, now
        self._begin, self._first, self._shown = now(), -1, -1.0
        self._is_terminal = sys.stderr.isatty()

    def show(self, done: int, size: int) -> None:
        if self._first < 0:
            self._first = done
        elapsed = self._now() - self._begin
        if not self._is_terminal or (elapsed - self._shown < 0.2 and done < size):  # noqa: PLR2004 - seconds
            return
        self._shown = elapsed
        speed = (done - self._first) / elapsed if elapsed > 0 else 0.0
        share = 100 * done / size if size else 100.0
        text = f"{self._name}: {share:5.1f} % of {say_size(size)}, {say_size(speed)}/s"
        typer.echo(f"\r{text:<78}", nl=False, err=True)

    def end(self) -> None:
        if self._is_terminal and self._first >= 0:
            typer.echo("", err=True)
