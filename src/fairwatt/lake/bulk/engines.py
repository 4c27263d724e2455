"""Who does bulk work: DuckDB here, or Spark where ``FAIRWATT_ENGINE`` says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.engine import open_engine

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_SPARK = ("spark://", "local[", "local-cluster[", "yarn", "k8s://")
_CONNECT = "sc://"


class Engine(Protocol):
    """Reads tables and answers expressions over them."""

    def read_files(self, paths: Sequence[str]) -> ibis.Table:
        """The rows of Parquet files, together."""

    def read_delta(self, path: str) -> ibis.Table:
        """The rows of a Delta table's present version."""

    def answer(self, expression: ibis.Table) -> pa.Table:
        """The rows of an expression."""


@contextmanager
def open_bulk_engine(address: str, *, memory_limit: str, threads: int, scratch: Path) -> Iterator[Engine]:
    """Open an engine for the length of a block.

    Parameters
    ----------
    address
        ``duckdb``; a Spark master (``spark://host:7077``, ``yarn``, ``k8s://…``, ``local-cluster[2,1,1024]``); or
        ``sc://host:port``, which speaks Spark Connect, as Sail and Databricks do.
    memory_limit, threads, scratch
        What DuckDB may take; a cluster has its own settings.

    Raises
    ------
    InvalidInput
        Where nobody knows the address, or its packages are not installed.
    """
    if find_spec("ibis") is None:  # it comes with an extra
        raise _not_installed()
    if address in {"", "duckdb"}:
        with _open_duckdb(memory_limit, threads, scratch) as engine:
            yield engine
    elif address.startswith((*_SPARK, _CONNECT)):
        with _open_spark(address) as engine:
            yield engine
    else:
        raise InvalidInput(
            f"There is no engine '{address[:60]}'.",
            where={"setting": "FAIRWATT_ENGINE"},
            next_step="Use duckdb, a Spark master such as spark://host:7077, or sc://host:port.",
        )


def _not_installed() -> InvalidInput:
    return InvalidInput(
        "Bulk work needs packages that are not installed.", next_step="Install them: pip install 'fairwatt[spark]'."
    )


class _DuckDB:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        import ibis  # of an extra

        self._connection = connection
        self._backend = ibis.duckdb.from_connection(connection)

    def read_files(self, paths: Sequence[str]) -> ibis.Table:
        return self._backend.read_parquet(list(paths), hive_partitioning=False, union_by_name=True)

    def read_delta(self, path: str) -> ibis.Table:
        from deltalake import DeltaTable  # for this one question

        return self.read_files(DeltaTable(path).file_uris())

    def answer(self, expression: ibis.Table) -> pa.Table:
        return self._connection.sql(self._backend.compile(expression)).to_arrow_table()


@contextmanager
def _open_duckdb(memory_limit: str, threads: int, scratch: Path) -> Iterator[Engine]:
    connection = open_engine(memory_limit=memory_limit, threads=threads, scratch=scratch)
    try:
        yield _DuckDB(connection)
    finally:
        connection.close()


class _Spark:
    def __init__(self, session: Any) -> None:
        import ibis  # of an extra

        self._session = session
        self._backend = ibis.pyspark.connect(session)
        self._count = 0

    def read_files(self, paths: Sequence[str]) -> ibis.Table:
        return self._named(self._session.read.parquet(*paths))

    def read_delta(self, path: str) -> ibis.Table:
        return self._named(self._session.read.format("delta").load(path))

    def _named(self, frame: Any) -> ibis.Table:
        self._count += 1
        name = f"fairwatt_bulk_{self._count}"
        frame.createOrReplaceTempView(name)
        return self._backend.table(name)

    def answer(self, expression: ibis.Table) -> pa.Table:
        return self._session.sql(self._backend.compile(expression)).toArrow()


@contextmanager
def _open_spark(address: str) -> Iterator[Engine]:
    try:
        from pyspark.sql import SparkSession  # of an extra
    except ImportError as error:
        raise _not_installed() from error
    builder = SparkSession.builder.appName("fairwatt").config("spark.sql.session.timeZone", "UTC")
    if address.startswith(_CONNECT):
        session = builder.remote(address).create()
    else:
        settings: dict[str, bool | float | int | str | None] = {
            "spark.master": address,
            "spark.ui.enabled": "false",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.parquet.filterPushdown": "true",
        }
        session = builder.config(map=settings).getOrCreate()
    try:
        yield _Spark(session)
    finally:
        with suppress(Exception):  # the work is done, whatever the cluster says to the farewell
            session.stop()
