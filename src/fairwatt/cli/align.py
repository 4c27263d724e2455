"""``fairwatt align``: say by how much the clock of one meter is behind another's, and move its times."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairwatt.cli.faults import said_as_faults
from fairwatt.cli.inspect import OPEN_QUESTIONS

if TYPE_CHECKING:
    from fairwatt.cli.ready import Ready
    from fairwatt.core.alignment import Shift, Signal
    from fairwatt.core.alignment.comparing import Compared
    from fairwatt.core.quality import Channel
    from fairwatt.lake.readings_in_windows import ParquetReadings

_SHOWN = 8  # series that are named
NO_MATCH = OPEN_QUESTIONS  # exit code: unsure, one way or another
_ANSWER = "An answer to a question about the first file; --answer-b: about the second."


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(align)


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two files, and what is wanted of it."""

    letter: str
    file: Path
    answers: dict[str, str]
    profile: Path | None
    series: str
    channel: str


@dataclass(frozen=True, slots=True)
class _Picked:
    """What is compared: one channel of one series of a file."""

    ready: Ready
    series: str
    channel: Channel
    sha256: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    compared: Compared
    picked: tuple[_Picked, _Picked]
    open_questions: tuple[str, ...]
    written: dict[str, Any] | None


def align(
    a: Annotated[Path, typer.Argument(help="The file of the meter whose clock counts.")],
    b: Annotated[Path, typer.Argument(help="The file of the meter whose clock is compared.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/reference/alignment.md).")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write B's readings with their times moved: .parquet.")
    ] = None,
    channel_a: Annotated[str, typer.Option("--channel-a", help="Which channel of A: its name or field.")] = "",
    channel_b: Annotated[str, typer.Option("--channel-b", help="Which channel of B.")] = "",
    series_a: Annotated[str, typer.Option("--series-a", help="Which series of A, where there are several.")] = "",
    series_b: Annotated[str, typer.Option("--series-b", help="Which series of B.")] = "",
    answer_a: Annotated[list[str] | None, typer.Option("--answer-a", metavar="ID=VALUE", help=_ANSWER)] = None,
    answer_b: Annotated[list[str] | None, typer.Option("--answer-b", metavar="ID=VALUE", help=_ANSWER)] = None,
    profile_a: Annotated[Path | None, typer.Option("--profile-a", help="A saved import profile for A.")] = None,
    profile_b: Annotated[Path | None, typer.Option("--profile-b", help="A saved import profile for B.")] = None,
    most: Annotated[
        float | None, typer.Option("--most", metavar="SECONDS", help="The greatest offset that is looked for.", min=0)
    ] = None,
    accept_guesses: Annotated[
        bool, typer.Option("--accept-guesses", help="Exit 0 though likely answers were taken for open questions.")
    ] = False,
) -> None:
    """Say by how much the clock of B is behind that of A: offset, drift and steps, or that nothing matches.

    Exit 0: a match; 3: none, or none that is sure, or by likely answers that the two files don't share; 2: unreadable.
    """
    with said_as_faults(as_json=as_json):
        from fairwatt.cli.answering import parse_answers

        sides = (
            _Side("a", a, parse_answers(answer_a or []), profile_a, series_a, channel_a),
            _Side("b", b, parse_answers(answer_b or []), profile_b, series_b, channel_b),
        )
        outcome = _compared(sides, out=out, most_s=most)
    found = outcome.compared.alignment
    if as_json:
        sys.stdout.write(_as_json(outcome))
    else:
        typer.echo(_in_words(outcome), nl=False)
    for question in outcome.open_questions:
        typer.echo(f"fairwatt: open question {question}: the offset depends on it", err=True)
    is_sure = found.verdict == "match" and (accept_guesses or not outcome.open_questions)
    raise typer.Exit(0 if is_sure else NO_MATCH)


def _compared(sides: tuple[_Side, _Side], *, out: Path | None, most_s: float | None) -> _Outcome:
    from fairwatt.cli.ready import Asked, made_ready
    from fairwatt.core.alignment import align as compare

    side_a, side_b = sides
    with (
        made_ready(Asked(side_a.file, side_a.answers, side_a.profile)) as ready_a,
        made_ready(Asked(side_b.file, side_b.answers, side_b.profile)) as ready_b,
    ):
        picked = _pick(sides, (ready_a, ready_b))
        signals = [_signal(one) for one in picked]
        compared = compare(*signals, most_s=most_s)
        written = None
        if out is not None and compared.shift is not None:
            written = _write(picked, compared, compared.shift, out)
        return _Outcome(compared, picked, _questions(ready_a, ready_b), written)


def _questions(a: Ready, b: Ready) -> tuple[str, ...]:
    """The open questions on which the offset depends: those about times that both files don't answer alike."""
    from fairwatt.core.files.asking import changes_readings

    every = {**a.guesses, **b.guesses}
    return tuple(
        f"{letter}:{key}"
        for letter, ready in (("a", a), ("b", b))
        for key in ready.open_questions
        if changes_readings(key) and not (a.guesses.get(key) == b.guesses.get(key) == every[key])
    )


def _pick(sides: tuple[_Side, _Side], readies: tuple[Ready, Ready]) -> tuple[_Picked, _Picked]:
    from fairwatt.cli.answering import sha256_of

    channels = [_channels(side, ready) for side, ready in zip(sides, readies, strict=True)]
    pairs = [(one, other) for one in channels[0] for other in channels[1]]
    best = max(pairs, key=lambda pair: _likeness(*pair))
    first, second = (
        _Picked(ready, _series(side, ready.readings), channel, sha256_of(ready.source))
        for side, ready, channel in zip(sides, readies, best, strict=True)
    )
    return first, second


def _likeness(a: Channel, b: Channel) -> tuple[bool, bool, bool, bool]:
    """How alike two channels are by what is said of them."""
    is_same = a.quantity == b.quantity
    return (
        is_same and bool(a.quantity),
        is_same and a.direction == b.direction,
        a.statistic == b.statistic,
        a.name == b.name,
    )


def _channels(side: _Side, ready: Ready) -> list[Channel]:
    from fairwatt.core.errors import InvalidInput

    every = ready.readings.channels
    wanted = [one for one in every if side.channel in {"", one.name, one.field}]
    if not wanted:
        names = ", ".join(one.label for one in every) or "none of numbers"
        raise InvalidInput(
            f"{ready.name} has no channel '{side.channel}'.",
            where={"field": f"channel-{side.letter}"},
            next_step=f"Its channels are: {names}.",
        )
    return wanted


def _series(side: _Side, readings: ParquetReadings) -> str:
    from fairwatt.core.errors import InvalidInput

    names = readings.series_names()
    if side.series in names:
        return side.series
    if len(names) == 1 and not side.series:
        return names[0]
    shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    what = f"no series '{side.series}'" if side.series else f"{len(names)} series"
    raise InvalidInput(
        f"{side.file.name} has {what}.",
        where={"field": f"series-{side.letter}"},
        next_step=f"Choose one by --series-{side.letter}: {shown}.",
    )


def _signal(picked: _Picked) -> Signal:
    import numpy as np

    from fairwatt.core.alignment import Signal
    from fairwatt.core.errors import InsufficientData
    from fairwatt.core.quality.checks.steps import find_step

    field = picked.channel.field
    parts = [
        (window.times[window.context :], window.values[field][window.context :])
        for window in picked.ready.readings.windows()
        if window.series == picked.series
    ]
    times, values = (np.concatenate([part[i] for part in parts]) for i in range(2))
    extent = picked.ready.readings.extent
    if extent is not None:
        near = (times >= extent[0]) & (times <= extent[1])
        times, values = times[near], values[near]
    if not len(times):
        raise InsufficientData(f"{picked.ready.name} has no readings.")
    values = np.where(np.isin(values, picked.channel.null_values) | ~np.isfinite(values), np.nan, values)
    if picked.channel.is_register:  # what a total grew by until the next reading
        times, values = times[:-1], np.diff(values)
    return Signal(times, values, find_step(times))


def _write(picked: tuple[_Picked, _Picked], compared: Compared, shift: Shift, out: Path) -> dict[str, Any]:
    from fairwatt.lake.shifting import write_shifted

    a, b = picked
    found = compared.alignment
    provenance = {
        "step": "shift",
        "starts": [piece.start.isoformat() for piece in found.pieces],
        "offsets_s": [piece.offset_s for piece in found.pieces],
        "drift_ppm": found.drift_ppm,
        "error_s": found.offset_error_s,
        "p_value": found.p_value,
        "of": _told(b),
        "reference": _told(a),
    }
    rows = write_shifted(b.ready.path, out, shift, series=b.series, provenance=provenance)
    return {"path": str(out), "rows": rows}


def _told(picked: _Picked) -> dict[str, str]:
    return {
        "file": picked.ready.name,
        "sha256": picked.sha256,
        "series": picked.series,
        "channel": picked.channel.label,
    }


def _in_words(outcome: _Outcome) -> str:
    found = outcome.compared.alignment
    a, b = outcome.picked
    lines = [f"A: {a.ready.name}, {a.channel.label}", f"B: {b.ready.name}, {b.channel.label}", "", found.message]
    if found.verdict == "match":
        lines.append(
            f"Confidence: chance alone would do this with a probability below {max(found.p_value, 1e-99):.0e}."
        )
        for name, one in (("before", found.before), ("after", found.after)):
            if one is not None:
                lines.append(f"  {name:<7} values alike {_share(one.values)}, changes alike {_share(one.changes)}")
    lines += [f"  {one.offset_s:+,.3f} s: alike {one.correlation:.2f}" for one in found.candidates]
    if outcome.written is not None:
        lines.append(f"{outcome.written['path']}: {outcome.written['rows']:,} rows moved")
    return "\n".join(lines) + "\n"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _as_json(outcome: _Outcome) -> str:
    import json

    a, b = outcome.picked
    told = outcome.compared.alignment.model_dump(mode="json")
    told |= {"a": _told(a), "b": _told(b), "open_questions": list(outcome.open_questions), "written": outcome.written}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
