"""Several meters one below the other, and not a word on whose rows these are: their times begin anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.local_time import clock_changes
from fairwatt.core.files.profile import ImportProfile, Question
from fairwatt.core.files.series import Stamps
from fairwatt.core.files.stamps import MICROS, NOT_A_TIME
from fairwatt.core.files.zones import LONDON

METERS = "meters"  # the question's id
SEVERAL, ONE = "several", "one"
_FALLS_BACK = 3_600 * MICROS  # no more than clocks go back by in autumn
_FEWEST = 3  # rows of a run, and rows that say otherwise than others of the same time
_MOSTLY = 0.5


@dataclass(slots=True)
class RunFinder:
    """Finds where the times of a file's rows begin anew, in one pass.

    Times begin anew where they go back further than clocks do in autumn, or to where the run began.

    Attributes
    ----------
    is_backwards
        Whether the rows stand from the newest to the oldest.
    begins
        The first rows of the runs, the first run's 0 included.
    """

    is_backwards: bool = False
    begins: list[int] = field(default_factory=lambda: [0])
    _first: int | None = None
    _last: int | None = None

    def update(self, stamps: Stamps, row: int = 0) -> None:
        """Go on with some following rows: their stamps [µs], and the number of the first one."""
        there = np.flatnonzero(stamps != NOT_A_TIME)
        if not len(there):
            return
        along = -stamps[there] if self.is_backwards else stamps[there]
        self._first = int(along[0]) if self._first is None else self._first
        back = np.concatenate([[along[0] if self._last is None else self._last], along[:-1]]) - along
        for at in np.flatnonzero(back > 0).tolist():
            if back[at] > _FALLS_BACK or (along[at] <= self._first and not _is_autumn(int(stamps[there[at]]))):
                self.begins.append(row + int(there[at]))
                self._first = int(along[at])
        self._last = int(along[-1])


def runs_backwards(segments: Sequence[Stamps]) -> bool:
    """Whether rows stand from the newest to the oldest."""
    steps = [np.sign(np.diff(stamps[stamps != NOT_A_TIME])).sum() for stamps in segments]
    return int(sum(steps)) < 0


def _is_autumn(stamp: int) -> bool:
    """Whether British clocks go back about then."""
    year = int(np.datetime64(stamp, "us").astype("datetime64[Y]").astype(int)) + 1970
    changes = clock_changes(LONDON, year, year)
    return any(change.after < change.before and abs(change.at - stamp) <= 2 * _FALLS_BACK for change in changes)


def part_runs(layout: Layout, times: FileTimes, *, beside: int | None = None, is_gathered: bool = False) -> FileTimes:
    """The times with the number of each row's run, where rows without a meter's name say several things of one time.

    Parameters
    ----------
    layout
        The sampled rows.
    times
        Their times; returned as they are where a column tells meters apart, or times don't begin anew.
    beside
        The column of an interval's number, where the times are days.
    is_gathered
        Whether the rows were brought together from rows of one value: other channels may begin anew by themselves.
    """
    rows = [row for segment in layout.segments for row in segment]
    if times.codes is not None or times.is_dateless or sum(map(len, times.segments)) != len(rows):
        return times
    stamps = np.concatenate(times.segments) if times.segments else np.zeros(0, np.int64)
    finder = RunFinder(runs_backwards(times.segments))
    finder.update(stamps)
    if len(finder.begins) < 2 or len(finder.begins) * _FEWEST > len(rows):
        return times
    taken = {*times.columns, times.end_column}
    cells = [tuple(cell for c, cell in enumerate(row) if c not in taken) for row in rows]
    places = [row[beside] if beside is not None else "" for row in rows]
    found = compare_runs(list(zip(stamps.tolist(), places, strict=True)), cells, finder.begins)
    if not found.is_open or (is_gathered and found.conflicts < _FEWEST):
        return times
    codes = np.searchsorted(finder.begins, np.arange(len(rows)), side="right") - 1
    ends = np.cumsum([len(segment) for segment in times.segments])[:-1]
    return replace(times, codes=tuple(np.split(codes, ends)), restarts=found)


@dataclass(frozen=True, slots=True)
class Restarts:
    """What sampled runs of rows have in common.

    Attributes
    ----------
    runs
        How many there are.
    common, conflicts
        Rows at the time of a row of an earlier run, and those of them that say something else.
    within
        The largest share of a later run's rows that lie within the time of earlier ones.
    """

    runs: int
    common: int
    conflicts: int
    within: float

    @property
    def is_open(self) -> bool:
        """Whether the runs may be of several meters."""
        return self.conflicts >= _FEWEST or (self.common < _FEWEST and self.within >= _MOSTLY)

    @property
    def are_several(self) -> bool:
        """Whether that is likelier than that they are of one."""
        return self.conflicts >= _MOSTLY * self.common


def compare_runs(keys: Sequence[tuple[int, str]], cells: Sequence[tuple[str, ...]], begins: Sequence[int]) -> Restarts:
    """Hold each run against those before it, in one pass.

    Parameters
    ----------
    keys
        Of each row, its time [µs] and its interval's number.
    cells
        What each row says beside that.
    begins
        The runs' first rows.
    """
    seen: dict[tuple[int, str], tuple[str, ...]] = {}
    common = conflicts = low = high = 0  # the earliest and the latest time seen, once there is one
    within = 0.0
    for begin, end in zip(begins, [*begins[1:], len(cells)], strict=True):
        own = [(keys[n], cells[n]) for n in range(begin, end) if keys[n][0] != NOT_A_TIME]
        if seen and len(own) >= _FEWEST:
            within = max(within, sum(low <= key[0] <= high for key, _ in own) / len(own))
            common += sum(key in seen for key, _ in own)
            conflicts += sum(key in seen and _differ(seen[key], row) for key, row in own)
        stamps = [key[0] for key, _ in own]
        if stamps:
            low, high = min(low, *stamps) if seen else min(stamps), max(high, *stamps) if seen else max(stamps)
        for key, row in own:
            seen.setdefault(key, row)
    return Restarts(len(begins), common, conflicts, within)


def _differ(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two rows say different things of anything that both say something of."""
    return any(a.strip() and b.strip() and a != b for a, b in zip(one, other, strict=True))


def ask_meters(profile: ImportProfile, times: FileTimes) -> tuple[ImportProfile, tuple[Question, ...]]:
    """The profile, and the question whether times that begin anew are those of another meter.

    Parameters
    ----------
    profile
        As found so far; with the guess in it afterwards.
    times
        As :func:`part_runs` gives them.
    """
    if times.restarts is None:
        return profile, ()
    question = question_of(times.restarts)
    return profile.model_copy(update={"series_runs": question.guess == SEVERAL}), (question,)


def question_of(found: Restarts) -> Question:
    """The question whether times that begin anew are those of another meter."""
    again = "once" if found.runs == 2 else f"{found.runs - 1:,} times"  # two runs
    return Question(
        id=METERS,
        text="The file's times begin anew. Do several meters stand in it, one below the other?",
        guess=SEVERAL if found.are_several else ONE,
        why=" ".join(_reasons(found, again)),
        confidence=0.75 if found.conflicts and found.are_several else 0.6,
        choices=(
            (SEVERAL, "Several meters: from each beginning on, another one (they are called 1, 2, 3 …)"),
            (ONE, "One meter: what it says again of a time is a repetition or a correction"),
        ),
        is_shown=True,
    )


def _reasons(found: Restarts, again: str) -> Iterator[str]:
    yield f"Among the rows looked at times begin anew {again}, and no column says whose rows these are."
    if found.common:
        yield f"{found.conflicts:,} of {found.common:,} rows say something else than an earlier row of their time."
