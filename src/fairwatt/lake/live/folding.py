"""From the tail into the table: one commit every few minutes, new files beside the old ones.

Files of the table are written anew only where a value of theirs is corrected or completed, or where a field needs a
wider type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import duckdb

from fairwatt.lake.deltalog import MEMBER, NewFile, StoredFile
from fairwatt.lake.engine import Patient, instant, literal, quoted
from fairwatt.lake.live.tail import Tail, TailFile, joined_fields, write_tail
from fairwatt.lake.rolling import Rolling
from fairwatt.lake.tables import BatchNote, Exchange, Snapshot, Table, largest
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import months_between, write_parquet

_KEY = "series, start"


def fold(connection: duckdb.DuckDBPyConnection, table: Table, tail: Tail, *, root: Path, work: Path) -> Tail:
    """Put a tail into its table, in one commit; return what is left of it, written down.

    ``root`` is the tail's folder. Whoever dies on the way leaves the tail as it was, or the table with all of it.
    """
    with table.lock():
        if not tail.files or table.readings.has_batch(tail.batch):
            return write_tail(root, tail.folded())
        with WorkFolder.new(work, tail.batch) as folder:
            folding = _Folding(connection, table, tail, root=root, folder=folder.path)
            made = folding.make()
            if folding.snapshot.files:
                table.swap(
                    folder, made.notes, files=made.files, rollups=made.rollups, gone=made.gone,
                    fields=folding.types, is_same=False,
                )  # fmt: skip
            else:
                table.publish(
                    folder, made.notes[0], files=made.files, rollups=made.rollups, fields=folding.types, replaced=()
                )
            return write_tail(root, tail.folded())


class _Folding:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: Table, tail: Tail, *, root: Path, folder: Path
    ) -> None:
        self.connection, self.tail, self.root, self.folder = connection, tail, root, folder
        self.snapshot = snapshot = table.snapshot()
        self.types = joined_fields(snapshot.fields, _with_largest(snapshot, tail.files))
        self.sums = {name: kind for name, kind in table.rollups.fields().items() if name.endswith("_sum")}

    def make(self) -> Exchange:
        made = Exchange()
        if self.tail.added:
            self._make_fresh(made)
        amended = self._lay_ready(self.tail.amended)
        met = {note.batch for note in self._notes() if amended and self._meets(note)}
        for note in self._rewritten(met):
            self._rewrite(note, made, amended=amended if note.batch in met else {})
        return made

    def _notes(self) -> Iterable[BatchNote]:
        return self.snapshot.notes.values()

    def _files(self, note: BatchNote) -> list[StoredFile]:
        return [file for file in self.snapshot.files if file.batch == note.batch]

    def _rewritten(self, met: set[str]) -> list[BatchNote]:
        """The batches that are written anew: those that are met, and those with a field that gets another type.

        A commit that changes the fields takes the place of whole sources: then it is all of these sources'.
        """
        changed = {one for one, kind in self.snapshot.fields.items() if self.types[one] != kind}
        chosen = [note for note in self._notes() if note.batch in met or changed & set(note.fields)]
        if self.types == self.snapshot.fields:
            return chosen
        sources = {file.source for note in chosen for file in self._files(note)}
        return [note for note in self._notes() if any(file.source in sources for file in self._files(note))]

    def _make_fresh(self, made: Exchange) -> None:
        files = self.tail.added
        fields = {one: kind for one, kind in self.types.items() if any(one in file.fields for file in files)}
        note = BatchNote(
            batch=self.tail.batch,
            source=self.tail.source,
            fields={one: largest(file.fields[one][1] for file in files if one in file.fields) for one in fields},
            series=tuple(sorted({name for file in files for name in file.series})),
            resolution_s=self.tail.told.resolution_s,
            levels=(),
        )
        values = "".join(f", CAST({quoted(one)} AS {kind}) AS {quoted(one)}" for one, kind in fields.items())
        rows = f"SELECT {_KEY}{values} FROM ({self._rows_of(files)})"
        low, high = min(file.low for file in files), max(file.high for file in files)
        written: list[NewFile] = []
        for number, (month, begin, end) in enumerate(months_between(low, high)):
            name = f"{note.batch}-{number:04d}.parquet"
            bounds = f"start >= {instant(begin)} AND start < {instant(end)}"
            file = self._write(f"{rows} WHERE {bounds} ORDER BY {_KEY}", name, len(fields) + 2)
            if file.rows:
                written.append(replace(file, partition=(("source", note.source), ("month", month))))
        self._add(made, note, written, fields)

    def _add(self, made: Exchange, note: BatchNote, files: list[NewFile], fields: dict[str, str]) -> None:
        rollups = Rolling(self.connection, self.folder, note, files, fields, self.sums).write()
        levels = sorted({int(dict(file.partition)["level"]) for file in rollups})
        made.notes.append(replace(note, levels=tuple(levels)))
        made.files += files
        made.rollups += rollups

    def _rows_of(self, files: Iterable[TailFile]) -> str:
        return " UNION ALL BY NAME ".join(
            f"SELECT * FROM read_parquet({literal(str(self.root / file.name))}, hive_partitioning = false)"
            for file in files
        )

    def _lay_ready(self, files: tuple[TailFile, ...]) -> dict[str, float | None]:
        """Make the table ``amends``; return its fields with the largest value of each."""
        if not files:
            return {}
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE amends AS {self._rows_of(files)}")
        return {one: most for file in files for one, (_, most) in file.fields.items()}

    def _meets(self, note: BatchNote) -> bool:
        if self.tail.source not in note.series_by_source:
            return False
        low, high = min(f.low for f in self.tail.amended), max(f.high for f in self.tail.amended)
        near = [file for file in self._files(note) if file.low <= high and file.high >= low]
        if not near:
            return False
        found = self.connection.execute(
            f"SELECT 1 FROM {self._rows_in(near)} r JOIN amends a USING ({_KEY}) "
            f"WHERE {self._is_mine(note)} AND r.start >= {instant(low)} AND r.start <= {instant(high)} LIMIT 1"
        ).fetchall()
        return bool(found)

    def _rows_in(self, files: Iterable[StoredFile]) -> str:
        """SQL: the rows of files of the table."""
        paths = ", ".join(literal(str(self.snapshot.store.local(file.path))) for file in files)
        return f"read_parquet([{paths}], hive_partitioning = false)"

    def _is_mine(self, note: BatchNote) -> str:
        return f"r.{quoted(MEMBER)} = {literal(self.tail.source)}" if note.members else "true"

    def _rewrite(self, note: BatchNote, made: Exchange, *, amended: dict[str, float | None]) -> None:
        """Write a batch anew under another name, with the values that take the place of its own."""
        files = self._files(note)
        names = list(dict.fromkeys([*note.fields, *amended]))
        fields = {one: self.types[one] for one in self.types if one in names}
        fresh = replace(
            note,
            batch=uuid4().hex,
            fields={one: largest((note.fields.get(one), amended.get(one))) for one in fields},
        )
        if amended and note.members:  # its rows are other rows now: no earlier version may borrow them
            own = {self.tail.source: f"{fresh.batch}/{self.tail.source}"}
            fresh = replace(fresh, origins={**note.origins, **own})
        values = []
        for one, kind in fields.items():
            mine, theirs = f"a.{quoted(one)}", f"r.{quoted(one)}"
            both = [f"CAST({mine} AS {kind})"] * (one in amended) + [f"CAST({theirs} AS {kind})"] * (one in note.fields)
            values.append(f"coalesce({', '.join(both)}) AS {quoted(one)}")
        member = f", r.{quoted(MEMBER)}" if note.members else ""
        joined = f"LEFT JOIN amends a ON a.series = r.series AND a.start = r.start AND {self._is_mine(note)}"
        written: list[NewFile] = []
        for number, file in enumerate(files):
            rows = (
                f"SELECT r.series, r.start, {', '.join(values)}{member} FROM "
                f"{self._rows_in([file])} r {joined if amended else ''} "
                f"ORDER BY r.series, r.start{member}"
            )
            new = self._write(rows, f"{fresh.batch}-{number:04d}.parquet", len(fields) + 3)
            written.append(replace(new, partition=(("source", file.source), ("month", file.partition))))
        made.gone += files
        self._add(made, fresh, written, fields)

    def _write(self, rows: str, name: str, columns: int) -> NewFile:
        path = self.folder / name
        return write_parquet(self.connection, rows, path, columns=columns, patient=Patient(), share=0.5).placed(
            name, ()
        )


def _with_largest(snapshot: Snapshot, files: tuple[TailFile, ...]) -> tuple[TailFile, ...]:
    """The tail's files, each field's largest value being that of the table where that is larger."""
    held: dict[str, float] = {}
    for note in snapshot.notes.values():
        for one, most in note.fields.items():
            held[one] = max(held.get(one, 0.0), most or 0.0)
    return tuple(
        replace(
            file,
            fields={
                one: (kind, max(most, held.get(one, 0.0)) if most is not None else None)
                for one, (kind, most) in file.fields.items()
            },
        )
        for file in files
    )
