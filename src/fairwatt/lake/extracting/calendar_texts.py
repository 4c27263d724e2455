"""Tables of statistics, written out with one column of plain periods."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fairwatt.core.errors import FairwattError
from fairwatt.core.files.calendar_stamps import read_period
from fairwatt.core.files.calendar_tables import (
    PlainHeads,
    PlainTimes,
    find_plain_heads,
    find_plain_times,
    period_of,
)
from fairwatt.core.files.encodings import decode_piece
from fairwatt.core.files.layout import Layout, find_layout
from fairwatt.core.files.privacy import people_columns, people_findings
from fairwatt.core.files.reshaped import WEEKS_COUNTED
from fairwatt.core.files.text_records import Record, read_records, split_lines
from fairwatt.core.files.weekday_columns import WeekdayColumns, find_weekday_columns
from fairwatt.core.findings import Finding, Severity
from fairwatt.core.units import find_unit
from fairwatt.lake.extracting.joining import MOST_COLUMNS
from fairwatt.lake.extracting.tables import Place, TextTable
from fairwatt.lake.extracting.writing import one_line, text_writer

_MOST_ROWS = 20_000  # statistics are short; longer tables are no statistics
_NUMBER = r"[+-]?\d[\d., ]*"
_MARKED = re.compile(rf"({_NUMBER})\s?(\[[^\]]{{1,16}}\]|\([A-Za-z]{{1,3}}\)|[rpeRPE]{{1,3}}|[*†‡]+)")
_YEARS, _MONTHS = re.compile(r"(?i)yyyy|year"), re.compile(r"(?i)mm|month")
_NO_VALUE = re.compile(r"\[[a-z]{1,4}\]")


@dataclass(slots=True)
class _Marks:
    """The marks that stood beside values, and the first places of each."""

    counts: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)

    def taken_from(self, cell: str, place: str) -> str:
        """A cell without the mark beside its number."""
        match = _MARKED.fullmatch(cell.strip())
        if match is None:
            return "" if _NO_VALUE.fullmatch(cell.strip()) else cell
        self.counts[match[2]] += 1
        if len(self.places) < 10:  # as many as a finding shows
            self.places.append(place)
        return match[1].strip()

    def findings(self) -> tuple[Finding, ...]:
        """The finding ``marks-beside-values``, where there are any."""
        if not self.counts:
            return ()
        kinds = ", ".join(f"‘{mark}’ ({count:,})" for mark, count in self.counts.most_common(5))
        message = (
            f"Marks stand beside numbers: {kinds}, as statistics write of revised, provisional or estimated values. "
            "The numbers are read; the original file keeps the marks."
        )
        count = self.counts.total()
        return (
            Finding(
                code="marks-beside-values",
                severity=Severity.INFO,
                count=count,
                where=tuple(self.places),
                message=message,
            ),
        )


def as_plain_calendar(table: TextTable, target: Path, layout: Layout | None = None) -> TextTable | None:
    """The table with its periods in one plain column; None where it has no such periods, or needs nothing done."""
    found = _rows_of(table, layout)
    if found is None:
        return None
    layout, records = found
    names = _heads(layout)
    if not names:  # years across are numbers like those below them
        names, records = list(records[0].cells), records[1:]
    rows = [record.cells for record in records]
    marks, times = _Marks(), None
    if (weeks := find_weekday_columns(names, rows)) is not None:
        return _write(table, target, layout.dialect.delimiter, _of_weeks(weeks, names, records), marks)
    heads = find_plain_heads(names, rows)
    if len(rows) < 2 and (heads is None or not heads.are_instants):  # nothing follows on anything
        return None
    people: list[Finding] = []
    if heads is not None:
        if heads.year_column is None:  # what a row is called becomes a header: nobody's address is to
            people, heads = _without_people(layout, heads)
        written = _across(heads, records) if heads.year_column is None else _side_by_side(heads, names, records)
    elif (times := find_plain_times(names, rows)) is not None or (times := _marked(names, rows)) is not None:
        written = _in_place(times, names, records)
    else:
        return None
    plain = _write(table, target, layout.dialect.delimiter, written, marks)
    plain = replace(plain, findings=(*plain.findings, *people))
    if times is None or not times.are_weeks:
        return plain
    counted = Finding(code="weeks-by-number", severity=Severity.INFO, message=WEEKS_COUNTED)
    return replace(plain, findings=(*plain.findings, counted))


def _without_people(layout: Layout, heads: PlainHeads) -> tuple[list[Finding], PlainHeads]:
    """The columns that name rows without those of addresses and the like, where others do so too; and what to tell."""
    if len(layout.names) < layout.columns:
        return [], heads
    people = people_columns(layout, layout.names)
    names = tuple(column for column in heads.names if column not in people)
    found = people_findings(layout, layout.names, has_readings=bool(names))
    return found, replace(heads, names=names or heads.names[:1])


def _marked(names: Sequence[str], rows: Sequence[Sequence[str]]) -> PlainTimes | None:
    """The columns of periods as they are, where marks stand beside numbers of the others."""
    if not any(_MARKED.fullmatch(cell.strip()) for row in rows for cell in row[1:]):
        return None
    if _YEARS.fullmatch(names[0].strip()) and _MONTHS.fullmatch(names[1].strip()):
        months = tuple(f"{row[0].strip()}-{row[1].strip():0>2}" for row in rows)
        return PlainTimes((0, 1), "month", months)
    texts = tuple(row[0].strip() for row in rows)
    periods = sum(read_period(text) is not None for text in texts if not text.isdigit())
    if periods * 2 < len(rows):
        return None
    return PlainTimes((0,), names[0], texts)


def _rows_of(table: TextTable, layout: Layout | None) -> tuple[Layout, list[Record]] | None:
    """A table's layout and all its records of data; None where it is none, or too long."""
    sample = table.sample()
    if not sample.complete or sample.head.count(b"\n") > _MOST_ROWS:
        return None
    try:
        layout = layout or find_layout(sample, name=table.title, max_columns=MOST_COLUMNS)
    except FairwattError:
        return None
    if layout is None:
        return None
    dialect = layout.dialect
    lines = split_lines(decode_piece(sample.head, dialect.encoding, is_first=True), dialect.line_end)
    before = dialect.skip_lines + dialect.header_lines
    records = read_records(lines[before:], dialect.delimiter, limit=_MOST_ROWS)
    kept = [replace(r, line=r.line + before) for r in records if len(r.cells) == layout.columns]
    return (layout, kept) if kept else None


def _heads(layout: Layout) -> list[str]:
    """The names with their units behind them."""
    units = layout.units or ("",) * len(layout.names)
    return [
        f"{name} ({unit})" if unit and find_unit(unit) is not None and unit not in name else name
        for name, unit in zip(layout.names, units, strict=True)
    ]


_Written = Iterator[tuple[int, list[str]]]  # the lines in which rows stand, and their cells; first the header


def _in_place(times: PlainTimes, names: Sequence[str], records: Sequence[Record]) -> _Written:
    others = [c for c in range(len(names)) if c not in times.columns]
    yield 0, [times.name, *(names[c] for c in others)]
    for text, record in zip(times.texts, records, strict=True):
        yield record.line, [text, *(record.cells[c] for c in others)]


def _side_by_side(heads: PlainHeads, names: Sequence[str], records: Sequence[Record]) -> _Written:
    yield 0, ["month", *(names[c] for c in heads.names), "value"]
    for record in records:
        for column, head in heads.periods.items():
            period = period_of(record.cells[heads.year_column or 0], head)
            yield record.line, [period, *(record.cells[c] for c in heads.names), record.cells[column]]


def _of_weeks(weeks: WeekdayColumns, names: Sequence[str], records: Sequence[Record]) -> _Written:
    yield 0, ["date", *(names[c] for c in weeks.names), weeks.value_name]
    for number, record in enumerate(records):
        for column, day in weeks.days_of(number, record.cells[weeks.week_column]):
            yield record.line, [day, *(record.cells[c] for c in weeks.names), record.cells[column]]


def _across(heads: PlainHeads, records: Sequence[Record]) -> _Written:
    labels = [_label([record.cells[c] for c in heads.names]) for record in records]
    is_year = all(text.isdigit() for text in heads.periods.values())
    yield 0, ["time" if heads.are_instants else "year" if is_year else "month", *labels]
    line = records[0].line
    for column, period in heads.periods.items():
        yield line, [period, *(record.cells[column] for record in records)]


def _label(cells: Sequence[str]) -> str:
    """A row's name, its unit in brackets where a column beside it says that."""
    name, *others = [cell.strip() for cell in cells]
    rest = [f"({cell})" if find_unit(cell) is not None else cell for cell in others if cell]
    return " ".join([name, *rest])


def _write(table: TextTable, target: Path, delimiter: str, rows: _Written, marks: _Marks) -> TextTable:
    places: list[Place] = []
    with text_writer(target, delimiter) as write:
        for number, (line, cells) in enumerate(rows, start=1):
            if number == 1:
                write([one_line(cell) for cell in cells])
                continue
            own = table.place_at(line)
            where = own.say(line)
            write([cells[0], *(one_line(marks.taken_from(cell, where)) for cell in cells[1:])])
            row = own.row + line - own.line
            if not places or (places[-1].part, places[-1].row + number - places[-1].line) != (own.part, row):
                places.append(Place(number, row, own.part, own.word))
    return replace(
        table,
        path=target,
        dialect_is_plain=delimiter == ",",
        places=tuple(places),
        findings=marks.findings(),
    )
