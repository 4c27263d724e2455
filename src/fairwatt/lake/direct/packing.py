"""Parquet files of many meters' rows, written from Arrow: names as codes stay codes on their way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

_WHOLE = (pa.types.is_timestamp, pa.types.is_decimal, pa.types.is_integer)


@dataclass(slots=True)
class Packer:
    """One Parquet file while it is written, and the rows that wait until they are a group.

    The file is as :func:`fairwatt.lake.engine.parquet_options` would have it.

    Attributes
    ----------
    group
        The rows of a group, at least, but for the last.
    """

    path: Path
    schema: pa.Schema
    group: int
    _writer: pq.ParquetWriter | None = None
    _waiting: list[pa.RecordBatch] = field(default_factory=list)
    _rows: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""
        self._waiting.append(batch)
        self._rows += len(batch)
        if self._rows >= self.group:
            self._write()

    def _write(self) -> None:
        if self._writer is None:
            self._writer = _opened(self.path, self.schema)
        rows = pa.Table.from_batches(self._waiting, schema=self.schema).unify_dictionaries()
        self._writer.write_table(rows, row_group_size=max(1, self._rows))
        self._waiting, self._rows = [], 0

    def close(self) -> None:
        """Write what still waits, and the file's end."""
        if self._waiting or self._writer is None:
            self._write()
        if self._writer is not None:
            self._writer.close()

    def drop(self) -> None:
        """Let go of the file, which is of no use."""
        if self._writer is not None:
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.drop()


def _opened(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # Words too: of a column with one word and none, DuckDB counts all rows as null where it is written plainly.
    listed = [one.name for one in schema if pa.types.is_floating(one.type) or pa.types.is_string(one.type)]
    whole = [one.name for one in schema if any(is_one(one.type) for is_one in _WHOLE)]
    return pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        compression="zstd",
        use_dictionary=["series", *listed],
        column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
        store_decimal_as_integer=True,
        store_schema=False,  # it would tell readers that names are a type of their own
    )
