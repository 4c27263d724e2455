"""The lake on this machine's disk."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from uuid import uuid4

import duckdb
from deltalake import DeltaTable

from fairwatt.lake.disk import make_folder, sync_file, sync_folder, write_whole
from fairwatt.lake.stores.protocol import Found, NewTable, Wanted, entry_name

_CHUNK = 1 << 20


class LocalStore:
    """A folder. What was taken is on the disk before it has its name."""

    is_local = True

    def __init__(self, root: Path) -> None:
        self.root = root

    def size(self, path: Path) -> int:
        """How large a file is [bytes]."""
        return path.stat().st_size

    def read(self, path: Path, start: int = 0, end: int | None = None) -> bytes:
        """The bytes [start, end) of a file."""
        with path.open("rb") as file:
            file.seek(start)
            return file.read(-1 if end is None else end - start)

    def stream(self, path: Path, start: int, end: int) -> Iterator[bytes]:
        """The bytes [start, end) of a file, in chunks."""
        with path.open("rb") as file:
            file.seek(start)
            left = end - start
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk

    def find(self, path: Path) -> Path | None:
        """The path itself, where there is such a file."""
        return path if path.is_file() else None

    def local(self, path: Path) -> Path:
        """The path itself."""
        return path

    def drop_copy(self, path: Path) -> None:
        """Nothing: it is no copy."""

    def check(self) -> None:
        """Nothing: a file system makes a file once."""

    def read_all(self, paths: Iterable[Path]) -> dict[Path, bytes]:
        """The bytes of small files."""
        found = {}
        for path in paths:
            with suppress(FileNotFoundError):
                found[path] = path.read_bytes()
        return found

    def last_entry(self, folder: Path) -> str:
        """Name of the last entry of a table's log."""
        return max((name for name in self.names(folder) if name.endswith(".json")), default="")

    def names(self, folder: Path) -> list[str]:
        """Names of the files directly in a folder."""
        try:
            return os.listdir(folder)  # noqa: PTH208 - asked at every question: twice as fast
        except FileNotFoundError:
            return []

    def walk(self, folder: Path) -> Iterator[Found]:
        """All files below a folder; what somebody else moves meanwhile is passed over."""
        folders = [str(folder)]
        while folders:
            with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    with suppress(FileNotFoundError):
                        state = entry.stat()
                        if stat.S_ISREG(state.st_mode):
                            yield Found(Path(entry.path), state.st_size, state.st_mtime_ns // 1_000_000)

    def write(self, path: Path, data: bytes) -> None:
        """Write a small file whole."""
        write_whole(path, data)

    def take(self, moves: Mapping[Path, Path], *, is_frozen: bool = False) -> None:
        """Move files, each onto the disk before it gets its name; from another disk they are copied."""
        for target, source in moves.items():
            sync_file(source)
            make_folder(target.parent)
            if is_frozen:
                source.chmod(0o440)
            _move(source, target)
        for folder in {target.parent for target in moves}:
            sync_folder(folder)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        if path.exists():
            path.unlink()
            sync_folder(path.parent)

    def steady(self) -> AbstractContextManager[None]:
        """Nothing: a look at the disk costs nothing."""
        return nullcontext()

    def look_again(self, folder: Path) -> None:
        """Nothing: the disk is looked at each time."""

    def settle(self, folder: Path, version: int) -> None:
        """Sync an entry of a table's log, and its name."""
        log = folder / "_delta_log"
        if version >= 0:
            sync_file(log / entry_name(version))
            sync_folder(log)

    def open_table(self, folder: Path, version: int | None = None, *, is_to_write: bool = False) -> DeltaTable:
        """Open a Delta table."""
        del is_to_write
        return DeltaTable(folder, version=version)

    def make_table(self, folder: Path, table: NewTable) -> None:
        """Make a Delta table."""
        make_folder(folder)
        table.make(str(folder))

    def sources(self, files: Sequence[Wanted]) -> list[str]:
        """The files' paths."""
        return [str(file.path) for file in files]

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing: DuckDB reads the disk by itself."""

    def prefetch(self, files: Sequence[tuple[Path, int]]) -> None:
        """Nothing: they are here."""

    def trouble_said(self) -> AbstractContextManager[None]:
        """Nothing: the disk's errors are its own."""
        return nullcontext()


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    half = target.with_name(f".{uuid4().hex}.half")
    try:
        shutil.copyfile(source, half)
        sync_file(half)
        shutil.copymode(source, half)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    source.unlink()  # only now that the copy is safe
