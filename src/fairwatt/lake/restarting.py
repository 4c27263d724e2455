"""Names for meters whose rows stand one below the other and that no column tells apart: 1, 2, 3 by their runs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from fairwatt.core.files.restarts import RunFinder
from fairwatt.core.files.stamps import NOT_A_TIME
from fairwatt.lake.engine import Patient, literal, parquet_options

_BATCH_ROWS = 250_000
_NUMBERED = "file_row_number = true"


def name_runs(
    connection: duckdb.DuckDBPyConnection, file: Path, *, columns: int, has_labels: bool, patient: Patient
) -> None:
    """Write a stage's file anew with a column ``series``: the number of each row's run.

    Parameters
    ----------
    file
        The stage's rows, in the order of the file.
    columns
        How many columns the profile's table has, by which the file is laid out.
    has_labels
        Whether each row holds one value, and ``label`` says of which channel: their times begin anew each on their own.
    """
    rows = f"(SELECT *{'' if has_labels else ', 0 AS label'} FROM read_parquet({literal(str(file))}, {_NUMBERED}))"
    backwards = _are_backwards(connection, rows)
    finders = {label: RunFinder(is_backwards) for label, is_backwards in backwards.items()}
    stamps = f"SELECT coalesce(epoch_us(stamp), {NOT_A_TIME}), coalesce(label, -1) FROM {rows} ORDER BY file_row_number"
    row = 0
    for batch in connection.sql(stamps).to_arrow_reader(_BATCH_ROWS):
        patient.check(0.5, "Looking where times begin anew")
        found, labels = (np.asarray(batch.column(n).to_numpy(zero_copy_only=False), dtype=np.int64) for n in (0, 1))
        for label, finder in finders.items():
            finder.update(np.where(labels == label, found, NOT_A_TIME), row)
        row += len(batch)
    begins = [(label, begin, str(n)) for label, one in finders.items() for n, begin in enumerate(one.begins, start=1)]
    made = {key: [run[n] for run in begins] for n, key in enumerate(("label", "begin", "series"))}
    connection.register("runs_made", pa.table(made))
    kept = "file_row_number" if has_labels else "file_row_number, label"
    named = f"SELECT r.* EXCLUDE ({kept}), coalesce(b.series, '1') AS series FROM {rows} AS r ASOF LEFT JOIN runs_made "
    named += "AS b ON b.label = coalesce(r.label, -1) AND r.file_row_number >= b.begin ORDER BY r.file_row_number"
    target = file.with_name("parted.parquet")
    copy = f"COPY ({named}) TO {literal(str(target))} ({parquet_options(columns)})"
    patient.run(connection, copy, stage="Reading rows", shares=(0.5, 0.5))
    connection.unregister("runs_made")
    target.replace(file)


def _are_backwards(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[int, bool]:
    """Whether most rows of each label are earlier than the one above."""
    before = "lag(epoch_us(stamp) IGNORE NULLS) OVER (PARTITION BY label ORDER BY file_row_number)"
    steps = f"SELECT coalesce(label, -1) AS label, sign(epoch_us(stamp) - {before}) AS step FROM {rows}"
    found = connection.execute(f"SELECT label, coalesce(sum(step), 0) < 0 FROM ({steps}) GROUP BY label").fetchall()
    return {int(label): bool(is_backwards) for label, is_backwards in found}
