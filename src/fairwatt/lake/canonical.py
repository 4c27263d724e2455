"""The canonical form of readings: the CSV that exports write, and its sha256.

The same readings have the same lines, whichever format they came in: that is what certificates name and what
``fairwatt verify`` makes again from a Parquet or Arrow file. docs/reference/certificates.md describes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.core.errors import UnreadableFile
from fairwatt.lake.engine import quoted

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

    from fairwatt.lake.made import Export

LINE_END = "\r\n"
UTC_TIME = "replace(CAST(make_timestamp(epoch_us(start)) AS VARCHAR), ' ', 'T') || 'Z'"
_ROWS = 122_880


@dataclass(frozen=True, slots=True)
class CanonicalDigest:
    """The sha256 of readings in their canonical form, and how many rows they have."""

    sha256: str
    rows: int


def csv_word(name: str) -> str:
    """A heading as CSV writes it."""
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in '",\r\n') else name


def heading_of(schema: pa.Schema) -> bytes:
    """The first line."""
    return (",".join(csv_word(name) for name in schema.names) + LINE_END).encode()


def line_sql(schema: pa.Schema, time: str) -> str:
    """SQL: a row as a line; ``time`` is the SQL of its first cell."""
    cells = []
    for field in list(schema)[1:]:
        column = quoted(field.name)
        if pa.types.is_string(field.type):
            column = (
                f"CASE WHEN regexp_matches({column}, '[\",\\r\\n]') "
                f"THEN '\"' || replace({column}, '\"', '\"\"') || '\"' ELSE {column} END"
            )
        cells.append(f"CAST({column} AS VARCHAR)")  # a null is written as nothing
    joined = ", ',', ".join([time, *cells])
    return f"concat({joined}, chr(13) || chr(10))"


def digest_of(export: Export) -> str:
    """The sha256 of an export, in hexadecimal: that of the file where it has been made, else made for it alone."""
    made = export.find()
    return made.sha256 if made is not None else _hash(export.chunks())


def digest_file(path: Path) -> CanonicalDigest:
    """Write a Parquet or Arrow file of readings in the canonical form, and hash that.

    Raises
    ------
    UnreadableFile
        Where it is neither, or its first column is no time of readings.
    """
    try:
        schema, batches = _open(path)
        if not schema.names or schema.names[0] != "start" or not pa.types.is_timestamp(schema.field(0).type):
            raise UnreadableFile(
                f"{path.name} holds no exported readings: its first column is not their start.",
                where={"file": path.name},
            )
        rows, digest = 0, sha256(heading_of(schema))
        with duckdb.connect() as engine:
            for batch in batches:
                rows += batch.num_rows
                _add_lines(engine, batch, schema, digest)
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        raise UnreadableFile(f"{path.name} can't be read as Parquet or Arrow.", where={"file": path.name}) from error
    return CanonicalDigest(digest.hexdigest(), rows)


def _open(path: Path) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        parquet = pq.ParquetFile(path)
        return parquet.schema_arrow, parquet.iter_batches(_ROWS)
    stream = pa.ipc.open_stream(pa.memory_map(str(path)))
    return stream.schema, stream


def _add_lines(engine: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, schema: pa.Schema, digest: Hash) -> None:
    engine.register("batch", pa.Table.from_batches([batch]))
    for found in engine.sql(f"SELECT {line_sql(schema, UTC_TIME)} AS line FROM batch").to_arrow_reader(_ROWS):
        digest.update(characters_of(found.column(0)))


def characters_of(lines: pa.Array) -> memoryview:
    """All characters of an array of texts without nulls, one after the other."""
    _, offsets, characters = lines.buffers()
    width = np.int64 if pa.types.is_large_string(lines.type) else np.int32
    ends = np.frombuffer(offsets, width)
    return memoryview(characters)[ends[lines.offset] : ends[lines.offset + len(lines)]]


def _hash(chunks: Iterable[bytes]) -> str:
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
