"""What reading a file may take, and what is said where that is too little."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from fairwatt.core.errors import TooLarge
from fairwatt.lake.disk import is_disk_full

_MEMORY = re.compile(r"([0-9.]+) ?([A-Za-z%]+)")
_MEGABYTES = {"KB": 0.001, "MB": 1.0, "MIB": 1.05, "GB": 1_000.0, "GIB": 1_074.0}
_MEGABYTES_A_WORKER = 100
_MANY_COLUMNS = 1_000
_MEGABYTES_A_COLUMN = 0.35  # measured on 4,000 columns with one thread


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading a file may take: memory as DuckDB writes it, and threads."""

    memory: str = "400MB"
    threads: int = 2

    def for_columns(self, columns: int) -> Limits:
        """The same, or for very wide files one thread and as much memory as their rows need."""
        if columns <= _MANY_COLUMNS:
            return self
        return Limits(f"{round(columns * _MEGABYTES_A_COLUMN)}MB", 1)

    @property
    def workers(self) -> int:
        """How many may work side by side, so that each has memory for a group of rows."""
        megabytes = self._megabytes
        return self.threads if megabytes is None else max(1, min(self.threads, int(megabytes // _MEGABYTES_A_WORKER)))

    @property
    def is_little(self) -> bool:
        """Whether there is too little for blocks and groups of the usual size."""
        megabytes = self._megabytes
        return megabytes is not None and megabytes < 2 * _MEGABYTES_A_WORKER

    @property
    def _megabytes(self) -> float | None:
        found = _MEMORY.fullmatch(self.memory.strip())
        if found is None or found[2].upper() not in _MEGABYTES:
            return None
        return float(found[1]) * _MEGABYTES[found[2].upper()]

    def shared_by(self, workers: int) -> str:
        """The memory of each of several workers, as DuckDB writes it."""
        found = _MEMORY.fullmatch(self.memory.strip())
        return self.memory if found is None else f"{float(found[1]) / workers:g}{found[2]}"


@contextmanager
def little_memory_said(name: str) -> Iterator[None]:
    """Turn DuckDB's want of memory into :class:`TooLarge`."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        if is_disk_full(error):  # what does not fit into memory is set aside on the disk
            raise
        raise TooLarge(
            f"{name} needs more memory than its reading may take.",
            where={"file": name},
            next_step="Split it into files of fewer columns.",
        ) from error
