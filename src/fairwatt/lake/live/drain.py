"""The drain: takes acknowledged readings out of the log into their tables, one round after the other.

There is one for a lake at a time, held by a lock; it may be killed at any moment. What it has taken for a table stands
in that table's own manifest, together with the readings, so that nothing is taken twice or lost.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import duckdb

from fairwatt.lake.disk import is_disk_full, make_folder, write_whole
from fairwatt.lake.engine import open_engine
from fairwatt.lake.live.folding import fold
from fairwatt.lake.live.log import FOLDER, POSITIONS, bytes_behind, read_positions, segments_in
from fairwatt.lake.live.order import Order
from fairwatt.lake.live.segments import BLANK, ENDING, Record, read_segment
from fairwatt.lake.live.sifting import Sift
from fairwatt.lake.live.tail import (
    Tail,
    is_asked_to_fold,
    note_folded,
    read_tail,
    stamp_of,
    tail_lock,
    tail_root,
    unlisted,
    write_tail,
)
from fairwatt.lake.live.waiting import Waiting, set_apart, tails_held
from fairwatt.lake.locks import held_now, is_locked
from fairwatt.lake.tables import Table

log = logging.getLogger(__name__)

FOLD_AFTER_S = 600.0
FOLD_ROWS = 2_000_000
AMEND_AFTER_S = 3.0
KEEP_REPLACED_S = 3_600.0  # a reader may be reading a file that the manifest no longer lists
LONGEST_REST_S = 60.0  # of a table that is in trouble, before it is tried again
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
        What went wrong with a table just now; what waits for it stays where it is, and others were served.
    resting
        The tables that are in trouble, or that somebody else is changing; they are tried again later.
    """

    tables: Mapping[str, Tail] = field(default_factory=dict)
    folded: tuple[str, ...] = ()
    is_behind: bool = False
    fault: Exception | None = None
    resting: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    tail: Tail
    folded_at: float = float("-inf")
    fold_s: float = 0.0
    is_sure: bool = False  # that its batch is not in the table already


@dataclass(slots=True)
class _Log:
    """What was read of the log: whole records by table in their order, and how far each segment was read."""

    found: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)  # segments that nobody writes any more, read to their end
    is_behind: bool = False


@dataclass(slots=True)
class _Rest:
    """Tables that are let be for a while, each longer after every trouble."""

    until: dict[str, float] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)

    def begin(self, table: str, *, is_fault: bool) -> None:
        """Let a table be: until the next round where it is in no trouble itself."""
        self.faults[table] = self.faults.get(table, 0) + is_fault
        pause_s = min(2.0 ** self.faults[table], LONGEST_REST_S) if is_fault else 0.0
        self.until[table] = time.monotonic() + pause_s

    def end_those_due(self) -> bool:
        """Whether any table is to be tried again."""
        now = time.monotonic()
        due = [table for table, until in self.until.items() if until <= now]
        for table in due:
            del self.until[table]
        return bool(due)

    def forget(self, table: str) -> None:
        """Say that all is well with a table."""
        self.faults.pop(table, None)

    @property
    def in_trouble(self) -> frozenset[str]:
        """The tables that are, resting or about to be tried again."""
        return frozenset(table for table, faults in self.faults.items() if faults)

    def clear(self) -> None:
        """Try all again."""
        self.until.clear()
        self.faults.clear()


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
    clear
        Clears away what work that died left behind.
    """

    def __init__(
        self,
        lake: Path,
        table_of: Callable[[str], Table],
        *,
        is_known: Callable[[str, str], bool] = lambda _table, _source: True,
        attach: Callable[[duckdb.DuckDBPyConnection], object] = lambda _engine: None,
        clear: Callable[[], object] = lambda: None,
        memory_limit: str = "300MB",
        threads: int = 2,
        clock: Callable[[], float] = time.time,
        fold_after_s: float = FOLD_AFTER_S,
    ) -> None:
        self.lake = lake
        self.folder = make_folder(lake / FOLDER)
        self._table_of, self._is_known, self._attach, self._clock = table_of, is_known, attach, clock
        self._fold_after_s = fold_after_s
        self._clear = clear
        self._states: dict[str, _State] = {}
        self._resting, self._unfolded = _Rest(), _Rest()
        self._ahead: dict[str, int] = {}  # how far the log was read beyond what is noted, while a table rests
        self._waiting = Waiting(self.folder)
        self._apart: dict[str, frozenset[str]] = {}  # segments that hold nothing but what waits for these tables
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
        """Take what is there, and fold the tails that are due; ``fold_all`` folds all of them.

        A table that is in trouble rests for a while, and keeps no other from being served.
        """
        if self._resting.end_those_due():
            self._ahead.clear()  # what it left stands in the log from the noted place on
            self._waiting.begin()
        read = self._read_log()
        faults: list[Exception] = []
        changed: dict[str, Tail] = {}
        for table, records in read.found.items():
            if table in self._resting.until:
                continue
            with self._in_trouble(table, self._resting, faults):
                tail = self._take(table, records)
                if tail is not None:
                    changed[table] = tail
        self._leave(read)
        folded = self._fold(faults, fold_all=fold_all)
        changed.update({name: self._states[name].tail for name in folded})
        self._remove_replaced()
        resting = tuple(sorted(self._resting.until.keys() | self._unfolded.until.keys()))
        return Drained(changed, tuple(folded), read.is_behind, faults[0] if faults else None, resting)

    def _leave(self, read: _Log) -> None:
        """Note how far the log was read; what rests waits in it, and nothing else does for long."""
        resting = frozenset(self._resting.until)
        for table in resting & read.found.keys():
            self._waiting.add(table, sum(len(record.payload) for _, record in read.found[table]))
        self._waiting.tell(self._resting.in_trouble, is_whole=not read.is_behind)
        if not resting:
            self._ahead = {}
            self._apart.clear()
            self._waiting.begin()
            self._note_positions(read)
            return
        self._ahead = read.ends
        for name in read.done:
            if name not in self._apart or not self._apart[name] <= resting:
                self._set_apart(name, resting)

    def _set_apart(self, name: str, resting: frozenset[str]) -> None:
        """Leave in a segment only what waits for these tables; where the disk has no room for it, later."""
        with tails_held(self.lake, resting) as is_mine, contextlib.suppress(OSError):
            if is_mine and (rest := set_apart(self.lake, self.folder / name, resting)) is not None:
                self._apart[rest.name] = resting
                self._ahead[rest.name] = rest.stat().st_size

    @contextlib.contextmanager
    def _in_trouble(self, table: str, rest: _Rest, faults: list[Exception]) -> Iterator[None]:
        """Let a table rest that is in trouble: one table's trouble is not the others'."""
        try:
            yield
        except Exception as error:
            faults.append(error)
            self._states.pop(table, None)
            rest.begin(table, is_fault=True)
            self._close_engine()  # it may be the engine that is ill
        else:
            rest.forget(table)

    def _fold(self, faults: list[Exception], *, fold_all: bool) -> list[str]:
        self._unfolded.end_those_due()
        folded = []
        for name in self._tables():
            if name in self._unfolded.until and not fold_all:
                continue
            with self._in_trouble(name, self._unfolded, faults):
                if self._fold_if_due(name, fold_all=fold_all):
                    folded.append(name)
        return folded

    def behind(self) -> int:
        """How many bytes of the log wait."""
        return bytes_behind(self.folder)

    def _read_log(self) -> _Log:
        """The whole records that wait, a bounded lot of them."""
        last = self._order.last()
        positions = read_positions(self.folder) | self._ahead
        read, left, highest = _Log(), _ROUND_BYTES, 0
        for path in segments_in(self.folder):
            at = positions.get(path.name, 0)
            is_over = not is_locked(path)
            with contextlib.suppress(FileNotFoundError):
                if left <= 0:
                    read.is_behind = read.is_behind or path.stat().st_size > at
                    read.ends[path.name] = at
                    continue
                # Whoever wrote a segment that is over is gone: it has all its records, whatever the counter says.
                upto = None if is_over else max(last, 1)
                reading = read_segment(path, at, most_bytes=left, last_order=upto, is_over=is_over)
                left -= reading.end - at
                if reading.damaged:
                    log.error("%d bytes of the live log %s were damaged and passed over", reading.damaged, path.name)
                for record in reading.records:
                    read.found.setdefault(record.table, []).append((path.name, record))
                    highest = max(highest, record.order)
                read.ends[path.name] = reading.end
                if is_over and reading.end >= path.stat().st_size:
                    read.done.add(path.name)
                read.is_behind = read.is_behind or not reading.is_whole
        if highest > last:  # a counter that a power cut left behind the log
            self._order.raise_to(highest)
        read.found.pop(BLANK, None)
        for records in read.found.values():
            records.sort(key=lambda one: one[1].order)
        read.is_behind = read.is_behind and bool(read.found)
        return read

    def _take(self, table: str, records: list[tuple[str, Record]]) -> Tail | None:
        with held_now(tail_lock(self.lake, table)) as is_mine:
            if is_mine:
                return self._take_held(table, records)
        self._resting.begin(table, is_fault=False)
        return None

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

    def _note_positions(self, read: _Log) -> None:
        """Write down how far the log is taken, and remove segments that nobody needs any more."""
        if not read.ends:
            return
        for name in read.done:
            (self.folder / name).unlink(missing_ok=True)
        kept = {name: end for name, end in read.ends.items() if name not in read.done}
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
        table = self._table_of(name)
        if is_locked(table.lock_path) and not fold_all:  # somebody writes a file: others need not wait for it
            return False
        with held_now(tail_lock(self.lake, name)) as is_mine:
            return is_mine and self._fold_held(name, table, root)

    def _fold_held(self, name: str, table: Table, root: Path) -> bool:
        state = self._state(name)
        files, begun = state.tail.files, time.monotonic()
        if not files or not self._is_known(name, state.tail.source):
            return False
        work = self.lake / "work"
        if (work / state.tail.batch).exists():  # an earlier try died over it
            self._clear()
        state.is_sure = False
        state.tail = fold(self._connection, table, state.tail, root=root, work=work)
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
            for path in unlisted(tail_root(self.lake, name)):
                with contextlib.suppress(FileNotFoundError):
                    is_old = time.time() - path.stat().st_mtime > KEEP_REPLACED_S
                    if path not in waiting and is_old:
                        path.unlink()
        for path in self.folder.glob(f".*{ENDING}"):  # of a process that died before it had a name
            if not is_locked(path):
                path.unlink(missing_ok=True)

    def start_afresh(self) -> None:
        """Forget what is held in memory, after a fault: the disk says what is so. What rested is tried again."""
        self._states.clear()
        self._resting.clear()
        self._unfolded.clear()
        self._ahead.clear()
        self._apart.clear()
        self._waiting.begin()
        self._close_engine()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the engine."""
        self._close_engine()
        self._order.close()

    def _close_engine(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def only_drain(lake: Path) -> AbstractContextManager[bool]:
    """Hold the right to drain a lake; yields False where another process or thread has it."""
    return held_now(lake / FOLDER / "drain.lock")


def says_full(error: BaseException) -> bool:
    """Whether a round failed because the disk is full: it is tried again, and the log keeps what waits."""
    return is_disk_full(error)
