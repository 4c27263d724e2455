"""What others do with the same file: parse it and write Parquet, or into their own tables, without checks or rollups.

Each imports what it needs alone, so that the memory of one says nothing of another.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from fairwatt.core.files import ImportProfile

_AT_ONCE = 50_000


def fairwatt(path: Path, profile: ImportProfile, folder: Path) -> int:
    """Ingest with everything: hash, checks, order, rollups, fsync, atomic commit. Returns bytes of the readings."""
    from fairwatt.lake import Lake, hash_file  # only this one's memory

    with ThreadPoolExecutor(1) as beside:
        named = beside.submit(hash_file, path)
        result = Lake(folder / "lake").ingest(path, profile, table="t", source="s", name=path.name)
        named.result()
    return result.stored_bytes


def fairwatt_small(path: Path, profile: ImportProfile, folder: Path) -> int:
    """The same with one thread and little memory."""
    from fairwatt.lake import Lake, hash_file  # only this one's memory

    lake = Lake(folder / "lake", memory_limit="120MB", threads=1)
    hash_file(path)
    return lake.ingest(path, profile, table="t", source="s", name=path.name).stored_bytes


def duckdb_copy(path: Path, profile: ImportProfile, folder: Path) -> int:
    """DuckDB's bare, order-free COPY of the same decimals."""
    import duckdb  # only this one's memory

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
    import pandas as pd  # only this one's memory
    import pyarrow as pa
    import pyarrow.parquet as pq

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
    import polars as pl  # only this one's memory

    target = folder / "polars.parquet"
    scan = pl.scan_csv(path, separator=profile.dialect.delimiter)
    names = scan.collect_schema().names()
    parts = [pl.col(names[i]) for i in profile.timestamp.columns]
    stamp = parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=" ")
    start = stamp.str.to_datetime(profile.timestamp.format).alias("start")
    rest = [n for i, n in enumerate(names) if i not in profile.timestamp.columns]
    scan.select(start, *rest).sink_parquet(target, compression="zstd")
    return target.stat().st_size


def sqlite_insert(path: Path, profile: ImportProfile, folder: Path) -> int:
    """SQLite, its times as whole numbers, in one transaction."""
    target, width = folder / "t.sqlite", len(profile.channels) + 1 + (profile.series_column is not None)
    with sqlite3.connect(target) as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(f'c{n}' for n in range(width))})")
        rows = _typed_rows(path, profile)
        while some := list(islice(rows, _AT_ONCE)):
            connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * width)})", some)
    connection.close()
    return target.stat().st_size


def _typed_rows(path: Path, profile: ImportProfile) -> Iterator[list[object]]:
    stamps, columns = profile.timestamp.columns, [channel.column for channel in profile.channels]
    with path.open(newline="") as file:
        rows = csv.reader(file, delimiter=profile.dialect.delimiter)
        next(rows)
        for row in rows:
            at = datetime.strptime(" ".join(row[i] for i in stamps), profile.timestamp.format).replace(tzinfo=UTC)
            series = [row[profile.series_column]] if profile.series_column is not None else []
            yield [*series, int(at.timestamp()), *(float(row[column]) for column in columns)]


def postgres_copy(path: Path, profile: ImportProfile, folder: Path) -> int:
    """PostgreSQL's COPY of the file's own columns, as it stands, into doubles and text; no index."""
    import psycopg  # only this one's memory

    numbers = {channel.column for channel in profile.channels}
    kinds = ", ".join(f"c{i} {'double precision' if i in numbers else 'text'}" for i in range(profile.columns))
    delimiter = profile.dialect.delimiter.replace("\t", "\\t")
    with psycopg.connect(os.environ["BENCH_POSTGRES"], autocommit=True) as connection, path.open("rb") as file:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute(f"CREATE TABLE t ({kinds})")
        with connection.cursor().copy(f"COPY t FROM STDIN (FORMAT csv, HEADER, DELIMITER E'{delimiter}')") as copy:
            while some := file.read(1 << 20):
                copy.write(some)
        found = connection.execute("SELECT pg_total_relation_size('t')").fetchone()
    return int(found[0]) if found else 0


@contextmanager
def postgres_server() -> Iterator[None]:
    """A PostgreSQL server of our own on a socket, with its usual settings; its start is not timed."""
    with TemporaryDirectory(prefix="fairwatt-pg-") as folder:
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if as_user:
            subprocess.run(["chown", "postgres", folder], check=True)
        data = f"{folder}/data"
        _run(*as_user, "initdb", "-D", data, "-A", "trust", "-U", "postgres")
        _run(*as_user, "pg_ctl", "-D", data, "-w", "-o", f"-k {folder} -c listen_addresses=''", "start")
        os.environ["BENCH_POSTGRES"] = f"host={folder} user=postgres dbname=postgres"
        try:
            yield
        finally:
            _run(*as_user, "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


PEERS: dict[str, Callable[[Path, ImportProfile, Path], int]] = {
    "fairwatt": fairwatt,
    "fairwatt in little memory": fairwatt_small,
    "duckdb copy": duckdb_copy,
    "polars": polars_sink,
    "pandas": pandas_chunks,
}
SLOW_PEERS: dict[str, Callable[[Path, ImportProfile, Path], int]] = {"sqlite": sqlite_insert}
if which("initdb"):
    SLOW_PEERS["postgresql"] = postgres_copy


MODULES = {
    "fairwatt": ("fairwatt.lake.store",),
    "fairwatt in little memory": ("fairwatt.lake.store",),
    "duckdb copy": ("duckdb",),
    "polars": ("polars",),
    "pandas": ("pandas", "pyarrow.parquet"),
    "postgresql": ("psycopg",),
}


def load(peer: str) -> None:
    """Import what a peer needs, which is not timed."""
    for name in MODULES.get(peer, ()):
        import_module(name)


def server_of(peer: str) -> AbstractContextManager[None]:
    """What has to run beside a peer."""
    return postgres_server() if peer == "postgresql" else nullcontext()
