"""Wide tables: a row is a day, its half-hours (or hours, or quarters) stand side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.counting import DAY, Counting, DaySeen, changes_between, find_counting, midnight_of
from fairwatt.core.files.dates import DateSource, find_date_source, find_days
from fairwatt.core.files.fields import make_names
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import read_name
from fairwatt.core.files.profile import PeriodRule, Slot, SpreadRule
from fairwatt.core.files.registers import ENERGIES
from fairwatt.core.files.reshaped import Origin, Shape, plain_layout, plain_times
from fairwatt.core.files.roles import Roles, find_roles, spell_out
from fairwatt.core.files.slots import SlotGroup, find_slots
from fairwatt.core.files.stamps import MICROS, NOT_A_TIME
from fairwatt.core.units import find_unit

_LOOKED_AT = 60
_NUMERIC = 0.6  # share of filled cells that are numbers
_MOST_DAYS, _MOST_LATER = 420, 60  # rows that are unfolded, of the first segment and of each other one
_EPOCH = datetime(1970, 1, 1)  # local clocks have no zone yet
_HEADLESS = 48
_NAMES_INTERVALS = {"duration", "count"}  # hr0030 and Period 1 name intervals, not what was read
_WAYS = {"i", "e"}  # import and export
_USUAL = "kwh"  # of intervals side by side whose unit nothing says
_MOST_FLAGS = 6  # different marks beside values


@dataclass(frozen=True, slots=True)
class _Table:
    """A wide table as far as it is understood."""

    layout: Layout
    names: tuple[str, ...]
    groups: tuple[SlotGroup, ...]
    source: DateSource
    roles: Roles
    dates: FileTimes
    days: tuple[int, ...]

    @property
    def step_s(self) -> int:
        return self.groups[0].step_s


def find_wide(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find out whether a table is wide, and how; None where it is not."""
    groups = _groups(layout)
    if not groups:
        return None
    slots = {column for group in groups for column in group.columns}
    others = [column for column in range(layout.columns) if column not in slots]
    source = find_date_source(layout, names, others)
    if source is None:
        return None
    among = [column for column in others if column not in source.columns]
    roles = find_roles(layout, names, among, [(text,) for text in source.texts])
    found = find_days(layout, names, source, roles)
    if found is None:
        return None
    dates, days = found
    table = _Table(layout, tuple(names), groups, source, roles, dates, days)
    return _shape(table, _counting(table), among)


def _groups(layout: Layout) -> tuple[SlotGroup, ...]:
    """The intervals' columns, those of numbers first; flags that stand after each of them are a group too."""
    groups = find_slots(layout.names) if layout.names else _without_heads(layout)
    numeric = [group for group in groups if _are_numbers(layout, group)]
    if not numeric:
        return ()
    others = [group for group in groups if group not in numeric]
    return (*numeric, *others, *_flags(layout, numeric[0], {c for group in groups for c in group.columns}))


def _without_heads(layout: Layout) -> tuple[SlotGroup, ...]:
    """A table without a header whose last 48 columns are numbers, and none before them."""
    if (pairs := _pairs_without_heads(layout)) is not None:
        return pairs
    first = layout.columns - _HEADLESS
    if not 1 <= first <= 6:  # a date and a few names
        return ()
    group = SlotGroup("", "number", 1800, tuple(range(first, layout.columns)), tuple(range(0, 86_400, 1800)))
    before = [is_number(cell) and "." in cell for column in range(first) for cell in layout.cells(column)[:_LOOKED_AT]]
    return (group,) if not any(before) and _are_numbers(layout, group) else ()


def _pairs_without_heads(layout: Layout) -> tuple[SlotGroup, ...] | None:
    """A table without a header whose last 96 columns are numbers and flags by turns; None where they are not."""
    first = layout.columns - 2 * _HEADLESS
    if not 1 <= first <= 6:  # a date and a few names
        return None
    starts = tuple(range(0, 86_400, 1800))
    for begin in (first, first + 1):
        values = SlotGroup("", "number", 1800, tuple(range(begin, layout.columns, 2)), starts)
        flags = replace(values, name="Flag", columns=tuple(range(2 * first + 1 - begin, layout.columns, 2)))
        texts = {cell.strip() for column in flags.columns for cell in layout.cells(column)[:_LOOKED_AT]}
        if _are_numbers(layout, values) and len(texts) <= _MOST_FLAGS and not any(map(is_number, texts)):
            return (values, flags)
    return None


def _are_numbers(layout: Layout, group: SlotGroup) -> bool:
    mark, thousands = layout.dialect.decimal_mark, layout.dialect.thousands_mark
    cells = [row[c] for row in layout.segments[0][:_LOOKED_AT] for c in group.columns if not is_null(row[c])]
    return sum(is_number(cell, mark, thousands) for cell in cells) >= _NUMERIC * len(cells)


def _flags(layout: Layout, group: SlotGroup, taken: set[int]) -> tuple[SlotGroup, ...]:
    """The columns right after each interval's, where all have the same heading."""
    after = [column + 1 for column in group.columns]
    if not layout.names or after[-1] >= layout.columns or taken & set(after):
        return ()
    heads = {layout.names[column].strip() for column in after}
    if len(heads) != 1:
        return ()
    return (replace(group, name=heads.pop() or "Flag", columns=tuple(after)),)


def _counting(table: _Table) -> Counting:
    group = table.groups[0]
    rows = [row for segment in table.layout.segments for row in segment]
    days = [
        _day_seen(row, group, midnight)
        for row, midnight in zip(rows, table.days, strict=True)
        if midnight != NOT_A_TIME
    ]
    is_complete = len(rows) >= len(table.layout.lines)
    if not is_complete and days:
        days += list(_looked_up(table, group, min(d.midnight for d in days), max(d.midnight for d in days)))
    words = " ".join(table.names[column] for column in table.source.columns)
    return find_counting(
        days,
        group.step_s,
        usual="clock" if group.by == "clock" and not group.has_long_day else "elapsed",
        is_settlement=is_settlement_name(f"{words} {group.name}"),
        has_long_day=group.has_long_day and group.offsets_s[-1] >= DAY // MICROS,
        is_complete=is_complete,
    )


def is_settlement_name(text: str) -> bool:
    """Whether a name is that of British settlement."""
    return "settlement" in text.casefold() or text.casefold().startswith("sett")


def _day_seen(row: Sequence[str], group: SlotGroup, midnight: int) -> DaySeen:
    filled = [(o, row[c]) for c, o in zip(group.columns, group.offsets_s, strict=True) if not is_null(row[c])]
    zeros = frozenset(offset for offset, cell in filled if not cell.strip(" 0.,"))
    return DaySeen(midnight, tuple(offset for offset, _ in filled), zeros)


def _looked_up(table: _Table, group: SlotGroup, low: int, high: int) -> Iterator[DaySeen]:
    """The days of clock changes among the head's lines that were not sampled."""
    sampled = set(table.days)
    if len(table.source.columns) > 1:
        return
    for change in changes_between(low, high):
        midnight = midnight_of(change)
        if midnight in sampled:
            continue
        text = (_EPOCH + timedelta(microseconds=midnight)).strftime(table.dates.form)
        for line, content in enumerate(table.layout.lines):
            if text in content:
                for row in table.layout.rows_of(line, line + 1):
                    if row[table.source.columns[0]].strip() == text:
                        yield _day_seen(row, group, midnight)


def _shape(table: _Table, counting: Counting, among: Sequence[int]) -> Shape:
    roles = table.roles
    channels = list(_channels(table))
    series = [] if roles.series is None else [roles.series]
    heads = ["time", *(table.names[c] for c in series), *(name for name, *_ in channels)]
    names, _ = make_names(heads, len(heads))
    layout = plain_layout(table.layout, names, list(_unfolded(table, [(label, g) for _, _, label, g in channels])))
    layout = replace(layout, units=("", *("" for _ in series), *(unit for _, unit, _, _ in channels)))
    first = table.layout.columns
    origins = (Origin(table.source.columns[0]), *(Origin(c) for c in series),
               *(Origin(first + n, label, g) for n, (_, _, label, g) in enumerate(channels)))  # fmt: skip
    slots = tuple(
        Slot(column=column, offset_s=offset, group=number)
        for number, group in enumerate(table.groups)
        for column, offset in zip(group.columns, group.offsets_s, strict=True)
    )
    used = {roles.series, roles.label, roles.unit}
    return Shape(
        layout=layout,
        names=names,
        times=plain_times(table.dates, columns=(0,), series=1 if series else None, step_s=table.step_s),
        origins=origins,
        dates=table.dates,
        date_names=tuple(table.names[c] for c in table.source.columns),
        date_example=next((text for text in table.source.texts if text), ""),
        periods=PeriodRule(step_s=table.step_s, counts=counting.counts, counts_how=counting.counts_how, slots=slots),
        spread=_spread(table),
        counting=counting,
        left_out=tuple(table.names[c] for c in among if c not in used),
        file_columns=first,
    )


def _spread(table: _Table) -> SpreadRule | None:
    roles = table.roles
    if roles.label is None:
        return None
    unit = roles.unit if roles.unit != roles.label else None
    return SpreadRule(name_column=roles.label, value_column=table.layout.columns, unit_column=unit)


def label_of(row: Sequence[str], roles: Roles) -> str:
    """The label of a row, with its unit where a column has it, as a SpreadRule writes it."""
    if roles.label is None:
        return ""
    name = row[roles.label].strip()
    return name if roles.unit in {None, roles.label} else f"{name} [{row[roles.unit or 0].strip()}]"


def _channels(table: _Table) -> Iterator[tuple[str, str, str, int]]:
    """Each channel's name, unit, label and group of intervals."""
    rows = [row for segment in table.layout.segments for row in segment]
    labels = labels_of(rows, table.roles)
    for number, group in enumerate(table.groups):
        is_letter = len(group.name) == 1  # V1 to V48 are values, P1 to P48 periods: what is alike in them is no unit
        told = read_name("" if is_letter else group.name)
        ways = are_ways(labels, told.unit or _USUAL)
        for label, unit in labels:
            says = (told.quantity or told.unit) and told.quantity not in _NAMES_INTERVALS
            name = group.name if number or says else ""
            name = " ".join(part for part in (spelled(label, ways=ways), name if not label or number else "") if part)
            yield name or "Value", "" if number and not told.unit else unit, label, number


def spelled(label: str, *, ways: bool) -> str:
    """A label as a channel's name: ``AI`` → ``AI (active import)``; its unit left out.

    Parameters
    ----------
    ways
        Whether a letter alone is a way of flow, as :func:`are_ways` tells of all labels.
    """
    bare = label.partition(" [")[0]
    words = spell_out(bare) if ways or len(bare.strip()) > 1 else bare
    return bare if words == bare else f"{bare} ({words})"


def are_ways(labels: Sequence[tuple[str, str]], unit: str) -> bool:
    """Whether labels of a letter, I and E, say which way energy flows: both are there, none else, and all of energy.

    Beside P, Q or G, an E is electricity or energy itself; an I in amperes is a current.

    Parameters
    ----------
    labels
        As :func:`labels_of` gives them.
    unit
        That of labels without one.
    """
    found = [find_unit(said or unit) for _, said in labels]
    are_energies = all(one is not None and one.quantity in ENERGIES for one in found)
    return are_energies and {label.partition(" [")[0].strip().casefold() for label, _ in labels} == _WAYS


def labels_of(rows: Sequence[Sequence[str]], roles: Roles) -> list[tuple[str, str]]:
    """Labels in the order in which they first come, each with its commonest unit; one without label where none is."""
    units: dict[str, Counter[str]] = {}
    for row in rows:
        unit = row[roles.unit].strip() if roles.unit is not None else ""
        units.setdefault(label_of(row, roles), Counter())[unit] += 1
    if roles.label is not None:
        units = {label: found for label, found in units.items() if not is_null(label.partition(" [")[0])}
    return [(label, found.most_common(1)[0][0]) for label, found in units.items()]


def _unfolded(table: _Table, channels: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, ...]]]:
    """The sampled days as rows of a plain table."""
    at = 0
    series = table.roles.series
    starts = table.groups[0].offsets_s
    by_offset = [dict(zip(group.offsets_s, group.columns, strict=False)) for group in table.groups]
    for number, segment in enumerate(table.layout.segments):
        rows: list[tuple[str, ...]] = []
        for row, midnight in list(zip(segment, table.days[at:], strict=False))[: _MOST_LATER if number else _MOST_DAYS]:
            if midnight == NOT_A_TIME:
                continue
            label = label_of(row, table.roles)
            name = [] if series is None else [row[series]]
            for offset in starts:
                time = str(_EPOCH + timedelta(microseconds=midnight, seconds=offset))
                cells = [
                    row[by_offset[group][offset]] if label == own and offset in by_offset[group] else ""
                    for own, group in channels
                ]
                if any(cells) or offset < DAY // MICROS:
                    rows.append((time, *name, *cells))
        at += len(segment)
        yield rows
