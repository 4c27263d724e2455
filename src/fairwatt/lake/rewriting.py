"""Give the files of a dataset's other sources a wider type, where a new source needs one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from fairwatt.lake.engine import Patient, literal, quoted
from fairwatt.lake.tables import BatchNote, NewFile, Snapshot, StoredFile
from fairwatt.lake.writing import write_parquet


@dataclass(slots=True)
class Redone:
    """The files that take the place of those of other sources."""

    files: list[NewFile] = field(default_factory=list)
    rollups: list[NewFile] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


def rewrite_others(
    snapshot: Snapshot,
    others: Mapping[str, BatchNote],
    changed: set[str],
    types: Mapping[str, str],
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    patient: Patient,
) -> Redone:
    """Write anew the files of those batches that hold a field whose type has changed.

    Every engine must find each column with one type in all files; the values stay the same.
    """
    redone = Redone()
    if not changed:
        return redone
    met = {batch for batch, note in others.items() if changed & set(note.fields)}
    redone.sources = sorted({others[batch].source for batch in met})
    concerned = {note.batch for note in others.values() if note.source in redone.sources}
    for file in snapshot.files:
        if file.batch in concerned:
            redone.files.append(_rewrite(file, "month", changed, types, folder, connection, patient))
    for file in snapshot.rollups:
        if file.batch in concerned:
            redone.rollups.append(_rewrite(file, "level", changed, types, folder, connection, patient))
    return redone


def _rewrite(
    file: StoredFile,
    partition: str,
    changed: set[str],
    types: Mapping[str, str],
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    patient: Patient,
) -> NewFile:
    names = pq.read_schema(file.path).names
    wider = {one: types[field] for field in changed for one in _columns_of(field, partition) if one in names}
    changes = ", ".join(f"CAST({quoted(one)} AS {kind}) AS {quoted(one)}" for one, kind in wider.items())
    replace = f" REPLACE ({changes})" if changes else ""
    name = f"{file.batch}-{folder.name[:12]}-{file.path.name[33:]}"
    rows = f"SELECT *{replace} FROM read_parquet({literal(str(file.path))}, hive_partitioning = false)"
    written = write_parquet(connection, rows, folder / name, columns=len(names), patient=patient, share=0.95)
    return written.placed(name, (("source", file.source), (partition, file.partition)))


def _columns_of(field: str, partition: str) -> tuple[str, ...]:
    return (field,) if partition == "month" else (f"{field}_min", f"{field}_max", f"{field}_sum")
