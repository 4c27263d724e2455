"""What rows' times say against their reading: no times, times out of reach, dates in the other order, repeats."""

from __future__ import annotations

from fairwatt.core.files.date_order import exchanged
from fairwatt.core.files.headings import STANDS_AGAIN
from fairwatt.core.files.profile import TimestampRule
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.engine import literal
from fairwatt.lake.later_heads import refuse_other_heads
from fairwatt.lake.staging import Stage
from fairwatt.lake.stamping import FIRST_YEAR, LAST_YEAR, has_zone, stamp_of, text_of

PLACES = 10
_SHOWN = 40
_HALF_MONTHS = 12  # days beyond tell which number is the day


def bad_stamp_findings(stage: Stage, *, name: str) -> list[Finding]:
    """The findings ``bad-stamp``, ``stamp-out-of-range`` and ``day-order-contradicted``: rows left out of the readings
    because of their times.

    Raises
    ------
    UnreadableFile
        Where one of those rows is a header that names other columns, or other units, than the first one.
    """
    rule = stage.profile.timestamp
    bad = stage.connection.execute("SELECT count(*) FROM bad_rows").fetchall()[0][0]
    if not bad:
        return []
    heads = _heads(stage)
    refuse_other_heads(stage, heads, name=name)
    again = _rows(stage, heads)[0]
    kinds = [_headers(stage, heads)] if again else []
    if again == bad:
        return kinds
    if not stage.shape.is_plain:
        return [_bad(stage, f"NOT ({heads})", name=name), *kinds]
    _read_again(stage, rule)
    if _count(stage, "seen"):
        kinds.append(_out_of_range(stage, name=name))
    if _count(stage, "other"):
        kinds.append(_contradicted(stage, rule, name=name))
    neither = f"row IN (SELECT row FROM bad_stamps WHERE neither) AND NOT ({heads})"
    if _rows(stage, neither)[0]:
        kinds.insert(0, _bad(stage, neither, name=name))
    return kinds


def _heads(stage: Stage) -> str:
    """SQL: whether a row holds the names of the times' columns rather than a time."""
    rule = stage.profile.timestamp
    pairs = zip(rule.columns, rule.heads, strict=False)
    same = [f"trim(raw[{column + 1}]) = {literal(head)}" for column, head in pairs if head.strip()]
    return f"coalesce({' AND '.join(same)}, false)" if same else "false"


def _headers(stage: Stage, heads: str) -> Finding:
    count, first = _rows(stage, heads)
    where = tuple(f"line {line:,}" for line, _ in first)
    return Finding(code="repeated-header", severity=Severity.INFO, count=count, where=where, message=STANDS_AGAIN)


def _read_again(stage: Stage, rule: TimestampRule) -> None:
    """Read the bad rows' times once more, without the limits of years, and with day and month exchanged."""
    texts = ", ".join(f"raw[{column + 1}] AS {text_of(column)}" for column in rule.columns)
    other = "false"
    if rule.day_first is not None:
        turned = rule.model_copy(
            update={"format": exchanged(rule.format), "formats": tuple(map(exchanged, rule.formats))}
        )
        other = f"year({stamp_of(turned)}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
    stage.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE bad_stamps AS SELECT *, NOT (seen OR other) AS neither FROM ("
        f"SELECT row, coalesce({stamp_of(rule)} IS NOT NULL, false) AS seen, coalesce({other}, false) AS other "
        f"FROM (SELECT row, {texts} FROM bad_rows))"
    )


def _count(stage: Stage, kind: str) -> int:
    return int(stage.connection.execute(f"SELECT count(*) FROM bad_stamps WHERE {kind}").fetchall()[0][0])


def _rows(stage: Stage, where: str) -> tuple[int, list[tuple[int, str]]]:
    """How many rows there are, and the first ones' lines and times as they are written."""
    periods = stage.profile.timestamp.periods
    numbers = () if periods is None or periods.column is None else (periods.column,)
    columns = [f"raw[{column + 1}]" for column in (*stage.profile.timestamp.columns, *numbers)]
    found = stage.connection.execute(
        f"SELECT row, concat_ws(' ', {', '.join(columns)}), count(*) OVER () FROM bad_rows "
        f"WHERE {where} ORDER BY row LIMIT {PLACES}"
    ).fetchall()
    return int(found[0][2]) if found else 0, [(stage.bad_line(int(row)), _short(str(text))) for row, text, _ in found]


def _bad(stage: Stage, where: str, *, name: str) -> Finding:
    count, first = _rows(stage, where)
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    return Finding(
        code="bad-stamp",
        count=count,
        where=tuple(f"line {line:,}" for line, _ in first),
        message=f"Row {first[0][0]:,} of {name}: '{first[0][1]}' is not a time as in the other rows. "
        f"{rows} left out of the readings for that; the original file keeps all.",
    )


def _out_of_range(stage: Stage, *, name: str) -> Finding:
    count, first = _rows(stage, "row IN (SELECT row FROM bad_stamps WHERE seen)")
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return Finding(
        code="stamp-out-of-range",
        count=count,
        where=tuple(f"line {line:,} ({text})" for line, text in first),
        message=f"{rows} a time before {FIRST_YEAR} or after {LAST_YEAR - 1}, the first is row {first[0][0]:,} of "
        f"{name}: '{first[0][1]}'. No meter measured then: a logger whose clock was not set, perhaps. Left out of the "
        "readings; the original file keeps all.",
    )


def _contradicted(stage: Stage, rule: TimestampRule, *, name: str) -> Finding:
    count, first = _rows(stage, "row IN (SELECT row FROM bad_stamps WHERE other AND NOT seen)")
    read, not_read = ("day", "month") if rule.day_first else ("month", "day")
    fitting = 0
    if not has_zone(rule):
        fitting = int(
            stage.connection.execute(f"SELECT count(*) FROM stage WHERE day(stamp) > {_HALF_MONTHS}").fetchall()[0][0]
        )
    sure = f"{fitting:,} others only fit as they were read." if fitting else "No date shows that it is as it was read."
    rows = "1 date has" if count == 1 else f"{count:,} dates have"
    return Finding(
        code="day-order-contradicted",
        severity=Severity.ERROR,
        count=count,
        where=tuple(f"line {line:,} ({text})" for line, text in first),
        message=f"Dates were read with the {read} first, but {rows} the {not_read} first, such as row {first[0][0]:,} "
        f"of {name}: '{first[0][1]}'. {sure} Those rows are left out, and dates that fit both ways may be wrong. "
        "Answer the question about dates anew, or mend the file, where a spreadsheet may have turned some of them.",
    )


def repeat_findings(
    stage: Stage, findings: tuple[Finding, ...], *, rows_sql: str, start_sql: str
) -> tuple[Finding, ...]:
    """The findings with those of repeated times told apart: rows that say the same again, and rows that don't.

    Parameters
    ----------
    findings
        Those of the stamps, ``duplicate-stamps`` perhaps among them.
    rows_sql, start_sql
        The stage's rows as a FROM clause, and over it a row's start as TIMESTAMP in UTC.
    """
    at = next((i for i, finding in enumerate(findings) if finding.code == "duplicate-stamps"), None)
    if at is None:
        return findings
    by = "series, start" if stage.profile.has_series else "start"
    values = ", ".join(f"coalesce({cell.staged}::VARCHAR, '')" for cell in stage.cells)
    series = "series, " if stage.profile.has_series else ""
    rows = f"SELECT row, {series}{start_sql} AS start, hash([{values}]) AS said FROM {rows_sql} WHERE stamp IS NOT NULL"
    stage.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeats AS SELECT max(row) AS row, count(*) AS n, count(DISTINCT said) AS kinds "
        f"FROM ({rows}) GROUP BY {by} HAVING count(*) > 1"
    )
    same, others = stage.connection.execute(
        "SELECT coalesce(sum(n - kinds), 0), coalesce(sum(kinds - 1), 0) FROM repeats"
    ).fetchall()[0]
    told = findings[at]
    split = f"{int(same):,} of them say the same again, {int(others):,} hold other values."
    if not others:
        split = "They say the same again."
    elif not same:
        split = "They hold other values."
    message = told.message.replace("All are kept", f"{split} All are kept")
    changed = told.model_copy(update={"message": message, "severity": told.severity if others else Severity.INFO})
    more = (_conflicting(stage, int(others)),) if others else ()
    return (*findings[:at], changed, *more, *findings[at + 1 :])


def _conflicting(stage: Stage, count: int) -> Finding:
    rows = stage.connection.execute(f"SELECT row FROM repeats WHERE kinds > 1 ORDER BY row LIMIT {PLACES}").fetchall()
    what = "1 row has" if count == 1 else f"{count:,} rows have"
    return Finding(
        code="conflicting-duplicates",
        count=count,
        where=tuple(f"line {stage.lines.line_of(int(row)):,}" for (row,) in rows),
        message=f"{what} the time of an earlier row and other values, so that only one of them can be right. All are "
        "kept; cleaning can choose between them.",
    )


def without_length(name: str) -> Finding:
    """The finding ``interval-unknown``: ends of intervals whose length nobody knows."""
    return Finding(
        code="interval-unknown",
        message=f"The times of {name} mark the ends of intervals, but they follow each other at no usual step, so that "
        "it can't be said when the intervals start. The readings stand at the ends.",
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
