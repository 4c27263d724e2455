"""The open tables: which Parquet files a dataset has now, and how a batch of files takes the place of others.

Each dataset has two Delta Lake tables side by side, ``readings`` and ``rollups``. A batch is what one ingest
brought; its name is in its files' names, so that a rollup is known to be of the readings that stand beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import (
    AddAction,
    CommitProperties,
    PostCommitHookProperties,
    Transaction,
    create_table_with_add_actions,
)

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.disk import make_folder, remove_folder, sync_file, sync_folder, write_whole
from fairwatt.lake.engine import moment_of
from fairwatt.lake.work import Intent, WorkFolder, locked

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_BATCH = re.compile(r"^([0-9a-f]{32})-")
_TRIES = 20


@dataclass(frozen=True, slots=True)
class NewFile:
    """A Parquet file that waits in a work folder for its place in a table.

    ``name`` begins with the name of the batch it belongs to.
    """

    path: Path
    name: str
    partition: tuple[tuple[str, str], ...]
    rows: int
    size: int  # [bytes]
    low: int  # first start [µs]
    high: int  # last start [µs]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A Parquet file of a table's present version."""

    path: Path
    batch: str
    source: str
    partition: str  # the month, or the rollup's level
    rows: int
    size: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class BatchNote:
    """What a batch says of itself beside its files.

    ``fields`` names its fields and the largest absolute value of each, None where it holds no number; ``levels``
    gives the rollups that were made [s].
    """

    batch: str
    source: str
    fields: Mapping[str, float | None]
    series: tuple[str, ...]
    resolution_s: float | None
    levels: tuple[int, ...]

    def to_json(self) -> bytes:
        """As stored."""
        return json.dumps(
            {
                "batch": self.batch,
                "source": self.source,
                "fields": dict(self.fields),
                "series": list(self.series),
                "resolution_s": self.resolution_s,
                "levels": list(self.levels),
            },
            ensure_ascii=False,
        ).encode()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a dataset's tables: all of it or nothing of it.

    ``fields`` gives each field's SQL type, in the order of the table.
    """

    version: tuple[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    files: tuple[StoredFile, ...] = ()
    rollups: tuple[StoredFile, ...] = ()
    notes: Mapping[str, BatchNote] = field(default_factory=dict)

    @property
    def series(self) -> list[str]:
        """All series, sorted."""
        return sorted({name for note in self.notes.values() for name in note.series})


class Table:
    """The tables of one dataset.

    Safe for threads and processes: commits are atomic, and a snapshot never changes.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.name = checked_name(name, "table")
        self.root = root / self.name
        self.readings = self.root / "readings"
        self.rollups = self.root / "rollups"
        self._notes = self.root / "batches"
        self._guard = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The present version; read anew only where it has changed."""
        version = (_last_entry(self.readings), _last_entry(self.rollups))
        with self._guard:
            if self._snapshot is None or self._snapshot.version != version:
                self._snapshot = self._load(version)
            return self._snapshot

    def _load(self, version: tuple[str, str]) -> Snapshot:
        if not version[0]:
            return Snapshot(version)
        delta = DeltaTable(self.readings)
        files = _files_of(delta, self.readings, "month")
        rollups = _files_of(DeltaTable(self.rollups), self.rollups, "level") if version[1] else ()
        batches = {file.batch for file in files}
        fields = {f.name: _sql_of(f) for f in delta.schema().fields if f.name not in RESERVED}
        return Snapshot(
            version=version,
            fields=fields,
            files=files,
            rollups=tuple(file for file in rollups if file.batch in batches),
            notes={batch: self._note(batch, files) for batch in batches},
        )

    def _note(self, batch: str, files: tuple[StoredFile, ...]) -> BatchNote:
        try:
            found = json.loads((self._notes / f"{batch}.json").read_bytes())
        except FileNotFoundError:
            return _note_from_files(batch, [file for file in files if file.batch == batch])
        return BatchNote(
            batch,
            found["source"],
            found["fields"],
            tuple(found["series"]),
            found["resolution_s"],
            tuple(found["levels"]),
        )

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Hold the table's lock for a commit, so that writers of this machine queue up instead of colliding."""
        return locked(self.root.parent / f".{self.name}.lock")

    def publish(
        self,
        work: WorkFolder,
        note: BatchNote,
        *,
        files: list[NewFile],
        rollups: list[NewFile],
        schema: Schema,
        replaced: Iterable[str],
    ) -> None:
        """Put a batch in the place of ``replaced`` sources (the batch's own among them), in one commit.

        The caller holds the table's lock. Files move first and are named in the work folder, so that they are
        taken back if this process dies before the commit.
        """
        placed = [(new, self.readings / _place(new)) for new in files]
        rolled = [(new, self.rollups / _place(new)) for new in rollups]
        note_path = self._notes / f"{note.batch}.json"
        intended = [str(path.relative_to(self.root)) for _, path in (*placed, *rolled)]
        work.announce(Intent(note.batch, self.name, (*intended, str(note_path.relative_to(self.root)))))
        for new, path in (*placed, *rolled):
            sync_file(new.path)
            make_folder(path.parent)
            new.path.rename(path)
        for folder in {path.parent for _, path in (*placed, *rolled)}:
            sync_folder(folder)
        write_whole(note_path, note.to_json())
        sources = sorted({*replaced, note.source})
        self._commit(self.readings, placed, schema, note.batch, sources, "month")
        if rolled or _last_entry(self.rollups):
            self._commit(self.rollups, rolled, _rollup_schema(self.rollups, rolled), note.batch, sources, "level")

    def _commit(
        self,
        root: Path,
        placed: list[tuple[NewFile, Path]],
        schema: Schema,
        batch: str,
        sources: list[str],
        partition: str,
    ) -> None:
        adds = [_add_action(new, path, root) for new, path in placed]
        properties = CommitProperties(
            custom_metadata={"fairwatt.batch": batch},
            app_transactions=[Transaction(f"fairwatt/{batch}", 1)],
        )
        after = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
        for attempt in range(_TRIES):
            try:
                if _last_entry(root):
                    DeltaTable(root).create_write_transaction(
                        adds, mode="overwrite", schema=schema, partition_by=["source", partition],
                        partition_filters=[("source", "in", sources)],
                        commit_properties=properties, post_commithook_properties=after,
                    )  # fmt: skip
                elif adds:
                    make_folder(root)
                    create_table_with_add_actions(
                        str(root), schema, adds, mode="error", partition_by=["source", partition],
                        commit_properties=properties, post_commithook_properties=after,
                    )  # fmt: skip
                break
            except DeltaError as error:
                if attempt + 1 == _TRIES or "full" in str(error).lower() or "space" in str(error).lower():
                    raise
        log = root / "_delta_log"
        if log.exists():
            sync_file(log / max(entry for entry in os.listdir(log) if entry.endswith(".json")))
            sync_folder(log)

    def remove_source(self, source: str) -> bool:
        """Take a source out of the table, its files and all; return whether it was there."""
        with self.lock():
            gone = [file for file in (*self.snapshot().files, *self.snapshot().rollups) if file.source == source]
            for root, partition in ((self.readings, "month"), (self.rollups, "level")):
                if _last_entry(root) and any(f.path.is_relative_to(root) for f in gone):
                    self._commit(root, [], DeltaTable(root).schema(), "0" * 32, [source], partition)
            for file in gone:
                file.path.unlink(missing_ok=True)
            for batch in {file.batch for file in gone}:
                (self._notes / f"{batch}.json").unlink(missing_ok=True)
        return bool(gone)

    def remove(self) -> None:
        """Remove the table, with all its versions."""
        with self.lock():
            remove_folder(self.root)

    def take_back(self, intent: Intent) -> None:
        """Remove the files that a dead ingest had moved here, unless it had committed them."""
        with self.lock():
            for file in intent.files:
                root = self.rollups if file.startswith("rollups/") else self.readings
                if not _is_committed(root, intent.batch):
                    (self.root / file).unlink(missing_ok=True)


RESERVED = ("source", "month", "series", "start", "level")


def checked_name(name: str, what: str) -> str:
    """A name that is safe as a folder's; raises InvalidInput."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"'{name[:80]}' is no name for a {what}.")
    return name


def _last_entry(root: Path) -> str:
    try:
        return max((entry for entry in os.listdir(root / "_delta_log") if entry.endswith(".json")), default="")
    except FileNotFoundError:
        return ""


def _files_of(delta: DeltaTable, root: Path, partition: str) -> tuple[StoredFile, ...]:
    adds = pa.table(delta.get_add_actions(flatten=True))
    if not adds.num_rows:
        return ()
    rows = adds.select(
        ["path", "size_bytes", "num_records", "min.start", "max.start", "partition.source", f"partition.{partition}"]
    )
    low, high = (rows.column(i).cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist() for i in (3, 4))
    names = rows.column(0).to_pylist()
    return tuple(
        StoredFile(root / path, _batch_of(path), str(source), str(part), int(count), int(size), begin, end)
        for path, size, count, begin, end, source, part in zip(
            names, *(rows.column(i).to_pylist() for i in (1, 2)), low, high, *(rows.column(i).to_pylist() for i in (5, 6)),
            strict=True,
        )
    )  # fmt: skip


def _batch_of(path: str) -> str:
    found = _BATCH.match(path.rsplit("/", 1)[-1])
    return found.group(1) if found else path


def _note_from_files(batch: str, files: list[StoredFile]) -> BatchNote:
    """What can be told of a batch whose note is lost, from one of its files."""
    schema = pq.read_schema(files[0].path)
    fields = dict.fromkeys(name for name in schema.names if name not in RESERVED)
    names: set[str] = set()
    for file in files:
        names.update(pq.read_table(file.path, columns=["series"]).column(0).unique().to_pylist())
    return BatchNote(batch, files[0].source, fields, tuple(sorted(names)), None, ())


def _place(new: NewFile) -> str:
    folders = "/".join(f"{key}={value}" for key, value in new.partition)
    return f"{folders}/{new.name}"


def _add_action(new: NewFile, path: Path, root: Path) -> AddAction:
    stat = path.stat()
    stats = {
        "numRecords": new.rows,
        "minValues": {"start": _iso_ms(new.low)},
        # Engines read stats by the millisecond: the upper one is rounded up so that it bounds.
        "maxValues": {"start": _iso_ms(new.high + 999)},
        "nullCount": {"start": 0},
    }
    return AddAction(
        str(path.relative_to(root)),
        stat.st_size,
        dict(new.partition),
        stat.st_mtime_ns // 1_000_000,
        True,
        json.dumps(stats),
    )


def _iso_ms(micros: int) -> str:
    return moment_of(micros // 1000 * 1000).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _is_committed(root: Path, batch: str) -> bool:
    if not _last_entry(root):
        return False
    return DeltaTable(root).transaction_version(f"fairwatt/{batch}") is not None


_DELTA = {"DOUBLE": "double", "VARCHAR": "string", "BOOLEAN": "boolean", "BIGINT": "long"}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def schema_of(fields: Mapping[str, str], partition: str) -> Schema:
    """The Delta schema of fields given as SQL types, with the columns of the house before them."""
    fixed = [
        Field("source", PrimitiveType("string")),
        Field(partition, PrimitiveType("string")),
        Field("series", PrimitiveType("string")),
        Field("start", PrimitiveType("timestamp")),
    ]
    return Schema([*fixed, *(Field(name, PrimitiveType(_delta_type(kind))) for name, kind in fields.items())])


def _delta_type(kind: str) -> str:
    return kind.lower().replace(" ", "") if kind.startswith("DECIMAL") else _DELTA[kind]


def _sql_of(one: Any) -> str:
    name = str(one.type.type)
    if name.startswith("decimal"):
        return name.upper().replace(" ", "")
    return {value: key for key, value in _DELTA.items()}.get(name, "VARCHAR")


def _sql_of_arrow(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_floating(kind):
        return "DOUBLE"
    if pa.types.is_boolean(kind):
        return "BOOLEAN"
    return "BIGINT" if pa.types.is_integer(kind) else "VARCHAR"


def _rollup_schema(root: Path, rolled: list[tuple[NewFile, Path]]) -> Schema:
    fields: dict[str, str] = {}
    if _last_entry(root):
        fields = {f.name: _sql_of(f) for f in DeltaTable(root).schema().fields if f.name not in RESERVED}
    for _, path in rolled[:1]:
        for one in pq.read_schema(path):
            if one.name not in RESERVED:
                fields[one.name] = _sql_of_arrow(one.type)
    return schema_of(fields, "level")


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
        return f"DECIMAL(18,{scale})" if largest < 10 ** (18 - scale) else "DOUBLE"
    numbers = {"DOUBLE", "BIGINT"}
    if (a or one in numbers) and (b or other in numbers):
        return "DOUBLE"
    raise InvalidInput(
        "A channel of this name holds numbers in one file of the dataset and text in another.",
        next_step="Log the file as a dataset of its own.",
    )
