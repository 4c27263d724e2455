"""Rollups of Parquet files that are there already: each level from the files, or from a finer level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from fairwatt.lake.deltalog import MEMBER, NewFile, StoredFile
from fairwatt.lake.engine import Patient, literal, quoted
from fairwatt.lake.rollups import LEVELS, STATISTICS, levels_for, parent_of
from fairwatt.lake.selecting import NUMERIC
from fairwatt.lake.tables import BatchNote
from fairwatt.lake.writing import sum_kind, write_parquet

_MICROS = 1_000_000
_COARSEST = LEVELS[-1] * _MICROS


@dataclass(frozen=True, slots=True)
class Rolling:
    """The rollups of one batch: ``files`` hold its readings, ``kinds`` gives its fields' types.

    ``known_sums`` gives the types that sums have in the table already; rows of several sources are rolled up source by
    source.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    note: BatchNote
    files: Sequence[NewFile | StoredFile]
    kinds: Mapping[str, str]
    known_sums: Mapping[str, str]
    patient: Patient = field(default_factory=Patient)

    @property
    def rows(self) -> int:
        """How many readings' rows there are."""
        return sum(file.rows for file in self.files)

    @property
    def begin(self) -> int:
        """Where buckets of every level begin, before the first reading [µs]: whole numbers are cut towards zero."""
        return min(file.low for file in self.files) // _COARSEST * _COARSEST

    def write(self) -> list[NewFile]:
        """Write those that are worth their bytes."""
        span_s = (max(file.high for file in self.files) - min(file.low for file in self.files)) / _MICROS
        levels = levels_for(self.note.resolution_s, self.rows, span_s)
        numbers = [field for field, kind in self.kinds.items() if kind.startswith(NUMERIC)]
        made: dict[int, NewFile] = {}
        for level in levels if numbers else ():
            parent = parent_of(level, levels)
            paths = [made[parent].path] if parent else [file.path for file in self.files]
            name = f"{self.note.batch}-{level:06d}.parquet"
            written = write_parquet(
                self.connection,
                self._rolled(level, paths, numbers, is_rollup=parent is not None),
                self.folder / f"rollup-{name}",
                columns=len(numbers) * len(STATISTICS) + 4,
                patient=self.patient,
                share=0.9,
            )
            made[level] = written.placed(name, (("source", self.note.source), ("level", str(level))))
        return list(made.values())

    def _rolled(self, level: int, paths: Sequence[Path], numbers: list[str], *, is_rollup: bool) -> str:
        width, begin = level * _MICROS, self.begin
        made = ", ".join(self._aggregates(field, is_rollup=is_rollup) for field in numbers)
        rows = "CAST(sum(rows) AS BIGINT)" if is_rollup else "count(*)"
        member = f", {quoted(MEMBER)}" if self.note.members else ""
        listed = ", ".join(literal(str(path)) for path in paths)
        return (
            f"SELECT series, make_timestamptz(b * {width} + {begin}) AS start, {rows} AS rows, {made}{member} "
            f"FROM (SELECT *, (epoch_us(start) - {begin}) // {width} AS b FROM "
            f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)) "
            f"GROUP BY series, b{member} ORDER BY series, start{member}"
        )

    def _aggregates(self, field: str, *, is_rollup: bool) -> str:
        low, high, total, n = (quoted(f"{field}_{name}") for name in STATISTICS)
        kind = sum_kind(self.kinds[field], self.note.fields[field] or 0.0, self.rows)
        kind = "DOUBLE" if self.known_sums.get(f"{field}_sum") == "DOUBLE" else kind
        if is_rollup:
            return (
                f"min({low}) AS {low}, max({high}) AS {high}, CAST(sum({total}) AS {kind}) AS {total}, "
                f"CAST(sum({n}) AS BIGINT) AS {n}"
            )
        column = quoted(field)
        return (
            f"min({column}) AS {low}, max({column}) AS {high}, CAST(sum({column}) AS {kind}) AS {total}, "
            f"count({column}) AS {n}"
        )
