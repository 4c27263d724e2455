"""Columns that may be a file's times, and whether they are: whether the rows follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.day_order import DayOrder
from fairwatt.core.files.file_times import FileTimes, ReadRows
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import time_rank
from fairwatt.core.files.regularity import calendar_months, usual_step
from fairwatt.core.files.series import Stamps, codes_of, find_series, split_rows, step_in_order, steps_of
from fairwatt.core.files.spans import whole_length
from fairwatt.core.files.stamp_columns import LEAP_SECOND, StampColumn, read_cells
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME

ORDERED = 0.9  # share of rows whose time is not before the row above's
FEW_ROWS = 3
FALLS_BACK = 3_600 * MICROS  # no more than clocks go back by in autumn: a day has not passed
_FEW = 0.05
_MOVING = 0.5  # share of rows whose time differs from the row above's
_MONTHS_A_YEAR = 12
_LONGEST_SPAN = 366 * DAY


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column, or a date with a time of day beside it, that may be the file's times: the lowest rank first."""

    columns: tuple[int, ...]
    forms: tuple[str, ...]
    stamps: Stamps
    order: DayOrder
    has_zone: bool
    rank: tuple[int, int]
    read: ReadRows
    rounding_s: float = 0.001
    has_hour_24: bool = False
    otherwise: Candidate | None = None  # the dates alone, where a time of day beside them may be another thing
    ends: Stamps | None = None  # of the intervals, where the cells hold those too
    offsets: Stamps | None = None  # of the cells' clock from UTC, where they say it


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows' times from one column of text, or from a date and a time of day."""

    columns: tuple[int, ...]
    found: tuple[StampColumn, ...]
    day_first: bool | None

    def read(self, rows: Sequence[Sequence[str]]) -> Stamps:
        """The rows' stamps, "not a time" where one has none."""
        dates, *clocks = (
            read_cells([row[c] for row in rows], one.prefix, day_first=self.day_first, read=one.read_cell)
            for c, one in zip(self.columns, self.found, strict=True)
        )
        if not clocks:
            return dates
        return add_clocks(np.where(dates == NOT_A_TIME, NOT_A_TIME, dates // DAY * DAY), clocks[0])


def add_clocks(dates: Stamps, clocks: Stamps) -> Stamps:
    """Dates and times of day together; not a time where either is none."""
    missing = (dates == NOT_A_TIME) | (clocks == NOT_A_TIME)
    return np.where(missing, NOT_A_TIME, dates + np.where(missing, 0, clocks))


def accept(layout: Layout, names: Sequence[str], candidate: Candidate) -> FileTimes | None:
    """The candidate as the file's times, where its rows follow time; with the series column if one is needed."""
    repeated = _repeated_rows(layout)
    times = _accept_one(layout, names, candidate, repeated)
    if candidate.otherwise is None or (times is not None and times.step is not None):
        return times
    dates = _accept_one(layout, names, candidate.otherwise, repeated)
    if dates is not None and set(candidate.columns) & set(dates.series_columns):  # a time of day is no meter's name
        return times
    return dates if dates is not None and (times is None or dates.step is not None) else times


def _accept_one(
    layout: Layout, names: Sequence[str], candidate: Candidate, repeated: NDArray[np.bool_]
) -> FileTimes | None:
    there = candidate.stamps != NOT_A_TIME
    if (there | _leap_seconds(layout, candidate, there)).mean() < ORDERED:
        return None
    segments = split_rows(layout, candidate.stamps)
    judged = split_rows(layout, np.where(repeated, NOT_A_TIME, candidate.stamps))
    series = find_series(layout, names, candidate.columns, judged)
    codes = split_rows(layout, codes_of(layout, *series)) if series else None
    steps = steps_of(judged, codes)
    if not _follows_time(judged, codes, steps) and not (len(steps) < FEW_ROWS and _is_alone(candidate, names)):
        return None
    step = usual_step(np.abs(steps))
    step = step if step is not None else step_in_order(judged, codes)
    interval = None if candidate.ends is None else _length(candidate.ends, candidate.stamps, step)
    if candidate.ends is not None and interval is None:
        return None
    if candidate.forms[0] == "%Y" and calendar_months(np.unique(candidate.stamps[there])) != _MONTHS_A_YEAR:
        return None
    return FileTimes(
        columns=candidate.columns,
        form=candidate.forms[0],
        day_first=candidate.order.day_first,
        is_order_open=candidate.order.is_open,
        order_why=candidate.order.why,
        has_zone=candidate.has_zone,
        segments=segments,
        series_column=series[0] if series else None,
        series_parts=series[1:],
        step=step,
        forms=candidate.forms[1:],
        rounding_s=candidate.rounding_s,
        order_confidence=candidate.order.confidence,
        codes=codes,
        interval=interval or None,
        end_column=None if candidate.ends is None else candidate.columns[-1],
        has_hour_24=candidate.has_hour_24,
        read=candidate.read,
        may_be_year=candidate.order.may_be_year,
        is_mixed=candidate.order.is_mixed,
        offsets=_offsets_at_edges(candidate),
    )


def _leap_seconds(layout: Layout, candidate: Candidate, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows without a time have a leap second's, which is none on this clock."""
    found = np.zeros(len(there), dtype=np.bool_)
    if not there.all():
        cells = layout.cells(candidate.columns[-1])
        for at in np.flatnonzero(~there).tolist():
            found[at] = LEAP_SECOND.search(cells[at]) is not None
    return found


def _offsets_at_edges(candidate: Candidate) -> tuple[int, int]:
    """The offsets of the earliest and of the latest time."""
    there = np.flatnonzero(candidate.stamps != NOT_A_TIME)
    if candidate.offsets is None or not len(there):
        return 0, 0
    stamps = candidate.stamps[there]
    first, last = candidate.offsets[there[[np.argmin(stamps), np.argmax(stamps)]]].tolist()
    return first, last


def _length(ends: Stamps, stamps: Stamps, step: int | None) -> int | None:
    """The usual length of intervals [µs], 0 where there is none; None where ends stand before their starts."""
    there = (ends != NOT_A_TIME) & (stamps != NOT_A_TIME)
    lengths = (ends - stamps)[there]
    # In autumn the last interval before clocks go back ends half an hour before it starts, as clocks show it.
    if not len(lengths) or ((lengths <= -FALLS_BACK) | (lengths > _LONGEST_SPAN)).any() or (lengths <= 0).mean() > _FEW:
        return None
    usual = usual_step(lengths)
    return whole_length(usual, step) if usual else 0


def _repeated_rows(layout: Layout) -> NDArray[np.bool_]:
    """Which sampled rows are the same as the row above, cell by cell."""
    found = [
        at > 0 and row == segment[at - 1] and any(cell.strip() for cell in row)
        for segment in layout.segments
        for at, row in enumerate(segment)
    ]
    return np.array(found, dtype=np.bool_)


def _is_alone(candidate: Candidate, names: Sequence[str]) -> bool:
    """Whether a column of few rows is the times by its name or its place."""
    return candidate.columns[0] == 0 or time_rank(names[candidate.columns[0]]) > 0


def _follows_time(segments: Sequence[Stamps], codes: Sequence[Stamps] | None, steps: Stamps) -> bool:
    if len(steps) < FEW_ROWS:
        return False
    forward, back = float((steps >= 0).mean()), float((steps <= 0).mean())
    if max(forward, back) >= ORDERED and float((steps != 0).mean()) >= _MOVING:
        return True
    return step_in_order(segments, codes) is not None
