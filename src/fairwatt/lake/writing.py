"""From the stage to Parquet: readings month by month, and their rollups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.core.files.profile import Kind
from fairwatt.lake.cells import PRECISION, Cell
from fairwatt.lake.deltalog import NewFile
from fairwatt.lake.direct.choosing import Sorting, month_of
from fairwatt.lake.direct.levels import RolledParts, roll_levels
from fairwatt.lake.direct.packing import Packer
from fairwatt.lake.direct.recipe import Part
from fairwatt.lake.direct.rolling import Rolled
from fairwatt.lake.direct.splitting import split_by_month
from fairwatt.lake.engine import (
    LITTLE,
    Patient,
    group_rows,
    instant,
    literal,
    micros_of,
    moment_of,
    options_for,
    quoted,
    wall,
)
from fairwatt.lake.results import ChannelSummary
from fairwatt.lake.rollups import STATISTICS, parent_of
from fairwatt.lake.staging import Stage
from fairwatt.lake.timeline import Timeline

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written: for which batch and source, and each field's type; whether memory is short, and by how many."""

    batch: str
    source: str
    types: Mapping[str, str]
    folder: Path
    patient: Patient
    is_little: bool = False
    workers: int = 1

    def group_rows(self, columns: int) -> int:
        """The rows of a group of a file of so many columns, of which several are written at a time."""
        return group_rows(columns * LITTLE if self.is_little else columns)


def stored_types(cells: tuple[Cell, ...], channels: tuple[ChannelSummary, ...]) -> dict[str, str]:
    """Each field's type as it is stored, its multiplier reckoned in."""
    return {
        cell.rule.field: _stored_type(cell, largest_of(channel)) for cell, channel in zip(cells, channels, strict=True)
    }


def largest_of(channel: ChannelSummary) -> float:
    """The largest absolute value of a channel; 0 where it holds none."""
    return max(abs(channel.minimum or 0.0), abs(channel.maximum or 0.0))


def _stored_type(cell: Cell, largest: float) -> str:
    if cell.rule.kind is not Kind.NUMBER or cell.decimals is None or cell.rule.multiplier == 1.0:
        return cell.sql_type
    decimals = cell.decimals + _decimals_of(cell.rule.multiplier)
    fits = decimals <= PRECISION and largest < 10 ** (PRECISION - decimals)
    return f"DECIMAL({PRECISION},{decimals})" if fits else "DOUBLE"


def _decimals_of(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else PRECISION


def stored_value(cell: Cell, kind: str) -> str:
    """SQL: a staged value in the channel's unit, of the table's type."""
    value = cell.staged
    if cell.rule.kind is Kind.NUMBER and cell.rule.multiplier != 1.0:
        decimals = _decimals_of(cell.rule.multiplier)
        factor = f"{cell.rule.multiplier!r}::DOUBLE"
        if kind.startswith("DECIMAL") and decimals <= PRECISION:
            factor = f"{literal(format(Decimal(repr(cell.rule.multiplier)), 'f'))}::DECIMAL({PRECISION},{decimals})"
            value = f"{value}::DECIMAL(20,{cell.decimals or 0})"
        else:
            value = f"{value}::DOUBLE"
        value = f"{value} * {factor}"
    return f"CAST({value} AS {kind})"


def months_between(first: int, last: int) -> Iterator[tuple[str, int, int]]:
    """The calendar months (UTC) from one instant to another [µs]: name, begin, end."""
    at = moment_of(first).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while (begin := micros_of(at)) <= last:
        after = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=at.tzinfo)
        yield f"{at.year:04d}-{at.month:02d}", begin, micros_of(after)
        at = after


def met_months(stage: Stage, timeline: Timeline) -> list[tuple[str, int, int]]:
    """The months in which the stage has rows."""
    months = list(months_between(timeline.first, timeline.last))
    if len(months) <= 2:  # noqa: PLR2004 - the first and the last always have
        return months
    found = stage.connection.execute(
        f"SELECT DISTINCT strftime(d, '%Y-%m') FROM (SELECT DISTINCT CAST({timeline.start_sql} AS DATE) AS d "
        f"FROM {timeline.rows_sql} WHERE stamp IS NOT NULL)"
    ).fetchall()
    there = {month for (month,) in found}
    return [month for month in months if month[0] in there]


def _rows_of_month(timeline: Timeline, begin: int, end: int) -> str:
    """SQL: the rows whose start lies in [begin, end); the stamp itself is bounded too, which prunes."""
    start = timeline.start_sql
    near = f"stamp >= {wall(begin - timeline.reach)} AND stamp < {wall(end + timeline.reach)}"
    exact = f"{start} >= {wall(begin)} AND {start} < {wall(end)}"
    return f"FROM {timeline.rows_sql} WHERE {near if start != 'stamp' else 'true'} AND {exact}"


def write_readings(stage: Stage, timeline: Timeline, plan: Plan, sorting: Sorting) -> list[NewFile]:
    """Have the readings in Parquet files of one month each, sorted by series and start.

    Parts that are so already are taken as they are; all other rows are written anew, a file a month.
    """
    files: list[NewFile] = []
    for number, part in enumerate(sorting.ready):
        partition = (("source", plan.source), ("month", month_of(part.low)))
        files.append(look_at(part.path).placed(f"{plan.batch}-{number:04d}.parquet", partition))
    if sorting.loose and timeline.is_sorted and all(part.is_sorted for part in sorting.loose):
        files += _split_months(sorting.loose, plan, first=len(files))
    elif sorting.loose:
        files += _write_months(stage, _loose_months(sorting.loose, timeline), plan, first=len(files))
    if sorting.others or not stage.parts:
        if stage.parts:
            stage.show_parts(sorting.others)
        files += _write_months(stage, _staged_months(stage, timeline, plan), plan, first=len(files))
    return files


def _write_months(stage: Stage, months: list[tuple[str, str]], plan: Plan, *, first: int) -> Iterator[NewFile]:
    """Write the rows of queries, each of a month, into one Parquet file each, numbered from ``first``."""
    for number, (month, rows) in enumerate(months):
        name = f"{plan.batch}-{number + first:04d}.parquet"
        share = 0.6 + 0.25 * number / len(months)
        written = write_parquet(
            stage.connection, rows, plan.folder / name, columns=len(stage.cells) + 2, patient=plan.patient, share=share
        )
        if written.rows:
            yield written.placed(name, (("source", plan.source), ("month", month)))


def _split_months(parts: tuple[Part, ...], plan: Plan, *, first: int) -> Iterator[NewFile]:
    """Write the rows of parts that follow each other in order into one Parquet file a month."""
    months = list(months_between(min(part.low for part in parts), max(part.high for part in parts)))
    targets = [plan.folder / f"{plan.batch}-{number + first:04d}.parquet" for number in range(len(months))]
    done, rows = 0, sum(part.rows for part in parts)
    edges = [begin for _, begin, _ in months]
    for count in split_by_month([part.path for part in parts], edges, targets, workers=plan.workers):
        done += count
        plan.patient.check(0.6 + 0.25 * done / rows, "Writing readings")
    for (month, _, _), path in zip(months, targets, strict=True):
        if path.exists():
            yield look_at(path).placed(path.name, (("source", plan.source), ("month", month)))


def _staged_months(stage: Stage, timeline: Timeline, plan: Plan) -> list[tuple[str, str]]:
    """For each month SQL for its rows in the stage, as they are stored."""
    series = "coalesce(series, '')" if stage.profile.has_series else literal(stage.profile.series)
    values = ", ".join(
        f"{stored_value(cell, plan.types[cell.rule.field])} AS {quoted(cell.rule.field)}" for cell in stage.cells
    )
    order = "" if timeline.is_sorted else "ORDER BY 1, 2"
    columns = f"{series} AS series, make_timestamptz(epoch_us({timeline.start_sql})) AS start, {values}"
    return [
        (month, f"SELECT {columns} {_rows_of_month(timeline, begin, end)} {order}")
        for month, begin, end in met_months(stage, timeline)
    ]


def _loose_months(parts: tuple[Part, ...], timeline: Timeline) -> list[tuple[str, str]]:
    """For each month SQL for its rows in parts that are in the table's form, but in another order or of many months."""
    order = "" if timeline.is_sorted else "ORDER BY series, start"
    first, last = min(part.low for part in parts), max(part.high for part in parts)
    found = []
    for month, begin, end in months_between(first, last):
        paths = ", ".join(literal(str(part.path)) for part in parts if part.low < end and part.high >= begin)
        if paths:
            rows = f"SELECT * FROM read_parquet([{paths}], hive_partitioning = false)"
            found.append((month, f"{rows} WHERE start >= {instant(begin)} AND start < {instant(end)} {order}"))
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """A Parquet file that was written: rows, bytes, first and last start [µs]."""

    path: Path
    rows: int
    size: int
    low: int
    high: int

    def placed(self, name: str, partition: tuple[tuple[str, str], ...]) -> NewFile:
        """Under its name in its partition."""
        return NewFile(self.path, name, partition, self.rows, self.size, self.low, self.high)


def write_parquet(
    connection: duckdb.DuckDBPyConnection, rows: str, path: Path, *, columns: int, patient: Patient, share: float
) -> Written:
    """Write a query's rows into one Parquet file and read back from its footer what is in it."""
    sql = f"COPY ({rows}) TO {literal(str(path))} ({options_for(connection, rows, columns)})"
    patient.run(connection, sql, stage="Writing readings", shares=(share, share))
    return look_at(path)


def look_at(path: Path) -> Written:
    """What a Parquet file's footer says: rows, first and last start."""
    footer = pq.read_metadata(path)
    at = footer.schema.to_arrow_schema().get_field_index("start")
    low: list[int] = []
    high: list[int] = []
    for group in range(footer.num_row_groups):
        statistics = footer.row_group(group).column(at).statistics
        if statistics is not None and statistics.has_min_max:
            low.append(int(statistics.min_raw))
            high.append(int(statistics.max_raw))
    return Written(path, footer.num_rows, path.stat().st_size, min(low, default=0), max(high, default=0))


def write_rollups(
    stage: Stage,
    plan: Plan,
    sorting: Sorting,
    *,
    files: list[NewFile],
    levels: tuple[int, ...],
    channels: tuple[ChannelSummary, ...],
) -> list[NewFile]:
    """Write the rollups, the finest from the readings' files one by one, each coarser one from a finer one."""
    numbers = [
        (cell, sum_type(plan.types[cell.rule.field], channel))
        for cell, channel in zip(stage.cells, channels, strict=True)
        if cell.rule.kind is Kind.NUMBER
    ]
    if not levels or not numbers:
        return []
    if not sorting.others and (made := _roll_parts(stage, plan, levels, numbers)) is not None:
        return made
    rolled: list[NewFile] = []
    width = len(numbers) * len(STATISTICS) + 3
    for number, level in enumerate(levels):
        plan.patient.check(0.85 + 0.1 * number / len(levels), "Making rollups")
        parent = parent_of(level, levels)
        if parent is None:
            _roll_files(stage, files, plan, level, numbers)
        else:
            _roll_rollup(stage.connection, level, parent, numbers)
        name = f"{plan.batch}-{level:06d}.parquet"
        rows = (
            f"SELECT * REPLACE (make_timestamptz(epoch_us(start)) AS start) FROM {_table(level)} ORDER BY series, start"
        )
        path = plan.folder / f"rollup-{name}"
        written = write_parquet(stage.connection, rows, path, columns=width, patient=plan.patient, share=0.9)
        rolled.append(written.placed(name, (("source", plan.source), ("level", str(level)))))
    return rolled


def _roll_parts(
    stage: Stage, plan: Plan, levels: tuple[int, ...], numbers: list[tuple[Cell, str]]
) -> list[NewFile] | None:
    """Make all rollups from what was made of the parts when they were read; None where that can't be."""
    is_exact = all(kind.startswith("DECIMAL") for _, kind in numbers)
    of_level = all(part.rolled is not None and part.rolled.level == levels[0] for part in stage.parts)
    if not is_exact or not stage.parts or not of_level:
        return None
    rolled = RolledParts.of(sorted(stage.parts, key=lambda part: part.first))
    made = None if rolled is None else roll_levels(rolled, levels, stage.cells, stage.parts[0].first[0])
    if rolled is None or made is None:
        return None
    names = {level: f"{plan.batch}-{level:06d}.parquet" for level in levels}
    packers: dict[int, Packer] = {}
    with ExitStack() as stack:
        for level, rows in made:
            plan.patient.check(0.9, "Making rollups")
            if level not in packers:
                path = plan.folder / f"rollup-{names[level]}"
                packers[level] = stack.enter_context(Packer(path, rows.schema, plan.group_rows(rolled.columns)))
            packers[level].add(rows)
    return [
        look_at(packer.path).placed(names[level], (("source", plan.source), ("level", str(level))))
        for level, packer in packers.items()
    ]


def sum_type(kind: str, channel: ChannelSummary) -> str:
    """The type of a channel's sums."""
    return sum_kind(kind, largest_of(channel), channel.count)


def sum_kind(kind: str, largest: float, count: int) -> str:
    """The type of a sum: a decimal of 18 digits where even the sum of ``count`` of the largest value fits one."""
    if not kind.startswith("DECIMAL"):
        return "DOUBLE"
    scale = int(kind.rstrip(")").split(",")[1])
    return kind if largest * max(1, count) < 10 ** (PRECISION - scale) else "DOUBLE"


def _table(level: int) -> str:
    return f"rollup_{level}"


def rollup_column(field: str, statistic: str) -> str:
    """A rollup's column, as SQL writes it."""
    return quoted(f"{field}_{statistic}")


def _roll_files(stage: Stage, files: list[NewFile], plan: Plan, level: int, numbers: list[tuple[Cell, str]]) -> None:
    """Make the finest rollup from the readings' files, or from what was made of them when they were read."""
    parts = {part.path: part for part in stage.parts if part.rolled is not None and _is_of(part.rolled, level)}
    rolled = [parts[file.path] for file in files if file.path in parts]
    sources = [_file_source(file, level, numbers) for file in files if file.path not in parts]
    if rolled:
        stage.connection.register("rolled", _buckets_of(rolled))
        sources.append(_rolled_source(rolled[0].first[0], numbers, stage.cells))
    made = ", ".join(_aggregates(cell, cell.rule.field, kind) for cell, kind in numbers)
    # A bucket may have readings in several files.
    sql = (
        f"CREATE TABLE {_table(level)} AS SELECT series, bucket AS start, CAST(sum(rows) AS BIGINT) AS rows, {made} "
        f"FROM ({' UNION ALL '.join(sources)}) GROUP BY series, bucket"
    )
    plan.patient.run(stage.connection, sql, stage="Making rollups", shares=(0.86, 0.87))
    if rolled:
        stage.connection.unregister("rolled")


def _is_of(rolled: Rolled, level: int) -> bool:
    """Whether a rollup is of a level, and of one series."""
    return rolled.level == level and not rolled.names


def _buckets_of(parts: list[Part]) -> pa.RecordBatchReader:
    """The buckets of parts, those of one at a time."""
    tables = (part.rolled.table() for part in parts if part.rolled is not None)
    first = next(tables)
    return pa.RecordBatchReader.from_batches(
        first.schema, (batch for table in chain([first], tables) for batch in table.to_batches())
    )


def _file_source(file: NewFile, level: int, numbers: list[tuple[Cell, str]]) -> str:
    """SQL: the buckets of a file's readings."""
    width = level * _MICROS
    base = file.low // width * width
    rows = (
        f"SELECT series, (epoch_us(start) - {base}) // {width} AS bucket, count(*) AS rows, {_sums(numbers)} "
        f"FROM read_parquet({literal(str(file.path))}, hive_partitioning = false) GROUP BY series, bucket"
    )
    return f"SELECT * REPLACE (make_timestamp(bucket * {width} + {base}) AS bucket) FROM ({rows})"


def _rolled_source(series: str, numbers: list[tuple[Cell, str]], cells: tuple[Cell, ...]) -> str:
    """SQL: the buckets that were made when parts were read, registered as ``rolled``."""
    places = {cell.rule.field: at for at, cell in enumerate(cells)}
    made = [
        f"{statistic}{places[cell.rule.field]} AS {rollup_column(cell.rule.field, statistic)}"
        for cell, _ in numbers
        for statistic in STATISTICS
    ]
    return f"SELECT {literal(series)} AS series, make_timestamp(bucket) AS bucket, rows, {', '.join(made)} FROM rolled"


def _roll_rollup(
    connection: duckdb.DuckDBPyConnection, level: int, parent: int, numbers: list[tuple[Cell, str]]
) -> None:
    width = level * _MICROS
    made = ", ".join(_aggregates(cell, cell.rule.field, kind) for cell, kind in numbers)
    # Floored, so that years before 1970 fall into their own buckets.
    bucket = f"CAST(floor(epoch_us(start) / {width}) AS BIGINT)"
    connection.execute(
        f"CREATE TABLE {_table(level)} AS SELECT series, make_timestamp({bucket} * {width}) AS start, "
        f"CAST(sum(rows) AS BIGINT) AS rows, {made} FROM {_table(parent)} GROUP BY series, {bucket}"
    )


def _aggregates(cell: Cell, column: str, kind: str) -> str:
    """SQL: a channel's aggregates from finer ones."""
    parts = {
        "min": f"min({rollup_column(column, 'min')})",
        "max": f"max({rollup_column(column, 'max')})",
        "sum": f"CAST(sum({rollup_column(column, 'sum')}) AS {kind})",
        "n": f"CAST(sum({rollup_column(column, 'n')}) AS BIGINT)",
    }
    return ", ".join(f"{sql} AS {rollup_column(cell.rule.field, statistic)}" for statistic, sql in parts.items())


def _sums(numbers: list[tuple[Cell, str]]) -> str:
    """SQL: the channels' aggregates from readings; sums of decimals are exact, and of more digits than are kept."""
    return ", ".join(
        f"{sql}({quoted(cell.rule.field)}) AS {rollup_column(cell.rule.field, statistic)}"
        for cell, _ in numbers
        for statistic, sql in {"min": "min", "max": "max", "sum": "sum", "n": "count"}.items()
    )
