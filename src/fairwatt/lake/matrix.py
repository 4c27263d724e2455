"""Many series at once: time down, series across, every bucket there whether or not anything was read in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

from fairwatt.core.errors import InsufficientData, InvalidInput, TooLarge
from fairwatt.core.resolutions import SETTLEMENT, Resolution, settlement_days
from fairwatt.lake.aggregating import MICROS, STATISTICS, Buckets, partial_sums, statistic
from fairwatt.lake.engine import literal, quoted
from fairwatt.lake.placing import MISSING, Cells, Numbers, can_place, place_readings
from fairwatt.lake.selecting import Selection, overlapping, read_files

MOST_CELLS = 100_000_000  # 800 MB
_BATCH_ROWS = 1_000_000
_EXACT = {"min": "min", "max": "max", "sum": "sum"}  # how parts of a bucket add up


@dataclass(frozen=True, slots=True)
class Matrix:
    """A channel's readings as a matrix.

    Attributes
    ----------
    start
        The start of each row's bucket (datetime64 µs, UTC), none left out.
    series
        What the columns are of.
    values
        ``(len(start), len(series))``, columns contiguous: float64 with NaN where there is no reading; or, of an exact
        matrix, int64 in units of 10⁻ˢ, :data:`MISSING` where there is none.
    scale
        *s* of an exact matrix: its decimals; None of floats.
    """

    start: Numbers = field(repr=False)
    series: tuple[str, ...] = field(repr=False)
    values: Numbers = field(repr=False)
    scale: int | None = None

    def to_arrow(self, names: Sequence[str] | None = None) -> pa.RecordBatch:
        """As ``start`` and a column a series, nulls where there is no reading."""
        starts = pa.array(self.start).cast(pa.timestamp("us", tz="UTC"))
        columns = [self._column(self.values[:, at]) for at in range(len(self.series))]
        return pa.RecordBatch.from_arrays([starts, *columns], names=["start", *(names or self.series)])

    def _column(self, values: Numbers) -> pa.Array:
        if self.scale is None:
            return pa.array(values, from_pandas=True)
        is_there = values != MISSING
        wide = np.empty((len(values), 2), np.int64)
        wide[:, 0] = np.where(is_there, values, 0)
        wide[:, 1] = wide[:, 0] >> 63
        bits = pa.py_buffer(np.packbits(is_there, bitorder="little"))
        return pa.Array.from_buffers(pa.decimal128(18, self.scale), len(values), [bits, pa.py_buffer(wide)])


@dataclass(frozen=True, slots=True)
class MatrixQuestion:
    """A matrix asked for, checked: one channel in [begin, end) [µs], gathered by a statistic."""

    selection: Selection
    begin: int
    end: int
    resolution: Resolution
    statistic: str
    series: tuple[str, ...]
    is_exact: bool

    @property
    def field(self) -> str:
        """The channel's field."""
        return self.selection.fields[0]

    @property
    def scale(self) -> int | None:
        """Decimals of an exact matrix."""
        kind = self.selection.snapshot.fields[self.field]
        return int(kind.rstrip(")").split(",")[1]) if self.is_exact and kind.startswith("DECIMAL") else None

    @property
    def rows(self) -> int:
        """About how many rows it has."""
        return (self.end - self.begin) // self.resolution.typical_micros + 1


def matrix_question(
    open_cursor: Callable[[], duckdb.DuckDBPyConnection],
    selection: Selection,
    span: tuple[int | None, int | None],
    resolution: Resolution | None,
    statistic: str,
    *,
    is_exact: bool,
) -> MatrixQuestion:
    """A checked question; raises InvalidInput or InsufficientData."""
    name = selection.fields[0]
    if not selection.is_numeric(name):
        raise InvalidInput(f"'{name}' holds no numbers, so that they make no matrix.", where={"channel": name})
    if statistic not in STATISTICS:
        raise InvalidInput(f"There is no statistic '{statistic}'.", where={"field": "aggregate"})
    if resolution is None:
        if not selection.resolution_s:
            raise InsufficientData(
                "These readings have no usual step, so that they make no matrix as they are.",
                next_step=f"Ask with a resolution: PT30M, P1D or {SETTLEMENT}.",
            )
        resolution = Resolution.of_seconds(selection.resolution_s)
    if is_exact and not selection.snapshot.fields[name].startswith("DECIMAL"):
        raise InvalidInput(f"'{name}' is not kept in decimals.", where={"channel": name})
    extent = _extent(open_cursor, selection)
    begin, end = span
    low = extent[0] if begin is None else max(begin, extent[0])
    high = extent[1] + 1 if end is None else min(end, extent[1] + 1)
    known = {one for note in selection.notes for one in note.series}
    names = tuple(sorted(known)) if selection.series is None else tuple(dict.fromkeys(selection.series))
    return MatrixQuestion(selection, low, max(low, high), resolution, statistic, names, is_exact)


def _extent(open_cursor: Callable[[], duckdb.DuckDBPyConnection], selection: Selection) -> tuple[int, int]:
    """First and last start [µs]; files that hold more than is asked for don't tell it."""
    extent = selection.extent or (0, -1)
    if all(sources is None for sources in selection.chosen):
        return extent
    parts = read_files(selection.files, {}, selection, (extent[0], extent[1] + 1), "epoch_us(start) AS began")
    with open_cursor() as cursor:
        (low, high), *_ = cursor.execute(f"SELECT min(began), max(began) FROM ({' UNION ALL '.join(parts)})").fetchall()
    return (0, -1) if low is None else (low, high)


def read_matrix(open_cursor: Callable[[], duckdb.DuckDBPyConnection], question: MatrixQuestion) -> Matrix:
    """Read a whole matrix; raises TooLarge where it has more than :data:`MOST_CELLS` cells."""
    if question.rows * max(1, len(question.series)) > MOST_CELLS:
        raise TooLarge(
            f"This matrix would have {question.rows:,} rows and {len(question.series):,} series, "
            f"more than {MOST_CELLS:,} values.",
            next_step="Ask for a coarser resolution, a shorter period or fewer series.",
        )
    if question.begin >= question.end:
        return _Grid.of(question, []).matrix
    edges = question.resolution.edges(question.begin, question.end)
    grid = _Grid.of(question, edges)
    if _is_one_a_bucket(question) and can_place(question.selection) and grid.place(question, edges):
        return grid.matrix
    with open_cursor() as cursor:
        grid = _Grid.of(question, edges)
        if not _is_one_a_bucket(question) or not grid.fill(cursor, _readings_sql(question, edges), question):
            grid = _Grid.of(question, edges)
            grid.fill(cursor, _buckets_sql(question, edges), question)
        if question.statistic == "count":
            np.nan_to_num(grid.matrix.values, copy=False)
        return grid.matrix


def matrix_parts(question: MatrixQuestion, most_cells: int) -> Iterator[MatrixQuestion]:
    """The question in parts of whole buckets, one after the other in time, with at most so many cells each."""
    if question.begin >= question.end:
        return
    run = max(1, most_cells // max(1, len(question.series)))
    starts = list(question.resolution.starts(question.begin, question.end))
    cuts = [question.begin, *starts[run::run], question.end]
    for begin, end in pairwise(cuts):
        yield replace(question, begin=begin, end=end)


def settlement_columns(start: Numbers) -> dict[str, pa.Array]:
    """The settlement date and number of each half-hour."""
    micros = start.astype("datetime64[us]").astype(np.int64)
    if not len(micros):
        return {"settlement_date": pa.array([], pa.date32()), "settlement_period": pa.array([], pa.int64())}
    days = np.array(settlement_days(int(micros[0]), int(micros[-1]) + 1))
    begins = days[np.searchsorted(days, micros, side="right") - 1]
    dates = (begins + 43_200 * MICROS).astype("datetime64[us]").astype("datetime64[D]")
    numbers = (micros - begins) // (1_800 * MICROS) + 1
    return {"settlement_date": pa.array(dates), "settlement_period": pa.array(numbers)}


def _is_one_a_bucket(question: MatrixQuestion) -> bool:
    """Whether each bucket most likely holds one reading: then it is its own mean, minimum, maximum and sum."""
    step = question.selection.resolution_s
    return question.statistic != "count" and bool(step) and question.resolution.micros == round((step or 0) * MICROS)


def _placed(question: MatrixQuestion, rows: str, edges: list[int], value: str) -> str:
    """SQL: the places and values of rows that have ``series`` and ``b``: cells are counted column by column.

    The names are looked up once for each that a page of a file holds.
    """
    names, count = ", ".join(map(literal, question.series)), len(edges) - 1
    code = f"enum_code(CAST(series AS ENUM({names})))::BIGINT * {count}"
    kind = f"DECIMAL(38,{question.scale})" if question.is_exact else "DOUBLE"
    if question.resolution.micros:
        row, joined = f"(b - {edges[0]}) // {question.resolution.micros}", ""
    else:
        row = "number"
        joined = f" JOIN (SELECT unnest({edges[:-1]}) AS b, unnest(range({count})) AS number) USING (b)"
    return f"SELECT {code} + {row} AS place, CAST({value} AS {kind}) AS value FROM ({rows}){joined}"


def _readings_sql(question: MatrixQuestion, edges: list[int]) -> str:
    selection = question.selection
    parts = read_files(
        overlapping(selection.files, question.begin, question.end),
        {question.field: (question.field, selection.snapshot.fields[question.field])},
        selection,
        (question.begin, question.end),
        "series, epoch_us(start) AS b",
    )
    return " UNION ALL ".join(_placed(question, part, edges, quoted(question.field)) for part in parts)


def _buckets_sql(question: MatrixQuestion, edges: list[int]) -> str:
    buckets = Buckets.of(question.resolution, question.begin, question.end)
    parts = partial_sums(question.selection, buckets, by_series=True)
    made = statistic(question.field, question.statistic)
    if question.is_exact:
        if question.statistic not in _EXACT:
            raise InvalidInput(
                f"Some series have several readings at one time, and their {question.statistic} is not exact.",
                where={"field": "aggregate"},
                next_step="Ask with a resolution, or for their min, max or sum.",
            )
        column = quoted(f"{question.field}_{question.statistic}")
        made = f"{_EXACT[question.statistic]}({column}) AS {column}"
    if not parts:
        return ""
    rows = f"SELECT b, series, {made} FROM ({' UNION ALL '.join(parts)}) GROUP BY b, series"
    return _placed(question, rows, edges, quoted(f"{question.field}_{question.statistic}"))


def _numbers(values: pa.Array, *, is_exact: bool) -> Numbers:
    if not is_exact:
        return np.asarray(values.to_numpy(zero_copy_only=False))
    words = np.frombuffer(values.buffers()[1], np.int64)[2 * values.offset : 2 * (values.offset + len(values))]
    low, high = words[::2], words[1::2]
    is_there = np.asarray(values.is_valid())
    if np.any((high != low >> 63) & is_there):
        raise InvalidInput("These sums have more digits than a matrix can hold.", next_step="Ask for floats.")
    return np.where(is_there, low, MISSING)


@dataclass(frozen=True, slots=True)
class _Grid:
    """A matrix while it is being filled, series by series as the files are sorted."""

    matrix: Matrix
    seen: Numbers

    @classmethod
    def of(cls, question: MatrixQuestion, edges: list[int]) -> _Grid:
        rows, columns = max(0, len(edges) - 1), len(question.series)
        kind, nothing = (np.int64, MISSING) if question.is_exact else (np.float64, np.nan)
        values = np.full((columns, rows), nothing, kind).T
        starts = np.array(edges[:-1], np.int64).astype("datetime64[us]")
        return cls(Matrix(starts, question.series, values, question.scale), np.zeros(rows * columns, bool))

    def place(self, question: MatrixQuestion, edges: list[int]) -> bool:
        """Put the readings into their cells; say whether each came to a cell of its own."""
        cells = Cells(
            flat=self.matrix.values.T.reshape(-1),
            seen=self.seen,
            columns={name: at for at, name in enumerate(question.series)},
            begin=question.begin,
            end=question.end,
            first=edges[0],
            width=question.resolution.micros,
            rows=len(edges) - 1,
        )
        return place_readings(question.selection, cells) == int(np.count_nonzero(self.seen))

    def fill(self, cursor: duckdb.DuckDBPyConnection, sql: str, question: MatrixQuestion) -> bool:
        """Put a query's values into their cells; say whether each came to a cell of its own."""
        flat, count = self.matrix.values.T.reshape(-1), 0
        for batch in cursor.sql(sql).to_arrow_reader(_BATCH_ROWS) if sql and question.series else ():
            places = batch.column(0).to_numpy()
            flat[places] = _numbers(batch.column(1), is_exact=question.is_exact)
            self.seen[places] = True
            count += len(places)
        return int(np.count_nonzero(self.seen)) == count
