"""The one door to a lake's upkeep, by the names of its tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from fairwatt.lake.disk import full_disk_said, make_folder
from fairwatt.lake.engine import Patient, open_engine
from fairwatt.lake.limits import Limits
from fairwatt.lake.live.erasing import erase_live_source, erase_live_table, forget_taken, refuse_waiting
from fairwatt.lake.made import MadeExports
from fairwatt.lake.raw import RawStore
from fairwatt.lake.stores import Store
from fairwatt.lake.tables import Table
from fairwatt.lake.upkeep.checking import Checked, Damage, check_log, check_raw, check_table
from fairwatt.lake.upkeep.erasing import Erased, erase_series, erase_source, erase_table
from fairwatt.lake.upkeep.measuring import TableSize, measure_table
from fairwatt.lake.upkeep.merging import LEAST_FILES, Merged, find_groups, merge_small_files
from fairwatt.lake.upkeep.moving import Moved, copy_store
from fairwatt.lake.upkeep.noticing import damage_said
from fairwatt.lake.upkeep.recoding import Recoded, recode
from fairwatt.lake.upkeep.rerolling import make_lost_rollups, without_rollups
from fairwatt.lake.upkeep.versions import GRACE, Vacuumed, vacuum
from fairwatt.lake.work import WorkFolder


class Upkeep:
    """What keeps a lake in order. Safe beside readers and writers; each change is one commit or none.

    Parameters
    ----------
    open_table
        Gives a table by its name.
    clear
        Clears away what processes that died left behind.
    """

    def __init__(
        self,
        root: Path,
        *,
        raw: RawStore,
        store: Store,
        made: MadeExports,
        limits: Limits,
        open_table: Callable[[str], Table],
        clear: Callable[[], int],
    ) -> None:
        self._root, self._work = root, root / "work"
        self._raw, self._store, self._made, self._limits = raw, store, made, limits
        self._table, self._clear = open_table, clear

    def wants_merging(self, table: str, *, least: int = LEAST_FILES) -> bool:
        """Whether a table has a month with at least ``least`` small files of a kind, or lacks rollups."""
        snapshot = self._table(table).snapshot()
        return bool(without_rollups(snapshot) or find_groups(snapshot, least=least))

    def merge(self, table: str, *, least: int = LEAST_FILES, patient: Patient | None = None) -> Merged:
        """Merge a table's small files into one a month, where a month has at least ``least`` of a kind.

        Rollups that were lost, as a program died between two commits, are made first.

        The rows, and what any question about them is answered, stay the same.

        Raises
        ------
        Conflict
            Where a file was replaced meanwhile; nothing is changed.
        DamagedData
            Where a file that was to be merged can't be read; nothing is changed.
        Cancelled
            Where the patient was told to stop; nothing is changed.
        """
        held, patient = self._table(table), patient or Patient()
        with damage_said(held, held.snapshot()):
            with self._working() as work:
                make_lost_rollups(held, work=work, limits=self._limits, patient=patient)
            with self._working() as work:
                return merge_small_files(held, work=work, limits=self._limits, patient=patient, least=least)

    def recode(self, table: str, *, level: int, patient: Patient | None = None) -> Recoded:
        """Write a table's readings anew with ZSTD at ``level`` where that saves bytes: see :func:`recode`."""
        with self._working() as work:
            return recode(self._table(table), level=level, work=work, limits=self._limits, patient=patient or Patient())

    def vacuum(
        self,
        table: str,
        *,
        keep: timedelta | None,
        published: Collection[int],
        at: datetime,
        grace: timedelta = GRACE,
    ) -> Vacuumed:
        """Remove what no living version of a table needs: see :func:`fairwatt.lake.upkeep.versions.vacuum`."""
        self._clear()
        held = self._table(table)
        with held.lock():
            return vacuum(held, keep=keep, published=published, at=at, grace=grace)

    def measure(self, table: str) -> TableSize:
        """What a table takes up."""
        return measure_table(self._table(table))

    def check_original(self, sha256: str, size: int) -> Damage | None:
        """Hash an original again and compare; None where it is as it was received."""
        return check_raw(self._raw, sha256, size)

    def check(
        self,
        table: str,
        *,
        most_bytes: int | None = None,
        cursor: str = "",
        seed: int = 0,
        patient: Patient | None = None,
    ) -> Checked:
        """Check a table's files: see :func:`fairwatt.lake.upkeep.checking.check_table`."""
        held, patient = self._table(table), patient or Patient()
        if damage := check_log(held):
            return Checked(damages=(damage,))
        scratch = make_folder(self._root / "scratch")
        with open_engine(memory_limit=self._limits.memory, threads=self._limits.threads, scratch=scratch) as engine:
            return check_table(
                held,
                engine,
                most_bytes=most_bytes,
                cursor=cursor,
                seed=seed,
                check=lambda share: patient.check(share, "Checking the tables"),
            )

    def erase_source(self, table: str, source: str) -> Erased:
        """Remove a source from every version of a table; doing it again does no harm."""
        self._clear()
        with full_disk_said():
            erase_live_source(self._root, table, source)
            erased = erase_source(self._table(table), source, work=self._work, limits=self._limits)
        self._made.forget(table)
        return erased

    def erase_series(self, table: str, series: str, *, patient: Patient | None = None) -> Erased:
        """Remove a series from every version of a table; doing it again does no harm.

        Raises
        ------
        SourceUnavailable
            Where live readings of it are still on their way into the table.
        """
        self._clear()
        refuse_waiting(self._root, table, series)
        with full_disk_said():
            erased = erase_series(
                self._table(table), series, work=self._work, limits=self._limits, patient=patient or Patient()
            )
            forget_taken(self._root, table)
        self._made.forget(table)
        return erased

    def erase_table(self, table: str) -> Erased:
        """Remove a table with all its versions; doing it again does no harm."""
        self._clear()
        with full_disk_said():
            erase_live_table(self._root, table)
            erased = erase_table(self._table(table))
        self._made.forget(table)
        return erased

    def sources_of(self, table: str, series: str) -> list[str]:
        """The sources that have ever brought rows of a series, as far as the present version tells."""
        notes = self._table(table).snapshot().notes.values()
        return sorted({source for note in notes for source, names in note.series_by_source.items() if series in names})

    def move(self, target: Store, *, check: Callable[[float], object] = lambda _share: None) -> Moved:
        """Copy originals and tables to another store, verified; nobody may write to this one during the last run."""
        make_folder(self._work)
        self._raw.send()
        moved = copy_store(self._store, target, work=self._work, check=check)
        return replace(moved, waiting=self._raw.waiting())

    @contextmanager
    def _working(self) -> Iterator[WorkFolder]:
        self._clear()
        with full_disk_said(), WorkFolder.new(self._work) as work:
            yield work
