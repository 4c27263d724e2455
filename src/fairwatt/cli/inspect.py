"""``fairwatt inspect``: say what a file is, how it is read, what was noticed, and what only a person can tell."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwatt.cli.faults import said_as_faults

if TYPE_CHECKING:
    from fairwatt.cli.answering import Choice
    from fairwatt.core.files.profile import ImportProfile
    from fairwatt.core.files.report import FileReport, TablePart
    from fairwatt.lake.looking import FileLook

OPEN_QUESTIONS = 3  # exit code

FileArgument = Annotated[Path, typer.Argument(help="The file, as it was received; - reads standard input.")]
AnswerOption = Annotated[
    list[str] | None,
    typer.Option("--answer", metavar="ID=VALUE", help="An answer to a question, such as time_zone=Europe/London."),
]
ProfileOption = Annotated[Path | None, typer.Option("--profile", help="A saved import profile (TOML or JSON).")]
SaveOption = Annotated[Path | None, typer.Option("--save-profile", help="Save how it is read: .toml or .json.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON (docs/reference/inspect.md).")]
TableOption = Annotated[str, typer.Option("--table", help="Which table, by its title, where there are several.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(inspect)


def inspect(
    file: FileArgument,
    as_json: JsonOption = False,
    answer: AnswerOption = None,
    profile: ProfileOption = None,
    table: TableOption = "",
    save_profile: SaveOption = None,
    whole: Annotated[bool, typer.Option("--whole", help="Read every row, however large the file is.")] = False,
) -> None:
    """Say what a file is and how it is read, without a portal. Exit 0: sure; 3: questions are open; 2: unreadable."""
    with said_as_faults(as_json=as_json):
        report, main, notes = _inspected(file, answer or [], profile, table, whole=whole)
        if save_profile is not None:
            save(main, save_profile)
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        from fairwatt.cli.wording import say_report

        given = [*(answer or []), *([f"table={table}"] if table else [])]
        typer.echo(say_report(report, file=str(file), answers=given, notes=notes), nl=False)
    counted = report.tables[:1] if table or any(one.startswith("table=") for one in answer or ()) else report.tables
    raise typer.Exit(OPEN_QUESTIONS if any(part.questions for part in counted) else 0)


def save(profile: ImportProfile | None, path: Path) -> None:
    """Save a profile as its ending says."""
    from fairwatt.core.errors import InvalidInput
    from fairwatt.core.files.profile_text import write_json, write_toml

    if profile is None:
        raise InvalidInput("There is no profile to save: the file holds no readings.", where={"field": "save_profile"})
    text = write_json(profile) if path.suffix.lower() == ".json" else write_toml(profile)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"The profile can't be saved to {path}: {error.strerror}.", where={"field": "save_profile"}
        ) from error


def _inspected(
    file: Path, given: Sequence[str], saved: Path | None, table: str, *, whole: bool
) -> tuple[FileReport, ImportProfile | None, tuple[str, ...]]:
    from fairwatt.cli.answering import TABLE, choose, parse_answers, read_profile, received, sha256_of
    from fairwatt.core.errors import UnreadableFile
    from fairwatt.lake.looking import look_at_file
    from fairwatt.lake.surveying import WHOLE_BYTES

    answers = parse_answers([*given, *([f"{TABLE}={table}"] if table else [])])
    profile = read_profile(saved)
    with (
        received(file) as (path, name, work),
        look_at_file(path, name=name, work=work, is_excerpt=not whole) as look,
    ):
        if look.format == "unknown":
            raise UnreadableFile(f"{name} is of no format known here.", where={"file": name})
        choices = choose(look, answers=answers, profile=profile, name=name)
        limit = sys.maxsize if whole else WHOLE_BYTES
        parts = [
            _part(look, choice, name=name, work=work, limit=limit, is_first=number == 0)
            for number, choice in enumerate(choices)
        ]
        digest = sha256_of(path) if whole or look.size <= WHOLE_BYTES else None
        report = _report(look, parts, choices, name=name, digest=digest)
        notes = tuple(note for choice in choices[:1] for note in choice.notes)
        return report, choices[0].profile if choices else None, notes


def _part(look: FileLook, choice: Choice, *, name: str, work: Path, limit: int, is_first: bool) -> TablePart:
    from fairwatt.cli.answering import as_guessed
    from fairwatt.core.errors import FairwattError
    from fairwatt.core.files.report import table_part
    from fairwatt.core.findings import Finding
    from fairwatt.lake.surveying import count_rows, layout_of, survey_table

    found, survey, inspection = choice.look, None, choice.look.inspection
    profile = as_guessed(choice)
    if profile is not None:
        zone = next((question.guess for question in choice.questions if question.id == "time_zone"), "UTC")
        try:
            survey = survey_table(
                found.table, profile, name=found.title or name, work=work, zone=zone, whole_bytes=limit
            )
        except FairwattError as error:
            if is_first:
                raise
            from dataclasses import replace

            finding = Finding(code="not-read", message=str(error))
            inspection = replace(inspection, findings=(*inspection.findings, finding))
    layout = None if choice.profile is not None else layout_of(found.table, name=name)
    return table_part(
        inspection,
        title=found.title,
        questions=choice.questions,
        profile=profile,
        survey=survey,
        dialect=layout.dialect if layout is not None else None,
        rows=count_rows(found.table, layout) if layout is not None else None,
    )


def _report(
    look: FileLook, parts: list[TablePart], choices: Sequence[Choice], *, name: str, digest: str | None
) -> FileReport:
    from fairwatt.core.files.report import FileReport, finding_part
    from fairwatt.lake.surveying import layout_of

    inspection = look.inspection
    whole = look.whole.findings if look.whole is not None else ()
    dialect = None
    if look.encoding and choices:
        first = choices[0]
        layout = None if first.profile is not None else layout_of(first.look.table, name=name)
        dialect = layout.dialect if layout is not None else first.profile.dialect if first.profile else None
    return FileReport(
        name=name,
        size=look.size,
        sha256=digest,
        kind=inspection.kind,
        format=look.format,
        media_type=look.media_type,
        encoding=look.encoding or None,
        compression=look.compression,
        member=look.member or None,
        delimiter=dialect.delimiter if dialect is not None else None,
        header_rows=parts[0].header_rows if parts else None,
        tables=parts,
        findings=[finding_part(finding) for finding in (*whole, *look.findings)],
        description=dict(look.description),
    )
