"""One Delta Lake table on disk: its files now, and commits that put files in the place of others."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import (
    AddAction,
    CommitProperties,
    PostCommitHookProperties,
    RemoveAction,
    Transaction,
)

from fairwatt.core.errors import Conflict, InvalidInput
from fairwatt.lake.disk import is_disk_full
from fairwatt.lake.engine import moment_of
from fairwatt.lake.stores import Store
from fairwatt.lake.stores.protocol import NewTable

MEMBER = "_source"  # the source of a row, in files that hold the rows of several
RESERVED = ("source", "month", "series", "start", "level", "rows", MEMBER)
_BATCH = re.compile(r"^([0-9a-f]{32})-")
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_DELTA = {"DOUBLE": "double", "VARCHAR": "string", "BOOLEAN": "boolean", "BIGINT": "long"}
_DIGITS = 18
_TRIES = 20
_NOBODY = "\t"  # no source has this name
_AFTER = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A Parquet file that waits in a work folder for its place in a table.

    ``name`` begins with the name of the batch it belongs to; ``low`` and ``high`` are its first and last start
    [µs], ``size`` its bytes.
    """

    path: Path
    name: str
    partition: tuple[tuple[str, str], ...]
    rows: int
    size: int
    low: int
    high: int

    @property
    def place(self) -> str:
        """Where it goes in the table's folder."""
        return "/".join([*(f"{key}={value}" for key, value in self.partition), self.name])


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A Parquet file of a table's present version; ``partition`` is its month, or its rollup's level."""

    path: Path
    batch: str
    source: str
    partition: str
    rows: int
    size: int
    low: int
    high: int

    @property
    def is_live(self) -> bool:
        """Whether it belongs to the tail of live readings, which stands on this machine wherever the tables are."""
        return not self.partition


class DeltaFolder:
    """A Delta table partitioned by ``source`` and by ``partition``.

    Commits are atomic. The bytes are safe before :meth:`commit` returns.
    """

    def __init__(self, root: Path, partition: Literal["month", "level"], store: Store) -> None:
        self.root = root
        self.store = store
        self.partition = partition

    @property
    def last_entry(self) -> str:
        """Name of the log's last entry, "" where there is no table: it changes with every commit."""
        return self.store.last_entry(self.root / "_delta_log")

    @property
    def version(self) -> int:
        """Number of the present version, -1 where there is no table."""
        return int(self.last_entry.removesuffix(".json") or -1)

    def fields(self, version: int | None = None) -> dict[str, str]:
        """The table's fields with their SQL types, those of the house left out; now, or as of a version."""
        if not self.last_entry:
            return {}
        return _fields_of(self.store.open_table(self.root, version))

    def contents(self) -> tuple[tuple[StoredFile, ...], dict[str, str]]:
        """The files and the fields of the present version, by one look into the log."""
        if not self.last_entry:
            return (), {}
        table = self.store.open_table(self.root)
        return self._files_of(table), _fields_of(table)

    def files(self, version: int | None = None) -> tuple[StoredFile, ...]:
        """The files of the present version, or of an earlier one."""
        if not self.last_entry or version == -1:
            return ()
        return self._files_of(self.store.open_table(self.root, version))

    def _files_of(self, table: DeltaTable) -> tuple[StoredFile, ...]:
        adds = pa.RecordBatchReader.from_stream(table.get_add_actions(flatten=True)).read_all()
        if not adds.num_rows:
            return ()
        columns = ["path", "partition.source", f"partition.{self.partition}", "num_records", "size_bytes"]
        plain = [adds.column(name).to_pylist() for name in columns]
        low, high = (
            adds.column(name).cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
            for name in ("min.start", "max.start")
        )
        return tuple(
            StoredFile(self.root / path, batch_of(path), source, part, rows, size, begin, end)
            for path, source, part, rows, size, begin, end in zip(*plain, low, high, strict=True)
        )

    def has_batch(self, batch: str) -> bool:
        """Whether a batch was committed, now or ever."""
        if not self.last_entry:
            return False
        table = self.store.open_table(self.root)
        with self.store.trouble_said():
            return table.transaction_version(f"fairwatt/{batch}") is not None

    def commit(
        self,
        files: Iterable[NewFile],
        *,
        fields: Mapping[str, str],
        batch: str,
        sources: list[str],
        told: Mapping[str, str] | None = None,
    ) -> None:
        """Put files, which are in their places already, in the stead of all files of ``sources``.

        ``told`` is kept in the log's entry as it is.
        """
        adds = [self._add_action(file) for file in files]
        for attempt in range(_TRIES):
            try:
                with self.store.trouble_said():
                    version = self._try_commit(adds, self.schema(fields), batch, sources, told or {})
                break
            except DeltaError as error:
                if attempt + 1 == _TRIES or is_disk_full(error) or not _is_collision(error):
                    raise
                # Either our own commit was taken though its answer was lost, or somebody else was first:
                # then theirs is read, and ours follows it.
                self.store.look_again(self.root)
                if self.has_batch(batch):
                    version = self.version
                    break
        self.store.settle(self.root, version)

    def swap(
        self,
        files: Iterable[NewFile],
        gone: Iterable[StoredFile],
        *,
        fields: Mapping[str, str],
        batch: str,
        told: Mapping[str, str] | None = None,
        is_merged: bool = False,
        is_same: bool = True,
    ) -> None:
        """Put files, which are in their places already, in the stead of just these others.

        Nothing is committed where another writer was first.

        Parameters
        ----------
        batch
            The commit's name; "" where nobody asks for it.
        is_merged
            Whether files hold rows of several sources.
        is_same
            Whether the rows stay the same, arranged otherwise.

        Raises
        ------
        Conflict
            Where one of the files that go is not there any more, or somebody else has committed meanwhile.
        """
        gone = list(gone)
        adds = [self._add_action(file, is_change=not is_same) for file in files]
        removed = [self._remove_action(file, is_change=not is_same) for file in gone]
        if not adds and not removed:
            return
        properties = CommitProperties(
            custom_metadata={"fairwatt.batch": batch, **(told or {})},
            app_transactions=[Transaction(f"fairwatt/{batch}", 1)] if batch else None,
            max_commit_retries=0,  # delta-rs would commit a second removal of one file without a word
        )
        try:
            with self.store.trouble_said():
                schema = self.schema(fields, is_merged=is_merged)
                version = self._try_swap([*adds, *removed], gone, schema, properties)
        except DeltaError as error:
            if is_disk_full(error) or not _is_collision(error):
                raise
            self.store.look_again(self.root)
            raise _overtaken() from error
        self.store.settle(self.root, version)

    def _try_swap(
        self,
        actions: list[AddAction | RemoveAction],
        gone: list[StoredFile],
        schema: Schema,
        properties: CommitProperties,
    ) -> int:
        """Commit once; the number of the new version."""
        columns = ["source", self.partition]
        if not self.last_entry:
            adds = [one for one in actions if isinstance(one, AddAction)]
            self.store.make_table(self.root, NewTable(schema, adds, columns, properties, _AFTER))
            return 0
        table = self.store.open_table(self.root, is_to_write=True)
        there = self._files_of(table)
        if not {file.path for file in gone} <= {file.path for file in there}:
            raise _overtaken()
        if self._changes_fields(table, schema):
            # Of delta-rs' modes only overwriting takes new fields over, and it knows whole sources alone.
            sources = sorted({file.source for file in gone}) or [_NOBODY]
            if any(file.source in sources and file not in gone for file in there):
                raise _overtaken()
            table.create_write_transaction(
                [one for one in actions if isinstance(one, AddAction)], mode="overwrite", schema=schema,
                partition_by=columns, partition_filters=[("source", "in", sources)],
                commit_properties=properties, post_commithook_properties=_AFTER,
            )  # fmt: skip
            return int(table.version()) + 1
        table.create_write_transaction(
            actions, mode="append", schema=schema, partition_by=columns,
            commit_properties=properties, post_commithook_properties=_AFTER,
        )  # fmt: skip
        return int(table.version()) + 1  # the table itself stays as it was opened

    @staticmethod
    def _changes_fields(table: Any, schema: Schema) -> bool:
        """Whether a schema has a field that the table lacks, or has of another type; that of merged rows apart."""
        held = {one.name: str(one.type) for one in table.schema().fields}
        return any(held.get(one.name) != str(one.type) for one in schema.fields if one.name != MEMBER)

    def _try_commit(
        self, adds: list[AddAction], schema: Schema, batch: str, sources: list[str], told: Mapping[str, str]
    ) -> int:
        """Commit once; the number of the new version."""
        properties = CommitProperties(
            custom_metadata={"fairwatt.batch": batch, **told},
            app_transactions=[Transaction(f"fairwatt/{batch}", 1)],
            max_commit_retries=0,  # what goes is found anew with each try, and the entry is known to be the next one
        )
        columns = ["source", self.partition]
        if self.last_entry:
            table = self.store.open_table(self.root, is_to_write=True)
            table.create_write_transaction(
                [*adds], mode="overwrite", schema=schema, partition_by=columns,
                partition_filters=[("source", "in", sources or [_NOBODY])],
                commit_properties=properties, post_commithook_properties=_AFTER,
            )  # fmt: skip
            return int(table.version()) + 1
        if adds:
            self.store.make_table(self.root, NewTable(schema, adds, columns, properties, _AFTER))
        return 0 if adds else -1

    def _add_action(self, file: NewFile, *, is_change: bool = True) -> AddAction:
        stats = {
            "numRecords": file.rows,
            "minValues": {"start": _iso(file.low)},
            # Engines may read stats by the millisecond: the upper one is rounded up so that it bounds.
            "maxValues": {"start": _iso(file.high + 999)},
            "nullCount": {"start": 0},
        }
        now = time.time_ns() // 1_000_000
        return AddAction(file.place, file.size, dict(file.partition), now, is_change, json.dumps(stats))

    def _remove_action(self, file: StoredFile, *, is_change: bool) -> RemoveAction:
        partition: dict[str, str | None] = {"source": file.source, self.partition: file.partition}
        place = str(file.path.relative_to(self.root))
        return RemoveAction(place, is_change, time.time_ns() // 1_000_000, file.size, partition)

    def schema(self, fields: Mapping[str, str], *, is_merged: bool = False) -> Schema:
        """The Delta schema of fields given as SQL types, with the columns of the house before them."""
        fixed = {"source": "string", self.partition: "string", "series": "string", "start": "timestamp"}
        if self.partition == "level":
            fixed["rows"] = "long"
        if is_merged or self._knows_members():
            fixed[MEMBER] = "string"
        kinds = {**fixed, **{name: _delta_of(kind) for name, kind in fields.items()}}
        return Schema([Field(name, PrimitiveType(kind)) for name, kind in kinds.items()])

    def _knows_members(self) -> bool:
        """Whether files of the table may say of each row which source it came from."""
        return bool(self.last_entry) and MEMBER in {
            one.name for one in self.store.open_table(self.root).schema().fields
        }


def _fields_of(table: DeltaTable) -> dict[str, str]:
    return {one.name: _sql_of(one) for one in table.schema().fields if one.name not in RESERVED}


def _overtaken() -> Conflict:
    return Conflict(
        "The readings have changed while they were being arranged; nothing was done.",
        next_step="It is tried again with the next upkeep.",
    )


def _is_collision(error: Exception) -> bool:
    words = str(error).lower()
    return isinstance(error, CommitFailedError) or "already exist" in words or "version" in words


def batch_of(path: str) -> str:
    """The batch that a file belongs to, by its name."""
    found = _BATCH.match(path.rsplit("/", 1)[-1])
    return found.group(1) if found else path


def _iso(micros: int) -> str:
    return moment_of(micros // 1000 * 1000).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _delta_of(kind: str) -> str:
    return kind.lower() if kind.startswith("DECIMAL") else _DELTA[kind]


def _sql_of(one: Any) -> str:
    name = str(one.type.type)
    if name.startswith("decimal"):
        return name.upper().replace(" ", "")
    return {value: key for key, value in _DELTA.items()}.get(name, "VARCHAR")


def fields_of_parquet(path: Path) -> dict[str, str]:
    """A Parquet file's fields with their SQL types, those of the house left out."""
    return {one.name: _sql_of_arrow(one.type) for one in pq.read_schema(path) if one.name not in RESERVED}


def _sql_of_arrow(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_floating(kind):
        return "DOUBLE"
    if pa.types.is_boolean(kind):
        return "BOOLEAN"
    return "BIGINT" if pa.types.is_integer(kind) else "VARCHAR"


def joined_type(one: str, other: str, largest: float) -> str:
    """The type that holds the values of both, exactly where a decimal of 18 digits can.

    Parameters
    ----------
    largest
        The largest absolute value of either.

    Raises
    ------
    InvalidInput
        Where one is text and the other a number.
    """
    if one == other:
        return one
    a, b = _DECIMAL.fullmatch(one), _DECIMAL.fullmatch(other)
    if a and b:
        scale = max(int(a.group(2)), int(b.group(2)))
        return f"DECIMAL({_DIGITS},{scale})" if largest < 10 ** (_DIGITS - scale) else "DOUBLE"
    numbers = {"DOUBLE", "BIGINT"}
    if (a or one in numbers) and (b or other in numbers):
        return "DOUBLE"
    raise InvalidInput(
        "A channel of this name holds numbers in one file of the dataset and text in another.",
        next_step="Log the file as a dataset of its own.",
    )
