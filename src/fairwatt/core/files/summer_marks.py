"""A column beside naive times that says of each row whether it is of summer time: BST and GMT, Y and N, 60 and 0.

Where rows are sorted by their clock, only such a column tells the two passes of the hour that clocks repeat in autumn
apart: 01:00, 01:00, 01:30, 01:30.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.around_changes import rows_around
from fairwatt.core.files.file_times import FileTimes, ReadRows
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.local_time import ClockChange, clock_changes
from fairwatt.core.files.series import Stamps, split_rows
from fairwatt.core.files.stamps import MICROS, NOT_A_TIME
from fairwatt.core.files.zones import LONDON, PARIS

_HOUR = 3_600 * MICROS
_SLOWEST = _HOUR  # steps longer than this have no two rows in the repeated hour
_FEWEST = 2  # rows in the repeated hour: one of each pass
_WINTERS = {LONDON: 0, PARIS: 1}  # hours ahead of UTC
_KINDS = 2  # of marks: summer, winter


@dataclass(frozen=True, slots=True)
class SummerMarks:
    """The column, its text in summer and in winter, and the zone whose clock changes they follow."""

    column: int
    summer: str
    winter: str
    zone: str

    @property
    def offsets(self) -> tuple[tuple[str, str], ...]:
        """The offset from UTC that each text stands for, as a profile has it."""
        hours = _WINTERS[self.zone]
        return ((self.summer, f"+{hours + 1:02}:00"), (self.winter, f"+{hours:02}:00"))

    def ahead(self, cells: Sequence[str]) -> Stamps:
        """How far the clock of rows is ahead of UTC [µs]; "not a time" where the column has another text."""
        known = {text: int(offset[1:3]) * _HOUR for text, offset in self.offsets}
        return np.array([known.get(cell.strip(), NOT_A_TIME) for cell in cells], dtype=np.int64)


def read_by_marks(layout: Layout, times: FileTimes) -> FileTimes:
    """Times read by the marks beside them, where these stand in the repeated hour; else as they are.

    The marks have to be two texts that go with British (or Central European) summer and winter in every sampled row,
    and tell apart rows of the repeated hour.
    """
    marks = _find(layout, times)
    if marks is None:
        return times
    if times.series_columns == (marks.column,):
        times = replace(times, series_column=None, codes=None)
    return replace(
        times,
        columns=(*times.columns, marks.column),
        form=f"{times.form} %z",
        forms=tuple(f"{form} %z" for form in times.forms),
        has_zone=True,
        segments=split_rows(layout, _in_utc(np.concatenate(times.segments), marks.ahead(layout.cells(marks.column)))),
        read=_reader(times, marks),
        marks=marks.offsets,
    )


def _reader(times: FileTimes, marks: SummerMarks) -> ReadRows | None:
    if (read := times.read) is None:
        return None
    return lambda rows: _in_utc(read(rows), marks.ahead([row[marks.column] for row in rows]))


def _in_utc(stamps: Stamps, ahead: Stamps) -> Stamps:
    missing = (stamps == NOT_A_TIME) | (ahead == NOT_A_TIME)
    return np.where(missing, NOT_A_TIME, stamps - np.where(missing, 0, ahead))


def _find(layout: Layout, times: FileTimes) -> SummerMarks | None:
    is_plain = not times.has_zone and not times.is_dateless and "%" in times.form and times.restarts is None
    if not is_plain or times.step is None or times.step > _SLOWEST:
        return None
    stamps = np.concatenate(times.segments)
    there = stamps[stamps != NOT_A_TIME]
    if not len(there):
        return None
    years = np.array([there.min(), there.max()]).astype("datetime64[us]").astype("datetime64[Y]").astype(int) + 1970
    others = (c for c in range(layout.columns) if c not in times.columns)
    columns = [c for c in others if len({cell.strip() for cell in layout.cells(c)}) <= _KINDS]
    for zone in _WINTERS if columns else ():
        changes = clock_changes(zone, int(years[0]), int(years[1]))
        met = [one for one in changes if there.min() < one.local_from and one.local_to <= there.max()]
        around = list(rows_around(layout, times, met))
        for column in columns:
            at = np.concatenate([stamps, *(found for found, _ in around)])
            texts = [*layout.cells(column), *(row[column] for _, rows in around for row in rows)]
            marks = np.array([text.strip() for text in texts])
            if (found := _judged(at[at != NOT_A_TIME], marks[at != NOT_A_TIME], changes)) is not None:
                return SummerMarks(column, *found, zone)
    return None


def _judged(at: Stamps, marks: NDArray[np.str_], changes: Sequence[ClockChange]) -> tuple[str, str] | None:
    """The marks of summer and of winter, where all rows at hand go with the changes of a zone and need them."""
    summer, odd = _summer(at, changes)
    kinds = np.unique(marks)
    if len(kinds) != _KINDS or "" in kinds or not (summer & ~odd).any():
        return None
    mark = marks[summer & ~odd][0]
    if ((marks == mark) != summer)[~odd].any():
        return None
    twice = any(_both_passes(at, marks, one) for one in changes if one.after < one.before)
    return (str(mark), str(kinds[kinds != mark][0])) if twice else None


def _both_passes(at: Stamps, marks: NDArray[np.str_], change: ClockChange) -> bool:
    """Whether a time of the repeated hour stands there with either mark."""
    within = (at >= change.local_from) & (at < change.local_to)
    pairs = set(zip(at[within].tolist(), marks[within].tolist(), strict=True))
    return len(pairs) >= _FEWEST and len(pairs) > len({stamp for stamp, _ in pairs})


def _summer(at: Stamps, changes: Sequence[ClockChange]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which local times are of summer, and which may be of either as clocks repeat them."""
    summer, odd = np.zeros(len(at), dtype=np.bool_), np.zeros(len(at), dtype=np.bool_)
    for change in changes:  # in order of time: spring, autumn, spring…
        if change.after > change.before:
            summer[at >= change.local_to] = True
        else:
            odd |= (at >= change.local_from) & (at < change.local_to)
            summer[at >= change.local_to] = False
    return summer, odd
