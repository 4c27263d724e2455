"""Rows of many meters, meter after meter, into a file a month: each row read once, and sorted by nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fairwatt.lake.direct.arrays import arrow_of
from fairwatt.lake.direct.packing import Packer
from fairwatt.lake.engine import group_rows

_READ_ROWS = 65_536
_MOST_WAITING = 1_000_000  # values of all months together, before they are written
_LEAST_GROUP = 4_096
_MOST_AHEAD = 2  # batches that wait for the writers
_CODES = pa.dictionary(pa.int32(), pa.string())


def split_by_month(paths: list[Path], edges: list[int], targets: list[Path], *, workers: int = 1) -> Iterator[int]:
    """Write the rows of Parquet files, which follow each other in the order of series and start, into a file a month.

    Parameters
    ----------
    edges
        Where each month begins [µs], ascending.
    targets
        Each month's file; none is made where a month has no rows.
    workers
        How many write side by side, each its own months; the caller's thread reads meanwhile.

    Yields
    ------
    int
        How many rows were read, now and then.
    """
    begins = np.array(edges, dtype=np.int64)
    schema = pq.read_schema(paths[0]).remove_metadata()
    at = schema.get_field_index("series")
    schema = schema.set(at, schema.field(at).with_type(_CODES))
    group = max(_LEAST_GROUP, min(group_rows(len(schema)), _MOST_WAITING // (len(schema) * len(edges))))
    months = [Packer(target, schema, group) for target in targets]
    with _writers(months, min(workers, len(months))) as writers:
        waiting: deque[Future[None]] = deque()
        met: set[int] = set()
        for path in paths:
            with pq.ParquetFile(path, read_dictionary=_listed(path)) as file:
                for read in file.iter_batches(_READ_ROWS):
                    batch = _coded(read)
                    for number, own in _by_month(batch, begins):
                        met.add(number)
                        waiting.append(writers[number % len(writers)].submit(months[number].add, own))
                    while len(waiting) > _MOST_AHEAD * len(months):
                        waiting.popleft().result()
                    yield len(batch)
        for number in met:
            waiting.append(writers[number % len(writers)].submit(months[number].close))
        for left in waiting:
            left.result()


@contextmanager
def _writers(months: list[Packer], count: int) -> Iterator[list[ThreadPoolExecutor]]:
    """Threads that each do one thing after another; where the block ends early, they leave out what they can."""
    writers = [ThreadPoolExecutor(1, thread_name_prefix="lake-month") for _ in range(count)]
    try:
        yield writers
    except BaseException:
        for writer in writers:
            writer.shutdown(cancel_futures=True)
        for month in months:
            month.drop()
        raise
    for writer in writers:
        writer.shutdown()


def _listed(path: Path) -> list[str]:
    """The series' column where it is kept as a list of names throughout; very few rows are not."""
    footer = pq.read_metadata(path)
    at = footer.schema.to_arrow_schema().get_field_index("series")
    kept = [footer.row_group(group).column(at).encodings for group in range(footer.num_row_groups)]
    return ["series"] if all("DELTA" not in name for names in kept for name in names) else []


def _coded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch whose series are codes."""
    at = batch.schema.get_field_index("series")
    series = batch.column(at)
    if pa.types.is_dictionary(series.type):
        return batch
    return batch.set_column(at, batch.schema.field(at).with_type(_CODES), series.dictionary_encode())


def _by_month(batch: pa.RecordBatch, begins: NDArray[np.int64]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of a batch month by month, in their order."""
    column = batch.column(batch.schema.get_field_index("start"))
    starts = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset :][: len(batch)]
    places = np.searchsorted(begins, starts, side="right")
    heads = np.concatenate(([0], np.flatnonzero(np.diff(places)) + 1))
    numbers = places[heads] - 1
    if len(heads) == 1:
        yield int(numbers[0]), batch
        return
    months = np.repeat(numbers, np.diff(heads, append=len(batch)))
    for number in np.unique(numbers):
        yield int(number), batch.take(arrow_of(np.flatnonzero(months == number)))
