"""Tables whose rows are numbered intervals of a day: a settlement date and period, a date and an hour."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from fairwatt.core.files.counting import Counting, Counts, DaySeen, find_counting
from fairwatt.core.files.dates import DateSource, find_date_source, find_days, find_parts, has_clock_column
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_clerical, words_of
from fairwatt.core.files.profile import PeriodRule
from fairwatt.core.files.reshaped import Origin, Shape, plain_times
from fairwatt.core.files.roles import Roles, find_roles
from fairwatt.core.files.slots import STEPS
from fairwatt.core.files.stamps import NOT_A_TIME
from fairwatt.core.files.tall import gathered, is_value_column
from fairwatt.core.files.wide import is_settlement_name

_HEADS = re.compile(
    r"((settlement|sett|trading|time|half hour|half hourly|market|delivery|dispatch|hh) )?"
    r"(period|interval|sp|hh|qh|quarter hour|qtr hour|half hour|half hourly|hour|hr|he|hour ending|slot|k|hhno|mtu"
    r"|block|pte|int|reading (?=no|num))"
    r"( ?(id|no|num|number|index|ending|of (the )?day))?"
)
_HALF_HOURS = re.compile(r"\b(settlement|sett|sp|hh|half hour|half hourly|hhno|k)\b")
_HOURS = re.compile(r"\b(hour|hr|he)\b")
_NUMBER = re.compile(r"\D*?0*(\d{1,4})(\.0*)?")
_TOLD_APART = 0.9
_MOSTLY, _DAY_S = 0.95, 86_400


def find_numbered(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find out whether rows are numbered intervals of days, and how; None where they are not."""
    everything = range(layout.columns)
    if layout.names and find_parts(layout, names, everything, ("hour", "minute")) is not None:
        return None  # hours that have minutes beside them are those of a time
    for column in everything:
        if layout.names and not _HEADS.fullmatch(words_of(names[column])):
            continue
        numbers = [_number(cell) for cell in layout.cells(column)]
        rule = _rule(column, names[column], [number for number in numbers if number is not None])
        if rule is None or (not layout.names and not _count_by_one(layout, column, rule)):
            continue
        others = [c for c in everything if c != column]
        own = [c for c in others if not is_clerical(names[c])]
        if (source := find_date_source(layout, names, own)) is not None:
            others = own
        else:
            source = find_date_source(layout, names, others)
        if source is None or has_clock_column(layout, others):
            continue
        shape = _shape(layout, names, source, rule, numbers)
        if shape is not None:
            return shape
    return None


def _count_by_one(layout: Layout, column: int, rule: PeriodRule) -> bool:
    """Whether a column without a name counts a day's intervals: it goes up by one until it begins anew."""
    cells = [cell.strip() for cell in layout.cells(column)]
    if not all(cell.isdigit() for cell in cells if cell) or rule.step_s >= _DAY_S:
        return False
    numbers = [int(cell) for cell in cells if cell]
    fitting = sum(b in {a, a + 1, rule.first} for a, b in pairwise(numbers))
    return len(numbers) > 1 and fitting >= _MOSTLY * (len(numbers) - 1) and numbers.count(rule.first) > 1


def _number(cell: str) -> int | None:
    match = _NUMBER.fullmatch(cell.strip())
    return int(match[1]) if match else None


def _rule(column: int, name: str, numbers: Sequence[int]) -> PeriodRule | None:
    """The rule of a column of numbers; None where they can't be those of a day's intervals."""
    if not numbers or min(numbers) < 0:
        return None
    low, high, words = min(numbers), max(numbers), words_of(name)
    first = 0 if low == 0 else 1
    count = high - first + 1
    step = STEPS.get(count)
    if _HALF_HOURS.search(words) and count <= 50:  # half-hours of the longest day
        step = 30
    elif _HOURS.search(words) and count <= 25:  # hours of the longest day
        step = 60
    if step is None:
        return None
    counts: Counts = "clock" if first == 0 and step == 60 else "elapsed"  # hours of the clock
    return PeriodRule(step_s=step * 60, counts=counts, column=column, first=first)


def _shape(
    layout: Layout, names: Sequence[str], source: DateSource, rule: PeriodRule, numbers: Sequence[int | None]
) -> Shape | None:
    column = rule.column or 0
    taken = {column, *source.columns}
    among = [c for c in range(layout.columns) if c not in taken]
    values = [c for c in among if is_value_column(layout, names[c], c)]
    moments = [(text, str(number)) for text, number in zip(source.texts, numbers, strict=True)]
    roles = find_roles(layout, names, [c for c in among if c not in values], moments, many=len(values) == 1)
    if not values or not _is_told_apart(layout, roles, moments):
        return None
    found = find_days(layout, names, source, roles, once=True)
    if found is None:
        return None
    dates, days = found
    counting = _counting(layout, names, source, rule, roles, days, numbers)
    rule = rule.model_copy(update={"counts": counting.counts, "counts_how": counting.counts_how})
    columns = (*source.columns, column)
    shape = Shape(
        layout=_with_times(layout, days, numbers),
        names=tuple(names),
        times=plain_times(dates, columns=columns, series=roles.series, step_s=rule.step_s),
        origins=tuple(Origin(c) for c in range(layout.columns)),
        dates=dates,
        date_names=tuple(names[c] for c in columns),
        date_example=next((text for text in source.texts if text), ""),
        periods=rule,
        counting=counting,
        file_columns=layout.columns,
    )
    return shape if roles.label is None else gathered(shape, roles, values[0], columns)


def _with_times(layout: Layout, days: Sequence[int], numbers: Sequence[int | None]) -> Layout:
    """The layout without the sampled rows that are of no interval, such as those of totals."""
    there = iter([day != NOT_A_TIME and number is not None for day, number in zip(days, numbers, strict=True)])
    return replace(layout, segments=tuple(tuple(row for row in rows if next(there)) for rows in layout.segments))


def _is_told_apart(layout: Layout, roles: Roles, moments: Sequence[tuple[str, ...]]) -> bool:
    """Whether hardly any row has the day and number of another of its series: else the numbers are something else."""
    columns = [layout.cells(c) for c in (roles.series, roles.label) if c is not None]
    different = len(set(zip(moments, *columns, strict=True)))
    days = len({moment[0] for moment in moments})
    return different >= _TOLD_APART * len(moments) and (days < different or days == 1)


def _counting(  # noqa: PLR0917 - what was found so far
    layout: Layout,
    names: Sequence[str],
    source: DateSource,
    rule: PeriodRule,
    roles: Roles,
    days: Sequence[int],
    numbers: Sequence[int | None],
) -> Counting:
    keys = [layout.cells(c) for c in (roles.series, roles.label) if c is not None]
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for midnight, number, *key in zip(days, numbers, *keys, strict=True):
        if midnight != NOT_A_TIME and number is not None:
            found[midnight, *key].append(round((number - rule.first) * rule.step_s))
    seen = [DaySeen(int(str(day[0])), tuple(offsets)) for day, offsets in found.items()]
    words = [names[c] for c in (*source.columns, rule.column or 0)]
    return find_counting(
        seen,
        round(rule.step_s),
        usual=rule.counts,
        is_settlement=any(is_settlement_name(name) or words_of(name) == "sp" for name in words),
        has_long_day=False,
        is_complete=sum(map(len, layout.segments)) >= len(layout.lines),
    )
