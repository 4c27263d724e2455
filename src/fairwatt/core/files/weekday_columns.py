"""Weeks whose days stand side by side: ``Week commencing, Mon, Tue, …, Sun``, as caretakers write down their meters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from fairwatt.core.files.meaning import words_of
from fairwatt.core.files.stamps import read_moment

_WEEK = 7
_FEWEST = 5  # weekdays without a weekend
_MOST_NAMES = 3  # columns that say what a row is
_MOSTLY = 0.9
# How the names of the days from Monday on begin: English, Welsh, German, Dutch, French, Spanish.
_NAMES = (
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("llun", "maw", "mer", "iau", "gwe", "sad", "sul"),
    ("mo", "di", "mi", "do", "fr", "sa", "so"),
    ("ma", "di", "wo", "do", "vr", "za", "zo"),
    ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    ("lun", "mar", "mi", "jue", "vie", "sab", "dom"),
)
_HEAD = re.compile(r"(?:dydd )?(?P<day>[a-zà-ü]{2,10})\b\.?(?P<rest>.*)", re.IGNORECASE)
_BEGINS = re.compile(r"\b(commenc\w*|begin\w*|start\w*|from|w c|wc|of)\b")
_ENDS = re.compile(r"\b(end\w*|to|w e|we)\b")
_TOTAL = re.compile(r"\b(total|sum|average|mean|week)\b")


@dataclass(frozen=True, slots=True)
class WeekdayColumns:
    """Where a week's days stand.

    Attributes
    ----------
    week_column, firsts
        The column of the weeks' dates, and each row's; None where a row has none.
    offsets
        Each day's column, and how many days it lies after the row's date; before it, negative.
    names
        Columns that say what a row is.
    value_name
        What the days' heads say besides their day.
    """

    week_column: int
    firsts: tuple[date | None, ...]
    offsets: dict[int, int]
    names: tuple[int, ...]
    value_name: str

    def days_of(self, row: int, text: str) -> Iterator[tuple[int, str]]:
        """The columns of a row with their days as 2026-01-05; with the text where it is no date; of totals none."""
        first = self.firsts[row]
        for column, offset in self.offsets.items() if first or not _is_total(text) else ():
            yield column, text if first is None else (first + timedelta(days=offset)).isoformat()


def find_weekday_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> WeekdayColumns | None:
    """Find weekdays side by side, and the column of dates a week apart beside them; None where there are none.

    Parameters
    ----------
    names
        The header's cells.
    rows
        All rows of data.
    """
    days = next((found for language in _NAMES if (found := _days_in(names, language))), None)
    if days is None:
        return None
    numbers, rest = days
    for column in (c for c in range(len(names)) if c not in numbers):
        dates = _dates_in([row[column] for row in rows])
        if dates is None:
            continue
        others = [c for c in range(len(names)) if c not in numbers and c != column]
        kept = tuple(c for c in others if not _is_total(names[c]))
        offsets = _offsets(names[column], numbers, next(day for day in dates if day is not None).weekday())
        return (
            WeekdayColumns(column, dates, offsets, kept, f"value {rest}".strip()) if len(kept) <= _MOST_NAMES else None
        )
    return None


def _is_total(text: str) -> bool:
    return not text.strip() or _TOTAL.search(words_of(text)) is not None


def _days_in(names: Sequence[str], language: Sequence[str]) -> tuple[dict[int, int], str] | None:
    """The columns named by days, each with its number from Monday, and what they are named besides."""
    found: dict[int, int] = {}
    rests: set[str] = set()
    for column, name in enumerate(names):
        match = _HEAD.fullmatch(name.strip())
        word = match["day"].casefold() if match else ""
        number = next((n for n, begin in enumerate(language) if word.startswith(begin)), None)
        if match is not None and number is not None:
            found[column] = number
            rests.add(match["rest"].strip())
    columns, numbers = list(found), list(found.values())
    is_run = columns == list(range(columns[0], columns[0] + len(columns))) if columns else False
    follow = all((b - a) % _WEEK == 1 for a, b in pairwise(numbers))
    is_week = _FEWEST <= len(numbers) <= _WEEK and follow and len(rests) == 1
    return (found, rests.pop()) if is_run and is_week else None


def _dates_in(cells: Sequence[str]) -> tuple[date | None, ...] | None:
    """A column's dates where they are whole weeks apart, with the day first if that can be; else None."""
    filled = sum(bool(cell.strip()) for cell in cells)
    for is_day_first in (True, False):
        dates = tuple(read_day(cell, is_day_first=is_day_first) for cell in cells)
        there = [day for day in dates if day is not None]
        if there and len(there) >= _MOSTLY * filled - 1 and len({day.weekday() for day in there}) == 1:
            return dates
    return None


def read_day(text: str, *, is_day_first: bool) -> date | None:
    """A cell's day, None where it is none; a midnight may stand behind it."""
    moment = read_moment(text)
    if moment is None or moment.clock:
        return None
    first, second = moment.first, moment.second
    month, day = (second, first) if moment.month_is_first is None and is_day_first else (first, second)
    try:
        return date(moment.year, month, day)
    except ValueError:
        return None


def _offsets(name: str, numbers: dict[int, int], weekday: int) -> dict[int, int]:
    """How many days each column lies after the row's date, which begins the week or ends it."""
    words = words_of(name)
    is_end = bool(_ENDS.search(words)) and not _BEGINS.search(words)
    if not is_end and not _BEGINS.search(words):  # the head doesn't say it: the days do
        *_, last = numbers.values()
        is_end = weekday == last != next(iter(numbers.values()))
    if is_end:
        return {column: -((weekday - number) % _WEEK) for column, number in numbers.items()}
    return {column: (number - weekday) % _WEEK for column, number in numbers.items()}
