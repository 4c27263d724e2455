"""Write a table's files anew with a stronger compression: the same rows in fewer bytes."""

from __future__ import annotations

from dataclasses import dataclass

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.deltalog import NewFile, StoredFile
from fairwatt.lake.engine import Patient, literal, open_engine, options_for
from fairwatt.lake.limits import Limits
from fairwatt.lake.tables import Table
from fairwatt.lake.work import WorkFolder
from fairwatt.lake.writing import look_at

LEVELS = range(1, 23)  # of ZSTD
_WORTH = 0.98  # a file that stays larger than this share of what it was is left as it is


@dataclass(frozen=True, slots=True)
class Recoded:
    """What was written anew: files, and their bytes before and after."""

    files: int = 0
    bytes_before: int = 0
    bytes_after: int = 0


def recode(table: Table, *, level: int, work: WorkFolder, limits: Limits, patient: Patient) -> Recoded:
    """Write the readings anew with ZSTD at ``level``, where that saves at least 2 % of a file.

    Raises
    ------
    InvalidInput
        Where there is no such level.
    Conflict
        Where a file was replaced meanwhile; nothing is changed.
    """
    if level not in LEVELS:
        raise InvalidInput(f"ZSTD has the levels {LEVELS[0]} to {LEVELS[-1]}, not {level}.", where={"field": "level"})
    snapshot = table.snapshot()
    gone: list[StoredFile] = []
    files: list[NewFile] = []
    with open_engine(memory_limit=limits.memory, threads=limits.threads, scratch=work.path / "scratch") as engine:
        for number, file in enumerate(snapshot.files):
            patient.check(number / len(snapshot.files), "Writing files anew")
            # The batch stays the file's own, so that its note and its rollups stay with it.
            path = work.path / f"{file.batch}-{work.path.name[:12]}-{number:05d}.parquet"
            rows = f"FROM read_parquet({literal(str(table.store.local(file.path)))}, hive_partitioning = false)"
            options = options_for(engine, rows, len(snapshot.fields) + 3)
            copy = f"COPY ({rows}) TO {literal(str(path))} ({options}, COMPRESSION_LEVEL {level})"
            share = number / len(snapshot.files)
            patient.run(engine, copy, stage="Writing files anew", shares=(share, share))
            new = look_at(path).placed(path.name, (("source", file.source), ("month", file.partition)))
            if new.size < file.size * _WORTH:
                files.append(new)
                gone.append(file)
            else:
                path.unlink()
    if files:
        with table.lock():
            table.swap(work, [], files=files, rollups=[], gone=gone)
    return Recoded(len(files), sum(file.size for file in gone), sum(file.size for file in files))
