"""``fairwatt health``: say how complete, valid, regular and plausible a file's readings are, without a portal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairwatt.cli.faults import said_as_faults
from fairwatt.cli.inspect import OPEN_QUESTIONS, AnswerOption, FileArgument, ProfileOption, TableOption

if TYPE_CHECKING:
    from fairwatt.core.findings import Finding
    from fairwatt.core.quality import Scan

_POLE = 90
_BY_SCAN = frozenset({
    "missing-values", "gaps", "duplicate-stamps", "conflicting-duplicates", "off-grid-stamps", "varying-intervals",
    "constant-column", "empty-column", "sentinel-values", "possible-sentinel", "register-restarts",
})  # fmt: skip

PlaceOption = Annotated[
    str, typer.Option("--place", metavar="LAT,LON", help="Where the sun shines, for solar generation at night.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(health)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for."""

    file: Path
    answers: dict[str, str]
    profile: Path | None
    place: tuple[float, float] | None
    zone: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The scan, and what was guessed to read the file."""

    scan: Scan
    open_questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def health(
    file: FileArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/reference/health.md).")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page of its own.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write the report as PDF.")] = None,
    detections: Annotated[
        Path | None, typer.Option("--detections", help="Write every place found: .parquet or .csv.")
    ] = None,
    answer: AnswerOption = None,
    profile: ProfileOption = None,
    table: TableOption = "",
    accept_guesses: Annotated[
        bool, typer.Option("--accept-guesses", help="Exit 0 though likely answers were taken for open questions.")
    ] = False,
    place: PlaceOption = "",
    zone: Annotated[str, typer.Option("--zone", help="Where clocks are changed.")] = "Europe/London",
) -> None:
    """Say how healthy a file's readings are: scores, and every doubtful place.

    Exit 0: scanned; 3: scanned, but by likely answers to open questions, which are named; 2: unreadable.
    """
    with said_as_faults(as_json=as_json):
        from fairwatt.cli.answering import TABLE, parse_answers

        answers = parse_answers([*(answer or []), *([f"{TABLE}={table}"] if table else [])])
        outcome = _scanned(_Wish(file, answers, profile, place_of(place), zone))
        _write(outcome, html=html, pdf=pdf, detections=detections)
    if as_json:
        sys.stdout.write(_as_json(outcome))
    else:
        from fairwatt.cli.health_words import say_health

        typer.echo(say_health(outcome.scan.report), nl=False)
    for note in outcome.notes:
        typer.echo(f"fairwatt: {note}", err=True)
    raise typer.Exit(OPEN_QUESTIONS if outcome.open_questions and not accept_guesses else 0)


def place_of(text: str) -> tuple[float, float] | None:
    """The latitude and longitude [degrees] of ``51.75,-1.26``; None of nothing."""
    from fairwatt.core.errors import InvalidInput

    if not text:
        return None
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        latitude, longitude = 999.0, 999.0
    if abs(latitude) > _POLE or abs(longitude) > 2 * _POLE:
        raise InvalidInput(
            f"'{text}' is no place.", where={"field": "place"}, next_step="Write it as --place 51.75,-1.26."
        )
    return latitude, longitude


def _scanned(wish: _Wish) -> _Outcome:
    from fairwatt.cli.ready import Asked, made_ready
    from fairwatt.core.quality import ScanOptions, scan_health

    options = ScanOptions(zone=_zone(wish.zone), place=wish.place)
    with made_ready(Asked(wish.file, wish.answers, wish.profile)) as ready:
        scan = scan_health(ready.readings, name=ready.name, options=options)
        report = scan.report.model_copy(update={"reading": _of_reading(ready.found)})
        return _Outcome(replace(scan, report=report), ready.open_questions, ready.notes)


def _of_reading(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What reading found and left out; without what the scan finds by itself, with more about it."""
    return tuple(one for one in found if one.code not in _BY_SCAN)


def _zone(zone: str) -> str:
    from zoneinfo import ZoneInfo

    from fairwatt.core.errors import InvalidInput

    try:
        ZoneInfo(zone)
    except (KeyError, OSError, ValueError):
        raise InvalidInput(f"There is no time zone '{zone}'.", where={"field": "zone"}) from None
    return zone


def _write(outcome: _Outcome, *, html: Path | None, pdf: Path | None, detections: Path | None) -> None:
    report = outcome.scan.report
    if html is not None:
        from fairwatt.core.quality.page import write_page

        _save(html, write_page(report).encode())
    if pdf is not None:
        from fairwatt.portal.documents.health_pdf import write_health_pdf

        _save(pdf, write_health_pdf(report))
    if detections is not None:
        from fairwatt.lake.detections import write_detections

        write_detections(outcome.scan.detections, detections)


def _save(path: Path, content: bytes) -> None:
    from fairwatt.core.errors import InvalidInput

    try:
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"{path} can't be written: {error.strerror}.", where={"field": "out"}) from error


def _as_json(outcome: _Outcome) -> str:
    import json

    told = outcome.scan.report.model_dump(mode="json")
    told |= {"open_questions": list(outcome.open_questions), "notes": list(outcome.notes)}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
