"""Write readings anew with their times moved: values, channels and other series stay as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fairwatt.core.alignment import Shift
from fairwatt.core.errors import InvalidInput

KEY = b"fairwatt:alignment"
_ROWS = 1 << 20


def write_shifted(
    source: Path, out: Path, shift: Shift, *, series: str | None, provenance: Mapping[str, object]
) -> int:
    """Write the readings of a file that ``convert`` wrote with one series' times moved.

    Parameters
    ----------
    series
        Whose times are moved; None: all.
    provenance
        What is written beside the readings: what they were compared with, and by how much they were moved.

    Returns
    -------
    rows
        How many were moved.

    Raises
    ------
    InvalidInput
        Where the new file can't be written, or its name does not end with .parquet.
    """
    if out.suffix.lower() != ".parquet":
        raise InvalidInput(f"{out.name} must end with .parquet.", where={"field": "out"})
    if out.exists() and out.samefile(source):
        raise InvalidInput(f"{out} is the file itself, which is never written over.", where={"field": "out"})
    file = pq.ParquetFile(source)
    schema = file.schema_arrow
    told = {**(schema.metadata or {}), KEY: json.dumps(dict(provenance), sort_keys=True).encode()}
    moved = 0
    try:
        if len(shift.starts) > 1:  # a clock that was put back may have had its hours twice
            table = pa.Table.from_batches(list(file.iter_batches(_ROWS)), schema)
            table, moved = _moved(table, shift, series)
            order = [("series", "ascending"), ("start", "ascending")]
            pq.write_table(table.sort_by(order).replace_schema_metadata(told), out)
            return moved
        with pq.ParquetWriter(out, schema.with_metadata(told)) as writer:
            for batch in file.iter_batches(_ROWS):
                table, rows = _moved(pa.Table.from_batches([batch]), shift, series)
                moved += rows
                writer.write_table(table.replace_schema_metadata(told))
    except OSError as error:
        raise InvalidInput(f"{out} can't be written: {error.strerror}.", where={"field": "out"}) from error
    return moved


def _moved(table: pa.Table, shift: Shift, series: str | None) -> tuple[pa.Table, int]:
    at = table.column_names.index("start")
    starts = table.column(at).cast(pa.int64()).to_numpy()
    own = np.ones(len(starts), dtype=np.bool_)
    if series is not None:
        own = pc.equal(table.column("series"), series).to_numpy()
    times = np.where(own, shift.moved(starts), starts)
    column = pa.array(times, pa.int64()).cast(table.schema.field(at).type)
    return table.set_column(at, table.schema.field(at), column), int(own.sum())
