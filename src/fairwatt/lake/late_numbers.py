"""Numbers written in a way that no sampled row showed: found once all rows were read, read anew, and told of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb

from fairwatt.core.files.cells import Writing, plain_number
from fairwatt.core.files.late_writing import Column, find_late_writing, is_late_number
from fairwatt.core.files.profile import ChannelRule, Dialect, How, Kind
from fairwatt.core.findings import Finding
from fairwatt.lake.cells import Cell, number_text
from fairwatt.lake.engine import literal
from fairwatt.lake.lines import LineMap

PLACES = 10
_MOST_TEXTS = 5_000  # of a channel that say how its numbers are written, the commonest
_KNOWN = frozenset({How.READ, How.INFERRED, How.CONFIRMED})


@dataclass(frozen=True, slots=True)
class LateNumbers:
    """The numbers of a channel that its profile does not read: by which rule they are read, and where they stand."""

    rule: ChannelRule
    count: int
    rows: tuple[int, ...]
    example: str
    number: str


def find_late_numbers(
    connection: duckdb.DuckDBPyConnection, cells: Iterable[Cell], dialect: Dialect, largest: Mapping[str, float | None]
) -> Iterator[LateNumbers]:
    """The channels some of whose cells are numbers in one other way only.

    Parameters
    ----------
    connection
        With a stage's view ``odd_rows``.
    largest
        The largest number that was read of each channel, by its field.
    """
    nulls = ", ".join(literal(text.strip()) for text in ("", *dialect.null_texts))
    for cell in cells:
        if cell.rule.kind is not Kind.NUMBER:
            continue
        odd = f"SELECT row, trim(raw[{cell.rule.column + 1}]) AS text FROM odd_rows "
        odd += f"WHERE {cell.staged} IS NULL AND stamp IS NOT NULL"
        texts = connection.execute(
            f"SELECT text, count(*) AS n FROM ({odd}) WHERE text NOT IN ({nulls}) "
            f"GROUP BY text ORDER BY n DESC, text LIMIT {_MOST_TEXTS}"
        ).fetchall()
        if not texts:
            continue
        column = _column_of(cell, dialect, largest.get(cell.rule.field))
        writing = find_late_writing({str(text): int(count) for text, count in texts}, column)
        if writing is None:
            continue
        rule = cell.rule.model_copy(update={"affixes": writing.affixes, "notation": writing.notation})
        example = next(str(text) for text, _ in texts if is_late_number(str(text), column, writing))
        number = f"TRY_CAST({number_text('text', dialect, rule)} AS DOUBLE)"
        count, rows = connection.execute(
            f"SELECT count(*), list_sort(min(row, {PLACES})) FROM ({odd}) WHERE text <> '' AND {number} IS NOT NULL"
        ).fetchall()[0]
        places = tuple(map(int, rows or ()))
        yield LateNumbers(rule, int(count), places, example, plain_number(example, writing) or "")


def _column_of(cell: Cell, dialect: Dialect, largest: float | None) -> Column:
    rule = cell.rule
    return Column(
        writing=Writing(dialect.decimal_mark, dialect.thousands_mark, rule.affixes, rule.notation),
        unit=rule.unit if rule.multiplier == 1.0 else "",
        decimals=cell.decimals,
        largest=largest,
        is_mark_known=dialect.decimal_how in _KNOWN,
    )


def late_findings(found: Iterable[LateNumbers], lines: LineMap) -> Iterator[Finding]:
    """The finding ``late-numbers`` of each channel that has some."""
    for one in found:
        are = "1 number is" if one.count == 1 else f"{one.count:,} numbers are"
        yield Finding(
            code="late-numbers",
            channel=one.rule.name,
            count=one.count,
            where=tuple(f"line {lines.line_of(row):,}" for row in one.rows),
            message=f"{are} written in another way than the rows looked at first, and read by what alone they can "
            f"mean: ‘{one.example[:40]}’ as {one.number}.",
        )
