"""Which files answer a question, and the SQL that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairwatt.core.errors import NotFound
from fairwatt.lake.deltalog import MEMBER, StoredFile
from fairwatt.lake.engine import instant, literal, quoted
from fairwatt.lake.stores.protocol import Wanted
from fairwatt.lake.tables import BatchNote, Snapshot

NUMERIC = ("DECIMAL", "DOUBLE", "BIGINT")
_KEYS = frozenset({"series", "start", "rows", MEMBER})
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
        return [note for note in self.snapshot.notes.values() if self._concerns(note)]

    @property
    def files(self) -> list[StoredFile]:
        """The files of readings that can hold an answer, in the order of time."""
        batches = {note.batch for note in self.notes}
        mine = [file for file in self.snapshot.files if file.batch in batches]
        return sorted(mine, key=lambda file: (file.low, file.high, file.path.name))

    def _concerns(self, note: BatchNote) -> bool:
        return self.sources is None or not self.sources.isdisjoint(note.series_by_source)

    @property
    def chosen(self) -> list[tuple[str, ...] | None]:
        """For each batch the sources whose rows count, None where all do: what the files' names don't tell."""
        return sorted({_chosen(note, self.sources) for note in self.notes}, key=str)

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
    selection: Selection,
    span: tuple[int, int],
    first: str,
    *,
    placed: bool = False,
) -> list[str]:
    """SQL: one SELECT for each group of files that have the same columns.

    Parameters
    ----------
    columns
        By the stored column: (the field it belongs to, its SQL type); null where a batch lacks the field.
    selection
        Whose rows count: those of others in the same file are left out.
    span
        The instants that rows start between, the later one excluded [µs].
    first
        The columns before them, as SQL.
    placed
        Whether the columns of :data:`PLACE` follow: they tell apart rows that are alike in all else.
    """
    groups: dict[tuple[tuple[bool, ...], bool, tuple[str, ...] | None], list[StoredFile]] = {}
    for file in files:
        note = selection.snapshot.notes[file.batch]
        there = tuple(field in note.fields for field, _ in columns.values())
        groups.setdefault((there, note.is_part, _chosen(note, selection.sources)), []).append(file)
    selects = []
    for number, ((there, _, chosen), group) in enumerate(groups.items()):
        only = f" AND {quoted(MEMBER)} IN ({', '.join(map(literal, chosen)) or 'NULL'})" if chosen is not None else ""
        values = [
            quoted(column) if has else f"NULL::{kind} AS {quoted(column)}"
            for (column, (_, kind)), has in zip(columns.items(), there, strict=True)
        ]
        if placed:
            values += [f"{number} AS {PLACE[0]}", f"file_index AS {PLACE[1]}", f"file_row_number AS {PLACE[2]}"]
        held = frozenset(column for column, has in zip(columns, there, strict=True) if has) | _KEYS
        wanted = [Wanted(file.path, file.size, held, *span) for file in group if not file.is_live]
        live = [str(file.path) for file in group if file.is_live]
        paths = ", ".join(map(literal, [*live, *selection.snapshot.store.sources(wanted)]))
        rows = f"read_parquet([{paths}], hive_partitioning = false)"
        selects.append(f"SELECT {', '.join([first, *values])} FROM {rows} WHERE {selection.kept(*span)}{only}")
    return selects


def _chosen(note: BatchNote, sources: frozenset[str] | None) -> tuple[str, ...] | None:
    """The sources whose rows count in a batch's files; None where all do."""
    mine = note.series_by_source
    wanted = [source for source in mine if sources is None or source in sources]
    return tuple(sorted(wanted)) if note.is_part or len(wanted) < len(mine) else None
