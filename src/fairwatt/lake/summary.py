"""What a staged file holds, channel by channel, and what in it was no value."""

from __future__ import annotations

from dataclasses import dataclass

from fairwatt.core.files.profile import Kind
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.cells import Cell
from fairwatt.lake.results import ChannelSummary
from fairwatt.lake.staging import Stage, reject_lines

PLACES = 10
_MOST_FINDINGS = 200  # of texts that are no numbers: a file of words is told of once
_NUMBER_PATTERN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Odd:
    """Cells of one channel with one text that is no value: how many, and the first rows."""

    column: int
    text: str
    count: int
    rows: tuple[int, ...]


def summarise(stage: Stage) -> tuple[int, tuple[ChannelSummary, ...]]:
    """Rows with a valid stamp, and a summary of each channel over them."""
    parts = ["count(*)"]
    for cell in stage.cells:
        column = cell.staged
        parts.append(f"count({column})")
        if cell.rule.kind is Kind.NUMBER:
            parts += [f"min({column})::DOUBLE", f"sum({column})::DOUBLE", f"max({column})::DOUBLE"]
    found = stage.connection.execute(f"SELECT {', '.join(parts)} FROM stage WHERE stamp IS NOT NULL").fetchall()[0]
    rows, at = int(found[0]), 1
    channels: list[ChannelSummary] = []
    for cell in stage.cells:
        count, at = int(found[at]), at + 1
        low = mean = high = None
        if cell.rule.kind is Kind.NUMBER:
            low, total, high = found[at : at + 3]
            at += 3
            mean = total / count if count else None
        factor = cell.rule.multiplier if cell.rule.kind is Kind.NUMBER else 1.0
        ends = sorted(value * factor for value in (low, high) if value is not None)
        channels.append(
            ChannelSummary(
                field=cell.rule.field,
                count=count,
                missing=rows - count,
                minimum=ends[0] if ends else None,
                mean=None if mean is None else mean * factor,
                maximum=ends[-1] if ends else None,
            )
        )
    return rows, tuple(channels)


def find_odd_cells(stage: Stage) -> list[Odd]:
    """Texts that stand where a value should, in rows with a valid stamp; most frequent first."""
    typed = [cell for cell in stage.cells if cell.rule.kind is not Kind.TEXT]
    if not typed:
        return []
    checks = " OR ".join(f"(col = {cell.rule.column} AND {_is_odd(cell)})" for cell in typed)
    found = stage.connection.execute(
        f"""
        SELECT col, text, count(*) AS n, list_sort(min(row, {PLACES}))
        FROM (SELECT stage.*, unnest(range({stage.profile.columns})) AS col, trim(unnest(raw)) AS text
              FROM stage WHERE raw IS NOT NULL AND stamp IS NOT NULL)
        WHERE text <> '' AND ({checks})
        GROUP BY col, text ORDER BY n DESC, col, text LIMIT {_MOST_FINDINGS}
        """
    ).fetchall()
    return [Odd(int(col), str(text), int(n), tuple(map(int, rows))) for col, text, n, rows in found]


def _is_odd(cell: Cell) -> str:
    return f"{cell.staged} IS NULL"


def value_findings(stage: Stage, channels: tuple[ChannelSummary, ...], odd: list[Odd], *, name: str) -> list[Finding]:
    """The findings ``not-a-number`` and ``missing-values``."""
    names = {cell.rule.column: cell.rule for cell in stage.cells}
    marks = {mark.strip() for mark in stage.profile.dialect.null_texts}
    findings: list[Finding] = []
    for one in odd:
        lines = [stage.lines.line_of(row) for row in one.rows]
        what = "yes or no" if names[one.column].kind is Kind.BOOLEAN else "a number"
        cells = "1 such cell" if one.count == 1 else f"{one.count:,} such cells"
        kept = "It is" if one.count == 1 else "They are"
        findings.append(
            Finding(
                code="not-a-number",
                severity=Severity.INFO if one.text in marks else Severity.WARNING,
                channel=names[one.column].name,
                count=one.count,
                where=tuple(f"line {line:,}" for line in lines[:PLACES]),
                message=f"Row {lines[0]:,} of {name}: '{_short(one.text)}' is not {what} in {names[one.column].name}. "
                f"{kept} kept as missing ({cells}). Nothing was dropped.",
            )
        )
    return findings + _missing_findings(stage, channels, odd)


def _missing_findings(stage: Stage, channels: tuple[ChannelSummary, ...], odd: list[Odd]) -> list[Finding]:
    findings: list[Finding] = []
    for cell, channel in zip(stage.cells, channels, strict=True):
        if not channel.missing:
            continue
        texts = sum(one.count for one in odd if one.column == cell.rule.column)
        blanks = channel.missing - texts
        parts = [f"{blanks:,} blank"] if blanks else []
        parts += [f"{texts:,} not {'a value' if cell.rule.kind is Kind.BOOLEAN else 'a number'}"] if texts else []
        values = "1 value is" if channel.missing == 1 else f"{channel.missing:,} values are"
        findings.append(
            Finding(
                code="missing-values",
                severity=Severity.WARNING if channel.count else Severity.ERROR,
                channel=cell.rule.name,
                count=channel.missing,
                where=_first_missing(stage, cell),
                message=f"{values} missing in {cell.rule.name} ({', '.join(parts)}). "
                "Missing stays missing: nothing was filled in."
                if channel.count
                else f"{cell.rule.name} holds no value at all.",
            )
        )
    return findings


def _first_missing(stage: Stage, cell: Cell) -> tuple[str, ...]:
    rows = stage.connection.execute(
        f"SELECT row FROM stage WHERE {cell.staged} IS NULL AND stamp IS NOT NULL ORDER BY row LIMIT {PLACES}"
    ).fetchall()
    return tuple(f"line {stage.lines.line_of(int(row)):,}" for (row,) in rows)


def count_rows_with_missing(stage: Stage) -> int:
    """Rows with a valid stamp in which at least one value is missing."""
    missing = " OR ".join(f"{cell.staged} IS NULL" for cell in stage.cells)
    found = stage.connection.execute(f"SELECT count(*) FROM stage WHERE stamp IS NOT NULL AND ({missing})").fetchall()
    return int(found[0][0])


def row_findings(stage: Stage, *, name: str) -> list[Finding]:
    """The findings ``bad-stamp`` and ``ragged-row``: rows that are in the original file only."""
    findings: list[Finding] = []
    columns = [f"raw[{column + 1}]" for column in stage.profile.timestamp.columns]
    bad = stage.connection.execute(
        f"SELECT row, concat_ws(' ', {', '.join(columns)}), count(*) OVER () FROM stage "
        f"WHERE stamp IS NULL ORDER BY row LIMIT {PLACES}"
    ).fetchall()
    if bad:
        count, lines = int(bad[0][2]), [stage.lines.line_of(int(row)) for row, _, _ in bad]
        rows = "1 row is" if count == 1 else f"{count:,} rows are"
        findings.append(
            Finding(
                code="bad-stamp",
                count=count,
                where=tuple(f"line {line:,}" for line in lines),
                message=f"Row {lines[0]:,} of {name}: '{_short(str(bad[0][1]))}' is not a time as in the other rows. "
                f"{rows} left out of the readings for that; the original file keeps all.",
            )
        )
    if stage.rejects:
        lines = reject_lines(stage, most=PLACES)
        count = len(stage.rejects)
        rows = "1 row does" if count == 1 else f"{count:,} rows do"
        findings.append(
            Finding(
                code="ragged-row",
                count=count,
                where=tuple(f"line {line:,}" for line in lines),
                message=f"{rows} not have {stage.profile.columns} columns, the first is row {lines[0]:,} of {name}. "
                "Left out of the readings; the original file keeps all.",
            )
        )
    return findings


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
