"""Merge a dataset's small files: a file a day of each logger becomes a file a month.

Files are merged that have the same fields and the same resolution. Each row then says which source it came from, so
that one source can still be asked for, read anew or erased by itself. The rows stay the same; a merged month is one
batch with rollups of its own, made source by source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import duckdb

from fairwatt.lake.deltalog import MEMBER, NewFile, StoredFile
from fairwatt.lake.engine import Patient, literal, open_engine, quoted
from fairwatt.lake.limits import Limits
from fairwatt.lake.rolling import Rolling
from fairwatt.lake.stores import Store
from fairwatt.lake.tables import BatchNote, Snapshot, Table, largest
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import Written, write_parquet

SMALL_BYTES = 4 << 20  # a batch all of whose files are smaller than this is merged with others
LARGEST_ROWS = 50_000_000  # a merged month that has so many is left as it is
LEAST_FILES = 16  # so many small files in a month are merged at once after an ingest


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: how many files there were of what it touched, how many there are, their bytes."""

    files_before: int = 0
    files_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0

    def __bool__(self) -> bool:
        return bool(self.files_before)


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one month that become one."""

    month: str
    files: tuple[StoredFile, ...]
    notes: tuple[BatchNote, ...]

    @property
    def rows(self) -> int:
        """How many rows they hold."""
        return sum(file.rows for file in self.files)

    @property
    def fields(self) -> dict[str, float | None]:
        """Their fields with the largest absolute value of each."""
        return {field: largest(note.fields[field] for note in self.notes) for field in self.notes[0].fields}


def find_groups(snapshot: Snapshot, *, least: int = LEAST_FILES) -> list[Group]:
    """The months that have at least ``least`` small files of one kind; a batch is merged whole or not at all."""
    files: dict[str, list[StoredFile]] = {}
    for file in snapshot.files:
        files.setdefault(file.batch, []).append(file)
    kinds: dict[tuple[tuple[str, ...], float | None], list[BatchNote]] = {}
    for note in snapshot.notes.values():
        if note.members or all(file.size < SMALL_BYTES for file in files[note.batch]):
            kinds.setdefault((tuple(sorted(note.fields)), note.resolution_s), []).append(note)
    return [group for notes in kinds.values() for group in _groups_of(notes, files, least)]


def _groups_of(notes: list[BatchNote], files: Mapping[str, list[StoredFile]], least: int) -> list[Group]:
    months: dict[str, int] = {}
    single = [note for note in notes if not note.members]
    for note in single:
        for month in {file.partition for file in files[note.batch]}:
            months[month] = months.get(month, 0) + 1
    busy = {month for month, count in months.items() if count >= least}
    chosen = [note for note in single if any(file.partition in busy for file in files[note.batch])]
    touched = {file.partition for note in chosen for file in files[note.batch]}
    chosen += [
        note
        for note in notes
        if note.members
        and all(file.partition in touched for file in files[note.batch])
        and sum(file.rows for file in files[note.batch]) < LARGEST_ROWS
    ]
    groups = []
    for month in sorted(touched):
        mine = [note for note in chosen if any(file.partition == month for file in files[note.batch])]
        held = [file for note in mine for file in files[note.batch] if file.partition == month]
        ordered = sorted(held, key=lambda file: (file.low, file.high, file.path.name))
        groups.append(Group(month, tuple(ordered), tuple(mine)))
    return groups


def merge_small_files(table: Table, *, work: WorkFolder, limits: Limits, patient: Patient, least: int) -> Merged:
    """Merge what :func:`find_groups` finds, in one commit; readers and other writers go on meanwhile.

    Raises
    ------
    Conflict
        Where a file was replaced meanwhile; nothing is changed.
    Cancelled
        Where somebody asked for it.
    """
    snapshot = table.snapshot()
    groups = find_groups(snapshot, least=least)
    if not groups:
        return Merged()
    sums = {name: kind for name, kind in table.rollups.fields().items() if name.endswith("_sum")}
    files: list[NewFile] = []
    rollups: list[NewFile] = []
    notes: list[BatchNote] = []
    with open_engine(memory_limit=limits.memory, threads=limits.threads, scratch=work.path / "scratch") as engine:
        for number, group in enumerate(groups):
            patient.check(number / len(groups), f"Merging the small files of {group.month}")
            merging = _Merging(
                group, snapshot, store=table.readings.store, work=work, engine=engine, patient=patient, sums=sums
            )
            files.append(merging.write_readings())
            rolled = merging.write_rollups(files[-1])
            rollups += rolled
            notes.append(merging.note({int(dict(file.partition)["level"]) for file in rolled}))
    gone = [file for group in groups for file in group.files]
    patient.check(0.98, "Publishing")
    with table.lock():
        table.swap(work, notes, files=files, rollups=rollups, gone=gone)
    return Merged(len(gone), len(files), sum(file.size for file in gone), sum(file.size for file in files))


class _Merging:
    """One group on its way into one file."""

    def __init__(
        self,
        group: Group,
        snapshot: Snapshot,
        *,
        store: Store,
        work: WorkFolder,
        engine: duckdb.DuckDBPyConnection,
        patient: Patient,
        sums: Mapping[str, str],
    ) -> None:
        self.group, self.work, self.engine, self.patient = group, work, engine, patient
        self._store = store
        self.batch = uuid4().hex
        self.source = f"merged-{self.batch[:12]}"
        self.kinds = {field: kind for field, kind in snapshot.fields.items() if field in group.fields}
        self._sums = sums
        self._members = {note.batch: note.members for note in group.notes}

    def note(self, levels: Iterable[int]) -> BatchNote:
        """What the merged batch says of itself."""
        members: dict[str, set[str]] = {}
        origins: dict[str, str] = {}
        for note in self.group.notes:
            for source, series in note.series_by_source.items():
                members.setdefault(source, set()).update(series)
            for source, origin in note.brought:  # what came in two batches can't be told apart any more
                both = origins.setdefault(source, origin) != origin
                origins[source] = f"{self.batch}/{source}" if both else origin
        told = {source: tuple(sorted(series)) for source, series in sorted(members.items())}
        return BatchNote(
            batch=self.batch,
            source=self.source,
            fields=self.group.fields,
            series=tuple(sorted(set().union(*members.values()))),
            resolution_s=self.group.notes[0].resolution_s,
            levels=tuple(sorted(levels)),
            members=told,
            origins={source: origins[source] for source in told},
        )

    def write_readings(self) -> NewFile:
        """Write the rows of all files into one, sorted by series and start."""
        name = f"{self.batch}-0000.parquet"
        columns = ", ".join(["series", "start", *map(quoted, self.kinds), quoted(MEMBER)])
        rows = f"SELECT {columns} FROM ({' UNION ALL '.join(self._parts())}) ORDER BY series, start, rank, place"
        written = self._write(rows, self.work.path / name, len(self.kinds) + 3)
        return written.placed(name, (("source", self.source), ("month", self.group.month)))

    def _parts(self) -> Iterable[str]:
        """SQL: the rows of the files that say themselves where each row came from, and of those that don't."""
        values = ", ".join(["series", "start", *map(quoted, self.kinds)])
        for has_members in (False, True):
            ranked = [
                (rank, file)
                for rank, file in enumerate(self.group.files)
                if bool(self._members[file.batch]) is has_members
            ]
            if not ranked:
                continue
            paths = ", ".join(literal(str(self._store.local(file.path))) for _, file in ranked)
            ranks = ", ".join(str(rank) for rank, _ in ranked)
            sources = ", ".join(literal(file.source) for _, file in ranked)
            member = quoted(MEMBER) if has_members else f"[{sources}][file_index::BIGINT + 1]"
            yield (
                f"SELECT {values}, {member} AS {quoted(MEMBER)}, [{ranks}][file_index::BIGINT + 1] AS rank, "
                f"file_row_number AS place FROM read_parquet([{paths}], hive_partitioning = false)"
            )

    def write_rollups(self, readings: NewFile) -> list[NewFile]:
        """Write the rollups of the merged readings, each source's for itself."""
        return Rolling(
            self.engine, self.work.path, self.note(()), [readings], self.kinds, self._sums, self.patient
        ).write()

    def _write(self, rows: str, path: Path, columns: int) -> Written:
        return write_parquet(self.engine, rows, path, columns=columns, patient=self.patient, share=0.5)
