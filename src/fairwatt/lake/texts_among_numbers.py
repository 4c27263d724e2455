"""Find the cells of a column of numbers that hold something else, by reading the same rows once as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fairwatt.core.quality.detections import Detections, Place, joined
from fairwatt.lake.readings_in_windows import ParquetReadings

CODE = "not-a-number"


def find_texts(numbers: Path, texts: Path) -> tuple[Detections, ...]:
    """Find the cells that hold a text in one file of readings and no number in the other.

    Parameters
    ----------
    numbers, texts
        The same rows in the same order, as ``convert`` writes them; where they are not the same, nothing is found.
    """
    fields = [channel.field for channel in ParquetReadings(numbers).channels]
    with pq.ParquetFile(numbers) as one, pq.ParquetFile(texts) as other:
        fields = [name for name in fields if name in other.schema_arrow.names]
        if one.metadata.num_rows != other.metadata.num_rows:
            return ()
        columns = ["series", "start", *fields]
        found = [part for part in _parts(one, other, columns, fields) if len(part)]
    return tuple(
        whole
        for series, name in sorted({(part.series, part.channel) for part in found})
        if (whole := joined(part for part in found if (part.series, part.channel) == (series, name))) is not None
    )


def _parts(one: pq.ParquetFile, other: pq.ParquetFile, columns: list[str], fields: list[str]) -> Iterator[Detections]:
    size, row = 1 << 18, 0
    for numbers, texts in zip(
        one.iter_batches(size, columns=columns), other.iter_batches(size, columns=columns), strict=True
    ):
        if not numbers.column("start").equals(texts.column("start")):
            return
        times = numbers.column("start").cast(pa.int64()).to_numpy(zero_copy_only=False)
        names = numbers.column("series")
        for series in pc.unique(names).to_pylist():
            own = pc.equal(names, series).to_numpy(zero_copy_only=False)
            place = Place(series, times, row, 0)
            for field in fields:
                there = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(texts.column(field).cast(pa.string()))), 0)
                is_text = pc.fill_null(there, False).to_numpy(zero_copy_only=False)
                mask = own & is_text & numbers.column(field).is_null().to_numpy(zero_copy_only=False)
                yield place.of_mask(CODE, field, np.asarray(mask, dtype=np.bool_))
        row += len(times)
