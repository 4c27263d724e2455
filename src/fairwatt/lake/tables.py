"""The open tables of a dataset: readings and, beside them, their rollups.

A batch is what one ingest brought; its name begins its files' names, so that a rollup is known to be of the very
readings that stand beside it. A reader falls back on the readings where a batch has no rollup.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq

from fairwatt.core.errors import Conflict, InvalidInput, StoreAway
from fairwatt.lake.deltalog import MEMBER, DeltaFolder, NewFile, StoredFile, fields_of_parquet
from fairwatt.lake.locks import locked
from fairwatt.lake.loghistory import SUMS
from fairwatt.lake.raw import hash_file
from fairwatt.lake.stores import LocalStore, Store
from fairwatt.lake.work import Intent, WorkFolder

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class BatchNote:
    """What a batch says of itself beside its files.

    ``fields`` names its fields and the largest absolute value of each, None where it holds no number; ``levels``
    gives the rollups that were made [s]. ``members`` gives the series of each source where small files of several
    were merged, their rows saying which of them they came from, and ``origins`` the batch that each source brought
    its rows in. ``is_part`` says that rows of other sources stand in the same files and do not count.
    """

    batch: str
    source: str
    fields: Mapping[str, float | None]
    series: tuple[str, ...]
    resolution_s: float | None
    levels: tuple[int, ...]
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    is_part: bool = False

    @property
    def brought(self) -> frozenset[tuple[str, str]]:
        """What it holds, as pairs of a source and the batch in which that came."""
        return frozenset(self.origins.items() if self.members else {(self.source, self.batch)})

    @property
    def series_by_source(self) -> Mapping[str, tuple[str, ...]]:
        """The series that each source brought."""
        return self.members or {self.source: self.series}

    def to_json(self) -> bytes:
        """As stored."""
        stored: dict[str, object] = {
            "batch": self.batch,
            "source": self.source,
            "fields": dict(self.fields),
            "series": list(self.series),
            "resolution_s": self.resolution_s,
            "levels": list(self.levels),
        }
        if self.members:
            stored["members"] = {source: list(series) for source, series in self.members.items()}
            stored["origins"] = dict(self.origins)
        return json.dumps(stored, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> BatchNote:
        """As stored, back."""
        found = json.loads(data)
        return cls(
            batch=found["batch"],
            source=found["source"],
            fields=found["fields"],
            series=tuple(found["series"]),
            resolution_s=found["resolution_s"],
            levels=tuple(found["levels"]),
            members={source: tuple(series) for source, series in found.get("members", {}).items()},
            origins=found.get("origins", {}),
        )


@dataclass(slots=True)
class Exchange:
    """What takes the place of the files that go, on its way to :meth:`Table.swap`."""

    notes: list[BatchNote] = field(default_factory=list)
    files: list[NewFile] = field(default_factory=list)
    rollups: list[NewFile] = field(default_factory=list)
    gone: list[StoredFile] = field(default_factory=list)


def largest(values: Iterable[float | None]) -> float | None:
    """The largest of what batches say of a field; None where none of them holds a number."""
    return max((value for value in values if value is not None), default=None)


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
    store: Store = field(default_factory=lambda: LocalStore(Path()), repr=False, compare=False)

    def bring(self, files: Iterable[StoredFile]) -> None:
        """Have copies of files on this machine, for whoever reads them by their paths within the hour."""
        for file in files:
            self.store.local(file.path)

    @property
    def series(self) -> list[str]:
        """All series, sorted."""
        return sorted({name for note in self.notes.values() for name in note.series})


class Table:
    """The tables of one dataset.

    Safe for threads and processes: commits are atomic, and a snapshot never changes.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.name = checked_name(name, "table")
        self.store = store
        self.root = store.root / "tables" / self.name
        self.readings = DeltaFolder(self.root / "readings", "month", store)
        self.rollups = DeltaFolder(self.root / "rollups", "level", store)
        self._notes = self.root / "batches"
        self._guard = threading.Lock()
        self._snapshot: Snapshot | None = None
        self.earlier: dict[int, Snapshot] = {}  # versions that were read lately

    def snapshot(self) -> Snapshot:
        """The present version; read anew only where it has changed."""
        latest = self.readings.last_entry
        with self._guard:
            known = self._snapshot
            # What readers see of the rollups follows the readings: a store far away is asked for these alone.
            if known is not None and not self.store.is_local and known.version[0] == latest:
                return known
            version = (latest, self.rollups.last_entry)
            if known is None or known.version != version:
                self._snapshot = known = self._load(version)
                self.store.prefetch([(file.path, file.size) for file in known.rollups])
            return known

    def _load(self, version: tuple[str, str]) -> Snapshot:
        files, fields = self.readings.contents()
        batches = {file.batch for file in files}
        return Snapshot(
            version=version,
            fields=fields if files else {},
            files=files,
            rollups=tuple(file for file in self.rollups.files() if file.batch in batches),
            notes=self._read_notes(batches, files),
            store=self.store,
        )

    def _read_notes(self, batches: set[str], files: Iterable[StoredFile]) -> dict[str, BatchNote]:
        """The notes of batches; those that an object store gave before are not asked for again."""
        held = dict(self._snapshot.notes) if self._snapshot is not None and not self.store.is_local else {}
        missing = {self._notes / f"{batch}.json": batch for batch in batches - held.keys()}
        found = {missing[path]: BatchNote.from_json(data) for path, data in self.store.read_all(missing).items()}
        known = {batch: held[batch] for batch in batches & held.keys()} | found
        return {batch: known.get(batch) or self.note(batch, files) for batch in batches}

    def note(self, batch: str, files: Iterable[StoredFile]) -> BatchNote:
        """What a batch says of itself, or its ``files`` where that is lost."""
        try:
            return BatchNote.from_json(self.store.read(self._notes / f"{batch}.json"))
        except FileNotFoundError:
            mine = [file for file in files if file.batch == batch]
            for file in mine:
                self.store.local(file.path)
            return _note_from_files(batch, mine)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the table for a commit, so that writers of this machine queue up instead of colliding."""
        with locked(self.lock_path), self.store.steady():
            yield

    @property
    def lock_path(self) -> Path:
        """The file that is locked for a commit."""
        return self.root.parent / f".{self.name}.lock"

    def publish(
        self,
        work: WorkFolder,
        note: BatchNote,
        *,
        files: list[NewFile],
        rollups: list[NewFile],
        fields: Mapping[str, str],
        replaced: Iterable[str],
    ) -> None:
        """Put a batch in the place of what its source and the ``replaced`` ones had, in one commit.

        The caller holds the table's lock. Files move first, and are named in the work folder before they do:
        they are taken back where the commit fails, or where this process dies before it.
        """
        sources = sorted({*replaced, note.source})
        with self._placed(work, note.batch, [note], files=files, rollups=rollups) as sums:
            is_rolled = bool(rollups or self.rollups.last_entry)
            rolled_fields = self._rollup_fields(rollups) if is_rolled else {}
            # Whoever dies between the commits leaves the readings that count with their rollups: the old ones go last.
            # Files written anew for others keep their batch's name, and take the place of theirs at once.
            stays = sources == [note.source] and rolled_fields.items() >= self.rollups.fields().items()
            if is_rolled and (rollups or not stays):
                self.rollups.commit(
                    rollups,
                    fields=rolled_fields,
                    batch=note.batch,
                    sources=[] if stays else sources,
                    told=_told(sums, rollups),
                )
            self.readings.commit(files, fields=fields, batch=note.batch, sources=sources, told=_told(sums, files))
        if is_rolled and stays:
            self._leave_old_rollups(note)

    def _leave_old_rollups(self, note: BatchNote) -> None:
        """Take the rollups of what a source had before out of the table."""
        old = [file for file in self.rollups.files() if file.source == note.source and file.batch != note.batch]
        with contextlib.suppress(Conflict):  # they count for nobody any more, and go when the source comes again
            self.rollups.swap([], old, fields=self.rollups.fields(), batch="")

    def add_rollups(self, work: WorkFolder, rollups: list[NewFile]) -> None:
        """Put rollups beside readings that have none. The caller holds the table's lock."""
        with self._placed(work, work.path.name, [], files=[], rollups=rollups) as sums:
            self.rollups.swap(
                rollups,
                [],
                fields=self._rollup_fields(rollups),
                batch=work.path.name,
                told=_told(sums, rollups),
            )
        with self._guard:
            self._snapshot = None  # what a store far away is asked for follows the readings alone

    def swap(
        self,
        work: WorkFolder,
        notes: Sequence[BatchNote],
        *,
        files: list[NewFile],
        rollups: list[NewFile],
        gone: Iterable[StoredFile],
        fields: Mapping[str, str] | None = None,
        is_same: bool = True,
    ) -> None:
        """Put batches in the place of just the files that are ``gone``: the same rows, unless not ``is_same``.

        ``fields`` gives the table's fields from now on, where they change. The caller holds the table's lock. Old
        rollups go last, so that whoever dies on the way leaves each batch that counts with its own.

        Raises
        ------
        Conflict
            Where a file that was to go is gone already; nothing is changed.
        """
        snapshot, commit = self.snapshot(), work.path.name
        gone = list(gone)
        batches = {file.batch for file in gone}
        is_merged = any(note.members for note in notes)
        with self._placed(work, commit, notes, files=files, rollups=rollups) as sums:
            if rollups:
                self.rollups.swap(
                    rollups,
                    [],
                    fields=self._rollup_fields(rollups),
                    batch=commit,
                    told=_told(sums, rollups),
                    is_merged=is_merged,
                )
            self.readings.swap(
                files,
                gone,
                fields=fields or snapshot.fields,
                batch=commit,
                told=_told(sums, files),
                is_merged=is_merged,
                is_same=is_same,
            )
        left = {file.batch for file in self.snapshot().files}
        old = [file for file in self.rollups.files() if file.batch in batches - left]
        with contextlib.suppress(Conflict):  # what is left here counts for nobody, and goes with the next vacuum
            self.rollups.swap([], old, fields=self.rollups.fields(), batch="")

    @contextlib.contextmanager
    def _placed(
        self, work: WorkFolder, commit: str, notes: Sequence[BatchNote], *, files: list[NewFile], rollups: list[NewFile]
    ) -> Iterator[Mapping[str, str]]:
        """Move files to their places for a commit, and back out where it fails; yield the sha256 of each place."""
        placed = [(self.readings, file) for file in files] + [(self.rollups, file) for file in rollups]
        targets = {folder.root / file.place: file.path for folder, file in placed}
        told = {self._notes / f"{note.batch}.json": note for note in notes}
        names = tuple(str(path.relative_to(self.root)) for path in (*targets, *told))
        intent = Intent(commit, self.name, names)
        work.announce(intent)
        sums = {file.place: hash_file(file.path) for _, file in placed}
        try:
            self.store.take(targets)
            for path, note in told.items():
                self.store.write(path, note.to_json())
            yield sums
        except BaseException:
            try:
                self._take_back(intent)
            except StoreAway:  # nobody knows whether the commit was taken: it is found out once the store is back
                work.leave_intent()
            raise

    def _rollup_fields(self, rollups: list[NewFile]) -> dict[str, str]:
        """The fields of the rollups' table, once these are in it."""
        return self.rollups.fields() | (
            fields_of_parquet(self.store.local(targets_of(self.rollups, rollups))) if rollups else {}
        )

    def remove_source(self, source: str) -> bool:
        """Take a source out of the table, its files and all; return whether it was there.

        The caller holds the table's lock, and has set the source apart where it had been merged with others.
        """
        snapshot = self.snapshot()
        gone = [file for file in (*self.readings.files(), *self.rollups.files()) if file.source == source]
        kept = {name for note in snapshot.notes.values() if note.source != source for name in note.fields}
        batch = uuid4().hex
        if any(file.source == source for file in snapshot.files):
            fields = {name: kind for name, kind in snapshot.fields.items() if name in kept}
            self.readings.commit([], fields=fields, batch=batch, sources=[source])
        if any(file.source == source for file in self.rollups.files()):
            self.rollups.commit([], fields=self.rollups.fields(), batch=batch, sources=[source])
        for file in gone:
            self.store.remove(file.path)
        for old in {file.batch for file in gone}:
            self.store.remove(self._notes / f"{old}.json")
        return bool(gone)

    def take_back(self, intent: Intent) -> None:
        """Remove the files that a dead ingest had moved here, unless it had committed them."""
        with self.lock():
            self._take_back(intent)

    def _take_back(self, intent: Intent) -> None:
        for folder in (self.rollups, self.readings):  # a commit may have been taken whose answer was lost
            self.store.look_again(folder.root)
        is_rolled, is_read = (folder.has_batch(intent.batch) for folder in (self.rollups, self.readings))
        for name in intent.files:
            if not (is_rolled if name.startswith("rollups/") else is_read):
                self.store.remove(self.root / name)


def _told(sums: Mapping[str, str], files: Iterable[NewFile]) -> dict[str, str]:
    """What a commit tells of the files it adds."""
    return {SUMS: json.dumps({file.place: sums[file.place] for file in files})}


def targets_of(folder: DeltaFolder, files: list[NewFile]) -> Path:
    """Where the first of some files stands."""
    return folder.root / files[0].place


def checked_name(name: str, what: str) -> str:
    """A name that is safe as a folder's; raises InvalidInput."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"'{name[:80]}' is no name for a {what}.")
    return name


def _note_from_files(batch: str, files: list[StoredFile]) -> BatchNote:
    """What can be told of a batch whose note is lost, from its files."""
    fields = dict.fromkeys(fields_of_parquet(files[0].path))
    is_merged = MEMBER in pq.read_schema(files[0].path).names
    met: dict[str, set[str]] = {}
    for file in files:
        rows = pq.read_table(file.path, columns=["series", *([MEMBER] if is_merged else [])])
        for row in rows.group_by(rows.column_names).aggregate([]).to_pylist():
            met.setdefault(row.get(MEMBER, file.source), set()).add(row["series"])
    series = tuple(sorted(set().union(*met.values())))
    members = {source: tuple(sorted(names)) for source, names in met.items()} if is_merged else {}
    origins = {source: f"{batch}/{source}" for source in members}
    return BatchNote(batch, files[0].source, fields, series, None, (), members, origins)
