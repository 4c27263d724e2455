"""Intervals in one cell: ``00:00-00:30``, ``18.01.2021 00:00 - 18.01.2021 01:00``, ISO 8601 with a stroke between.

Their form is that of the start, `` to ``, and that of the end, however the two are joined in the cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fairwatt.core.files.stamps import DAY, MICROS, Moment, read_clock, read_moment, whole_clock

JOINER = r"\s*(?:–|—|->|to|until|till|-|/|>)\s*"  # between start and end, here and in the lake's SQL
TO = " to "
_JOINER = re.compile(JOINER, re.IGNORECASE)
_DIGITS = re.compile(r"(\d{2})(\d{2})|(\d{1,2})")
_SHORTEST, _LONGEST = 5, 130
_MOST_SPLITS = 8
_INCLUSIVE = (1, 1_000, MICROS, 60 * MICROS, DAY)  # ends that are the last moment, second, minute or day


@dataclass(frozen=True, slots=True)
class Span:
    """An interval as a cell writes it: its start, with the form of both, and its end, perhaps without a date."""

    start: Moment
    end: Moment


def read_span(text: str, *, digits: bool = False) -> Span | None:
    """Read one cell's start and end, or None.

    Parameters
    ----------
    digits
        Whether times without a mark count too (``0000-0030``, ``00-01``), as in columns that are named so.
    """
    bare = text.strip()
    if not _SHORTEST <= len(bare) <= _LONGEST:
        return None
    for left, right in _splits(bare):
        start = read_moment(left) or read_clock(left) or (_read_digits(left) if digits else None)
        if start is None:
            continue
        end = read_moment(right) or read_clock(right) or (_read_digits(right) if digits else None)
        if end is None or (end.year and not start.year) or _has_clock(start) < _has_clock(end):
            continue
        if _has_clock(start) or (end.year and _is_long(start, end)):
            return Span(replace(start, form=f"{start.form}{TO}{end.form}"), end)
    return None


def _has_clock(moment: Moment) -> bool:
    return "%H" in moment.form or "%I" in moment.form


def _is_long(start: Moment, end: Moment) -> bool:
    """Whether two dates have the same form, so that they are the first day and the last of a period."""
    return start.form == end.form and (start.year, start.first, start.second) != (end.year, end.first, end.second)


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """The ways to cut a text at a joiner, the widest joiners first: dates hold dashes and strokes too."""
    places = sorted(_JOINER.finditer(text), key=lambda match: -len(match[0]))
    for match in places[:_MOST_SPLITS]:
        if match.start() and match.end() < len(text):
            yield text[: match.start()], text[match.end() :]


def _read_digits(text: str) -> Moment | None:
    match = _DIGITS.fullmatch(text)
    if match is None:
        return None
    hour, minute = (int(match[1]), int(match[2])) if match[1] else (int(match[3]), 0)
    clock = whole_clock(hour, minute)
    return None if clock is None else Moment("%H%M" if match[1] else "%H", 0, 0, 0, clock, None, None)


def is_span_form(form: str) -> bool:
    """Whether a form is that of intervals with their ends."""
    return TO in form and form.count("%") > 1


def start_form(form: str) -> str:
    """The form of an interval's start."""
    return form.partition(TO)[0]


def end_form(form: str) -> str:
    """The form of an interval's end."""
    return form.partition(TO)[2]


def whole_length(length: int, step: int | None) -> int:
    """An interval's length [µs], where the end that is written may be its last second or minute."""
    if step is not None and step - length in _INCLUSIVE:
        return step
    return length
