"""What a Delta table's log tells of its past: its versions, and for each file the versions that held it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from fairwatt.lake.deltalog import DeltaFolder, StoredFile, batch_of
from fairwatt.lake.engine import micros_of

SUMS = "fairwatt.sums"  # sha256 of each file that an entry adds, as JSON


@dataclass(frozen=True, slots=True)
class Entry:
    """One version: its number, when it was committed by the writer's clock, and what was told with it."""

    version: int
    at: datetime
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileLife:
    """A file that some version held: from ``added`` to before ``removed``, None where it still does.

    ``place`` is its path in the table's folder; ``sha256`` is "" where it was not noted.
    """

    place: str
    file: StoredFile
    added: int
    removed: int | None
    sha256: str

    def is_in(self, version: int) -> bool:
        """Whether a version holds it."""
        return self.added <= version and (self.removed is None or version < self.removed)


@dataclass(frozen=True, slots=True)
class LogHistory:
    """A table's past, oldest version first."""

    entries: tuple[Entry, ...]
    lives: tuple[FileLife, ...]

    @classmethod
    def of(cls, folder: DeltaFolder) -> LogHistory:
        """Read the whole log; it is never shortened by us."""
        lives: dict[str, FileLife] = {}
        log = folder.root / "_delta_log"
        paths = sorted(log / name for name in folder.store.names(log) if name.endswith(".json"))
        told = folder.store.read_all(path for path in paths if path.stem.isdecimal())
        entries = [_read_entry(folder, int(path.stem), data, lives) for path, data in told.items()]
        return cls(tuple(entries), tuple(lives.values()))

    @property
    def last(self) -> int:
        """The present version, -1 where there is none."""
        return self.entries[-1].version if self.entries else -1

    def committed_at(self, version: int) -> datetime | None:
        """When a version came, by the latest clock seen until then; None where it has not come yet.

        A clock that was set back makes later versions look older than they are: they count as of the latest
        instant that any earlier version bears, so that nothing is taken for old too soon.
        """
        seen = [entry.at for entry in self.entries if entry.version <= version]
        return max(seen) if seen and version <= self.last else None


def _read_entry(folder: DeltaFolder, version: int, data: bytes, lives: dict[str, FileLife]) -> Entry:
    actions = [json.loads(line) for line in data.splitlines() if line.strip()]
    info: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
    told = {key: value for key, value in info.items() if key.startswith("fairwatt.") and isinstance(value, str)}
    sums: dict[str, str] = json.loads(told.get(SUMS, "{}"))
    for action in actions:
        if remove := action.get("remove"):
            place = unquote(remove["path"])
            if place in lives:
                lives[place] = replace(lives[place], removed=version)
        if add := action.get("add"):
            place = unquote(add["path"])
            lives[place] = FileLife(place, _file_of(folder, place, add), version, None, sums.get(place, ""))
    return Entry(version, datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC), told)


def _file_of(folder: DeltaFolder, place: str, add: Mapping[str, Any]) -> StoredFile:
    stats = json.loads(add.get("stats") or "{}")
    partition = add.get("partitionValues") or {}
    return StoredFile(
        path=folder.root / place,
        batch=batch_of(place),
        source=partition.get("source") or "",
        partition=partition.get(folder.partition) or "",
        rows=stats.get("numRecords", 0),
        size=add["size"],
        low=_micros(stats.get("minValues", {}).get("start")),
        high=_micros(stats.get("maxValues", {}).get("start")),
    )


def _micros(text: str | None) -> int:
    return micros_of(datetime.fromisoformat(text)) if text else 0
