"""Whether it has to be asked if times mark starts or ends: where values are of intervals, and nothing in a file tells.

A sum or a mean that is taken for one of the wrong interval is wrong by as much as any other error of time. What is read
at an instant has no interval, and nothing to ask; so little time as lies between seconds does not matter.
"""

from __future__ import annotations

import re

import numpy as np

from fairwatt.core.files.asking import ASKED_BELOW, StampGuess, ask_stamp
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Kind, Question, TimestampRule
from fairwatt.core.files.stamp_evidence import weigh_edges
from fairwatt.core.files.stamps import DAY, MICROS

_SHORTEST, _LONGEST = 60 * MICROS, DAY // 2  # of intervals of which it matters; a day's date names the day
_SHORTEST_MEAN = 300 * MICROS  # below it a mean is as good as an instant's
_OPEN = frozenset({How.ASSUMED, How.INFERRED})
_OF_INTERVALS = frozenset({"mean", "min", "max"})
_AMOUNTS = frozenset({"price", "carbon_intensity", "irradiation", "precipitation", "volume", "emissions", "money"})
_POWERS = frozenset({"power", "reactive_power", "apparent_power"})
_INSTANTS = frozenset({"voltage", "current", "frequency", "temperature", "state_of_charge", "power_factor", "cos_phi"})
_OF_INSTANTS = "Values are those of an instant."
_HOUR = DAY // 24
_OF_MIDNIGHTS = StampGuess(
    "start",
    "Each day is written with a midnight, as programs do that have no dates alone; a logger may mean the one that "
    "closes the day.",
    0.7,
    How.ASSUMED,
)
_LENGTHS = 3  # of intervals that may take turns in a file
_MOSTLY, _SELDOM = 0.9, 0.05  # of the steps
_FEW = 3  # rows that may be too few to show a step
_CLOCK = re.compile("%[HI]")
_HAS_CLOCK = re.compile("%[HIfsz]|epoch|excel|day_")


def ask_unsaid_start(
    profile: ImportProfile, questions: tuple[Question, ...], times: FileTimes
) -> tuple[ImportProfile, tuple[Question, ...]]:
    """The profile and questions, with one more where values are of intervals, and without it where none is.

    Parameters
    ----------
    profile, questions
        As found so far.
    times
        The times of the table's rows.
    """
    rule = profile.timestamp
    if rule.periods is not None:
        return profile, questions
    guess = _OF_MIDNIGHTS if _are_written_midnights(rule, times) else weigh_edges(times)
    is_asked = any(question.id == "stamp" for question in questions)
    is_seen = bool(rule.ends_early_s) and rule.stamp_how is not How.READ
    if (is_asked or is_seen) and all(_is_instant(channel) for channel in profile.channels):
        rule = rule.model_copy(
            update={"stamp": "start", "stamp_how": How.ASSUMED, "stamp_why": _OF_INSTANTS, "ends_early_s": 0.0}
        )
        return _with(profile, rule), tuple(question for question in questions if question.id != "stamp")
    is_known = rule.stamp == "end" or rule.stamp_how not in _OPEN
    if is_asked or is_known or not _matters(profile, times):
        return profile, questions
    rule = rule.model_copy(update={"stamp": guess.stamp, "stamp_how": How.GUESSED, "stamp_why": ""})
    return _with(profile, rule), (*questions, ask_stamp(guess))


def _with(profile: ImportProfile, rule: TimestampRule) -> ImportProfile:
    return profile.model_copy(update={"timestamp": rule})


def _matters(profile: ImportProfile, times: FileTimes) -> bool:
    """Whether there are values of intervals that are long enough, or rows too few to tell how long they are."""
    step = _step_of(times)
    if step is not None and step > _LONGEST:
        is_open = _are_odd_days(times) or _are_written_midnights(profile.timestamp, times)
        return is_open and any(_is_of_interval(channel, step) for channel in profile.channels)
    if step is not None:
        is_even = times.step is not None
        return step >= _SHORTEST and any(_is_of_interval(c, step, is_even=is_even) for c in profile.channels)
    rows = len(np.unique(np.concatenate([*times.runs(), np.zeros(0, np.int64)])))
    has_clock = _HAS_CLOCK.search(profile.timestamp.format) is not None
    return rows <= _FEW and has_clock and any(_may_be_of_interval(channel, rows) for channel in profile.channels)


def _step_of(times: FileTimes) -> int | None:
    """The usual step [µs]; the shortest of a few that take turns, or that each series has for itself; else None."""
    if times.step is not None:
        return times.step
    every = [np.abs(np.diff(run)) for run in times.runs()]
    values, counts = np.unique(np.concatenate([*every, np.zeros(0, np.int64)]), return_counts=True)
    values, counts = values[values > 0], counts[values > 0]
    often = np.sort(counts)[::-1][:_LENGTHS].sum()
    if len(values) and often > _FEW and often >= _MOSTLY * counts.sum():
        return int(values[counts >= _SELDOM * counts.sum()].min())
    return None


def _are_odd_days(times: FileTimes) -> bool:
    """Whether times of days, or longer, stand at an hour of the day that begins none: which day is meant?"""
    stamps = np.unique(np.concatenate([*times.runs(), np.zeros(0, np.int64)]))
    clocks = stamps % DAY
    is_local = times.has_zone and bool(np.isin(clocks, [0, 23 * _HOUR]).all())
    return bool(len(stamps)) and not is_local and bool((clocks != 0).mean() > 1 - _MOSTLY)


def _are_written_midnights(rule: TimestampRule, times: FileTimes) -> bool:
    """Whether days are written with their midnight: it may be the one that closes them, as loggers write."""
    stamps = np.concatenate([*times.runs(), np.zeros(0, np.int64)])
    is_written = _CLOCK.search(rule.format) is not None and not times.has_zone
    return is_written and times.step == DAY and bool(len(stamps)) and not (stamps % DAY).any()


def _is_of_interval(channel: ChannelRule, step: int, *, is_even: bool = True) -> bool:
    """Whether it is a sum, a mean or a price; a power is one too where several lengths of intervals take turns."""
    if channel.is_register or channel.kind is not Kind.NUMBER:
        return False
    if channel.statistic == "sum" or step < _SHORTEST_MEAN:
        return channel.statistic == "sum"
    is_unknown = channel.quantity in {"", "count"} and channel.confidence < ASKED_BELOW
    amounts = _AMOUNTS if is_even else _AMOUNTS | _POWERS
    return channel.statistic in _OF_INTERVALS or channel.quantity in amounts or is_unknown


def _may_be_of_interval(channel: ChannelRule, rows: int) -> bool:
    """Whether it can be of an interval whose length nobody knows; a single reading of power is one at an instant."""
    if channel.kind is not Kind.NUMBER or channel.is_register:
        return False
    amounts = _AMOUNTS | _POWERS if rows > 1 else _AMOUNTS
    return channel.statistic == "sum" or channel.quantity in amounts


def _is_instant(channel: ChannelRule) -> bool:
    return channel.is_register or (channel.quantity in _INSTANTS and channel.statistic in {"", "last"})
