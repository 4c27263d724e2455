"""What the lake asks of a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
from deltalake import DeltaTable, Schema
from deltalake.transaction import (
    AddAction,
    CommitProperties,
    PostCommitHookProperties,
    create_table_with_add_actions,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a store holds; ``changed`` is when it came there [ms since 1970]."""

    path: Path
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question needs of a Parquet file: some columns of its rows from ``begin`` to before ``end`` [µs]."""

    path: Path
    size: int
    columns: frozenset[str]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class NewTable:
    """A Delta table to be made, of files which are in their places already."""

    schema: Schema
    adds: Sequence[AddAction]
    partition_by: list[str]
    properties: CommitProperties
    hooks: PostCommitHookProperties

    def make(self, address: str, options: dict[str, str] | None = None) -> None:
        """Make it at an address, as delta-rs writes one; ``options`` are the store's."""
        create_table_with_add_actions(
            address, self.schema, [*self.adds], mode="error", partition_by=self.partition_by, storage_options=options,
            commit_properties=self.properties, post_commithook_properties=self.hooks,
        )  # fmt: skip


def entry_name(version: int) -> str:
    """What a table's log calls the entry of a version."""
    return f"{version:020d}.json"


class Store(Protocol):
    """Where the lake's bytes stand.

    Every file is named by its path below ``root``, wherever its bytes are: on the local disk they are there,
    of an object store that path is where a copy is kept on this machine. A file that is not there is a
    ``FileNotFoundError``; a store that does not answer is a
    :class:`~fairwatt.core.errors.SourceUnavailable`, with words.
    """

    root: Path
    is_local: bool

    def size(self, path: Path) -> int:
        """How large a file is [bytes]."""

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """The bytes [start, end) of a file; to its end where ``end`` is None."""

    def stream(self, path: Path, start: int, end: int) -> Iterator[bytes]:
        """The bytes [start, end) of a file as they come."""

    def find(self, path: Path) -> Path | None:
        """The same path, where its bytes are on this machine already."""

    def local(self, path: Path) -> Path:
        """The same path, once its bytes are on this machine."""

    def drop_copy(self, path: Path) -> None:
        """Forget what is here of a file that stands elsewhere: it is fetched anew."""

    def check(self) -> None:
        """Try whether tables are safe here; Conflict where they are not."""

    def read_all(self, paths: Iterable[Path]) -> dict[Path, bytes]:
        """The bytes of small files; those that are not there are left out."""

    def last_entry(self, folder: Path) -> str:
        """Name of the last entry of a table's log, "" where there is none."""

    def names(self, folder: Path) -> list[str]:
        """Names of the files directly in a folder; none where it is absent."""

    def walk(self, folder: Path) -> Iterator[Found]:
        """All files below a folder."""

    def write(self, path: Path, data: bytes) -> None:
        """Write a small file so that a reader sees all of it or none."""

    def take(self, moves: Mapping[Path, Path], *, is_frozen: bool = False) -> None:
        """Take finished files of this machine, each ``target: source``; they are consumed once they are safe.

        Nobody may write to the targets afterwards where ``is_frozen``.
        """

    def remove(self, path: Path) -> None:
        """Remove a file; one that is not there is no error."""

    def steady(self) -> AbstractContextManager[None]:
        """Within this, nobody of this machine commits to the tables this thread looks at: it holds their lock.

        The last entry of a log is asked for once, then, until this thread commits, or :meth:`look_again`.
        """

    def look_again(self, folder: Path) -> None:
        """Ask for the last entry of a table's log anew: somebody else, on another machine, was first."""

    def settle(self, folder: Path, version: int) -> None:
        """Return once the entry that delta-rs has just added to a table's log is safe; -1 where it added none."""

    def open_table(self, folder: Path, version: int | None = None, *, is_to_write: bool = False) -> DeltaTable:
        """Open a Delta table as of its last entry when that was asked for last, or of a version.

        Who opens it to write waits longer for a store that does not answer.
        """

    def make_table(self, folder: Path, table: NewTable) -> None:
        """Make a Delta table."""

    def sources(self, files: Sequence[Wanted]) -> list[str]:
        """What DuckDB reads each file by, on a connection that was attached."""

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a connection, and all its cursors, read what :meth:`sources` names."""

    def prefetch(self, files: Sequence[tuple[Path, int]]) -> None:
        """Bring small files (path and size) here before they are asked for, behind the caller's back."""

    def trouble_said(self) -> AbstractContextManager[None]:
        """Turn what libraries say about a store in trouble into errors of the house, without secrets."""
