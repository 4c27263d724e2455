"""From a file and what somebody said about it (``--answer``, ``--profile``, ``--table``) to how it is read."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fairwatt.core.errors import InvalidInput, UnreadableFile

if TYPE_CHECKING:
    from fairwatt.core.files.profile import ChannelRule, ImportProfile, Question
    from fairwatt.lake.looking import FileLook, TableLook

TABLE = "table"
_FREE = ("unit", "quantity", "time_zone")  # answers beyond the choices shown are possible; each is checked elsewhere


@dataclass(frozen=True, slots=True)
class Choice:
    """How one table is read by what was said so far.

    Attributes
    ----------
    profile
        None for a table without readings.
    questions
        The open ones.
    notes
        What should be said about the answers.
    """

    look: TableLook
    profile: ImportProfile | None
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


@contextmanager
def received(file: Path) -> Iterator[tuple[Path, str, Path]]:
    """The file, its name, and a folder for temporary files that goes at the end; ``-`` is standard input.

    Raises
    ------
    UnreadableFile
        Where there is no such file, or it may not be read.
    """
    with tempfile.TemporaryDirectory(prefix="fairwatt-") as folder:
        work = Path(folder)
        if str(file) == "-":
            path = work / "stdin"
            with path.open("wb") as copy:
                shutil.copyfileobj(sys.stdin.buffer, copy, 1 << 20)
            yield path, "standard input", work
            return
        try:
            with file.open("rb"):
                pass
        except OSError as error:
            raise UnreadableFile(f"{file} can't be read: {error.strerror}.", where={"file": str(file)}) from error
        yield file, file.name, work


def sha256_of(path: Path) -> str:
    """A file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parse_answers(given: Sequence[str]) -> dict[str, str]:
    """``["time_zone=UTC"]`` → ``{"time_zone": "UTC"}``.

    Raises
    ------
    InvalidInput
        Where one is not written so, or one question has two answers.
    """
    answers: dict[str, str] = {}
    for one in given:
        key, mark, value = (part.strip() for part in one.partition("="))
        if not mark or not key:  # an empty value can be an answer: none of these numbers means missing
            raise InvalidInput(
                f"'{one}' is no answer.", where={"field": "answer"}, next_step="Write it as --answer time_zone=UTC."
            )
        if answers.get(key, value) != value:
            raise InvalidInput(f"There are two answers to {key}.", where={"field": key}, next_step="Give one.")
        answers[key] = value
    return answers


def read_profile(path: Path | None) -> ImportProfile | None:
    """The profile that somebody saved."""
    if path is None:
        return None
    from fairwatt.core.files.profile_text import parse_profile

    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"The profile {path} can't be read: {error.strerror}.", where={"field": "profile"}
        ) from error
    return parse_profile(text, name=path.name)


def choose(
    look: FileLook, *, answers: Mapping[str, str], profile: ImportProfile | None, name: str
) -> tuple[Choice, ...]:
    """How each table is read, the chosen one first.

    Parameters
    ----------
    answers
        Question id → value. All of them must concern the chosen table; those that another table asks as well hold
        for it too.
    profile
        A saved profile, which chooses the table that it fits.

    Raises
    ------
    InvalidInput
        Where an answer is to no question or not possible, or the profile fits no table.
    """
    tables = [found for found in look.tables if found.inspection.profile is not None]
    if not tables and profile is None:
        if answers:
            raise InvalidInput(
                f"{name} holds no readings, so that nothing is asked.", where={"field": next(iter(answers))}
            )
        return tuple(Choice(found, None) for found in look.tables)
    if profile is not None:
        first = _by_profile(look, profile, answers, name=name)
    else:
        first = _by_answers(look.chosen(answers) or tables[0], answers, is_chosen=TABLE in answers)
    others = [found for found in look.tables if found.title != first.look.title or found.table != first.look.table]
    return (first, *(_as_far(found, answers) for found in others))


def _by_profile(look: FileLook, profile: ImportProfile, answers: Mapping[str, str], *, name: str) -> Choice:
    from fairwatt.core.files import apply_answers
    from fairwatt.core.files.disputing import find_disputes
    from fairwatt.core.files.fitting import fit_profile, misfit_of

    if not look.tables:
        raise InvalidInput(f"{name} holds no table that a profile could be for.", where={"field": "profile"})
    wanted = [look.chosen(answers)] if TABLE in answers else look.tables
    tables = [found for found in wanted if found is not None]
    tables.sort(key=lambda found: found.table.rule != profile.table)  # its very table first
    fitting = next((found for found in tables if not misfit_of(profile, found.inspection)), tables[0])
    fitted = fit_profile(profile, fitting.inspection, name=name)
    rest = {key: value for key, value in answers.items() if key != TABLE}
    fitted = apply_answers(fitted, rest)
    first = fitted.timestamp.first_date
    is_taken_over = fitted.timestamp.is_dateless and first is not None and "date" not in answers
    notes = (f"The first row is taken to be of {first}, as the profile says; for another day: --answer date=…",)
    disputes = find_disputes(profile, fitting.inspection)
    open_ones = tuple(question for question in disputes if question.id not in answers)
    return Choice(fitting, fitted, open_ones, notes if is_taken_over else ())


def _by_answers(look: TableLook, answers: Mapping[str, str], *, is_chosen: bool) -> Choice:
    from fairwatt.core.files.correcting import is_moot

    found = look.inspection
    if found.profile is None:
        raise InvalidInput(f"The table '{look.title}' holds no readings.", where={"field": TABLE})
    asked = {question.id: question for question in found.questions}
    profile, notes = found.profile, []
    for key, value in answers.items():
        if key == TABLE:
            continue
        if (note := _needless(profile, key)) and key not in asked:
            notes.append(note)
            continue
        profile = _answered(profile, key, value, asked)
    left = (q for q in found.questions if not is_moot(q, profile))
    open_ones = tuple(q for q in left if q.id not in answers and not (q.id == TABLE and is_chosen))
    return Choice(look, profile, open_ones, tuple(notes))


def _needless(profile: ImportProfile, key: str) -> str:
    from fairwatt.lake.stamping import has_zone

    if key == "time_zone" and has_zone(profile.timestamp):
        return "The file's times say themselves what instant they mean: the answer to time_zone is not needed."
    if key == "day_first" and profile.timestamp.day_first is None:
        return "The way the file's dates are written leaves no doubt: the answer to day_first is not needed."
    if key == "counts" and profile.timestamp.periods is None:
        return "The file has no numbered intervals: the answer to counts is not needed."
    return ""


def _answered(profile: ImportProfile, key: str, value: str, asked: Mapping[str, Question]) -> ImportProfile:
    from fairwatt.core.files import apply_answers

    question = asked.get(key)
    possible = [choice for choice, _ in question.choices] if question is not None else []
    if possible and value not in possible and key.partition(":")[0] not in _FREE:
        raise InvalidInput(
            f"'{value}' is no answer to {key}.",
            where={"field": key},
            next_step=f"Answer {' or '.join(possible)}.",
        )
    try:
        return apply_answers(profile, {key: value})
    except InvalidInput as error:
        if question is None:
            error.next_step = (
                f"The questions are: {', '.join(asked)}." if asked else "The file leaves no question open."
            )
        raise


def _as_far(look: TableLook, answers: Mapping[str, str]) -> Choice:
    """Another table, with those of the answers that it asks for."""
    asked = {question.id for question in look.inspection.questions}
    if look.inspection.profile is None:
        return Choice(look, None)
    mine = {key: value for key, value in answers.items() if key in asked and key != TABLE}
    choice = _by_answers(look, mine, is_chosen=True)
    return replace(choice, questions=tuple(q for q in choice.questions if q.id != TABLE))


def as_guessed(choice: Choice) -> ImportProfile | None:
    """The profile with the likely answers to open questions, but for the clock: what a report shows meanwhile."""
    if choice.profile is None:
        return None
    questions = tuple(question for question in choice.questions if question.id != "time_zone")
    return accept_guesses(replace(choice, questions=questions)).profile


def leave_unsaid(choice: Choice) -> Choice:
    """The same, nothing guessed where a unit or a direction is still asked for; the questions stay open."""
    if choice.profile is None:
        return choice
    open_ones = {question.id for question in choice.questions}
    if not open_ones:
        return choice
    from fairwatt.core.files.asking import UNKNOWN, apply_answers, members_asked
    from fairwatt.core.files.profile import How

    profile = apply_answers(choice.profile, {key: UNKNOWN for key in open_ones if key.startswith("unit:")})
    undirected = members_asked(profile, (key for key in open_ones if key.startswith("direction:")))
    channels = tuple(
        new.model_copy(
            update={
                "how": old.how if new.how is How.CONFIRMED else new.how,
                "direction": "" if new.field in undirected else new.direction,
            }
        )
        for new, old in zip(profile.channels, choice.profile.channels, strict=True)
    )
    return replace(choice, profile=profile.model_copy(update={"channels": channels}))


def accept_guesses(choice: Choice) -> Choice:
    """The same, every open question answered by its guess."""
    from fairwatt.core.files import apply_answers

    profile = choice.profile
    if profile is None:
        return choice
    guesses = {question.id: question.guess for question in choice.questions if _has_guess(question)}
    notes = tuple(f"Guessed: {key}={value}" for key, value in guesses.items())
    guessed = _as_guessed(apply_answers(profile, guesses), profile, choice.questions)
    left = tuple(question for question in choice.questions if question.id != TABLE and not _has_guess(question))
    return replace(choice, profile=guessed, questions=left, notes=(*choice.notes, *notes))


def _has_guess(question: Question) -> bool:
    """Whether a question can be answered by its guess: not which table, nor a date that nothing speaks for."""
    return question.id != TABLE and bool(question.guess or question.id != "date")


def _as_guessed(guessed: ImportProfile, before: ImportProfile, questions: Sequence[Question]) -> ImportProfile:
    """Nobody has confirmed a guess by going on with it."""
    from fairwatt.core.files.profile import How

    asked = {question.id: question for question in questions}
    said: dict[str, object] = {}
    if (zone := asked.get("time_zone")) is not None:
        said |= {"time_zone_how": How.GUESSED, "time_zone_why": zone.why, "time_zone_confidence": zone.confidence}
    if (stamp := asked.get("stamp")) is not None:
        said |= {"stamp_how": How.GUESSED, "stamp_why": stamp.why}
    if (order := asked.get("day_first")) is not None:
        said["order_why"] = order.why
    rule = guessed.timestamp.model_copy(update=said)
    if "counts" in asked and rule.periods is not None:
        rule = rule.model_copy(update={"periods": rule.periods.model_copy(update={"counts_how": How.GUESSED})})
    dialect = guessed.dialect
    if "decimal" in asked:
        dialect = dialect.model_copy(update={"decimal_how": How.GUESSED})
    channels = tuple(_channel_as_guessed(new, old) for new, old in zip(guessed.channels, before.channels, strict=True))
    return guessed.model_copy(update={"timestamp": rule, "dialect": dialect, "channels": channels})


def _channel_as_guessed(guessed: ChannelRule, before: ChannelRule) -> ChannelRule:
    from fairwatt.core.files.profile import How

    said: dict[str, object] = {}
    if guessed.how is How.CONFIRMED and before.how is not How.CONFIRMED:
        said |= {"how": How.GUESSED, "why": before.why, "confidence": before.confidence}
    if guessed.register_how is How.CONFIRMED and before.register_how is not How.CONFIRMED:
        said["register_how"] = How.GUESSED
    return guessed.model_copy(update=said)
