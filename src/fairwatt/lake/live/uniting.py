"""The table and its tail as one: what the query door reads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from fairwatt.lake.live.tail import Tail, joined_fields, read_tail, stamp_of, stored_file, tail_root
from fairwatt.lake.tables import BatchNote, Snapshot, Table


@dataclass(slots=True)
class _Known:
    tail: Tail
    base: Snapshot
    is_in: bool  # whether the table has what the tail holds
    united: Snapshot


@dataclass(slots=True)
class Unity:
    """Snapshots of a lake's tables with their tails; kept for as long as neither changes. Safe for threads."""

    lake: Path
    _known: dict[str, _Known] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def snapshot(self, table: Table) -> Snapshot:
        """The table's present version and what is live, each reading once."""
        root = tail_root(self.lake, table.name)
        while True:
            stamp = stamp_of(root)
            if stamp == (0, 0):
                return table.snapshot()
            with self._guard:
                known = self._known.get(table.name)
            tail = known.tail if known is not None and known.tail.stamp == stamp else read_tail(root)
            base = table.snapshot()
            is_same = known is not None and known.base is base
            if known is not None and is_same and known.tail is tail:
                return known.united
            is_in = (
                known.is_in
                if known is not None and is_same and known.tail.batch == tail.batch
                else _is_in(table, base, tail)
            )
            # Otherwise something has moved from the tail into the table meanwhile.
            if stamp_of(root) == tail.stamp and (not is_in or table.snapshot() is base):
                break
        known = _Known(tail, base, is_in, base if is_in else united(base, tail, root))
        with self._guard:
            self._known[table.name] = known
        return known.united


def _is_in(table: Table, base: Snapshot, tail: Tail) -> bool:
    """Whether a tail's batch was committed, though its drain died before it could say so.

    Its files may have been merged with others since: the log tells.
    """
    if not tail.added or not base.files:
        return False
    return any(file.batch == tail.batch for file in base.files) or table.readings.has_batch(tail.batch)


def united(base: Snapshot, tail: Tail, root: Path) -> Snapshot:
    """A version of a table with the files of its tail."""
    if not tail.added:
        return base
    files = [stored_file(root, tail.source, file) for file in tail.added]
    notes = {
        file.batch: BatchNote(
            batch=file.batch,
            source=tail.source,
            fields={name: largest for name, (_, largest) in file.fields.items()},
            series=file.series,
            resolution_s=tail.told.resolution_s,
            levels=(),
        )
        for file in tail.added
    }
    return replace(
        base,
        version=(*base.version[:1], f"{base.version[1]}+{tail.stamp[0]}.{tail.stamp[1]}"),
        fields=joined_fields(base.fields, tail.added),
        files=(*base.files, *files),
        notes={**base.notes, **notes},
    )
