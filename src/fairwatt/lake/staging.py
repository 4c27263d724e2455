"""The stage: one file's rows, typed, in file order, in Parquet.

Everything that is worked out about a file (order, statistics, rollups) is worked out from here, so that the
text is parsed once. Parquet costs less to write and to read again than a table of DuckDB's own. A plain file's stage
is parts that can be published as they are (:mod:`fairwatt.lake.direct`); any other's is one throwaway file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fairwatt.core.errors import UnreadableFile
from fairwatt.core.files.profile import ImportProfile, Kind
from fairwatt.core.files.time_candidates import FALLS_BACK
from fairwatt.lake.broad import copy_in_groups, is_broad
from fairwatt.lake.cells import Cell, cells_of, number_text, source_of
from fairwatt.lake.direct.blocks import Unplain
from fairwatt.lake.direct.gaps import lines_of_read, lines_of_rows, numbered, untimed_rows_of
from fairwatt.lake.direct.loading import read_parts
from fairwatt.lake.direct.recipe import Part, Recipe, told_of_all, totals_of_all
from fairwatt.lake.direct.second_look import Told
from fairwatt.lake.direct.showing import odd_rows_of, staged_rows
from fairwatt.lake.engine import Patient, literal, open_engine, parquet_options
from fairwatt.lake.late_numbers import LateNumbers, find_late_numbers
from fairwatt.lake.limits import Limits
from fairwatt.lake.lines import LineMap, line_at, map_lines
from fairwatt.lake.plain import has_odd_head, is_plain, write_plain
from fairwatt.lake.reshaping import Shape, stage_query
from fairwatt.lake.restarting import name_runs

_STRAY_QUOTES = ("UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM")
_NUMBER_PATTERN = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_MOST_DECIMALS = 18


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be told apart into the file's columns.

    ``line`` is DuckDB's count, ``byte`` the row's first byte from 0, or that of blank lines right before it.
    """

    line: int
    byte: int
    kind: str


@dataclass(slots=True)
class Stage:
    """A staged file: the view ``stage`` over its rows, what its columns are, and what was left out.

    The view ``odd_rows`` has those of its rows that have their text in ``raw``; in ``stage`` a row of a part has none.
    The view ``bad_rows`` has the rows without a time that can be read; they are no rows of parts.
    The column ``row`` grows from 0 in file order. ``rows`` counts the file's rows, those without a valid stamp
    too where there are no parts; where a row of the file holds a day, the view has one for each of its intervals.

    ``lines`` says where its rows stand, and ``read_lines`` where those that an engine reads, if those are others.

    ``is_gathered`` says that the values of one time, from several rows of the file, were brought together: stamps are
    starts in UTC then, and the view's ``places`` holds the rows that a reading's values come from, channel by channel,
    where some are missing. ``totals`` has counts, extremes and sums of the parts' channels, where they were rolled up.
    ``told`` are the words for missing values in the parts' cells, but for those in ``odd_rows``. ``late`` are numbers
    that the profile does not read: the rules of ``cells`` do.
    """

    connection: duckdb.DuckDBPyConnection
    path: Path
    file: Path
    profile: ImportProfile
    cells: tuple[Cell, ...]
    quote: str
    rows: int = 0
    rejects: tuple[Reject, ...] = ()
    lines: LineMap = field(default_factory=lambda: LineMap(((0, 1),)))
    is_gathered: bool = False
    read_lines: LineMap | None = None
    parts: tuple[Part, ...] = ()
    totals: pa.Table | None = None
    told: tuple[Told, ...] = ()
    late: tuple[LateNumbers, ...] = ()

    @property
    def shape(self) -> Shape:
        """How its rows come from the file's."""
        return Shape(self.profile)

    @property
    def bad_rows(self) -> str:
        """SQL: whether a row of the view has no time that can be read."""
        beyond = self.shape.periods is not None and not self.is_gathered
        return "stamp IS NULL AND NOT beyond" if beyond else "stamp IS NULL"

    def row_of(self, cell: Cell) -> str:
        """SQL: the row that a cell's value comes from."""
        if not self.is_gathered:
            return "row"
        fields = [one.rule.field for one in self.cells]
        return f"coalesce(places[{fields.index(cell.rule.field) + 1}], row)"

    def show(self, file: Path) -> None:
        """Let the view ``stage`` be over another file's rows."""
        self.file = file
        there = " WHERE is_there" if "is_there" in self.shape.columns and not self.is_gathered else ""
        rows = f"read_parquet({literal(str(file))}, file_row_number = true){there}"
        if self.is_gathered:
            rows = f"read_parquet({literal(str(file))})"
        numbered = "*" if self.is_gathered else "file_row_number AS row, * EXCLUDE (file_row_number)"
        self.connection.execute(f"CREATE OR REPLACE VIEW stage AS SELECT {numbered} FROM {rows}")
        self.connection.execute("CREATE OR REPLACE VIEW odd_rows AS SELECT * FROM stage WHERE raw IS NOT NULL")
        if self.read_lines is None:
            self.connection.execute(f"CREATE OR REPLACE VIEW bad_rows AS SELECT * FROM stage WHERE {self.bad_rows}")

    def take(self, parts: tuple[Part, ...]) -> None:
        """Let the views be over the rows of parts, and these be all there are."""
        gaps = [part.gaps for part in parts]
        dialect = self.profile.dialect
        first = dialect.skip_lines + dialect.header_lines + 1
        self.parts = parts
        self.rows = sum(part.rows for part in parts)
        self.rejects = tuple(
            Reject(line + number, byte, "") for line, own in numbered(gaps, first) for number, byte in own.rejected
        )
        self.lines, self.read_lines = lines_of_rows(gaps, first), lines_of_read(gaps, first)
        self.show_parts(parts)
        self.totals, self.told = totals_of_all(parts), told_of_all(parts)
        self._keep_apart("odd", odd_rows_of(parts))
        self._keep_apart("bad", untimed_rows_of(gaps, first))

    def _keep_apart(self, name: str, rows: pa.Table | None) -> None:
        """Let a view be over rows that are none of the parts'."""
        if rows is None:
            self.connection.execute(f"CREATE OR REPLACE VIEW {name}_rows AS SELECT * FROM stage WHERE false")
            return
        self.connection.register("made_apart", rows)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name}_cells AS SELECT * FROM made_apart")
        self.connection.unregister("made_apart")
        self.connection.execute(f"CREATE OR REPLACE VIEW {name}_rows AS SELECT * FROM {name}_cells")

    def join_parts(self) -> None:
        """Put the rows of all parts into one file, as of a file read by its text."""
        if not self.parts:
            return
        rows = "SELECT s.* REPLACE (o.raw AS raw) FROM stage AS s LEFT JOIN odd_rows AS o ON s.row = o.row"
        self.connection.execute(
            f"COPY (SELECT * EXCLUDE (row) FROM ({rows}) ORDER BY row) TO {literal(str(self.file))} "
            f"({parquet_options(self.profile.columns)})"
        )
        self.parts, self.totals = (), None
        self.show(self.file)

    def bad_line(self, row: int) -> int:
        """The line of one of ``bad_rows``."""
        return self.lines.line_of(row) if self.read_lines is None else row

    def line_of_read(self, row: int) -> int:
        """The line of a row that an engine reads from the file."""
        return (self.read_lines or self.lines).line_of(row)

    def largest(self, cells: list[Cell]) -> list[float | None]:
        """The largest value of some channels of numbers, None where one holds none."""
        if self.totals is not None:
            places = {cell.rule.field: at for at, cell in enumerate(self.cells)}
            columns = [self.totals.column(f"max{places[cell.rule.field]}") for cell in cells]
            return [None if found is None else float(found) for column in columns for found in [pc.max(column).as_py()]]
        columns_sql = ", ".join(f"max({cell.staged})::DOUBLE" for cell in cells)
        return list(self.connection.execute(f"SELECT {columns_sql} FROM stage").fetchall()[0])

    def show_parts(self, parts: tuple[Part, ...]) -> None:
        """Let the view ``stage`` be over the rows of some parts."""
        rows = " UNION ALL ".join(staged_rows(part, self.profile, self.cells) for part in parts)
        self.connection.execute(f"CREATE OR REPLACE VIEW stage AS {rows}")

    def close(self) -> None:
        """Let go of the engine; the file goes with the work folder."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def stage_file(
    path: Path,
    profile: ImportProfile,
    *,
    work: Path,
    name: str,
    patient: Patient,
    memory_limit: str,
    threads: int,
    in_parts: bool = False,
) -> Stage:
    """Read a text file into a stage in ``work``; where ``in_parts``, into parts that can be published, if it may be.

    Raises
    ------
    UnreadableFile
        Where the text can't be told apart into rows at all.
    """
    if not is_plain(profile.dialect) or has_odd_head(path, profile.dialect):
        path = _made_plain(path, profile, work=work, name=name)
    connection = open_engine(memory_limit=memory_limit, threads=threads, scratch=work / "scratch")
    stage = Stage(connection, path, work / "stage.parquet", profile, cells_of(profile, {}), profile.dialect.quote)
    try:
        limits = Limits(memory_limit, threads)
        if not (in_parts and _fill_directly(stage, work=work, patient=patient, limits=limits)):
            _fill_by_text(stage, work=work, name=name, patient=patient)
    except BaseException:
        stage.close()
        raise
    return stage


def _fill_directly(stage: Stage, *, work: Path, patient: Patient, limits: Limits) -> bool:
    """Read the file into parts; return whether it could be read so."""
    cells, wider = stage.cells, dict[str, int | None]()
    while (recipe := Recipe.of(stage.profile, stage.cells)) is not None:
        try:
            stage.take(read_parts(stage.path, recipe, work=work, patient=patient, limits=limits))
        except Unplain:
            break
        if not _widen(stage, wider):
            return True
    stage.cells, stage.parts, stage.totals, stage.told, stage.read_lines = cells, (), None, (), None
    stage.late = ()
    return False


def _fill_by_text(stage: Stage, *, work: Path, name: str, patient: Patient) -> None:
    """Read the file by the text of its cells, with as many decimals as they turn out to have."""
    _fill(stage, work=work, name=name, patient=patient)
    wider: dict[str, int | None] = {}
    while _widen(stage, wider):
        _load(stage, patient)
    stage.lines = _map_rows(stage)


def _widen(stage: Stage, wider: dict[str, int | None]) -> bool:
    """Let the stage's cells take what all rows showed, and the sampled ones did not; return whether it is to be read
    anew.

    That ends: a channel's writing becomes fuller once, and it gets more decimals, or becomes a float for good.
    """
    found = () if stage.late else _late_numbers(stage)
    stage.late = stage.late or found
    rules = {one.rule.field: one.rule for one in stage.late}
    stage.cells = cells_of(stage.profile, wider, rules)
    more = _wider_decimals(stage)
    wider |= more
    stage.cells = cells_of(stage.profile, wider, rules)
    return bool(found or more)


def _late_numbers(stage: Stage) -> tuple[LateNumbers, ...]:
    cells = [cell for cell in stage.cells if cell.rule.kind is Kind.NUMBER]
    odd = stage.connection.execute("SELECT count(*) FROM odd_rows WHERE stamp IS NOT NULL").fetchall()[0][0]
    if not cells or not odd:
        return ()
    dialect = stage.profile.dialect
    largest = dict(zip((cell.rule.field for cell in cells), stage.largest(cells), strict=True))
    return tuple(find_late_numbers(stage.connection, cells, dialect, largest))


def _fill(stage: Stage, *, work: Path, name: str, patient: Patient) -> None:
    """Load the rows; where line ends or quotes stand in the way, once more without them."""
    if not _loads(stage, patient):
        stage.path = _made_plain(stage.path, stage.profile, work=work, name=name)
        if not _loads(stage, patient):
            raise UnreadableFile(
                f"The rows of {name} can't be told apart.",
                where={"file": name},
                next_step="Check the file in an editor, and upload it again.",
            )
    if stage.quote and any(reject.kind in _STRAY_QUOTES for reject in stage.rejects):
        quoted_rows, quote, path = stage.rows, stage.quote, stage.path
        stage.quote = ""
        is_read = _loads(stage, patient)
        if not is_read:
            stage.path = _made_plain(path, stage.profile, work=work, name=name)
            is_read = _loads(stage, patient)
        if not is_read or stage.rows < quoted_rows:
            stage.quote, stage.path = quote, path
            _load(stage, patient)


def _loads(stage: Stage, patient: Patient) -> bool:
    """Load the rows; return whether they could be told apart at all."""
    try:
        _load(stage, patient)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False
    return True


def _made_plain(path: Path, profile: ImportProfile, *, work: Path, name: str) -> Path:
    plain = work / "plain.txt"
    write_plain(path, plain, profile.dialect, name=name)
    return plain


def _load(stage: Stage, patient: Patient) -> None:
    source = source_of(str(stage.path), stage.profile, quote=stage.quote)
    connection = stage.connection
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    if is_broad(stage.profile):
        found = copy_in_groups(connection, source, stage.profile, stage.cells, target=stage.file, patient=patient)
    else:
        rows = stage_query(source, stage.profile, stage.cells)
        copy = f"COPY ({rows}) TO {literal(str(stage.file))} ({parquet_options(stage.profile.columns)})"
        found = patient.run(connection, copy, stage="Reading rows", shares=(0.0, 0.5))
    stage.rows = int(found[0][0]) // stage.shape.rows_a_line
    if stage.profile.timestamp.first_date is not None and stage.profile.timestamp.is_dateless:
        _place_days(stage, patient)
    if stage.profile.series_runs:
        has_labels = stage.shape.is_gathered
        name_runs(connection, stage.file, columns=stage.profile.columns, has_labels=has_labels, patient=patient)
    stage.show(stage.file)
    stage.rejects = tuple(
        Reject(int(line), int(byte), str(kind))
        for line, byte, kind in connection.execute(
            "SELECT min(line), coalesce(line_byte_position, byte_position, 1) - 1 AS byte, min(error_type) "
            "FROM reject_errors GROUP BY byte ORDER BY byte"
        ).fetchall()
    )


def _place_days(stage: Stage, patient: Patient) -> None:
    """Give times of day their dates: each time that they begin anew, a day has passed."""
    dated = stage.file.with_name("dated.parquet")
    rows = f"read_parquet({literal(str(stage.file))}, file_row_number = true)"
    before = "lag(stamp IGNORE NULLS) OVER (ORDER BY file_row_number)"
    begins = f"SELECT *, coalesce(stamp < {before} - INTERVAL '{FALLS_BACK} microseconds', false) AS begins FROM {rows}"
    days = "CAST(sum(CAST(begins AS INTEGER)) OVER (ORDER BY file_row_number) AS INTEGER)"
    clock = "(stamp - TIMESTAMP '2000-01-01')"
    stamp = f"TIMESTAMP '{stage.profile.timestamp.first_date}' + {clock} + to_days({days})"
    placed = f"SELECT * EXCLUDE (file_row_number, begins) REPLACE ({stamp} AS stamp) FROM ({begins}) "
    placed += "ORDER BY file_row_number"
    copy = f"COPY ({placed}) TO {literal(str(dated))} ({parquet_options(stage.profile.columns)})"
    patient.run(stage.connection, copy, stage="Reading rows", shares=(0.0, 0.5))
    dated.replace(stage.file)


def _wider_decimals(stage: Stage) -> dict[str, int | None]:
    """The fields whose numbers have more digits than the sample showed, with what they need."""
    numbers = {
        cell.rule.column: cell for cell in stage.cells if cell.rule.kind is Kind.NUMBER and cell.decimals is not None
    }
    if not numbers:
        return {}
    rows = "odd_rows" if stage.read_lines is None else "(SELECT raw FROM odd_rows UNION ALL SELECT raw FROM bad_rows)"
    found = stage.connection.execute(
        f"""
        WITH cells AS (
            SELECT unnest(raw) AS text, generate_subscripts(raw, 1) - 1 AS col FROM {rows}
        ), numbers AS (
            SELECT col, replace({_number_texts(stage, numbers)}, '_', '') AS text
            FROM cells WHERE col IN ({", ".join(map(str, numbers))})
        )
        SELECT col, max(CASE WHEN instr(text, '.') > 0 THEN strlen(text) - instr(text, '.') ELSE 0 END),
               max(strlen(ltrim(split_part(text, '.', 1), '+-0'))), bool_or(contains(lower(text), 'e'))
        FROM numbers WHERE regexp_full_match(text, '{_NUMBER_PATTERN}') GROUP BY col
        """
    ).fetchall()
    wider: dict[str, int | None] = {}
    for column, decimals, whole, has_exponent in found:
        cell = numbers[int(column)]
        needed = max(int(decimals), cell.decimals or 0)
        if has_exponent or needed + int(whole) > _MOST_DECIMALS:
            wider[cell.rule.field] = None
        elif needed > (cell.decimals or 0):
            wider[cell.rule.field] = needed
    return wider


def _number_texts(stage: Stage, numbers: dict[int, Cell]) -> str:
    """SQL: the plain number in ``text``, a cell of the column ``col``."""
    dialect = stage.profile.dialect
    cases = [
        f"WHEN {column} THEN {number_text('trim(text)', dialect, cell.rule)}"
        for column, cell in numbers.items()
        if cell.rule.affixes or cell.rule.notation
    ]
    plain = number_text("trim(text)", dialect)
    return f"CASE col {' '.join(cases)} ELSE {plain} END" if cases else plain


def _map_rows(stage: Stage) -> LineMap:
    dialect = stage.profile.dialect
    lines = map_lines(
        stage.path,
        first_line=dialect.skip_lines + dialect.header_lines + 1,
        rows=stage.rows,
        rejected=[(reject.line, reject.byte) for reject in stage.rejects],
        quote=stage.quote,
        delimiter=dialect.delimiter,
    )
    cycle = stage.rows if stage.shape.has_days else 0
    return replace(lines, rows_a_line=stage.shape.rows_a_line, cycle=cycle)


def reject_lines(stage: Stage, *, most: int) -> list[int]:
    """The lines of the first ``most`` rejected rows, as an editor counts them."""
    return [line_at(stage.path, reject.byte) for reject in stage.rejects[:most]]
