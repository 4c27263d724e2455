"""Bring the values of one time together, where a file has a row for each value, and tell of rows that are none.

Values belong together that are of one series and one instant. Where a channel's value comes twice, the second one
makes a row of its own, so that it is found as a duplicate and nothing is lost.
"""

from __future__ import annotations

from pathlib import Path

from fairwatt.core.files.profile import Kind
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.engine import Patient, literal, parquet_options
from fairwatt.lake.staging import Stage

PLACES = 10
_SHOWN = 40


def gather(stage: Stage, *, rows_sql: str, start_sql: str, patient: Patient) -> None:
    """Turn a stage with a row for each value into one with a row for each series and time.

    Parameters
    ----------
    rows_sql, start_sql
        The stage's rows as a FROM clause, and over it a row's start as TIMESTAMP in UTC.
    """
    series = ["series"] if stage.profile.has_series else []
    by = ", ".join([*series, "start"])
    values = [f"any_value({cell.staged}) AS {cell.staged}" for cell in stage.cells]
    width = max([stage.profile.columns, *(rule.column + 1 for rule in stage.profile.channels)])
    raw = ", ".join(f"any_value(raw[{at}])" for at in range(1, width + 1))
    labels = stage.shape.labels
    places = ", ".join(f"min(row) FILTER (label = {labels.index(cell.rule.label)})" for cell in stage.cells)
    some_missing = " OR ".join(f"count({cell.staged}) = 0" for cell in stage.cells)
    columns = [
        "min(row) AS row", "start AS stamp", *series, *values,
        f"CASE WHEN count(raw) > 0 THEN [{raw}] END AS raw", f"CASE WHEN {some_missing} THEN [{places}] END AS places",
    ]  # fmt: skip
    # Rows without a valid time have nothing that would bring them together: each stays alone.
    rows = (
        f"SELECT *, row_number() OVER (PARTITION BY {by}, label ORDER BY row) AS again, "
        f"CASE WHEN start IS NULL THEN row END AS alone "
        f"FROM (SELECT *, {start_sql} AS start FROM {rows_sql} WHERE {_is_read(stage)})"
    )
    query = f"SELECT {', '.join(columns)} FROM ({rows}) GROUP BY {by}, again, alone ORDER BY 1"
    target = stage.file.with_name("gathered.parquet")
    copy = f"COPY ({query}) TO {literal(str(target))} ({parquet_options(len(stage.cells) + 2)})"
    patient.run(stage.connection, copy, stage="Bringing values together", shares=(0.55, 0.6))
    _replace(stage, target)


def _replace(stage: Stage, target: Path) -> None:
    before = stage.file
    stage.is_gathered = True
    stage.show(target)
    before.unlink(missing_ok=True)


def _is_read(stage: Stage) -> str:
    return "label IS NOT NULL" + (" AND NOT beyond" if stage.shape.periods is not None else "")


def shape_findings(stage: Stage, *, name: str) -> tuple[Finding, ...]:
    """The findings ``beyond-the-day`` and ``unread-labels``: values that are in the original file only."""
    found = [_beyond_the_day(stage, name=name), _unread_labels(stage, name=name)]
    return tuple(finding for finding in found if finding is not None)


def _beyond_the_day(stage: Stage, *, name: str) -> Finding | None:
    if stage.shape.periods is None:
        return None
    numbers = [cell.staged for cell in stage.cells if cell.rule.kind is Kind.NUMBER]
    zero = " AND ".join(f"coalesce({number}, 0) = 0" for number in numbers) or "false"
    date = f"concat_ws(' ', {', '.join(f'raw[{column + 1}]' for column in stage.profile.timestamp.columns)})"
    count, all_zero = stage.connection.execute(f"SELECT count(*), bool_and({zero}) FROM stage WHERE beyond").fetchall()[
        0
    ]
    if not count:
        return None
    rows = stage.connection.execute(
        f"SELECT min(row), any_value({date}) FROM stage WHERE beyond GROUP BY row // {stage.shape.rows_a_line} "
        f"ORDER BY 1 LIMIT {PLACES}"
    ).fetchall()
    values = "1 value stands" if count == 1 else f"{count:,} values stand"
    zeros = " All of them are 0." if all_zero else ""
    return Finding(
        code="beyond-the-day",
        severity=Severity.INFO if all_zero else Severity.WARNING,
        count=int(count),
        where=tuple(f"line {stage.lines.line_of(int(row)):,} ({_short(str(day))})" for row, day in rows),
        message=f"{values} in {name} for intervals that their day does not have, as days are 23 to 25 hours long where "
        f"clocks change and 24 hours else.{zeros} Left out of the readings; the original file keeps all.",
    )


def _unread_labels(stage: Stage, *, name: str) -> Finding | None:
    spread = stage.profile.spread
    if spread is None:
        return None
    columns = [spread.name_column, *([spread.unit_column] if spread.unit_column is not None else [])]
    text = " || ' ' || ".join(f"trim(raw[{column + 1}])" for column in columns)
    found = stage.connection.execute(
        f"SELECT {text} AS text, count(*), min(row), sum(count(*)) OVER () FROM stage WHERE label IS NULL "
        f"GROUP BY text ORDER BY min(row) LIMIT {PLACES}"
    ).fetchall()
    if not found:
        return None
    count = int(found[0][3])
    rows = "1 row names a channel" if count == 1 else f"{count:,} rows name channels"
    return Finding(
        code="unread-labels",
        count=count,
        where=tuple(f"line {stage.lines.line_of(int(row)):,} (‘{_short(str(label))}’)" for label, _, row, _ in found),
        message=f"{rows} that the import profile does not know. Left out of the readings; the original file keeps "
        f"all. Have {name} inspected anew to read them.",
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
