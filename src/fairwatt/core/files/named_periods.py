"""Periods that a plain reader takes for words or numbers: ``Week 12 2023``, weeks and weekdays apart, ``202301``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from fairwatt.core.files.meaning import words_of

_SEP = r"[ ,./_-]*"
_WEEK = rf"(?:week|wk|w|kw)\.?{_SEP}(?:no\.?|number)?{_SEP}(?P<w>\d{{1,2}})"
_YEAR = r"(?P<y>(?:19|20)\d{2})"
_WEEKS = tuple(re.compile(form, re.IGNORECASE) for form in (rf"{_WEEK}{_SEP}(?:of )?{_YEAR}", rf"{_YEAR}{_SEP}{_WEEK}"))
_ISO = re.compile(r"\d{4}-?W\d{2}(-?[1-7])?")  # which any reader knows
_HEADS = (
    re.compile(r"((calendar|iso|settlement) )?(year|yr|yyyy)"),
    re.compile(r"((calendar|iso|settlement) )?(week|wk|ww|weekno|kw)( (number|no|num))?"),
    re.compile(r"(day|weekday|week day|dow|day (name|no|number)|day of (the )?week)"),
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH_HEAD = re.compile(r"\b(months?|periods?|yyyymm|yearmonth|year month)\b")
_MONTH = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])")


def read_weeks(cells: Sequence[str]) -> tuple[str, ...] | None:
    """The Mondays of weeks in words, "" where a cell is blank; None where cells hold anything else.

    Weeks are counted as ISO 8601 counts them.

    Examples
    --------
    >>> read_weeks(["Week 1 2023", "wk 52, 2023"])
    ('2023-01-02', '2023-12-25')
    """
    found: list[str] = []
    for cell in cells:
        match = next((match for form in _WEEKS if (match := form.fullmatch(cell))), None)
        day = _day_of(int(match["y"]), int(match["w"]), 1) if match is not None and not _ISO.fullmatch(cell) else ""
        if cell and not day:
            return None
        found.append(day)
    return tuple(found) if any(found) else None


def read_weekdays(
    names: Sequence[str], cells: Sequence[Sequence[str]]
) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """The columns of a year, a week's number and a weekday, and the days that they make; None where there are none.

    Weekdays are names, or numbers from 1 for Monday; other numbers could be anybody's count.
    """
    heads = [words_of(name) for name in names[: len(cells)]]
    columns = [next((c for c, head in enumerate(heads) if form.fullmatch(head)), None) for form in _HEADS]
    if None in columns:
        return None
    years, weeks, days = ([cell.removesuffix(".0") for cell in cells[c]] for c in columns if c is not None)
    if not all(text.isdecimal() for text in (*years, *weeks)):
        return None
    numbers = [_weekday(text) for text in days]
    if None in numbers:
        return None
    texts = tuple(
        _day_of(int(year), int(week), number or 0) for year, week, number in zip(years, weeks, numbers, strict=True)
    )
    # Days of the month and of the year have numbers above seven; numbers that never change are no days of a week.
    return (tuple(c for c in columns if c is not None), texts) if all(texts) and len(set(numbers)) > 1 else None


def read_digit_months(name: str, cells: Sequence[str]) -> tuple[str, ...] | None:
    """Months of six digits (``202301``) under a head that says so, "" where a cell is blank; None of anything else."""
    if not _MONTH_HEAD.search(words_of(name)):
        return None
    found = [_MONTH.fullmatch(cell) for cell in cells]
    if any(cell and match is None for cell, match in zip(cells, found, strict=True)) or not any(found):
        return None
    return tuple("" if match is None else f"{match['y']}-{match['m']}" for match in found)


def _weekday(text: str) -> int | None:
    if text.isdecimal():
        return int(text) if 1 <= int(text) <= len(_DAYS) else None
    short = text[:3].casefold()
    return _DAYS.index(short) + 1 if short in _DAYS and text.isalpha() else None


def _day_of(year: int, week: int, weekday: int) -> str:
    try:
        return date.fromisocalendar(year, week, weekday).isoformat()
    except ValueError:
        return ""
