"""The open tables of a dataset: readings and, beside them, their rollups.

A batch is what one ingest brought; its name begins its files' names, so that a rollup is known to be of the very
readings that stand beside it. A reader falls back on the readings where a batch has no rollup.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.deltalog import DeltaFolder, NewFile, StoredFile, fields_of_parquet
from fairwatt.lake.disk import make_folder, sync_file, sync_folder, write_whole
from fairwatt.lake.work import Intent, WorkFolder, locked

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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
        )


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
        self.readings = DeltaFolder(self.root / "readings", "month")
        self.rollups = DeltaFolder(self.root / "rollups", "level")
        self._notes = self.root / "batches"
        self._guard = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The present version; read anew only where it has changed."""
        version = (self.readings.last_entry, self.rollups.last_entry)
        with self._guard:
            if self._snapshot is None or self._snapshot.version != version:
                self._snapshot = self._load(version)
            return self._snapshot

    def _load(self, version: tuple[str, str]) -> Snapshot:
        files = self.readings.files()
        batches = {file.batch for file in files}
        return Snapshot(
            version=version,
            fields=self.readings.fields() if files else {},
            files=files,
            rollups=tuple(file for file in self.rollups.files() if file.batch in batches),
            notes={batch: self._note(batch, files) for batch in batches},
        )

    def _note(self, batch: str, files: tuple[StoredFile, ...]) -> BatchNote:
        try:
            return BatchNote.from_json((self._notes / f"{batch}.json").read_bytes())
        except FileNotFoundError:
            return _note_from_files(batch, [file for file in files if file.batch == batch])

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Hold the table for a commit, so that writers of this machine queue up instead of colliding."""
        return locked(self.root.parent / f".{self.name}.lock")

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
        note_path = self._notes / f"{note.batch}.json"
        placed = [(self.readings, file) for file in files] + [(self.rollups, file) for file in rollups]
        targets = {folder.root / file.place: file.path for folder, file in placed}
        names = tuple(str(path.relative_to(self.root)) for path in (*targets, note_path))
        intent = Intent(note.batch, self.name, names)
        work.announce(intent)
        sources = sorted({*replaced, note.source})
        try:
            _move(targets)
            write_whole(note_path, note.to_json())
            # Rollups go first: readers pass them by until the readings they are of are there.
            if rollups or self.rollups.last_entry:
                wider = self.rollups.fields() | (
                    fields_of_parquet(targets_of(self.rollups, rollups)) if rollups else {}
                )
                self.rollups.commit(rollups, fields=wider, batch=note.batch, sources=sources)
            self.readings.commit(files, fields=fields, batch=note.batch, sources=sources)
        except BaseException:
            self._take_back(intent)
            raise

    def remove_source(self, source: str) -> bool:
        """Take a source out of the table, its files and all; return whether it was there."""
        with self.lock():
            snapshot = self.snapshot()
            gone = [file for file in (*self.readings.files(), *self.rollups.files()) if file.source == source]
            kept = {name for note in snapshot.notes.values() if note.source != source for name in note.fields}
            batch = uuid4().hex
            if any(file.source == source for file in snapshot.files):
                fields = {name: kind for name, kind in snapshot.fields.items() if name in kept}
                self.readings.commit([], fields=fields, batch=batch, sources=[source])
            if self.rollups.last_entry:
                self.rollups.commit([], fields=self.rollups.fields(), batch=batch, sources=[source])
            for file in gone:
                file.path.unlink(missing_ok=True)
            for old in {file.batch for file in gone}:
                (self._notes / f"{old}.json").unlink(missing_ok=True)
        return bool(gone)

    def take_back(self, intent: Intent) -> None:
        """Remove the files that a dead ingest had moved here, unless it had committed them."""
        with self.lock():
            self._take_back(intent)

    def _take_back(self, intent: Intent) -> None:
        for name in intent.files:
            folder = self.rollups if name.startswith("rollups/") else self.readings
            if not folder.has_batch(intent.batch):
                (self.root / name).unlink(missing_ok=True)


def targets_of(folder: DeltaFolder, files: list[NewFile]) -> Path:
    """Where the first of some files stands."""
    return folder.root / files[0].place


def checked_name(name: str, what: str) -> str:
    """A name that is safe as a folder's; raises InvalidInput."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"'{name[:80]}' is no name for a {what}.")
    return name


def _move(targets: Mapping[Path, Path]) -> None:
    """Move files, each onto the disk before it gets its name."""
    for target, path in targets.items():
        sync_file(path)
        make_folder(target.parent)
        path.rename(target)
    for folder in {target.parent for target in targets}:
        sync_folder(folder)


def _note_from_files(batch: str, files: list[StoredFile]) -> BatchNote:
    """What can be told of a batch whose note is lost, from its files."""
    names: set[str] = set()
    for file in files:
        names.update(pq.read_table(file.path, columns=["series"]).column(0).unique().to_pylist())
    fields = dict.fromkeys(fields_of_parquet(files[0].path))
    return BatchNote(batch, files[0].source, fields, tuple(sorted(names)), None, ())
