"""DuckDB, opened the same way everywhere: no network, no surprises, UTC."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from fairwatt.core.errors import Cancelled, InvalidInput
from fairwatt.lake.limits import Limits

ROW_GROUP = 122_880
_VALUES_IN_GROUP = 8_000_000  # so that a group of a wide table stays small in memory
LITTLE = 4  # times smaller groups, where memory is short
_FEW_VALUES = 64  # of a column in a group
_FLOATS = {"DOUBLE", "FLOAT"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POLL_S = 0.1
# Where memory is short, what a task let go of goes back to the system, rather than from 128 MB on.
_GIVEN_BACK = {"allocator_flush_threshold": "1MB", "allocator_bulk_deallocation_flush_threshold": "1MB"}


def open_engine(
    *, memory_limit: str, threads: int, scratch: Path, database: str = ":memory:"
) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with everything that could leave the machine turned off.

    Parameters
    ----------
    memory_limit
        As DuckDB writes it, such as ``400MB``.
    scratch
        The folder for what does not fit into memory.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": str(threads),
        "temp_directory": str(scratch),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
    }
    if Limits(memory_limit, threads).is_little:
        config |= _GIVEN_BACK
    connection = duckdb.connect(database, config=config)
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    return connection


def quoted(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def parquet_options(columns: int, *, has_floats: bool = True, is_little: bool = False) -> str:
    """How every Parquet file is written: version 2 with its delta encodings, ZSTD, groups to fit the memory.

    Parameters
    ----------
    has_floats
        Whether a column may hold floats. They pack best as a list of the values met; the differences of whole numbers
        take half of the time and of the bytes that such a list takes, unless it is very short.
    is_little
        Whether memory is short: groups of wide tables are smaller then.
    """
    rows = group_rows(columns * LITTLE if is_little else columns)
    lists = "" if has_floats else f", DICTIONARY_SIZE_LIMIT {_FEW_VALUES}"
    return f"FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE {rows}{lists}"


def options_for(connection: duckdb.DuckDBPyConnection, rows: str, columns: int) -> str:
    """The :func:`parquet_options` of a query's rows."""
    kinds = {str(kind) for kind in connection.sql(rows).types}
    return parquet_options(columns, has_floats=bool(kinds & _FLOATS))


def group_rows(columns: int) -> int:
    """How many rows of so many columns are kept together in a file."""
    return max(2_048, min(ROW_GROUP, _VALUES_IN_GROUP // columns // 2_048 * 2_048))


def instant(micros: int) -> str:
    """A constant instant [µs since 1970, UTC] that a filter can prune by."""
    return f"TIMESTAMPTZ '{_written(micros)}+00'"


def wall(micros: int) -> str:
    """A constant stamp without zone [µs since 1970] that a filter can prune by."""
    return f"TIMESTAMP '{_written(micros)}'"


def _written(micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).strftime("%Y-%m-%d %H:%M:%S.%f")


def micros_of(moment: datetime) -> int:
    """An aware moment as µs since 1970, UTC, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def span_of(start: datetime | None, end: datetime | None) -> tuple[int | None, int | None]:
    """Two ends of a window as µs since 1970, None for an open one; raises InvalidInput where one has no zone."""
    if any(one is not None and one.tzinfo is None for one in (start, end)):
        raise InvalidInput("A time without a zone can't be placed.", where={"field": "start"})
    return None if start is None else micros_of(start), None if end is None else micros_of(end)


def moment_of(micros: int) -> datetime:
    """µs since 1970 as an aware moment in UTC."""
    return EPOCH + timedelta(microseconds=micros)


class Patient:
    """Run long statements so that they can be watched and stopped.

    Parameters
    ----------
    on_progress
        Called now and then with the share done, 0-1, and the stage's name, in the caller's own thread.
    is_cancelled
        Asked now and then, in the caller's own thread.
    """

    def __init__(
        self,
        on_progress: Callable[[float, str], object] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled

    def check(self, share: float, stage: str) -> None:
        """Report the progress, and stop here where somebody asked for it; raises Cancelled."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled("The reading of this file was cancelled; nothing of it is kept in the readings.")
        self.say(share, stage)

    def say(self, share: float, stage: str) -> None:
        """Report the progress, 0-1."""
        if self._on_progress is not None:
            self._on_progress(min(1.0, max(0.0, share)), stage)

    def run(
        self, connection: duckdb.DuckDBPyConnection, sql: str, *, stage: str, shares: tuple[float, float]
    ) -> list[Any]:
        """Run one statement and return its rows; ``shares`` are those done before and after it."""
        done: Future[list[Any]]
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="lake") as pool:
            finished = threading.Event()
            done = pool.submit(_run, connection, sql, finished)
            try:
                while not finished.wait(_POLL_S):
                    part = max(0.0, connection.query_progress()) / 100
                    self.check(shares[0] + part * (shares[1] - shares[0]), stage)
            except BaseException:
                connection.interrupt()
                finished.wait()
                raise
        return done.result()


def _run(connection: duckdb.DuckDBPyConnection, sql: str, finished: threading.Event) -> list[Any]:
    try:
        return connection.execute(sql).fetchall()
    finally:
        finished.set()
