"""What the file can't tell and a person must: the questions of a profile, and the profile with the answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.among import sign_in
from fairwatt.core.files.answering_times import ABOUT_TIMES, YEAR_BEGINS, one_of, with_time
from fairwatt.core.files.asking_marks import ask_decimal, with_column_decimal, with_decimal
from fairwatt.core.files.asking_scales import with_scale, with_scale_of_all
from fairwatt.core.files.cells import DecimalMark, Writing, plain_number
from fairwatt.core.files.correcting import is_about_a_channel_left_out, is_moot, with_presence, with_statistic
from fairwatt.core.files.directions import DIRECTED
from fairwatt.core.files.marks import Marks
from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.phases import groups_of
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Kind, Question
from fairwatt.core.files.registers import ENERGIES, Verdict
from fairwatt.core.files.restarts import METERS, ONE, SEVERAL
from fairwatt.core.files.sentinels import Sentinel
from fairwatt.core.files.signs import SignGuess
from fairwatt.core.files.swapped_days import MIXED
from fairwatt.core.files.zones import ZoneGuess
from fairwatt.core.units import QUANTITIES, UNITS, find_unit, get_unit, units_of

ASKED_BELOW = 0.8  # a unit known less surely than this is asked about
SURE_SENTINEL = 0.95  # a mark for missing values known less surely than this is asked about
DIRECTIONS = (
    ("net", "Plus is taken from the grid (import), minus is fed in (export)"),
    ("net_export", "Plus is fed in (export), minus is taken from the grid (import)"),
    ("import", "What is taken from the grid (import)"),
    ("export", "What is fed in (export)"),
    ("export_minus", "What is fed in (export), written with a minus"),
    ("unknown", "I don't know"),
)
UNKNOWN = "unknown"
_IF_OPEN = ", if they are power or energy"
_MEANINGS = frozenset({"unit", "quantity", "direction", "register", "series_kind"})
_ANSWER_THOSE = "Answer the questions shown."
_ZONE_CHOICES = (
    ("Europe/London", "UK clock time (GMT in winter, BST in summer)"),
    ("UTC", "UTC, the same all year (often called GMT)"),
    ("Etc/GMT-1", "British summer time all year (UTC+1, never changed)"),
    ("Europe/Dublin", "Irish clock time"),
    ("Europe/Paris", "Central European clock time"),
)
ALWAYS_ANSWERED = frozenset({"time_zone", "day_first", "stamp"})  # also where the file seemed sure of it
_LATER = ("decimal:", "scale:", "leave_out:")  # of one channel: after what concerns the whole file
_UNASKED = ("quantity:", "statistic:", "leave_out:")
_COMMON_UNITS = ("kw", "w", "mw", "kwh", "wh", "mwh", "kva", "kvar", "v", "a", "hz", "degc", "w_per_m2", "gbp_per_mwh",
                 "gbp_per_kwh", "p_per_kwh", "gbp", "gco2_per_kwh", "percent", "fraction", "one")  # fmt: skip


@dataclass(frozen=True, slots=True)
class StampGuess:
    """Whether stamps may mark the end of their interval, and why."""

    stamp: str
    why: str
    confidence: float
    how: How = How.INFERRED


def ask_zone(guess: ZoneGuess, *, said: str = "") -> Question:
    """Ask which zone naive stamps are in; ``said`` is one that a name in the file gives."""
    labels = dict(_ZONE_CHOICES)
    for zone in (said, guess.zone):
        if zone and zone not in labels:
            labels[zone] = zone
    first = {guess.zone: labels.pop(guess.zone)}
    return Question(
        id="time_zone",
        text="Which clock do the file's times follow?",
        guess=guess.zone,
        why=guess.why,
        confidence=guess.confidence,
        choices=tuple((first | labels).items()),
        is_shown=guess.is_seen,
    )


def ask_date(guess: str, why: str) -> Question:
    """Ask on which day times of day without a date begin; the guess is empty where nothing speaks for one."""
    return Question(
        id="date",
        text="On which day does the file begin? Its times have no date. Write it as YYYY-MM-DD.",
        guess=guess,
        why=why,
        confidence=0.6 if guess else 0.0,
    )


def ask_day_order(
    example: str, why: str, *, day_first: bool | None = True, confidence: float = 0.7, may_be_year: bool = False
) -> Question:
    """Ask whether the day stands first in dates, or the year where that is possible too (guessed where None)."""
    return Question(
        id="day_first",
        text=f"In dates such as {example}, which comes first?",
        guess="year" if day_first is None else "true" if day_first else "false",
        why=why,
        confidence=confidence,
        choices=(("true", "The day"), ("false", "The month"), *([("year", "The year")] if may_be_year else [])),
    )


def ask_turned_days(example: str, why: str, *, day_first: bool | None, confidence: float) -> Question:
    """Ask whether a program has exchanged day and month in some dates, or they are right as they stand."""
    return Question(
        id="day_first",
        text=f"In dates such as {example}, were day and month exchanged where both are up to 12?",
        guess=MIXED,
        why=why,
        confidence=confidence,
        choices=(
            (MIXED, "Yes, a spreadsheet exchanged them: mend those"),
            ("true" if day_first else "false", "No, the dates are right as they stand"),
        ),
        is_shown=True,
    )


def ask_year(example: str) -> Question:
    """Ask in which month a year over two calendar years begins."""
    return Question(
        id="year_begins",
        text=f"In which month do years such as {example} begin?",
        guess="04",
        why="Financial years and those of British obligations run from April to March.",
        confidence=0.75,
        choices=tuple(YEAR_BEGINS.items()),
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
        is_shown=True,
    )


def ask_units(channels: Sequence[ChannelRule]) -> tuple[Question, ...]:
    """Ask for units that are not known surely: one question for all channels that share a name but for phase
    and statistic, put to the first of them."""
    questions: list[Question] = []
    for group in _groups(channels):
        unsure = [c for c in group if c.kind is Kind.NUMBER and c.confidence < ASKED_BELOW]
        members = [c for c in unsure if c.how is not How.CONFIRMED]
        if not members:
            continue
        first = members[0]
        questions.append(
            Question(
                id=f"unit:{first.field}",
                text=_unit_text(members),
                guess=first.unit or UNKNOWN,
                why=first.why,
                confidence=first.confidence,
                choices=_unit_choices(first.quantity, is_said=first.quantity != "" and _says_quantity(first.name)),
            )
        )
    return tuple(questions)


def _says_quantity(name: str) -> bool:
    """Whether a name says what is measured, and not two things at once."""
    meaning = read_name(name)
    return bool(meaning.quantity) and not meaning.doubt


def ask_about_values(
    channels: Sequence[ChannelRule],
    marks: Marks,
    verdicts: Mapping[str, Verdict],
    signs: Mapping[str, SignGuess],
    sentinels: Mapping[str, Sequence[Sentinel]],
) -> tuple[Question, ...]:
    """Ask what the values leave open: their decimal mark, their units, running totals, signs, marks for missing ones.

    Parameters
    ----------
    channels
        All channels of the file.
    marks
        The file's marks; asked about where they have an open example.
    verdicts, signs, sentinels
        What was found out, by field; only what is not sure is asked, once for all channels that share a name but
        for phase and statistic.
    """
    questions = [ask_decimal(marks)] if marks.open_example else []
    questions += ask_units(channels)
    for members in _groups(channels):
        for same in ([c for c in members if c.is_register], [c for c in members if not c.is_register]):
            judged = (verdicts[c.field] for c in same if c.field in verdicts)
            unsure = next((verdict for verdict in judged if verdict.confidence < ASKED_BELOW), None)
            if unsure is not None:
                questions.append(ask_register(same, unsure))
        for way in _ways(members):
            if told := [signs[c.field] for c in way if c.field in signs]:
                questions.append(ask_direction(way, told[0]))
    for channel in channels:
        unsure_marks = [s for s in sentinels.get(channel.field, ()) if s.confidence < SURE_SENTINEL]
        if unsure_marks:
            questions.append(_ask_sentinels(channel, unsure_marks))
    return tuple(questions)


def ask_register(members: Sequence[ChannelRule], verdict: Verdict) -> Question:
    """Ask whether channels that share a name are running totals."""
    return Question(
        id=f"register:{members[0].field}",
        text=f"{_of(members)}: a running total, as a meter's dial shows, or an amount for each interval?",
        guess="true" if verdict.is_register else "false",
        why=verdict.why,
        confidence=verdict.confidence,
        choices=(("true", "A running total"), ("false", "An amount for each interval")),
    )


def ask_direction(members: Sequence[ChannelRule], sign: SignGuess) -> Question:
    """Ask which way the numbers of channels that share a name count."""
    return Question(
        id=f"direction:{members[0].field}",
        text=f"{_of(members)}: which way do the numbers count{_IF_OPEN if sign.is_open else ''}?",
        guess=sign.value or "unknown",
        why=sign.why,
        confidence=sign.confidence,
        choices=DIRECTIONS,
    )


def _ask_sentinels(channel: ChannelRule, sentinels: Sequence[Sentinel]) -> Question:
    every = " ".join(s.text for s in sentinels)
    what = f"{every} is a mark" if len(sentinels) == 1 else f"{every.replace(' ', ', ')} are marks"
    return Question(
        id=f"null_values:{channel.field}",
        text=f"Does {sentinels[0].text} in ‘{channel.name}’ mean that there is no value?",
        guess=every,
        why=" ".join(s.why for s in sentinels),
        confidence=min(s.confidence for s in sentinels),
        choices=((every, f"Yes, {what} for a missing value"), ("", "No, it was measured")),
    )


def _of(members: Sequence[ChannelRule]) -> str:
    if len(members) == 1:
        return f"‘{members[0].name}’"
    if len(members) == 2:  # a pair is named
        return f"‘{members[0].name}’ and ‘{members[1].name}’"
    return f"‘{members[0].name}’ and {len(members) - 1} more like it"


def _groups(channels: Sequence[ChannelRule]) -> list[list[ChannelRule]]:
    groups: dict[tuple[str, str], list[ChannelRule]] = {}
    for group, channel in zip(groups_of([channel.name for channel in channels]), channels, strict=True):
        groups.setdefault((group, channel.quantity), []).append(channel)
    return list(groups.values())


def _ways(members: Sequence[ChannelRule]) -> list[list[ChannelRule]]:
    """Channels of one group by the sign in their names: kWh (+) and kWh (-) go different ways."""
    signs = {sign_in(channel.name): None for channel in members}
    return [[channel for channel in members if sign_in(channel.name) == sign] for sign in signs]


def _unit_text(members: Sequence[ChannelRule]) -> str:
    if len(members) == 1:
        return f"Which unit is ‘{members[0].name}’ in?"
    if len(members) == 2:  # a pair is named
        return f"Which unit are ‘{members[0].name}’ and ‘{members[1].name}’ in?"
    return f"Which unit are ‘{members[0].name}’ and {len(members) - 1} more like it in?"


def _unit_choices(quantity: str, *, is_said: bool) -> tuple[tuple[str, str], ...]:
    """The units of a quantity; where only the values' size speaks for it, the common ones of others too."""
    units = units_of(quantity)
    if not is_said:
        units += tuple(UNITS[code] for code in _COMMON_UNITS if UNITS[code] not in units)
    named = tuple((u.code, f"{u.symbol} ({u.label})" if u.symbol else u.label) for u in units)
    return (*named, (UNKNOWN, "I don't know"))


def changes_readings(question_id: str) -> bool:
    """Whether the answer to a question decides a time or a value, and not only what a number means."""
    return question_id.partition(":")[0] not in _MEANINGS


def members_asked(profile: ImportProfile, question_ids: Iterable[str]) -> frozenset[str]:
    """The fields that questions of the form ``<what>:<field>`` speak of: the named ones and those of their groups."""
    named = {question_id.partition(":")[2] for question_id in question_ids}
    groups = (group for group in _groups(profile.channels) if named & {channel.field for channel in group})
    return frozenset(channel.field for group in groups for channel in group)


def open_questions(
    profile: ImportProfile, questions: Iterable[Question], answers: Mapping[str, str]
) -> tuple[Question, ...]:
    """Those of some questions that are still open: not answered, and not settled in the profile."""
    settled = {f"unit:{c.field}" for c in profile.channels if c.how is How.CONFIRMED}
    if profile.timestamp.time_zone is not None and profile.timestamp.time_zone_how is How.CONFIRMED:
        settled.add("time_zone")
    return tuple(
        q
        for q in questions
        if q.id not in answers
        and q.id not in settled
        and not is_about_a_channel_left_out(q, profile)
        and not is_moot(q, profile)
    )


def apply_answers(
    profile: ImportProfile, answers: Mapping[str, str], questions: Sequence[Question] = ()
) -> ImportProfile:
    """The profile with a person's answers in place.

    Parameters
    ----------
    profile
        As inferred.
    answers
        Question id → value: ``time_zone`` an IANA name, ``day_first`` true, false or mixed, ``stamp`` start or end,
        ``counts`` elapsed or clock, ``date`` the first row's date (YYYY-MM-DD),
        ``unit:<field>`` a unit's code or ``unknown``, ``quantity:<field>`` a quantity's code,
        ``scale`` and ``scale:<field>`` a factor; ``decimal`` and
        ``decimal:<field>`` a point or a comma, ``meters`` several or one, ``register:<field>`` true or false,
        ``direction:<field>`` one of :data:`DIRECTIONS`,
        ``null_values:<field>`` numbers with blanks between, or nothing; ``statistic:<field>`` one of
        :data:`fairwatt.core.files.correcting.STATISTICS`, ``leave_out:<field>`` true or false, both unasked.
    questions
        The questions that were asked; with them an answer to something else is refused.

    Raises
    ------
    InvalidInput
        Where an answer is to no question or not possible; ``where`` names it as ``field``.
    """
    asked = {q.id for q in questions}
    for key, value in sorted(answers.items(), key=lambda answer: answer[0].startswith(_LATER)):
        if asked and key not in asked | ALWAYS_ANSWERED and not key.startswith(_UNASKED):
            raise InvalidInput(f"Nobody asked '{key}'.", where={"field": key}, next_step=_ANSWER_THOSE)
        profile = _apply(profile, key, value.strip())
    return profile


def _apply(profile: ImportProfile, key: str, value: str) -> ImportProfile:
    kind, _, field = key.partition(":")
    if kind in ABOUT_TIMES:
        return with_time(profile, kind, value)
    if kind == METERS:
        return profile.newest.model_copy(update={"series_runs": one_of(key, value, (SEVERAL, ONE)) == SEVERAL})
    if kind == "decimal":
        mark: DecimalMark = "," if one_of(key, value, (".", ",")) == "," else "."
        return (
            with_column_decimal(profile, _channel_of(profile, key, field), mark)
            if field
            else with_decimal(profile, mark)
        )
    if kind in _OF_CHANNELS:
        return _OF_CHANNELS[kind](profile, field, value)
    raise InvalidInput(f"There is no question '{key}'.", where={"field": key}, next_step=_ANSWER_THOSE)


def _with_unit(profile: ImportProfile, key: str, field: str, value: str) -> ImportProfile:
    asked = _channel_of(profile, key, field)
    members = next(group for group in _groups(profile.channels) if asked in group)
    alike = {c.field for c in members if c.how is not How.READ or c.confidence < ASKED_BELOW}  # else its head says it
    fields = {field, *alike} if key.startswith("unit:") else {field}
    change = _unit_change(key, value)
    channels = tuple(
        c.model_copy(update=_fitting(c, change)) if c.field in fields and c.kind is Kind.NUMBER else c
        for c in profile.channels
    )
    return profile.model_copy(update={"channels": channels})


def _with_values(profile: ImportProfile, key: str, field: str, value: str) -> ImportProfile:
    """The profile with what somebody said of running totals, signs, or marks for missing values."""
    asked = _channel_of(profile, key, field)
    alike = next(group for group in _groups(profile.channels) if asked in group)
    if key.startswith("direction:"):
        alike = next(way for way in _ways(alike) if asked in way)
    if key.startswith("register:"):  # a total beside amounts of the same name is asked about by itself
        alike = [c for c in alike if c.is_register == asked.is_register and c.register_how is not How.CONFIRMED]
    fields = {field, *(c.field for c in alike)} if not key.startswith("null_values:") else {field}
    channels = tuple(
        c.model_copy(update=_value_change(c, key, value)) if c.field in fields and c.kind is Kind.NUMBER else c
        for c in profile.channels
    )
    return profile.model_copy(update={"channels": channels})


_OF_CHANNELS: dict[str, Callable[[ImportProfile, str, str], ImportProfile]] = {
    "unit": lambda profile, field, value: _with_unit(profile, f"unit:{field}", field, value),
    "quantity": lambda profile, field, value: _with_unit(profile, f"quantity:{field}", field, value),
    "register": lambda profile, field, value: _with_values(profile, f"register:{field}", field, value),
    "direction": lambda profile, field, value: _with_values(profile, f"direction:{field}", field, value),
    "null_values": lambda profile, field, value: _with_values(profile, f"null_values:{field}", field, value),
    "scale": lambda profile, field, value: (
        with_scale(profile, _channel_of(profile, f"scale:{field}", field), value)
        if field
        else with_scale_of_all(profile, value)
    ),
    "statistic": with_statistic,
    "leave_out": with_presence,
}


def _value_change(channel: ChannelRule, key: str, value: str) -> dict[str, object]:
    if key.startswith("register:"):
        is_register = one_of(key, value, ("true", "false")) == "true"
        kept = channel.statistic in {"min", "max", "mean"} and bool(_STATED.search(channel.name))
        statistic = channel.statistic if kept else "last" if is_register else "sum"
        return {"is_register": is_register, "register_how": How.CONFIRMED, "statistic": statistic}
    if key.startswith("null_values:"):
        return {"null_values": tuple(_number_text(key, one) for one in value.replace(",", " ").split())}
    said = one_of(key, value, tuple(choice for choice, _ in DIRECTIONS))
    if channel.how is How.CONFIRMED and channel.quantity not in {"", *DIRECTED}:
        return {}  # asked while it might yet have been a power
    direction = {"net_export": "net", "export_minus": "export", "unknown": ""}.get(said, said)
    factor = abs(channel.multiplier) * (-1.0 if said in {"net_export", "export_minus"} else 1.0)
    return {"direction": direction, "multiplier": factor}


def _number_text(key: str, text: str) -> str:
    if plain_number(text, Writing()) is None:
        raise InvalidInput(
            f"'{text}' is no number.", where={"field": key}, next_step="Write numbers such as 999 or -1."
        )
    return text


_STATED = re.compile(r"min|max|avg|average|mean|peak|highest|lowest", re.IGNORECASE)


def _channel_of(profile: ImportProfile, key: str, field: str) -> ChannelRule:
    asked = next((c for c in profile.channels if c.field == field), None)
    if asked is None:
        raise InvalidInput(f"There is no channel '{field}'.", where={"field": key}, next_step=_ANSWER_THOSE)
    return asked


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
    return {**said, "unit": (find_unit(value) or get_unit(value)).code if value not in UNITS else value}


def _fitting(channel: ChannelRule, change: dict[str, object]) -> dict[str, object]:
    """A confirmed unit brings its quantity where the channel's is another kind of thing."""
    unit = UNITS.get(str(change.get("unit", "")))
    if unit is None:
        return change
    known = QUANTITIES.get(channel.quantity)
    fits = known is not None and UNITS[known.default_unit].dimension == unit.dimension
    return change if fits else {**change, "quantity": unit.quantity, **_following(channel, unit.quantity)}


def _following(channel: ChannelRule, quantity: str) -> dict[str, object]:
    """What a quantity that a person has told brings: the direction in the name, and how an interval's amount counts."""
    brought: dict[str, object] = {}
    meaning = read_name(channel.name)
    one_way = channel.signs in {"", "plus"} and not meaning.flow_why
    if quantity not in DIRECTED:
        brought |= {"direction": "", "multiplier": abs(channel.multiplier)}
    elif not channel.direction and one_way:
        brought["direction"] = meaning.direction
    if channel.is_register or _STATED.search(channel.name):
        return brought
    if quantity in ENERGIES and channel.statistic in {"", "mean"}:
        brought["statistic"] = "sum"
    elif quantity not in ENERGIES and channel.statistic == "sum":
        brought["statistic"] = ""
    return brought
