"""Fixity: whether what the lake keeps still is what was put there, by size, hash and content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.core.errors import SourceUnavailable
from fairwatt.lake.deltalog import MEMBER
from fairwatt.lake.engine import instant, literal, quoted
from fairwatt.lake.loghistory import FileLife, LogHistory
from fairwatt.lake.raw import RawStore, hash_file
from fairwatt.lake.selecting import NUMERIC
from fairwatt.lake.stores import Store
from fairwatt.lake.tables import Table
from fairwatt.lake.writing import look_at

_CHUNK = 1 << 20
_MICROS = 1_000_000
_SAMPLE_ROWS = 200  # buckets of a rollup that are made again from the readings

Kind = Literal["missing", "size", "hash", "content", "unreadable", "rollup", "log"]


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as it was put there.

    Attributes
    ----------
    place
        The file, by its path in the lake.
    source
        The key of the file as received that it was made from, or a merged batch's name; "" where none is known.
    said
        What is wrong with it, a sentence.
    """

    kind: Kind
    place: str
    source: str
    said: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check looked at. ``cursor`` says where the next one goes on, "" where all was checked."""

    files: int = 0
    size: int = 0
    damages: tuple[Damage, ...] = ()
    cursor: str = ""


def check_raw(raw: RawStore, digest: str, size: int) -> Damage | None:
    """Hash an original again.

    Parameters
    ----------
    size
        How many bytes were received.
    """
    place = f"raw/{digest[:2]}/{digest}"
    if not raw.exists(digest):
        return Damage("missing", place, "", "The original is not there any more.")
    found = raw.size(digest)
    if found != size:
        return Damage("size", place, "", f"The original has {found:,} bytes, {size:,} were received.")
    try:
        again = _hash(raw.open_range(digest))
    except OSError as error:
        return Damage("unreadable", place, "", f"The original can't be read from its disk ({error.strerror}).")
    if again != digest:
        return Damage("hash", place, "", "The bytes of the original are not those that were received.")
    return None


def check_table(
    table: Table,
    engine: duckdb.DuckDBPyConnection,
    *,
    most_bytes: int | None = None,
    cursor: str = "",
    seed: int = 0,
    check: Callable[[float], object] = lambda _share: None,
) -> Checked:
    """Check the files of a table, those that only earlier versions need too, and a sample of its rollups.

    Parameters
    ----------
    most_bytes
        Go no further once so many bytes were read; None reads all.
    cursor
        Where an earlier check stopped.
    seed
        Which of the rollups' buckets are made again.
    check
        Called between files with the share done, 0-1; may raise to stop.
    """
    there = _kept(table)
    todo = sorted((one for one in there if _name(table, one) > cursor), key=lambda one: _name(table, one))
    damages: list[Damage] = []
    done = size = 0
    for life in todo:
        if most_bytes is not None and size >= most_bytes and done:
            return Checked(done, size, tuple(damages), _name(table, todo[done - 1]))
        check(done / len(todo))
        damages += _check_file(table, life)
        size, done = size + life.file.size, done + 1
    if not damages:
        damages += _check_rollups(table, engine, seed=seed)
    return Checked(done, size, tuple(damages))


def _name(table: Table, life: FileLife) -> str:
    return f"tables/{table.name}/{life.file.path.relative_to(table.root)}"


def _kept(table: Table) -> list[FileLife]:
    """The files that must be there: those of the present version, and older ones that have not been let go of."""
    kept = []
    for folder in (table.readings, table.rollups):
        there = {found.path for found in folder.store.walk(folder.root)}
        lives = LogHistory.of(folder).lives
        kept += [life for life in lives if life.removed is None or life.file.path in there]
    return kept


def find_file_damage(table: Table, life: FileLife) -> Damage | None:
    """What is wrong with a file of a table; None where it is as it was written."""
    return next(_check_file(table, life), None)


def _check_file(table: Table, life: FileLife) -> Iterator[Damage]:
    file, name, store = life.file, _name(table, life), table.store

    def damage(kind: Kind, said: str) -> Damage:
        return Damage(kind, name, file.source, said)

    try:
        size = store.size(file.path)
        if size != file.size:
            yield damage("size", f"It has {size:,} bytes, {file.size:,} were written.")
            return
        again = _hash(store.stream(file.path, 0, size))
        if life.sha256 and again != life.sha256:
            yield damage("hash", "Its bytes are not those that were written.")
            return
        _compare_copy(store, file.path, again)
        found = look_at(store.local(file.path))
    except FileNotFoundError:
        yield damage("missing", "It is not there any more.")
    except SourceUnavailable:
        raise
    except (OSError, pa.ArrowException) as error:
        yield damage("unreadable", f"It can't be read: {str(error).splitlines()[0][:120]}.")
    else:
        is_bounded = found.low // 1000 == file.low // 1000 and found.high // 1000 <= file.high // 1000
        if found.rows != file.rows:
            yield damage("content", f"It holds {found.rows:,} rows, {file.rows:,} were written.")
        elif file.rows and not is_bounded:
            yield damage("content", "It holds readings of another time than was written.")


def _compare_copy(store: Store, path: Path, written: str) -> None:
    """Do away with the copy of a store's file that this machine's disk has spoilt; it is fetched anew."""
    copy = None if store.is_local else store.find(path)
    if copy is not None and hash_file(copy) != written:
        store.drop_copy(path)


def _check_rollups(table: Table, engine: duckdb.DuckDBPyConnection, *, seed: int) -> Iterator[Damage]:
    """Make some buckets of one rollup of each batch again from the readings."""
    snapshot, store = table.snapshot(), table.store
    batches = sorted({file.batch for file in snapshot.rollups})
    for batch in batches[seed % len(batches) :: max(1, len(batches) // 8)] if batches else []:
        rolled = [file for file in snapshot.rollups if file.batch == batch]
        file = sorted(rolled, key=lambda one: one.partition)[seed % len(rolled)]
        readings = [one.path for one in snapshot.files if one.batch == batch]
        fields = [
            field
            for field in snapshot.notes[batch].fields
            if field in snapshot.fields and snapshot.fields[field].startswith(NUMERIC)
        ]
        place = f"tables/{table.name}/{file.path.relative_to(table.root)}"
        try:
            wrong = _count_wrong(engine, store, file.path, readings, fields, level=int(file.partition), seed=seed)
        except duckdb.Error as error:
            yield Damage("unreadable", place, file.source, f"It can't be read: {str(error).splitlines()[0][:120]}.")
            continue
        if wrong:
            yield Damage("rollup", place, file.source, f"{wrong:,} of its buckets don't say what the readings do.")


def _count_wrong(
    engine: duckdb.DuckDBPyConnection,
    store: Store,
    rollup: object,
    readings: Iterable[object],
    fields: list[str],
    *,
    level: int,
    seed: int,
) -> int:
    """How many buckets of a sample differ from what the readings make of them."""
    rolled = f"read_parquet({literal(str(store.local(rollup)))}, hive_partitioning = false)"  # type: ignore[arg-type]
    paths = ", ".join(literal(str(store.local(path))) for path in readings)  # type: ignore[arg-type]
    names = pq.read_schema(store.local(rollup)).names  # type: ignore[arg-type]
    fields = [field for field in fields if f"{field}_n" in names]
    by = ["series", *([quoted(MEMBER)] if MEMBER in names else [])]
    span = engine.execute(f"SELECT epoch_us(min(start)), epoch_us(max(start)), count(*) FROM {rolled}").fetchall()[0]
    if not span[2] or not fields:
        return 0
    width = level * _MICROS
    buckets = (span[1] - span[0]) // width + 1
    begin = span[0] + (seed * 7919) % buckets * width
    end = begin + max(1, _SAMPLE_ROWS * buckets // span[2]) * width
    kept = f"start >= {instant(begin)} AND start < {instant(end)}"
    bucket = f"CAST(floor(epoch_us(start) / {width}) AS BIGINT)"
    told = ", ".join(_said(field) for field in fields)
    made = ", ".join(
        f"min({quoted(field)})::DOUBLE, max({quoted(field)})::DOUBLE, "
        f"round(sum({quoted(field)})::DOUBLE, 6), count({quoted(field)})"
        for field in fields
    )
    keys = ", ".join(by)
    sql = (
        f"SELECT count(*) FROM ((SELECT {keys}, {bucket} AS b, rows, {told} FROM {rolled} WHERE {kept}) EXCEPT "
        f"(SELECT {keys}, {bucket} AS b, count(*) AS rows, {made} FROM read_parquet([{paths}], "
        f"hive_partitioning = false) WHERE {kept} GROUP BY {keys}, b))"
    )
    return int(engine.execute(sql).fetchall()[0][0])


def _said(field: str) -> str:
    low, high, total, n = (quoted(f"{field}_{name}") for name in ("min", "max", "sum", "n"))
    return f"{low}::DOUBLE, {high}::DOUBLE, round({total}::DOUBLE, 6), {n}"


def _hash(chunks: Iterable[bytes]) -> str:
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def check_log(table: Table) -> Damage | None:
    """Whether the log of a table can be read at all."""
    for folder in (table.readings, table.rollups):
        try:
            LogHistory.of(folder)
            folder.files()
        except (json.JSONDecodeError, KeyError, UnicodeDecodeError, OSError) as error:
            place = f"tables/{table.name}/{folder.root.name}/_delta_log"
            return Damage("log", place, "", f"Its log can't be read ({type(error).__name__}).")
        except Exception as error:  # delta-rs has no common base that it shows
            if type(error).__module__.split(".")[0] not in {"deltalake", "_internal"}:
                raise
            place = f"tables/{table.name}/{folder.root.name}/_delta_log"
            return Damage("log", place, "", f"Its log can't be read: {str(error).splitlines()[0][:120]}.")
    return None
