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


def name_runs(connection: duckdb.DuckDBPyConnection, file: Path, *, columns: int, patient: Patient) -> None:
    """Write a stage's file anew with a column ``series``: the number of each row's run.

    Parameters
    ----------
    file
        The stage's rows, in the order of the file.
    columns
        How many columns the profile's table has, by which the file is laid out.
    """
    rows = f"read_parquet({literal(str(file))}, file_row_number = true)"
    finder = RunFinder(_is_backwards(connection, rows))
    stamps = f"SELECT coalesce(epoch_us(stamp), {NOT_A_TIME}) FROM {rows} ORDER BY file_row_number"
    row = 0
    for batch in connection.sql(stamps).to_arrow_reader(_BATCH_ROWS):
        patient.check(0.5, "Looking where times begin anew")
        finder.update(np.asarray(batch.column(0).to_numpy(zero_copy_only=False), dtype=np.int64), row)
        row += len(batch)
    names = [str(number) for number in range(1, len(finder.begins) + 1)]
    connection.register("runs_made", pa.table({"begin": pa.array(finder.begins, pa.int64()), "series": names}))
    named = f"SELECT r.* EXCLUDE (file_row_number), b.series FROM {rows} AS r ASOF JOIN runs_made AS b "
    named += "ON r.file_row_number >= b.begin ORDER BY r.file_row_number"
    target = file.with_name("parted.parquet")
    copy = f"COPY ({named}) TO {literal(str(target))} ({parquet_options(columns)})"
    patient.run(connection, copy, stage="Reading rows", shares=(0.5, 0.5))
    connection.unregister("runs_made")
    target.replace(file)


def _is_backwards(connection: duckdb.DuckDBPyConnection, rows: str) -> bool:
    """Whether most rows are earlier than the row above."""
    step = "sign(epoch_us(stamp) - lag(epoch_us(stamp) IGNORE NULLS) OVER (ORDER BY file_row_number))"
    found = connection.execute(f"SELECT sum(step) FROM (SELECT {step} AS step FROM {rows})").fetchall()
    return int(found[0][0] or 0) < 0
