"""Write a Parquet, Arrow or Feather file as text: ``python columns.py FILE FOLDER MOST_CELLS``.

Of a file with more cells, an excerpt is written: its first rows, some from places between, and its last ones.

Times with a zone are written in UTC with ``Z``, with as many digits of the second as the column needs; numbers as
short as they can be read back. ``manifest.json`` says what the file's own footer tells.
"""

from __future__ import annotations

import json
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from pyarrow import ipc

BATCH_ROWS = 65_536
READ_BYTES = 1 << 20  # of a column at once: a group of rows may hold a whole file
HEAD_CELLS = 200_000  # of an excerpt; a mebibyte of text at least
PLACES, PLACE_ROWS, LAST_ROWS = 6, 4_096, 8_192
MOST_COLUMNS = 16_384
_UNITS = ("s", "ms", "us", "ns")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def flatten(table: pa.Table) -> pa.Table:
    """The same with the fields of each group as columns of their own, ``reading.kw``."""
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


class Source:
    """A file of columns: its schema, groups taken apart; how many rows it has, and its rows in batches."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            self._is_parquet = file.read(4) == b"PAR1"
        if self._is_parquet:
            with pq.ParquetFile(path) as file_:
                self.schema = file_.schema_arrow
                self.rows = file_.metadata.num_rows
        else:
            with pa.memory_map(str(path)) as mapped, ipc.open_file(mapped) as reader:
                self.schema = reader.schema
                self.rows = sum(reader.get_batch(n).num_rows for n in range(reader.num_record_batches))
        self._written = self.schema  # as the file has it
        flat = [flatten(pa.schema([field]).empty_table()).schema for field in self._written]
        self._owners = [place for place, fields in enumerate(flat) for _ in fields]
        self.schema = pa.schema([field for fields in flat for field in fields], self._written.metadata)

    @property
    def groups(self) -> list[int]:
        """How many rows each group has that can be read by itself."""
        if self._is_parquet:
            with pq.ParquetFile(self._path) as file:
                return [file.metadata.row_group(n).num_rows for n in range(file.metadata.num_row_groups)]
        with pa.memory_map(str(self._path)) as mapped, ipc.open_file(mapped) as reader:
            return [reader.get_batch(n).num_rows for n in range(reader.num_record_batches)]

    def batches(self, columns: Sequence[int], groups: Sequence[int] | None = None) -> Iterator[pa.RecordBatch]:
        """Batches of some columns, by position; of some groups of rows only, where these are named."""
        owners = sorted({self._owners[column] for column in columns})
        if len(self._written) == len(self.schema):
            yield from self._batches(columns, groups)
            return
        held = [column for column, owner in enumerate(self._owners) if owner in set(owners)]
        for batch in self._batches(owners, groups):
            flat = flatten(pa.Table.from_batches([batch])).combine_chunks()
            yield from flat.select([held.index(column) for column in columns]).to_batches()

    def _batches(self, columns: Sequence[int], groups: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        """Batches of some columns as the file has them."""
        if self._is_parquet:
            names = [self._written.field(c).name for c in columns]
            some = list(groups) if groups is not None else None
            with pq.ParquetFile(self._path, pre_buffer=False, buffer_size=READ_BYTES) as file:
                for batch in file.iter_batches(BATCH_ROWS, row_groups=some, columns=names, use_threads=False):
                    order = [batch.schema.get_field_index(name) for name in names]
                    yield batch if -1 in order else batch.select(order)
            return
        with pa.memory_map(str(self._path)) as mapped, ipc.open_file(mapped) as reader:
            for number in range(reader.num_record_batches) if groups is None else groups:
                whole = reader.get_batch(number).select(list(columns))
                for begin in range(0, whole.num_rows, BATCH_ROWS):
                    yield whole.slice(begin, BATCH_ROWS)


def can_be_written(kind: pa.DataType) -> bool:
    """Whether a column's values are texts, numbers or times."""
    if pa.types.is_dictionary(kind):
        return can_be_written(kind.value_type)
    return not (
        pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or isinstance(kind, pa.ExtensionType)
    )


def needed_units(source: Source, columns: Sequence[int]) -> dict[int, str]:
    """By column of times, the coarsest unit in which all of them are whole."""
    times = [c for c in columns if pa.types.is_timestamp(source.schema.field(c).type)]
    needed = dict.fromkeys(times, "s")
    open_ones = [c for c in times if source.schema.field(c).type.unit != "s"]
    for batch in source.batches(open_ones) if open_ones else ():
        for place, column in enumerate(open_ones):
            values = batch.column(place).cast(pa.int64())
            unit = source.schema.field(column).type.unit
            while needed[column] != unit and not _are_whole(values, _PER_SECOND[unit] // _PER_SECOND[needed[column]]):
                needed[column] = _UNITS[_UNITS.index(needed[column]) + 1]
    return needed


def _are_whole(values: pa.Array, factor: int) -> bool:
    there = values.drop_null() if values.null_count else values
    return not np.any(there.to_numpy(zero_copy_only=False) % factor)


def as_text(values: pa.Array, unit: str) -> pa.Array:
    """A column as the text writer takes it: times in their unit, texts without line ends."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp(unit, "UTC" if kind.tz else None))
    if pa.types.is_duration(kind):
        return pc.divide(values.cast(pa.int64()).cast(pa.float64()), float(_PER_SECOND[kind.unit]))
    if pa.types.is_float16(kind):
        return values.cast(pa.float32())
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_finite(values), values, None)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pc.replace_substring_regex(values.cast(pa.large_string()), pattern=r"[\r\n\x00]+", replacement=" ")
    return values


def excerpt(source: Source, columns: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """The first rows, some from places between, and the last ones, in file order.

    The places are where groups begin, if there are several, so that little is read for nothing.
    """
    ends = list(accumulate(source.groups))
    begins = [0, *ends[:-1]]
    pieces = [(0, max(PLACE_ROWS, HEAD_CELLS // len(columns))), (source.rows - LAST_ROWS, source.rows)]
    for number in range(1, PLACES + 1):
        place = source.rows * number // (PLACES + 1)
        begin = begins[bisect_right(begins, place) - 1] if len(begins) > PLACES else place
        pieces.append((begin, begin + PLACE_ROWS))
    pieces.sort()
    done = 0
    for group, (first_row, end) in enumerate(zip(begins, ends, strict=True)):
        own = [(first, last) for first, last in pieces if first < end and last > first_row]
        at = first_row
        for batch in source.batches(columns, [group]) if own else ():
            for first, last in own:
                begin, until = max(first, at, done), min(last, at + batch.num_rows)
                if begin < until:
                    yield batch.slice(begin - at, until - begin)
                    done = until
            at += batch.num_rows
            if at >= own[-1][1]:
                break


def write_table(source: Source, columns: Sequence[int], target: Path, *, is_excerpt: bool) -> int:
    """Write some columns of a file, or an excerpt of them; return how many rows were written."""
    written = 0
    units = needed_units(source, columns)
    names = [source.schema.field(c).name for c in columns]
    options = pa_csv.WriteOptions(include_header=True, quoting_style="needed")
    writer: pa_csv.CSVWriter | None = None
    with target.open("wb") as file:
        for batch in excerpt(source, columns) if is_excerpt else source.batches(columns):
            written += batch.num_rows
            arrays = [as_text(batch.column(n), units.get(c, "s")) for n, c in enumerate(columns)]
            table = pa.record_batch(arrays, names=[" ".join(name.split()) for name in names])
            if writer is None:
                writer = pa_csv.CSVWriter(file, table.schema, write_options=options)
            writer.write_batch(table)
        if writer is not None:
            writer.close()
    return written


def describe(source: Source) -> dict[str, Any]:
    """What the footer tells."""
    told: dict[str, Any] = {"rows": source.rows, "columns": {f.name: str(f.type) for f in list(source.schema)[:500]}}
    metadata = source.schema.metadata or {}
    if b"geo" in metadata:
        told["geo"] = json.loads(metadata[b"geo"])
    return told


def main(path: Path, folder: Path, most_cells: int) -> dict[str, object]:
    """Write the table; return the manifest."""
    source = Source(path)
    if len(source.schema) > MOST_COLUMNS:
        return {"error": "too-large", "detail": f"it has {len(source.schema):,} columns"}
    columns = [c for c, field in enumerate(source.schema) if can_be_written(field.type)]
    told = describe(source)
    if not columns or not source.rows:
        return {"tables": [], "description": told}
    is_excerpt = source.rows * len(columns) > most_cells
    written = write_table(source, columns, folder / "0.txt", is_excerpt=is_excerpt)
    table = {"file": "0.txt"} | ({"rows_written": written, "rows": source.rows} if is_excerpt else {})
    return {"tables": [table], "description": told}


def run(arguments: Sequence[str]) -> int:
    """Do as the command line says; say in the manifest what went wrong."""
    path, folder, most_cells = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    try:
        manifest = main(path, folder, most_cells)
    except (MemoryError, pa.ArrowMemoryError):
        manifest = {"error": "too-large", "detail": "reading it takes more memory than it may"}
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        manifest = {"error": "damaged", "detail": " ".join(str(error).split())[:200]}
    (folder / "manifest.json").write_text(json.dumps(manifest, default=str), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
