"""What a staged file holds, channel by channel, and what in it was no value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fairwatt.core.files.profile import Kind
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.cells import Cell, is_null_value
from fairwatt.lake.dials import falls_of_dials
from fairwatt.lake.engine import literal
from fairwatt.lake.late_numbers import late_findings
from fairwatt.lake.noticing import notice
from fairwatt.lake.other_layouts import refuse_other_layout
from fairwatt.lake.results import ChannelSummary
from fairwatt.lake.staging import Stage, reject_lines
from fairwatt.lake.stamp_findings import bad_stamp_findings

PLACES = 10
_MOST_TEXTS = 20  # of a channel that are told of one by one
_CELLS_AT_ONCE = 200  # in one query: more make planning slower than reading
_SHOWN = 40
_MANY_ALIKE = 4  # texts that differ in their numbers only, and are told of together
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class OddText:
    """A text that stands where a value should: in how many cells, and the first rows."""

    text: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OddCells:
    """All such cells of one channel: ``count`` cells with ``kinds`` texts, of which the commonest are named."""

    cell: Cell
    count: int = 0
    kinds: int = 0
    texts: tuple[OddText, ...] = ()


def summarise(stage: Stage) -> tuple[int, tuple[ChannelSummary, ...]]:
    """Rows with a valid stamp, and a summary of each channel over them."""
    if stage.totals is not None:
        return stage.rows, tuple(_summarise_parts(stage))
    rows = int(stage.connection.execute("SELECT count(stamp) FROM stage").fetchall()[0][0])
    channels: list[ChannelSummary] = []
    for at in range(0, len(stage.cells), _CELLS_AT_ONCE):
        channels += _summarise_some(stage, stage.cells[at : at + _CELLS_AT_ONCE], rows)
    return rows, tuple(channels)


def _summarise_some(stage: Stage, cells: tuple[Cell, ...], rows: int) -> Iterator[ChannelSummary]:
    parts = []
    for cell in cells:
        column = cell.staged
        # Decimals are summed exactly; floats by compensation, as their order is not always the same.
        ends = ("min", "sum" if cell.decimals is not None else "fsum", "max") if cell.rule.kind is Kind.NUMBER else ()
        parts += [f"count({column})", *(f"{end}({column})::DOUBLE" for end in ends), *["NULL"] * (3 - len(ends))]
    found = stage.connection.execute(f"SELECT {', '.join(parts)} FROM stage WHERE stamp IS NOT NULL").fetchall()[0]
    yield from _summaries(cells, rows, found)


def _summarise_parts(stage: Stage) -> Iterator[ChannelSummary]:
    """The summaries of all channels from the rollups that were made when the parts were read."""
    others = [at for at, cell in enumerate(stage.cells) if cell.rule.kind is not Kind.NUMBER]
    counted = dict(zip(others, _count(stage, [stage.cells[at] for at in others]), strict=True))
    stage.connection.register("totals", stage.totals)
    parts = [
        f"{counted[at]}, NULL, NULL, NULL"
        if at in counted
        else f"sum(n{at}), min(min{at})::DOUBLE, sum(sum{at})::DOUBLE, max(max{at})::DOUBLE"
        for at in range(len(stage.cells))
    ]
    found = stage.connection.execute(f"SELECT {', '.join(parts)} FROM totals").fetchall()[0]
    stage.connection.unregister("totals")
    yield from _summaries(stage.cells, stage.rows, found)


def _count(stage: Stage, cells: list[Cell]) -> tuple[int, ...]:
    """How many values some channels have."""
    if not cells:
        return ()
    counts = ", ".join(f"count({cell.staged})" for cell in cells)
    return tuple(map(int, stage.connection.execute(f"SELECT {counts} FROM stage").fetchall()[0]))


def _summaries(cells: tuple[Cell, ...], rows: int, found: tuple[Any, ...]) -> Iterator[ChannelSummary]:
    for cell, (count, low, total, high) in zip(cells, zip(*[iter(found)] * 4, strict=True), strict=True):
        factor = cell.rule.multiplier
        ends_of = sorted(value * factor for value in (low, high) if value is not None)
        yield ChannelSummary(
            field=cell.rule.field,
            count=int(count),
            missing=rows - int(count),
            minimum=ends_of[0] if ends_of else None,
            mean=None if total is None else total / count * factor,
            maximum=ends_of[-1] if ends_of else None,
        )


def find_odd_cells(stage: Stage, channels: tuple[ChannelSummary, ...]) -> list[OddCells]:
    """For each channel, the texts that stand where a value should, in rows with a valid stamp."""
    return [_odd_cells_of(stage, cell, channel) for cell, channel in zip(stage.cells, channels, strict=True)]


def _odd_cells_of(stage: Stage, cell: Cell, channel: ChannelSummary) -> OddCells:
    if not channel.missing or cell.rule.kind is Kind.TEXT:
        return OddCells(cell)
    told = {one.text: one for one in stage.told if stage.cells[one.at] == cell}
    # Those that were told of beside the rows come first, so that none is cut off.
    first = f"text IN ({', '.join(map(literal, told))}) DESC, " if told else ""
    found = stage.connection.execute(
        f"""
        SELECT text, count(*) AS n, list_sort(min(row, {PLACES})), sum(count(*)) OVER (), count(*) OVER ()
        FROM (SELECT {stage.row_of(cell)} AS row, trim(raw[{cell.rule.column + 1}]) AS text FROM odd_rows
              WHERE {cell.staged} IS NULL AND stamp IS NOT NULL)
        WHERE text <> '' GROUP BY text ORDER BY {first}n DESC, text LIMIT {_MOST_TEXTS + len(told)}
        """
    ).fetchall()
    texts = {str(text): OddText(str(text), int(n), tuple(map(int, rows))) for text, n, rows, _, _ in found}
    count, kinds = (int(found[0][3]), int(found[0][4])) if found else (0, 0)
    kinds += len(told.keys() - texts.keys())
    for one in told.values():
        other = texts.get(one.text, OddText(one.text, 0, ()))
        rows = tuple(sorted((*other.rows, *one.rows))[:PLACES])
        texts[one.text] = OddText(one.text, other.count + one.count, rows)
        count += one.count
    commonest = sorted(texts.values(), key=lambda one: (-one.count, one.text.encode()))
    return OddCells(cell, count, kinds, tuple(commonest[:_MOST_TEXTS]))


def value_findings(
    stage: Stage, channels: tuple[ChannelSummary, ...], odd: list[OddCells], *, name: str
) -> list[Finding]:
    """The findings of the values: ``not-a-number``, ``sentinel-values``, ``late-numbers``, ``missing-values``,
    ``empty-column``, and those of :func:`fairwatt.lake.noticing.notice` and of
    :func:`fairwatt.lake.dials.falls_of_dials`."""
    findings = [finding for one in odd for finding in _text_findings(stage, one, name=name)]
    findings += late_findings(stage.late, stage.lines)
    return [*findings, *_missing_findings(stage, channels, odd), *notice(stage, channels), *falls_of_dials(stage)]


def _text_findings(stage: Stage, odd: OddCells, *, name: str) -> Iterator[Finding]:
    rule = odd.cell.rule
    marks = {mark.strip() for mark in stage.profile.dialect.null_texts}
    what = "yes or no" if rule.kind is Kind.BOOLEAN else "a number"
    alike = _alike(stage, odd)
    for texts in alike:
        yield _alike_finding(stage, rule.name, texts, what)
    told = {text for texts in alike for text in texts}
    for one in odd.texts:
        if one in told:
            continue
        lines = [stage.lines.line_of(row) for row in one.rows]
        kept = "It is kept as missing (1 such cell)"
        if one.count > 1:
            kept = f"They are kept as missing ({one.count:,} such cells)"
        stands = is_null_value(rule, one.text, stage.profile.dialect)
        said = f"stands for a missing value in {rule.name}" if stands else f"is not {what} in {rule.name}"
        yield Finding(
            code="sentinel-values" if stands else "not-a-number",
            severity=Severity.INFO if stands or one.text in marks else Severity.WARNING,
            channel=rule.name,
            count=one.count,
            where=tuple(f"line {line:,}" for line in lines),
            message=f"Row {lines[0]:,} of {name}: '{_short(one.text)}' {said}. {kept}. Nothing was dropped.",
        )
    if more := odd.kinds - len(odd.texts):
        cells = odd.count - sum(one.count for one in odd.texts)
        yield Finding(
            code="not-a-number",
            channel=rule.name,
            count=cells,
            message=f"{cells:,} further cells of {rule.name} hold {more:,} other texts, none of them {what}. "
            "They are kept as missing. Nothing was dropped.",
        )


def _alike(stage: Stage, odd: OddCells) -> list[tuple[OddText, ...]]:
    """Texts that differ in their numbers only, where they are many: 0.719 kW, 0.653 kW…"""
    marks = {mark.strip() for mark in stage.profile.dialect.null_texts}
    found: dict[str, list[OddText]] = {}
    for one in odd.texts:
        is_code = one.text[:1].isalpha()  # E1, E2: each says something else
        if not is_code and one.text not in marks and not is_null_value(odd.cell.rule, one.text, stage.profile.dialect):
            found.setdefault(_DIGITS.sub("0", one.text), []).append(one)
    return [tuple(texts) for texts in found.values() if len(texts) >= _MANY_ALIKE]


def _alike_finding(stage: Stage, name: str, texts: tuple[OddText, ...], what: str) -> Finding:
    rows = sorted(row for one in texts for row in one.rows)[:PLACES]
    first = min(texts, key=lambda one: one.rows)
    count = sum(one.count for one in texts)
    return Finding(
        code="not-a-number",
        channel=name,
        count=count,
        where=tuple(f"line {stage.lines.line_of(row):,}" for row in rows),
        message=f"{count:,} cells of {name} such as ‘{_short(first.text)}’ are not {what}. They are kept as missing. "
        "Nothing was dropped.",
    )


def _missing_findings(stage: Stage, channels: tuple[ChannelSummary, ...], odd: list[OddCells]) -> list[Finding]:
    findings: list[Finding] = []
    for cell, channel, one in zip(stage.cells, channels, odd, strict=True):
        if not channel.missing:
            continue
        is_empty = not channel.count
        values = "1 value is" if channel.missing == 1 else f"{channel.missing:,} values are"
        findings.append(
            Finding(
                code="empty-column" if is_empty else "missing-values",
                severity=Severity.ERROR if is_empty else Severity.WARNING,
                channel=cell.rule.name,
                count=channel.missing,
                where=_first_missing(stage, cell),
                message=f"{cell.rule.name} holds no value at all."
                if is_empty
                else f"{values} missing in {cell.rule.name} ({_why_missing(stage, channel, one)}). "
                "Missing stays missing: nothing was filled in.",
            )
        )
    return findings


def _why_missing(stage: Stage, channel: ChannelSummary, odd: OddCells) -> str:
    rule, dialect = odd.cell.rule, stage.profile.dialect
    marked = sum(text.count for text in odd.texts if is_null_value(rule, text.text, dialect))
    others = odd.count - marked
    parts = [
        (channel.missing - odd.count, "blank"),
        (marked, "marked as missing"),
        (others, f"not {'a value' if rule.kind is Kind.BOOLEAN else 'a number'}"),
    ]
    return ", ".join(f"{count:,} {what}" for count, what in parts if count)


def _first_missing(stage: Stage, cell: Cell) -> tuple[str, ...]:
    rows = stage.connection.execute(
        f"SELECT {stage.row_of(cell)} AS place FROM stage WHERE {cell.staged} IS NULL AND stamp IS NOT NULL "
        f"ORDER BY place LIMIT {PLACES}"
    ).fetchall()
    return tuple(f"line {stage.lines.line_of(int(row)):,}" for (row,) in rows)


def count_rows_with_missing(stage: Stage, channels: tuple[ChannelSummary, ...]) -> int:
    """Rows with a valid stamp in which at least one value is missing."""
    holey = [cell for cell, channel in zip(stage.cells, channels, strict=True) if channel.missing]
    if not holey:
        return 0
    missing = " OR ".join(f"{cell.staged} IS NULL" for cell in holey)
    found = stage.connection.execute(f"SELECT count(*) FROM stage WHERE stamp IS NOT NULL AND ({missing})").fetchall()
    return int(found[0][0])


def row_findings(stage: Stage, *, name: str) -> list[Finding]:
    """The findings ``bad-stamp`` (and more of the kind) and ``ragged-row``: rows that are in the original file only."""
    findings = bad_stamp_findings(stage, name=name)
    if stage.rejects:
        refuse_other_layout(stage, name=name)
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
