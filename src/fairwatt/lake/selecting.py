"""Which files answer a question, and the SQL that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairwatt.core.errors import NotFound
from fairwatt.lake.deltalog import StoredFile
from fairwatt.lake.engine import instant, literal, quoted
from fairwatt.lake.tables import BatchNote, Snapshot

NUMERIC = ("DECIMAL", "DOUBLE", "BIGINT")
PLACE = ('"its group"', '"its file"', '"its row"')  # no field's name has a blank


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of a table: fields and, where not None, only these sources and series."""

    snapshot: Snapshot
    fields: tuple[str, ...]
    sources: frozenset[str] | None = None
    series: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        fields: Sequence[str],
        sources: Iterable[str] | None,
        series: Iterable[str] | str | None,
    ) -> Selection:
        """A checked selection; raises NotFound where the table has no such field."""
        unknown = [field for field in fields if field not in snapshot.fields]
        if unknown:
            raise NotFound(
                f"These readings have no channel '{unknown[0]}'.",
                where={"channel": unknown[0]},
                next_step="Ask for one of: " + ", ".join(list(snapshot.fields)[:12]) + "." if snapshot.fields else "",
            )
        names = (series,) if isinstance(series, str) else None if series is None else tuple(series)
        wanted = None if sources is None else frozenset(sources)
        return cls(snapshot, tuple(dict.fromkeys(fields)), wanted, names)

    @property
    def notes(self) -> list[BatchNote]:
        """The batches that can hold an answer."""
        return [note for note in self.snapshot.notes.values() if self.sources is None or note.source in self.sources]

    @property
    def files(self) -> list[StoredFile]:
        """The files of readings that can hold an answer, in the order of time."""
        mine = [file for file in self.snapshot.files if self.sources is None or file.source in self.sources]
        return sorted(mine, key=lambda file: (file.low, file.high, file.path.name))

    @property
    def has_many_series(self) -> bool:
        """Whether rows of several series can be met."""
        names = {name for note in self.notes for name in note.series}
        return len(names if self.series is None else names & set(self.series)) > 1

    @property
    def resolution_s(self) -> float | None:
        """The finest resolution of the batches [s]; None where one has none."""
        found = [note.resolution_s for note in self.notes]
        return min((r for r in found if r), default=None) if found and all(found) else None

    @property
    def extent(self) -> tuple[int, int] | None:
        """First and last start [µs], both included; None where there is nothing."""
        files = self.files
        return (min(f.low for f in files), max(f.high for f in files)) if files else None

    def is_numeric(self, field: str) -> bool:
        """Whether a field can be averaged."""
        return self.snapshot.fields[field].startswith(NUMERIC)

    def kept(self, begin: int, end: int) -> str:
        """SQL: the condition on rows."""
        conditions = [f"start >= {instant(begin)}", f"start < {instant(end)}"]
        if self.series is not None:
            conditions.append(f"series IN ({', '.join(map(literal, self.series)) or 'NULL'})")
        return " AND ".join(conditions)


def overlapping(files: Iterable[StoredFile], begin: int, end: int) -> list[StoredFile]:
    """The files that hold a start in [begin, end)."""
    return [file for file in files if file.low < end and file.high >= begin]


def read_files(
    files: Iterable[StoredFile],
    columns: Mapping[str, tuple[str, str]],
    notes: Mapping[str, BatchNote],
    condition: str,
    first: str,
    *,
    placed: bool = False,
) -> list[str]:
    """SQL: one SELECT for each group of files that have the same columns.

    Parameters
    ----------
    columns
        By the stored column: (the field it belongs to, its SQL type); null where a batch lacks the field.
    first
        The columns before them, as SQL.
    placed
        Whether the columns of :data:`PLACE` follow: they tell apart rows that are alike in all else.
    """
    groups: dict[tuple[bool, ...], list[StoredFile]] = {}
    for file in files:
        held = notes[file.batch].fields
        groups.setdefault(tuple(field in held for field, _ in columns.values()), []).append(file)
    selects = []
    for number, (there, group) in enumerate(groups.items()):
        values = [
            quoted(column) if has else f"NULL::{kind} AS {quoted(column)}"
            for (column, (_, kind)), has in zip(columns.items(), there, strict=True)
        ]
        if placed:
            values += [f"{number} AS {PLACE[0]}", f"file_index AS {PLACE[1]}", f"file_row_number AS {PLACE[2]}"]
        paths = ", ".join(literal(str(file.path)) for file in group)
        rows = f"read_parquet([{paths}], hive_partitioning = false)"
        selects.append(f"SELECT {', '.join([first, *values])} FROM {rows} WHERE {condition}")
    return selects
