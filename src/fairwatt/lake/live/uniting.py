"""The table and its tail as one: what the query door reads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from fairwatt.lake.live.tail import Tail, joined_fields, read_tail, stamp_of, stored_file, tail_root
from fairwatt.lake.tables import BatchNote, Snapshot


@dataclass(slots=True)
class _Known:
    tail: Tail
    base: Snapshot | None = None
    united: Snapshot | None = None


@dataclass(slots=True)
class Unity:
    """Snapshots of a lake's tables with their tails; kept for as long as neither changes. Safe for threads."""

    lake: Path
    _known: dict[str, _Known] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def snapshot(self, table: str, base_of: Callable[[], Snapshot]) -> Snapshot:
        """The table's present version and what is live, each reading once.

        Parameters
        ----------
        base_of
            Gives the present version of the table alone.
        """
        root = tail_root(self.lake, table)
        while True:
            stamp = stamp_of(root)
            if stamp == (0, 0):
                return base_of()
            with self._guard:
                known = self._known.get(table)
            if known is None or known.tail.stamp != stamp:
                known = _Known(read_tail(root))
            base = base_of()
            if stamp_of(root) == known.tail.stamp:  # nothing has moved from the tail into the table meanwhile
                break
        if known.base is not base or known.united is None:
            known = _Known(known.tail, base, united(base, known.tail, root))
            with self._guard:
                self._known[table] = known
        assert known.united is not None
        return known.united


def united(base: Snapshot, tail: Tail, root: Path) -> Snapshot:
    """A version of a table with the files of its tail, unless those are in it already."""
    if not tail.added or any(file.batch == tail.batch for file in base.files):
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
