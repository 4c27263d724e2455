"""The tail of a table: readings that are on the disk, and not in its Delta log yet.

They stand in a few small Parquet files that a manifest lists. Readers unite them with the table; they vanish from the
manifest once the batch that they were waiting for is in the log. Whoever reads the manifest, then the log, and finds
the manifest unchanged after that, has every reading once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from fairwatt.lake.deltalog import StoredFile, joined_type
from fairwatt.lake.disk import remove_folder, write_whole

_MANIFEST = "tail.json"
_WANTED = "fold"


@dataclass(frozen=True, slots=True)
class TailFile:
    """A small Parquet file of readings that wait for their table.

    Attributes
    ----------
    low, high
        First and last start [µs].
    fields
        Each field's SQL type, and the largest absolute value where it holds numbers.
    amends
        Whether its values take the place of values that are in the table already; readers pass it by.
    """

    name: str
    rows: int
    size: int
    low: int
    high: int
    fields: Mapping[str, tuple[str, float | None]]
    series: tuple[str, ...]
    amends: bool = False

    @property
    def batch(self) -> str:
        """What the query door calls it."""
        return self.name.removesuffix(".parquet")


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """What has come of one field so far."""

    count: int = 0
    total: float = 0.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What has come altogether; ``last_received_ns`` is since 1970, ``first`` and ``last`` are starts [µs].

    Attributes
    ----------
    repeated
        Points that came again with the same values.
    corrected
        Points that came again with other values: the later ones count.
    days
        Rows by day (days since 1970), for the coverage.
    """

    rows: int = 0
    repeated: int = 0
    corrected: int = 0
    damaged: int = 0
    first: int | None = None
    last: int | None = None
    last_received_ns: int = 0
    resolution_s: float | None = None
    series: int = 0
    channels: Mapping[str, ChannelCount] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tail:
    """A manifest, as it was read.

    Attributes
    ----------
    source
        Whose readings they are.
    batch
        The batch in the table that they will be.
    since_ns
        When the first of the files was begun [ns since 1970].
    taken
        How far each segment of the log was taken for this table [bytes].
    """

    source: str = ""
    batch: str = field(default_factory=lambda: uuid4().hex)
    since_ns: int = 0
    taken: Mapping[str, int] = field(default_factory=dict)
    files: tuple[TailFile, ...] = ()
    told: Told = Told()
    stamp: tuple[int, int] = (0, 0)

    @property
    def added(self) -> tuple[TailFile, ...]:
        """The files with new readings."""
        return tuple(file for file in self.files if not file.amends)

    @property
    def amended(self) -> tuple[TailFile, ...]:
        """The files with values for readings that are in the table."""
        return tuple(file for file in self.files if file.amends)

    @property
    def rows(self) -> int:
        """How many rows wait."""
        return sum(file.rows for file in self.files)

    def folded(self) -> Tail:
        """What is left once its batch is in the table."""
        return replace(self, batch=uuid4().hex, since_ns=0, files=())


def stamp_of(root: Path) -> tuple[int, int]:
    """What changes whenever a table's manifest does; zeros where there is none."""
    try:
        found = (root / _MANIFEST).stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_ino, found.st_mtime_ns)


def read_tail(root: Path) -> Tail:
    """A table's tail; an empty one where it has none."""
    while True:
        stamp = stamp_of(root)
        if stamp == (0, 0):
            return Tail()
        try:
            data = (root / _MANIFEST).read_bytes()
        except FileNotFoundError:
            continue
        if stamp == stamp_of(root):
            return _parsed(json.loads(data), stamp)


def write_tail(root: Path, tail: Tail) -> Tail:
    """Put a manifest in the place of the one that is there, on the disk."""
    write_whole(root / _MANIFEST, json.dumps(_plain(tail), ensure_ascii=False).encode())
    return replace(tail, stamp=stamp_of(root))


def remove_tail(root: Path) -> bool:
    """Remove a table's tail altogether; whether there was one."""
    was_there = stamp_of(root) != (0, 0)
    (root / _MANIFEST).unlink(missing_ok=True)
    remove_folder(root)
    return was_there


def unlisted(root: Path) -> list[Path]:
    """The files of a tail that its manifest does not list: replaced ones, and those of whoever was killed."""
    there = list(root.glob("tail-*.parquet"))  # before the manifest: what comes later is not among them
    listed = {file.name for file in read_tail(root).files} if there else set()
    return [path for path in there if path.name not in listed]


def ask_to_fold(root: Path) -> None:
    """Let the drain put a tail into its table with its next round."""
    if root.is_dir():
        (root / _WANTED).touch()


def is_asked_to_fold(root: Path) -> bool:
    """Whether somebody waits for a tail to be in its table."""
    return (root / _WANTED).exists()


def note_folded(root: Path) -> None:
    """Say that nobody needs to wait any more."""
    (root / _WANTED).unlink(missing_ok=True)


def tail_root(lake: Path, table: str) -> Path:
    """Where a table's tail stands in a lake's folder."""
    return lake / "live" / "tails" / table


def tail_lock(lake: Path, table: str) -> Path:
    """The lock of whoever changes a table's tail."""
    return lake / "live" / f".{table}.lock"


def stored_file(root: Path, source: str, file: TailFile) -> StoredFile:
    """A file of the tail, as the query door knows files."""
    path = root / file.name
    return StoredFile(path, file.batch, source, "", file.rows, file.size, file.low, file.high)


def joined_fields(held: Mapping[str, str], files: tuple[TailFile, ...]) -> dict[str, str]:
    """The fields of a table and of files of its tail, each with a type that holds both."""
    fields = dict(held)
    for file in files:
        for name, (kind, largest) in file.fields.items():
            fields[name] = joined_type(fields[name], kind, largest or 0.0) if name in fields else kind
    return fields


def _plain(tail: Tail) -> dict[str, Any]:
    told = tail.told
    return {
        "source": tail.source,
        "batch": tail.batch,
        "since_ns": tail.since_ns,
        "taken": dict(tail.taken),
        "files": [
            {
                "name": file.name, "rows": file.rows, "size": file.size, "low": file.low, "high": file.high,
                "fields": {name: list(kind) for name, kind in file.fields.items()},
                "series": list(file.series), "amends": file.amends,
            }
            for file in tail.files
        ],
        "told": {
            **{name: getattr(told, name) for name in _TOLD},
            "channels": {name: [one.count, one.total, one.low, one.high] for name, one in told.channels.items()},
            "days": dict(told.days),
        },
    }  # fmt: skip


_TOLD = (
    "rows", "repeated", "corrected", "damaged", "first", "last", "last_received_ns", "resolution_s", "series",
)  # fmt: skip


def _parsed(found: dict[str, Any], stamp: tuple[int, int]) -> Tail:
    told = found["told"]
    return Tail(
        source=found["source"],
        batch=found["batch"],
        since_ns=found["since_ns"],
        taken=found["taken"],
        files=tuple(
            TailFile(
                **{name: file[name] for name in ("name", "rows", "size", "low", "high", "amends")},
                fields={name: (kind, largest) for name, (kind, largest) in file["fields"].items()},
                series=tuple(file["series"]),
            )
            for file in found["files"]
        ),
        told=Told(
            **{name: told[name] for name in _TOLD},
            channels={name: ChannelCount(*counts) for name, counts in told["channels"].items()},
            days=told["days"],
        ),
        stamp=stamp,
    )


def new_name() -> str:
    """A name for another file of a tail."""
    return f"tail-{os.getpid()}-{uuid4().hex}.parquet"
