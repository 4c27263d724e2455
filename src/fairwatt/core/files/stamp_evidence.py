"""What a file's first and last time speak for: that its times mark the starts of their intervals, or the ends.

Days of intervals that are stamped by their starts begin at midnight and end a step before one; by their ends, they
begin a step after midnight and end at one. None of that is proof, however many days there are: a piece of a longer file
may be cut anywhere, and whoever cuts it by its dates leaves 00:00 to 23:30 of either kind. A year of a London home's
half-hours that is published so was cut out of a longer file which begins at 00:30 and ends at midnight.
So it stays a guess; for values of intervals it is asked (:mod:`fairwatt.core.files.unsaid_starts`).
"""

from __future__ import annotations

import numpy as np

from fairwatt.core.files.asking import StampGuess
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.local_time import clock_changes
from fairwatt.core.files.profile import How
from fairwatt.core.files.stamps import DAY, MICROS
from fairwatt.core.files.zones import LONDON
from fairwatt.core.periods import say_duration

USUAL = "Times mark the start of their interval unless something says otherwise"
_SHORTEST, _LONGEST = 60 * MICROS, DAY // 2  # of intervals whose days have a first and a last
_HOUR = DAY // 24
# How sure what is found makes. A cut by dates looks like starts and hardly ever like ends.
_WHOLE_ENDS, _DAY_OF_ENDS, _WHOLE, _ONE_DAY, _ONE_EDGE, _NOTHING, _WEAK = 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55


def say_hour_24(times: FileTimes) -> StampGuess | None:
    """An end, where the end of a day is written as its hour 24; None where it is not."""
    edges = _edges(times)
    if not times.has_hour_24 or edges is None:
        return None
    first, last, _ = edges
    if first % DAY == 0 and last % DAY:
        return StampGuess("end", "A day's end is written as 24:00, but the first time is midnight.", 0.6)
    return StampGuess("end", "The ends of days are written as 24:00.", 0.9)


def weigh_edges(times: FileTimes) -> StampGuess:
    """What the first and the last time speak for, and how surely; a start where they say nothing."""
    edges = _edges(times)
    if edges is None:
        return StampGuess("start", f"{USUAL}.", _NOTHING, How.ASSUMED)
    first, last, step = edges
    begins, begins_late = _is_midnight(times, first), _is_midnight(times, first - step)
    ends, ends_early = _is_midnight(times, last), _is_midnight(times, last + step)
    length = say_duration(step / MICROS)
    has_days = last + step - first >= 2 * DAY
    if begins and ends_early:
        why = f"The first time is midnight, and the last is {length} before it, as of intervals named by their starts. "
        why += "Days cut out of a longer file of ends look so too."
        return StampGuess("start", why, _WHOLE if has_days else _ONE_DAY)
    if begins_late and ends:
        why = f"The first time is {length} after midnight and the last is midnight."
        return StampGuess("end", why, _WHOLE_ENDS if has_days else _DAY_OF_ENDS)
    if begins or ends_early:
        which = "first time is midnight" if begins else f"last time is {length} before midnight"
        why = f"The {which}; that shows little, as a file may be cut anywhere."
        return StampGuess("start", why, _WEAK if ends or begins_late else _ONE_EDGE, How.ASSUMED)
    if begins_late or ends:
        which = f"first time is {length} after midnight" if begins_late else "last time is midnight"
        return StampGuess("end", f"The {which}.", _WEAK, How.ASSUMED)
    why = f"{USUAL}. This file begins and ends within a day, so that it doesn't show which."
    return StampGuess("start", why, _NOTHING, How.ASSUMED)


def _edges(times: FileTimes) -> tuple[int, int, int] | None:
    """The first time, the last, and the step [µs]; None where there is no step of parts of a day."""
    found = [run for run in times.runs() if len(run)]
    if times.step is None or not _SHORTEST <= times.step <= _LONGEST or not found:
        return None
    stamps = np.concatenate(found)
    return int(stamps.min()), int(stamps.max()), times.step


def _is_midnight(times: FileTimes, stamp: int) -> bool:
    """Whether a time is a midnight by the clock that the file writes; of one in UTC, by the British clock too."""
    if not times.has_zone or any(times.offsets):
        return any((stamp + offset) % DAY == 0 for offset in times.offsets)
    return stamp % DAY == 0 or ((stamp + _HOUR) % DAY == 0 and _is_summer(stamp))


def _is_summer(stamp: int) -> bool:
    """Whether British clocks show summer time at an instant [µs, UTC]."""
    year = int(np.datetime64(stamp, "us").astype("datetime64[Y]").astype(int)) + 1970
    before = [change for change in clock_changes(LONDON, year - 1, year) if change.at <= stamp]
    return bool(before) and max(before, key=lambda change: change.at).after > 0
