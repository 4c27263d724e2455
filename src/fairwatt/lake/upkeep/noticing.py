"""Notice while reading that a file is damaged or gone, and say which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from fairwatt.core.errors import DamagedData, SourceUnavailable
from fairwatt.lake.deltalog import StoredFile
from fairwatt.lake.loghistory import LogHistory
from fairwatt.lake.tables import Snapshot, Table
from fairwatt.lake.upkeep.checking import find_file_damage

_NOT_THE_FILES = (duckdb.OutOfMemoryException, duckdb.InterruptException, duckdb.BinderException)


@contextmanager
def damage_said(table: Table, snapshot: Snapshot) -> Iterator[None]:
    """Turn what an engine says of a file that it can't read into :class:`DamagedData`, which names the file."""
    try:
        yield
    except SourceUnavailable:
        raise
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, _NOT_THE_FILES):
            raise
        found = _find(table, (*snapshot.files, *snapshot.rollups), str(error))
        if found is None:
            raise
        place = str(found[0].path.relative_to(table.root.parent.parent))
        raise DamagedData(
            f"A file of these readings is damaged or gone: {place}. {found[1]}",
            where={"table": table.name, "source": found[0].source, "file": place},
            next_step="Nothing else is harmed. A data manager can restore the file from a backup, or have the original "
            "read again.",
        ) from error


def _find(table: Table, files: Iterable[StoredFile], said: str) -> tuple[StoredFile, str] | None:
    """The damaged file, and what is wrong with it: the one that is named, else the first that is not as written."""
    files = list(files)
    for file in sorted(files, key=lambda file: file.path.name not in said):
        try:
            size = table.store.size(file.path)
            if size != file.size:
                return file, f"It has {size:,} bytes, {file.size:,} were written."
            pq.read_metadata(table.store.local(file.path))
        except FileNotFoundError:
            return file, "It is not there any more."
        except (OSError, pa.ArrowException):
            return file, "It can't be read."
    paths = {file.path: file for file in files}
    for folder in (table.readings, table.rollups):
        for life in LogHistory.of(folder).lives:
            if life.file.path in paths and (damage := find_file_damage(table, life)):
                return paths[life.file.path], damage.said
    return None
