"""Do a day's intervals count elapsed time or the clock's? The days on which clocks change tell.

A day has 46 half-hours in spring and 50 in autumn. Where 46 are filled and the last two blank, intervals count the time
that has passed since midnight; where the skipped hour is blank, the clock's time; where all 48 are filled, the table
knows no clock changes at all: it is in UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairwatt.core.files.local_time import ClockChange, clock_changes
from fairwatt.core.files.profile import How, Question
from fairwatt.core.files.zones import LONDON, ZoneGuess

Counts = Literal["elapsed", "clock"]
Verdict = Literal["elapsed", "clock", "utc", "once", ""]

_MICROS = 1_000_000
DAY = 86_400 * _MICROS
_DAY_S, _HOUR_S = 86_400, 3_600
_MOST_THERE = 0.8  # of a day's other intervals, for the day to tell anything
_USUALLY = 0.5
_UNSEEN = "No day on which clocks change shows it. In UTC both mean the same."


@dataclass(frozen=True, slots=True)
class DaySeen:
    """The intervals of one series' day that hold something.

    Attributes
    ----------
    midnight
        The day [µs since 1970 on the local clock].
    offsets_s
        Where they start after midnight [s], in file order; one that comes twice stands twice.
    zeros_s
        Those that hold zero.
    """

    midnight: int
    offsets_s: tuple[int, ...]
    zeros_s: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Counting:
    """How a file's intervals count, and which clock they follow.

    Attributes
    ----------
    counts
        As in a PeriodRule.
    zone
        The guessed zone, with its reason.
    is_zone_sure, are_counts_sure
        Whether nobody needs to be asked.
    counts_how
        As in a PeriodRule.
    lost_hours
        Autumn days that have no place for their 25th hour, although the zone's clock goes back on them.
    """

    counts: Counts
    zone: ZoneGuess
    is_zone_sure: bool
    are_counts_sure: bool
    lost_hours: int = 0
    counts_how: How = How.INFERRED


def changes_between(low: int, high: int) -> tuple[ClockChange, ...]:
    """British clock changes on the days from one midnight to another [µs]."""
    years = np.array([low, high], dtype="datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    changes = clock_changes(LONDON, int(years[0]), int(years[1]))
    return tuple(change for change in changes if low <= midnight_of(change) <= high)


def midnight_of(change: ClockChange) -> int:
    """The midnight of the day that a change makes shorter or longer [µs on the local clock]."""
    return (change.local_from if change.after > change.before else change.local_to - 1) // DAY * DAY


def find_counting(
    days: Sequence[DaySeen], step_s: int, *, usual: Counts, is_settlement: bool, has_long_day: bool, is_complete: bool
) -> Counting:
    """Find how intervals count by what their days hold.

    Parameters
    ----------
    days
        The sampled days, those of clock changes among them.
    usual
        How such intervals count where no day tells.
    is_settlement
        Whether they are called settlement periods.
    has_long_day
        Whether there are columns for a day of 25 hours.
    is_complete
        Whether all days of the file were seen.
    """
    if not days:
        return _unseen(usual, is_settlement=is_settlement, has_long_day=has_long_day, are_counts_sure=True)
    met = changes_between(min(day.midnight for day in days), max(day.midnight for day in days))
    verdicts = Counter[Verdict]()
    example: dict[Verdict, str] = {}
    zeros = _usual_zeros(days)
    by_day = {midnight_of(change): change for change in met}
    for day in days:
        if (change := by_day.get(day.midnight)) is not None and (verdict := _judge(day, change, step_s, zeros)):
            verdicts[verdict] += 1
            example.setdefault(verdict, str(np.datetime64(day.midnight, "us").astype("datetime64[D]")))
    if not verdicts:
        undecided = any(_is_split(day, by_day[day.midnight]) for day in days if day.midnight in by_day)
        sure = not undecided and (is_complete or not met)
        return _unseen(usual, is_settlement=is_settlement, has_long_day=has_long_day, are_counts_sure=sure)
    return _decide(verdicts, example, usual, is_settlement=is_settlement)


def _is_split(day: DaySeen, change: ClockChange) -> bool:
    """Whether a day has intervals after its clock change: which times they are depends on what they count."""
    return max(day.offsets_s, default=0) * _MICROS >= change.local_from - day.midnight


def _unseen(usual: Counts, *, is_settlement: bool, has_long_day: bool, are_counts_sure: bool) -> Counting:
    if is_settlement:
        zone = ZoneGuess(LONDON, "Settlement days run from midnight to midnight on British clocks, by definition.", 0.9)
        return Counting("elapsed", zone, is_zone_sure=True, are_counts_sure=True, counts_how=How.READ)
    if has_long_day:
        why = "There are columns for the day of 25 hours on which clocks go back, so the days are those of the clock."
        zone = ZoneGuess(LONDON, why, 0.85)
        return Counting("elapsed", zone, is_zone_sure=True, are_counts_sure=True, counts_how=How.READ)
    why = "Meters in Britain mostly keep clock time; no sampled day is one on which clocks change."
    how = How.ASSUMED if are_counts_sure else How.GUESSED
    return Counting(
        usual, ZoneGuess(LONDON, why, 0.5), is_zone_sure=False, are_counts_sure=are_counts_sure, counts_how=how
    )


def _decide(verdicts: Counter[Verdict], example: dict[Verdict, str], usual: Counts, *, is_settlement: bool) -> Counting:
    kinds = set(verdicts)
    if kinds <= {"elapsed", "once"} and "elapsed" in kinds:
        why = f"{_said(example['elapsed'])}, the day has as many intervals as time has passed on it."
        zone = ZoneGuess(LONDON, why, 0.95)
        return Counting("elapsed", zone, is_zone_sure=True, are_counts_sure=True, lost_hours=verdicts["once"])
    if kinds <= {"clock", "once"} and "clock" in kinds:
        seen = "that hour is not there" if _is_spring(example["clock"]) else "that hour is there twice"
        why = f"{_said(example['clock'])}, {seen}."
        zone = ZoneGuess(LONDON, why, 0.95)
        return Counting("clock", zone, is_zone_sure=True, are_counts_sure=True, lost_hours=verdicts["once"])
    if kinds <= {"utc", "once"} and "utc" in kinds and not is_settlement:
        why = f"{example['utc']}, when British clocks skip an hour, has all its intervals."
        zone = ZoneGuess("UTC", why, 0.9, is_seen=True)
        return Counting(usual, zone, is_zone_sure=True, are_counts_sure=True, counts_how=How.ASSUMED)
    if kinds == {"once"}:
        why = f"{example['once']}, when British clocks repeat an hour, has no more intervals than other days."
        zone = ZoneGuess("UTC", why, 0.6, is_seen=True)
        return Counting(usual, zone, is_zone_sure=False, are_counts_sure=False, counts_how=How.GUESSED)
    why = "The days on which clocks change contradict each other."
    if is_settlement:
        why = "Settlement days follow British clocks, but the days on which clocks change do not look like it here."
    local = verdicts["elapsed"] + verdicts["clock"] >= verdicts["utc"]
    counts: Counts = "clock" if verdicts["clock"] > verdicts["elapsed"] else "elapsed"
    zone = ZoneGuess(LONDON if local else "UTC", why, 0.5, is_seen=True)
    return Counting(counts, zone, is_zone_sure=False, are_counts_sure=False, counts_how=How.GUESSED)


def _is_spring(day: str) -> bool:
    return day[5:7] < "07"


def _said(day: str) -> str:
    """A day on which British clocks change, in words."""
    return f"On {day}, when British clocks {'skip' if _is_spring(day) else 'repeat'} an hour"


def _usual_zeros(days: Iterable[DaySeen]) -> frozenset[int]:
    """The intervals that hold zero on most days: nothing can be told by a zero there."""
    filled, zero = Counter[int](), Counter[int]()
    for day in days:
        filled.update(set(day.offsets_s))
        zero.update(day.zeros_s)
    return frozenset(offset for offset, count in zero.items() if count > _USUALLY * filled[offset])


def _judge(day: DaySeen, change: ClockChange, step_s: int, usual_zeros: frozenset[int]) -> Verdict:
    odd = set(range((change.local_from - day.midnight) // _MICROS, (change.local_to - day.midnight) // _MICROS, step_s))
    tail = set(range(_DAY_S - _HOUR_S, _DAY_S, step_s))
    others = set(range(0, _DAY_S, step_s)) - odd - tail
    there = set(day.offsets_s)
    if not odd or len(there & others) < _MOST_THERE * len(others):
        return ""
    if change.after < change.before:
        return _judge_autumn(day, odd, tail | others | odd, step_s, usual_zeros)
    return _judge_spring(day, odd, tail, usual_zeros)


def _judge_spring(day: DaySeen, odd: set[int], tail: set[int], usual_zeros: frozenset[int]) -> Verdict:
    there = set(day.offsets_s)
    if odd & there and tail & there:
        if odd & there <= day.zeros_s:  # as padding, where other days have more than zeros
            return "" if odd & usual_zeros else "clock"
        if tail & there <= day.zeros_s:
            return "" if tail & usual_zeros else "elapsed"
        return "utc" if odd | tail <= there else ""
    if tail & there:
        return "clock"
    return "elapsed" if odd <= there else ""


def _judge_autumn(day: DaySeen, odd: set[int], all_day: set[int], step_s: int, usual_zeros: frozenset[int]) -> Verdict:
    extra = set(range(_DAY_S, _DAY_S + _HOUR_S, step_s))
    there = Counter(day.offsets_s)
    if extra & set(there):
        is_padding = extra & set(there) <= day.zeros_s and bool(extra & usual_zeros)
        return "" if is_padding else "elapsed"
    twice = {offset for offset, count in there.items() if count > 1}
    if twice:
        return "clock" if twice <= odd else ""
    return "once" if odd <= set(there) and len(there) >= _MOST_THERE * len(all_day) else ""


def ask_counts(guess: Counts, why: str = _UNSEEN) -> Question:
    """Ask whether intervals count elapsed time or the clock's."""
    return Question(
        id="counts",
        text="On the two days a year when clocks change, what do the intervals of a day count?",
        guess=guess,
        why=why,
        confidence=0.6,
        choices=(
            ("elapsed", "The time since midnight: 46 or 50 half-hours on those days"),
            ("clock", "The time on the clock: an hour is left out in spring, and comes twice in autumn"),
        ),
    )
