"""From the log to the tail: what came is held against what is there, and told if it came before.

Rows are the same that are of one series and one start. A row that comes again with the same values is left out; with
other values the later ones count, and the earlier stay readable in the table's earlier version. Values of other fields
complete a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from fairwatt.lake.deltalog import MEMBER, StoredFile
from fairwatt.lake.disk import make_folder, sync_file, sync_folder
from fairwatt.lake.engine import instant, literal, moment_of, options_for, quoted
from fairwatt.lake.live.segments import Record
from fairwatt.lake.live.tail import ChannelCount, Tail, TailFile, Told, joined_fields, new_name
from fairwatt.lake.tables import Snapshot
from fairwatt.lake.writing import look_at

MOST_ROWS = 250_000  # of a file of the tail; fuller ones are not written anew
_MOST_DECIMALS = 9
_MOST_EXACT = 2.0**53
_DAY = 86_400_000_000
_LEAST_STEPS = 2
_KEY = "series, start"


@dataclass(frozen=True, slots=True)
class Sifted:
    """A tail after more has come, and the files that it no longer lists."""

    tail: Tail
    replaced: tuple[TailFile, ...]


class Sift:
    """One round for one table: what came, against its tail and its files.

    Parameters
    ----------
    connection
        A DuckDB connection of the drain alone.
    root
        The tail's folder.
    base
        The table's present version.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, root: Path, base: Snapshot, tail: Tail) -> None:
        self.connection, self.root, self.base, self.tail = connection, root, base, tail
        self.fields: list[str] = []
        self.repeated = 0
        self.corrected = 0

    def run(self, records: Sequence[Record]) -> Sifted:
        """Take the readings of records, which are in the order in which they came."""
        self._load(records)
        self._merge_repeats()
        self._hold_against(self._concerned(self.tail.files), "tail_held", self._tail_rows)
        self._hold_against(self._overlapping(), "table_held", self._table_rows)
        told = self._told(records)
        files, replaced = self._write(self.tail.added, "fresh", amends=False)
        amending, old = self._write(self.tail.amended, "amends", amends=True)
        since = self.tail.since_ns or min(record.received_ns for record in records)
        tail = replace(self.tail, files=(*files, *amending), since_ns=since if files or amending else 0, told=told)
        return Sifted(tail, (*replaced, *old))

    def _load(self, records: Sequence[Record]) -> None:
        tables: list[pa.Table] = []
        for record in records:
            with pa.ipc.open_stream(pa.BufferReader(record.payload)) as reader:
                tables.append(reader.read_all())
        came = pa.concat_tables(tables, promote_options="default")
        came = came.append_column("_at", pa.array(range(came.num_rows), type=pa.int64()))
        self.fields = [name for name in came.column_names if name not in ("start", "series", "_at")]
        self.connection.register("came_rows", came)
        self.connection.execute("CREATE OR REPLACE TEMP TABLE came AS SELECT * FROM came_rows")
        self.connection.unregister("came_rows")

    def _merge_repeats(self) -> None:
        """One row for each series and start, the later values counting."""
        rows, keys = self._one(f"SELECT count(*), count(DISTINCT ({_KEY})) FROM came")
        if rows == keys:
            return
        odd = " OR ".join(f"count(DISTINCT {quoted(one)}) > 1" for one in self.fields) or "false"
        whole = " AND ".join(f"count({quoted(one)}) IN (0, count(*))" for one in self.fields) or "true"
        corrected, repeated = self._one(
            f"SELECT coalesce(sum(n - 1) FILTER (odd), 0), coalesce(sum(n - 1) FILTER (NOT odd AND whole), 0) FROM "
            f"(SELECT count(*) AS n, {odd} AS odd, {whole} AS whole FROM came GROUP BY {_KEY} HAVING count(*) > 1)"
        )
        self.corrected += corrected
        self.repeated += repeated
        values = ", ".join(
            f"arg_max({quoted(one)}, _at) FILTER ({quoted(one)} IS NOT NULL) AS {quoted(one)}" for one in self.fields
        )
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE came AS SELECT {_KEY}, max(_at) AS _at, {values} FROM came GROUP BY {_KEY}"
        )

    def _hold_against(self, files: Sequence[StoredFile | TailFile], name: str, rows_of: object) -> None:
        """Make the table ``name`` of rows that came and are there, as they are there; count and drop what is alike."""
        columns = ", ".join(f"NULL AS {quoted(one)}" for one in self.fields)
        if not files:
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {_KEY}, {columns} FROM came LIMIT 0"
            )
            return
        parts = " UNION ALL BY NAME ".join(rows_of(file) for file in files)  # type: ignore[operator]
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM ({parts}) SEMI JOIN came USING ({_KEY})"
        )
        held = {row[0] for row in self.connection.execute(f"DESCRIBE {name}").fetchall()}
        alike, apart = ["true"], ["false"]
        for one in self.fields:
            mine = f"c.{quoted(one)}"
            theirs = f"h.{quoted(one)}" if one in held else "NULL"
            alike.append(f"({mine} IS NULL OR {mine} IS NOT DISTINCT FROM {theirs})")
            apart.append(f"({mine} IS NOT NULL AND {theirs} IS NOT NULL AND {mine} IS DISTINCT FROM {theirs})")
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE met AS SELECT c.series, c.start, {' AND '.join(alike)} AS alike, "
            f"{' OR '.join(apart)} AS apart FROM came c JOIN {name} h USING ({_KEY})"
        )
        repeated, corrected = self._one("SELECT count(*) FILTER (alike), count(*) FILTER (apart) FROM met")
        self.repeated += repeated
        self.corrected += corrected
        if repeated:
            self.connection.execute(f"DELETE FROM came USING met WHERE {_same('came', 'met')} AND met.alike")

    def _concerned(self, files: Iterable[TailFile]) -> list[TailFile]:
        low, high = self._range()
        return [file for file in files if file.low <= high and file.high >= low]

    def _overlapping(self) -> list[StoredFile]:
        low, high = self._range()
        mine = {note.batch for note in self.base.notes.values() if self.tail.source in note.series_by_source}
        return [file for file in self.base.files if file.batch in mine and file.low <= high and file.high >= low]

    def _range(self) -> tuple[int, int]:
        low, high = self._one("SELECT epoch_us(min(start)), epoch_us(max(start)) FROM came")
        return (low, high) if low is not None else (0, -1)

    def _tail_rows(self, file: TailFile) -> str:
        return self._rows(self.root / file.name, file.fields, "true")

    def _table_rows(self, file: StoredFile) -> str:
        note = self.base.notes[file.batch]
        mine = f"{quoted(MEMBER)} = {literal(self.tail.source)}" if note.members else "true"
        return self._rows(self.base.store.local(file.path), note.fields, mine)

    def _rows(self, path: Path, there: Iterable[str], condition: str) -> str:
        low, high = self._range()
        kinds = self._kinds()
        held = set(there)
        values = "".join(
            f", CAST({quoted(one)} AS {kinds[one]}) AS {quoted(one)}" for one in self.fields if one in held
        )
        return (
            f"SELECT {_KEY}{values} FROM read_parquet({literal(str(path))}, hive_partitioning = false) "
            f"WHERE start >= {instant(low)} AND start <= {instant(high)} AND {condition}"
        )

    def _kinds(self) -> dict[str, str]:
        return {row[0]: row[1] for row in self.connection.execute("DESCRIBE came").fetchall()}

    def _told(self, records: Sequence[Record]) -> Told:
        """Add up what is new; rows that are in the tail or the table already count with the fields they bring."""
        told = self.tail.told
        fresh = "came ANTI JOIN tail_held USING (series, start) ANTI JOIN table_held USING (series, start)"
        (rows,) = self._one(f"SELECT count(*) FROM {fresh}")
        low, high = self._one("SELECT epoch_us(min(start)), epoch_us(max(start)) FROM came")
        channels = dict(told.channels)
        for one in self.fields:
            channels[one] = self._added(channels.get(one, ChannelCount()), one, fresh)
        days = dict(told.days)
        for day, count in self.connection.execute(
            f"SELECT epoch_us(start) // {_DAY}, count(*) FROM {fresh} GROUP BY 1"
        ).fetchall():
            days[str(day)] = days.get(str(day), 0) + count
        return replace(
            told,
            rows=told.rows + rows,
            repeated=told.repeated + self.repeated,
            corrected=told.corrected + self.corrected,
            first=min((one for one in (told.first, low) if one is not None), default=None),
            last=max((one for one in (told.last, high) if one is not None), default=None),
            last_received_ns=max(told.last_received_ns, *(record.received_ns for record in records)),
            resolution_s=self._resolution() or told.resolution_s,
            channels=channels,
            days=days,
        )

    def _added(self, before: ChannelCount, one: str, fresh: str) -> ChannelCount:
        name = quoted(one)
        is_number = self._kinds()[one] == "DOUBLE"
        measured = f"sum({name}), min({name}), max({name})" if is_number else "0, NULL, NULL"
        count, total, low, high = self._one(f"SELECT count({name}), {measured} FROM {fresh}")
        (completed,) = self._one(
            f"SELECT count(c.{name}) FROM came c LEFT JOIN tail_held t USING ({_KEY}) LEFT JOIN table_held h "
            f"USING ({_KEY}) WHERE (t.start IS NOT NULL OR h.start IS NOT NULL) "
            f"AND {self._missing('t', 'tail_held', one)} AND {self._missing('h', 'table_held', one)}"
        )
        return ChannelCount(
            before.count + count + completed,
            before.total + (total or 0.0),
            min((x for x in (before.low, low) if x is not None), default=None),
            max((x for x in (before.high, high) if x is not None), default=None),
        )

    def _missing(self, alias: str, table: str, one: str) -> str:
        held = {row[0] for row in self.connection.execute(f"DESCRIBE {table}").fetchall()}
        return f"{alias}.{quoted(one)} IS NULL" if one in held else "true"

    def _resolution(self) -> float | None:
        """The usual step of what came [s]; None where too little did."""
        found = self.connection.execute(
            "SELECT mode(step), count(*) FROM (SELECT epoch_us(start) - lag(epoch_us(start)) OVER "
            "(PARTITION BY series ORDER BY start) AS step FROM came) WHERE step > 0"
        ).fetchall()
        step, count = found[0]
        return step / 1e6 if count >= _LEAST_STEPS else None

    def _write(
        self, files: tuple[TailFile, ...], name: str, *, amends: bool
    ) -> tuple[tuple[TailFile, ...], tuple[TailFile, ...]]:
        """Put what came into files of the tail; return all that it has now, and those that were replaced."""
        which = "SEMI" if amends else "ANTI"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS "
            f"SELECT * EXCLUDE (_at) FROM came {which} JOIN table_held USING ({_KEY})"
        )
        (rows,) = self._one(f"SELECT count(*) FROM {name}")
        if not rows:
            return files, ()
        kept, merged = self._chosen(files, name, rows)
        return (*kept, self._write_file(name, merged, amends=amends)), merged

    def _chosen(
        self, files: tuple[TailFile, ...], name: str, rows: int
    ) -> tuple[tuple[TailFile, ...], tuple[TailFile, ...]]:
        """Which files stay, and which are merged with what came: small ones, and all where a row is in one of them."""
        (known,) = self._one(f"SELECT count(*) FROM {name} SEMI JOIN tail_held USING ({_KEY})")
        if known or name == "amends":
            return (), files
        kept, merged = list(files), list[TailFile]()
        total = rows
        while kept and kept[-1].rows <= 2 * total and total + kept[-1].rows <= MOST_ROWS:
            merged.insert(0, kept.pop())
            total += merged[0].rows
        return tuple(kept), tuple(merged)

    def _write_file(self, name: str, merged: tuple[TailFile, ...], *, amends: bool) -> TailFile:
        if merged:
            self._lay_over(name, merged)
        fields = self._typed_fields(name)
        order = ", ".join(f"CAST({quoted(one)} AS {kind}) AS {quoted(one)}" for one, (kind, _) in fields.items())
        rows = f"SELECT {_KEY}{', ' + order if order else ''} FROM {name} ORDER BY {_KEY}"
        path = make_folder(self.root) / new_name()
        options = options_for(self.connection, rows, len(fields) + 2)
        self.connection.execute(f"COPY ({rows}) TO {literal(str(path))} ({options})")
        sync_file(path)
        sync_folder(self.root)
        written = look_at(path)
        series = [
            row[0] for row in self.connection.execute(f"SELECT DISTINCT series FROM {name} ORDER BY 1").fetchall()
        ]
        return TailFile(path.name, written.rows, written.size, written.low, written.high, fields, tuple(series), amends)

    def _lay_over(self, name: str, merged: tuple[TailFile, ...]) -> None:
        """Lay what came over the rows of files, field by field."""
        kinds = {row[0]: row[1] for row in self.connection.execute(f"DESCRIBE {name}").fetchall()}
        held = joined_fields({}, merged)
        parts = " UNION ALL BY NAME ".join(
            f"SELECT * FROM read_parquet({literal(str(self.root / file.name))}, hive_partitioning = false)"
            for file in merged
        )
        values = []
        for one in dict.fromkeys([*held, *self.fields]):
            kind = kinds.get(one) or ("DOUBLE" if held[one].startswith(("DECIMAL", "DOUBLE", "BIGINT")) else held[one])
            mine = f"n.{quoted(one)}" if one in kinds else "NULL"
            theirs = f"CAST(h.{quoted(one)} AS {kind})" if one in held else "NULL"
            values.append(f"CAST(coalesce({mine}, {theirs}) AS {kind}) AS {quoted(one)}")
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {_KEY}{''.join(', ' + value for value in values)} "
            f"FROM {name} n FULL JOIN ({parts}) h USING ({_KEY})"
        )

    def _typed_fields(self, name: str) -> dict[str, tuple[str, float | None]]:
        """Each field's type: decimals as many as its values have, as long as they are few."""
        found: dict[str, tuple[str, float | None]] = {}
        for one, kind in self.connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {name})").fetchall():
            if one in ("series", "start"):
                continue
            found[one] = self._number_type(name, one) if kind == "DOUBLE" else (kind, None)
        return found

    def _number_type(self, name: str, one: str) -> tuple[str, float | None]:
        field = quoted(one)
        fits = ", ".join(f"bool_and({field} = round({field}, {scale}))" for scale in range(_MOST_DECIMALS + 1))
        largest, *exact = self._one(f"SELECT max(abs({field})), {fits} FROM {name} WHERE {field} IS NOT NULL")
        if largest is None:
            return "DECIMAL(18,0)", 0.0
        scale = next((scale for scale, is_exact in enumerate(exact) if is_exact), None)
        if scale is None or largest * 10**scale >= _MOST_EXACT:
            return "DOUBLE", largest
        return f"DECIMAL(18,{scale})", largest

    def _one(self, sql: str) -> tuple:  # type: ignore[type-arg]
        return self.connection.execute(sql).fetchall()[0]


def _same(one: str, other: str) -> str:
    return f"{one}.series = {other}.series AND {one}.start = {other}.start"


def day_of(number: str) -> str:
    """A day's date, from its number since 1970."""
    return f"{moment_of(int(number) * _DAY):%Y-%m-%d}"
