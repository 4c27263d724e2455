"""What a reading command says where it can't do what it was asked: one line, or JSON, and exit code 2."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from fairwatt.core.errors import FairwattError, InvalidInput, UnreadableFile

UNREADABLE = 2  # exit code


@contextmanager
def said_as_faults(*, as_json: bool) -> Iterator[None]:
    """Say an error of ours, or one of a reader's below, and exit; with ``as_json`` as an object on the output too."""
    try:
        yield
    except FairwattError as error:
        _say(error, as_json=as_json)
        code = UNREADABLE if isinstance(error, InvalidInput) else error.exit_code
        raise typer.Exit(code) from error
    except (MemoryError, RecursionError, OSError, UnicodeError) as error:
        _say(_as_ours(error), as_json=as_json)
        raise typer.Exit(UNREADABLE) from error
    except Exception as error:
        if type(error).__module__.split(".")[0] not in {"duckdb", "_duckdb", "pyarrow"}:
            raise
        _say(_as_ours(error), as_json=as_json)
        raise typer.Exit(UNREADABLE) from error


def _as_ours(error: BaseException) -> UnreadableFile:
    first = (str(error).strip().splitlines() or [""])[0][:200]
    return UnreadableFile(f"The file can't be read ({type(error).__name__}: {first}).")


def _say(error: FairwattError, *, as_json: bool) -> None:
    typer.echo(f"fairwatt: {error}", err=True)
    if as_json:
        from fairwatt.core.files.report import report_error

        told = report_error(error.message, where=error.where, next_step=error.next_step)
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
