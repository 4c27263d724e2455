"""Stage a file of very many columns some columns at a time: each column that is worked out holds memory of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from fairwatt.core.files.profile import ImportProfile
from fairwatt.lake.cells import Cell
from fairwatt.lake.engine import Patient, literal, parquet_options
from fairwatt.lake.reshaping import Shape, stage_query
from fairwatt.lake.stamping import text_of

COLUMNS = 300  # at a time


@dataclass(frozen=True, slots=True)
class _Group:
    """Some columns of the stage that stand side by side in the file, in a file of their own."""

    path: Path
    texts: list[str]
    cells: tuple[Cell, ...]


def is_broad(profile: ImportProfile) -> bool:
    """Whether a file's columns are staged some at a time."""
    return profile.columns > 2 * COLUMNS and Shape(profile).is_plain


def copy_in_groups(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    profile: ImportProfile,
    cells: tuple[Cell, ...],
    *,
    target: Path,
    patient: Patient,
) -> list[tuple[Any, ...]]:
    """Write the rows of :func:`fairwatt.lake.reshaping.stage_query` to a Parquet file; returns how many they are.

    ``raw`` has the texts of those groups of columns alone in which one did not fit, and of all where the time did not.
    """
    groups = []
    for begin in range(0, profile.columns, COLUMNS):
        columns = range(begin, min(profile.columns, begin + COLUMNS))
        own = tuple(cell for cell in cells if cell.rule.column in columns)
        groups.append(_Group(target.with_name(f"columns-{begin}.parquet"), [text_of(c) for c in columns], own))
    for number, group in enumerate(groups):
        kept = "*" if number == 0 else f"{', '.join([*(cell.staged for cell in group.cells), 'raw'])}"
        rows = stage_query(source, profile, group.cells, group.texts)
        options = parquet_options(profile.columns)
        copy = f"COPY (SELECT {kept} FROM ({rows})) TO {literal(str(group.path))} ({options})"
        patient.run(
            connection,
            copy,
            stage="Reading rows",
            shares=(0.4 * number / len(groups), 0.4 * (number + 1) / len(groups)),
        )
    try:
        joined = " POSITIONAL JOIN ".join(f"{_read(group)} AS g{n}" for n, group in enumerate(groups))
        series = ["g0.series"] if profile.series_column is not None else []
        names = ["g0.stamp", *series, *(cell.staged for cell in cells)]
        copy = f"COPY (SELECT {', '.join(names)}, {_raw(groups)} AS raw FROM {joined}) TO {literal(str(target))} "
        copy += f"({parquet_options(profile.columns)})"
        return patient.run(connection, copy, stage="Reading rows", shares=(0.4, 0.5))
    finally:
        for group in groups:
            group.path.unlink(missing_ok=True)


def _read(group: _Group) -> str:
    return f"(SELECT * FROM read_parquet({literal(str(group.path))}))"


def _raw(groups: list[_Group]) -> str:
    """SQL: a row's texts, null for those of groups in which all fits; null where all does."""
    fits = " AND ".join(f"g{n}.raw IS NULL" for n in range(len(groups)))
    texts = [f"coalesce(g{n}.raw, list_resize([]::VARCHAR[], {len(group.texts)}))" for n, group in enumerate(groups)]
    return f"CASE WHEN NOT ({fits}) THEN flatten([{', '.join(texts)}]) END"
