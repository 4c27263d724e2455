"""Earlier versions of a table: read as they were, and let go of once nobody is to keep them.

A version is what its sources had brought by then. Rows that were only arranged otherwise since (merged with others,
given a wider type) are the same rows: a version is read from whichever files hold them, so that the small files it
was made of need not stay.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from fairwatt.core.errors import Conflict, Gone, NotFound
from fairwatt.lake.deltalog import DeltaFolder, StoredFile, batch_of
from fairwatt.lake.loghistory import FileLife, LogHistory
from fairwatt.lake.stores.protocol import Found
from fairwatt.lake.tables import BatchNote, Snapshot, Table

GRACE = timedelta(hours=1)  # a file stays this long after its last use: somebody may be reading it still

_MOST_EARLIER = 16  # versions of a table that are remembered

Part = tuple[str, str, str]  # a source, the batch that its rows came in, and a month of them


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """What was removed: files and their bytes, and how many versions can't be read any more by it."""

    files: int = 0
    size: int = 0
    versions: int = 0


class Past:
    """A table's log, arranged by batches."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.readings = LogHistory.of(table.readings)
        self.rollups = LogHistory.of(table.rollups)
        self.lives = _by_batch(self.readings.lives)
        self._notes: dict[str, BatchNote | None] = {}
        folders = (table.readings, table.rollups)
        self._there = {found.path for folder in folders for found in folder.store.walk(folder.root)}

    def is_there(self, life: FileLife) -> bool:
        """Whether a file has not been removed."""
        return life.file.path in self._there

    def note(self, batch: str) -> BatchNote | None:
        """What a batch says of itself; None where neither its note nor its files are left."""
        if batch not in self._notes:
            there = [life.file for life in self.lives[batch] if self.is_there(life)]
            with suppress(OSError, IndexError):
                self._notes[batch] = self._table.note(batch, there)
        return self._notes.setdefault(batch, None)

    def parts(self, batch: str, lives: Iterable[FileLife]) -> set[Part] | None:
        """What files of a batch hold; None where nobody knows any more."""
        note = self.note(batch)
        if note is None:
            return None
        months = {life.file.partition for life in lives}
        return {(source, origin, month) for source, origin in note.brought for month in months}

    def latest(self, batch: str) -> list[FileLife]:
        """The files in which a batch stood last."""
        lives = self.lives[batch]
        present = [life for life in lives if life.removed is None]
        if present:
            return present
        last = max(life.removed or 0 for life in lives)
        return [life for life in lives if life.removed == last]

    def providers(self, *, only_present: bool = False) -> dict[Part, str]:
        """For each part a batch whose latest files are there and hold it; the present version's come first."""
        found: dict[Part, str] = {}
        for is_present in (True,) if only_present else (True, False):
            for batch in self.lives:
                files = self.latest(batch)
                if (files[0].removed is None) is not is_present or not all(map(self.is_there, files)):
                    continue
                for part in self.parts(batch, files) or ():
                    found.setdefault(part, batch)
        return found

    def rolled(self, batches: Collection[str]) -> Iterator[FileLife]:
        """The rollups of batches, as they stood last."""
        for batch, lives in _by_batch(self.rollups.lives).items():
            if batch in batches:
                newest = max(life.added for life in lives)
                yield from (life for life in lives if life.added == newest)


def _by_batch(lives: Iterable[FileLife]) -> dict[str, list[FileLife]]:
    found: dict[str, list[FileLife]] = {}
    for life in lives:
        found.setdefault(life.file.batch, []).append(life)
    return found


def snapshot_of(table: Table, version: int) -> Snapshot:
    """A version of the readings as it was; looked up in the log once, as long as nothing is committed or removed.

    Raises
    ------
    NotFound
        Where there has been no such version.
    Gone
        Where rows of it were removed, by an erasure or as nobody was to keep them longer.
    """
    present = table.readings.version
    if version == present:
        return table.snapshot()
    if not 0 <= version < present:
        raise NotFound(f"These readings have no version {version}.", where={"version": version})
    known = table.earlier.get(version)
    if known is None or known.version[1] != table.readings.last_entry or not _is_there(table, known):
        known = _look_up(table, version)
        table.earlier[version] = known
        while len(table.earlier) > _MOST_EARLIER:
            table.earlier.pop(next(iter(table.earlier)), None)
    return known


def _is_there(table: Table, snapshot: Snapshot) -> bool:
    """Whether all files of a version are there still; those of a store are listed, which is quicker than asking."""
    paths = {file.path for file in (*snapshot.files, *snapshot.rollups)}
    if table.store.is_local:
        return all(path.exists() for path in paths)
    return paths <= {
        found.path for folder in (table.readings, table.rollups) for found in folder.store.walk(folder.root)
    }


def _look_up(table: Table, version: int) -> Snapshot:
    name = (f"version {version}", table.readings.last_entry)
    past = Past(table)
    notes: dict[str, BatchNote] = {}
    files: list[StoredFile] = []
    lent: set[Part] = set()
    for batch, lives in past.lives.items():
        mine = [life for life in lives if life.is_in(version)]
        if not mine:
            continue
        note, parts = past.note(batch), past.parts(batch, mine)
        if note is None or parts is None:
            raise _gone(version)
        if all(map(past.is_there, mine)):
            notes[batch], files = note, files + [life.file for life in mine]
        else:
            lent |= parts
    _borrow(past, lent, notes, files, version)
    rollups = [life.file for life in past.rolled(notes) if past.is_there(life)]
    fields = table.readings.fields(version)
    return Snapshot(name, fields, tuple(files), tuple(rollups), notes, store=table.store)


def _borrow(past: Past, lent: set[Part], notes: dict[str, BatchNote], files: list[StoredFile], version: int) -> None:
    """Add what files of other versions hold of a version whose own are gone."""
    providers = past.providers() if lent else {}
    if not lent <= set(providers):
        raise _gone(version)
    wanted: dict[str, set[tuple[str, str]]] = {}
    for source, batch, month in lent:
        wanted.setdefault(providers[source, batch, month], set()).add((source, month))
    for batch, parts in wanted.items():
        note, months = past.note(batch), {month for _, month in parts}
        assert note is not None  # it was asked what it holds
        members = {source: series for source, series in note.members.items() if (source, min(months)) in parts}
        notes[batch] = replace(note, members=members, is_part=len(members) < len(note.members))
        files.extend(life.file for life in past.latest(batch) if life.file.partition in months)


def _gone(version: int) -> Gone:
    return Gone(
        f"Version {version} of these readings is not kept any more.",
        where={"version": version},
        next_step="Ask for the present version.",
    )


def list_living(history: LogHistory, *, keep: timedelta | None, published: Collection[int], at: datetime) -> list[int]:
    """The versions that must stay readable: the present one, published ones, and those not replaced for long enough."""
    living = []
    for entry in history.entries:
        replaced = history.committed_at(entry.version + 1)
        is_young = keep is None or replaced is None or at - replaced < keep
        if is_young or entry.version in published:
            living.append(entry.version)
    return living


def vacuum(
    table: Table, *, keep: timedelta | None, published: Collection[int], at: datetime, grace: timedelta = GRACE
) -> Vacuumed:
    """Remove the files that no living version needs, and those that no version has ever held.

    The caller holds the table's lock.

    Parameters
    ----------
    keep
        How long a version stays readable after it was replaced; None is for good.
    published
        The versions that stay readable anyway.
    """
    past = Past(table)
    if past.readings.last < 0:
        return Vacuumed()
    living = list_living(past.readings, keep=keep, published=published, at=at)
    needed, batches = _needed(past, living)
    _drop_unused_rollups(table, batches)
    rolled = {life.place for life in past.rolled({batch_of(place) for place in needed})}
    gone = _unneeded(table.readings, past.readings, needed, at=at, grace=grace)
    gone += _unneeded(table.rollups, LogHistory.of(table.rollups), rolled, at=at, grace=grace)
    for found in gone:
        table.store.remove(found.path)
    _forget_notes(table, batches | {life.file.batch for life in past.readings.lives if past.is_there(life)})
    return Vacuumed(len(gone), sum(found.size for found in gone), len(past.readings.entries) - len(living))


def _needed(past: Past, living: list[int]) -> tuple[set[str], set[str]]:
    """The places of the readings that living versions need, and all batches that they speak of."""
    present, others = past.providers(only_present=True), past.providers()
    places: set[str] = set()
    batches: set[str] = set()
    for batch, lives in past.lives.items():
        wanted = [life for life in lives if _is_any_in(life, living)]
        if not wanted:
            continue
        batches.add(batch)
        parts = past.parts(batch, wanted)
        if parts is not None and parts <= set(present):
            places |= {life.place for life in wanted if life.removed is None}
            continue
        places |= {life.place for life in wanted}
        if parts is not None and not all(map(past.is_there, wanted)):
            lenders = {others[part] for part in parts if part in others}
            batches |= lenders
            places |= {life.place for lender in lenders for life in past.latest(lender)}
    return places, batches


def _is_any_in(life: FileLife, living: list[int]) -> bool:
    at = bisect_left(living, life.added)
    return at < len(living) and life.is_in(living[at])


def _drop_unused_rollups(table: Table, batches: Collection[str]) -> None:
    """Take rollups out of their table whose readings nobody asks for: those of work that died half done."""
    unused = [file for file in table.rollups.files() if file.batch not in batches]
    with suppress(Conflict):
        table.rollups.swap([], unused, fields=table.rollups.fields(), batch="")


def _unneeded(
    folder: DeltaFolder, history: LogHistory, needed: Collection[str], *, at: datetime, grace: timedelta
) -> list[Found]:
    known: Mapping[str, FileLife] = {life.place: life for life in history.lives}
    unneeded = []
    for found in folder.store.walk(folder.root):
        place = str(found.path.relative_to(folder.root))
        life = known.get(place)
        if found.path.suffix != ".parquet" or place.startswith("_delta_log/") or place in needed:
            continue
        if life is None:
            since = datetime.fromtimestamp(found.changed / 1000, UTC)
        elif life.removed is None:
            continue
        else:
            since = history.committed_at(life.removed) or at
        if at - since >= grace:
            unneeded.append(found)
    return unneeded


def _forget_notes(table: Table, batches: Collection[str]) -> None:
    store, folder = table.store, table.root / "batches"
    for name in store.names(folder):
        if name.endswith(".json") and name.removesuffix(".json") not in batches:
            store.remove(folder / name)
