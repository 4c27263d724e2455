"""Times of day as a number of something since midnight, beside a date: parts of the day, hours, minutes, seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from fairwatt.core.files.meaning import read_name, time_rank, words_of
from fairwatt.core.files.numeric_times import numbers_of, rounding_of
from fairwatt.core.files.stamp_columns import StampColumn
from fairwatt.core.files.stamps import DAY, MICROS, Moment

# The words that stand for a time of day in a format → µs of one.
PARTS: dict[str, int] = {
    "day_fraction": DAY,
    "day_hours": 3_600 * MICROS,
    "day_minutes": 60 * MICROS,
    "day_seconds": MICROS,
}
_CLOCKS = re.compile(r"\b(time|hour|hours|hr|hrs|minute|minutes|min|mins|second|seconds|sec|secs|interval|period|hh)\b")
_DAYS, _OF_DAY = (
    re.compile(r"\b(day|days|daily|date)\b"),
    re.compile(r"\b(of|time|fraction|clock|hours?|minutes?|seconds?)\b"),
)
_SECONDS = re.compile(r"\b(seconds?|secs?|s)\b")
_MINUTES = re.compile(r"\b(minutes?|mins?)\b")
_NUMBERED = re.compile(r"\b(period|interval|hh|slot)\b")  # of a day: they count what is not said
_HOURS = re.compile(r"\b(hours?|hrs?|h)\b")
_HOUR, _DAY_MINUTES, _DAY_HOURS = 60, 1_440, 24


def may_be_clock(name: str) -> bool:
    """Whether a column could hold a time of day by its name; a day's readings beside those of the night are none."""
    unit = read_name(name).unit
    if _DAYS.search(words_of(name)) and not _OF_DAY.search(words_of(name)):
        return False
    return (time_rank(name) > 0 or _CLOCKS.search(words_of(name)) is not None) and unit in {"", "s", "min", "h", "d"}


def counts_since_midnight(name: str) -> bool:
    """Whether a column's name says that it counts minutes or seconds."""
    words = words_of(name)
    return bool(_SECONDS.search(words) or _MINUTES.search(words))


def read_part_of_day(cells: Sequence[str], name: str) -> StampColumn | None:
    """Read a column as times since midnight, or None where it holds other numbers."""
    values = numbers_of(cells)
    filled = sum(bool(cell.strip()) for cell in cells)
    there = values[np.isfinite(values)]
    word = _part_of(there, name) if filled and len(there) == filled else ""
    if not word:
        return None
    rounding = rounding_of(cells) if word in {"day_fraction", "day_hours"} else 0.001
    grid = round(rounding * MICROS)

    def read(text: str) -> Moment | None:
        value = float(numbers_of([text])[0])
        clock = round(value * PARTS[word] / grid) * grid if np.isfinite(value) else -1
        return Moment(word, 0, 0, 0, clock, None, None) if 0 <= clock <= DAY else None

    return StampColumn((word,), tuple(map(read, cells)), rounding_s=rounding, read_cell=read)


def _part_of(values: np.ndarray[tuple[int], np.dtype[np.float64]], name: str) -> str:
    """What the numbers of a column count, by its name and by how far they go; "" where neither says."""
    words, most = words_of(name), float(values.max())
    is_whole = bool((values % 1 == 0).all())
    if most <= 1 and not is_whole:
        return "day_fraction" if not _SECONDS.search(words) and not _MINUTES.search(words) else ""
    if _SECONDS.search(words) or (is_whole and most > _DAY_MINUTES and time_rank(name) > 0):
        return "day_seconds" if _DAY_MINUTES < most <= DAY / MICROS else ""
    if _MINUTES.search(words):
        return "day_minutes" if is_whole and _HOUR <= most <= _DAY_MINUTES else ""
    is_clock = time_rank(name) > 0 and not _NUMBERED.search(words)
    if (_HOURS.search(words) or is_clock) and 1 < most <= _DAY_HOURS:
        return "day_hours" if bool((values * 12 % 1 < 0.001).all()) else ""  # five minutes
    return ""
