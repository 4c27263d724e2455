"""What others do with the same file: parse it and write Parquet, without checks, order or rollups."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.core.files import ImportProfile
from fairwatt.lake import Lake, hash_file


def fairwatt(path: Path, profile: ImportProfile, folder: Path) -> int:
    """Ingest with everything: hash, checks, order, rollups, fsync, atomic commit. Returns bytes of the readings."""
    with ThreadPoolExecutor(1) as beside:
        named = beside.submit(hash_file, path)
        result = Lake(folder / "lake").ingest(path, profile, table="t", source="s", name=path.name)
        named.result()
    return result.stored_bytes


def fairwatt_small(path: Path, profile: ImportProfile, folder: Path) -> int:
    """The same with one thread and little memory."""
    lake = Lake(folder / "lake", memory_limit="120MB", threads=1)
    hash_file(path)
    return lake.ingest(path, profile, table="t", source="s", name=path.name).stored_bytes


def duckdb_copy(path: Path, profile: ImportProfile, folder: Path) -> int:
    """DuckDB's bare, order-free COPY of the same decimals."""
    values = ", ".join(f"c{c.column}::DECIMAL(18,{c.decimals}) AS {c.field}" for c in profile.channels)
    kinds = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(profile.columns))
    stamp = " || ' ' || ".join(f"c{i}" for i in profile.timestamp.columns)
    series = f"c{profile.series_column} AS series, " if profile.series_column is not None else ""
    target = folder / "duckdb.parquet"
    with duckdb.connect(config={"threads": "2", "memory_limit": "400MB"}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            f"COPY (SELECT {series}strptime({stamp}, '{profile.timestamp.format}') AS start, {values} FROM "
            f"read_csv('{path}', auto_detect = false, header = false, skip = 1, delim = '{profile.dialect.delimiter}', "
            f"columns = {{{kinds}}})) TO '{target}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)"
        )
    return target.stat().st_size


def pandas_chunks(path: Path, profile: ImportProfile, folder: Path) -> int:
    """pandas in chunks of 500,000 rows, floats, zstd."""
    target, writer = folder / "pandas.parquet", None
    for chunk in pd.read_csv(path, sep=profile.dialect.delimiter, chunksize=500_000):
        texts = [chunk.iloc[:, i].astype(str) for i in profile.timestamp.columns]
        text = texts[0] if len(texts) == 1 else texts[0] + " " + texts[1]
        names = [chunk.columns[i] for i in profile.timestamp.columns]
        frame = chunk.drop(columns=names).assign(start=pd.to_datetime(text, format=profile.timestamp.format))
        table = pa.Table.from_pandas(frame, preserve_index=False)
        writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return target.stat().st_size


def polars_sink(path: Path, profile: ImportProfile, folder: Path) -> int:
    """polars' streaming engine, floats, zstd."""
    target = folder / "polars.parquet"
    scan = pl.scan_csv(path, separator=profile.dialect.delimiter)
    names = scan.collect_schema().names()
    parts = [pl.col(names[i]) for i in profile.timestamp.columns]
    stamp = parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=" ")
    start = stamp.str.to_datetime(profile.timestamp.format).alias("start")
    rest = [n for i, n in enumerate(names) if i not in profile.timestamp.columns]
    scan.select(start, *rest).sink_parquet(target, compression="zstd")
    return target.stat().st_size


PEERS = {
    "fairwatt": fairwatt,
    "fairwatt in little memory": fairwatt_small,
    "duckdb copy": duckdb_copy,
    "polars": polars_sink,
    "pandas": pandas_chunks,
}
