"""From a file, as it was received, to readings in windows: what commands that judge readings begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairwatt.cli.answering import Choice
    from fairwatt.core.files.profile import ImportProfile
    from fairwatt.core.findings import Finding
    from fairwatt.lake.readings_in_windows import ParquetReadings

_TEXTS = "texts.parquet"
_OF_TEXTS = frozenset({"not-a-number", "null-texts"})  # findings about words among numbers
_NO_DATE = "2000-01-01"  # of times of day whose date nobody said


@dataclass(frozen=True, slots=True)
class Asked:
    """A file, and what somebody said about how it is read.

    Attributes
    ----------
    answers
        Question id → value.
    profile
        A saved profile.
    wants_texts
        Whether cells of numbers that hold none are wanted as texts, where reading found some.
    """

    file: Path
    answers: Mapping[str, str] = field(default_factory=dict)
    profile: Path | None = None
    wants_texts: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A file's readings, and how they were read.

    Attributes
    ----------
    path
        The readings as Parquet, as ``fairwatt convert`` writes them, marks of missing values left in.
    source
        The file itself.
    found
        What reading it found and left out.
    open_questions
        Which were answered by what is likely.
    guesses
        By what; "" where nothing is likely.
    texts
        The same rows, with every cell as text, where that was wanted and some hold no number.
    notes
        What should be said about that.
    """

    readings: ParquetReadings
    path: Path
    source: Path
    name: str
    work: Path
    found: tuple[Finding, ...] = ()
    open_questions: tuple[str, ...] = ()
    guesses: Mapping[str, str] = field(default_factory=dict)
    texts: Path | None = None
    notes: tuple[str, ...] = ()


@contextmanager
def made_ready(asked: Asked) -> Iterator[Ready]:
    """Read a file by likely answers where questions are open; what ``convert`` wrote is taken as it is.

    Raises
    ------
    UnreadableFile
        Where it can't be read, or holds no readings.
    """
    from fairwatt.cli.answering import received
    from fairwatt.lake.readings_in_windows import ParquetReadings, is_canonical

    with received(asked.file) as (path, name, work):
        if not asked.answers and asked.profile is None and is_canonical(path):
            yield Ready(ParquetReadings(path), path, path, name, work)
            return
        choice, made, found = _converted(asked, path, name=name, work=work)
        questions = tuple(question.id for question in choice.questions)
        yield Ready(
            readings=ParquetReadings(made, _marks(choice.profile)),
            path=made,
            source=path,
            name=name,
            work=work,
            found=(*choice.look.inspection.findings, *found),
            open_questions=questions,
            texts=texts if (texts := work / _TEXTS).exists() else None,
            guesses={question.id: question.guess for question in choice.questions},
            notes=_notes(choice, questions),
        )


def _converted(asked: Asked, path: Path, *, name: str, work: Path) -> tuple[Choice, Path, tuple[Finding, ...]]:
    """The file's readings as Parquet, marks of missing values left in; and how they were read."""
    from fairwatt.cli.answering import accept_guesses, choose, leave_unsaid, read_profile
    from fairwatt.cli.convert import no_readings
    from fairwatt.core.files import apply_answers
    from fairwatt.lake.converting import Target, convert_table
    from fairwatt.lake.limits import Limits
    from fairwatt.lake.looking import look_at_file

    with look_at_file(path, name=name, work=work) as look:
        choices = choose(look, answers=asked.answers, profile=read_profile(asked.profile), name=name)
        choice = choices[0] if choices else None
        if choice is None or choice.profile is None:
            raise no_readings(look, choice, name)
        guessed = leave_unsaid(accept_guesses(choice)).profile
        if guessed is not None and guessed.timestamp.is_dateless and guessed.timestamp.first_date is None:
            guessed = apply_answers(guessed, {"date": _NO_DATE})
        assert guessed is not None
        made = work / "readings.parquet"
        result = convert_table(
            choice.look.table, _without_marks(guessed), target=Target(made), name=name, work=work, limits=Limits()
        )
        codes = {one.code for one in (*choice.look.inspection.findings, *result.findings)}
        if asked.wants_texts and codes & _OF_TEXTS:
            target = Target(work / _TEXTS)
            convert_table(choice.look.table, _as_texts(guessed), target=target, name=name, work=work, limits=Limits())
        return replace(choice, profile=guessed), made, result.findings


def _as_texts(profile: ImportProfile) -> ImportProfile:
    """The same with each cell as it is written."""
    from fairwatt.core.files.profile import ChannelRule, Kind

    kept = ("name", "column", "label", "group", "field")
    channels = tuple(
        ChannelRule(**{key: getattr(rule, key) for key in kept}, kind=Kind.TEXT) for rule in profile.channels
    )
    dialect = profile.dialect.model_copy(update={"null_texts": ()})
    return profile.model_copy(update={"channels": channels, "dialect": dialect})


def _without_marks(profile: ImportProfile) -> ImportProfile:
    """The same, numbers that stand for missing values kept: the scan tells where they are."""
    channels = tuple(rule.model_copy(update={"null_values": ()}) for rule in profile.channels)
    return profile.model_copy(update={"channels": channels})


def _marks(profile: ImportProfile | None) -> dict[str, tuple[float, ...]]:
    if profile is None:
        return {}
    return {rule.field: tuple(float(text) * rule.multiplier for text in rule.null_values) for rule in profile.channels}


def _notes(choice: Choice, questions: tuple[str, ...]) -> tuple[str, ...]:
    said = tuple(f"open question {q.id}: read as {q.guess or 'unsaid'} ({q.why})" for q in choice.questions)
    return (*choice.notes, *said) if questions else choice.notes
