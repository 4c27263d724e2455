"""Headings that are the intervals of a day: ``00:30``, ``HH7``, ``SP 48``, ``00:00-00:30``, ``kWh_12``, ``t0130``."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fairwatt.core.files.meaning import words_of
from fairwatt.core.units import find_unit

By = Literal["clock", "number"]

_MINUTES = 1_440
_LONGEST_DAY = 25 * 60
# How many intervals a day has, those of the clock changes too → an interval's length [minutes].
STEPS = {
    count + extra * count // 24: _MINUTES // count for count in (24, 48, 96, 144, 288, 1_440) for extra in (-1, 0, 1)
}
_SHORTEST_DAY = 23  # hours: so many headings in order are no accident
_LEAST_CLOCKS = 6  # headings with times that make a row of intervals; numbers must be those of a whole day
_HOUR_STEP = 60
# Words before or after the numbers of hours; half-hours are many enough to be known by their count.
_HOUR_WORDS = re.compile(r"(|h|hr|hrs|hour|hours|he|hh|p|period|interval|reading|value|slot|t|k|kwh|wh|mwh|kw|mw|w)")
_NO_SLOTS = re.compile(r"\b(column|harmonic|harmonics|thd|day|week|month|feeder|phase|sensor|meter|zone|unit)\b")

_T = r"\d{1,2}(?:[:.h]\d{2}){1,2}(?:\s*[ap]\.?m\.?)?|\d{4}|\d{1,2}\s*[ap]m"
_SPAN = re.compile(rf"(?P<pre>.*?)(?P<a>{_T})\s*(?:-|to|until|till|>|_)+\s*(?P<b>{_T})(?P<post>\D*)", re.IGNORECASE)
_TIME = re.compile(r"(?P<pre>.*?)(?P<a>\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\s*[ap]\.?m\.?)?)(?P<post>\D*)", re.IGNORECASE)
_HOUR = re.compile(r"(?P<pre>)(?P<a>\d{1,2}\s*[ap]m)(?P<post>)", re.IGNORECASE)
_DIGITS = re.compile(r"(?P<pre>\D*?)(?P<a>\d{3,6})(?P<post>\D*)")
_NUMBER = re.compile(r"(?P<pre>\D*?)(?P<a>\d{1,4})(?P<post>\D*)")
_SHEET_DAY = re.compile(r"(?P<day>1899-12-30|1899-12-31|1900-01-0[01]) (?P<time>\d\d:\d\d(:\d\d)?)")
_PART_OF_DAY = re.compile(r"0?\.\d{2,}")
_POINTED = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?")
_UNDERSCORED = re.compile(r"(?<![\d.:])([0-2]\d)_([0-5]\d)(?![\d.:])")  # t_00_30
_ROUNDING = 0.01  # minutes that a part of a day may be off a whole one
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2}))?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SlotGroup:
    """Columns that are the intervals of a row's day.

    Attributes
    ----------
    name
        What their headings share, "" where they are bare times or numbers.
    by
        Whether they are named by the clock or by number.
    step_s
        An interval's length [s].
    columns, offsets_s
        Positions, and each interval's start after midnight [s], both in the order of the file. Where a time comes
        twice, as in a table made for the day on which clocks go back, so does its start.
    """

    name: str
    by: By
    step_s: int
    columns: tuple[int, ...]
    offsets_s: tuple[int, ...]

    @property
    def has_long_day(self) -> bool:
        """Whether it has columns for the day on which clocks go back."""
        return len(self.offsets_s) * self.step_s > 86_400  # seconds of a usual day


def find_slots(names: Sequence[str]) -> tuple[SlotGroup, ...]:
    """Find the columns that are intervals of a day, by their headings.

    Parameters
    ----------
    names
        The header's cells.

    Returns
    -------
    tuple[SlotGroup, ...]
        One for each value that an interval has, all with the same step; the one with the most columns first. Empty
        where there are none.

    Examples
    --------
    >>> group = find_slots(["Date", *(f"HH{n}" for n in range(1, 49))])[0]
    >>> group.step_s, group.columns[:2], group.offsets_s[:2], group.by
    (1800, (1, 2), (0, 1800), 'number')
    """
    clean = _without_points(_without_day_parts([_clean(name) for name in names]))
    for find in (_spans, _clocks, _digits, _numbers):
        groups = find(clean)
        if groups:
            step = groups[0].step_s
            return tuple(group for group in groups if group.step_s == step)
    return ()


def is_slot_heading(cells: Sequence[str]) -> bool:
    """Whether a row of cells can be the header of a wide table, although its cells may all be numbers."""
    groups = find_slots(cells)
    count = sum(len(group.columns) for group in groups)
    return count >= _SHORTEST_DAY or 2 * count > len(cells)


def _clean(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip().replace("–", "-").replace("—", "-")
    if match := _SHEET_DAY.fullmatch(text):  # a spreadsheet's times of day, and its 24:00
        return "24:00" if match["day"] == "1900-01-01" and match["time"].startswith("00:00") else match["time"]
    return _UNDERSCORED.sub(r"\1:\2", text)


def _without_day_parts(names: Sequence[str]) -> list[str]:
    """The headings with parts of a day (0.0208333: times whose cells have lost their format) as clock times."""
    if sum(_PART_OF_DAY.fullmatch(name) is not None for name in names) < _SHORTEST_DAY - 1:
        return list(names)
    minutes = [float(name) * _MINUTES if re.fullmatch(r"[01]|[01]?\.\d+", name) else None for name in names]
    return [
        f"{round(at) // 60:02}:{round(at) % 60:02}" if at is not None and abs(at - round(at)) < _ROUNDING else name
        for name, at in zip(names, minutes, strict=True)
    ]


def _without_points(names: Sequence[str]) -> list[str]:
    """The headings with times that a spreadsheet took for numbers (0, 0.3, 1, 1.3: half past one) as clock times, or
    with parts of hours (0, 0.5, 1, 1.5) as such."""
    found = {place: match for place, name in enumerate(names) if (match := _POINTED.fullmatch(name))}
    if len(found) < 2 * _SHORTEST_DAY or not any(match[2] for match in found.values()):
        return list(names)
    for minutes_of in (_as_clock, _as_part):
        times = [minutes_of(match) for match in found.values()]
        steps = {b - a for a, b in itertools.pairwise(times)}
        if len(steps) == 1 and len(times) * steps.pop() in {_MINUTES, _LONGEST_DAY, _SHORTEST_DAY * _HOUR_STEP}:
            clocks = dict(zip(found, times, strict=True))
            return [_written(clocks[at]) if at in clocks else name for at, name in enumerate(names)]
    return list(names)


def _as_clock(match: re.Match[str]) -> int:
    return int(match[1]) * _HOUR_STEP + int((match[2] or "0").ljust(2, "0"))


def _as_part(match: re.Match[str]) -> int:
    return round(float(match[0]) * _HOUR_STEP)


def _written(minutes: int) -> str:
    return f"{minutes // _HOUR_STEP:02}:{minutes % _HOUR_STEP:02}"


def _minutes(text: str) -> int | None:
    """Minutes after midnight of a time as a heading writes it, up to 25:00."""
    bare = text.strip()
    if re.fullmatch(r"\d{3,6}", bare):
        bare = bare.zfill(4) if len(bare) < 5 else bare.zfill(6)  # with seconds
        hour, minute, second = int(bare[:2]), int(bare[2:4]), int(bare[4:] or 0)
        half = ""
    else:
        match = _CLOCK.fullmatch(bare)
        if match is None:
            return None
        hour, minute, second, half = int(match[1]), int(match[2] or 0), int(match[3] or 0), (match[4] or "").lower()
    if minute > 59 or second:  # minutes of an hour
        return None
    if half:
        if not 1 <= hour <= 12:  # as clocks with two halves count
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    total = hour * 60 + minute
    return total if total <= _LONGEST_DAY else None


def _grouped(pattern: re.Pattern[str], names: Sequence[str]) -> dict[tuple[str, str], list[tuple[int, re.Match[str]]]]:
    """Columns whose names fit a pattern, by what stands before and after its times or numbers."""
    found: dict[tuple[str, str], list[tuple[int, re.Match[str]]]] = defaultdict(list)
    for column, name in enumerate(names):
        if match := pattern.fullmatch(name):
            found[_folded(match["pre"]), _folded(match["post"])].append((column, match))
    return found


def _folded(text: str) -> str:
    return re.sub(r"[\s_\-:.#]+", " ", text).strip().casefold()


def _name(pre: str, post: str) -> str:
    return " ".join(part for part in (pre, post) if part)


def _spelled(matches: Iterable[tuple[int, re.Match[str]]]) -> str:
    """What headings share, as the first one spells it."""
    match = next(iter(matches))[1]
    return _name(match["pre"].strip(" _-:.#"), match["post"].strip(" _-:.#"))


def _spans(names: Sequence[str]) -> list[SlotGroup]:
    groups: list[SlotGroup] = []
    for found in _grouped(_SPAN, names).values():
        pairs = [(_minutes(match["a"]), _minutes(match["b"])) for _, match in found]
        starts = [a for a, b in pairs if a is not None and b is not None]
        lengths = {(b - a) % _MINUTES for a, b in pairs if a is not None and b is not None}
        if len(starts) < len(pairs) or len(starts) < _LEAST_CLOCKS or len(lengths) != 1:
            continue
        step = lengths.pop()
        if step and _MINUTES % step == 0 and _is_even(starts, step):
            groups.append(_group(found, "clock", step, starts))
    return _largest_first(groups)


def _clocks(names: Sequence[str]) -> list[SlotGroup]:
    found = [_of_clocks(found) for pattern in (_TIME, _HOUR) for found in _grouped(pattern, names).values()]
    return _largest_first(group for group in found if group is not None)


def _digits(names: Sequence[str]) -> list[SlotGroup]:
    """Times without a mark: 0030, t0130."""
    even = [found for found in _grouped(_DIGITS, names).values() if len({len(match["a"]) for _, match in found}) == 1]
    groups = (group for found in even if (group := _of_clocks(found)) is not None)
    return _largest_first(group for group in groups if len(group.columns) * group.step_s >= _SHORTEST_DAY * 3600)


def _of_clocks(found: list[tuple[int, re.Match[str]]]) -> SlotGroup | None:
    minutes = [_minutes(match["a"]) for _, match in found]
    times = [minute for minute in minutes if minute is not None]
    if len(times) < len(minutes) or len(times) < _LEAST_CLOCKS:
        return None
    distinct = sorted(set(times))
    step = min(b - a for a, b in itertools.pairwise(distinct)) if len(distinct) > 1 else 0
    if not step or _MINUTES % step or step > _HOUR_STEP * 4 or not _is_even(times, step):
        return None
    if _are_ends(times, step):
        times = [(time or _MINUTES) - step for time in times]
    return _group(found, "clock", step, times)


def _is_even(times: Sequence[int], step: int) -> bool:
    """Whether times run through the day in order by one step, but for an hour that may come twice."""
    steps = [(b - a) % _MINUTES for a, b in itertools.pairwise(times)]
    odd = [found for found in steps if found != step]
    return all(found > _MINUTES - 2 * _HOUR_STEP or found == 0 for found in odd) and len(odd) <= _HOUR_STEP // step + 1


def _are_ends(times: Sequence[int], step: int) -> bool:
    """Whether times are the ends of their intervals: the first is a step after midnight, the last midnight."""
    return times[0] == step and times[-1] in {0, _MINUTES, _LONGEST_DAY}


def _numbers(names: Sequence[str]) -> list[SlotGroup]:
    groups: list[SlotGroup] = []
    for (pre, post), found in _grouped(_NUMBER, names).items():
        numbers = [int(match["a"]) for _, match in found]
        first = numbers[0]
        if first not in {0, 1} or numbers != list(range(first, first + len(numbers))):
            continue
        step = STEPS.get(len(numbers))
        if step is None or not _may_count_intervals(_name(pre, post), step):
            continue
        groups.append(_group(found, "number", step, [(number - first) * step for number in numbers]))
    return _largest_first(groups)


def _may_count_intervals(name: str, step: int) -> bool:
    words = words_of(name)
    if _NO_SLOTS.search(words):
        return False
    if step < _HOUR_STEP:
        return True
    bare = re.sub(r"[()\[\]]", "", words).strip()
    return find_unit(bare) is not None or all(_HOUR_WORDS.fullmatch(word) for word in bare.split())


def _group(found: list[tuple[int, re.Match[str]]], by: By, step: int, minutes: Sequence[int]) -> SlotGroup:
    columns = tuple(column for column, _ in found)
    return SlotGroup(_spelled(found), by, step * 60, columns, tuple(minute * 60 for minute in minutes))


def _largest_first(groups: Iterable[SlotGroup]) -> list[SlotGroup]:
    return sorted(groups, key=lambda group: (-len(group.columns), group.columns))
