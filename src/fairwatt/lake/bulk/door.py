"""Bulk work on the tables of a lake, by whichever engine was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from fairwatt.core.errors import InsufficientData
from fairwatt.lake.bulk.engines import Engine, open_bulk_engine
from fairwatt.lake.bulk.expressions import check_health, roll_up, sum_up
from fairwatt.lake.deltalog import MEMBER
from fairwatt.lake.limits import Limits
from fairwatt.lake.selecting import Selection
from fairwatt.lake.stores import Store
from fairwatt.lake.tables import Snapshot

if TYPE_CHECKING:
    import ibis

    from fairwatt.lake.stores.objects import ObjectStore

_IBIS = {"BIGINT": "int64", "DOUBLE": "float64"}
_KEYS = ("series", "start_s", "day", "rows", "expected", "repeated", "gaps", "longest_gap_s", "first_s", "last_s")


@dataclass(frozen=True, slots=True)
class Bulk:
    """Work over whole tables, each call by one pass of the engine over a table's present version.

    Every answer has the same rows, in the same order and types, whichever engine gave it; sums are exact where the
    readings are decimals.
    """

    engine: Engine
    snapshot_of: Callable[[str], Snapshot]
    is_cluster: bool

    def roll_up(self, table: str, level_s: int) -> pa.Table:
        """Rollups of a table: see :func:`fairwatt.lake.bulk.expressions.roll_up`."""
        fields, readings, _ = self._ask(table)
        return self._answer(roll_up(readings, fields, level_s), fields)

    def sum_up(self, table: str) -> pa.Table:
        """Each series as a whole: see :func:`fairwatt.lake.bulk.expressions.sum_up`."""
        fields, readings, _ = self._ask(table)
        return self._answer(sum_up(readings, fields), fields)

    def check_health(self, table: str) -> pa.Table:
        """Each series on each day: see :func:`fairwatt.lake.bulk.expressions.check_health`."""
        fields, readings, step_s = self._ask(table)
        if not step_s:
            raise InsufficientData("These readings have no usual step, so that nobody knows what is missing.")
        return self._answer(check_health(readings, fields, step_s), fields)

    def _ask(self, table: str) -> tuple[dict[str, str], ibis.Table, float | None]:
        snapshot = self.snapshot_of(table)
        whole = Selection.of(snapshot, list(snapshot.fields), None, None)
        fields = {field: kind for field, kind in snapshot.fields.items() if whole.is_numeric(field)}
        if not snapshot.files:
            raise InsufficientData("This table holds no readings.", where={"table": table})
        return fields, self._read(snapshot, list(fields)), whole.resolution_s

    def _read(self, snapshot: Snapshot, fields: list[str]) -> ibis.Table:
        """The rows of a snapshot that count, whatever columns their files have."""
        groups: dict[tuple[frozenset[str], tuple[str, ...]], list[str]] = {}
        for file in snapshot.files:
            note = snapshot.notes[file.batch]
            wanted = tuple(sorted(note.series_by_source)) if note.is_part else ()
            there = frozenset(field for field in fields if field in note.fields)
            groups.setdefault((there, wanted), []).append(self._address(snapshot.store, file.path))
        parts = [
            _shaped(self.engine.read_files(paths), {f: snapshot.fields[f] for f in fields}, there, wanted)
            for (there, wanted), paths in groups.items()
        ]
        first, *others = parts
        return first.union(*others) if others else first

    def _address(self, store: Store, path: Path) -> str:
        """Where the engine finds a file: a cluster in the store itself, DuckDB on this machine."""
        if self.is_cluster:
            from fairwatt.lake.stores.objects import ObjectStore  # brings the clients of object stores

            if isinstance(store, ObjectStore):
                return cluster_address(store, path)
        return str(store.local(path))

    def _answer(self, expression: ibis.Table, fields: dict[str, str]) -> pa.Table:
        found = self.engine.answer(expression)
        kinds = {name: _kind_of(name, fields) for name in found.column_names}
        return pa.table({name: found.column(name).cast(kinds[name]) for name in sorted(kinds, key=_place)})


def cluster_address(store: ObjectStore, path: Path) -> str:
    """A file's address as Hadoop's file systems write it."""
    address, key = store.address, store.key(path)
    if address.scheme == "s3":
        return f"s3a://{address.container}/{key}"
    return f"abfss://{address.container}@{address.options['account']}.dfs.core.windows.net/{key}"


def _shaped(rows: ibis.Table, fields: dict[str, str], there: frozenset[str], wanted: tuple[str, ...]) -> ibis.Table:
    import ibis  # of an extra

    if wanted:
        rows = rows.filter(rows[MEMBER].isin(wanted))
    values = {
        field: (rows[field] if field in there else ibis.null()).cast(_IBIS.get(kind, kind.lower()))
        for field, kind in fields.items()
    }
    return rows.select("series", "start", **values)


def _kind_of(column: str, fields: dict[str, str]) -> pa.DataType:
    if column == "series":
        return pa.string()
    field, _, statistic = column.rpartition("_")
    kind = fields.get(field, "")
    if column in _KEYS or statistic in {"n", "missing"} or not kind:
        return pa.int64()
    if kind.startswith("DECIMAL"):
        precision, scale = kind.removeprefix("DECIMAL(").rstrip(")").split(",")
        return pa.decimal128(38 if statistic == "sum" else int(precision), int(scale))
    return pa.float64() if kind == "DOUBLE" else pa.int64()


def _place(column: str) -> tuple[int, str]:
    """Keys first, in their order, then the channels' columns."""
    return (_KEYS.index(column), "") if column in _KEYS else (len(_KEYS), column)


@contextmanager
def open_bulk(address: str, *, snapshot_of: Callable[[str], Snapshot], limits: Limits, scratch: Path) -> Iterator[Bulk]:
    """Open the bulk work of a lake for the length of a block.

    Parameters
    ----------
    address
        As :func:`fairwatt.lake.bulk.engines.open_bulk_engine` knows engines.
    limits, scratch
        What DuckDB may take.

    Raises
    ------
    InvalidInput
        Where nobody knows the engine, or its packages are not installed.
    """
    opening = open_bulk_engine(address, memory_limit=limits.memory, threads=limits.threads, scratch=scratch)
    with opening as engine:
        yield Bulk(engine, snapshot_of, is_cluster=address not in {"", "duckdb"})
