"""What the file can't tell and a person must: the questions of a profile, and the profile with the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.local_time import load_zone
from fairwatt.core.files.meaning import group_of
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Kind, Question
from fairwatt.core.files.zones import ZoneGuess
from fairwatt.core.units import QUANTITIES, UNITS, get_unit, units_of

ASKED_BELOW = 0.8  # a unit known less surely than this is asked about
UNKNOWN = "unknown"
_ANSWER_THOSE = "Answer the questions shown."
_ZONE_CHOICES = (
    ("Europe/London", "UK clock time (GMT in winter, BST in summer)"),
    ("UTC", "UTC, the same all year (often called GMT)"),
    ("Europe/Dublin", "Irish clock time"),
    ("Europe/Paris", "Central European clock time"),
)
_COMMON_UNITS = ("kw", "w", "mw", "kwh", "wh", "mwh", "kva", "kvar", "v", "a", "hz", "degc", "w_per_m2", "gbp_per_mwh",
                 "gbp_per_kwh", "p_per_kwh", "gco2_per_kwh", "percent", "fraction", "one")  # fmt: skip


@dataclass(frozen=True, slots=True)
class StampGuess:
    """Whether stamps may mark the end of their interval, and why."""

    stamp: str
    why: str
    confidence: float


def ask_zone(guess: ZoneGuess) -> Question:
    """Ask which zone naive stamps are in."""
    return Question(
        id="time_zone",
        text="Which clock do the file's times follow?",
        guess=guess.zone,
        why=guess.why,
        confidence=guess.confidence,
        choices=_ZONE_CHOICES,
    )


def ask_day_order(example: str, why: str) -> Question:
    """Ask whether the day stands first in dates."""
    return Question(
        id="day_first",
        text=f"In dates such as {example}, which comes first?",
        guess="true",
        why=why,
        confidence=0.7,
        choices=(("true", "The day"), ("false", "The month")),
    )


def ask_stamp(guess: StampGuess) -> Question:
    """Ask whether a stamp marks the start or the end of its interval."""
    return Question(
        id="stamp",
        text="Does each time mark the start or the end of its interval?",
        guess=guess.stamp,
        why=guess.why,
        confidence=guess.confidence,
        choices=(("start", "The start"), ("end", "The end")),
    )


def ask_units(channels: Sequence[ChannelRule]) -> tuple[Question, ...]:
    """Ask for units that are not known surely: one question for all channels that share a name but for phase
    and statistic, put to the first of them."""
    questions: list[Question] = []
    for members in _groups(channels):
        first = members[0]
        if first.kind is not Kind.NUMBER or first.confidence >= ASKED_BELOW or first.how is How.CONFIRMED:
            continue
        questions.append(
            Question(
                id=f"unit:{first.field}",
                text=_unit_text(members),
                guess=first.unit or UNKNOWN,
                why=first.why,
                confidence=first.confidence,
                choices=_unit_choices(first.quantity),
            )
        )
    return tuple(questions)


def _groups(channels: Sequence[ChannelRule]) -> list[list[ChannelRule]]:
    groups: dict[tuple[str, str], list[ChannelRule]] = {}
    for channel in channels:
        key = (group_of(channel.name) or channel.name, channel.quantity)
        groups.setdefault(key, []).append(channel)
    return list(groups.values())


def _unit_text(members: Sequence[ChannelRule]) -> str:
    if len(members) == 1:
        return f"Which unit is ‘{members[0].name}’ in?"
    if len(members) == 2:  # noqa: PLR2004 - a pair is named
        return f"Which unit are ‘{members[0].name}’ and ‘{members[1].name}’ in?"
    return f"Which unit are ‘{members[0].name}’ and {len(members) - 1} more like it in?"


def _unit_choices(quantity: str) -> tuple[tuple[str, str], ...]:
    units = units_of(quantity) if quantity else tuple(UNITS[code] for code in _COMMON_UNITS)
    named = tuple((u.code, f"{u.symbol} ({u.label})" if u.symbol else u.label) for u in units)
    return (*named, (UNKNOWN, "I don't know"))


def open_questions(
    profile: ImportProfile, questions: Iterable[Question], answers: Mapping[str, str]
) -> tuple[Question, ...]:
    """Those of some questions that are still open: not answered, and not settled in the profile."""
    settled = {f"unit:{c.field}" for c in profile.channels if c.how is How.CONFIRMED}
    if profile.timestamp.time_zone is not None and profile.timestamp.time_zone_how is How.CONFIRMED:
        settled.add("time_zone")
    return tuple(q for q in questions if q.id not in answers and q.id not in settled)


def apply_answers(
    profile: ImportProfile, answers: Mapping[str, str], questions: Sequence[Question] = ()
) -> ImportProfile:
    """The profile with a person's answers in place.

    Parameters
    ----------
    profile
        As inferred.
    answers
        Question id → value: ``time_zone`` an IANA name, ``day_first`` true or false, ``stamp`` start or end,
        ``unit:<field>`` a unit's code or ``unknown``, ``quantity:<field>`` a quantity's code.
    questions
        The questions that were asked; with them an answer to something else is refused.

    Raises
    ------
    InvalidInput
        Where an answer is to no question or not possible; ``where`` names it as ``field``.
    """
    asked = {q.id for q in questions}
    for key, value in answers.items():
        if asked and key not in asked and not key.startswith("quantity:"):
            raise InvalidInput(f"Nobody asked '{key}'.", where={"field": key}, next_step=_ANSWER_THOSE)
        profile = _apply(profile, key, value.strip())
    return profile


def _apply(profile: ImportProfile, key: str, value: str) -> ImportProfile:
    kind, _, field = key.partition(":")
    if kind == "time_zone":
        load_zone(value)
        rule = profile.timestamp.model_copy(update={"time_zone": value, "time_zone_how": How.CONFIRMED})
        return profile.model_copy(update={"timestamp": rule})
    if kind == "day_first":
        return _with_day_order(profile, day_first=_one_of(key, value, ("true", "false")) == "true")
    if kind == "stamp":
        rule = profile.timestamp.model_copy(update={"stamp": _one_of(key, value, ("start", "end"))})
        return profile.model_copy(update={"timestamp": rule})
    if kind in {"unit", "quantity"}:
        return _with_unit(profile, key, field, value)
    raise InvalidInput(f"There is no question '{key}'.", where={"field": key}, next_step=_ANSWER_THOSE)


def _one_of(key: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InvalidInput(
            f"'{value}' is no answer here.", where={"field": key}, next_step=f"Answer {' or '.join(choices)}."
        )
    return value


def _with_day_order(profile: ImportProfile, *, day_first: bool) -> ImportProfile:
    rule = profile.timestamp
    form = rule.format
    if rule.day_first is not None and rule.day_first != day_first:
        form = form.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
    changed = rule.model_copy(update={"format": form, "day_first": day_first})
    return profile.model_copy(update={"timestamp": changed})


def _with_unit(profile: ImportProfile, key: str, field: str, value: str) -> ImportProfile:
    asked = next((c for c in profile.channels if c.field == field), None)
    if asked is None:
        raise InvalidInput(f"There is no channel '{field}'.", where={"field": key}, next_step=_ANSWER_THOSE)
    members = next(group for group in _groups(profile.channels) if asked in group)
    fields = {c.field for c in members} if key.startswith("unit:") else {field}
    change = _unit_change(key, value)
    channels = tuple(
        c.model_copy(update=_fitting(c, change)) if c.field in fields and c.kind is Kind.NUMBER else c
        for c in profile.channels
    )
    return profile.model_copy(update={"channels": channels})


def _unit_change(key: str, value: str) -> dict[str, object]:
    said: dict[str, object] = {"how": How.CONFIRMED, "why": "A person said so.", "confidence": 1.0}
    if key.startswith("quantity:"):
        if value not in QUANTITIES:
            raise InvalidInput(
                f"There is no quantity '{value}'.", where={"field": key}, next_step="Choose from the list."
            )
        return {**said, "quantity": value}
    if value == UNKNOWN:
        return {**said, "unit": "", "why": "Nobody knows the unit.", "confidence": 0.0}
    return {**said, "unit": get_unit(value).code}


def _fitting(channel: ChannelRule, change: dict[str, object]) -> dict[str, object]:
    """A confirmed unit brings its quantity where the channel's is another kind of thing."""
    unit = UNITS.get(str(change.get("unit", "")))
    if unit is None:
        return change
    known = QUANTITIES.get(channel.quantity)
    fits = known is not None and UNITS[known.default_unit].dimension == unit.dimension
    return change if fits else {**change, "quantity": unit.quantity}
