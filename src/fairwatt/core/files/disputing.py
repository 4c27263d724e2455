"""What has to be asked of a file although a saved profile fits it: where the file speaks against the profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from fairwatt.core.files.answering_times import AGREED, AS_THEY_STAND
from fairwatt.core.files.asking import (
    StampGuess,
    ask_direction,
    ask_register,
    ask_stamp,
    ask_turned_days,
    ask_units,
    ask_zone,
)
from fairwatt.core.files.counting import ask_counts
from fairwatt.core.files.inspection import Inspection
from fairwatt.core.files.local_time import clock_changes, load_zone
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Kind, Question, TimestampRule
from fairwatt.core.files.registers import Verdict
from fairwatt.core.files.restarts import METERS
from fairwatt.core.files.said_zones import OF_A_LINE
from fairwatt.core.files.settling import OPEN, pair_channels
from fairwatt.core.files.signs import SignGuess
from fairwatt.core.files.swapped_days import MIXED, is_mixture
from fairwatt.core.files.zones import ZoneGuess

_YEARS = (2000, 2030)
_SURE = 0.7  # of what a file shows against a profile, which knows other files
_USUAL_STAMP = "Times mark the start of their interval unless"  # how documents of version 1 say that it was assumed
_UNTURNED = "The saved profile is for dates of which some were exchanged; nothing in this file shows that any were."
_COUNTED = {"elapsed": "the time that has passed since midnight", "clock": "what a clock shows"}


def find_disputes(profile: ImportProfile, inspection: Inspection) -> tuple[Question, ...]:
    """Find what has to be asked of a file though it is to be read by a saved profile.

    Parameters
    ----------
    profile
        The saved profile as it is, before anything in it is settled by the file.
    inspection
        What samples of the file said.

    Returns
    -------
    tuple[Question, ...]
        With the ids of the profile's own channels; what the file shows is the guess, and why the profile says
        something else stands with it.
    """
    found = inspection.profile
    if found is None:
        return tuple(_of_unseen_counts(profile.timestamp))
    asked = {question.id: question for question in inspection.questions}
    mine, theirs = profile.timestamp, found.timestamp
    disputes = [*_of_zone(mine, theirs, asked), *_of_date(mine, asked), *_of_stamp(mine, theirs, asked)]
    disputes += _of_turned_days(mine, inspection)
    disputes += _of_counts(mine, theirs, asked)
    if METERS in asked and not profile.has_series:
        disputes.append(asked[METERS])
    if "decimal" in asked and profile.dialect.decimal_how in OPEN:
        disputes.append(asked["decimal"])
    pairs = [(rule, other) for rule, other in pair_channels(profile, found) if other is not None]
    if found.scale_said and found.scale_said != profile.scale_said:
        disputes += _of_scale(profile, pairs, asked)
    disputes += _of_units(profile, pairs)
    for rule, other in pairs:
        if rule.kind is Kind.NUMBER:
            disputes += [*_of_direction(rule, other, asked), *_of_register(rule, other), *_of_marks(rule, other, asked)]
            disputes += _of_decimals(profile, rule, asked.get(f"decimal:{other.field}"))
    return tuple(disputes)


def _against(question: Question, profile_says: str) -> Question:
    """A question with what the profile says beside what the file shows."""
    return question.model_copy(update={"why": f"{question.why} But the saved profile says {profile_says}."})


# Times


def _of_zone(mine: TimestampRule, theirs: TimestampRule, asked: Mapping[str, Question]) -> Iterator[Question]:
    question = asked.get("time_zone")
    if mine.time_zone is None:
        if question is not None:
            yield question
        return
    if question is not None:
        is_other = question.is_shown and not is_same_clock(mine.time_zone, question.guess)
        if is_other and not _is_overruled(mine, question.guess):
            yield _against(question, mine.time_zone)
        return
    if theirs.time_zone is None or is_same_clock(mine.time_zone, theirs.time_zone):
        return
    is_read = theirs.time_zone_how is How.READ and not theirs.time_zone_why.startswith(OF_A_LINE)
    if mine.time_zone_how is How.CONFIRMED and is_read and mine.heads == theirs.heads:
        return  # whoever made the profile had the same words before them
    if _is_overruled(mine, theirs.time_zone):
        return
    guess = ZoneGuess(theirs.time_zone, theirs.time_zone_why, _SURE, is_seen=True)
    yield _against(ask_zone(guess, said=mine.time_zone), mine.time_zone)


def _is_overruled(mine: TimestampRule, shown: str) -> bool:
    """Whether a person has said that a clock is another one than times show, of a file whose times showed the same."""
    is_said = mine.time_zone_how is How.CONFIRMED and mine.time_zone_seen != ""
    return is_said and is_same_clock(mine.time_zone_seen, shown)


@lru_cache(maxsize=256)
def is_same_clock(one: str, other: str) -> bool:
    """Whether two zones have shown the same time in all the years in which meters wrote files."""
    if one == other:
        return True
    moment = datetime(_YEARS[0], 1, 1, tzinfo=UTC)
    is_same = moment.astimezone(load_zone(one)).utcoffset() == moment.astimezone(load_zone(other)).utcoffset()
    return is_same and clock_changes(one, *_YEARS) == clock_changes(other, *_YEARS)


def _of_date(mine: TimestampRule, asked: Mapping[str, Question]) -> Iterator[Question]:
    """The day on which times without a date begin, which is not that of the profile's first file."""
    question = asked.get("date")
    if question is None or not mine.is_dateless:
        return
    if mine.first_date is None:
        yield question
    elif question.guess and question.guess != str(mine.first_date):
        yield _against(question, str(mine.first_date))


def _of_turned_days(mine: TimestampRule, inspection: Inspection) -> Iterator[Question]:
    """Dates of which a program seems to have turned some, in one of the two files only."""
    question = next((each for each in inspection.questions if each.id == "day_first"), None)
    is_turned = question is not None and question.guess == MIXED
    if question is not None and is_turned:
        if not is_mixture((mine.format, *mine.formats)) and mine.order_why != AS_THEY_STAND:
            yield question
    elif is_mixture((mine.format, *mine.formats)):
        example = next((row[mine.columns[0]] for row in inspection.rows if mine.columns[0] < len(row)), "")
        asked = ask_turned_days(example, _UNTURNED, day_first=mine.day_first, confidence=_SURE)
        yield asked.model_copy(update={"guess": next(value for value, _ in asked.choices if value != MIXED)})


def _of_stamp(mine: TimestampRule, theirs: TimestampRule, asked: Mapping[str, Question]) -> Iterator[Question]:
    if mine.periods is not None or theirs.periods is not None:
        return
    question = asked.get("stamp")
    is_open = mine.stamp_how in OPEN | {How.INFERRED}
    if question is not None:
        is_shown = mine.stamp_why == AGREED and question.confidence >= _SURE
        is_seen = question.guess != mine.stamp and not question.why.startswith(_USUAL_STAMP)
        if is_seen and (is_open or is_shown):
            yield _against(question, mine.stamp)
        return
    if theirs.stamp == mine.stamp or theirs.stamp_how not in {How.READ, How.INFERRED}:
        return
    if theirs.stamp_why.startswith(_USUAL_STAMP):
        return
    if mine.stamp_how is How.CONFIRMED and theirs.stamp_how is How.READ and mine.heads == theirs.heads:
        return
    yield _against(ask_stamp(StampGuess(theirs.stamp, theirs.stamp_why, _SURE)), mine.stamp)


def _of_counts(mine: TimestampRule, theirs: TimestampRule, asked: Mapping[str, Question]) -> Iterator[Question]:
    if theirs.periods is None:
        yield from _of_unseen_counts(mine)
    if mine.periods is None or theirs.periods is None:
        return
    is_open = mine.periods.counts_how in OPEN
    if "counts" in asked:
        if is_open:
            yield asked["counts"]
        return
    if is_open or theirs.periods.counts_how in OPEN or theirs.periods.counts == mine.periods.counts:
        return
    question = ask_counts(theirs.periods.counts, theirs.time_zone_why)
    yield _against(question, f"that they count {_COUNTED[mine.periods.counts]}")


def _of_unseen_counts(mine: TimestampRule) -> Iterator[Question]:
    """Numbered intervals that are too few to be known as such without the profile: they may be of a clock change."""
    if mine.periods is not None and mine.periods.counts_how in OPEN and mine.time_zone != "UTC":
        yield ask_counts(mine.periods.counts)


# Values


def _of_units(profile: ImportProfile, pairs: Sequence[tuple[ChannelRule, ChannelRule]]) -> tuple[Question, ...]:
    """Units that this file says or shows, and the profile's first file did not."""
    other_units: list[ChannelRule] = []
    for rule, other in pairs:
        is_known = profile.version == 1 and rule.how is How.CONFIRMED
        if other.unit_said and other.unit_said not in {rule.unit, rule.unit_said} and not is_known:
            why = f"{other.why} But the saved profile says {rule.unit or 'that it is unknown'}."
            change = {"field": rule.field, "how": How.GUESSED, "confidence": _SURE, "why": why}
            other_units.append(other.model_copy(update=change))
    return ask_units(other_units)


def _of_direction(rule: ChannelRule, other: ChannelRule, asked: Mapping[str, Question]) -> Iterator[Question]:
    """Numbers with a minus, where the profile's first file had none; or without, where all had one."""
    question = asked.get(f"direction:{other.field}")
    is_new = rule.signs in {"", "plus"} and other.signs in {"both", "minus"} and rule.direction != "net"
    if question is not None and is_new:
        yield question.model_copy(update={"id": f"direction:{rule.field}"})
    elif rule.direction == "export" and rule.multiplier < 0 and other.signs == "plus":
        why = "The saved profile says that what is fed in is written with a minus, but no number here has one."
        yield ask_direction([rule], SignGuess("export", why, _SURE))


def _of_scale(
    profile: ImportProfile, pairs: Sequence[tuple[ChannelRule, ChannelRule]], asked: Mapping[str, Question]
) -> Iterator[Question]:
    """What numbers are multiplied by, where this file says another thing of it than the profile's."""
    says = f"‘{profile.scale_said}’" if profile.scale_said else "nothing of it"
    own = {f"scale:{other.field}": f"scale:{rule.field}" for rule, other in pairs}
    for key, question in asked.items():
        if key == "scale" or key in own:
            yield _against(question, says).model_copy(update={"id": own.get(key, key)})


def _of_decimals(profile: ImportProfile, rule: ChannelRule, question: Question | None) -> Iterator[Question]:
    """Points or commas that may mean another thing in this column than in the file, where nobody has said so yet."""
    if question is not None and profile.dialect.decimal_how is not How.CONFIRMED:
        yield question.model_copy(update={"id": f"decimal:{rule.field}"})


def _of_register(rule: ChannelRule, other: ChannelRule) -> Iterator[Question]:
    if other.is_register and not rule.is_register and rule.register_how is not How.CONFIRMED:
        why = "It goes up from row to row here, which the file of the saved profile did not show."
        yield ask_register([rule], Verdict(True, why, _SURE))


def _of_marks(rule: ChannelRule, other: ChannelRule, asked: Mapping[str, Question]) -> Iterator[Question]:
    """Numbers that may stand for a missing value and that the profile's first file had not; and the other way."""
    question = asked.get(f"null_values:{other.field}")
    new = tuple(text for text in other.doubtful_values if text not in {*rule.null_values, *rule.doubtful_values})
    kept = " ".join(rule.null_values)
    if question is not None and new:
        every = " ".join((*rule.null_values, *new))
        choices = ((every, f"Yes, {every.replace(' ', ', ')}: no value was measured"), (kept, "No, it was measured"))
        yield question.model_copy(update={"id": f"null_values:{rule.field}", "guess": every, "choices": choices})
        return
    below = [text for text in rule.null_values if float(text) < 0 and text not in other.null_values]
    if below and rule.signs == "plus" and other.signs in {"both", "minus"}:
        rest = " ".join(text for text in rule.null_values if text not in below)
        yield Question(
            id=f"null_values:{rule.field}",
            text=f"Does {below[0]} in ‘{rule.name}’ mean that there is no value?",
            guess=rest,
            why="The saved profile says so, but in this file there are other numbers below zero too.",
            confidence=_SURE,
            choices=((kept, "Yes, no value was measured"), (rest, "No, it was measured")),
            is_shown=True,
        )
