"""Give the files of a dataset's other sources a wider type, where a new source needs one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from fairwatt.lake.deltalog import NewFile, StoredFile
from fairwatt.lake.engine import Patient, literal, quoted
from fairwatt.lake.tables import BatchNote, Snapshot
from fairwatt.lake.writing import write_parquet


@dataclass(slots=True)
class Redone:
    """The files that take the place of those of other sources."""

    files: list[NewFile] = field(default_factory=list)
    rollups: list[NewFile] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Write anew the files of batches that hold a field of ``changed``, with the types of ``types``.

    Every engine must find a column with one type in all files; the values stay the same.
    """

    types: Mapping[str, str]
    changed: set[str]
    folder: Path
    connection: duckdb.DuckDBPyConnection
    patient: Patient

    def rewrite(self, snapshot: Snapshot, others: Mapping[str, BatchNote]) -> Redone:
        """Write the files of ``others`` that need it; a source is rewritten whole."""
        redone = Redone()
        redone.sources = sorted({note.source for note in others.values() if self.changed & set(note.fields)})
        concerned = {note.batch for note in others.values() if note.source in redone.sources}
        snapshot.bring(file for file in (*snapshot.files, *snapshot.rollups) if file.batch in concerned)
        redone.files = [self._rewrite(file, "month") for file in snapshot.files if file.batch in concerned]
        redone.rollups = [self._rewrite(file, "level") for file in snapshot.rollups if file.batch in concerned]
        return redone

    def _rewrite(self, file: StoredFile, partition: str) -> NewFile:
        names = pq.read_schema(file.path).names
        wider = {
            one: self.types[changed]
            for changed in self.changed
            for one in _columns_of(changed, partition)
            if one in names
        }
        changes = ", ".join(f"CAST({quoted(one)} AS {kind}) AS {quoted(one)}" for one, kind in wider.items())
        replace = f" REPLACE ({changes})" if changes else ""
        # The batch stays the file's own, so that its note and its rollups stay with it.
        name = f"{file.batch}-{self.folder.name[:12]}-{file.path.name[33:][-20:]}"
        rows = f"SELECT *{replace} FROM read_parquet({literal(str(file.path))}, hive_partitioning = false)"
        written = write_parquet(
            self.connection, rows, self.folder / name, columns=len(names), patient=self.patient, share=0.95
        )
        return written.placed(name, (("source", file.source), (partition, file.partition)))


def _columns_of(changed: str, partition: str) -> tuple[str, ...]:
    return (changed,) if partition == "month" else (f"{changed}_min", f"{changed}_max", f"{changed}_sum")
