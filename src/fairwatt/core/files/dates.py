"""The days of a table whose rows are days, or numbered intervals of days: their column or columns, and their form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from fairwatt.core.files.cells import is_null
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import words_of
from fairwatt.core.files.reshaped import plain_layout
from fairwatt.core.files.roles import Roles, find_date_column
from fairwatt.core.files.stamps import NOT_A_TIME, read_clock, read_moment
from fairwatt.core.files.times import find_times

_LOOKED_AT = 200
_MOSTLY = 0.9
_PARTS = (
    ("year", r"(year|yr|yyyy|jahr)", "%Y", (1900, 2200)),
    ("month", r"(month|mon|mm|mth|mo|month (number|no|num|name))", "%m", (1, 12)),
    ("quarter", r"(quarter|qtr|q|quarter (number|no|num))", "%q", (1, 4)),
    ("week", r"((iso )?(week|wk|ww|weekno|kw)( (number|no|num))?)", "%V", (1, 53)),
    ("year's day", r"(day|doy|day of (the )?year|yday|julian day|jday|day (number|no))", "%j", (1, 366)),
    ("day", r"(day|dd|dy|day of (the )?month|dom|mday)", "%d", (1, 31)),
    ("hour", r"(hour|hr|hh24|hh|hour of (the )?day)", "%H", (0, 23)),
    ("minute", r"(minute|min|mins|minutes|mi)", "%M", (0, 59)),
    ("second", r"(second|sec|secs|seconds|ss)", "%S", (0, 59)),
)
_QUARTER = re.compile(r"^(Q(uarter|tr)? ?)(?=[1-4]$)", re.IGNORECASE)
_CLOCK = re.compile(r" (utc|gmt|bst|local|uk|clock)( time)?$")  # Hour (UTC)
_MONTH = 31  # days at most; a column "Day" may hold those of a month
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class DateSource:
    """Where a row's day (or time) stands.

    Attributes
    ----------
    columns
        Positions in the file.
    form
        The format of several columns joined; "" for one column, whose form is found out as that of any time.
    texts
        For each sampled row its day as one text: as it is written, or in ISO form where it stands in several columns.
    """

    columns: tuple[int, ...]
    form: str
    texts: tuple[str, ...]


def find_date_source(layout: Layout, names: Sequence[str], among: Sequence[int]) -> DateSource | None:
    """Find a row's day: one column of dates, or year, month and day apart."""
    column = find_date_column(layout, names, among)
    if column is not None:
        return DateSource((column,), "", tuple(cell.strip() for cell in layout.cells(column)))
    return find_parts(layout, names, among, ("year", "month", "day"))


def find_parts(layout: Layout, names: Sequence[str], among: Sequence[int], wanted: Sequence[str]) -> DateSource | None:
    """Find the columns of a time's parts: ``year``, ``month``, ``week``, ``year's day``, ``day``, ``hour``…"""
    found = {part: _part_column(layout, names, among, part) for part in wanted}
    columns = tuple(column for column in found.values() if column is not None)
    if len(columns) < len(wanted) or len(set(columns)) < len(columns):
        return None
    forms = {part: mark for part, _, mark, _ in _PARTS}
    if "month" in found and found["month"] is not None:
        forms["month"] = _month_form(layout.cells(found["month"]))
    if "year" in found and found["year"] is not None and _are_short(layout.cells(found["year"])):
        forms["year"] = "%y"
    if "week" in found:
        forms["year"] = "%G"
    rows = zip(*(layout.cells(column) for column in columns), strict=True)
    texts = tuple(_iso(dict(zip(wanted, (cell.strip() for cell in row), strict=True))) for row in rows)
    return DateSource(columns, " ".join(forms[part] for part in wanted), texts)


def _part_column(layout: Layout, names: Sequence[str], among: Sequence[int], part: str) -> int | None:
    pattern, (low, high) = next((p, limits) for name, p, _, limits in _PARTS if name == part)
    for column in among:
        if not re.fullmatch(pattern, _CLOCK.sub("", words_of(names[column]))):
            continue
        cells = [cell.strip() for cell in layout.cells(column)[:_LOOKED_AT] if not is_null(cell)]
        fits = [_part_value(cell, part) for cell in cells]
        if not cells or sum(value is not None and low <= value <= high for value in fits) < _MOSTLY * len(cells):
            continue
        if part == "year's day" and _names_a_day(names[column]) and max(value or 0 for value in fits) <= _MONTH:
            continue
        return column
    return None


def _names_a_day(name: str) -> bool:
    """Whether a name leaves open if days of the month or of the year are meant."""
    return words_of(name) in {"day", "day number", "day no"}


def _part_value(text: str, part: str) -> int | None:
    if part == "quarter":
        text = _QUARTER.sub("", text)
    if part == "month" and text[:3].casefold() in _MONTHS and text.isalpha():
        return _MONTHS.index(text[:3].casefold()) + 1
    bare = text.removesuffix(".0")
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 4):  # digits of a year
        return None
    value = int(bare)
    return value + 2000 if part == "year" and value < 100 else value  # two digits of a year


def _month_form(cells: Sequence[str]) -> str:
    words = [cell.strip() for cell in cells if cell.strip().isalpha()]
    if not words:
        return "%m"
    return "%B" if any(len(word) > 3 for word in words) else "%b"  # Jan, Feb


def _are_short(cells: Sequence[str]) -> bool:
    return all(len(cell.strip()) <= 2 for cell in cells[:_LOOKED_AT])  # two digits of a year


def _iso(parts: dict[str, str]) -> str:
    """A time in ISO form from its parts; "" where one of them is none."""
    values = {part: _part_value(text, part) for part, text in parts.items()}
    if any(value is None for value in values.values()):
        return ""
    if "quarter" in values:
        values["month"] = 3 * (values["quarter"] or 1) - 2
    day = "-".join(f"{values[part]:02}" for part in ("year", "month", "day") if part in values)
    if {"week", "year's day"} & values.keys():
        counted = _counted(values["year"] or 0, values.get("week"), values.get("year's day"))
        if counted is None:
            return ""
        day = counted.isoformat()
    clock = ":".join(f"{values[part]:02}" for part in ("hour", "minute", "second") if part in values)
    return f"{day} {clock}" if clock else day


def _counted(year: int, week: int | None, number: int | None) -> date | None:
    """The Monday of a week as ISO 8601 counts them, or a day of the year; None where there is none."""
    try:
        found = date.fromisocalendar(year, week, 1) if week is not None else date(year, 1, 1)
    except ValueError:
        return None
    found += timedelta(days=(number or 1) - 1)
    return found if week is not None or found.year == year else None


def find_days(
    layout: Layout, names: Sequence[str], source: DateSource, roles: Roles, *, once: bool = False
) -> tuple[FileTimes, tuple[int, ...]] | None:
    """Find the form of a table's days, and each sampled row's midnight.

    Parameters
    ----------
    once
        Whether rows of the same day and series are to be looked at once only.

    Returns
    -------
    tuple[FileTimes, tuple[int, ...]] | None
        The days with their columns in the file; and for each sampled row its day [µs since 1970], "not a time" where
        it has none. None where the days do not follow each other.
    """
    keys = _keys(layout, roles)
    rows: list[tuple[str, ...]] = []
    lengths: list[int] = []
    places = list(range(len(source.texts)))
    kept: list[int] = []
    seen: set[tuple[str, str]] = set()
    at = 0
    for segment in layout.segments:
        before = len(kept)
        for row in range(at, at + len(segment)):
            text = source.texts[row]
            if not _may_be_day(text) or (once and (text, keys[row]) in seen):
                continue
            seen.add((text, keys[row]))
            kept.append(row)
        rows += [(source.texts[row], keys[row]) if roles != Roles() else (source.texts[row],) for row in kept[before:]]
        lengths.append(len(kept) - before)
        at += len(segment)
    date_name = names[source.columns[0]] if len(source.columns) == 1 else "date"
    heads = (date_name, "series id") if roles != Roles() else (date_name,)
    times = find_times(plain_layout(layout, heads, _split(rows, lengths)), heads)
    if not isinstance(times, FileTimes) or times.columns != (0,) or not rows:
        return None
    stamps = np.concatenate(times.segments)
    midnight_of = {source.texts[row]: int(stamp) for row, stamp in zip(kept, stamps, strict=True)}
    found = replace(times, columns=source.columns, form=source.form or times.form)
    return found, tuple(midnight_of.get(source.texts[place], NOT_A_TIME) for place in places)


def _keys(layout: Layout, roles: Roles) -> list[str]:
    """What tells rows of one day apart."""
    columns = [layout.cells(column) for column in (roles.series, roles.label) if column is not None]
    rows = sum(len(segment) for segment in layout.segments)
    return [" ".join(cells) for cells in zip(*columns, strict=True)] if columns else [""] * rows


def _may_be_day(text: str) -> bool:
    """Whether a text may be a day's; the rows of totals under a table have none."""
    return read_moment(text) is not None or text.strip().removesuffix(".0").isdigit()


def _split(rows: Sequence[tuple[str, ...]], lengths: Sequence[int]) -> list[Sequence[tuple[str, ...]]]:
    ends = np.cumsum(lengths).tolist()
    return [rows[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def has_clock_column(layout: Layout, among: Sequence[int]) -> bool:
    """Whether some column holds times of day, with or without a date."""
    for column in among:
        cells = [cell for cell in layout.cells(column)[:20] if not is_null(cell)]
        moments = [read_moment(cell) or read_clock(cell) for cell in cells]
        clocks = [moment.clock for moment in moments if moment is not None]
        if len(clocks) == len(cells) and any(clocks) and not any(cell.strip().isdigit() for cell in cells):
            return True
    return False
