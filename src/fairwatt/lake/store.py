"""The lake's one door."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from fairwatt.core.errors import InvalidInput
from fairwatt.core.files.local_time import load_zone
from fairwatt.core.files.profile import ImportProfile
from fairwatt.core.resolutions import Resolution
from fairwatt.lake.aggregating import DEFAULT_STATISTICS
from fairwatt.lake.bulk.door import Bulk, open_bulk
from fairwatt.lake.disk import make_folder
from fairwatt.lake.engine import open_engine, span_of
from fairwatt.lake.exports import Format, export_stream, question_of, read_batches
from fairwatt.lake.ingesting import ingest_file
from fairwatt.lake.limits import Limits
from fairwatt.lake.live.drain import Drain
from fairwatt.lake.live.log import LiveLog
from fairwatt.lake.live.tail import Tail, read_tail, remove_tail, tail_lock, tail_root
from fairwatt.lake.live.uniting import Unity
from fairwatt.lake.locks import locked
from fairwatt.lake.made import Export, MadeExports
from fairwatt.lake.matrix import Matrix, matrix_question, read_matrix
from fairwatt.lake.opening import Readable, opened
from fairwatt.lake.outgoing import Outgoing
from fairwatt.lake.raw import RawStore
from fairwatt.lake.results import IngestResult, WindowFrame
from fairwatt.lake.selecting import Selection
from fairwatt.lake.stores import open_store
from fairwatt.lake.tables import Snapshot, Table, checked_name
from fairwatt.lake.upkeep.door import Upkeep
from fairwatt.lake.upkeep.noticing import damage_said
from fairwatt.lake.upkeep.parting import set_apart
from fairwatt.lake.upkeep.versions import snapshot_of
from fairwatt.lake.wide import check_wide, wide_name, wide_stream
from fairwatt.lake.windows import read_window
from fairwatt.lake.work import Intent, clear_abandoned

_T = TypeVar("_T")
SMALL_EXPORT = 2_000_000  # values: made in about a second
LEAST_BYTES = {"csv": 2.0, "json": 10.0, "arrow": 8.0, "parquet": 0.05}  # a value, at least


class Lake:
    """Bytes at rest: raw files by their hash, readings as open tables, and one door to ask them.

    Safe for many threads and processes at once.

    Parameters
    ----------
    root
        The lake's folder; made where it is absent.
    memory_limit, threads
        What DuckDB may take, for reading and again for an ingest.
    kept_bytes
        What finished exports may take up on the disk; 0 keeps none.
    store
        The object store that keeps raw files and tables, see :func:`fairwatt.lake.stores.open_store`; blank for the
        lake's own folder.
    cache_bytes
        What copies of its files may take up on this machine.
    """

    def __init__(
        self,
        root: Path,
        *,
        memory_limit: str = "400MB",
        threads: int = 2,
        kept_bytes: int = 2_000_000_000,
        store: str = "",
        cache_bytes: int = 20_000_000_000,
    ) -> None:
        self.root = Path(root)
        self.store = open_store(store, home=self.root, cache_bytes=cache_bytes)
        self.raw = RawStore(self.store, None if self.store.is_local else Outgoing(self.root / "outgoing", self.store))
        self._limits = Limits(memory_limit, threads)
        self._work = self.root / "work"
        self._made = MadeExports(self.root / "made", most_bytes=kept_bytes)
        self._tables: dict[str, Table] = {}
        self._unity = Unity(self.root)
        self._live_log: LiveLog | None = None
        self._guard = threading.Lock()
        self._engine: duckdb.DuckDBPyConnection | None = None

    def readable(self, sha256: str, *, max_ratio: int, name: str) -> AbstractContextManager[Readable]:
        """Open a raw file for reading, unpacked where it is a gzip or a zip of one file.

        Parameters
        ----------
        max_ratio
            How many times larger than the file its content may be; 64 MiB may come out of any.
        name
            What messages call the file.

        Raises
        ------
        NotFound
            Where the store holds no such file.
        UnreadableFile
            Where a gzip or zip is cut off or damaged.
        TooLarge
            Where the content passes the guard.
        StorageFull
            Where there is no room for the unpacked file.
        """
        self.raw.size(sha256)
        return opened(self.raw.path(sha256), work=self._work, max_ratio=max_ratio, name=name)

    def ingest(
        self,
        path: Path,
        profile: ImportProfile,
        *,
        table: str,
        source: str,
        name: str,
        on_progress: Callable[[float, str], object] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        pseudonym: Callable[[str], str] | None = None,
    ) -> IngestResult:
        """Read a text file by its profile into a table, in the place of what ``source`` had there.

        Readers see all of it or none of it, whenever this process ends. Work that an earlier process left
        behind is cleared away first.

        Parameters
        ----------
        path
            A readable file, as :meth:`readable` gives it.
        profile
            How to read it; its time zone must be known.
        table, source
            The dataset's table, and the file's key in it.
        name
            What messages call the file.
        on_progress
            Called with the share done, 0-1, and a stage's name.
        is_cancelled
            Asked several times a second.
        pseudonym
            What stands for the number of a supply point, where the series are such numbers; without it they are
            stored as they are.

        Raises
        ------
        UnreadableFile
            Where no row has a valid stamp.
        InvalidInput
            Where the time zone is not known, or a channel does not fit the table.
        TooLarge
            Where its columns do not fit into the memory; about a thousand fit into 400 MB.
        StorageFull
            Where the disk is full; the table is as it was.
        Cancelled
            Where ``is_cancelled`` said so; the table is as it was.
        """
        self.clear_abandoned()
        result = ingest_file(
            Path(path),
            profile,
            table=self._table(table),
            source=source,
            name=name,
            work=self._work,
            limits=self._limits,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
            pseudonym=pseudonym,
        )
        self._made.forget(table)
        return result

    def remove_source(self, table: str, source: str) -> bool:
        """Take a source's readings out of a table and off the disk; return whether there were any."""
        held = self._table(table)
        with locked(tail_lock(self.root, table)), held.lock():
            set_apart(held, checked_name(source, "source"), work=self._work, limits=self._limits)
            was_there = held.remove_source(source)
            if self.tail(table).source == source:
                was_there = remove_tail(tail_root(self.root, table)) or was_there
        self._made.forget(table)
        return was_there

    @property
    def upkeep(self) -> Upkeep:
        """What keeps the lake in order over the years."""
        return Upkeep(
            self.root,
            raw=self.raw,
            store=self.store,
            made=self._made,
            limits=self._limits,
            open_table=self._table,
            clear=self.clear_abandoned,
        )

    def version(self, table: str) -> int:
        """Number of a table's present version, -1 where there is none; every commit makes another."""
        return self._table(table).readings.version

    def fields(self, table: str) -> dict[str, str]:
        """The channels' columns of a table with their SQL types; empty where there is no table."""
        return dict(self._present(table).fields)

    def series(self, table: str) -> list[str]:
        """The series of a table, sorted."""
        return self._present(table).series

    def sources(self, table: str) -> list[str]:
        """The sources whose readings a table holds, sorted."""
        return sorted(self.series_by_source(table))

    def series_by_source(self, table: str) -> dict[str, tuple[str, ...]]:
        """The series that each source brought to a table."""
        found: dict[str, set[str]] = {}
        for note in self._present(table).notes.values():
            for source, series in note.series_by_source.items():
                found.setdefault(source, set()).update(series)
        return {source: tuple(sorted(series)) for source, series in found.items()}

    def window(
        self,
        table: str,
        *,
        fields: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        points: int = 2000,
        sources: Iterable[str] | None = None,
        series: Iterable[str] | str | None = None,
        version: int | None = None,
        resolution: Resolution | None = None,
    ) -> WindowFrame:
        """Readings of [start, end) for drawing: at most ``points`` rows of minimum, mean and maximum.

        The readings themselves come where they are no more than ``points``, else buckets, aligned to 1970,
        made of the coarsest rollup that answers exactly; or those of a ``resolution``. Rows of several series at
        one time are taken together where ``series`` does not choose. ``version`` is an earlier version of the
        table, as :meth:`version` numbered it then.

        Raises
        ------
        NotFound
            Where the table has no such field, or no such version.
        Gone
            Where that version is not kept any more.
        InvalidInput
            Where a field holds text, or the resolution has more buckets than ``points``.
        DamagedData
            Where a file was changed or removed behind the lake's back.
        """
        snapshot = self._as_of(table, version)
        selection = Selection.of(snapshot, fields, sources, series)
        damaged = damage_said(self._table(table), snapshot)
        with damaged, self.store.trouble_said(), self._cursor() as cursor:
            begin, stop = span_of(start, end)
            return read_window(cursor, selection, begin=begin, end=stop, points=points, resolution=resolution)

    def batches(
        self,
        table: str,
        *,
        fields: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        sources: Iterable[str] | None = None,
        series: Iterable[str] | str | None = None,
        statistics: Sequence[str] = DEFAULT_STATISTICS,
        version: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Stream readings of [start, end) in the order of time, in constant memory.

        Parameters
        ----------
        resolution
            The buckets that readings are gathered into, made of the coarsest rollup that answers exactly; None for
            the readings themselves.
        statistics
            With a resolution, each field comes as ``<field>_<statistic>``: of mean, min, max, count, sum.

        Returns
        -------
        Iterator of pyarrow.RecordBatch
            ``start`` (µs, UTC), ``series`` where there are several, then the fields; decimals as decimals.
            Settlement periods have ``settlement_date`` and ``settlement_period`` before the fields.
        """
        snapshot = self._as_of(table, version)
        selection = Selection.of(snapshot, fields, sources, series)
        question = question_of(selection, start, end, resolution, tuple(statistics))
        return self._told(read_batches(self._cursor, question), table, snapshot)

    def export(
        self,
        table: str,
        *,
        format: Format,  # noqa: A002 - the word that callers know
        fields: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        zone: str = "UTC",
        sources: Iterable[str] | None = None,
        series: Iterable[str] | str | None = None,
        statistics: Sequence[str] = DEFAULT_STATISTICS,
        version: int | None = None,
    ) -> Export:
        """Ask for readings as ``csv``, ``json`` (an array of records), ``parquet`` or ``arrow`` (IPC stream).

        As :meth:`batches`; CSV and JSON write times as ISO 8601 with the offset of ``zone``, Parquet and Arrow
        in UTC. What is asked is checked at once; nothing is made before the export is streamed or made a file.
        Closing its stream stops the work.
        """
        load_zone(zone)
        if format not in {"csv", "json", "parquet", "arrow"}:
            raise InvalidInput(f"Readings can't be had as '{format}'.", where={"field": "format"})
        snapshot = self._as_of(table, version)
        question = question_of(
            Selection.of(snapshot, fields, sources, series), start, end, resolution, tuple(statistics)
        )
        told = zone if format in {"csv", "json"} else ""
        return Export(
            store=self._made,
            table=table,
            key=f"{question.name}-{format}-{sha256(told.encode()).hexdigest()[:8]}",
            is_small=question.scanned <= SMALL_EXPORT,
            is_exact=question.is_exact,
            least_bytes=round(question.values * LEAST_BYTES[format]),
            chunks=lambda: self._told(export_stream(self._cursor, question, format, zone), table, snapshot),
            is_current=lambda: version is not None or self._present(table) is snapshot,
            is_costly=format != "arrow" or resolution is not None,
        )

    def matrix(
        self,
        table: str,
        *,
        field: str,
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        statistic: str = "mean",
        sources: Iterable[str] | None = None,
        series: Iterable[str] | str | None = None,
        is_exact: bool = False,
    ) -> Matrix:
        """One channel of many series in [start, end) as a matrix: a row each bucket, a column each series.

        Parameters
        ----------
        resolution
            The buckets; None for the readings' own usual step.
        statistic
            Which of mean, min, max, count and sum stands for a bucket of several readings.
        is_exact
            Whether values come as whole numbers of their last decimal instead of floats.

        Raises
        ------
        NotFound
            Where the table has no such field.
        InvalidInput
            Where it holds text, or an exact answer does not exist.
        InsufficientData
            Where the readings have no usual step and no resolution is given.
        TooLarge
            Where it has more than 100 million cells.
        """
        snapshot = self._present(table)
        selection = Selection.of(snapshot, [field], sources, series)
        with damage_said(self._table(table), snapshot), self.store.trouble_said():
            span = span_of(start, end)
            question = matrix_question(self._cursor, selection, span, resolution, statistic, is_exact=is_exact)
            return read_matrix(self._cursor, question)

    def wide_export(
        self,
        table: str,
        *,
        format: Format,  # noqa: A002 - the word that callers know
        field: str,
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        statistic: str = "mean",
        zone: str = "UTC",
        sources: Iterable[str] | None = None,
        series: Iterable[str] | str | None = None,
        version: int | None = None,
    ) -> Export:
        """Ask for :meth:`matrix` as ``csv``, ``parquet`` or ``arrow``, of any length, as :meth:`export` hands it out.

        Readings as they are come in their own decimals, all else as floats.
        """
        load_zone(zone)
        snapshot = self._as_of(table, version)
        selection = Selection.of(snapshot, [field], sources, series)
        is_exact = resolution is None and snapshot.fields[field].startswith("DECIMAL")
        span = span_of(start, end)
        question = matrix_question(self._cursor, selection, span, resolution, statistic, is_exact=is_exact)
        check_wide(question, format)
        cells = question.rows * len(question.series)
        told = zone if format == "csv" else ""
        return Export(
            store=self._made,
            table=table,
            key=f"{wide_name(question)}-{format}-{sha256(told.encode()).hexdigest()[:8]}",
            is_small=cells <= SMALL_EXPORT,
            is_exact=snapshot.fields[field] != "DOUBLE",
            least_bytes=cells // 8,
            chunks=lambda: self._told(wide_stream(self._cursor, question, format, zone), table, snapshot),
            is_current=lambda: version is not None or self._present(table) is snapshot,
        )

    @contextmanager
    def bulk(self, engine: str = "duckdb") -> Iterator[Bulk]:
        """Open work over whole tables by DuckDB here, or by Spark: see :func:`fairwatt.lake.bulk.door.open_bulk`."""
        scratch = make_folder(self.root / "scratch")
        opening = open_bulk(engine, snapshot_of=self._present, limits=self._limits, scratch=scratch)
        with self.store.trouble_said(), opening as bulk:
            yield bulk

    def clear_abandoned(self) -> int:
        """Clear away what processes that died left behind; return how many pieces of work."""

        def take_back(intent: Intent) -> None:
            self._table(intent.table).take_back(intent)

        return clear_abandoned(self._work, take_back)

    def _told(self, parts: Iterator[_T], table: str, snapshot: Snapshot) -> Iterator[_T]:
        """Hand a stream on, and say what is the matter where the store is in trouble or a file is damaged."""
        with damage_said(self._table(table), snapshot), self.store.trouble_said():
            yield from parts

    @property
    def live_log(self) -> LiveLog:
        """This process's end of the write-ahead log of live readings."""
        with self._guard:
            if self._live_log is None:
                self._live_log = LiveLog(self.root)
            return self._live_log

    def drain(self, is_known: Callable[[str, str], bool]) -> Drain:
        """What takes live readings out of the log into the tables; one at a time for a lake.

        Parameters
        ----------
        is_known
            Whether readings of a table and a source are still wanted.
        """
        return Drain(self.root, self._table, is_known=is_known, attach=self.store.attach, clear=self.clear_abandoned)

    def tail(self, table: str) -> Tail:
        """What has come of a table's live readings, and what of it waits for a commit."""
        return read_tail(tail_root(self.root, checked_name(table, "table")))

    def _present(self, table: str) -> Snapshot:
        """A table's present version, with the live readings that are not in it yet."""
        return self._unity.snapshot(self._table(table))

    def _as_of(self, table: str, version: int | None) -> Snapshot:
        return self._present(table) if version is None else snapshot_of(self._table(table), version)

    def _table(self, name: str) -> Table:
        with self._guard:
            if name not in self._tables:
                self._tables[name] = Table(self.store, name)
            return self._tables[name]

    def wake(self) -> None:
        """Open the engine, so that nobody who asks has to wait for it."""
        self._cursor().close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._guard:
            if self._engine is None:
                scratch = make_folder(self.root / "scratch")
                self._engine = open_engine(
                    memory_limit=self._limits.memory, threads=self._limits.threads, scratch=scratch
                )
                self.store.attach(self._engine)
            return self._engine.cursor()
