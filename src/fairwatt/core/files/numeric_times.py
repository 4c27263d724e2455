"""Times that are written as numbers: since 1970 in seconds or finer, and a spreadsheet's serial days."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import read_name, time_rank, words_of
from fairwatt.core.files.privacy import kind_of_points
from fairwatt.core.files.regularity import usual_step
from fairwatt.core.files.stamps import DAY, MICROS, NOT_A_TIME, read_moment

Stamps = NDArray[np.int64]

EPOCH_MICROS: dict[str, float] = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1, "epoch_ns": 0.001}
SERIAL_ORIGINS: dict[str, float] = {  # days from 1970
    "excel_serial": -25_569, "excel_serial_1904": -24_107, "matlab_datenum": -719_529, "julian_day": -2_440_587.5,
    "modified_julian_day": -40_587,
}  # fmt: skip
SERIAL_ENDS: dict[str, tuple[int, int]] = {  # outside, a number is no time
    "excel_serial": (0, 150_000), "excel_serial_1904": (0, 150_000), "matlab_datenum": (693_960, 843_960),
    "julian_day": (2_415_019, 2_565_019), "modified_julian_day": (15_018, 165_018),
}  # fmt: skip
_NAMED_DAYS = {  # counts of days that only a name tells from other numbers
    "matlab_datenum": re.compile(r"\b(datenum|date num|matlab)\b"),
    "julian_day": re.compile(r"\b(?<!modified )julian|^jd( utc)?$"),
    "modified_julian_day": re.compile(r"\bmjd\b|\bmodified julian\b"),
}
_UNNAMED_DAYS = ("matlab_datenum", "julian_day")  # so large that hardly anything else under a time's name is like them
_YEARS = (6.3e8, 4.1e9)  # s: 1990 to 2100
_SERIALS = (32_874.0, 73_050.0)  # the same years
_ORDERED, _MOVING, _REGULAR = 0.9, 0.5, 0.95
_FEW_ROWS = 3
_SHORTEST = 5  # digits of a serial day
_LONGEST = 32
_ROUNDINGS = (0.001, 1.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0)
_DAY_S = 86_400.0
_DOTNET = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")  # the offset is how it was shown, the number is of UTC
_FINE_DECIMALS = 8  # of a day: below a millisecond


@dataclass(frozen=True, slots=True)
class NumberTimes:
    """Columns that hold times as numbers.

    Attributes
    ----------
    columns, form, rounding_s
        As in a TimestampRule; two columns are added up, days and parts of a day.
    stamps
        Of all sampled rows [µs]: UTC for counts since 1970, the local clock for serial days.
    """

    columns: tuple[int, ...]
    form: str
    rounding_s: float
    stamps: Stamps

    @property
    def has_zone(self) -> bool:
        """Whether the numbers count from an instant."""
        return self.form in EPOCH_MICROS

    def read(self, rows: Sequence[Sequence[str]]) -> Stamps:
        """The stamps [µs] of further rows."""
        cells = [[row[c] for row in rows] for c in self.columns]
        return to_stamps([numbers_of(part) for part in cells], self.form, self.rounding_s)


def numbers_of(cells: Sequence[str]) -> NDArray[np.float64]:
    """The cells' numbers, nan where one has none; a decimal comma is a point."""
    return np.array([_number(cell) for cell in cells], dtype=np.float64)


def _number(cell: str) -> float:
    bare = cell.strip().replace(",", ".", 1)
    if bare.startswith("/") and (match := _DOTNET.fullmatch(bare)):
        bare = match[1]
    if not bare or len(bare) > _LONGEST or not bare.isascii() or not bare[0].isdigit() or "_" in bare:
        return np.nan
    try:
        value = float(bare)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def to_stamps(parts: Sequence[NDArray[np.float64]], form: str, rounding_s: float) -> Stamps:
    """Numbers as stamps [µs]; "not a time" where there is none."""
    values = np.sum(parts, axis=0)
    there = np.isfinite(values) & (values < 1e19) & (values > 0)  # beyond, no time
    stamps = np.full(len(values), NOT_A_TIME, dtype=np.int64)
    if form in EPOCH_MICROS:
        micros = values[there] * EPOCH_MICROS[form]
        fine = np.abs(micros) < 8e15  # the year 2223
        stamps[there] = np.where(fine, np.rint(np.where(fine, micros, 0)), NOT_A_TIME).astype(np.int64)
        return stamps
    grid = round(rounding_s * MICROS)
    low, high = SERIAL_ENDS[form]
    fine = (values[there] > low) & (values[there] < high)
    days = np.where(fine, values[there], -SERIAL_ORIGINS[form]) + SERIAL_ORIGINS[form]
    rounded = np.rint(days * (DAY / grid)).astype(np.int64) * grid
    stamps[there] = np.where(fine, rounded, NOT_A_TIME)
    return stamps


def find_number_times(layout: Layout, names: Sequence[str]) -> Iterator[NumberTimes]:
    """Columns of numbers that run as times do, the likeliest first."""
    yield from sorted(
        (*_epochs(layout, names), *_serials(layout, names), *_named_days(layout, names)),
        key=lambda found: -time_rank(names[found.columns[0]]),
    )


def _numbers_between(layout: Layout, column: int, low: float, high: float) -> NDArray[np.float64] | None:
    """A column's numbers, where those of its first cells lie between two bounds."""
    cells = layout.cells(column)
    quick = [cell for cell in cells[:60] if cell.strip()][:20]
    first = [_number(cell) for cell in quick if len(cell.strip()) >= _SHORTEST]
    if not first or len(first) < len(quick) or not all(low < value < high for value in first):
        return None
    return numbers_of(cells)


def _epochs(layout: Layout, names: Sequence[str]) -> Iterator[NumberTimes]:
    for column in range(layout.columns):
        values = _numbers_between(layout, column, _YEARS[0], _YEARS[1] * 1e9)
        if values is None:
            continue
        there = values[np.isfinite(values)]
        if len(there) < _ORDERED * len(values):
            continue
        for form, micros in EPOCH_MICROS.items():
            low, high = (year * MICROS / micros for year in _YEARS)
            if form == "epoch_s" and _are_dates(layout.cells(column)):
                continue
            if not ((there > low) & (there < high)).all():
                continue
            if (
                form == "epoch_ms"
                and time_rank(names[column]) <= 0
                and kind_of_points(names[column], layout.cells(column))
            ):
                continue
            steps = np.diff(there)
            few = len(values) < _FEW_ROWS and time_rank(names[column]) > 0
            # The number of a meter point has thirteen digits too, but it does not run forward.
            if few or (len(steps) and float((steps != 0).mean()) >= _MOVING) or time_rank(names[column]) > 0:
                yield NumberTimes((column,), form, 0.001, to_stamps([values], form, 0.001))


def _are_dates(cells: Sequence[str]) -> bool:
    """Whether numbers of ten digits are all dates with hours (2019111823) rather than seconds of the 2030s."""
    return all(read_moment(cell) is not None for cell in cells if cell.strip())


def _named_days(layout: Layout, names: Sequence[str]) -> Iterator[NumberTimes]:
    """Days that are counted as astronomers and Matlab do, where the column is called so; or called a time, and its
    numbers run on evenly."""
    for column, name in enumerate(names):
        named = _named_form(name)
        for form in (named,) if named else _UNNAMED_DAYS if time_rank(name) > 0 else ():
            values = _numbers_between(layout, column, *(end - SERIAL_ORIGINS[form] - 25_569 for end in _SERIALS))
            if values is None or np.isfinite(values).mean() < _ORDERED:
                continue
            rounding = rounding_of(layout.cells(column))
            stamps = to_stamps([values], form, rounding)
            if named or _run_evenly(stamps[stamps != NOT_A_TIME]):
                yield NumberTimes((column,), form, rounding, stamps)


def _named_form(name: str) -> str:
    words = words_of(name)
    return next((form for form, pattern in _NAMED_DAYS.items() if pattern.search(words)), "")


def _serials(layout: Layout, names: Sequence[str]) -> Iterator[NumberTimes]:
    for column in range(layout.columns):
        values = _numbers_between(layout, column, *_SERIALS)
        if values is None or read_name(names[column]).unit or _named_form(names[column]):
            continue
        there = values[np.isfinite(values)]
        if len(there) < _ORDERED * len(values) or not ((there > _SERIALS[0]) & (there < _SERIALS[1])).all():
            continue
        if (there % 1 == 0).all() and (pair := _with_part_of_day(layout, names, column, values)) is not None:
            yield pair
        rounding = rounding_of(layout.cells(column))
        stamps = to_stamps([values], "excel_serial", rounding)
        if _runs_as_serials(stamps[stamps != NOT_A_TIME], names[column], column, is_whole=bool((there % 1 == 0).all())):
            yield NumberTimes((column,), "excel_serial", rounding, stamps)


def _runs_as_serials(stamps: Stamps, name: str, column: int, *, is_whole: bool) -> bool:
    """Whether numbers are days by their column's name, or else by steps that divide a day exactly."""
    if time_rank(name) > 0:
        return True
    if is_whole or column or len(stamps) < _FEW_ROWS:
        return False
    return _run_evenly(stamps)


def _run_evenly(stamps: Stamps) -> bool:
    """Whether stamps follow each other by steps that divide a day exactly."""
    if len(stamps) < _FEW_ROWS:
        return False
    steps = np.abs(np.diff(stamps))
    step = usual_step(steps)
    return step is not None and DAY % step == 0 and float((steps % step == 0).mean()) >= _REGULAR


def _with_part_of_day(
    layout: Layout, names: Sequence[str], column: int, days: NDArray[np.float64]
) -> NumberTimes | None:
    """Days in one column and parts of a day in another."""
    if time_rank(names[column]) <= 0:
        return None
    for other in (column + 1, column - 1):
        if not 0 <= other < layout.columns or time_rank(names[other]) <= 0:
            continue
        cells = layout.cells(other)
        parts = numbers_of(cells)
        if np.isfinite(parts).mean() >= _ORDERED and float(np.nanmax(parts)) <= 1.0 and len(np.unique(parts)) > 1:
            rounding = rounding_of(cells)
            stamps = to_stamps([days, parts], "excel_serial", rounding)
            return NumberTimes((column, other), "excel_serial", rounding, stamps)
    return None


def rounding_of(cells: Sequence[str]) -> float:
    """What days are rounded to [s]: their last decimal's size must not pass for a time."""
    decimals = max((len(cell.strip().replace(",", ".").partition(".")[2]) for cell in cells), default=0)
    if not decimals or decimals >= _FINE_DECIMALS:
        return _ROUNDINGS[0]
    error = _DAY_S / 2 * 10.0**-decimals
    fine = [rounding for rounding in _ROUNDINGS[1:] if error < rounding / 2]
    return fine[0] if fine and decimals > 1 else _ROUNDINGS[0]
