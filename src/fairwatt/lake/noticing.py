"""What is odd about the values of a staged file's channels as a whole: constant, of two kinds, of two units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from fairwatt.core.files.levels import LevelChange, find_level_changes, find_unit_step
from fairwatt.core.files.profile import Kind
from fairwatt.core.files.sentinels import find_sentinels, is_known
from fairwatt.core.findings import Finding, Severity
from fairwatt.lake.cells import Cell
from fairwatt.lake.direct.levels import largest_by_day
from fairwatt.lake.engine import group_rows, literal
from fairwatt.lake.results import ChannelSummary
from fairwatt.lake.staging import Stage

PLACES = 10
_ENOUGH = 24  # values from which a constant column says something
_DIRECT_ROWS = 1_000_000  # beyond, runs of rows say whether a closer look is worth it
_AT_ONCE = 100  # channels in one query
_MOST_DAYS = 40_000
_SHORT = 24 * 8  # hours of a record whose days are too few to show levels
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_NOISE = 0.02  # of the largest value, up to which a minus is the instrument's
_FLOWING = frozenset({"power", "energy"})
_WANTED = 10  # how often the values beside a suspicious one count at least, when it is judged


def notice(stage: Stage, channels: tuple[ChannelSummary, ...]) -> list[Finding]:
    """The findings ``constant-column``, ``mixed-types``, ``possible-sentinel``, ``against-its-way`` and
    ``unit-change``."""
    pairs = list(zip(stage.cells, channels, strict=True))
    findings = [finding for cell, channel in pairs for finding in _constant(cell, channel)]
    texts = [cell for cell, channel in pairs if cell.rule.kind is Kind.TEXT and channel.count >= _ENOUGH]
    findings += [finding for cell in texts for finding in _texts(stage, cell)]
    findings += [finding for cell, channel in pairs for finding in _extremes(stage, cell, channel)]
    findings += [finding for cell, channel in pairs for finding in _against_its_way(stage, cell, channel)]
    return findings + list(_unit_changes(stage, pairs))


def _constant(cell: Cell, channel: ChannelSummary) -> Iterator[Finding]:
    if cell.rule.kind is Kind.NUMBER and channel.count >= _ENOUGH and channel.minimum == channel.maximum:
        yield _constant_finding(cell, f"{channel.minimum:.10g}", channel.count)


def _constant_finding(cell: Cell, value: str, count: int) -> Finding:
    return Finding(
        code="constant-column",
        severity=Severity.INFO,
        channel=cell.rule.name,
        count=count,
        message=f"All {count:,} values of {cell.rule.name} are {value[:40]}.",
    )


def _texts(stage: Stage, cell: Cell) -> Iterator[Finding]:
    """A column of words with the same word throughout, or with numbers among the words."""
    found = stage.connection.execute(
        f"SELECT count(v), min(v), max(v), count(TRY_CAST(v AS DOUBLE)) FROM "
        f"(SELECT {cell.staged} AS v FROM stage WHERE stamp IS NOT NULL)"
    ).fetchall()[0]
    count, low, high, numbers = int(found[0]), found[1], found[2], int(found[3])
    if count and low == high:
        yield _constant_finding(cell, f"‘{low}’", count)
    elif 0 < numbers < count:
        few, what = (numbers, "numbers") if numbers * 2 <= count else (count - numbers, "words")
        test = f"(TRY_CAST({cell.staged} AS DOUBLE) IS {'NOT NULL' if what == 'numbers' else 'NULL'})"
        yield Finding(
            code="mixed-types",
            channel=cell.rule.name,
            count=few,
            where=_places(stage, cell, f"{cell.staged} IS NOT NULL AND {test}"),
            message=f"{few:,} of the {count:,} cells of {cell.rule.name} hold {what}, the others do not. "
            "The column is kept as text, every cell as it is written.",
        )


def _extremes(stage: Stage, cell: Cell, channel: ChannelSummary) -> Iterator[Finding]:
    """A largest or smallest value that looks like a mark for a missing one, and that the samples did not show."""
    if cell.rule.kind is not Kind.NUMBER or channel.minimum is None or channel.maximum is None:
        return
    factor = cell.rule.multiplier
    for extreme in {channel.minimum / factor, channel.maximum / factor}:
        if not is_known(extreme):
            continue
        number = f"{extreme:.15g}"
        low, high, count = stage.connection.execute(
            f"SELECT min({cell.staged}) FILTER ({cell.staged} <> {number})::DOUBLE, max({cell.staged}) FILTER "
            f"({cell.staged} <> {number})::DOUBLE, count(*) FILTER ({cell.staged} = {number}) "
            "FROM stage WHERE stamp IS NOT NULL"
        ).fetchall()[0]
        if low is None:
            continue
        beside = max(_WANTED, channel.count - int(count))
        values = {float(extreme): int(count), float(low): beside} | {float(high): beside}
        for sentinel in find_sentinels(values, cell.rule.quantity):
            yield Finding(
                code="possible-sentinel",
                channel=cell.rule.name,
                count=int(count),
                where=_places(stage, cell, f"{cell.staged} = {number}"),
                message=f"{sentinel.why} It may stand for a missing value in {cell.rule.name}. Kept as a value.",
            )


def _against_its_way(stage: Stage, cell: Cell, channel: ChannelSummary) -> Iterator[Finding]:
    """Minus values of what flows one way, or nobody knows which way, where the samples showed none and nobody was
    asked."""
    rule = cell.rule
    is_open = rule.direction == "" and rule.quantity in _FLOWING
    if (
        not (is_open or rule.direction in {"import", "export"})
        or rule.signs not in {"", "plus"}
        or rule.multiplier <= 0
    ):
        return
    lowest = channel.minimum
    if rule.is_register or lowest is None or lowest >= -_NOISE * (channel.maximum or 0):
        return
    count = stage.connection.execute(
        f"SELECT count(*) FROM stage WHERE stamp IS NOT NULL AND {cell.staged} < 0"
    ).fetchall()[0][0]
    if not count:
        return
    other = {"import": "They may be what is fed in: a", "export": "They may be what is taken: a"}.get(
        rule.direction, "A"
    )
    read = f"is read as {rule.direction} alone" if rule.direction else "is read without a way that it flows"
    yield Finding(
        code="against-its-way",
        channel=rule.name,
        count=int(count),
        where=_places(stage, cell, f"{cell.staged} < 0"),
        message=f"{rule.name} {read}, but {count:,} values have a minus, down to {lowest:,.6g}; no row looked at had "
        f"one. {other}nswer direction:{rule.field} (net, perhaps). Kept as they are.",
    )


def _places(stage: Stage, cell: Cell, test: str) -> tuple[str, ...]:
    rows = stage.connection.execute(
        f"SELECT {stage.row_of(cell)} AS place FROM stage WHERE stamp IS NOT NULL AND {test} "
        f"ORDER BY place LIMIT {PLACES}"
    ).fetchall()
    return tuple(f"line {stage.lines.line_of(int(row)):,}" for (row,) in rows)


def _unit_changes(stage: Stage, pairs: list[tuple[Cell, ChannelSummary]]) -> Iterator[Finding]:
    cells = [
        cell
        for cell, channel in pairs
        if cell.rule.kind is Kind.NUMBER and not cell.rule.is_register and _may_change(channel)
    ]
    found = list(_by_days(stage, cells))
    yield from found
    told = {finding.channel for finding in found}
    yield from _changes_by_hour(stage, [cell for cell in cells if cell.rule.name not in told])


def _by_days(stage: Stage, cells: list[Cell]) -> Iterator[Finding]:
    if (found := largest_by_day(stage.parts, stage.cells)) is not None:
        yield from _changes_by_day(stage, cells, *found)
        return
    has_series = stage.profile.has_series
    if stage.rows > _DIRECT_ROWS:
        # Several meters differ among themselves, and to look at each costs more than it brings.
        cells = [] if has_series else _suspicious(stage, cells)
    for at in range(0, len(cells), _AT_ONCE):
        some = cells[at : at + _AT_ONCE]
        for cell, changes in _changes_of(stage, some, has_series=has_series).items():
            yield _change_finding(stage, cell, changes)


def _hours_of(stage: Stage) -> list[datetime]:
    """The hours that there are readings in, up to more than a short record has; none of a file of several meters."""
    if stage.profile.has_series:
        return []
    rows = stage.connection.execute(
        "SELECT DISTINCT date_trunc('hour', stamp) AS hour FROM stage WHERE stamp IS NOT NULL "
        f"ORDER BY hour LIMIT {_SHORT + 1}"
    ).fetchall()
    return [hour for (hour,) in rows]


def _changes_by_hour(stage: Stage, cells: list[Cell]) -> Iterator[Finding]:
    """The findings of a record of so few days that its days show no levels."""
    hours = _hours_of(stage) if cells and stage.rows <= _DIRECT_ROWS else []
    if not 0 < len(hours) <= _SHORT:
        return
    levels = ", ".join(f"max(abs({cell.staged}))::DOUBLE" for cell in cells[:_AT_ONCE])
    rows = stage.connection.execute(
        f"SELECT {levels} FROM stage WHERE stamp IS NOT NULL "
        "GROUP BY date_trunc('hour', stamp) ORDER BY date_trunc('hour', stamp)"
    ).fetchall()
    for cell, found in zip(cells, zip(*rows, strict=True), strict=False):
        change = find_unit_step([_level(one) for one in found])
        if change is not None:
            yield _change_finding(stage, cell, [("", hours[change.place], change)])


def _changes_by_day(
    stage: Stage, cells: list[Cell], days: NDArray[np.int64], largest: list[NDArray[np.float64]]
) -> Iterator[Finding]:
    """The findings of a file whose largest values by day are known from its reading."""
    for cell in cells:
        changes = find_level_changes(largest[stage.cells.index(cell)].tolist())
        if changes:
            named = [("", date.fromordinal(_EPOCH_DAY + int(days[one.place])), one) for one in changes]
            yield _change_finding(stage, cell, named)


def _may_change(channel: ChannelSummary) -> bool:
    """Whether a channel's largest value is far enough from its mean for two levels a thousand apart."""
    if channel.minimum is None or channel.maximum is None or channel.mean is None:
        return False
    largest = max(abs(channel.minimum), abs(channel.maximum))
    return channel.count >= _ENOUGH and largest > 0


def _suspicious(stage: Stage, cells: list[Cell]) -> list[Cell]:
    """Those channels whose runs of rows already lie on two levels."""
    if not cells:
        return []
    run = group_rows(stage.profile.columns)
    levels = ", ".join(f"coalesce(max(abs({cell.staged}))::DOUBLE, 0)" for cell in cells)
    rows = stage.connection.execute(f"SELECT {levels} FROM stage GROUP BY row // {run}").fetchall()
    return [cell for cell, found in zip(cells, zip(*rows, strict=True), strict=True) if _spans_decades(found)]


def _spans_decades(levels: tuple[float, ...]) -> bool:
    there = [level for level in levels if level > 0]
    return bool(there) and max(there) >= 100 * min(there)


def _changes_of(
    stage: Stage, cells: list[Cell], *, has_series: bool
) -> dict[Cell, list[tuple[str, date, LevelChange]]]:
    """For each channel its changes: series, day, factor."""
    levels = ", ".join(f"max(abs({cell.staged}))::DOUBLE" for cell in cells)
    series = "series" if has_series else "''"
    rows = stage.connection.execute(
        f"SELECT {series}, CAST(stamp AS DATE), {levels} FROM stage WHERE stamp IS NOT NULL "
        f"GROUP BY ALL ORDER BY ALL LIMIT {_MOST_DAYS}"
    ).fetchall()
    days: dict[str, list[tuple[object, ...]]] = {}
    for row in rows:
        days.setdefault(str(row[0]), []).append(row)
    found: dict[Cell, list[tuple[str, date, LevelChange]]] = {}
    for name, own in days.items():
        for place, cell in enumerate(cells):
            changes = find_level_changes([_level(row[place + 2]) for row in own])
            found.setdefault(cell, []).extend((name, _day(own[change.place][1]), change) for change in changes)
    return {cell: changes for cell, changes in found.items() if changes}


def _level(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.min


def _change_finding(stage: Stage, cell: Cell, changes: Sequence[tuple[str, date, LevelChange]]) -> Finding:
    lines: list[str] = []
    for series, day, _ in changes[:PLACES]:
        own = f" AND series = {literal(series)}" if stage.profile.has_series else ""
        found = stage.connection.execute(
            f"SELECT min({stage.row_of(cell)}) FROM stage WHERE stamp >= TIMESTAMP '{day}' "
            f"AND stamp < TIMESTAMP '{day}' + INTERVAL 1 DAY AND {cell.staged} IS NOT NULL{own}"
        ).fetchall()[0][0]
        lines.append(f"line {stage.lines.line_of(int(found)):,}")
    times = "1,000 times as large as" if changes[0][2].factor > 1 else "a thousandth of"
    return Finding(
        code="unit-change",
        channel=cell.rule.name,
        count=len(changes),
        where=tuple(lines),
        message=f"From {changes[0][1]:%d/%m/%Y} on the values of {cell.rule.name} are about {times} those before: "
        "probably another unit. They are kept as they are written; split the file there and say each part's unit.",
    )
