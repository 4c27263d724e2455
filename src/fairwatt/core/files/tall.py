"""Tall tables: a row for each value, with a column that says which channel it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from fairwatt.core.files.cells import is_null, is_number
from fairwatt.core.files.fields import make_names
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout
from fairwatt.core.files.meaning import is_identity, read_name, says_end, time_rank
from fairwatt.core.files.profile import SpreadRule
from fairwatt.core.files.reshaped import Origin, Shape, plain_layout
from fairwatt.core.files.roles import Roles, find_roles, is_statistic, names_labels, names_units, names_values
from fairwatt.core.files.stamp_columns import find_stamp_column
from fairwatt.core.files.times import find_times
from fairwatt.core.files.ways import name_ways
from fairwatt.core.files.wide import are_ways, label_of, labels_of, spelled
from fairwatt.core.units import find_unit

_LOOKED_AT = 300
_BEHIND = re.compile(r"[^A-Za-z%°]*\d ?([A-Za-z%°£€][^\d]*)")
_NUMERIC = 0.7
_TOLD_APART = 0.98
_MOST_CHANNELS = 60
_MOST_NUMBERS = 3  # columns of numbers of which one is the values'


def is_value_column(layout: Layout, name: str, column: int) -> bool:
    """Whether a column holds what was measured: numbers that are nobody's name."""
    mark, thousands = layout.dialect.decimal_mark, layout.dialect.thousands_mark
    cells = [cell for cell in layout.cells(column)[:_LOOKED_AT] if not is_null(cell)]
    unit = _unit_in(cells)
    numbers = [cell.strip().removesuffix(unit).rstrip() for cell in cells]
    if not cells or sum(is_number(cell, mark, thousands) for cell in numbers) < _NUMERIC * len(cells):
        return False
    meaning = read_name(name)
    is_counted = meaning.quantity == "count"  # Meter Serial Number
    return not is_identity(name) or (bool(meaning.unit or meaning.quantity) and not is_counted)


def _unit_in(cells: Sequence[str]) -> str:
    """The unit behind the first number where each cell has one: ``0.148 kWh``; "" where none is, and of a duration."""
    match = _BEHIND.fullmatch(cells[0].strip()) if cells else None
    unit = find_unit(match[1]) if match else None
    return match[1] if match and unit is not None and unit.quantity != "duration" else ""


def find_tall(layout: Layout, names: Sequence[str]) -> Shape | None:
    """Find out whether a table has a row for each value, and how; None where it has not."""
    stamps = [c for c in range(layout.columns) if _may_be_time(layout, names[c], c)]
    if not stamps:  # of ends alone, then
        stamps = [c for c in range(layout.columns) if says_end(names[c]) and _holds_times(layout, c)]
    among = [c for c in range(layout.columns) if c not in stamps]
    numbers = list(islice((c for c in among if is_value_column(layout, names[c], c)), _MOST_NUMBERS + 1))
    named = [c for c in numbers if names_values(names[c])]
    values = named if len(named) == 1 and len(numbers) <= _MOST_NUMBERS else numbers
    if not stamps or len(values) != 1:
        return None
    texts = [layout.cells(c) for c in stamps]
    moments = list(zip(*texts, strict=True))
    among = [c for c in among if c not in numbers]
    roles = _by_way(layout, among, _by_unit(names, find_roles(layout, names, among, moments)))
    if roles.label is None or not _go_with(layout, roles.label, numbers, values[0]):
        return None
    if not _is_needed(layout, names, moments, roles, values[0]):
        return None
    shape = _pivoted(layout, names, stamps, roles, values[0])
    if len(shape.origins) > _MOST_CHANNELS + len(stamps) + 1:
        return None
    times = find_times(shape.layout, shape.names)
    if not isinstance(times, FileTimes):
        return None
    dates = replace(times, columns=tuple(shape.origins[c].column for c in times.columns))
    return replace(shape, times=times, dates=dates)


def _by_unit(names: Sequence[str], roles: Roles) -> Roles:
    """Rows that say no more of their value than its unit are told apart by that: no other unit slips among them."""
    if roles.label is None and roles.unit is not None and names_units(names[roles.unit]):
        return Roles(roles.series, roles.unit)
    return roles


def _by_way(layout: Layout, among: Sequence[int], roles: Roles) -> Roles:
    """Rows whose value flows one way or the other are told apart by what says so, though no two are of one time."""
    others = [c for c in among if c not in {roles.series, roles.unit}]
    way = next((c for c in others if name_ways(layout.cells(c))), None) if roles.label is None else None
    return roles if way is None else Roles(roles.series, way, roles.unit)


def _go_with(layout: Layout, label: int, numbers: Sequence[int], value: int) -> bool:
    """Whether the other columns of numbers only number the labels: nothing is lost without them."""
    labels = layout.cells(label)
    others = [layout.cells(c) for c in numbers if c != value]
    return all(len(set(zip(labels, cells, strict=True))) == len(set(labels)) for cells in others)


def _may_be_time(layout: Layout, name: str, column: int) -> bool:
    if time_rank(name) < 0:
        return False
    if _holds_times(layout, column):
        return True
    cells = [cell.strip() for cell in layout.cells(column)[:_LOOKED_AT] if not is_null(cell)]
    return time_rank(name) > 0 and bool(cells) and all(is_number(cell) and len(cell) >= 5 for cell in cells)


def _holds_times(layout: Layout, column: int) -> bool:
    return find_stamp_column(layout.cells(column)[:_LOOKED_AT]) is not None


def _is_needed(
    layout: Layout, names: Sequence[str], moments: Sequence[tuple[str, ...]], roles: Roles, value: int
) -> bool:
    """Whether rows of one time can only be told apart by their labels, or the labels say what the values are."""
    label = layout.cells(roles.label or 0)
    if name_ways(label):
        return True
    if names_units(names[roles.label or 0]):
        return True
    series = [layout.cells(roles.series)] if roles.series is not None else []
    without = len(set(zip(moments, *series, strict=True))) if series else len(set(moments))
    together = len(set(zip(moments, label, *series, strict=True)))
    if without < _TOLD_APART * together:
        return True
    return names_values(names[value]) and names_labels(names[roles.label or 0])


def _pivoted(layout: Layout, names: Sequence[str], stamps: Sequence[int], roles: Roles, value: int) -> Shape:
    """The table with a row for each time, as far as it was sampled."""
    kept = [*stamps, *([roles.series] if roles.series is not None else [])]
    plain = Shape(
        layout=layout,
        names=tuple(names),
        times=_NONE,
        origins=(),
        dates=_NONE,
        date_names=(),
        date_example="",
        file_columns=layout.columns,
    )
    return gathered(plain, roles, value, tuple(kept))


def gathered(shape: Shape, roles: Roles, value: int, kept: tuple[int, ...]) -> Shape:
    """A shape whose rows of one time are brought together, a channel for each label.

    Parameters
    ----------
    kept
        The columns of the time; that of the series is kept too.
    """
    layout, names = shape.layout, shape.names
    columns = [*dict.fromkeys([*kept, *([roles.series] if roles.series is not None else [])])]
    rows = [row for segment in layout.segments for row in segment]
    labels = labels_of(rows, roles)
    heads = [*(names[c] for c in columns), *_channel_names(labels, names[value], are_units=roles.unit == roles.label)]
    unique, _ = make_names(heads, len(heads))
    segments = [list(_brought_together(segment, roles, columns, value, [label for label, _ in labels]))
                for segment in layout.segments]  # fmt: skip
    plain = replace(plain_layout(layout, unique, segments), units=("",) * len(columns) + tuple(u for _, u in labels))
    first = layout.columns
    origins = (*(Origin(c) for c in columns), *(Origin(first + n, label) for n, (label, _) in enumerate(labels)))
    unit = roles.unit if roles.unit != roles.label else None
    used = {*columns, value, roles.label, roles.unit}
    return replace(
        shape,
        layout=plain,
        names=unique,
        times=replace(
            shape.times,
            columns=tuple(columns.index(c) for c in kept if c != roles.series),
            series_column=columns.index(roles.series) if roles.series is not None else None,
        ),
        origins=origins,
        spread=SpreadRule(name_column=roles.label or 0, value_column=value, unit_column=unit),
        left_out=tuple(names[c] for c in range(layout.columns) if c not in used),
    )


def _channel_names(labels: Sequence[tuple[str, str]], value_name: str, *, are_units: bool) -> Iterator[str]:
    """Labels as channels' names; with the value column's unit, where that says one."""
    told = read_name(value_name)
    ways = are_ways(labels, told.unit)
    for label, _ in labels:
        name = spelled(label, ways=ways)
        if is_statistic(label):
            yield f"{value_name} {label}"
            continue
        if are_units or (find_unit(label) is not None and len(name) > 1):  # a letter is hardly a unit
            yield value_name if told.unit_text.casefold() == name.casefold() else f"{value_name} ({label})"
        elif not told.unit_text or (len(name) > 1 and read_name(name).unit):
            yield name
        else:
            yield f"{name} ({told.unit_text})"


def _brought_together(
    rows: Sequence[tuple[str, ...]], roles: Roles, columns: Sequence[int], value: int, labels: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Rows of one time as one row; where a label comes twice, the second one begins another."""
    place = {label: n for n, label in enumerate(labels)}
    found: dict[tuple[tuple[str, ...], int], list[str]] = {}
    again: dict[tuple[tuple[str, ...], str], int] = {}
    for row in rows:
        label = label_of(row, roles)
        if label not in place:
            continue
        key = tuple(row[c] for c in columns)
        number = again.get((key, label), 0)
        again[key, label] = number + 1
        found.setdefault((key, number), [""] * len(labels))[place[label]] = row[value]
    for (key, _), cells in found.items():
        yield (*key, *cells)


_NONE = FileTimes((), "", None, False, "", False, (), None, None)
