"""How a file would be read with certain answers: its first rows before and after, before anything is saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.cache import cache

from fairwatt.core.errors import FairwattError, InvalidInput
from fairwatt.core.files import ImportProfile, Inspection, Question
from fairwatt.core.files.cells import is_null
from fairwatt.core.files.concealing import conceal
from fairwatt.core.files.form_words import say_form
from fairwatt.core.files.profile import ChannelRule
from fairwatt.lake.engine import Patient
from fairwatt.lake.looking import TABLE, look_into
from fairwatt.lake.previewing import PreviewRow, read_rows
from fairwatt.lake.stamping import has_zone
from fairwatt.records.models import File
from fairwatt.services.actors import Actor
from fairwatt.services.deposits import get_deposit_file
from fairwatt.services.file_looks import HeldTable, choose_table, given_profile, keep_look, parse_look, tables_of
from fairwatt.services.file_results import sample_of
from fairwatt.services.files import KEEP_AS_DOCUMENT
from fairwatt.services.interpreting import check_answers, interpret
from fairwatt.services.lakes import get_lake
from fairwatt.services.projects import get_project
from fairwatt.services.pseudonyms import Pseudonyms

SHOWN_ROWS = 8
SHOWN_CHANNELS = 12
_MADE = 1  # raised when what is kept changes
_KEPT_S = 86_400


@dataclass(frozen=True)
class KnownThing:
    """One thing about how a file is read: what it is, and how that is known. ``how`` is a word of ``How``."""

    label: str
    value: str
    how: str
    why: str = ""


@dataclass(frozen=True)
class ReadingPreview:
    """How a file would be read.

    Attributes
    ----------
    table, tables
        Which of its tables is meant, and all of them where there are several.
    head, before
        The lines above the rows, and the first rows, cell by cell as they stand in the file.
    columns_total
        How many columns the file has: only the first ones are here.
    profile
        With every answer in place.
    channels
        Those shown after; ``more_channels`` counts the others.
    after
        The same rows as they will be read.
    known
        How each thing is known.
    questions
        What is still open.
    problem
        Why no rows can be shown as they will be read, in a sentence.
    refused
        Question id → why its answer can't be used.
    """

    table: str
    tables: tuple[HeldTable, ...]
    head: tuple[tuple[str, ...], ...]
    before: tuple[tuple[str, ...], ...]
    columns_total: int
    profile: ImportProfile
    channels: tuple[ChannelRule, ...]
    more_channels: int
    after: tuple[PreviewRow, ...]
    known: tuple[KnownThing, ...]
    questions: tuple[Question, ...]
    problem: str = ""
    refused: Mapping[str, str] | None = None

    @property
    def has_series(self) -> bool:
        """Whether rows are told apart by their meters."""
        return any(row.series for row in self.after)


@dataclass(frozen=True)
class Correctable:
    """How a file is read as far as answers are saved, with the channels that were left out: what a form begins with."""

    profile: ImportProfile
    left_out: frozenset[str]


def correctable_reading(file: File) -> Correctable | None:
    """What can be corrected of how a file is read; None where nothing is known of its rows."""
    if not file.inspected:
        return None
    left_out = {key.partition(":")[2] for key, value in file.answers.items() if _leaves_out(key, value)}
    answers = {key: value for key, value in file.answers.items() if not _leaves_out(key, value)}
    answers = {key: value for key, value in answers.items() if key not in {TABLE, KEEP_AS_DOCUMENT}}
    inspection = parse_look(file.inspected, file.sample)
    found = interpret(inspection, answers=answers, given=given_profile(file), name=file.name)
    return Correctable(found.profile, frozenset(left_out))


def _leaves_out(key: str, value: str) -> bool:
    return key.startswith("leave_out:") and value == "true"


def preview_reading(
    *, actor: Actor, file_key: str, answers: Mapping[str, str], at: datetime, with_guesses: bool = False
) -> ReadingPreview | None:
    """How a file would be read with further answers, none of which is saved.

    Parameters
    ----------
    answers
        Question id → value, as :func:`fairwatt.services.deposits.answer_questions` takes them; beyond those that
        were given before. One that can't be used is told of, and left out.
    with_guesses
        Whether what is open is taken as guessed, as a form does that nobody has changed yet.

    Returns
    -------
    None where nothing is known of the file's rows: it has not been looked at, or holds no readings.

    Raises
    ------
    NotFound
        Where the actor may not know of the file.
    """
    del at
    _, file = get_deposit_file(actor=actor, file_key=file_key)
    if not file.inspected:
        return None
    new = {key: value.strip() for key, value in answers.items() if key != KEEP_AS_DOCUMENT}
    kept, sample, refused = _meant(file, new)
    inspection, given = parse_look(kept, sample), given_profile(file)
    old = {key: value for key, value in file.answers.items() if key not in {TABLE, KEEP_AS_DOCUMENT}}
    new.pop(TABLE, None)
    usable = dict(old)
    for key, value in new.items():
        try:
            check_answers(inspection, {key: value}, answers=usable, given=given, name=file.name)
        except InvalidInput as error:
            refused[key] = str(error)
        else:
            usable[key] = value
    guesses: dict[str, str] = {}
    if with_guesses:
        asked = [q for q in file.questions if q["id"] not in {*usable, TABLE, KEEP_AS_DOCUMENT}]
        guesses = {q["id"]: q["guess"] for q in asked if q["guess"] or q["id"] != "date"}  # no date may be guessed
    return _preview(file, _Meant(kept, sample, usable, refused, guesses), inspection, given)


def _meant(file: File, new: Mapping[str, str]) -> tuple[Mapping[str, Any], Mapping[str, Any], dict[str, str]]:
    """What is known of the table that is meant, with its first rows; another one's is looked up in the file."""
    title = new.get(TABLE, file.inspected.get("table", ""))
    if title == file.inspected.get("table", ""):
        return file.inspected, file.sample, {}
    try:
        return (*_look_again(file, title), {})
    except FairwattError as error:
        return file.inspected, file.sample, {TABLE: str(error)}


def _look_again(file: File, title: str) -> tuple[dict[str, Any], dict[str, Any]]:
    lake, limits = get_lake(), get_project().limits
    with (
        lake.readable(file.sha256, max_ratio=limits.uncompressed_ratio, name=file.name) as readable,
        look_into(
            readable,
            name=file.name,
            work=lake.root / "work",
            max_columns=limits.columns,
            max_ratio=limits.uncompressed_ratio,
            patient=Patient(),
        ) as look,
    ):
        names = Pseudonyms()
        table = choose_table(look, {TABLE: title}, names)
        inspection = conceal(look.inspection_of(table), names)
        kept = keep_look(look, table, inspection, names)
        if not kept:
            raise InvalidInput(f"The table “{title}” holds no readings.", where={"field": TABLE})
        return kept, sample_of(inspection.columns, inspection.rows)


@dataclass(frozen=True, slots=True)
class _Meant:
    """The table that is meant, and what is said of it."""

    kept: Mapping[str, Any]
    sample: Mapping[str, Any]
    answers: Mapping[str, str]
    refused: Mapping[str, str]
    guesses: Mapping[str, str]


def _preview(file: File, meant: _Meant, inspection: Inspection, given: ImportProfile | None) -> ReadingPreview:
    said = interpret(inspection, answers=meant.answers, given=given, name=file.name)
    try:
        found = interpret(inspection, answers={**meant.answers, **meant.guesses}, given=given, name=file.name)
    except InvalidInput:  # a guess is no answer that anybody could give: to a question for free text, say
        found = said
    rows = tuple(tuple(row) for row in meant.sample.get("rows", ()))[:SHOWN_ROWS]
    profile = found.profile
    shown = _with_channels(profile, profile.channels[:SHOWN_CHANNELS])
    after, problem = _read(rows, shown)
    return ReadingPreview(
        table=meant.kept.get("table", ""),
        tables=tables_of(file.inspected),
        head=tuple(tuple(line) for line in meant.kept.get("head", ())),
        before=rows,
        columns_total=int(meant.sample.get("columns_total", 0)),
        profile=profile,
        channels=shown.channels,
        more_channels=len(profile.channels) - len(shown.channels),
        after=after,
        problem=problem,
        known=tuple(_known(profile, _as_asked(file, said.questions))),
        questions=said.questions,
        refused=dict(meant.refused),
    )


def _with_channels(profile: ImportProfile, channels: tuple[ChannelRule, ...]) -> ImportProfile:
    return profile.model_copy(update={"channels": channels})


def _read(rows: tuple[tuple[str, ...], ...], profile: ImportProfile) -> tuple[tuple[PreviewRow, ...], str]:
    """The rows by the profile, kept for a while: a page is looked at more often than its answers change."""
    told = json.dumps([_MADE, rows, profile.digest])
    key = f"first-rows-{sha256(told.encode()).hexdigest()}"
    known = cache.get(key)
    if known is None:
        try:
            known = (tuple(read_rows(rows, profile, work=get_lake().root / "work"))[: SHOWN_ROWS * 3], "")
        except FairwattError as error:
            known = ((), str(error))
        cache.set(key, known, _KEPT_S)
    after, problem = known
    return after, problem


def _known(profile: ImportProfile, asked: Mapping[str, Question]) -> list[KnownThing]:
    rule = profile.timestamp
    order = _guess(asked.get("day_first"))
    things = [KnownThing("Times are written", say_form(profile.timestamp.format), *(order or ("read", rule.order_why)))]
    if has_zone(rule):
        things.append(KnownThing("Clock", "each time says its own", "read"))
    else:
        clock = _guess(asked.get("time_zone")) or (str(rule.time_zone_how), rule.time_zone_why)
        things.append(KnownThing("Clock", rule.time_zone or "not known yet", *clock))
    stamp = _guess(asked.get("stamp")) or (str(rule.stamp_how), rule.stamp_why)
    things.append(KnownThing("A time marks", f"the {rule.stamp} of its interval", *stamp))
    if rule.periods is not None:
        counts = "time passed since midnight" if rule.periods.counts == "elapsed" else "what a clock shows"
        how = _guess(asked.get("counts")) or (str(rule.periods.counts_how),)
        things.append(KnownThing("Intervals of a day count", counts, *how))
    if profile.calendar_months:
        things.append(KnownThing("Step", f"{profile.calendar_months} months", "inferred", profile.resolution_why))
    elif profile.resolution_s is None:
        things.append(KnownThing("Step", "none", "inferred", profile.resolution_why))
    if words := [text for text in profile.dialect.null_texts if not is_null(text)]:
        named = ", ".join(f"‘{text}’" for text in words)
        things.append(KnownThing("Unusual words for a missing value", named, "read"))
    if profile.dialect.decimal_mark == "," or profile.dialect.thousands_mark:
        mark = "a comma" if profile.dialect.decimal_mark == "," else "a point"
        things.append(KnownThing("Decimals stand after", mark, *(_guess(asked.get("decimal")) or ("inferred",))))
    return things


def _as_asked(file: File, questions: tuple[Question, ...]) -> dict[str, Question]:
    """Open questions as the file's page asks them: a saved profile may have a better guess than the file itself."""
    stored = {question["id"]: question for question in file.questions}
    return {one.id: Question.model_validate(stored[one.id]) if one.id in stored else one for one in questions}


def _guess(question: Question | None) -> tuple[str, str] | None:
    """How a thing is known that is still asked about."""
    return ("guessed", question.why) if question is not None else None
