"""Columns from which no reading comes: their cells may hold numbers of supply points all the same."""

from __future__ import annotations

from fairwatt.core.files.cells import is_null
from fairwatt.core.files.privacy import MPAN_WRITTEN, hold_mpans, holds_mpan, said_points
from fairwatt.core.files.stamp_columns import is_stamp
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.cells import source_of
from fairwatt.lake.direct.points import unread_columns
from fairwatt.lake.engine import literal
from fairwatt.lake.staging import Stage
from fairwatt.lake.stamping import text_of

_MOST_BYTES = 512 << 20  # of a file whose other columns are gone through as well
_SAMPLED = 2_000
_PLACES = 10
_MOST_FOUND = 100_000  # rows: enough to tell, whatever the file holds


def find_in_unread(stage: Stage) -> tuple[Finding, ...]:
    """Go through all rows of the columns that are not read, for numbers of supply points.

    Returns
    -------
    tuple[Finding, ...]
        ``meter-point-numbers`` for each column that holds some; ``columns-not-searched`` where the file is so large
        that its other columns were only looked at in its first rows.
    """
    columns = unread_columns(stage.profile)
    if stage.parts:
        columns = tuple(sorted(set[int]().union(*(part.pointed for part in stage.parts))))
    if not columns:
        return ()
    source = source_of(str(stage.path), stage.profile, quote=stage.quote)
    columns = tuple(column for column in columns if not _holds_times(stage, source, column))
    if not columns or stage.path.stat().st_size > _MOST_BYTES:
        return (_not_searched(columns),) if columns else ()
    is_shaped = " OR ".join(_is_shaped(column) for column in columns)
    texts = ", ".join(text_of(column) for column in columns)
    rows = stage.connection.execute(
        f"SELECT row, {texts} FROM (SELECT row_number() OVER () - 1 AS row, {texts} FROM {source}) WHERE {is_shaped} "
        f"LIMIT {_MOST_FOUND}"
    ).fetchall()
    return tuple(
        finding
        for place, column in enumerate(columns, start=1)
        if (finding := _finding(stage, column, {int(row[0]): str(row[place]) for row in rows if row[place]}))
    )


def _is_shaped(column: int) -> str:
    return f"regexp_matches({text_of(column)}, {literal(MPAN_WRITTEN)})"


def _holds_times(stage: Stage, source: str, column: int) -> bool:
    """Whether a column holds nothing but times in its first rows, as the ends of intervals."""
    cells = stage.connection.execute(f"SELECT {text_of(column)} FROM {source} LIMIT {_SAMPLED}").fetchall()
    filled = [str(cell) for (cell,) in cells if cell is not None and not is_null(str(cell))]
    return bool(filled) and all(map(is_stamp, filled))


def _finding(stage: Stage, column: int, texts: dict[int, str]) -> Finding | None:
    if not hold_mpans(texts.values()):
        return None
    rows = [row for row, text in texts.items() if holds_mpan(text)]
    return said_points(
        f"column {column + 1}, of which no readings are made, holds",
        count=len(rows),
        where=[f"line {stage.line_of_read(row):,}" for row in rows[:_PLACES]],
    )


def _not_searched(columns: tuple[int, ...]) -> Finding:
    named = ", ".join(f"column {column + 1}" for column in columns[:_PLACES])
    return Finding(
        code="columns-not-searched",
        severity=Severity.INFO,
        count=len(columns),
        where=tuple(named.split(", ")),
        message="No readings come from these columns, and the file is large: only their first rows were searched for "
        "numbers of meter points (MPAN). If homes are named further below, raise the data's sensitivity yourself.",
    )
