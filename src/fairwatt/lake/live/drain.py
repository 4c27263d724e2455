"""The drain: takes acknowledged readings out of the log into their tables, one round after the other.

There is one for a lake at a time, held by a lock; it may be killed at any moment. What it has taken for a table stands
in that table's own manifest, together with the readings, so that nothing is taken twice or lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import duckdb

from fairwatt.lake.disk import is_disk_full, make_folder, write_whole
from fairwatt.lake.engine import open_engine
from fairwatt.lake.live.folding import fold
from fairwatt.lake.live.log import FOLDER, POSITIONS, bytes_behind, read_positions, segments_in
from fairwatt.lake.live.order import Order
from fairwatt.lake.live.segments import Record, read_segment
from fairwatt.lake.live.sifting import Sift
from fairwatt.lake.live.tail import (
    Tail,
    is_asked_to_fold,
    note_folded,
    read_tail,
    stamp_of,
    tail_lock,
    tail_root,
    write_tail,
)
from fairwatt.lake.tables import Table
from fairwatt.lake.work import is_locked, locked

log = logging.getLogger(__name__)

FOLD_AFTER_S = 600.0
FOLD_ROWS = 2_000_000
AMEND_AFTER_S = 3.0
KEEP_REPLACED_S = 3_600.0  # a reader may be reading a file that the manifest no longer lists
_ROUND_BYTES = 48 << 20
_COST = 10  # corrections rewrite files: at most every tenth of the time goes into it


@dataclass(frozen=True, slots=True)
class Drained:
    """What a round did.

    Attributes
    ----------
    tables
        By table, its tail after the round, where it changed.
    folded
        The tables that got a commit.
    is_behind
        Whether more waits already.
    fault
        What went wrong with a table; what waits for it stays in the log, and others were served.
    """

    tables: Mapping[str, Tail] = field(default_factory=dict)
    folded: tuple[str, ...] = ()
    is_behind: bool = False
    fault: Exception | None = None


@dataclass(slots=True)
class _State:
    tail: Tail
    folded_at: float = float("-inf")
    fold_s: float = 0.0
    is_sure: bool = False  # that its batch is not in the table already


class Drain:
    """Takes readings from the log into the tables of a lake; use as a context manager.

    Parameters
    ----------
    lake
        The lake's folder.
    table_of
        Gives a table by its name.
    is_known
        Whether readings of a table and source are still wanted: of those that are gone, what waits is dropped.
    attach
        Lets an engine read the files of tables, wherever they are stored.
    """

    def __init__(
        self,
        lake: Path,
        table_of: Callable[[str], Table],
        *,
        is_known: Callable[[str, str], bool] = lambda _table, _source: True,
        attach: Callable[[duckdb.DuckDBPyConnection], object] = lambda _engine: None,
        memory_limit: str = "300MB",
        threads: int = 2,
        clock: Callable[[], float] = time.time,
        fold_after_s: float = FOLD_AFTER_S,
    ) -> None:
        self.lake = lake
        self.folder = make_folder(lake / FOLDER)
        self._table_of, self._is_known, self._attach, self._clock = table_of, is_known, attach, clock
        self._fold_after_s = fold_after_s
        self._states: dict[str, _State] = {}
        self._replaced: list[tuple[float, Path]] = []
        self._memory, self._threads = memory_limit, threads
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._order = Order(self.folder / "order")
        self._clean_at = float("-inf")

    @property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._engine is None:
            scratch = make_folder(self.lake / "scratch")
            self._engine = open_engine(memory_limit=self._memory, threads=self._threads, scratch=scratch)
            self._engine.execute("SET enable_progress_bar = false")
            self._attach(self._engine)
        return self._engine

    def run_round(self, *, fold_all: bool = False) -> Drained:
        """Take what is there, and fold the tails that are due; ``fold_all`` folds all of them."""
        found, ends, is_behind = self._read_log()
        changed: dict[str, Tail] = {}
        fault: Exception | None = None
        for table, records in found.items():
            try:
                tail = self._take(table, records)
            except Exception as error:  # one table's trouble is not the others'
                fault = error
                self._states.pop(table, None)
                continue
            if tail is not None:
                changed[table] = tail
        if fault is None:
            self._note_positions(ends)
        folded = [name for name in self._tables() if self._fold_if_due(name, fold_all=fold_all)]
        changed.update({name: self._states[name].tail for name in folded})
        self._remove_replaced()
        return Drained(changed, tuple(folded), is_behind and fault is None, fault)

    def behind(self) -> int:
        """How many bytes of the log wait."""
        return bytes_behind(self.folder)

    def _read_log(self) -> tuple[dict[str, list[tuple[str, Record]]], dict[str, int], bool]:
        """The whole records that wait, by table and in their order; and how far each segment was read."""
        last = self._order.last()
        positions = read_positions(self.folder)
        ends: dict[str, int] = {}
        found: dict[str, list[tuple[str, Record]]] = {}
        left, is_behind = _ROUND_BYTES, False
        for path in segments_in(self.folder):
            at = positions.get(path.name, 0)
            is_over = _is_over(path)
            with contextlib.suppress(FileNotFoundError):
                if left <= 0:
                    is_behind = is_behind or path.stat().st_size > at
                    ends[path.name] = at
                    continue
                reading = read_segment(path, at, most_bytes=left, last_order=max(last, 1), is_over=is_over)
                left -= reading.end - at
                if reading.damaged:
                    log.error("%d bytes of the live log %s were damaged and passed over", reading.damaged, path.name)
                for record in reading.records:
                    found.setdefault(record.table, []).append((path.name, record))
                ends[path.name] = reading.end
                if is_over and reading.end >= path.stat().st_size:
                    ends[path.name] = -1
                is_behind = is_behind or not reading.is_whole
        for records in found.values():
            records.sort(key=lambda one: one[1].order)
        return found, ends, is_behind and bool(found)

    def _take(self, table: str, records: list[tuple[str, Record]]) -> Tail | None:
        with locked(tail_lock(self.lake, table)):
            return self._take_held(table, records)

    def _take_held(self, table: str, records: list[tuple[str, Record]]) -> Tail | None:
        state = self._state(table)
        self._leave_committed(table, state)
        taken = state.tail.taken
        fresh = [(name, record) for name, record in records if record.end > taken.get(name, 0)]
        if not fresh:
            return None
        source = fresh[-1][1].source
        if not self._is_known(table, source):
            return None
        tail = state.tail if state.tail.source == source else Tail(source=source, taken=taken)
        mine = [record for _, record in fresh if record.source == source]
        root = make_folder(tail_root(self.lake, table))
        base = self._table_of(table).snapshot()
        sifted = Sift(self._connection, root, base, tail).run(mine)
        ends = dict(taken)
        for name, record in fresh:
            ends[name] = max(ends.get(name, 0), record.end)
        present = {path.name for path in segments_in(self.folder)}
        ends = {name: end for name, end in ends.items() if name in present}
        state.tail = write_tail(root, replace(sifted.tail, taken=ends))
        now = time.monotonic()
        self._replaced += [(now, root / file.name) for file in sifted.replaced]
        return state.tail

    def _leave_committed(self, table: str, state: _State) -> None:
        """Begin a tail anew whose batch is in the table: whoever committed it died before it could say so.

        Nothing may be added to such a tail; it would count as committed too.
        """
        if state.is_sure:
            return
        if state.tail.files and self._table_of(table).readings.has_batch(state.tail.batch):
            state.tail = write_tail(tail_root(self.lake, table), state.tail.folded())
        state.is_sure = True

    def _note_positions(self, ends: Mapping[str, int]) -> None:
        """Write down how far the log is taken, and remove segments that nobody needs any more."""
        if not ends:
            return
        kept = {name: end for name, end in ends.items() if end >= 0}
        for name in ends.keys() - kept.keys():
            (self.folder / name).unlink(missing_ok=True)
        if kept != read_positions(self.folder):
            write_whole(self.folder / POSITIONS, json.dumps(kept).encode())

    def _tables(self) -> list[str]:
        root = self.lake / FOLDER / "tails"
        names = {entry.name for entry in root.iterdir() if entry.is_dir()} if root.is_dir() else set()
        for gone in self._states.keys() - names:
            del self._states[gone]
        return sorted(names)

    def _state(self, table: str) -> _State:
        root = tail_root(self.lake, table)
        state = self._states.get(table)
        if state is None:
            state = self._states[table] = _State(read_tail(root))
        elif state.tail.stamp != stamp_of(root):  # somebody else has taken something out of it
            state.tail, state.is_sure = read_tail(root), False
        return state

    def _fold_if_due(self, name: str, *, fold_all: bool) -> bool:
        state = self._state(name)
        root = tail_root(self.lake, name)
        is_asked = is_asked_to_fold(root)
        if is_asked and not state.tail.files:
            note_folded(root)
        if not state.tail.files or not (fold_all or is_asked or self._is_due(state)):
            return False
        if not self._is_known(name, state.tail.source):
            return False
        table = self._table_of(name)
        if is_locked(table.lock_path) and not fold_all:  # somebody writes a file: others need not wait for it
            return False
        begun = time.monotonic()
        with locked(tail_lock(self.lake, name)):
            files = self._state(name).tail.files
            state.is_sure = False
            state.tail = fold(self._connection, table, state.tail, root=root, work=self.lake / "work")
            state.is_sure = True
        note_folded(root)
        state.folded_at = time.monotonic()
        state.fold_s = state.folded_at - begun
        self._replaced += [(state.folded_at, root / file.name) for file in files]
        return True

    def _is_due(self, state: _State) -> bool:
        tail, now = state.tail, time.monotonic()
        if tail.rows >= FOLD_ROWS:
            return True
        if tail.amended and now - state.folded_at >= max(AMEND_AFTER_S, _COST * state.fold_s):
            return True
        age_s = self._clock() - tail.since_ns / 1e9
        return not -60 <= age_s < self._fold_after_s  # noqa: PLR2004 - a clock that was set back ends the wait too

    def _remove_replaced(self) -> None:
        now = time.monotonic()
        while self._replaced and now - self._replaced[0][0] >= KEEP_REPLACED_S:
            self._replaced.pop(0)[1].unlink(missing_ok=True)
        if now - self._clean_at >= KEEP_REPLACED_S:
            self._clean_at = now
            self._remove_orphans()

    def _remove_orphans(self) -> None:
        """Remove files that no manifest lists: those of a drain that was killed, or replaced by an earlier one."""
        waiting = {path for _, path in self._replaced}
        for name in self._tables():
            root = tail_root(self.lake, name)
            listed = {file.name for file in self._state(name).tail.files}
            for path in root.glob("tail-*.parquet"):
                with contextlib.suppress(FileNotFoundError):
                    is_old = time.time() - path.stat().st_mtime > KEEP_REPLACED_S
                    if path.name not in listed and path not in waiting and is_old:
                        path.unlink()

    def start_afresh(self) -> None:
        """Forget what is held in memory, after a fault: the disk says what is so."""
        self._states.clear()
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the engine."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._order.close()


def _is_over(path: Path) -> bool:
    """Whether no process appends to a segment any more."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


@contextlib.contextmanager
def only_drain(lake: Path) -> Iterator[bool]:
    """Hold the right to drain a lake; yields False where another process or thread has it."""
    file = os.open(make_folder(lake / FOLDER) / "drain.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(file)


def says_full(error: BaseException) -> bool:
    """Whether a round failed because the disk is full: it is tried again, and the log keeps what waits."""
    return is_disk_full(error)
