"""Whether it has to be asked if times mark starts: where values are of intervals, and nothing in a file tells."""

from __future__ import annotations

import numpy as np

from fairwatt.core.files.asking import StampGuess, ask_stamp
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.local_time import clock_changes
from fairwatt.core.files.profile import ChannelRule, How, ImportProfile, Question
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME
from fairwatt.core.files.zones import LONDON, Stamps

USUAL = "Times mark the start of their interval unless something says otherwise"
_SHORTEST, _LONGEST = 60 * MICROS, 3_600 * MICROS  # of intervals that are stamped at their ends
_SHORTEST_MEAN = 300 * MICROS
_FEWEST = 12  # rows below which a file's first and last time show nothing
_HOUR = DAY // 24


def ask_unsaid_start(
    profile: ImportProfile, questions: tuple[Question, ...], times: FileTimes
) -> tuple[ImportProfile, tuple[Question, ...]]:
    """The profile and questions with one more, where sums or means of intervals begin and end within a day.

    A file that begins at midnight, or ends a step before one, shows that its times mark starts; instants have none.

    Parameters
    ----------
    profile, questions
        As found so far.
    times
        The times of the table's rows.
    """
    step, rule = times.step, profile.timestamp
    if rule.stamp_how is not How.ASSUMED or rule.periods is not None or rule.is_dateless or step is None:
        return profile, questions
    if not _SHORTEST <= step <= _LONGEST or not any(_is_of_interval(c, step) for c in profile.channels):
        return profile, questions
    runs = [run[run != NOT_A_TIME] for run in times.runs()]
    stamps = np.concatenate([run for run in runs if len(run)] or [np.zeros(0, np.int64)])
    if len(stamps) < _FEWEST or float((stamps % step == 0).mean()) < 0.9 or _shows_starts(stamps, step):
        return profile, questions
    why = f"{USUAL}. This file begins and ends within a day, so that it doesn't show which."
    rule = rule.model_copy(update={"stamp_how": How.GUESSED, "stamp_why": ""})
    asked = ask_stamp(StampGuess("start", why, 0.7))
    return profile.model_copy(update={"timestamp": rule}), (*questions, asked)


def _is_of_interval(channel: ChannelRule, step: int) -> bool:
    if channel.is_register:
        return False
    return channel.statistic == "sum" or (channel.statistic == "mean" and step >= _SHORTEST_MEAN)


def _shows_starts(stamps: Stamps, step: int) -> bool:
    """Whether the first time is a midnight's, or the last a step before one, by the file's clock or the British one."""
    first, after = int(stamps.min()), int(stamps.max()) + step
    return any(at % DAY == 0 or ((at + _HOUR) % DAY == 0 and _is_summer(at)) for at in (first, after))


def _is_summer(stamp: int) -> bool:
    """Whether British clocks show summer time at an instant [µs, UTC]."""
    year = int(np.datetime64(stamp, "us").astype("datetime64[Y]").astype(int)) + 1970
    before = [change for change in clock_changes(LONDON, year - 1, year) if change.at <= stamp]
    return bool(before) and max(before, key=lambda change: change.at).after > 0
