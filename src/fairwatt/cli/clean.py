"""``fairwatt clean``: mark, take away or mend what is doubtful in a file's readings, and say what was done."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwatt.cli.faults import said_as_faults
from fairwatt.cli.health import PlaceOption, place_of
from fairwatt.cli.inspect import OPEN_QUESTIONS, AnswerOption, FileArgument, ProfileOption, TableOption

if TYPE_CHECKING:
    from fairwatt.cli.ready import Ready
    from fairwatt.core.cleaning import Cleaned, Recipe
    from fairwatt.core.cleaning.leo_labels import Tally
    from fairwatt.lake.cleaned_tables import Written

SCHEMA_VERSION = 1
_MOST_REFUSALS = 1_000  # that JSON names


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(clean)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for."""

    file: Path
    out: Path
    log: Path | None
    recipe: Path | None
    labels: str
    solutions: str
    answers: dict[str, str]
    profile: Path | None
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    ready: Ready
    sha256: str
    cleaned: Cleaned
    written: Written
    tally: Tally | None


def clean(
    file: FileArgument,
    out: Annotated[Path, typer.Option("--out", help="The new file: .parquet or .csv.")],
    log: Annotated[Path | None, typer.Option("--log", help="Add a line to LEO's Data Cleaning Log (CSV).")] = None,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="A recipe (TOML); the default one where none is given.")
    ] = None,
    labels: Annotated[
        str, typer.Option("--labels", help="leo: Project LEO's table with its labels, instead of a row a value.")
    ] = "",
    solutions: Annotated[
        str, typer.Option("--solutions", help="Which of LEO's tables of solutions: code or printed.")
    ] = "code",
    save_recipe: Annotated[
        Path | None, typer.Option("--save-recipe", help="Save the recipe that was used: .toml.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/reference/cleaning-files.md).")] = False,
    answer: AnswerOption = None,
    profile: ProfileOption = None,
    table: TableOption = "",
    accept_guesses: Annotated[
        bool, typer.Option("--accept-guesses", help="Exit 0 though likely answers were taken for open questions.")
    ] = False,
    place: PlaceOption = "",
) -> None:
    """Clean a file's readings by a recipe: series, start, channel, raw, cleaned, finding, fix, p10, p90.

    Exit 0: written; 3: written, but read by likely answers to open questions, which are named; 2: unreadable, or a
    wrong option. Every row of the regular grid is there, missing ones too; the file itself stays as it is.
    """
    with said_as_faults(as_json=as_json):
        from fairwatt.cli.answering import TABLE, parse_answers

        answers = parse_answers([*(answer or []), *([f"{TABLE}={table}"] if table else [])])
        wish = _Wish(file, out, log, recipe, labels, solutions, answers, profile, place_of(place))
        outcome = _cleaned(wish)
        if save_recipe is not None:
            _save_recipe(outcome.cleaned.recipe, save_recipe)
    if as_json:
        sys.stdout.write(_as_json(outcome))
    else:
        typer.echo(_in_words(outcome), nl=False)
    for note in outcome.ready.notes:
        typer.echo(f"fairwatt: {note}", err=True)
    raise typer.Exit(OPEN_QUESTIONS if outcome.ready.open_questions and not accept_guesses else 0)


def _cleaned(wish: _Wish) -> _Outcome:
    from fairwatt.cli.answering import sha256_of
    from fairwatt.cli.ready import Asked, made_ready
    from fairwatt.core.cleaning import DEFAULT
    from fairwatt.core.cleaning import clean as clean_readings
    from fairwatt.core.cleaning.recipe_text import digest_of
    from fairwatt.lake.texts_among_numbers import find_texts

    _check(wish)
    recipe = DEFAULT if wish.recipe is None else _read_recipe(wish.recipe)
    with made_ready(Asked(wish.file, wish.answers, wish.profile, wants_texts=True)) as ready:
        sha256 = sha256_of(ready.source)
        texts = () if ready.texts is None else find_texts(ready.path, ready.texts)
        cleaned = clean_readings(ready.readings, recipe, place=wish.place, more=texts)
        provenance = {
            "source": {"file": ready.name, "sha256": sha256},
            "recipe": {"name": recipe.name, "version": recipe.version, "sha256": digest_of(recipe)},
            "form": wish.labels or "long",
        }
        written, tally = _write(wish, ready, cleaned, provenance)
        if wish.log is not None and tally is not None:
            _append_log(wish.log, ready, cleaned, tally)
        return _Outcome(ready, sha256, cleaned, written, tally)


def _check(wish: _Wish) -> None:
    from fairwatt.core.cleaning.leo_labels import Table
    from fairwatt.core.errors import InvalidInput

    for value, possible, name in (
        (wish.labels, ("", "leo"), "labels"),
        (wish.solutions, tuple(Table), "solutions"),
        (wish.out.suffix.lower(), (".parquet", ".csv"), "out"),
    ):
        if value not in possible:
            raise InvalidInput(
                f"'{value}' can't be: {', '.join(one for one in possible if one)}.", where={"field": name}
            )
    for path in (wish.out, wish.log):
        if path is not None and path.exists() and wish.file.exists() and path.samefile(wish.file):
            raise InvalidInput(f"{path} is the file itself, which is never written over.", where={"field": "out"})


def _write(wish: _Wish, ready: Ready, cleaned: Cleaned, provenance: dict[str, Any]) -> tuple[Written, Tally | None]:
    from fairwatt.core.cleaning.leo_labels import Table, Tally, counted, labeled
    from fairwatt.lake.cleaned_tables import write_labeled, write_long

    tally = Tally()
    if wish.labels == "leo":
        provenance["solutions"] = wish.solutions
        rows = labeled(cleaned.windows(), Table(wish.solutions), tally)
        has_series = ready.readings.series_names() not in ([], [""])
        written = write_labeled(
            rows, wish.out, names=_column_names(cleaned), has_series=has_series, provenance=provenance
        )
        return written, tally
    windows = cleaned.windows()
    if wish.log is None:
        return write_long(windows, wish.out, provenance=provenance), None
    windows = counted(windows, Table(wish.solutions), tally)
    return write_long(windows, wish.out, provenance=provenance), tally


def _column_names(cleaned: Cleaned) -> dict[str, str]:
    """What the file calls each channel; its field where that is another's name too."""
    names = [channel.label for channel in cleaned.channels]
    taken = {"series", "start", "Errors", "Solutions", *(f"{name}_cl" for name in names)}
    return {
        channel.field: channel.field if names.count(name) > 1 or name in taken else name
        for channel, name in zip(cleaned.channels, names, strict=True)
    }


def _append_log(path: Path, ready: Ready, cleaned: Cleaned, tally: Tally) -> None:
    from datetime import UTC, datetime

    from fairwatt.lake.cleaned_tables import append_log

    names = list(_column_names(cleaned).values())
    append_log(path, file=ready.name, at=datetime.now(UTC), columns=names, tally=tally)


def _read_recipe(path: Path) -> Recipe:
    from fairwatt.core.cleaning.recipe_text import parse_recipe
    from fairwatt.core.errors import InvalidInput

    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"The recipe {path} can't be read: {error.strerror}.", where={"field": "recipe"}) from error
    return parse_recipe(text, name=path.name)


def _save_recipe(recipe: Recipe, path: Path) -> None:
    from fairwatt.core.cleaning.recipe_text import write_recipe
    from fairwatt.core.errors import InvalidInput

    try:
        path.write_text(write_recipe(recipe), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"The recipe can't be saved to {path}: {error.strerror}.", where={"field": "save_recipe"}
        ) from error


def _in_words(outcome: _Outcome) -> str:
    cleaned, written = outcome.cleaned, outcome.written
    recipe = cleaned.recipe
    lines = [f"{outcome.ready.name}: {written.read:,} rows read, {written.missing:,} missing ones laid in"]
    if written.dropped:
        lines[0] += f", {written.dropped:,} repeated or stray ones left out"
    names = {channel.field: channel.label for channel in cleaned.channels}
    for (channel, finding, fix), (blocks, values) in _summed(cleaned).items():
        what = "1 place" if blocks == 1 else f"{blocks:,} places"
        lines.append(f"  {names.get(channel, channel)}: {finding or 'gap'}: {values:,} values in {what} {fix}")
    if refusals := cleaned.refusals:
        lines.append(f"Not filled, {len(refusals):,} gaps; the first: {refusals[0].reason}")
    lines.append(f"{written.path}: {written.rows:,} rows, by the recipe {recipe.name} {recipe.version}")
    return "\n".join(lines) + "\n"


def _summed(cleaned: Cleaned) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Blocks and values by channel, finding and fix, over all series and bands."""
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for one in cleaned.counts:
        key = (one.channel, one.finding, one.fix)
        blocks, values = found.get(key, (0, 0))
        found[key] = (blocks + one.blocks, values + one.values)
    return dict(sorted(found.items()))


def _as_json(outcome: _Outcome) -> str:
    import json
    from dataclasses import asdict

    from fairwatt.core.cleaning.recipe_text import digest_of
    from fairwatt.lake.engine import moment_of as moment

    cleaned, written, ready = outcome.cleaned, outcome.written, outcome.ready
    recipe = cleaned.recipe
    refusals = [
        asdict(one) | {"begin": moment(one.begin).isoformat(), "end": moment(one.end).isoformat()}
        for one in cleaned.refusals[:_MOST_REFUSALS]
    ]
    told: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "file": ready.name,
        "sha256": outcome.sha256,
        "recipe": {"name": recipe.name, "version": recipe.version, "sha256": digest_of(recipe)},
        "written": {"path": str(written.path), "rows": written.rows, "bytes": written.bytes},
        "rows": {"read": written.read, "missing": written.missing, "dropped": written.dropped},
        "channels": {one.field: {"name": one.label, "unit": one.unit or None} for one in cleaned.channels},
        "counts": [asdict(one) for one in cleaned.counts],
        "refusals": {"total": len(cleaned.refusals), "first": refusals},
        "trials": [asdict(one) | {"weights": dict(one.weights)} for one in cleaned.trials],
        "labels": None if outcome.tally is None else {**outcome.tally.errors, **outcome.tally.solutions},
        "findings": [one.model_dump(mode="json") for one in ready.found],
        "open_questions": list(ready.open_questions),
        "notes": list(ready.notes),
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
