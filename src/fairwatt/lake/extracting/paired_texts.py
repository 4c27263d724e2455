"""Tables of pairs: each tag has a column of times of its own, with its values beside it, as historians write them.

The times of one pair are not those of the next. They become one column of times, in which a tag has a value where it
has that very time.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from fairwatt.core.errors import FairwattError
from fairwatt.core.files.cells import is_missing_word, is_null, is_number
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.meaning import time_rank
from fairwatt.core.files.profile import Dialect
from fairwatt.core.files.stamp_columns import read_cells
from fairwatt.core.files.stamps import MICROS, read_moment
from fairwatt.lake.extracting.joining import MOST_COLUMNS
from fairwatt.lake.extracting.tables import Place, TextTable
from fairwatt.lake.extracting.writing import one_line, text_writer

_MOST_BYTES = 32 << 20  # held in memory
_FEWEST_PAIRS = 2
_LOOKED_AT = 500
_TIMED = 0.9
_HOUR = 3_600 * MICROS


@dataclass(frozen=True, slots=True)
class _Pair:
    """A tag's name, and the columns of its times and values."""

    name: str
    time: int
    value: int


def as_one_table(table: TextTable, target: Path, layout: Layout | None = None) -> TextTable | None:
    """The table with one column of times; None where it is no table of pairs, or too large to be held."""
    sample = table.sample()
    if max(sample.size, len(sample.head)) > _MOST_BYTES:
        return None
    try:
        layout = layout or find_layout(sample, name=table.title, max_columns=MOST_COLUMNS)
    except FairwattError:
        return None
    if layout is None or (pairs := _find_pairs(layout, table.path)) is None:
        return None
    places = _write(table, pairs, layout.dialect, target)
    return replace(table, path=target, dialect_is_plain=layout.dialect.delimiter == ",", places=places)


def _find_pairs(layout: Layout, path: Path) -> list[_Pair] | None:
    """The pairs, where all columns are some, and the heads say that each has a time of its own."""
    filled = [c for c in range(layout.columns) if any(cell.strip() for cell in layout.cells(c)[:_LOOKED_AT])]
    if len(filled) < 2 * _FEWEST_PAIRS or len(filled) % 2 or not layout.names:
        return None
    if filled != list(range(len(filled))):  # tables beside one another have a gap between them
        return None
    times, values = filled[::2], filled[1::2]
    if not all(map(_holds_times, (layout.cells(c) for c in times))):
        return None
    if not all(map(_holds_numbers, (layout.cells(c) for c in values))):
        return None
    above = _line_above(path, layout.dialect)
    heads = [[row[c].strip() if c < len(row) else "" for c in range(layout.columns)] for row in (layout.names, above)]
    names = _tags(heads[0], times, values) or _tags(heads[1], times, values)
    are_alike = _are_alike(heads[0], times) and _are_alike(heads[0], values)  # Timestamp, Value, Timestamp, Value
    if names is None and are_alike:
        names = [f"{heads[0][value] or 'Value'} {n}" for n, value in enumerate(values, start=1)]
    if names is None or len(set(names)) < len(names):
        return None
    return [_Pair(name, time, value) for name, time, value in zip(names, times, values, strict=True)]


def _tags(heads: Sequence[str], times: Sequence[int], values: Sequence[int]) -> list[str] | None:
    """What the pairs are called by one row of heads: each over its times, its values, or both."""
    over_times, over_values = [heads[c] for c in times], [heads[c] for c in values]
    if all(over_times) and (not any(over_values) or over_times == over_values) and not _are_times(over_times):
        return over_times
    if all(over_values) and _are_alike(heads, times) and not _are_alike(heads, values):
        return over_values
    return None


def _are_times(names: Sequence[str]) -> bool:
    return all(time_rank(name) > 0 for name in names)


def _are_alike(heads: Sequence[str], columns: Sequence[int]) -> bool:
    """Whether all of some columns have the same head, or none."""
    return len({heads[c].casefold() for c in columns}) == 1


def _line_above(path: Path, dialect: Dialect) -> Sequence[str]:
    """The cells of the line above the header."""
    if not dialect.skip_lines:
        return ()
    with path.open(encoding=dialect.encoding, errors="replace", newline=None) as file:
        lines = islice(file, dialect.skip_lines - 1, dialect.skip_lines)
        return next(csv.reader(lines, delimiter=dialect.delimiter), ())


def _holds_times(cells: Sequence[str]) -> bool:
    there = [cell for cell in cells[:_LOOKED_AT] if not is_null(cell)]
    return bool(there) and sum(read_moment(cell) is not None for cell in there) >= _TIMED * len(there)


def _holds_numbers(cells: Sequence[str]) -> bool:
    there = [cell for cell in cells[:_LOOKED_AT] if not is_null(cell) and not is_missing_word(cell)]
    return 2 * sum(is_number(cell) or is_number(cell, ",") for cell in there) > len(there)


def _write(table: TextTable, pairs: Sequence[_Pair], dialect: Dialect, target: Path) -> tuple[Place, ...]:
    """Write the table in the order of time; return where its lines came from."""
    taken: list[list[tuple[str, str, int]]] = [[] for _ in pairs]  # time, value, line
    for line, cells in _rows(table.path, dialect):
        for pair, found in zip(pairs, taken, strict=True):
            time, value = (one_line(cells[c]) if c < len(cells) else "" for c in (pair.time, pair.value))
            if time:
                found.append((time, value, line))
    merged: dict[_Key, tuple[str, int, list[str]]] = {}
    for number, (found, keys) in enumerate(zip(taken, _keys_of(taken), strict=True)):
        for key, (time, value, line) in zip(keys, found, strict=True):
            merged.setdefault(key, (time, line, [""] * len(pairs)))[2][number] = value
    places: list[Place] = []
    with text_writer(target, dialect.delimiter) as write:
        write(["time", *(one_line(pair.name) for pair in pairs)])
        for number, (_, (time, line, cells)) in enumerate(sorted(merged.items()), start=2):
            write([time, *cells])
            own = table.place_at(line)
            row = own.row + line - own.line
            if not places or (places[-1].part, places[-1].row + number - places[-1].line) != (own.part, row):
                places.append(Place(number, row, own.part, own.word))
    return tuple(places)


_Key = tuple[int, int, int, str]  # the hour, which pass of it (clocks repeat one in autumn), the time, its text


def _keys_of(taken: Sequence[Sequence[tuple[str, str, int]]]) -> list[list[_Key]]:
    """What times are put in order and together by."""
    orders = [
        [read_cells([time for time, _, _ in found], day_first=first) for found in taken] for first in (True, False)
    ]
    stamps = min(orders, key=lambda order: sum(int((np.diff(one) < 0).sum()) for one in order))
    keys: list[list[_Key]] = []
    for one, found in zip(stamps, taken, strict=True):
        own: list[_Key] = []
        seen: Counter[int] = Counter()
        for stamp, (time, _, _) in zip(one.tolist(), found, strict=True):
            hour, before = stamp // _HOUR, own[-1] if own else (0, 0, 0, "")
            again = before[1] + (stamp < before[2]) if before[0] == hour else 0
            own.append((hour, max(again, seen[stamp]), stamp, time))
            seen[stamp] += 1
        keys.append(own)
    return keys


def _rows(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """The rows of data, with the lines (from 1) that they stand in."""
    before = dialect.skip_lines + dialect.header_lines
    with path.open(encoding=dialect.encoding, errors="replace", newline=None) as file:
        reader = csv.reader(
            (line.replace("\0", "") for line in islice(file, before, None)), delimiter=dialect.delimiter
        )
        for cells in reader:
            yield reader.line_num + before, [cell.strip() for cell in cells]
