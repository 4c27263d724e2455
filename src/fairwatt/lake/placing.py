"""Readings straight from their files into the cells of an array, without an engine between.

It takes half the time of a query, where nothing has to be joined, filtered by source or fetched from afar.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.lake.selecting import Selection, overlapping

MISSING = np.iinfo(np.int64).min
_BATCH_ROWS = 122_880
_WORKERS = 2
_EXACT_FLOAT = 1 << 53
_DICTIONARIES = {"RLE_DICTIONARY", "PLAIN_DICTIONARY", "PLAIN", "RLE"}
_STARTS = pa.timestamp("us", tz="UTC")
Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Cells:
    """Where readings of one field go: ``flat[column * rows + row]``.

    Attributes
    ----------
    flat
        float64, or int64 in units of the field's last decimal.
    seen
        Which cells a reading came to, whether or not it has a value.
    columns
        The column of each series.
    begin, end
        Only readings that start in [begin, end) [µs] count.
    first, width, rows
        The start of the first row [µs], how much later each next one is, and how many there are.
    """

    flat: Numbers
    seen: Numbers
    columns: dict[str, int]
    begin: int
    end: int
    first: int
    width: int
    rows: int


def can_place(selection: Selection) -> bool:
    """Whether all rows of the files count, and the files are at hand: then no engine is needed."""
    (field,) = selection.fields
    plain = all(
        not note.is_part
        and field in note.fields
        and (selection.sources is None or selection.sources >= note.series_by_source.keys())
        for note in selection.notes
    )
    kind = selection.snapshot.fields[field]
    is_known = kind == "DOUBLE" or kind.startswith("DECIMAL")
    return plain and is_known and selection.series is None and selection.snapshot.store.is_local


def place_readings(selection: Selection, cells: Cells) -> int:
    """Put the field's readings into their cells; return how many came, of which several may have met in one cell."""
    files = [file.path for file in overlapping(selection.files, cells.begin, cells.end)]
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="placing") as pool:
        return sum(pool.map(lambda path: _place_file(path, selection.fields[0], cells), files))


def _place_file(path: Path, field: str, cells: Cells) -> int:
    count, order = 0, ["series", "start", field]
    metadata = pq.read_metadata(path)
    words = ["series"] if _has_dictionaries(metadata) else None
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=words) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=order, use_threads=False):
            series, start, values = (batch.column(name) for name in order)
            count += _place(series if words else series.dictionary_encode(), start, values, cells)
    return count


def _has_dictionaries(metadata: pq.FileMetaData) -> bool:
    """Whether the series are kept as dictionaries, which only then can be had."""
    at = metadata.schema.names.index("series")
    groups = (metadata.row_group(number).column(at) for number in range(metadata.num_row_groups))
    return all(_DICTIONARIES.issuperset(group.encodings) for group in groups)


def _place(series: pa.DictionaryArray, start: pa.Array, values: pa.Array, cells: Cells) -> int:
    at = start.cast(_STARTS).view(pa.int64()).to_numpy()
    columns = _columns_of(series, cells.columns)
    found = _floats(values) if cells.flat.dtype.kind == "f" else _whole(values)
    if len(at) and (at.min() < cells.begin or at.max() >= cells.end):
        is_within = (at >= cells.begin) & (at < cells.end)
        at, columns, found = at[is_within], columns[is_within], found[is_within]
    places = columns * cells.rows + (at - cells.first) // cells.width
    cells.flat[places] = found
    cells.seen[places] = True
    return len(places)


def _columns_of(series: pa.DictionaryArray, columns: dict[str, int]) -> Numbers:
    names: Sequence[str] = series.dictionary.to_pylist()
    by_code = np.array([columns.get(name, 0) for name in names], np.int64)
    return np.asarray(by_code[series.indices.to_numpy(zero_copy_only=False)])


def _words(values: pa.Array) -> tuple[Numbers, Numbers | None]:
    """The digits of decimals as whole numbers, and where there are some; None where there are everywhere."""
    digits = np.frombuffer(values.buffers()[1], np.int64)[2 * values.offset : 2 * (values.offset + len(values)) : 2]
    is_there = np.asarray(values.is_valid()) if values.null_count else None
    return digits, is_there


def _floats(values: pa.Array) -> Numbers:
    if pa.types.is_decimal(values.type):
        digits, is_there = _words(values)
        known = digits if is_there is None else np.where(is_there, digits, 0)
        if not len(known) or max(-int(known.min()), int(known.max())) < _EXACT_FLOAT:
            found = known / 10.0**values.type.scale  # rounded once
            return np.asarray(found if is_there is None else np.where(is_there, found, np.nan))
        values = values.cast(pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _whole(values: pa.Array) -> Numbers:
    digits, is_there = _words(values)
    return digits if is_there is None else np.where(is_there, digits, MISSING)
