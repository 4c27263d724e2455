"""Read a file the public way: look, answer truthfully what is asked, convert."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bench.variants.judging import Found, FoundChannel, Number, Refusal, match_channels
from bench.variants.variant import Variant, Wanted
from fairwatt.core.errors import FairwattError
from fairwatt.core.files import ImportProfile, Inspection, Question, apply_answers
from fairwatt.lake.converting import Target, convert_file
from fairwatt.lake.looking import FileLook, look_at_file

_NOT_READ = "not read: "


def read_own(variant: Variant) -> Found | Refusal:
    """Look at a variant's file, answer its questions truthfully, and convert it."""
    with tempfile.TemporaryDirectory(prefix="fairwatt-variant-") as folder:
        path = Path(folder) / variant.filename
        path.write_bytes(variant.data)
        try:
            return _read(path, variant, Path(folder) / "work")
        except FairwattError as error:
            return Refusal(str(error))


def _read(path: Path, variant: Variant, work: Path) -> Found | Refusal:
    work.mkdir()
    with look_at_file(path, name=variant.filename, work=work) as look:
        inspection, answers = _chosen(look, variant)
    if inspection.profile is None:
        return Refusal(_NOT_READ + "; ".join(f"{f.code}: {f.message}" for f in inspection.findings))
    asked = inspection.questions
    for question in asked:
        if question.id not in answers:
            answers[question.id] = truthful(question, variant, inspection.profile)
    wrong_guesses = tuple(q.id for q in asked if q.id in answers and q.guess != answers[q.id])
    said = {q.id: answers[q.id] for q in asked if q.id != "table"}
    channels, readings, repeated = converted(path, apply_answers(inspection.profile, said), variant)
    return Found(channels, readings, tuple(q.id for q in asked), wrong_guesses, repeated)


def converted(
    path: Path, profile: ImportProfile, variant: Variant
) -> tuple[tuple[FoundChannel, ...], Mapping[tuple[str, float, int], Number], int]:
    """A file's channels and readings by a profile, and how many of these share their series and start with another."""
    target, work = path.parent / "read.parquet", path.parent / "work"
    convert_file(path, profile, target=Target(target), name=variant.filename, work=work)
    readings, repeated = _readings(pl.read_parquet(target), profile)
    return _channels(profile), readings, repeated


def _chosen(look: FileLook, variant: Variant) -> tuple[Inspection, dict[str, str]]:
    """The inspection of the table that is meant, with the answer to the question which."""
    asked = next((q for q in look.inspection.questions if q.id == "table"), None)
    if asked is None:
        return look.inspection, {}
    meant = variant.answers.get("table", "")
    title = next((value for value, label in asked.choices if meant in label or meant in value), None)
    if not meant or title is None:
        raise LookupError(f"which of {asked.choices} is meant")
    found = look.inspection_of(look.chosen({"table": title}))
    return found, {"table": title}


def truthful(question: Question, variant: Variant, profile: ImportProfile) -> str:
    """The true answer, among the choices where there are any.

    Raises
    ------
    LookupError
        Where the truth is no choice, or nobody can know.
    """
    kind, _, field = question.id.partition(":")
    if field:
        return _truth_of_channel(question, kind, _wanted_of(field, variant, profile), variant)
    if question.id in variant.answers:
        return _among(question, variant.answers[question.id], free=question.id == "time_zone")
    if kind == "meters":
        return "several" if len({series for series, _, _ in variant.readings}) > 1 else "one"
    if kind == "series_kind":
        return _among(question, "", "none")
    if kind in {"stamp", "counts", "day_first"}:
        return question.guess
    raise LookupError(f"what is true of {question.id}: {question.text}")


def _truth_of_channel(question: Question, kind: str, wanted: Wanted | None, variant: Variant) -> str:
    if kind == "null_values":
        return _among(question, variant.answers.get("null_values", ""), "none", "")
    if wanted is None:  # a column that is no channel of the truth
        return _among(question, "unknown", question.guess, free=True)
    if kind == "unit":
        return _among(question, wanted.unit, free=True)
    if kind == "quantity":
        return wanted.quantity
    if kind == "direction":
        return _among(question, wanted.direction, "unknown", "net" if not wanted.direction else "")
    if kind == "register":
        return _among(question, "true" if wanted.is_register else "false", "register" if wanted.is_register else "each")
    raise LookupError(f"what is true of {question.id}: {question.text}")


def _among(question: Question, *answers: str, free: bool = False) -> str:
    values = [value for value, _ in question.choices]
    for answer in answers:
        if answer in values or not values:
            return answer
    if free:
        return answers[0]
    raise LookupError(f"none of {answers} is a choice of {question.id}: {question.choices}")


def _wanted_of(field: str, variant: Variant, profile: ImportProfile) -> Wanted | None:
    places = match_channels(variant.wanted, _channels(profile))
    at = next(i for i, rule in enumerate(profile.channels) if rule.field == field)
    return next((wanted for wanted, place in zip(variant.wanted, places, strict=True) if place == at), None)


def _channels(profile: ImportProfile) -> tuple[FoundChannel, ...]:
    return tuple(
        FoundChannel(rule.label or rule.name, rule.unit, rule.quantity, rule.direction, rule.is_register)
        for rule in profile.channels
    )


def _readings(frame: pl.DataFrame, profile: ImportProfile) -> tuple[Mapping[tuple[str, float, int], Number], int]:
    """All numbers that are there, and how many share their series and start with another."""
    repeated = 0
    found: dict[tuple[str, float, int], Number] = {}
    stamps = frame["start"].dt.epoch("us").to_list()
    series = frame["series"].to_list() if "series" in frame.columns else [""] * len(stamps)
    for place, rule in enumerate(profile.channels):
        values = frame[rule.field].to_list() if rule.field in frame.columns else []
        for name, at, value in zip(series, stamps, values, strict=False):
            if value is not None and not isinstance(value, str):
                key = (name or "", at / 1_000_000, place)
                repeated += key in found
                found[key] = value
    return found, repeated
