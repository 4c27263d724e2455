"""From what a file tells, a profile given for it and what people answered, to how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files import ImportProfile, Inspection, Question, apply_answers, open_questions
from fairwatt.core.files.asking import ALWAYS_ANSWERED, ASKED_BELOW, changes_readings
from fairwatt.core.files.correcting import is_about_a_channel_left_out
from fairwatt.core.files.disputing import find_disputes
from fairwatt.core.files.fitting import fit_profile, misfit_of
from fairwatt.core.files.profile import How
from fairwatt.lake.looking import TABLE

# Answers to these are taken whether they were asked or not: whoever knows better may correct what seemed sure.
UNASKED = ("unit", "quantity", "direction", "register", "statistic", "null_values", "leave_out")
DATE = "date"


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How a file is read by all that is known.

    Attributes
    ----------
    profile
        With every answer in place.
    questions
        The open ones.
    misfit
        Why a profile that was given for the file was not used; "" where it was, or none was given.
    """

    profile: ImportProfile
    questions: tuple[Question, ...]
    misfit: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is open that decides a time or a value.

        What a number means (its unit, say) may be answered at any time; till then the guess counts, and says so.
        """
        known = self.profile.timestamp.time_zone is not None
        return known and not any(changes_readings(question.id) for question in self.questions)


def interpret(
    inspection: Inspection, *, answers: Mapping[str, str], given: ImportProfile | None = None, name: str
) -> Interpretation:
    """Bring together what a file tells, the profile given for it, and what people answered.

    Parameters
    ----------
    inspection
        Of the table that is meant; its profile must be there.
    answers
        Question id → value. One to what a newer reader no longer asks is left alone: it does no harm, and may be
        asked again.
    given
        A saved profile, or one that came along with the file: its answers count as given.
    name
        What messages call the file.

    Raises
    ------
    InvalidInput
        Where an answer does not fit the file.
    """
    if inspection.profile is None:
        raise InvalidInput(f"{name} holds no readings.", where={"file": name})
    misfit = misfit_of(given, inspection) if given is not None else ""
    by_given = given is not None and not misfit
    base = fit_profile(given, inspection, name=name) if given is not None and by_given else inspection.profile
    open_ones = find_disputes(given, inspection) if given is not None and by_given else inspection.questions
    asked = {question.id for question in (*inspection.questions, *open_ones)}
    used = {key: value for key, value in answers.items() if key in asked | ALWAYS_ANSWERED or _is_unasked(key, base)}
    used.pop(TABLE, None)
    profile = _with_answers(base, used, asked)
    questions = open_questions(profile, inspection.questions, answers)
    if by_given:  # what the file denies is asked though a person has confirmed it for another file
        still = (one for one in questions if _is_left_open(one, profile))
        denied = (one for one in open_ones if one.id not in answers and not is_about_a_channel_left_out(one, profile))
        questions = tuple({question.id: question for question in (*still, *denied)}.values())
    return Interpretation(profile, questions, misfit)


def _is_unasked(key: str, profile: ImportProfile) -> bool:
    kind, _, field = key.partition(":")
    return kind in UNASKED and any(channel.field == field for channel in profile.channels)


def _with_answers(profile: ImportProfile, answers: Mapping[str, str], asked: set[str]) -> ImportProfile:
    needless = [key for key in answers if key in ALWAYS_ANSWERED and key not in asked]
    for key in needless:
        try:
            profile = apply_answers(profile, {key: answers[key]})
        except InvalidInput:  # nothing in this file depends on it any more
            continue
    return apply_answers(profile, {key: value for key, value in answers.items() if key not in needless})


def _is_left_open(question: Question, profile: ImportProfile) -> bool:
    """Whether a profile that was given leaves a question open: the clock, or a unit that was guessed in it too."""
    if question.id == "time_zone":
        return profile.timestamp.time_zone is None
    kind, _, field = question.id.partition(":")
    if kind == DATE:
        return True
    channel = next((one for one in profile.channels if one.field == field), None)
    if kind != "unit" or channel is None:
        return False
    return channel.how is not How.CONFIRMED and channel.confidence < ASKED_BELOW


def check_answers(
    inspection: Inspection,
    new: Mapping[str, str],
    *,
    answers: Mapping[str, str],
    given: ImportProfile | None,
    name: str,
) -> None:
    """Refuse answers that can't be used: to nothing that is there, or with a value that is not possible.

    Parameters
    ----------
    new
        The answers to check, the table's left out.
    answers
        Those given before.

    Raises
    ------
    InvalidInput
        ``where["field"]`` is the question.
    """
    if inspection.profile is None:
        return
    base = inspection.profile
    asked = {question.id: question for question in inspection.questions}
    if given is not None and not misfit_of(given, inspection):
        base = fit_profile(given, inspection, name=name)
        asked |= {question.id: question for question in find_disputes(given, inspection)}
    for key, value in new.items():
        kind = key.partition(":")[0]
        if key not in asked and key not in ALWAYS_ANSWERED and kind not in UNASKED:
            raise InvalidInput(f"Nothing was asked about “{key[:60]}”.", where={"field": key[:60]})
        _refuse_no_choice(asked.get(key), key, value)
        apply_answers(base, {key: value})
    interpret(inspection, answers={**answers, **new}, given=given, name=name)


def _refuse_no_choice(question: Question | None, key: str, value: str) -> None:
    """Beyond the choices shown, other zones, units and marks are possible; each is checked elsewhere."""
    if question is None or not question.choices or key.partition(":")[0] in {"time_zone", "unit", "null_values"}:
        return
    if value not in [choice for choice, _ in question.choices]:
        raise InvalidInput(f"“{value[:60]}” is none of the choices.", where={"field": key})
