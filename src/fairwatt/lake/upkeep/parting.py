"""Take rows out of files that hold others too: a source out of merged files, a series out of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import duckdb

from fairwatt.lake.deltalog import MEMBER, NewFile, StoredFile
from fairwatt.lake.engine import Patient, literal, open_engine, quoted
from fairwatt.lake.limits import Limits
from fairwatt.lake.tables import BatchNote, Exchange, Table
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import look_at, write_parquet


def set_apart(table: Table, source: str, *, work: Path, limits: Limits) -> bool:
    """Give a source that was merged with others files of its own again; return whether it was merged.

    The rows stay the same, and so does the batch that they came in. The caller holds the table's lock.
    """
    snapshot = table.snapshot()
    merged = [note for note in snapshot.notes.values() if source in note.members]
    if not merged:
        return False
    with (
        WorkFolder.new(work) as folder,
        open_engine(memory_limit=limits.memory, threads=limits.threads, scratch=folder.path / "scratch") as engine,
    ):
        parting = _Parting(table, folder.path, engine)
        for note in merged:
            parting.keep_others(note, source)
        parting.keep_own(merged, source)
        parted = parting.parted
        table.swap(folder, parted.notes, files=parted.files, rollups=parted.rollups, gone=parted.gone)
    return True


def leave_series_out(table: Table, series: str, *, work: Path, limits: Limits, patient: Patient) -> int:
    """Write the present version anew without a series; return how many rows went. The caller holds the table's lock."""
    snapshot = table.snapshot()
    concerned = [note for note in snapshot.notes.values() if series in note.series]
    if not concerned:
        return 0
    with (
        WorkFolder.new(work) as folder,
        open_engine(memory_limit=limits.memory, threads=limits.threads, scratch=folder.path / "scratch") as engine,
    ):
        parting = _Parting(table, folder.path, engine)
        for number, note in enumerate(concerned):
            patient.check(number / len(concerned), "Writing the readings without the series")
            parting.keep_other_series(note, series)
        parted = parting.parted
        table.swap(folder, parted.notes, files=parted.files, rollups=parted.rollups, gone=parted.gone, is_same=False)
    return sum(file.rows for file in parted.gone) - sum(file.rows for file in parted.files)


class _Parting:
    """Files on their way into others with fewer rows."""

    def __init__(self, table: Table, folder: Path, engine: duckdb.DuckDBPyConnection) -> None:
        self._snapshot, self._folder, self._engine = table.snapshot(), folder, engine
        self._store = table.store
        self._count = 0
        self.parted = Exchange()

    def keep_others(self, note: BatchNote, source: str) -> None:
        """Keep the rows of a merged batch's other sources, as a batch of its own."""
        self.parted.gone += self._files_of(note)
        members = {name: series for name, series in note.members.items() if name != source}
        rest = replace(
            note,
            batch=uuid4().hex,
            series=tuple(sorted(set().union(*members.values()))),
            members=members,
            origins={name: batch for name, batch in note.origins.items() if name != source},
        )
        self._copy(note, rest, f"{quoted(MEMBER)} <> {literal(source)}")

    def keep_own(self, merged: Sequence[BatchNote], source: str) -> None:
        """Keep a source's own rows of merged batches, as the batch that they came in."""
        first = merged[0]
        levels = [set(note.levels) & self._levels_of(note) for note in merged]
        own = BatchNote(
            batch=first.origins[source].split("/", 1)[0],
            source=source,
            fields=first.fields,
            series=tuple(sorted(set().union(*(note.members[source] for note in merged)))),
            resolution_s=first.resolution_s,
            levels=tuple(sorted(set.intersection(*levels))),  # where a month has none, none must be used
        )
        for note in merged:
            self._copy(note, own, f"{quoted(MEMBER)} = {literal(source)}", without=MEMBER)

    def keep_other_series(self, note: BatchNote, series: str) -> None:
        """Keep the rows of a batch's other series, as a batch of its own."""
        self.parted.gone += self._files_of(note)
        members = {
            source: tuple(name for name in names if name != series)
            for source, names in note.members.items()
            if set(names) != {series}
        }
        batch = uuid4().hex
        kept = replace(
            note,
            batch=batch,
            series=tuple(name for name in note.series if name != series),
            members=members,
            origins={source: f"{batch}/{source}" for source in members},
        )
        if kept.series and (members or not note.members):
            self._copy(note, kept, f"series <> {literal(series)}")

    def _files_of(self, note: BatchNote) -> list[StoredFile]:
        return [file for file in self._snapshot.files if file.batch == note.batch]

    def _levels_of(self, note: BatchNote) -> set[int]:
        return {int(file.partition) for file in self._snapshot.rollups if file.batch == note.batch}

    def _copy(self, before: BatchNote, after: BatchNote, condition: str, *, without: str = "") -> None:
        """Copy the rows of a batch that a condition keeps, from its readings and from its rollups."""
        exclude = f" EXCLUDE ({quoted(without)})" if without else ""
        levels = {str(level) for level in after.levels}
        written: list[NewFile] = []
        for partition, files in (("month", self._snapshot.files), ("level", self._snapshot.rollups)):
            for file in files:
                if file.batch == before.batch and (partition == "month" or file.partition in levels):
                    new = self._write(file, after, partition, f"SELECT *{exclude}", condition)
                    written += [new] if new.rows else []
        self.parted.files += [file for file in written if file.partition[1][0] == "month"]
        self.parted.rollups += [file for file in written if file.partition[1][0] == "level"]
        if written and after not in self.parted.notes:
            self.parted.notes.append(after)

    def _write(self, file: StoredFile, note: BatchNote, partition: str, select: str, condition: str) -> NewFile:
        self._count += 1
        name = f"{note.batch}-{self._folder.name[:12]}-{self._count:05d}.parquet"
        before, path = self._store.local(file.path), self._folder / name
        rows = f"{select} FROM read_parquet({literal(str(before))}, hive_partitioning = false) WHERE {condition}"
        write_parquet(self._engine, rows, path, columns=len(self._snapshot.fields) + 3, patient=Patient(), share=0.5)
        return look_at(path).placed(name, (("source", note.source), (partition, file.partition)))
