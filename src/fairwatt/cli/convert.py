"""``fairwatt convert``: write a file's readings as Parquet or CSV, without a portal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwatt.cli.faults import said_as_faults
from fairwatt.cli.inspect import (
    OPEN_QUESTIONS,
    AnswerOption,
    FileArgument,
    JsonOption,
    ProfileOption,
    SaveOption,
    TableOption,
    save,
)

if TYPE_CHECKING:
    from fairwatt.cli.answering import Choice
    from fairwatt.lake.looking import FileLook
    from fairwatt.lake.results import IngestResult


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(convert)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for."""

    file: Path
    out: Path
    answers: dict[str, str]
    profile: Path | None
    save_profile: Path | None
    accept_guesses: bool
    as_decimals: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of it; no result where a question is open that changes the readings."""

    choice: Choice
    result: IngestResult | None


def convert(
    file: FileArgument,
    out: Annotated[Path, typer.Option("--out", help="The new file: .parquet or .csv.")],
    answer: AnswerOption = None,
    profile: ProfileOption = None,
    table: TableOption = "",
    save_profile: SaveOption = None,
    accept_guesses: Annotated[
        bool, typer.Option("--accept-guesses", help="Go on with the likely answers to open questions.")
    ] = False,
    as_decimals: Annotated[
        bool, typer.Option("--decimal", help="Parquet with the decimals as they were logged, not 64-bit floats.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a file's readings as Parquet or CSV: series, start (UTC), then a column a channel.

    Exit 0: written; 3: questions are open; 2: unreadable, or a wrong answer. Nothing is written while a question is
    open whose answer changes a time or a value; what a number means (its unit, say) may stay open.
    """
    with said_as_faults(as_json=as_json):
        from fairwatt.cli.answering import TABLE, parse_answers

        answers = parse_answers([*(answer or []), *([f"{TABLE}={table}"] if table else [])])
        wish = _Wish(file, out, answers, profile, save_profile, accept_guesses, as_decimals)
        outcome = _converted(wish)
    if as_json:
        sys.stdout.write(json.dumps(_told(wish, outcome), ensure_ascii=False, indent=2) + "\n")
    else:
        _say(wish, outcome)
    raise typer.Exit(OPEN_QUESTIONS if outcome.choice.questions else 0)


def _converted(wish: _Wish) -> _Outcome:
    from fairwatt.cli.answering import (
        accept_guesses,
        choose,
        leave_unsaid,
        read_profile,
        received,
        sha256_of,
    )
    from fairwatt.core.files.asking import changes_readings
    from fairwatt.lake.converting import Target, convert_table
    from fairwatt.lake.limits import Limits
    from fairwatt.lake.looking import look_at_file

    saved = read_profile(wish.profile)
    target = Target(wish.out, as_decimals=wish.as_decimals)
    _ = target.form  # a wrong ending is said before the work
    _refuse_itself(wish)
    with received(wish.file) as (path, name, work), look_at_file(path, name=name, work=work) as look:
        choices = choose(look, answers=wish.answers, profile=saved, name=name)
        choice = choices[0] if choices else None
        if choice is None or choice.profile is None:
            raise no_readings(look, choice, name)
        choice = accept_guesses(choice) if wish.accept_guesses else choice
        ready = leave_unsaid(choice)
        if ready.profile is None or any(changes_readings(question.id) for question in choice.questions):
            return _Outcome(choice, None)
        notes = {"source_name": name, "source_sha256": sha256_of(path)}
        target = Target(wish.out, as_decimals=wish.as_decimals, notes=notes)
        with _progress() as show:
            result = convert_table(
                ready.look.table,
                ready.profile,
                target=target,
                name=name,
                work=work,
                limits=Limits(),
                on_progress=show,
            )
        if wish.save_profile is not None:
            save(ready.profile, wish.save_profile)
        return _Outcome(ready, result)


def _refuse_itself(wish: _Wish) -> None:
    from fairwatt.core.errors import InvalidInput

    if wish.out.exists() and wish.file.exists() and wish.out.samefile(wish.file):
        raise InvalidInput(
            f"{wish.out} is the file itself, which is never written over.",
            where={"field": "out"},
            next_step="Give another name with --out.",
        )


def no_readings(look: FileLook, choice: Choice | None, name: str) -> Exception:
    """The error of a file without readings."""
    from fairwatt.core.errors import UnreadableFile

    inspection = look.inspection_of(choice.look if choice is not None else None)
    why = " ".join(finding.message for finding in inspection.findings[-1:])
    return UnreadableFile(f"{name} holds no readings that can be converted. {why}".strip(), where={"file": name})


@contextmanager
def _progress() -> Iterator[Any]:
    """A line that says how far the work is, on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(share: float, stage: str) -> None:
        typer.echo(f"\r{stage} … {share:4.0%}".ljust(60), nl=False, err=True)

    try:
        yield show
    finally:
        typer.echo("\r" + " " * 60 + "\r", nl=False, err=True)


def _say(wish: _Wish, outcome: _Outcome) -> None:
    from fairwatt.cli.wording import say_findings, say_questions
    from fairwatt.core.files.report import finding_part, question_part

    for note in outcome.choice.notes:
        typer.echo(note, err=True)
    if open_ones := outcome.choice.questions:
        what = "1 question is" if len(open_ones) == 1 else f"{len(open_ones)} questions are"
        so = "so nothing was written" if outcome.result is None else "so what they ask is left unsaid in the file"
        typer.echo(f"fairwatt: {what} open, {so}. Give the answers, or --accept-guesses:", err=True)
        typer.echo(say_questions([question_part(question) for question in open_ones]), err=True)
    if outcome.result is None:
        return
    findings = (*outcome.choice.look.inspection.findings, *outcome.result.findings)
    if findings:
        typer.echo(say_findings([finding_part(finding) for finding in findings]), err=True)
    result = outcome.result
    rows = "1 row" if result.rows == 1 else f"{result.rows:,} rows"
    period = f"{_iso(result.first)} to {_iso(_end(result))}"
    typer.echo(f"{wish.out}: {rows} of {_channels(len(result.channels))}, {period}")


def _symbol(code: str) -> str | None:
    from fairwatt.core.units import UNITS

    return UNITS[code].symbol or code if code else None


def _end(result: IngestResult) -> datetime:
    """The end of the last interval; without an even step the last time itself."""
    return result.period_end if result.resolution_s else result.last


def _channels(count: int) -> str:
    return "1 channel" if count == 1 else f"{count:,} channels"


def _iso(moment: datetime) -> str:
    from fairwatt.core.files.report import written_time

    return written_time(moment)


def _told(wish: _Wish, outcome: _Outcome) -> dict[str, Any]:
    """The outcome as JSON; see docs/reference/inspect.md."""
    from fairwatt.core.files.report import SCHEMA_VERSION, finding_part, question_part

    result, choice = outcome.result, outcome.choice
    profile = choice.profile
    assert profile is not None
    findings = (*choice.look.inspection.findings, *(result.findings if result is not None else ()))
    written = None
    if result is not None:
        written = {
            "path": str(wish.out),
            "bytes": result.stored_bytes,
            "rows": result.rows,
            "series": len(result.series),
            "start": _iso(result.first),
            "end": _iso(_end(result)),
        }
    return {
        "schema_version": SCHEMA_VERSION,
        "written": written,
        "profile_sha256": profile.digest,
        "channels": {
            rule.field: {"unit": _symbol(rule.unit), "quantity": rule.quantity or None} for rule in profile.channels
        },
        "findings": [finding_part(finding).model_dump(mode="json") for finding in findings],
        "questions": [question_part(question).model_dump(mode="json") for question in choice.questions],
        "notes": list(choice.notes),
    }
