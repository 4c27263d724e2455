"""Where and how a file's times stand, once they are found; or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairwatt.core.files.series import Stamps
from fairwatt.core.files.stamps import DAY, NOT_A_TIME

if TYPE_CHECKING:
    from fairwatt.core.files.restarts import Restarts

ReadRows = Callable[[Sequence[Sequence[str]]], Stamps]


@dataclass(frozen=True, slots=True)
class FileTimes:
    """Where and how a file's times stand.

    Attributes
    ----------
    columns, form, day_first
        As in a TimestampRule.
    is_order_open
        Whether day and month could also be the other way round.
    order_why
        Why the day is taken to stand first or second.
    has_zone
        Whether the stamps say their zone (offset, Z, epoch).
    segments
        Stamps [µs] by segment of the layout, "not a time" where a cell has none.
    series_column, series_parts
        The column that says whose reading a row is, or None; further ones that do so together with it.
    step
        The usual step [µs], or None.
    forms, rounding_s
        As in a TimestampRule.
    order_confidence
        How sure the order of day and month is, 0-1.
    codes
        By segment, whose row each is, as a number; None where there is no column that says so, and no times that
        begin anew.
    interval
        What another column says each interval's length to be [µs], or None.
    end_column
        The column that holds the intervals' ends, or None.
    has_hour_24
        Whether a day's end is written as its hour 24.
    read
        Reads the stamps of further rows; None where that can't be done row by row.
    is_dateless
        Whether the times are times of day without a date; the stamps count from 1970 then.
    may_be_year
        Whether the first number of the dates could be the year.
    is_mixed
        Whether day and month seem to have been exchanged where both are up to twelve; the stamps are mended then.
    restarts
        What runs of rows have in common whose times begin anew; None where there is one run.
    offsets
        How far the earliest and the latest cell say their clock to be ahead of UTC [µs]; the stamps are in UTC then.
    marks
        What the texts of the last column say of summer time, as ``clock_texts`` of a TimestampRule.
    """

    columns: tuple[int, ...]
    form: str
    day_first: bool | None
    is_order_open: bool
    order_why: str
    has_zone: bool
    segments: tuple[Stamps, ...]
    series_column: int | None
    step: int | None
    forms: tuple[str, ...] = ()
    rounding_s: float = 0.001
    order_confidence: float = 1.0
    codes: tuple[Stamps, ...] | None = None
    interval: int | None = None
    end_column: int | None = None
    has_hour_24: bool = False
    read: ReadRows | None = None
    is_dateless: bool = False
    may_be_year: bool = False
    is_mixed: bool = False
    series_parts: tuple[int, ...] = ()
    restarts: Restarts | None = None
    offsets: tuple[int, int] = (0, 0)
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def series_columns(self) -> tuple[int, ...]:
        """All columns that say whose reading a row is."""
        return () if self.series_column is None else (self.series_column, *self.series_parts)

    @property
    def takes_day_first(self) -> bool | None:
        """Whether dates are taken to begin with the day; None where a year of two digits is taken to stand there."""
        return None if self.may_be_year and self.form.startswith("%y") else self.day_first is not False

    @property
    def has_cycle(self) -> bool:
        """Whether some rows that follow each other span a day; or a year, where a step is a day or longer."""
        spans = [int(run.max() - run.min()) for run in self.runs() if len(run) > 1]
        step = self.step or 0
        return max(spans, default=0) + step >= (DAY if step < DAY else 365 * DAY) > step

    def runs(self) -> tuple[Stamps, ...]:
        """Stamps of rows that follow each other, each series by itself; without those that are no time."""
        found: list[Stamps] = []
        for at, stamps in enumerate(self.segments):
            there = stamps != NOT_A_TIME
            if self.codes is None:
                found.append(stamps[there])
            else:
                codes = self.codes[at]
                found += [stamps[there & (codes == code)] for code in np.unique(codes[there])]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class NoTimes:
    """Why a file has no times.

    Attributes
    ----------
    code
        ``no-times``, ``times-of-day-only``, ``times-without-order``, ``half-days-apart`` or another one.
    column
        The column that was looked at for them, or "".
    example
        A cell of a column that is named as a time and holds none.
    other
        Where the column holds times that say their zone, and others that do not, one of either: this one does not.
    """

    code: str
    column: str = ""
    example: str = ""
    other: str = ""
