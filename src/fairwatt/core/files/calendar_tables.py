"""Statistics whose months, quarters and years are written as people read them, brought to plain periods.

A year that stands in the first row of its block only, ``Jan - Mar``, ``1st quarter``, ``H1``, ``Q1 2019/20``, weeks and
months named by their last day, a year a row with its months side by side, years across: each becomes a month
(``2019-04``), a year or a day that stands for the whole period by its start.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from fairwatt.core.files.calendar_stamps import follows, read_period
from fairwatt.core.files.meaning import words_of
from fairwatt.core.files.named_periods import read_digit_months, read_weekdays, read_weeks
from fairwatt.core.files.stamps import MICROS, MONTHS, full_year, read_clock, read_moment
from fairwatt.core.files.weekday_columns import read_day

_MOSTLY = 0.9
_FEWEST = 3
_LOOKED_AT = 20
_MOST_NAMES = 4  # columns that say what a row is: its name, what is counted, its unit
_REPEATED = 3_600 * MICROS  # so far clocks go back
_MARK = re.compile(
    r"\s*(?:\[[^\]]*\]|\([a-z]{1,11}\)|[*†‡]+|(?<=\d)\s?[pre]|\s+(?:provisional|revised))$", re.IGNORECASE
)
_Y = r"(?P<y>(?:FY ?)?(?:19|20)\d{2})(?:[-/](?P<z>(?:20)?\d{2}))?"
_SHORT_Y = r"(?:'|’)?(?P<y>\d{2})"
_YEAR = re.compile(_Y, re.IGNORECASE)
_ORDINALS = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}
_QUARTER = (
    r"(?:q(?:uarter|tr)?\.? ?(?P<q>[1-4])|(?P<qo>1st|2nd|3rd|4th|first|second|third|fourth)(?: q(?:uarter|tr)?)?)"
)
_HALF = r"(?:h(?:alf)? ?(?P<h>[12])|(?P<ho>1st|2nd|first|second) half)"
_WORD = "[a-z]{3,9}"
_SPAN = rf"(?P<a>{_WORD})\.? ?(?:-|–|—|to|/) ?(?P<b>{_WORD})\.?"
_PART = re.compile(rf"{_QUARTER}|{_HALF}|{_SPAN}|(?P<m>{_WORD})\.?|(?P<n>\d{{1,2}})", re.IGNORECASE)
_SEP = r"[ ,:\-/]*"
_WHOLE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<part>.*?[a-z0-9.]){_SEP}{_Y}",
        rf"{_Y}{_SEP}(?P<part>[a-z1-4].*)",
        rf"(?P<part>Q[1-4]|H[12]|[a-z]+ ?[-–] ?[a-z]+)(?: ?[-/ ]? ?){_SHORT_Y}",
    )
)
_MONTH_OF = r"[A-Za-z]{3,9}\.? (?:19|20)\d{2}"
_SPAN_OF_MONTHS = re.compile(rf"(?P<a>{_MONTH_OF}) ?(?:-|–|—|to) ?(?P<b>{_MONTH_OF})")  # April 2023 - June 2023
_SPANS = frozenset({1, 2, 3, 4, 6, 12})  # months of which a year has a whole number
_YEAR_HEAD = re.compile(r"((calendar|financial|fiscal|reporting|accounting) )?(year|yr|fy)( (notes?|ended|ending).*)?")
_PART_HEAD = re.compile(
    r"(calendar |financial )?(quarter|qtr|q|month|mth|mon|half|half year|period)( (notes?|name).*)?"
)
_ENDING = re.compile(r"\b(week|month|quarter|year)s? (ending|ended|end|to)\b|^(w e|w ending|we)$")
_TOTAL = re.compile(r"\b(total|annual|year|average|mean|sum|all)\b")


@dataclass(frozen=True, slots=True)
class PlainTimes:
    """The columns that say each row's period, and what they say as one text a row, "" where they say none."""

    columns: tuple[int, ...]
    name: str
    texts: tuple[str, ...]
    are_weeks: bool = False  # counted by number


@dataclass(frozen=True, slots=True)
class PlainHeads:
    """Columns whose heads are periods, each with its text; the others are names, or totals to leave out."""

    periods: dict[int, str]
    names: tuple[int, ...]
    year_column: int | None = None
    totals: tuple[int, ...] = ()
    are_instants: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a year: its first month (of the year's own count where ``is_counted``) and how many it has."""

    month: int
    months: int
    is_counted: bool = False


def bare_text(text: str) -> str:
    """A cell without the marks of notes behind it: ``2019 [r]``, ``Q4 2023 (p)``, ``1st quarter*``."""
    bare = " ".join(text.split())
    while (match := _MARK.search(bare)) is not None and match.start():
        bare = bare[: match.start()].rstrip(" ,")
    return bare


def find_plain_times(names: Sequence[str], rows: Sequence[Sequence[str]]) -> PlainTimes | None:
    """Find the columns that say a row's period in words; None where there are none, or a plain reader knows them.

    Parameters
    ----------
    names
        The header's cells.
    rows
        All rows of data.
    """
    if _has_days(names, rows):
        return None
    cells = [[bare_text(row[c]) for row in rows] for c in range(min(3, len(names)))]  # times stand first
    for find in (_weeks, _digit_months, _year_and_part, _in_one, _last_days):
        if (found := find(names, cells)) is not None and _is_told(found, rows):
            return found
    return _noted(names, rows, cells) or _carried_days(names, rows)


def _noted(names: Sequence[str], rows: Sequence[Sequence[str]], cells: Sequence[Sequence[str]]) -> PlainTimes | None:
    """A column of periods that any reader knows, but for the marks of notes behind some."""
    for column, texts in enumerate(cells):
        has_marks = any(row[column].strip() != text for row, text in zip(rows, texts, strict=True))
        filled = [text for text in texts if text]
        if has_marks and filled and all(not text.isdigit() and read_period(text) is not None for text in filled):
            return PlainTimes((column,), names[column], tuple(texts))
    return None


def _has_days(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column holds a day in every row: then a period in words beside it is only a label."""
    few = rows[:_LOOKED_AT]
    return any(
        _ENDING.search(words_of(name)) is None and all(read_moment(row[column]) is not None for row in few)
        for column, name in enumerate(names)
    )


def _carried_days(names: Sequence[str], rows: Sequence[Sequence[str]]) -> PlainTimes | None:
    """A column with each day in its first row only, before one of times of day, or of the numbers of intervals."""
    for column in range(min(2, len(names) - 1)):  # a meter may stand before them
        days = [row[column].strip() for row in rows]
        filled = [day for day in days if day]
        if not days[0] or len(filled) * 2 > len(days) or not all(map(_is_day, filled)):
            continue
        clocks = [_clock_of(row[column + 1].strip()) for row in rows]
        slack = 0 if rows[0][column + 1].strip().isdigit() else _REPEATED
        if None not in clocks and _run_through_days(days, [clock or 0 for clock in clocks], slack):
            return PlainTimes((column,), names[column], tuple(_carried(days)))
    return None


def _is_day(text: str) -> bool:
    moment = read_moment(text)
    return moment is not None and moment.clock == 0 and "%H" not in moment.form and "%I" not in moment.form


def _clock_of(text: str) -> int | None:
    """A time of day, or an interval's number, as a count that goes up through a day."""
    clock = read_clock(text)
    return clock.clock if clock is not None else int(text) if text.isdigit() else None


def _run_through_days(days: Sequence[str], clocks: Sequence[int], slack: int) -> bool:
    """Whether times go up from each day to the next one, but for what clocks repeat in autumn."""
    return all(day or after > before - slack for day, (before, after) in zip(days[1:], pairwise(clocks), strict=True))


def _is_told(found: PlainTimes, rows: Sequence[Sequence[str]]) -> bool:
    there = sum(bool(text) for text in found.texts)
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    return there >= _FEWEST and there >= _MOSTLY * filled and len(set(found.texts) - {""}) >= _FEWEST


def _weeks(names: Sequence[str], cells: Sequence[Sequence[str]]) -> PlainTimes | None:
    """Weeks in words, or a year, the number of a week and a weekday apart."""
    if (apart := read_weekdays(names, cells)) is not None:
        return PlainTimes(apart[0], "date", apart[1], are_weeks=True)
    for column, texts in enumerate(cells):
        if (days := read_weeks(texts)) is not None:
            return PlainTimes((column,), "week starting", days, are_weeks=True)
    return None


def _digit_months(names: Sequence[str], cells: Sequence[Sequence[str]]) -> PlainTimes | None:
    for column, texts in enumerate(cells):
        if (months := read_digit_months(names[column], texts)) is not None:
            return PlainTimes((column,), "month", months)
    return None


def _year_and_part(names: Sequence[str], cells: Sequence[Sequence[str]]) -> PlainTimes | None:
    """A column of years, perhaps with each in the first row of its block only, before one of their parts."""
    for year in range(len(cells) - 1):
        if not _YEAR_HEAD.fullmatch(words_of(names[year])) or not _PART_HEAD.fullmatch(words_of(names[year + 1])):
            continue
        head = words_of(names[year + 1])
        parts = [_read_part(text, head) for text in cells[year + 1]]
        years = _carried(cells[year])
        lengths = {part.months for part in parts if part is not None}
        is_financial = any("/" in text or "-" in text for text in cells[year])
        if len(lengths) != 1 or (is_financial and lengths == {1} and any(text.isdigit() for text in cells[year + 1])):
            return None  # which month is the first of such a year is not said
        plain = not is_financial and all(cells[year]) and all(_is_plain_part(text) for text in cells[year + 1] if text)
        if plain:
            return None
        texts = tuple(
            "" if first is None or part is None else _composed(first, part)
            for first, part in zip(map(_read_year, years), parts, strict=True)
        )
        return PlainTimes((year, year + 1), "month", texts)
    return None


def _is_plain_part(text: str) -> bool:
    """Whether a part of a year is written as readers of plain tables know it."""
    return bool(re.fullmatch(r"(Q|Quarter |Qtr )?\d{1,2}", text)) or text.casefold() in MONTHS


def _carried(cells: Sequence[str]) -> list[str]:
    found: list[str] = []
    for cell in cells:
        found.append(cell or (found[-1] if found else ""))
    return found


def _read_year(text: str) -> tuple[int, bool] | None:
    """A year's number, and whether it is one that begins in April."""
    match = _YEAR.fullmatch(text)
    return None if match is None else _year_of(match)


def _year_of(match: re.Match[str]) -> tuple[int, bool] | None:
    told = match.groupdict()
    digits = re.sub(r"\D", "", told["y"])
    is_financial = told.get("z") is not None
    if is_financial and not follows(digits, told["z"]):
        return None
    if not is_financial and told["y"].upper().startswith("FY"):
        return None  # by which of its two years it is called is not said
    return full_year(digits), is_financial


def _read_part(text: str, head: str = "") -> _Part | None:
    """A part of a year; a bare number counts quarters under a head that says so, else months."""
    match = _PART.fullmatch(text)
    if match is None:
        return None
    if (quarter := match["q"] or match["qo"]) is not None:
        return _Part(3 * _counted(quarter) - 2, 3, is_counted=True)
    if (half := match["h"] or match["ho"]) is not None:
        return _Part(6 * _counted(half) - 5, 6, is_counted=True)
    if match["n"]:
        return _numbered(int(match["n"]), head)
    first = MONTHS.get((match["m"] or match["a"]).casefold(), 0)
    last = MONTHS.get((match["b"] or match["m"]).casefold(), 0)
    months = last - first + 1
    return _Part(first, months) if first and months > 0 and 12 % months == 0 and (months > 1 or match["m"]) else None


def _counted(text: str) -> int:
    return int(text) if text.isdigit() else _ORDINALS[text.casefold()]


def _numbered(number: int, head: str) -> _Part | None:
    if head.rpartition(" ")[2] in {"quarter", "qtr", "q"}:
        return _Part(3 * number - 2, 3, is_counted=True) if 1 <= number <= 4 else None  # quarters of a year
    return _Part(number, 1) if 1 <= number <= 12 and "mo" in head else None


def _composed(year: tuple[int, bool], part: _Part) -> str:
    number, is_financial = year
    month = part.month + (3 if is_financial and part.is_counted else 0)
    if is_financial and not part.is_counted and month < 4:  # a year that begins in April ends in March
        number += 1
    if month > 12:
        number, month = number + 1, month - 12
    return f"{number:04}-{month:02}"


def _read_whole(text: str) -> tuple[str, int] | None:
    """A period in one text as a month, and how many months it has; None where it is none."""
    if (span := _SPAN_OF_MONTHS.fullmatch(text)) is not None:
        first, last = read_period(span["a"]), read_period(span["b"])
        months = 0 if first is None or last is None else 12 * (last.year - first.year) + last.first - first.first + 1
        return (f"{first.year:04}-{first.first:02}", months) if first is not None and months in _SPANS else None
    for pattern in _WHOLE:
        match = pattern.fullmatch(text)
        year = None if match is None else _year_of(match)
        part = None if match is None or year is None else _read_part(match["part"].strip(" -–,:/"))
        if year is not None and part is not None:
            return _composed(year, part), part.months
    return None


def _in_one(_names: Sequence[str], cells: Sequence[Sequence[str]]) -> PlainTimes | None:
    for column, texts in enumerate(cells):
        filled = [text for text in texts if text]
        if not filled or all(read_period(text) is not None or read_moment(text) is not None for text in filled):
            continue
        found = [_read_whole(text) for text in texts]
        there = [one for one in found if one is not None]
        if len(there) >= _MOSTLY * len(filled) and len({months for _, months in there}) == 1:
            return PlainTimes((column,), "month", tuple("" if one is None else one[0] for one in found))
    return None


def _last_days(names: Sequence[str], cells: Sequence[Sequence[str]]) -> PlainTimes | None:
    """A column of last days of weeks or months, under a head that says so."""
    for column, texts in enumerate(cells):
        match = _ENDING.search(words_of(names[column]))
        if match is None:
            continue
        for is_day_first in (True, False):
            days = [None if ":" in text else read_day(text, is_day_first=is_day_first) for text in texts]
            there = [day for day in days if day is not None]
            if len(there) < _FEWEST or len(there) < _MOSTLY * sum(map(bool, texts)):
                continue
            if _are_weekly(there) and match[1] in {"week", None}:
                plain = tuple("" if day is None else (day - timedelta(days=6)).isoformat() for day in days)
                return PlainTimes((column,), "week starting", plain)
            months = _months_between(there)
            if months and match[1] != "week":
                return PlainTimes((column,), "month", tuple("" if d is None else _begun(d, months) for d in days))
    return None


def _are_weekly(days: Sequence[date]) -> bool:
    return len({day.weekday() for day in days}) == 1 and all(abs((b - a).days) in {7, 14} for a, b in pairwise(days))


def _months_between(days: Sequence[date]) -> int:
    """How many months apart days are that are the last of their months; 0 where they are not."""
    if any((day + timedelta(days=1)).day != 1 for day in days):
        return 0
    steps = {abs((b.year - a.year) * 12 + b.month - a.month) for a, b in pairwise(days)}
    return min(steps) if steps and min(steps) in {1, 3, 12} else 0


def _begun(day: date, months: int) -> str:
    """The first month of a period that ends on a day."""
    at = day.year * 12 + day.month - months
    return f"{at // 12:04}-{at % 12 + 1:02}"


def find_plain_heads(names: Sequence[str], rows: Sequence[Sequence[str]]) -> PlainHeads | None:
    """Find the columns whose heads are periods: a year's months side by side, or periods across.

    None where there are too few, or where another column than names and totals stands beside them.
    """
    heads = [bare_text(name) for name in names]
    return _across(heads, rows) or _instants_across(names) or _side_by_side(heads)


def _instants_across(names: Sequence[str]) -> PlainHeads | None:
    """Columns whose heads are dates with times of day, behind those that say what each row is."""
    moments = [read_moment(name) for name in names]
    first = next((c for c, moment in enumerate(moments) if moment is not None), len(names))
    forms = {moment.form if moment is not None else "" for moment in moments[first:]}
    if not 0 < first <= _MOST_NAMES or len(names) - first < _FEWEST or len(forms) != 1 or "%H" not in forms.pop():
        return None
    return PlainHeads({c: names[c].strip() for c in range(first, len(names))}, tuple(range(first)), are_instants=True)


def _across(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> PlainHeads | None:
    found: dict[int, tuple[str, int]] = {}
    for column, head in enumerate(heads):
        told = _head_period(head)
        if told is not None:
            found[column] = told
    totals = tuple(c for c in range(len(heads)) if c not in found and c > min(found, default=0) and _is_total(heads[c]))
    others = [c for c in range(len(heads)) if c not in found and c not in totals]
    if len(found) < _FEWEST or len({months for _, months in found.values()}) != 1 or len(others) > 2 or not others:
        return None
    if others != list(range(len(others))) or not all(rows[n][0].strip() for n in range(min(3, len(rows)))):
        return None
    texts = [text for text, _ in found.values()]
    if len(set(texts)) < len(texts) or sorted(texts) not in (texts, texts[::-1]):
        return None
    return PlainHeads({c: text for c, (text, _) in found.items()}, tuple(others), totals=totals)


def _head_period(head: str) -> tuple[str, int] | None:
    if re.fullmatch(r"(19|20)\d{2}", head):
        return head, 12
    if (match := _YEAR.fullmatch(head)) is not None and match["z"] and (year := _year_of(match)) is not None:
        return f"{year[0]}-04", 12
    if (whole := _read_whole(head)) is not None:
        return whole
    moment = read_period(head)
    if moment is None or head.isdigit() or " from " in moment.form:
        return None
    return f"{moment.year:04}-{moment.first:02}", 3 if "%q" in moment.form else 1


def _is_total(head: str) -> bool:
    return not head or _TOTAL.search(words_of(head)) is not None


def _side_by_side(heads: Sequence[str]) -> PlainHeads | None:
    years = [c for c, head in enumerate(heads) if _YEAR_HEAD.fullmatch(words_of(head))]
    parts = {c: part for c, head in enumerate(heads) if (part := _read_part(head)) is not None}
    if len(years) != 1 or len({part.months for part in parts.values()}) != 1:
        return None
    months = next(iter(parts.values())).months
    if len(parts) * months != 12 or len({part.month for part in parts.values()}) != len(parts):
        return None
    others = [c for c in range(len(heads)) if c not in parts and c != years[0]]
    totals = tuple(c for c in others if _is_total(heads[c]))
    names = tuple(c for c in others if c not in totals)
    return PlainHeads({c: heads[c] for c in parts}, names, years[0], totals) if len(names) <= 2 else None


def period_of(year: str, head: str) -> str:
    """The month in which a part of a year begins; "" where either is none.

    Examples
    --------
    >>> period_of("2019", "Apr"), period_of("2019/20", "Jan"), period_of("2019/20", "Q4")
    ('2019-04', '2020-01', '2020-01')
    """
    told, part = _read_year(bare_text(year)), _read_part(bare_text(head))
    return "" if told is None or part is None else _composed(told, part)
