"""Rows that a stray quotation mark has swallowed: all between it and the next one is a single cell."""

from __future__ import annotations

from collections.abc import Sequence

from fairwatt.core.files.layout import Layout
from fairwatt.core.files.text_records import Record, datum_kind, read_records
from fairwatt.core.findings import Finding, Severity

_PLACES = 10


def swallowed_findings(layout: Layout) -> list[Finding]:
    """The finding ``rows-in-a-cell``, where cells of the sampled rows hold lines that are rows themselves.

    Parameters
    ----------
    layout
        The file's layout with its sampled rows.
    """
    if not any("\n" in cell for row in layout.segments[0] for cell in row):
        return []
    delimiter = layout.dialect.delimiter
    records = read_records(layout.lines, delimiter, limit=len(layout.segments[0]))
    above = layout.dialect.skip_lines + layout.dialect.header_lines
    found = [(above + record.line, count) for record in records if (count := _rows_inside(record, layout))]
    if not found:
        return []
    total = sum(count for _, count in found)
    return [
        Finding(
            code="rows-in-a-cell",
            severity=Severity.ERROR,
            count=total,
            where=tuple(f"line {line:,}" for line, _ in found[:_PLACES]),
            message=f"A quotation mark is opened in line {found[0][0]:,} and closed many lines below, so that "
            f"{total:,} lines that look like rows are text of one cell, and no readings. Take the mark out, or double "
            "it, and upload the file again.",
        )
    ]


def _rows_inside(record: Record, layout: Layout) -> int:
    """How many lines within a record's cells have the columns of a row, and a time or a number where rows have them."""
    lines = [line for cell in record.cells if "\n" in cell for line in cell.split("\n")[1:-1]]
    inside = read_records(lines, layout.dialect.delimiter, limit=max(1, len(lines)))
    typed = [c for c in range(layout.columns) if _is_typed([row[c] for row in layout.segments[0][:_PLACES]])]
    return sum(len(row.cells) == layout.columns and all(datum_kind(row.cells[c]) for c in typed) for row in inside)


def _is_typed(cells: Sequence[str]) -> bool:
    return bool(cells) and all(map(datum_kind, cells))
