"""Tables of one form in several sheets or files are one table with several parts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from fairwatt.core.errors import FairwattError
from fairwatt.core.files.fields import make_names
from fairwatt.core.files.file_times import FileTimes
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.profile import TableRule
from fairwatt.core.files.stamps import NOT_A_TIME
from fairwatt.core.files.times import find_times
from fairwatt.core.findings import Finding
from fairwatt.lake.extracting.aligning import Alignment, align, form_of
from fairwatt.lake.extracting.tables import Place, TextTable
from fairwatt.lake.extracting.writing import one_line, text_writer

MOST_COLUMNS = 16_384
_MOST_PARTS = 10_000
_MANY = 50  # parts; from here on those with a head already known are not laid out one by one
_END_ROWS = 5  # of each end of such a part, for its times
_END_BYTES = 16 << 10
_MOST_COMPARED = 100_000  # rows of a part whose times overlap another's
_VARIED = 3  # different rows that two parts share at least where they are of one meter: nights are nought everywhere
_MOSTLY = 0.9  # of the times that both have; some values are mended afterwards
_SHOWN = 10
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d\d\d)")


@dataclass(frozen=True, slots=True)
class Part:
    """A table that may be one of several of its form: its text, and the name it goes by (a sheet's, a file's);
    whether that is a meter's name, so that no other part is of the same meter."""

    table: TextTable
    name: str
    names_meter: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    part: Part
    layout: Layout
    first: int | None  # the first and the last sampled time [µs]
    last: int | None
    has_series: bool

    columns: tuple[int, ...] = ()  # those of its times

    @property
    def form(self) -> tuple[object, ...]:
        """What tables must share to be one."""
        return form_of(self.layout)


def join_parts(parts: Sequence[Part], *, work: Path, word: str) -> list[TextTable]:
    """Join the tables that have the same columns; the others stay as they are.

    Where the times of the parts follow each other, they are read one after the other in the order of time. Where
    they do not, only their names tell them apart: these become a first column ``series``.

    Parameters
    ----------
    work
        Where joined tables are written.
    word
        What the parts are: ``sheet``, ``file``.
    """
    found: dict[object, list[_Known]] = {}
    groups: dict[int, list[_Known]] = {}
    order: list[Part] = []
    heads = _Heads()
    for part in parts:
        known = heads.known(part, is_quick=len(parts) > _MANY) if len(parts) <= _MOST_PARTS else None
        if known is not None and known.layout.names:
            found.setdefault(known.form, []).append(known)
        order.append(part)
    for members in (group for alike in found.values() for group in _alignable(alike)):
        groups |= {id(member.part): members for member in members}
    tables: list[TextTable] = []
    seen: set[int] = set()
    for part in order:
        members = groups.get(id(part), [])
        if len(members) < 2:  # nothing to join
            tables.append(part.table)
        elif id(members) not in seen:
            seen.add(id(members))
            tables.append(_joined(members, work / f"joined-{len(tables)}.csv", word))
    return tables


def _alignable(members: list[_Known]) -> list[list[_Known]]:
    """The members in the order of time; apart by their heads where the numbers of some can't be those of the first."""
    if all(member.first is not None for member in members):
        members = sorted(members, key=lambda member: (member.first or 0, member.last or 0))
    if all(align(members[0].layout, member.layout) is not None for member in members):
        return [members]
    apart: dict[tuple[str, ...], list[_Known]] = {}
    for member in members:
        apart.setdefault(member.layout.names, []).append(member)
    return list(apart.values())


class _Heads:
    """The heads of the parts so far: of many that begin alike, the first one is laid out, and stands for the others."""

    def __init__(self) -> None:
        self._layouts: dict[bytes, Layout] = {}

    def known(self, part: Part, *, is_quick: bool) -> _Known | None:
        """What is known of a part."""
        if is_quick and (found := self._by_its_ends(part)) is not None:
            return found
        known = _known(part)
        if is_quick and known is not None and known.layout.names:
            with part.table.path.open("rb") as file:
                head = file.read(_END_BYTES)
            dialect = known.layout.dialect
            if (begin := _lines(head, dialect.skip_lines + dialect.header_lines)) is not None:
                self._layouts.setdefault(begin, known.layout)
        return known

    def _by_its_ends(self, part: Part) -> _Known | None:
        """What is known of a part whose head is that of an earlier one, by its first and last rows."""
        size = part.table.path.stat().st_size
        with part.table.path.open("rb") as file:
            head = file.read(_END_BYTES)
            file.seek(max(0, size - _END_BYTES))
            tail = file.read()
        begin = next((one for one in self._layouts if head.startswith(one)), None)
        if begin is None:
            return None
        layout = self._layouts[begin]
        body, last = head[len(begin) :], tail[len(begin) :] if size <= _END_BYTES else tail.partition(b"\n")[2]
        segments = tuple(
            _rows_of(lines, layout) for lines in (body.splitlines()[:_END_ROWS], last.splitlines()[-_END_ROWS:])
        )
        if any(not rows or any(len(row) != layout.columns for row in rows) for rows in segments):
            return None  # it is looked at by itself
        return _timed(part, replace(layout, segments=segments))


def _rows_of(lines: Sequence[bytes], layout: Layout) -> tuple[tuple[str, ...], ...]:
    texts = (line.decode(layout.dialect.encoding, errors="replace") for line in lines)
    return tuple(tuple(row) for row in csv.reader(texts, delimiter=layout.dialect.delimiter) if any(row))


def _lines(head: bytes, count: int) -> bytes | None:
    """The first lines of a text; None where these are not all of them."""
    lines = head.splitlines(keepends=True)
    return b"".join(lines[:count]) if count < len(lines) else None


def _known(part: Part) -> _Known | None:
    try:
        layout = find_layout(part.table.sample(), name=part.name, max_columns=MOST_COLUMNS)
    except FairwattError:
        return None
    return _timed(part, layout) if layout is not None else None


def _timed(part: Part, layout: Layout) -> _Known | None:
    """What is known of a part, with its first and last time."""
    try:
        times = find_times(layout, make_names(layout.names, layout.columns)[0])
    except FairwattError:
        return None
    if not isinstance(times, FileTimes):
        return _Known(part, layout, None, None, has_series=False)
    stamps = [int(stamp) for segment in times.segments for stamp in segment if stamp != NOT_A_TIME]
    if not stamps:
        return _Known(part, layout, None, None, has_series=False)
    return _Known(part, layout, min(stamps), max(stamps), times.series_column is not None, times.columns)


def _joined(members: list[_Known], target: Path, word: str) -> TextTable:
    is_named = _needs_names(members)
    aligned = [align(members[0].layout, member.layout) for member in members]
    places: list[Place] = []
    line = 1
    delimiters = {member.layout.dialect.delimiter for member in members}
    delimiter = delimiters.pop() if len(delimiters) == 1 else ","
    with text_writer(target, delimiter) as write:
        for number, (member, alignment) in enumerate(zip(members, aligned, strict=True)):
            for began, read in _rows(member, with_header=number == 0):
                cells = read if alignment is None or not number else alignment.cells(read)
                named = [_name_cell(member, began, number), *cells] if is_named else cells
                write([one_line(cell) for cell in named])
                _note_place(places, member, began, line, word)
                line += 1
    names = [member.part.name for member in members]
    rule = replace_rule(members[0].part.table.rule, names, is_named=is_named)
    title = f"{names[0]} … {names[-1]}" if len(names) > 2 else " + ".join(names)  # a pair is named
    notes = members[0].part.table.notes
    is_plain = delimiter == ","
    findings = tuple(_of_units(members, aligned, word))
    table = TextTable(
        target, rule, title, dialect_is_plain=is_plain, places=tuple(places), notes=notes, findings=findings
    )
    return _as_excerpt(table, [member.part.table for member in members], rows=line - 1)


def _of_units(members: Sequence[_Known], aligned: Sequence[Alignment | None], word: str) -> Iterator[Finding]:
    """What to tell of parts whose numbers were in another multiple of the unit."""
    other = [(member.part.name, one.units) for member, one in zip(members, aligned, strict=True) if one and one.units]
    if other:
        units = ", ".join(dict.fromkeys(unit for _, units in other for unit in units))
        yield Finding(
            code="joined-units",
            count=len(other),
            where=tuple(f"{word} ‘{name}’" for name, _ in other[:_SHOWN]),
            message=f"These parts have their numbers in {units}, the others as the header of ‘{members[0].part.name}’ "
            "says. They were converted, so that all are in one unit.",
        )


def _as_excerpt(table: TextTable, parts: Sequence[TextTable], *, rows: int) -> TextTable:
    """The same, saying how many rows it has in all, where some of its parts are excerpts."""
    excerpts = [part for part in parts if part.rows_in_all is not None]
    if not excerpts:
        return table
    more = sum((part.rows_in_all or 0) - part.rows for part in excerpts)
    return replace(table, rows=rows, rows_in_all=rows + more, beginning=max(part.beginning for part in excerpts))


def replace_rule(rule: TableRule, names: Sequence[str], *, is_named: bool) -> TableRule:
    """The rule of the first part made that of them all."""
    return rule.model_copy(update={"parts": tuple(names), "is_named": is_named, "rows": 0})


def _needs_names(members: Sequence[_Known]) -> bool:
    """Whether the parts' times overlap with other values or are not known, so that only the names tell their rows
    apart; the parts are in the order of time."""
    if any(member.first is None or member.part.names_meter for member in members):
        return True
    if all(member.has_series for member in members):
        return False
    latest = members[0]
    for member in members[1:]:
        if (member.first or 0) < (latest.last or 0) and not _say_the_same(latest, member):
            return True
        latest = max(latest, member, key=lambda one: one.last or 0)
    return False


def _say_the_same(one: _Known, other: _Known) -> bool:
    """Whether two parts whose times overlap have the same values there: dumps of one meter, and not two meters.

    Parts of one length that are called by other names could be two meters even so.
    """
    names = sorted((one.part.name.casefold(), other.part.name.casefold()), key=len)
    may_be_two = (one.first, one.last) == (other.first, other.last)
    if may_be_two and names[0] not in names[1] and not all(_YEAR.search(name) for name in names):
        return False
    there = dict(islice(_keyed(other, one), _MOST_COMPARED))
    same: set[tuple[str, ...]] = set()
    met = equal = 0
    for key, values in _keyed(one, one):
        if key in there:
            met += 1
            is_same = there[key] == values
            equal += is_same
            same |= {values} if is_same and len(same) < _VARIED else set()
    return len(same) >= _VARIED and equal >= _MOSTLY * met


def _keyed(member: _Known, first: _Known) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The rows of a part as those of ``first``, by their times' texts."""
    alignment = align(first.layout, member.layout)
    for _, read in _rows(member, with_header=False):
        cells = read if alignment is None or member is first else alignment.cells(read)
        yield (
            tuple(cells[at] for at in first.columns if at < len(cells)),
            tuple(cell for at, cell in enumerate(cells) if at not in first.columns),
        )


def _name_cell(member: _Known, line: int, number: int) -> str:
    header = member.layout.dialect.skip_lines + member.layout.dialect.header_lines
    if number or line > header:
        return member.part.name
    return "series" if line == member.layout.dialect.skip_lines + 1 else ""


def _rows(member: _Known, *, with_header: bool) -> Iterator[tuple[int, list[str]]]:
    """The part's rows with their first lines (from 1), its own preamble left out."""
    dialect = member.layout.dialect
    skip = dialect.skip_lines + (0 if with_header else dialect.header_lines)
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    with member.part.table.path.open(encoding=encoding, errors="replace", newline=None) as file:
        for _ in range(skip):
            file.readline()
        reader = csv.reader((line.replace("\0", "") for line in file), delimiter=dialect.delimiter)
        began = skip + 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = []
            if any(cell.strip() for cell in cells):
                yield began, cells
            began = skip + reader.line_num + 1


def _note_place(places: list[Place], member: _Known, began: int, line: int, word: str) -> None:
    """Remember where a written line came from, where that is not simply the line after the one before."""
    source = member.part.table
    own = source.place_at(began)
    part = own.part or f"{word} ‘{member.part.name}’"
    row = own.row + began - own.line
    last = places[-1] if places else None
    if last is None or last.part != part or last.row + line - last.line != row:
        places.append(Place(line, row, part, own.word))
