"""Answers to what nobody asked: a channel's statistic, a channel left out; and a profile's own answers.

Whoever knows better than the reader may correct what it was sure of, by the same ids as questions have.
"""

from __future__ import annotations

from collections.abc import Iterable

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.cells import Writing
from fairwatt.core.files.local_time import clock_changes
from fairwatt.core.files.profile import ChannelRule, Dialect, ImportProfile, Kind, Question
from fairwatt.core.files.signs import flows_no_way

STATISTICS = (
    ("mean", "The mean of the interval"),
    ("sum", "The sum over the interval"),
    ("min", "The least of the interval"),
    ("max", "The greatest of the interval"),
    ("last", "What stood at that instant"),
    ("count", "A count of the interval"),
    ("unknown", "I don't know"),
)
_KNOWN = frozenset(choice for choice, _ in STATISTICS)
_YEARS = (2000, 2030)  # in which clocks change, if they do
_ANSWER_THOSE = "Name one of the file's channels."


def with_statistic(profile: ImportProfile, field: str, value: str) -> ImportProfile:
    """The profile with another statistic for a channel: one of :data:`STATISTICS`.

    Raises
    ------
    InvalidInput
        Where there is no such channel or statistic.
    """
    key = f"statistic:{field}"
    asked = _channel_of(profile, key, field)
    if value not in _KNOWN:
        raise InvalidInput(
            f"'{value}' is no answer here.", where={"field": key}, next_step=f"Answer {' or '.join(sorted(_KNOWN))}."
        )
    changed = asked.model_copy(update={"statistic": "" if value == "unknown" else value})
    channels = tuple(changed if channel is asked else channel for channel in profile.channels)
    return profile.model_copy(update={"channels": channels})


def with_presence(profile: ImportProfile, field: str, value: str) -> ImportProfile:
    """The profile with or without a channel: its column stays in the file, and out of the readings.

    Raises
    ------
    InvalidInput
        Where there is no such channel, or it is the last one.
    """
    key = f"leave_out:{field}"
    asked = _channel_of(profile, key, field)
    if value not in {"true", "false"}:
        raise InvalidInput(f"'{value}' is no answer here.", where={"field": key}, next_step="Answer true or false.")
    if value == "false":
        return profile
    channels = tuple(channel for channel in profile.channels if channel is not asked)
    if not channels:
        raise InvalidInput(
            f"‘{asked.name}’ is the only channel that is left, so that nothing would be read.",
            where={"field": key},
            next_step="Keep it, or keep the file as a document.",
        )
    return profile.model_copy(update={"channels": channels})


def _channel_of(profile: ImportProfile, key: str, field: str) -> ChannelRule:
    found = next((channel for channel in profile.channels if channel.field == field), None)
    if found is None:
        raise InvalidInput(f"There is no channel '{field}'.", where={"field": key}, next_step=_ANSWER_THOSE)
    return found


def is_about_a_channel_left_out(question: Question, profile: ImportProfile) -> bool:
    """Whether a question concerns a channel that the profile does not have any more."""
    _, mark, field = question.id.partition(":")
    return bool(mark) and all(channel.field != field for channel in profile.channels)


def direction_answer(channel: ChannelRule) -> str:
    """What a channel's sign and direction are as an answer to ``direction:<field>``."""
    is_turned = channel.multiplier < 0
    return {"net": "net_export" if is_turned else "net", "export": "export_minus" if is_turned else "export"}.get(
        channel.direction, channel.direction or "unknown"
    )


def answer_of(profile: ImportProfile, question_id: str) -> str | None:
    """What a profile says to a question, as an answer would; None where it says nothing of it."""
    kind, mark, field = question_id.partition(":")
    rule = profile.timestamp
    if kind == "time_zone":
        return rule.time_zone
    if kind == "day_first":
        return None if rule.day_first is None else str(rule.day_first).lower()
    if kind == "stamp":
        return rule.stamp
    if kind == "counts":
        return rule.periods.counts if rule.periods is not None else None
    if question_id == "decimal":
        return profile.dialect.decimal_mark
    channel = next((one for one in profile.channels if one.field == field), None) if mark else None
    return _answer_of_channel(channel, kind, profile.dialect) if channel is not None else None


def _answer_of_channel(channel: ChannelRule, kind: str, dialect: Dialect) -> str | None:
    answers = {
        "decimal": Writing(dialect.decimal_mark, notation=channel.notation).own.mark,
        "unit": channel.unit or "unknown",
        "quantity": channel.quantity or None,
        "direction": direction_answer(channel),
        "register": str(channel.is_register).lower(),
        "null_values": " ".join(channel.null_values),
        "statistic": str(channel.statistic) or "unknown",
        "leave_out": "false",
    }
    is_number = channel.kind is Kind.NUMBER or kind in {"statistic", "leave_out"}
    return answers.get(kind) if is_number else None


def guessed_by(profile: ImportProfile, questions: Iterable[Question], *, why: str, sure: float) -> list[Question]:
    """Questions with a saved profile's answers as their guesses.

    Parameters
    ----------
    why
        The guesses' reason, one sentence.
    sure
        Their confidence, 0-1.
    """
    guessed: list[Question] = []
    for question in questions:
        answer = answer_of(profile, question.id)
        if answer is None:
            guessed.append(question)
            continue
        choices = question.choices
        if choices and answer not in [value for value, _ in choices]:
            choices = ((answer, answer or "None"), *choices)
        change = {"guess": answer, "why": why, "confidence": sure, "choices": choices}
        guessed.append(question.model_copy(update=change))
    return guessed


def is_moot(question: Question, profile: ImportProfile) -> bool:
    """Whether other answers have left a question without meaning: a way of flow of a temperature, how the intervals of
    a day count where clocks never change."""
    zone = profile.timestamp.time_zone
    is_steady = zone is not None and not clock_changes(zone, *_YEARS)
    return flows_no_way(question, profile) or (question.id == "counts" and is_steady)
