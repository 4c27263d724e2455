"""Write what the health scan found as a table: a row a block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from fairwatt.core.errors import InvalidInput
from fairwatt.core.quality.detections import Detections


def write_detections(detections: Sequence[Detections], path: Path) -> None:
    """Write all blocks: ``code, series, channel, start, end, row, rows, count, evidence``.

    Raises
    ------
    InvalidInput
        Where the name ends neither with .parquet nor with .csv, or the file can't be written.
    """
    table = table_of(detections)
    try:
        if path.suffix.lower() == ".parquet":
            pq.write_table(table, path)
        elif path.suffix.lower() == ".csv":
            pc.write_csv(table, path)
        else:
            raise InvalidInput(f"{path.name} must end with .parquet or .csv.", where={"field": "detections"})
    except OSError as error:
        raise InvalidInput(f"{path} can't be written: {error.strerror}.", where={"field": "detections"}) from error


def table_of(detections: Sequence[Detections]) -> pa.Table:
    """The blocks as an Arrow table."""
    sizes = [len(one) for one in detections]
    texts = {
        name: pa.array(
            np.repeat(np.array([getattr(one, name) for one in detections], dtype=object), sizes), pa.string()
        )
        for name in ("code", "series", "channel")
    }
    numbers = {
        name: np.concatenate([getattr(one, name) for one in detections]) if detections else np.zeros(0, dtype=np.int64)
        for name in ("begin", "end", "row", "rows", "count", "evidence")
    }
    moment = pa.timestamp("us", tz="UTC")
    return pa.table(
        {
            **texts,
            "start": pa.array(numbers["begin"], pa.int64()).cast(moment),
            "end": pa.array(numbers["end"], pa.int64()).cast(moment),
            "row": pa.array(numbers["row"], pa.int64()),
            "rows": pa.array(numbers["rows"], pa.int64()),
            "count": pa.array(numbers["count"], pa.int64()),
            "evidence": pa.array(numbers["evidence"], pa.float64()),
        }
    )
